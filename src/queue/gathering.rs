//! Which waiting runs go to Slurm together. Pure.
//!
//! All jobs of ours ask for the same, so the runs of a study are one array: one call of `sbatch`, one entry in
//! Slurm's book. A study is added run by run, so its first run waits a moment for the others.

use jiff::{SignedDuration, Timestamp};

use super::run::RunId;

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The run.
    pub run: RunId,
    /// The study that it is for; empty where there is none.
    pub study: String,
    /// Since when.
    pub since: Timestamp,
}

/// So long after the last run of a study has come, no more are expected.
const QUIET: SignedDuration = SignedDuration::from_millis(1500);
/// So long the first run of a study waits at most.
const LONGEST: SignedDuration = SignedDuration::from_secs(10);
/// The most tasks of an array: Slurm's own limit is 1001 unless it is set otherwise.
const MOST_TASKS: usize = 1000;

/// The batches to submit now, of `waiting` runs in queue order, where `room` more jobs may be in Slurm.
pub fn batches(waiting: &[Waiting], room: usize, now: Timestamp) -> Vec<Vec<RunId>> {
    let mut batches: Vec<(&str, Vec<RunId>)> = Vec::new();
    for Waiting { run, study, .. } in
        waiting.iter().filter(|run| is_ripe(run, waiting, now)).take(room)
    {
        let same = batches
            .iter_mut()
            .rev()
            .find(|(known, runs)| !study.is_empty() && known == study && runs.len() < MOST_TASKS);
        match same {
            Some((_, runs)) => runs.push(*run),
            None => batches.push((study, vec![*run])),
        }
    }
    batches.into_iter().map(|(_, runs)| runs).collect()
}

/// Whether no more runs of its study are expected.
fn is_ripe(run: &Waiting, waiting: &[Waiting], now: Timestamp) -> bool {
    let ages = waiting.iter().filter(|other| other.study == run.study);
    let ages = ages.map(|other| now.duration_since(other.since));
    let (youngest, oldest) = ages
        .fold((SignedDuration::MAX, SignedDuration::MIN), |(low, high), age| {
            (low.min(age), high.max(age))
        });
    // A clock that was set back makes nobody wait.
    run.study.is_empty() || youngest >= QUIET || oldest >= LONGEST || youngest.is_negative()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
    }

    fn waiting(runs: &[(&str, i64)]) -> Vec<Waiting> {
        let runs = runs.iter().zip(1..);
        runs.map(|((study, since), run)| Waiting {
            run: RunId::new(run),
            study: (*study).to_owned(),
            since: at(*since),
        })
        .collect()
    }

    fn told(waiting: &[Waiting], room: usize, now: i64) -> Vec<Vec<u64>> {
        let batches = batches(waiting, room, at(now));
        batches.into_iter().map(|runs| runs.into_iter().map(|run| run.number).collect()).collect()
    }

    #[test]
    fn the_runs_of_a_study_go_together_and_others_alone() {
        let runs = waiting(&[("", 0), ("a", 0), ("b", 0), ("a", 10), ("", 0)]);
        assert_eq!(told(&runs, 100, 5000), [vec![1], vec![2, 4], vec![3], vec![5]]);
    }

    #[test]
    fn a_study_that_is_still_being_added_waits_a_moment_and_not_for_ever() {
        let runs = waiting(&[("a", 0), ("", 0), ("a", 1000)]);
        assert_eq!(told(&runs, 100, 1100), [vec![2]]);
        assert_eq!(told(&runs, 100, 2500), [vec![1, 3], vec![2]]);
        let steady = waiting(&[("a", 0), ("a", 10_000)]);
        assert_eq!(told(&steady, 100, 10_001), [vec![1, 2]]);
        assert_eq!(told(&runs, 100, -5000), [vec![1, 3], vec![2]], "the clock was set back");
    }

    #[test]
    fn no_more_go_than_there_is_room_for_and_the_first_go_first() {
        let runs = waiting(&[("a", 0), ("a", 0), ("", 0), ("a", 0)]);
        assert_eq!(told(&runs, 3, 9000), [vec![1, 2], vec![3]]);
        assert!(told(&runs, 0, 9000).is_empty());
        let many: Vec<_> = (0..1500).map(|_| ("a", 0)).collect();
        let sizes: Vec<_> = told(&waiting(&many), 9999, 9000).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1000, 500]);
    }
}
