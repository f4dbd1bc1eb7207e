//! What lies in the folder of a run, asked for while somebody looks at it.

use crate::wire::message::Listed;

/// What is known of a run's files.
#[derive(Debug, Default)]
pub struct Artefacts {
    /// Them, once they were told; or why not.
    pub told: Option<Result<Vec<Listed>, String>>,
    /// They were asked for, and nothing happened since that makes files.
    is_asked: bool,
    /// Rows above the shown ones.
    pub below: usize,
}

impl Artefacts {
    /// Begins to ask; false when that was done.
    pub const fn begin(&mut self) -> bool {
        let is_new = !self.is_asked;
        self.is_asked = true;
        is_new
    }

    /// What is known is old: a file was written, or the answer will not come.
    pub const fn age(&mut self) {
        self.is_asked = false;
    }

    /// Rows of the list.
    pub fn rows(&self) -> usize {
        self.told.as_ref().map_or(0, |told| told.as_ref().map_or(0, Vec::len))
    }
}
