//! Why a run could not go on, for the person who reads it.

use std::fmt::Display;

use crate::spec::Fault;

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// One sentence or more.
    pub reason: String,
    /// One sentence; empty where the reason says it already.
    pub advice: String,
    /// True when the device had too little memory, so that less at once may do.
    pub device_full: bool,
}

impl Failure {
    /// A failure with advice.
    pub fn new(reason: impl Display, advice: &str) -> Self {
        Self { reason: reason.to_string(), advice: advice.to_owned(), device_full: false }
    }

    /// A failure whose own words say what to do.
    pub fn plain(reason: impl Display) -> Self {
        Self::new(reason, "")
    }

    /// Faults that were found only when the data were there.
    pub fn of_faults(faults: &[Fault]) -> Self {
        let lines: Vec<_> = faults.iter().map(Fault::to_string).collect();
        Self::new(lines.join("\n"), "change the spec and add the run again")
    }
}

/// Errors that say what to do in their own words.
macro_rules! plain {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::plain(error)
            }
        })+
    };
}

plain!(
    crate::record::atomic::WriteError,
    crate::record::event_log::EventLogError,
    crate::record::tensor_file::TensorFileError,
);
