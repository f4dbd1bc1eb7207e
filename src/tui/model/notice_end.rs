//! When a sentence goes by itself. It covers the hints, which a screen that is left alone should show; one that
//! says what did not work stays until it was read.

use super::Notice;

/// The sentence that stands, and how many there have been.
#[derive(Debug, Default)]
pub struct NoticeEnd {
    standing: Option<Notice>,
    turn: u64,
}

impl NoticeEnd {
    /// Sees what stands now; a number when that is new and goes after a while.
    pub fn see(&mut self, notice: Option<&Notice>) -> Option<u64> {
        if self.standing.as_ref() == notice {
            return None;
        }
        self.standing = notice.cloned();
        self.turn += 1;
        notice.filter(|notice| !notice.is_bad).map(|_| self.turn)
    }

    /// A key takes away what stands, even where the same comes again at once.
    pub fn forget(&mut self) {
        self.standing = None;
    }

    /// Whether the sentence with this number stands still.
    pub fn is_over(&self, turn: u64) -> bool {
        self.turn == turn
    }
}
