//! A wish that is not fulfilled, with the reason and what to do instead.

use std::fmt;

/// Why something was not done. Both parts are sentences for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, one sentence a line.
    pub reason: String,
    /// What to do about it; empty where there is nothing.
    pub advice: String,
}

impl Refusal {
    /// A refusal with its reason and advice.
    pub fn new(reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { reason: reason.into(), advice: advice.into() }
    }

    /// A refusal that nothing can be advised against.
    pub fn plain(reason: impl fmt::Display) -> Self {
        Self::new(reason.to_string(), "")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        if !self.advice.is_empty() {
            write!(f, "\n{}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
