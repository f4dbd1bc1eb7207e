//! How many bytes of pictures may go over a slow way. What was sent is paid off at a rate; until then further
//! pictures wait, and the newest of them wins.

use jiff::{SignedDuration, Timestamp};

/// What was sent and is not paid off.
#[derive(Debug, Default)]
pub struct PictureBudget {
    paid_at: Option<Timestamp>,
    /// Something waits for it, and will be told.
    pub is_awaited: bool,
}

impl PictureBudget {
    /// Nothing was sent.
    pub const fn new() -> Self {
        Self { paid_at: None, is_awaited: false }
    }

    /// So many bytes are sent, of which `rate` a second may be.
    pub fn spend(&mut self, bytes: usize, rate: f64, now: Timestamp) {
        let from = self.paid_at.map_or(now, |paid| paid.max(now));
        let time = SignedDuration::from_secs_f64(bytes as f64 / rate.max(1.0));
        self.paid_at = from.checked_add(time).ok();
    }

    /// The milliseconds until more may be sent; `None` where it may be sent now. A second's worth may be owed, so that
    /// what a user asks for comes at once as a rule.
    pub fn wait(&self, now: Timestamp) -> Option<u64> {
        let owed = self.paid_at?.duration_since(now) - SignedDuration::from_secs(1);
        u64::try_from(owed.as_millis()).ok().filter(|millis| *millis > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_paid_off_at_the_rate() {
        let start = Timestamp::UNIX_EPOCH;
        let after = |millis| start + SignedDuration::from_millis(millis);
        let mut budget = PictureBudget::default();
        assert_eq!(budget.wait(start), None);
        budget.spend(1000, 1000.0, start);
        assert_eq!(budget.wait(start), None, "a second's worth may be owed");
        budget.spend(2500, 1000.0, start);
        assert_eq!(budget.wait(start), Some(2500));
        assert_eq!(budget.wait(after(2000)), Some(500));
        assert_eq!(budget.wait(after(2500)), None);
        budget.spend(1500, 1000.0, after(9000));
        assert_eq!(budget.wait(after(9000)), Some(500), "time without pictures is not saved up");
    }
}
