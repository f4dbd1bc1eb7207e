//! How long the run of a form will take and how much memory, as measured on its device.

use crate::{queue::Expected, spec::Spec};

/// What is known of it.
#[derive(Debug, Clone, Default)]
pub enum Estimate {
    /// Nothing: it has not been asked for.
    #[default]
    Unknown,
    /// It is being measured.
    Asked(Box<Spec>),
    /// It was.
    Here(Box<Spec>, Expected),
    /// It could not be, and why.
    Failed(Box<Spec>, String),
}

impl Estimate {
    /// Forgets what was told of other work than this.
    pub fn forget_unless_of(&mut self, spec: &Spec) {
        let of = match self {
            Self::Unknown => return,
            Self::Asked(of) | Self::Here(of, _) | Self::Failed(of, _) => of,
        };
        if of.work() != spec.work() || of.device != spec.device {
            *self = Self::Unknown;
        }
    }

    /// The measurement came.
    pub fn take(&mut self, answer: Result<Expected, String>) {
        let Self::Asked(of) = std::mem::take(self) else { return };
        *self = match answer {
            Ok(expected) => Self::Here(of, expected),
            Err(reason) => Self::Failed(of, reason),
        };
    }
}
