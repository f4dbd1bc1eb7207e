//! Listening while a network learns: progress out, wishes in.

use std::{ops::ControlFlow, time::Instant};

use crate::{
    engine::{
        control::{Control, Wish},
        estimate::Ahead,
        failure::Failure,
        journal::Journal,
    },
    record::{
        event::{Fact, Phase},
        event_log::EventLogError,
    },
};

/// Who listens between two steps of training.
pub struct Ear<'a> {
    control: &'a Control,
    journal: &'a mut Journal,
    phase: Phase,
    /// What went wrong with the log.
    trouble: Option<EventLogError>,
}

impl<'a> Ear<'a> {
    /// Listens during `phase`.
    pub fn new(control: &'a Control, journal: &'a mut Journal, phase: Phase) -> Self {
        Self { control, journal, phase, trouble: None }
    }

    /// Tells how far it is, waits while a pause is wished, and says whether to go on.
    pub fn hear(&mut self, done: u64, of: u64) -> ControlFlow<()> {
        match self.listen(done, of) {
            Ok(Wish::Stop) => ControlFlow::Break(()),
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => {
                self.trouble = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn listen(&mut self, done: u64, of: u64) -> Result<Wish, EventLogError> {
        self.journal.progress(self.phase, done, of, &Ahead::default())?;
        let wish = self.control.wish();
        if wish != Wish::Pause {
            return Ok(wish);
        }
        self.journal.fact(Fact::Paused { iteration: 0 })?;
        let waited = Instant::now();
        let wish = self.control.wait();
        self.journal.waited(waited.elapsed());
        if wish == Wish::Run {
            self.journal.fact(Fact::Continued { iteration: 0 })?;
        }
        Ok(wish)
    }

    /// What training gave, unless the log could not be written.
    pub fn outcome<T>(self, found: T) -> Result<T, Failure> {
        match self.trouble {
            Some(error) => Err(error.into()),
            None => Ok(found),
        }
    }
}
