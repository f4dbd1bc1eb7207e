//! When the daemon is asked about studies: at once when something of it changed, and then not again for a second.

/// What is known, wanted and under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    is_stale: bool,
    is_asked: bool,
    rests: bool,
}

impl News {
    /// What is shown may not be so any more.
    pub const fn mark_stale(&mut self) {
        self.is_stale = true;
    }

    /// Whether to ask now. Who is told so asks.
    pub const fn begin(&mut self) -> bool {
        let asks = self.is_stale && !self.is_asked && !self.rests;
        if asks {
            *self = Self { is_stale: false, is_asked: true, rests: true };
        }
        asks
    }

    /// The answer came, or never will.
    pub const fn is_answered(&mut self) {
        self.is_asked = false;
    }

    /// A second has passed since it was asked.
    pub const fn has_rested(&mut self) {
        self.rests = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_at_once_and_then_once_a_second() {
        let mut news = News::default();
        assert!(!news.begin(), "nothing has changed");
        news.mark_stale();
        assert!(news.begin());
        news.mark_stale();
        assert!(!news.begin(), "the answer is on its way");
        news.is_answered();
        assert!(!news.begin(), "it is not a second ago");
        news.has_rested();
        assert!(news.begin());
        news.has_rested();
        news.mark_stale();
        assert!(!news.begin(), "a slow daemon is not asked twice");
        news.is_answered();
        assert!(news.begin());
        news.is_answered();
        news.has_rested();
        assert!(!news.begin());
    }
}
