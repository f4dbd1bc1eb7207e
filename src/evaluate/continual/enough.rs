//! When a network has learned enough of a task (reference section 6.2): it has almost all training images right,
//! now and some epochs before, and has had its least number of epochs.

/// Epochs that every network gets, if there are so many.
pub(super) const LEAST_EPOCHS: usize = 20;
/// How many epochs before it must have been as good already.
const BEFORE: usize = 4;

/// Training accuracies, epoch by epoch.
#[derive(Debug, Default)]
pub(super) struct Enough {
    wanted: f64,
    known: Vec<Option<f64>>,
}

impl Enough {
    /// Enough is more than this accuracy, 0 to 1.
    pub(super) fn new(wanted: f64) -> Self {
        Self { wanted, known: Vec::new() }
    }

    /// Whether the accuracy after the epoch that is through will be looked at.
    pub(super) fn wants_to_know(&self) -> bool {
        self.wanted < 1.0 && self.known.len() + 1 + BEFORE >= LEAST_EPOCHS
    }

    /// Takes in the accuracy after an epoch, if it is known; true when it is enough.
    pub(super) fn is_reached(&mut self, accuracy: Option<f64>) -> bool {
        self.known.push(accuracy);
        let epochs = self.known.len();
        let good = |back: usize| {
            let known = epochs.checked_sub(back + 1).and_then(|at| self.known[at]);
            known.is_some_and(|accuracy| accuracy > self.wanted)
        };
        epochs >= LEAST_EPOCHS && good(0) && good(BEFORE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epochs that are run when accuracies are these, `last` in all later ones.
    fn epochs(wanted: f64, accuracies: &[f64], last: f64) -> usize {
        let mut enough = Enough::new(wanted);
        let all = accuracies.iter().copied().chain(std::iter::repeat_n(last, 100));
        for (epoch, accuracy) in all.enumerate() {
            let known = enough.wants_to_know().then_some(accuracy);
            if enough.is_reached(known) {
                return epoch + 1;
            }
        }
        usize::MAX
    }

    #[test]
    fn it_ends_when_it_was_good_twice_and_long_enough() {
        assert_eq!(epochs(0.998, &[], 1.0), 20);
        assert_eq!(epochs(0.998, &[0.5; 30], 1.0), 35);
        let mut dip = [1.0; 30];
        dip[19] = 0.9;
        assert_eq!(epochs(0.998, &dip, 1.0), 21);
        assert_eq!(epochs(0.998, &[], 0.998), usize::MAX);
        assert_eq!(epochs(1.5, &[], 1.0), usize::MAX);
    }
}
