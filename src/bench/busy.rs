//! The share of the time that a graphics card is busy while iterations run, as its driver counts it.
//!
//! Drivers tell it of a window of some tenths of a second that lies behind them, so what they say at first is left
//! out, and of a shorter run nothing is told.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::machine::{Card, Gauge};

/// Between two questions.
const INTERVAL: Duration = Duration::from_millis(50);
/// For so long a driver may speak of what was before.
const WINDOW: Duration = Duration::from_secs(1);

/// A card that is watched.
pub struct Busy {
    enough: mpsc::Sender<()>,
    watching: JoinHandle<Option<f64>>,
}

impl Busy {
    /// Watches the card that is plugged in there from now on; `None` where no driver tells of it.
    pub fn watch(pci: &str) -> Option<Self> {
        let mut gauge = Gauge::open();
        let pci = pci.to_owned();
        let mut read = move || own(&gauge.read().cards, &pci);
        read()?;
        Some(Self::ask(read, WINDOW))
    }

    fn ask(mut read: impl FnMut() -> Option<f64> + Send + 'static, window: Duration) -> Self {
        let (enough, asked) = mpsc::channel();
        let started = Instant::now();
        let watching = thread::spawn(move || {
            let (mut sum, mut count) = (0.0, 0_u32);
            while asked.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Some(busy) = read().filter(|_| started.elapsed() > window) {
                    (sum, count) = (sum + busy, count + 1);
                }
            }
            (count > 0).then(|| sum / f64::from(count))
        });
        Self { enough, watching }
    }

    /// The share of the time until now, 0 to 1; `None` where it was too short.
    pub fn share(self) -> Option<f64> {
        // Without a receiver the thread has ended.
        let _ = self.enough.send(());
        self.watching.join().ok().flatten()
    }
}

/// What the card that is plugged in there says, or the only one.
fn own(cards: &[Card], pci: &str) -> Option<f64> {
    let found = cards.iter().find(|card| !card.pci.is_empty() && card.pci == pci);
    let only = || cards.first().filter(|_| cards.len() == 1);
    found.or_else(only)?.busy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_driver_says_is_averaged_behind_its_window() {
        let mut said = [Some(0.5), None, Some(1.0)].into_iter().cycle();
        let busy = Busy::ask(move || said.next().flatten(), Duration::ZERO);
        thread::sleep(20 * INTERVAL);
        let share = busy.share().unwrap();
        assert!((0.6..0.9).contains(&share), "{share}");
        let busy = Busy::ask(|| Some(0.5), Duration::from_mins(1));
        thread::sleep(2 * INTERVAL);
        assert_eq!(busy.share(), None);
    }

    #[test]
    fn a_card_is_found_where_it_is_plugged_in_or_as_the_only_one() {
        let card = |pci: &str, busy| Card { pci: pci.to_owned(), busy, ..Card::default() };
        let two = [card("0000:01:00.0", Some(0.1)), card("0000:02:00.0", Some(0.2))];
        assert_eq!(own(&two, "0000:02:00.0"), Some(0.2));
        assert_eq!((own(&two, ""), own(&[], "")), (None, None));
        assert_eq!(own(&two[..1], ""), Some(0.1));
    }
}
