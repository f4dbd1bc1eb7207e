//! The thread that says in a claim that its holder lives, and looks whether a newer one has come.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::claim::{Claim, Claims};

/// Beats until it is dropped.
#[derive(Debug)]
pub struct Heart {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heart {
    /// Starts to beat; `when_lost` is called once when there is a newer number.
    pub fn start(
        claims: Claims,
        token: u64,
        claim: Arc<Mutex<Claim>>,
        every: Duration,
        when_lost: impl FnOnce() + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while matches!(stopped.recv_timeout(every), Err(RecvTimeoutError::Timeout)) {
                if !claims.is_newest(token) {
                    return when_lost();
                }
                let mut claim = claim.lock().unwrap_or_else(PoisonError::into_inner);
                claim.beats += 1;
                if let Err(error) = claims.write(token, &claim) {
                    tracing::warn!("the claim on the run could not be renewed: {error}");
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.stop = None;
        // One that is busy with the loss does not come back; the process ends.
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}
