//! The list of all runs on its way from the daemon to a client: as many lines as it takes.
//!
//! ```text
//! reply 7: some_runs ─► reply 7: some_runs ─► … ─► reply 7: runs
//! ```
//!
//! All parts but the last come as [`Answer::SomeRuns`], with nothing between them, and the client's side puts them
//! together before anybody sees them. A client of before [`PARTS_SINCE`] gets its list in one line or not at all.

use super::{
    batches::BATCH_BYTES,
    client::ClientError,
    message::{Answer, MAX_LINE_BYTES, Message, PARTS_SINCE},
};
use crate::queue::{Refusal, RunSummary, places::DATA_DIR_VARIABLE};

/// The longest list, on the wire: of nearly 100 000 runs. Either side holds it whole in memory.
pub const MAX_LIST_BYTES: usize = 64 << 20;
/// What stands around the runs in a line.
const AROUND_BYTES: usize = 100;

/// A list in parts of about [`BATCH_BYTES`], the last of them apart.
///
/// # Errors
/// Where it is too long for this client, or for any.
pub fn parts(
    mut runs: Vec<RunSummary>,
    protocol: Option<u32>,
) -> Result<(Vec<Vec<RunSummary>>, Vec<RunSummary>), Refusal> {
    // With the comma after it.
    let size = |run: &RunSummary| serde_json::to_vec(run).map_or(0, |bytes| bytes.len() + 1);
    let (mut all, mut room, mut cuts) = (0, BATCH_BYTES, Vec::new());
    for (at, run) in runs.iter().enumerate() {
        let size = size(run);
        all += size;
        if size > room && at > 0 {
            cuts.push(at);
            room = BATCH_BYTES;
        }
        room = room.saturating_sub(size);
    }
    let count = runs.len();
    if protocol < Some(PARTS_SINCE) {
        if all + AROUND_BYTES <= MAX_LINE_BYTES {
            return Ok((Vec::new(), runs));
        }
        let own = env!("CARGO_PKG_VERSION");
        return Err(Refusal::new(
            format!(
                "the list of {count} runs is longer than this client, which is older than the daemon, can take"
            ),
            format!("The daemon is Stillroom {own}. Update the client."),
        ));
    }
    if all > MAX_LIST_BYTES {
        let most = MAX_LIST_BYTES >> 20;
        return Err(Refusal::new(
            format!("the list of {count} runs is longer than {most} MiB"),
            format!("Let {DATA_DIR_VARIABLE} name another data directory for further runs."),
        ));
    }
    let mut parts: Vec<_> = cuts.into_iter().rev().map(|at| runs.split_off(at)).collect();
    parts.push(runs);
    parts.reverse();
    let last = parts.pop().unwrap_or_default();
    Ok((parts, last))
}

/// The parts of a list that have come so far.
#[derive(Debug, Default)]
pub struct Gathered {
    id: u64,
    runs: Vec<RunSummary>,
    bytes: usize,
}

