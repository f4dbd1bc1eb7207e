//! How much a daemon may tell unasked. What goes on tells a few times a second, and what was missed comes in
//! one go; far more than both is no news but a flood, which would keep the screen and a processor busy for
//! nothing.

use tokio::time::Instant;

/// What a message of so many bytes counts: one, and one more for every KiB.
pub fn weight(bytes: usize) -> u32 {
    u32::try_from(1 + (bytes >> 10)).unwrap_or(u32::MAX)
}

/// How much may come.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// In one go.
    pub at_once: f64,
    /// For ever.
    pub per_sec: f64,
}

/// What is left of an allowance.
#[derive(Debug)]
pub struct Gauge {
    allowance: Allowance,
    left: f64,
    at: Instant,
}

impl Gauge {
    /// All of it.
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, left: allowance.at_once, at: Instant::now() }
    }

    /// Something has come; false when it is too much.
    pub fn take(&mut self, weight: u32, now: Instant) -> bool {
        let secs = now.duration_since(self.at).as_secs_f64();
        let refilled = secs.mul_add(self.allowance.per_sec, self.left);
        self.at = now;
        self.left = refilled.min(self.allowance.at_once) - f64::from(weight);
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn much_may_come_at_once_and_a_little_for_ever() {
        let start = Instant::now();
        let mut gauge = Gauge::new(Allowance { at_once: 100.0, per_sec: 10.0 });
        assert!((0..100).all(|_| gauge.take(1, start)));
        assert!(!gauge.take(1, start));
        let mut gauge = Gauge::new(Allowance { at_once: 100.0, per_sec: 10.0 });
        assert!(
            (0..10_000)
                .all(|step| gauge.take(weight(100), start + Duration::from_millis(step * 100)))
        );
        assert!(!gauge.take(weight(1 << 20), start + Duration::from_secs(2000)));
    }
}
