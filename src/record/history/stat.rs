//! What some values of a series come to: enough to draw them honestly, however many they were.

use serde::{Deserialize, Serialize};

/// Values that are not finite are counted and set nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<f64>", into = "Vec<f64>")]
pub struct Stat {
    /// Number of finite values.
    pub count: u32,
    /// Number of values that are not finite.
    pub bad: u32,
    /// The first finite value.
    pub first: f64,
    /// The last finite value.
    pub last: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    sum: f64,
}

impl Stat {
    /// Of one value.
    pub fn of(value: f64) -> Self {
        let mut stat = Self::default();
        stat.push(value);
        stat
    }

    /// One value more.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            self.bad += 1;
            return;
        }
        if self.count == 0 {
            (self.first, self.low, self.high) = (value, value, value);
        }
        self.count += 1;
        self.last = value;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.sum += value;
    }

    /// The values of `next`, which came later, as well.
    pub fn join(&mut self, next: &Self) {
        if next.count > 0 {
            if self.count == 0 {
                (self.first, self.low, self.high) = (next.first, next.low, next.high);
            }
            self.count += next.count;
            self.last = next.last;
            self.low = self.low.min(next.low);
            self.high = self.high.max(next.high);
            self.sum += next.sum;
        }
        self.bad += next.bad;
    }

    /// The mean of the finite values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }

    /// True when there was no value at all.
    pub const fn is_empty(&self) -> bool {
        self.count == 0 && self.bad == 0
    }
}

/// As short as it can be: nothing, the one value, or all figures.
impl From<Stat> for Vec<f64> {
    fn from(stat: Stat) -> Self {
        match (stat.count, stat.bad) {
            (0, 0) => Self::new(),
            (1, 0) => vec![stat.last],
            (count, bad) => {
                let Stat { first, last, low, high, sum, .. } = stat;
                vec![f64::from(count), f64::from(bad), first, last, low, high, sum]
            }
        }
    }
}

impl From<Vec<f64>> for Stat {
    fn from(figures: Vec<f64>) -> Self {
        match figures.as_slice() {
            [value] => Self::of(*value),
            [count, bad, first, last, low, high, sum] => Self {
                count: *count as u32,
                bad: *bad as u32,
                first: *first,
                last: *last,
                low: *low,
                high: *high,
                sum: *sum,
            },
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_parts_are_the_whole() {
        let values = [3.0, f64::NAN, -1.0, 2.5, f64::INFINITY, 7.0];
        let mut whole = Stat::default();
        for value in values {
            whole.push(value);
        }
        for cut in 0..=values.len() {
            let (mut early, mut late) = (Stat::default(), Stat::default());
            for (place, value) in values.into_iter().enumerate() {
                if place < cut { early.push(value) } else { late.push(value) }
            }
            early.join(&late);
            assert_eq!(early, whole, "cut at {cut}");
        }
        assert_eq!((whole.count, whole.bad, whole.first, whole.last), (4, 2, 3.0, 7.0));
        assert_eq!((whole.low, whole.high, whole.mean()), (-1.0, 7.0, Some(11.5 / 4.0)));
    }

    #[test]
    fn it_survives_json() {
        let mut many = Stat::of(0.1);
        many.push(f64::NAN);
        many.push(1e-9);
        let mut bad = Stat::default();
        bad.push(f64::NAN);
        for stat in [Stat::default(), Stat::of(0.25), many, bad] {
            let text = serde_json::to_string(&stat).unwrap();
            assert_eq!(serde_json::from_str::<Stat>(&text).unwrap(), stat, "{text}");
        }
        assert_eq!(serde_json::to_string(&Stat::of(0.25)).unwrap(), "[0.25]");
    }
}
