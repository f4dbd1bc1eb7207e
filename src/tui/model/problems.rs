//! Everything that went wrong, newest first: runs that failed, were interrupted or noted a problem, queues that are held
//! up, faults of the configuration, losses of the link, wishes that were refused; and the end of the daemon's own log.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::{Link, Model};
use crate::{
    queue::{HostName, RunId, RunState},
    tui::{action::Action, figures::clock},
};

/// Losses and refusals that are kept.
const MOST_KEPT: usize = 100;
/// Lines of the daemon's log that are kept.
const MOST_LINES: usize = 1000;

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A run.
    Run(RunId),
    /// The runs of a host that wait for something else than their turn.
    Queue,
    /// A file of the configuration, or the environment.
    Configuration,
    /// The daemon, or the way to it.
    Daemon,
    /// Something that the user wished.
    Wish,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub about: About,
    /// The same for people.
    pub subject: String,
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    pub advice: String,
    /// False for what can go on as it is.
    pub is_bad: bool,
}

/// A time without the daemon; or several that followed each other for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loss {
    host: HostName,
    first: Timestamp,
    at: Timestamp,
    reason: String,
    until: Option<Timestamp>,
    times: usize,
}

/// A queue whose runs cannot be started for now, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HeldUp {
    host: HostName,
    since: Timestamp,
    reason: String,
}

/// What a small window shows alone, and what keys move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The problems.
    #[default]
    List,
    /// The daemon's log.
    Log,
}

/// The end of the daemon's log.
#[derive(Debug, Default)]
pub struct DaemonLog {
    /// Whose daemon.
    pub host: HostName,
    /// Its lines, the newest at the end.
    pub lines: VecDeque<String>,
    /// The byte after them in the file.
    pub end: u64,
    /// It was asked for and nothing happened since.
    pub is_asked: bool,
    /// Why it cannot be had.
    pub refused: Option<String>,
    /// Lines below the shown ones.
    pub below: usize,
}

impl DaemonLog {
    /// Takes in further lines. Somebody who reads further up keeps the lines that they read.
    pub fn take(&mut self, text: &str, end: u64) {
        self.refused = None;
        if end < self.end {
            // It was put aside, and a new one begun.
            self.lines.clear();
        }
        self.end = end;
        let before = self.lines.len();
        self.lines.extend(text.lines().map(ToOwned::to_owned));
        if self.below > 0 {
            self.below += self.lines.len() - before;
        }
        while self.lines.len() > MOST_LINES {
            self.lines.pop_front();
        }
        self.below = self.below.min(self.lines.len());
    }
}

/// What is known of problems beside the runs.
#[derive(Debug)]
pub struct ProblemsModel {
    began: Timestamp,
    seen: Option<Timestamp>,
    losses: VecDeque<Loss>,
    held_up: Vec<HeldUp>,
    refusals: VecDeque<(Timestamp, String)>,
    /// The selected problem, by its place.
    pub selected: usize,
    /// What keys move.
    pub part: Part,
    /// The daemon's log.
    pub log: DaemonLog,
}

