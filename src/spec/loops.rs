//! How many outer steps and inner epochs a number of images per class asks for.
//!
//! The reference lists six numbers of images per class (section 1.2) and stops at any other. Here any
//! number has loops; where the paper lists none, the rule that was applied is told to the user.

/// Outer steps per network and inner epochs between them, with where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loops {
    /// Image updates on one network.
    pub outer_steps: usize,
    /// Training epochs between two image updates.
    pub inner_epochs: usize,
    /// One sentence for the user.
    pub reason: &'static str,
}

const PUBLISHED: [(usize, usize, usize); 6] =
    [(1, 1, 1), (10, 10, 50), (20, 20, 25), (30, 30, 20), (40, 40, 15), (50, 50, 10)];

/// The loops for `ipc` images per class.
///
/// Between the published values the pattern behind them goes on: one outer step per image, and about
/// 500 inner epochs in all, at most 50 between two updates. Above 50 the authors' own advice holds
/// (reference section 1.2): 50 steps of 10 epochs, and 100 steps of 2 for 100 images.
pub fn loops(ipc: usize) -> Loops {
    if let Some(&(_, outer_steps, inner_epochs)) = PUBLISHED.iter().find(|row| row.0 == ipc) {
        return Loops { outer_steps, inner_epochs, reason: "published for this ipc" };
    }
    match ipc {
        0..=50 => Loops {
            outer_steps: ipc.max(1),
            inner_epochs: (500 + ipc / 2).checked_div(ipc).unwrap_or(50).clamp(1, 50),
            reason: "not published for this ipc: one outer step per image, about 500 inner epochs in all",
        },
        100 => Loops {
            outer_steps: 100,
            inner_epochs: 2,
            reason: "the authors' advice for 100 images",
        },
        _ => Loops {
            outer_steps: 50,
            inner_epochs: 10,
            reason: "the authors' advice above 50 images",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_are_kept() {
        for (ipc, outer, inner) in PUBLISHED {
            let found = loops(ipc);
            assert_eq!((found.outer_steps, found.inner_epochs), (outer, inner), "ipc {ipc}");
        }
    }

    #[test]
    fn every_other_value_has_loops_near_its_neighbours() {
        for ipc in 1..=300 {
            let found = loops(ipc);
            assert!((1..=100).contains(&found.outer_steps), "ipc {ipc}: {found:?}");
            assert!((1..=50).contains(&found.inner_epochs), "ipc {ipc}: {found:?}");
        }
        assert_eq!((loops(5).outer_steps, loops(5).inner_epochs), (5, 50));
        assert_eq!((loops(25).outer_steps, loops(25).inner_epochs), (25, 20));
    }
}
