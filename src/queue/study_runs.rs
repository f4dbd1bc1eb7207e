//! What studies have to know of the runs of the queue, read from the run folders once and kept.
//!
//! A spec never changes, so it is read once; a log is read when a run has finished, and again only if it has grown
//! since. Of a long log only the few lines count that tell of plans, evaluations and ends.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{RunId, RunState, RunSummary};
use crate::{
    record::{Event, RunFolder},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    study::{Costs, Known, Outcome},
};

/// What is kept of a run.
#[derive(Debug, Clone)]
struct Kept {
    /// What its spec comes to; none where it cannot be read.
    work: Option<Spec>,
    /// The last event that `finished` knows of.
    seq: u64,
    finished: Option<(Outcome, Costs)>,
}

/// All of them, by number.
#[derive(Debug, Default)]
pub struct StudyRuns(Mutex<HashMap<RunId, Kept>>);

impl StudyRuns {
    /// Those runs that do something which `is_wanted`, in the order of their numbers, and what the finished ones
    /// cost. Takes as long as the disk does for what was not read before.
    pub fn known(
        &self,
        runs: &[RunSummary],
        is_wanted: impl Fn(&Spec) -> bool,
    ) -> (Vec<Known>, Vec<Costs>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|run, _| runs.iter().any(|known| known.id == *run));
        let mut order: Vec<&RunSummary> = runs.iter().collect();
        order.sort_by_key(|run| run.id);
        let (mut known, mut costs) = (Vec::new(), Vec::new());
        for run in order {
            let folder = RunFolder::new(PathBuf::from(&run.folder));
            let kept = all.entry(run.id).or_insert_with(|| Kept {
                work: work(&folder),
                seq: 0,
                finished: None,
            });
            let Some(work) = kept.work.as_ref().filter(|work| is_wanted(work)) else { continue };
            let outcome = if let Some(outcome) = outcome(run) {
                outcome
            } else {
                if kept.finished.is_none() || kept.seq != run.digest.seq {
                    let events = telling(&folder.events());
                    let cost = Costs::of(run.id, work, &events);
                    kept.seq = run.digest.seq;
                    kept.finished = Some((Outcome::finished(&events), cost));
                }
                let Some((outcome, cost)) = &kept.finished else { continue };
                costs.push(cost.clone());
                outcome.clone()
            };
            known.push(Known { run: run.id, work: work.clone(), outcome });
        }
        (known, costs)
    }
}

/// Where a run stands, unless it has finished.
fn outcome(run: &RunSummary) -> Option<Outcome> {
    match &run.state {
        RunState::Finished { .. } => None,
        RunState::Running { .. } | RunState::Stopping { .. } => {
            Some(Outcome::Running(run.digest.share))
        }
        RunState::Failed { reason, .. } => Some(Outcome::Failed(reason.clone())),
        RunState::Cancelled { .. } => Some(Outcome::Failed("it was cancelled".to_owned())),
        _ => Some(Outcome::Waiting),
    }
}

/// A folder of another version that cannot be read is no run of any study.
fn work(folder: &RunFolder) -> Option<Spec> {
    let text = fs::read_to_string(folder.spec()).ok()?;
    let spec = parse(&Typed { source: "spec.toml", text: &text, set: &[] }).ok()?;
    Some(spec.work())
}

/// The events of a log that tables are made of. A log that cannot be read tells nothing.
fn telling(path: &Path) -> Vec<Event> {
    const KINDS: [&[u8]; 3] = [b"\"plan\"", b"\"evaluation\"", b"\"ended\""];
    let has = |line: &[u8], kind: &[u8]| line.windows(kind.len()).any(|part| part == kind);
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut events: Vec<Event> = Vec::new();
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        // The kind of an event stands near its beginning.
        let start = &line[..line.len().min(200)];
        if KINDS.iter().any(|kind| has(start, kind))
            && let Ok(event) = serde_json::from_slice::<Event>(&line)
            && events.last().is_none_or(|last| last.seq < event.seq)
        {
            events.push(event);
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        record::{
            EventLog, Fact,
            event::{Evaluation, Subject},
        },
        spec::{Method, defaults::published},
        study::Scored,
    };

    fn evaluation(mean: f64) -> Fact {
        Fact::Evaluation(Evaluation {
            subject: Subject::Synthetic,
            iteration: 3,
            accuracies: vec![mean],
            mean,
            std: 0.0,
            augmentation: "none".to_owned(),
            network: String::new(),
            secs: 2.0,
            after: None,
        })
    }

    fn finished(id: u64, seq: u64, folder: &Path) -> RunSummary {
        let at = Timestamp::UNIX_EPOCH;
        let spec = published(Method::Dsa, "mnist-5k", 1);
        let kept = crate::queue::entry::Kept::new(RunId::new(id), 1, at, RunState::Finished { at });
        let mut summary = crate::queue::entry::Entry::new(kept, &spec, folder).summary;
        summary.digest.seq = seq;
        summary
    }

    #[test]
    fn a_log_is_read_when_it_has_grown_and_only_what_counts_of_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path().to_owned());
        let spec = published(Method::Dsa, "mnist-5k", 1);
        fs::write(folder.spec(), spec.to_toml()).unwrap();
        let mut log = EventLog::open(&folder.events()).unwrap();
        log.append(Fact::Note { text: "an \"evaluation\" in a note".to_owned() }).unwrap();
        log.append(evaluation(0.5)).unwrap();
        let runs = StudyRuns::default();
        let mean = |seq: u64| {
            let (known, costs) = runs.known(&[finished(4, seq, place.path())], |_| true);
            assert_eq!((known.len(), costs.len()), (1, 1));
            assert_eq!(known[0].work, spec.work());
            let Outcome::Finished(scores) = &known[0].outcome else { panic!("{known:?}") };
            scores[&Scored::default()].networks[0]
        };
        assert!((mean(2) - 0.5).abs() < 1e-9);
        log.append(evaluation(0.75)).unwrap();
        assert!((mean(2) - 0.5).abs() < 1e-9, "nothing says that it has grown");
        assert!((mean(3) - 0.75).abs() < 1e-9);
        let (none, _) = runs.known(&[finished(4, 3, place.path())], |work| work.ipc == 50);
        assert!(none.is_empty());
        fs::write(folder.spec(), "ipc = \"many\"").unwrap();
        let (unread, _) = StudyRuns::default().known(&[finished(4, 3, place.path())], |_| true);
        assert!(unread.is_empty());
    }
}
