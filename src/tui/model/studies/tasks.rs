//! What becomes of tasks that are learned one after the other.
//!
//! With a(l, t) the accuracy on task t behind task l, the forgetting of t at the end, behind task T, is
//! max over l < T of a(l, t), minus a(T, t) (Chaudhry and others, 2018).

use crate::study::table::{Entry, Table};

/// The forgetting of each task in points, by a row; nothing before it is done to its end.
pub fn forgetting(entries: &[Entry]) -> Vec<f64> {
    let Some((last, before)) = entries.split_last() else { return Vec::new() };
    let of = |task: usize, now: f64| {
        let best = before.iter().filter_map(|entry| entry.by_task.get(task).copied());
        best.reduce(f64::max).map(|best| 100.0 * (best - now))
    };
    last.by_task.iter().enumerate().filter_map(|(task, now)| of(task, *now)).collect()
}

/// Tasks whose forgetting can be told: all but the last.
pub fn forgettable(table: &Table) -> usize {
    table.columns.len().saturating_sub(1)
}

/// Their mean.
pub fn mean(values: &[f64]) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.iter().sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::table::{Content, Published};

    #[test]
    fn what_is_forgotten_is_the_best_there_was_minus_what_is_left() {
        let entry = |by_task: &[f64]| Entry {
            ours: Content::Missing,
            published: Published::default(),
            runs: Vec::new(),
            by_task: by_task.to_vec(),
        };
        let row = [entry(&[0.9]), entry(&[0.95, 0.8]), entry(&[0.6, 0.85, 0.9])];
        let found: Vec<f64> = forgetting(&row).iter().map(|value| value.round()).collect();
        // The second task is better at the end than it was: that is negative.
        assert_eq!(found, [35.0, -5.0]);
        assert_eq!(mean(&found), Some(15.0));
        assert!(forgetting(&row[..1]).is_empty() && forgetting(&[]).is_empty());
        let unfinished = [entry(&[0.9]), entry(&[])];
        assert_eq!((forgetting(&unfinished).len(), mean(&[])), (0, None));
    }
}
