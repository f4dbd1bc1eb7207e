//! The distance of every class over a run, in a bounded number of columns.

use serde::{Deserialize, Serialize};

use crate::record::{event::Iteration, number};

/// The most columns: about as many as a wide window has cells.
pub const MOST: usize = 256;

/// Some iterations in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatColumn {
    /// The first iteration.
    pub from: u64,
    /// The last.
    pub to: u64,
    count: u32,
    /// For each class, the sum of its distances; no number where one of them was none.
    #[serde(with = "number::list")]
    sums: Vec<f64>,
}

impl HeatColumn {
    /// The mean distance of each class.
    pub fn means(&self) -> impl ExactSizeIterator<Item = f64> {
        self.sums.iter().map(|sum| sum / f64::from(self.count.max(1)))
    }
}

/// All of them, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heat {
    stride: u64,
    columns: Vec<HeatColumn>,
}

impl Default for Heat {
    fn default() -> Self {
        Self { stride: 1, columns: Vec::new() }
    }
}

impl Heat {
    /// The columns, in the order of iterations.
    pub fn columns(&self) -> &[HeatColumn] {
        &self.columns
    }

    /// Takes in an iteration, if it tells of its classes.
    pub fn push(&mut self, done: &Iteration) {
        if done.by_class.is_empty() {
            return;
        }
        // Seven digits are more than any colour shows.
        let sums = done.by_class.iter().map(|distance| f64::from(*distance as f32)).collect();
        let (from, to) = (done.iteration, done.iteration);
        self.add(HeatColumn { from, to, count: 1, sums });
        while self.columns.len() > MOST {
            self.stride *= 2;
            let columns = std::mem::take(&mut self.columns);
            for column in columns {
                self.add(column);
            }
        }
    }

    fn add(&mut self, new: HeatColumn) {
        let place = |column: &HeatColumn| column.from.saturating_sub(1) / self.stride;
        match self.columns.last_mut() {
            Some(last) if place(last) == place(&new) && last.sums.len() == new.sums.len() => {
                last.to = new.to;
                last.count += new.count;
                for (sum, more) in last.sums.iter_mut().zip(new.sums) {
                    *sum = f64::from((*sum + more) as f32);
                }
            }
            _ => self.columns.push(new),
        }
    }

    /// Forgets what came after `iteration`.
    pub fn rewind(&mut self, iteration: u64) {
        self.columns.retain(|column| column.from <= iteration);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::curves::tests::iteration, *};

    #[test]
    fn columns_are_bounded_and_hold_means() {
        let mut heat = Heat::default();
        (1..=10_000).for_each(|i| heat.push(&iteration(i, if i <= 5_000 { 1.0 } else { 3.0 })));
        assert!((MOST / 2..=MOST).contains(&heat.columns().len()));
        let ends = [heat.columns().first(), heat.columns().last()].map(|end| {
            end.unwrap().means().map(|mean| (mean * 100.0).round() / 100.0).collect::<Vec<_>>()
        });
        assert_eq!(ends, [vec![1.0, 2.0], vec![3.0, 6.0]]);
    }

    #[test]
    fn what_is_no_number_is_none_in_its_column_alone() {
        let mut heat = Heat::default();
        (1..=3).for_each(|i| heat.push(&iteration(i, if i == 2 { f64::NAN } else { 1.0 })));
        let bad: Vec<bool> =
            heat.columns().iter().map(|column| column.means().any(f64::is_nan)).collect();
        assert_eq!(bad, [false, true, false]);
        let text = serde_json::to_string(&heat).unwrap();
        assert_eq!(serde_json::from_str::<Heat>(&text).unwrap().columns().len(), 3);
    }
}
