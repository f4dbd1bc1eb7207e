//! Which run the queue, or a study, shows in detail: the one under the cursor, once the cursor rests.
//!
//! A cursor that runs over a thousand runs does not make the daemon read a thousand logs.

use crate::queue::RunId;

/// The run under the cursor, and whether the cursor has rested there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Preview {
    under_cursor: Option<RunId>,
    visit: u64,
    has_rested: bool,
}

impl Preview {
    /// The cursor is on this run, or on none. The number of the visit, where it is a new one.
    pub fn visit(&mut self, run: Option<RunId>) -> Option<u64> {
        if run == self.under_cursor {
            return None;
        }
        self.under_cursor = run;
        self.visit += 1;
        self.has_rested = false;
        run.map(|_| self.visit)
    }

    /// Some time has passed since a visit began.
    pub fn rest(&mut self, visit: u64) {
        self.has_rested |= visit == self.visit;
    }

    /// The run whose news are wanted.
    pub fn run(&self) -> Option<RunId> {
        self.under_cursor.filter(|_| self.has_rested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_shown_once_the_cursor_rests() {
        let mut preview = Preview::default();
        let first = preview.visit(Some(RunId::new(1))).unwrap();
        assert_eq!((preview.visit(Some(RunId::new(1))), preview.run()), (None, None));
        let second = preview.visit(Some(RunId::new(2))).unwrap();
        preview.rest(first);
        assert_eq!(preview.run(), None, "it has gone on");
        preview.rest(second);
        assert_eq!(preview.run(), Some(RunId::new(2)));
        assert_eq!(preview.visit(None), None);
        assert_eq!(preview.run(), None);
    }
}
