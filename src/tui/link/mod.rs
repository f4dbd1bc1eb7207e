//! The way to the daemon: connects, starts a daemon where there is none, and connects again when it is lost.
//!
//! Wishes go in, news comes out. Each reply comes with the wish that it answers. What was asked and not
//! answered when a connection broke is forgotten; the screen asks anew for what it still wants, from the
//! last sequence number that it has.
//!
//! A daemon that speaks nonsense, stops in the middle of a message, does not answer or floods is cut off, which
//! is told like any other loss. The pause before the next attempt grows with every loss, and begins small again
//! only after a connection that lasted.

pub mod flood;
pub mod news;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};

use self::{
    flood::{Allowance, Gauge, weight},
    news::NewsSender,
};
use crate::wire::{
    Target,
    client::{Client, ClientError, Daemon},
    message::{Answer, Message, SIGNS_SINCE, Wish},
    ssh::Prompts,
    ssh_sharing::Sharing,
};

/// Room for news that the screen has not taken in yet, in messages or KiB.
pub const ROOM: u32 = 1 << 16;

/// What is put up with. Tests are less patient.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long nothing may come while an answer is due.
    pub answer: Duration,
    /// The same where the daemon has to work for the answer.
    pub work: Duration,
    /// The same where it is a sign of life that was asked for.
    pub sign: Duration,
    /// Whether a sign of life comes also while the daemon works.
    pub signs_at_work: bool,
    /// How long an answer may take, whatever else comes.
    pub longest: Duration,
    /// How much may come unasked.
    pub unasked: Allowance,
    /// The pause after the first loss.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long a connection lasts that was good for something.
    pub proof: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            work: Duration::from_mins(1),
            sign: Duration::from_secs(10),
            signs_at_work: false,
            longest: Duration::from_mins(5),
            // About all runs of the longest list that there can be.
            unasked: Allowance { at_once: 131_072.0, per_sec: 1000.0 },
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
            proof: Duration::from_secs(30),
        }
    }
}

impl Limits {
    fn of(&self, wish: &Wish) -> Duration {
        match wish {
            Wish::Command(_)
            | Wish::WatchHistory { .. }
            | Wish::Studies
            | Wish::Study(_)
            | Wish::AddStudy { .. }
            | Wish::StudyRuns { .. }
            | Wish::Estimate { .. } => self.work,
            Wish::Ping => self.sign,
            _ => self.answer,
        }
    }
}

/// Something about the daemon.
#[derive(Debug)]
pub enum LinkNews {
    /// It answers.
    Connected(Daemon),
    /// It does not, and why.
    Lost(String),
    /// It answered a wish.
    Replied {
        /// The wish.
        wish: Wish,
        /// The answer.
        answer: Answer,
    },
    /// It told something.
    Pushed(Message),
}

/// Keeps the connection for as long as `wishes` come, which is the life of the program.
pub async fn keep(target: Target, wishes: UnboundedReceiver<Wish>, news: NewsSender) {
    let connect = |sharing| {
        let target = target.clone();
        // The screen has the terminal: nobody can answer ssh there.
        async move { target.connect(Prompts::Nobody, sharing).await }
    };
    keep_by(connect, Limits::default(), wishes, news).await;
}

