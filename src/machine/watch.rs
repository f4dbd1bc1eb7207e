//! Measures every two seconds for as long as somebody watches.
//!
//! A driver may take its time to answer, so a thread of its own asks; it ends when the last who watched has left.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::watch::{self, Receiver, Sender};

use super::{Figures, Gauge};

/// How often.
pub const EVERY: Duration = Duration::from_secs(2);
/// How long after the opening the first figures come: the processor's are those since then.
const FIRST: Duration = Duration::from_millis(250);

/// The newest figures, once there are some.
pub type Newest = Option<Arc<Figures>>;

/// What can be watched.
#[derive(Debug, Clone)]
pub struct Watched {
    newest: Arc<Sender<Newest>>,
    /// Whether a thread measures.
    is_measured: Arc<Mutex<bool>>,
}

impl Default for Watched {
    fn default() -> Self {
        let newest = Arc::new(watch::channel(None).0);
        Self { newest, is_measured: Arc::default() }
    }
}

impl Watched {
    /// Watches from now on, until the receiver is dropped. Figures of before are not shown.
    pub fn watch(&self) -> Receiver<Newest> {
        // Nothing in here panics while it is held.
        let mut is_measured = self.is_measured.lock().unwrap_or_else(PoisonError::into_inner);
        let mut receiver = self.newest.subscribe();
        if !*is_measured {
            *is_measured = true;
            self.newest.send_replace(None);
            let watched = self.clone();
            thread::spawn(move || watched.measure());
        }
        receiver.borrow_and_update();
        receiver
    }

    fn measure(&self) {
        let mut gauge = Gauge::open();
        gauge.read();
        thread::sleep(FIRST);
        loop {
            self.newest.send_replace(Some(Arc::new(gauge.read())));
            thread::sleep(EVERY);
            let mut is_measured = self.is_measured.lock().unwrap_or_else(PoisonError::into_inner);
            if self.newest.receiver_count() == 0 {
                *is_measured = false;
                return;
            }
        }
    }

    /// True while something is measured.
    #[cfg(test)]
    fn is_measured(&self) -> bool {
        *self.is_measured.lock().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{runtime::Builder, time::timeout};

    use super::*;

    #[test]
    fn it_is_measured_only_while_somebody_watches() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let watched = Watched::default();
        assert!(!watched.is_measured());
        runtime.block_on(async {
            let mut one = watched.watch();
            let other = watched.watch();
            timeout(EVERY * 10, one.changed()).await.unwrap().unwrap();
            let figures = one.borrow_and_update().clone().unwrap();
            assert!(figures.memory_total > 0);
            drop(other);
            timeout(EVERY * 10, one.changed()).await.unwrap().unwrap();
            drop(one);
            let ended = async {
                while watched.is_measured() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(EVERY * 10, ended).await.unwrap();
            // And again for the next.
            let mut next = watched.watch();
            timeout(EVERY * 10, next.changed()).await.unwrap().unwrap();
            assert!(next.borrow().is_some());
        });
    }
}
