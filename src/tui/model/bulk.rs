//! Several wishes at a time, told of in one sentence when all of them are answered.

use crate::{
    queue::{Command, HostName},
    tui::{figures::count, model::Notice},
};

/// Wishes under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    waiting: Vec<(HostName, Command)>,
    done: u64,
    refused: Vec<String>,
    /// What becomes of the runs, for one of them and for more.
    becomes: [&'static str; 2],
}

impl Bulk {
    /// These wishes, which have been sent to these hosts.
    pub fn new(commands: &[(HostName, Command)]) -> Self {
        let becomes = commands.first().map_or(["", ""], |(_, command)| becomes(command));
        Self { waiting: commands.to_vec(), done: 0, refused: Vec::new(), becomes }
    }

    /// Takes in an answer: why not, where it was refused. False for one to another wish.
    pub fn take(&mut self, host: HostName, command: &Command, refused: Option<String>) -> bool {
        let is_it = |waiting: &(HostName, Command)| waiting.0 == host && waiting.1 == *command;
        let Some(at) = self.waiting.iter().position(is_it) else { return false };
        self.waiting.swap_remove(at);
        match refused {
            None => self.done += 1,
            Some(reason) => self.refused.push(reason),
        }
        true
    }

    /// Whether an answer of this host is missing.
    pub fn is_at(&self, host: HostName) -> bool {
        self.waiting.iter().any(|waiting| waiting.0 == host)
    }

    /// What came of them all; none while answers are missing.
    pub fn outcome(&self) -> Option<Notice> {
        if !self.waiting.is_empty() {
            return None;
        }
        let becomes = self.becomes[usize::from(self.done != 1)];
        let mut text = format!("{} {becomes}", count(self.done, "run"));
        if let Some(first) = self.refused.first() {
            let more = self.refused.len() as u64;
            text = format!("{text}; {} refused: {first}", count(more, "wish").replace("hs", "hes"));
        }
        Some(Notice { is_bad: !self.refused.is_empty(), text })
    }
}

const fn becomes(command: &Command) -> [&'static str; 2] {
    match command {
        Command::Pause { .. } => {
            ["pauses at its next control point", "pause at their next control points"]
        }
        Command::Resume { .. } => ["goes on", "go on"],
        Command::Stop { .. } => ["writes a checkpoint and stops", "write checkpoints and stop"],
        Command::Cancel { .. } => ["is being cancelled", "are being cancelled"],
        Command::Retry { .. } => ["is tried again", "are tried again"],
        Command::Snapshot { .. } => ["takes a picture", "take pictures"],
        Command::Remove { .. } => {
            ["is deleted, with its folder", "are deleted, with their folders"]
        }
        Command::Add { .. } | Command::Clone { .. } => ["is queued", "are queued"],
        Command::Arrange { .. } => ["has another place", "have other places"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::RunId;

    #[test]
    fn all_answers_are_one_sentence() {
        let here = HostName::HERE;
        let commands = [1, 2, 3].map(|run| (here, Command::Stop { run: RunId::new(run) }));
        let mut bulk = Bulk::new(&commands);
        assert!(!bulk.take(here, &Command::Stop { run: RunId::new(9) }, None));
        assert!(!bulk.take(HostName::new("box"), &commands[1].1, None));
        assert!(bulk.take(here, &commands[1].1, None));
        assert!(bulk.take(here, &commands[0].1, Some("run 1 is finished".to_owned())));
        assert_eq!(bulk.outcome(), None);
        assert!(bulk.take(here, &commands[2].1, None));
        let text = "2 runs write checkpoints and stop; 1 wish refused: run 1 is finished";
        assert_eq!(bulk.outcome(), Some(Notice { is_bad: true, text: text.to_owned() }));
    }
}
