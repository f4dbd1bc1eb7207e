//! The signals that a worker hears: all of them end its work with a checkpoint, and they differ in what that means.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGUSR1},
    flag,
};

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The time of its job is nearly up.
    Warned,
    /// Its job ends now.
    Ended,
}

impl Told {
    /// Why the worker leaves.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Warned => "the time limit of its job is near",
            Self::Ended => "its job was ended",
        }
    }

    /// Whether the job's limit is what is near: then there is time left to ask for another worker.
    pub fn is_warning(self) -> bool {
        self == Self::Warned
    }
}

/// What has come.
#[derive(Debug, Default)]
pub struct Signals {
    terminated: Arc<AtomicBool>,
    last: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on; to the warning of a batch system only in a job of one.
    pub fn listen(in_job: bool) -> io::Result<Self> {
        let signals = Self::default();
        let warning = in_job.then_some(SIGUSR1);
        for signal in [SIGTERM, SIGINT].into_iter().chain(warning) {
            flag::register_usize(signal, Arc::clone(&signals.last), signal as usize)?;
            flag::register(signal, signals.terminated())?;
        }
        Ok(signals)
    }

    /// True once the work shall end.
    pub fn terminated(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.terminated)
    }

    /// The last signal that came.
    pub fn told(&self) -> Option<Told> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            last if last == SIGUSR1 as usize => Some(Told::Warned),
            _ => Some(Told::Ended),
        }
    }
}