impl Gathered {
    /// Takes a message of so many bytes in. What is no part of a list, and a list that is whole, comes out, with the
    /// bytes of all of it.
    ///
    /// # Errors
    /// When a list has no end.
    pub fn take(
        &mut self,
        message: Message,
        bytes: usize,
    ) -> Result<Option<(Message, usize)>, ClientError> {
        match message {
            Message::Reply { id, answer: Answer::SomeRuns { runs } } => {
                if self.id != id {
                    *self = Self { id, ..Self::default() };
                }
                self.bytes += bytes;
                if self.bytes > MAX_LIST_BYTES + MAX_LINE_BYTES {
                    return Err(ClientError::Floods);
                }
                self.runs.extend(runs);
                Ok(None)
            }
            Message::Reply { id, answer } if self.id == id => {
                let begun = std::mem::take(self);
                let (mut all, bytes) = (begun.runs, begun.bytes + bytes);
                let answer = match answer {
                    Answer::Runs { runs } => {
                        all.extend(runs);
                        Answer::Runs { runs: all }
                    }
                    // It could not be told to its end.
                    answer => answer,
                };
                Ok(Some((Message::Reply { id, answer }, bytes)))
            }
            message => Ok(Some((message, bytes))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::RunId,
        record::Digest,
        wire::{codec::encode, message::PROTOCOL},
    };

    fn runs(count: u64, title: usize) -> Vec<RunSummary> {
        let run = serde_json::json!({
            "id": 1, "title": "x".repeat(title), "place": 1,
            "state": {"state": "cancelled", "at": "1970-01-01T00:00:00Z"},
            "added": "1970-01-01T00:00:00Z", "method": "dsa", "set": "mnist-5k", "ipc": 1, "seed": 0,
            "device": "cpu", "folder": "", "digest": Digest::default(),
        });
        let run: RunSummary = serde_json::from_value(run).unwrap();
        (1..=count).map(|id| RunSummary { id: RunId::new(id), ..run.clone() }).collect()
    }

    /// Sends a list and puts it together again; how many lines it took.
    fn round_trip(list: &[RunSummary]) -> usize {
        let (parts, last) = parts(list.to_vec(), Some(PROTOCOL)).unwrap();
        let lines = parts.len() + 1;
        let mut gathered = Gathered::default();
        let mut sent = 0;
        let mut hear = |answer| {
            let message = Message::Reply { id: 7, answer };
            let line = encode(&message).unwrap();
            sent += line.len();
            (gathered.take(message, line.len()).unwrap(), sent)
        };
        for part in parts {
            assert!(!part.is_empty());
            let (whole, _) = hear(Answer::SomeRuns { runs: part });
            assert_eq!(whole, None);
        }
        let (whole, sent) = hear(Answer::Runs { runs: last });
        let answer = Answer::Runs { runs: list.to_vec() };
        assert_eq!(whole, Some((Message::Reply { id: 7, answer }, sent)));
        lines
    }

    #[test]
    fn a_list_of_any_length_is_the_same_on_the_other_side() {
        assert_eq!([0, 1, 100].map(|count| round_trip(&runs(count, 3))), [1, 1, 1]);
        assert!((10..100).contains(&round_trip(&runs(20_000, 3))));
        // Runs as large as a part, and larger.
        assert_eq!(round_trip(&runs(3, BATCH_BYTES / 2)), 3);
        assert_eq!(round_trip(&runs(3, BATCH_BYTES * 2)), 3);
    }

    #[test]
    fn an_older_client_gets_what_fits_or_a_sentence() {
        let short = runs(3000, 3);
        let (none, all) = parts(short.clone(), Some(PARTS_SINCE - 1)).unwrap();
        assert_eq!((none.len(), &all), (0, &short));
        encode(&Message::Reply { id: u64::MAX, answer: Answer::Runs { runs: all } }).unwrap();
        let refusal = parts(runs(20_000, 3), Some(PARTS_SINCE - 1)).unwrap_err();
        assert!(refusal.reason.starts_with("the list of 20000 runs is longer"), "{refusal:?}");
        assert!(refusal.advice.ends_with("Update the client."), "{refusal:?}");
    }

    #[test]
    fn no_list_fills_the_memory() {
        let refusal = parts(runs(70, 1 << 20), Some(PROTOCOL)).unwrap_err();
        assert_eq!(refusal.reason, "the list of 70 runs is longer than 64 MiB");
        let mut gathered = Gathered::default();
        let part = || Message::Reply { id: 7, answer: Answer::SomeRuns { runs: runs(1, 0) } };
        let most = MAX_LIST_BYTES / MAX_LINE_BYTES + 1;
        assert!((0..most).all(|_| matches!(gathered.take(part(), MAX_LINE_BYTES), Ok(None))));
        let flood = gathered.take(part(), MAX_LINE_BYTES);
        assert!(matches!(flood, Err(ClientError::Floods)));
    }

    #[test]
    fn a_list_that_is_broken_off_is_none_and_others_go_between() {
        let mut gathered = Gathered::default();
        let some = |id| Message::Reply { id, answer: Answer::SomeRuns { runs: runs(2, 0) } };
        let all = |id| Message::Reply { id, answer: Answer::Runs { runs: runs(1, 0) } };
        assert_eq!(gathered.take(some(7), 10).unwrap(), None);
        let gone = Message::Gone { run: RunId::new(4) };
        assert_eq!(gathered.take(gone.clone(), 5).unwrap(), Some((gone, 5)));
        let refused = Message::Reply {
            id: 7,
            answer: Answer::Refused { reason: "no".to_owned(), advice: String::new() },
        };
        assert_eq!(gathered.take(refused.clone(), 6).unwrap(), Some((refused, 16)));
        assert_eq!(gathered.take(all(8), 7).unwrap(), Some((all(8), 7)));
        // Nor does one become a part of another.
        assert_eq!(gathered.take(some(9), 10).unwrap(), None);
        assert_eq!(gathered.take(some(10), 10).unwrap(), None);
        let Some((Message::Reply { answer: Answer::Runs { runs }, .. }, 20)) =
            gathered.take(all(10), 10).unwrap()
        else {
            panic!("no list")
        };
        assert_eq!(runs.len(), 3);
    }
}