impl ProblemsModel {
    /// Nothing went wrong yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            began: now,
            seen: None,
            losses: VecDeque::new(),
            held_up: Vec::new(),
            refusals: VecDeque::new(),
            selected: 0,
            part: Part::List,
            log: DaemonLog::default(),
        }
    }

    /// The daemon does not answer any more.
    pub fn lose(&mut self, host: HostName, at: Timestamp, reason: &str) {
        if let Some(last) = self.last_loss(host) {
            if last.reason == reason {
                last.times += 1;
                if last.until.take().is_some() {
                    last.at = at;
                }
                return;
            }
            last.until.get_or_insert(at);
        }
        let reason = reason.to_owned();
        self.losses.push_back(Loss { host, first: at, at, reason, until: None, times: 1 });
        while self.losses.len() > MOST_KEPT {
            self.losses.pop_front();
        }
    }

    /// It has answered; true when it had not done so for a while.
    pub fn find(&mut self, host: HostName, now: Timestamp) -> bool {
        let lost = self.last_loss(host).filter(|loss| loss.until.is_none());
        lost.is_some_and(|loss| loss.until.replace(now).is_none())
    }

    /// Since when it has not answered, whatever it has promised.
    pub fn lost_since(&self, host: HostName) -> Option<Timestamp> {
        let losses = self.losses.iter().rev();
        let mut of_host = losses.filter(|loss| loss.host == host);
        of_host.next().filter(|loss| loss.until.is_none()).map(|loss| loss.at)
    }

    fn last_loss(&mut self, host: HostName) -> Option<&mut Loss> {
        self.losses.iter_mut().rev().find(|loss| loss.host == host)
    }

    /// The queues of these hosts are held up, for these reasons; no others are.
    pub fn hold_up(&mut self, now: Timestamp, queues: impl Iterator<Item = (HostName, String)>) {
        let known = std::mem::take(&mut self.held_up);
        self.held_up = queues
            .map(|(host, reason)| {
                let before = known.iter().find(|known| known.host == host);
                let since = before.map_or(now, |known| known.since);
                HeldUp { host, since, reason }
            })
            .collect();
    }

    /// A wish was not fulfilled.
    pub fn refuse(&mut self, now: Timestamp, text: &str) {
        self.refusals.push_back((now, text.to_owned()));
        while self.refusals.len() > MOST_KEPT {
            self.refusals.pop_front();
        }
    }

    /// Everything up to now has been looked at.
    pub const fn see(&mut self, now: Timestamp) {
        self.seen = Some(now);
    }
}

/// All problems, newest first.
pub fn list(model: &Model) -> Vec<Problem> {
    let mut problems = of_runs(model);
    let known = &model.problems;
    problems.extend(model.preferences.faults.iter().map(|fault| {
        Problem {
            at: known.began,
            about: About::Configuration,
            subject: "configuration".to_owned(),
            text: fault.to_string(),
            advice: "The default is used instead. A corrected file counts from the next start on."
                .to_owned(),
            is_bad: false,
        }
    }));
    problems.extend(known.losses.iter().map(|loss| Problem {
        at: loss.at,
        about: About::Daemon,
        subject: match loss.host {
            HostName::HERE => "daemon".to_owned(),
            host => host.to_string(),
        },
        text: loss_text(model, loss),
        advice: "Runs go on without it, and the screen connects again by itself. `stillroom doctor` says what is \
                 wrong where it does not."
            .to_owned(),
        is_bad: loss.until.is_none(),
    }));
    problems.extend(known.held_up.iter().map(|held| Problem {
        at: held.since,
        about: About::Queue,
        subject: match held.host {
            HostName::HERE => "queue".to_owned(),
            host => format!("queue of {host}"),
        },
        text: held.reason.clone(),
        // In a small window only the beginning is seen.
        advice: "`stillroom doctor` says what is wrong. The runs wait and go on by themselves once Slurm takes them."
            .to_owned(),
        is_bad: true,
    }));
    problems.extend(known.refusals.iter().map(|(at, text)| Problem {
        at: *at,
        about: About::Wish,
        subject: "not done".to_owned(),
        text: text.clone(),
        advice: String::new(),
        is_bad: false,
    }));
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.at));
    problems
}

fn loss_text(model: &Model, loss: &Loss) -> String {
    let text = match loss.until {
        Some(until) => {
            format!("it did not answer until {}: {}", clock(until, &model.zone), loss.reason)
        }
        None => match model.hosts.get(loss.host).map(|host| &host.link) {
            Some(Link::Lost { reason, .. }) => reason.clone(),
            _ => loss.reason.clone(),
        },
    };
    match loss.times {
        1 => text,
        times => format!("{text} ({times} times since {})", clock(loss.first, &model.zone)),
    }
}