/// The same with whatever connects.
async fn keep_by<C: Future<Output = Result<Client, ClientError>>>(
    connect: impl Fn(Sharing) -> C,
    limits: Limits,
    mut wishes: UnboundedReceiver<Wish>,
    news: NewsSender,
) {
    let mut pause = limits.first_pause;
    let mut sharing = Sharing::Allowed;
    loop {
        let end = match connect(sharing).await {
            Ok(client) => {
                sharing = Sharing::Allowed;
                let since = Instant::now();
                // What was wished of a daemon that is gone is not wished of the next one.
                while wishes.try_recv().is_ok() {}
                if !news.send(LinkNews::Connected(client.daemon.clone()), 1).await {
                    return;
                }
                let end = converse(client, limits, &mut wishes, &news).await;
                if since.elapsed() >= limits.proof {
                    pause = limits.first_pause;
                }
                end
            }
            Err(error) => Some(error),
        };
        let Some(error) = end else { return };
        sharing = sharing.after(&error);
        if !news.send(LinkNews::Lost(error.to_string()), 1).await {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(limits.longest_pause);
    }
}

/// What the daemon owes: wishes by their numbers, and when each was sent.
#[derive(Debug, Default)]
struct Owed(BTreeMap<u64, (Wish, Instant)>);

impl Owed {
    /// From when on the daemon counts as silent, and for how long nothing will have come then. Answers come one
    /// after the other, so that each may have to wait for the slowest.
    fn deadline(&self, limits: &Limits, last_byte: Instant) -> Option<(Instant, Duration)> {
        let (_, sent) = self.0.values().next()?;
        let limit = self.0.values().map(|(wish, _)| limits.of(wish)).max()?;
        let silent = last_byte.max(*sent) + limit;
        let late = *sent + limits.longest;
        let mut deadlines = vec![(silent, limit), (late, limits.longest)];
        if let Some(sent) = self.sign().filter(|_| limits.signs_at_work) {
            deadlines.push((last_byte.max(sent) + limits.sign, limits.sign));
        }
        deadlines.into_iter().min()
    }

    /// When a sign of life was asked for that has not come.
    fn sign(&self) -> Option<Instant> {
        self.0.values().find(|(wish, _)| *wish == Wish::Ping).map(|(_, sent)| *sent)
    }
}

/// Talks until the connection breaks; `None` when there is nobody to talk for.
async fn converse(
    client: Client,
    limits: Limits,
    wishes: &mut UnboundedReceiver<Wish>,
    news: &NewsSender,
) -> Option<ClientError> {
    let silence = client.silence();
    let limits = Limits {
        sign: silence.map_or(limits.sign, |silence| silence / 2),
        signs_at_work: client.daemon.protocol >= SIGNS_SINCE,
        ..limits
    };
    let (mut sender, mut receiver) = client.into_halves();
    let mut owed = Owed::default();
    let mut gauge = Gauge::new(limits.unasked);
    loop {
        // Over a way that can fall silent, a daemon is asked for a sign of life, if it can give one now.
        let quiet =
            silence.filter(|_| owed.0.is_empty() || limits.signs_at_work && owed.sign().is_none());
        let sign_at = quiet.map(|silence| receiver.last_byte() + silence / 2);
        let deadline = owed.deadline(&limits, receiver.last_byte());
        let (until, limit) = deadline.unwrap_or((Instant::now(), limits.answer));
        let (item, weight) = tokio::select! {
            // What has come is read before it counts as not having come.
            biased;
            wish = wishes.recv() => {
                let wish = wish?;
                match sender.send(wish.clone()).await {
                    Ok(id) => owed.0.insert(id, (wish, Instant::now())),
                    Err(error) => return Some(error),
                };
                continue;
            }
            message = receiver.next_sized() => {
                let (message, bytes) = match message {
                    Ok(message) => message,
                    Err(error) => return Some(error),
                };
                let weight = weight(bytes);
                let answered = match &message {
                    Message::Reply { id, .. } => owed.0.remove(id),
                    _ => None,
                };
                match (message, answered) {
                    (Message::Reply { .. }, Some((Wish::Ping, _))) => continue,
                    (Message::Reply { answer, .. }, Some((wish, _))) => {
                        (LinkNews::Replied { wish, answer }, weight)
                    }
                    _ if !gauge.take(weight, Instant::now()) => return Some(ClientError::Floods),
                    // An answer to nothing.
                    (Message::Reply { .. }, None) => continue,
                    (message, _) => (LinkNews::Pushed(message), weight),
                }
            }
            () = sleep_until(sign_at.unwrap_or(until)), if sign_at.is_some() => {
                if silence.is_some_and(|silence| receiver.last_byte().elapsed() >= silence / 2) {
                    match sender.send(Wish::Ping).await {
                        Ok(id) => owed.0.insert(id, (Wish::Ping, Instant::now())),
                        Err(error) => return Some(error),
                    };
                }
                continue;
            }
            () = sleep_until(until), if deadline.is_some() => {
                // Meanwhile a part of a message may have come.
                match owed.deadline(&limits, receiver.last_byte()) {
                    Some((until, _)) if until <= Instant::now() => {
                        return Some(match silence.filter(|_| owed.sign().is_some()) {
                            Some(silence) => ClientError::NoSign(silence),
                            None => ClientError::Silent(limit),
                        });
                    }
                    _ => continue,
                }
            }
        };
        if !news.send(item, weight).await {
            return None;
        }
    }
}
