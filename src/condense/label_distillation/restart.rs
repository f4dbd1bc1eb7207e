//! When a network has learned enough from the labels as they are, and a fresh one takes its place (reference
//! section 5.7).
//!
//! The moving average of the real loss over a window of updates is watched. When a whole window has brought no new
//! minimum, the network starts afresh, and the number of updates to the minimum is noted: so many steps the
//! labels are good for, and so many a network is trained by them in the end.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many of the last notes are averaged.
const NOTES: usize = 3;

/// The watch over one network after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restart {
    window: usize,
    /// The last losses, at most a window of them.
    recent: VecDeque<f64>,
    /// Updates of this network.
    steps: u64,
    /// The lowest average, and the updates to it.
    lowest: Option<(f64, u64)>,
    /// Updates to the minimum of the last networks before this one.
    noted: VecDeque<u64>,
}

impl Restart {
    /// Before the first network, with a window of so many updates.
    pub fn new(window: usize) -> Self {
        let (recent, noted) = (VecDeque::new(), VecDeque::new());
        Self { window: window.max(1), recent, steps: 0, lowest: None, noted }
    }

    /// Takes the loss of an update; true when the network is to start afresh.
    pub fn observe(&mut self, loss: f64) -> bool {
        self.steps += 1;
        self.recent.push_back(loss);
        if self.recent.len() < self.window {
            return false;
        }
        while self.recent.len() > self.window {
            self.recent.pop_front();
        }
        let average = self.recent.iter().sum::<f64>() / self.recent.len() as f64;
        match self.lowest {
            Some((lowest, at)) if average >= lowest => {
                if self.steps - at < self.window as u64 {
                    return false;
                }
                if self.noted.len() == NOTES {
                    self.noted.pop_front();
                }
                self.noted.push_back(at);
                (self.steps, self.lowest) = (0, None);
                self.recent.clear();
                true
            }
            _ => {
                self.lowest = Some((average, self.steps));
                false
            }
        }
    }

    /// The number of steps that the labels are good for: the mean of the last three notes, or, before the first
    /// one, the updates of the network so far. At least one.
    pub fn steps(&self) -> u64 {
        let count = self.noted.len() as u64;
        if count == 0 {
            return self.lowest.map_or(self.steps, |(_, at)| at).max(1);
        }
        (self.noted.iter().sum::<u64>() / count).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_without_a_new_minimum_ends_a_network() {
        let mut watch = Restart::new(3);
        // Averages from the third update on: 3, 2.5, 2.25, …
        for (at, loss) in [4.0, 3.0, 2.0, 2.5, 2.25].into_iter().enumerate() {
            assert!(!watch.observe(loss), "{at}");
        }
        assert_eq!(watch.steps(), 5);
        // From here on it rises: two updates are patience, the third ends it.
        assert!(!watch.observe(9.0) && !watch.observe(9.0));
        assert!(watch.observe(9.0));
        assert_eq!((watch.steps(), watch.steps), (5, 0));
        // The next network gets worse from the beginning: its minimum is its first full window.
        let losses = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        let ends: Vec<bool> = losses.into_iter().map(|loss| watch.observe(loss)).collect();
        assert_eq!(ends, [false, false, false, false, false, true]);
        assert_eq!(watch.steps(), 4);
    }
}