/// The hosts whose runs wait for something else than their turn, and for what the first of them does.
pub fn held_up(model: &Model) -> BTreeMap<HostName, String> {
    let waiting = model.queue.rows().iter().map(|row| &row.run);
    let mut waiting: Vec<_> = waiting
        .filter(|run| matches!(run.state, RunState::Queued { .. }) && !run.waits_for.is_empty())
        .collect();
    waiting.sort_by_key(|run| std::cmp::Reverse((run.place, run.id)));
    waiting.into_iter().map(|run| (run.id.host, run.waits_for.clone())).collect()
}

fn of_runs(model: &Model) -> Vec<Problem> {
    let symbols = model.look.symbols();
    let context = Model::screen_context(super::Screen::Run);
    let resume = model.keymap.key(context, Action::Resume, symbols);
    let resume =
        resume.map_or_else(String::new, |key| format!("{key} goes on from its last checkpoint."));
    let mut problems = Vec::new();
    for row in model.queue.rows() {
        let run = &row.run;
        let problem = |at, text: &str, advice: &str, is_bad| Problem {
            at,
            about: About::Run(run.id),
            subject: format!("run {} {}", run.id, run.title).trim_end().to_owned(),
            text: text.to_owned(),
            advice: advice.to_owned(),
            is_bad,
        };
        match &run.state {
            RunState::Failed { at, reason, advice } => {
                problems.push(problem(*at, reason, advice, true));
            }
            RunState::Interrupted { at, reason } => {
                problems.push(problem(*at, reason, &resume, false));
            }
            _ => {}
        }
        if let Some(noted) = &run.digest.last_problem {
            let text = match run.digest.problems {
                0 | 1 => noted.text.clone(),
                all => format!("{} (the last of {all})", noted.text),
            };
            problems.push(problem(noted.at, &text, &noted.advice, false));
        }
    }
    problems
}

/// Problems that came since their screen was left.
pub fn unseen(model: &Model) -> usize {
    let seen = model.problems.seen;
    list(model).iter().filter(|problem| seen.is_none_or(|seen| problem.at > seen)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: HostName = HostName::HERE;

    #[test]
    fn the_log_keeps_what_is_read_in_place_and_begins_anew_with_a_new_file() {
        let mut log = DaemonLog::default();
        log.take("one\ntwo\n", 8);
        log.below = 1;
        log.take("three\n", 14);
        assert_eq!((log.lines.len(), log.below), (3, 2));
        log.take("new\n", 4);
        assert_eq!(log.lines, ["new"]);
        log.take(&"x\n".repeat(5000), 10_004);
        assert_eq!(log.lines.len(), MOST_LINES);
        assert!(log.below <= MOST_LINES);
    }

    #[test]
    fn losses_for_the_same_reason_are_one_problem_with_a_count() {
        let mut problems = ProblemsModel::new(Timestamp::UNIX_EPOCH);
        for second in 0..74 {
            problems.lose(HERE, Timestamp::from_second(second).unwrap(), "nonsense");
            problems.find(HERE, Timestamp::from_second(second).unwrap());
        }
        problems.lose(HERE, Timestamp::from_second(80).unwrap(), "gone");
        let times: Vec<usize> = problems.losses.iter().map(|loss| loss.times).collect();
        assert_eq!(times, [74, 1]);
        assert_eq!(problems.losses[0].at, Timestamp::from_second(73).unwrap());
        assert_eq!(problems.losses[0].first, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn losses_and_refusals_are_bounded() {
        let now = Timestamp::UNIX_EPOCH;
        let mut problems = ProblemsModel::new(now);
        for _ in 0..1000 {
            problems.lose(HERE, now, "gone");
            problems.lose(HERE, now, "silent");
            problems.refuse(now, "no");
        }
        assert_eq!((problems.losses.len(), problems.refusals.len()), (MOST_KEPT, MOST_KEPT));
    }
}
