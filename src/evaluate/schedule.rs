//! Which epochs an evaluation runs, at which learning rate (reference section 1.8).
//!
//! With `E` the epochs asked for, the indices 0 to `E` INCLUDED are run: one more than `E`. When index
//! `E/2 + 1` is finished the learning rate becomes a tenth of itself and the optimiser a new one, so that
//! its momentum starts again from nothing.

/// The learning rate's fall.
const FALL: f64 = 0.1;

/// One pass over the training images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Epoch {
    /// Its index, from 0.
    pub index: usize,
    /// The learning rate of a new optimiser that this epoch begins with; none to go on with the old one.
    pub new_optimiser: Option<f64>,
}

/// All epochs of a training run.
pub(super) fn epochs(last: usize, lr: f64) -> impl Iterator<Item = Epoch> {
    let second_half = last / 2 + 2;
    (0..=last).map(move |index| {
        let new_optimiser = match index {
            0 => Some(lr),
            index if index == second_half => Some(lr * FALL),
            _ => None,
        };
        Epoch { index, new_optimiser }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(last: usize) -> Vec<(usize, f64)> {
        epochs(last, 0.01).filter_map(|e| e.new_optimiser.map(|lr| (e.index, lr))).collect()
    }

    #[test]
    fn the_papers_epochs() {
        assert_eq!(epochs(300, 0.01).count(), 301);
        assert_eq!(starts(300), [(0, 0.01), (152, 0.001)]);
        assert_eq!(epochs(1000, 0.01).count(), 1001);
        assert_eq!(starts(1000), [(0, 0.01), (502, 0.001)]);
    }

    #[test]
    fn few_epochs_end_before_the_fall() {
        assert_eq!(epochs(0, 0.01).count(), 1);
        for last in 0..=2 {
            assert_eq!(starts(last), [(0, 0.01)]);
        }
        assert_eq!(starts(3), [(0, 0.01), (3, 0.001)]);
    }
}
