//! The part of the queue that has runs done by Slurm: runs become jobs, and what Slurm and the logs tell of jobs
//! becomes states of runs.
//!
//! A worker's own word in its log counts before anything that Slurm says: the log is exact and at once, and Slurm
//! is asked twice a minute. Nothing is submitted before Slurm has said which jobs of ours it has, so that a daemon
//! that was killed in the middle of a submission finds its job again instead of making another one.

mod batches;
mod seen;
mod submitting;

pub use batches::Batches;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::{Duration, Instant},
};

use super::{
    devices::{CLUSTER, DeviceSlots},
    entry::Word,
    executor::slurm::{
        News, Order, Slurm,
        batch::Batch,
        states::{self, End, JobState, Seen},
    },
    follower,
    keeper::Keeper,
    run::{RunId, RunState},
    transition::{Departure, Happening},
};
use crate::config::{Executor, Starting};

/// How long the last words of a worker may take from its node to here.
const WORDS_WITHIN: Duration = Duration::from_secs(2);

/// All that is known of jobs beside the states of their runs.
#[derive(Debug)]
pub struct Jobs {
    slurm: Slurm,
    /// Whether queued runs become jobs; else only those that there are count.
    pub takes_runs: bool,
    /// What is wrong with the configuration; then nothing is submitted.
    fault: String,
    /// Why nothing can be submitted since Slurm answered last; none when it can.
    trouble: Option<String>,
    /// Whether it has answered at all.
    is_known: bool,
    /// Runs that are being submitted.
    under_way: HashSet<RunId>,
    /// Batches of which nobody knows whether Slurm has taken them, and since when.
    unsure: Vec<(Batch, Instant)>,
    /// How often a run's job was said to wait for ever, or to be unknown.
    doubts: HashMap<RunId, u32>,
    /// Jobs of ours that no run has, and that were there the last time.
    strays: HashSet<String>,
    /// Jobs that are over and whose workers may still be heard of.
    settling: BTreeMap<RunId, (Option<Seen>, Instant)>,
    /// When a run's worker was last heard to come: what was asked before says nothing of it.
    came: HashMap<RunId, Instant>,
    /// Where the words of a run's worker begin in its log.
    log_starts: HashMap<RunId, u64>,
}

impl Jobs {
    /// The cluster as one device, whose slots are the jobs that it may have at a time.
    pub fn cluster(&self, running: u64) -> DeviceSlots {
        let table = &self.slurm.table;
        let parts =
            [("partition ", &table.partition), ("gpus ", &table.gpus), ("gres ", &table.gres)];
        let given = parts.iter().filter(|(_, value)| !value.is_empty());
        let given: Vec<String> = given.map(|(what, value)| format!("{what}{value}")).collect();
        DeviceSlots {
            device: CLUSTER.to_owned(),
            name: given.join(", "),
            slots: table.jobs,
            running,
            ..DeviceSlots::default()
        }
    }

    /// Whether something is under way that soon has an answer.
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty() || !self.settling.is_empty()
    }
}

impl Keeper {
    /// Opens the way to Slurm, if runs go there or have gone there.
    pub(in crate::queue) fn reach_slurm(&mut self, starting: &Starting) {
        let takes_runs = starting.executor == Executor::Slurm;
        if !takes_runs && !self.entries.values().any(|entry| entry.summary.state.job().is_some()) {
            return;
        }
        let faults: Vec<_> = starting.faults.iter().map(ToString::to_string).collect();
        let data_dir = self.places.data_dir();
        let slurm = Slurm::start(starting.slurm.clone(), &self.executor.program, data_dir);
        self.jobs = Some(Jobs {
            slurm,
            takes_runs,
            fault: faults.join("\n"),
            trouble: None,
            is_known: false,
            under_way: HashSet::new(),
            unsure: Vec::new(),
            doubts: HashMap::new(),
            strays: HashSet::new(),
            settling: BTreeMap::new(),
            came: HashMap::new(),
            log_starts: HashMap::new(),
        });
    }

    /// Takes in what Slurm says, and submits what can be.
    pub(in crate::queue) fn hear_of_jobs(&mut self) {
        while let Some(news) = self.jobs.as_ref().and_then(|jobs| jobs.slurm.news()) {
            self.hear(news);
        }
        self.settle();
        let has_jobs = self.entries.values().any(|entry| entry.summary.state.job().is_some());
        let waits = self.entries.values().any(|entry| is_queued(&entry.summary.state));
        let Some(jobs) = &self.jobs else { return };
        jobs.slurm.want(has_jobs || (jobs.takes_runs && waits));
        if jobs.takes_runs && waits {
            self.submit();
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Submitted(batch, job) => self.submitted(&batch, &job),
            News::NotSubmitted(batch, trouble) => self.not_submitted(batch, &trouble),
            News::Jobs(asked, seen) => self.all_jobs(asked, &seen),
            News::Away(trouble) => self.away(trouble.words()),
            News::Told(run, job, seen) => {
                let still = self.entries.get(&run).and_then(|entry| entry.summary.state.job());
                let is_over =
                    seen.as_ref().is_none_or(|seen| matches!(seen.state, JobState::Over(_)));
                if still == Some(&job) && is_over {
                    self.over(run, &job, seen.as_ref());
                }
            }
        }
    }

    /// Slurm cannot be asked.
    fn away(&mut self, why: &str) {
        self.hold_up(format!("Slurm does not answer: {why}"));
    }

    /// Nothing can be submitted for now. That is told once.
    fn hold_up(&mut self, why: String) {
        let Some(jobs) = &mut self.jobs else { return };
        if jobs.trouble.is_none() {
            tracing::warn!("runs wait: {why}");
        }
        jobs.trouble = Some(why);
    }

    fn yielded(&self, run: RunId) -> Option<String> {
        match self.entries.get(&run)?.word() {
            Word::Yielded(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    /// Lets the state of a run with a job follow what its worker says of its coming and going.
    pub(in crate::queue) fn hear_worker(&mut self, run: RunId) {
        let Some(entry) = self.entries.get(&run) else { return };
        let Some(job) = entry.summary.state.job().map(str::to_owned) else { return };
        match entry.word().clone() {
            Word::None => {}
            Word::Started { pid, device } => match entry.summary.state.worker() {
                Some(worker) if (worker.pid, &worker.device) == (pid, &device) => {}
                Some(_) => {
                    let entry = self.entries.get_mut(&run);
                    if let Some(worker) = entry.and_then(|entry| entry.summary.state.worker_mut()) {
                        (worker.pid, worker.device) = (pid, device);
                        self.unsaved.insert(run);
                        self.announce(run);
                    }
                }
                None => {
                    if let Some(jobs) = &mut self.jobs {
                        jobs.came.insert(run, Instant::now());
                    }
                    self.taken(run, &job);
                }
            },
            Word::Yielded(reason) => {
                if entry.summary.state.worker().is_some() {
                    let waits = Happening::Waits(reason);
                    match self.happen(run, waits) {
                        Ok(text) => tracing::info!("{text}"),
                        Err(refusal) => tracing::warn!("{refusal}"),
                    }
                    self.forget_job_if_over(run);
                }
            }
            Word::Ended => {
                let outcome = entry.outcome();
                self.leave(run, Departure { outcome, cause: String::new() });
            }
        }
    }

    /// The job of a run is over, or Slurm knows no more of it. What its worker said last may still be on its way.
    fn over(&mut self, run: RunId, job: &str, seen: Option<&Seen>) {
        let Some(jobs) = &mut self.jobs else { return };
        let is_plain = seen
            .is_some_and(|seen| seen.state == JobState::Over(End::Failed) && seen.exit.is_none());
        jobs.settling.entry(run).or_insert_with(|| (None, Instant::now()));
        if let Some((known, _)) = jobs.settling.get_mut(&run) {
            let ask = is_plain && known.is_none();
            // A look at all jobs, which tells less, may come after the answer about this one.
            if !is_plain || known.is_none() {
                *known = seen.cloned().or(known.take());
            }
            if ask {
                jobs.slurm.order(Order::Inquire(run, job.to_owned()));
            }
        }
        if let Some(follower) = self.followers.get_mut(&run) {
            follower.hurry();
        }
    }

    /// Says what became of runs whose jobs have been over for long enough.
    fn settle(&mut self) {
        let Some(jobs) = &mut self.jobs else { return };
        let is_due = |(_, since): &(Option<Seen>, Instant)| since.elapsed() >= WORDS_WITHIN;
        let due: Vec<RunId> =
            jobs.settling.iter().filter(|(_, known)| is_due(known)).map(|(run, _)| *run).collect();
        for run in due {
            if let Some(follower) = self.followers.get_mut(&run) {
                follower.hurry();
            }
            self.follow(run);
            let Some(jobs) = &mut self.jobs else { return };
            let Some((seen, _)) = jobs.settling.remove(&run) else { continue };
            let start = jobs.log_starts.get(&run).copied().unwrap_or_default();
            let Some(entry) = self.entries.get(&run) else { continue };
            // The worker's own word was enough.
            let Some(job) = entry.summary.state.job().map(str::to_owned) else { continue };
            let end = seen.as_ref().and_then(|seen| match &seen.state {
                JobState::Over(end) => Some(end.clone()),
                _ => None,
            });
            if matches!(entry.word(), Word::Yielded(_)) && end != Some(End::Cancelled) {
                self.forget_job(run);
                match self.happen(run, Happening::Again) {
                    Ok(text) => tracing::info!("{text}"),
                    Err(refusal) => tracing::warn!("{refusal}"),
                }
                continue;
            }
            let words = follower::last_words(&entry.folder().worker_log(), start);
            let exit = seen.as_ref().and_then(|seen| seen.exit);
            let output = self.batches.output(run, &job);
            let before = output.and_then(|output| follower::last_words(&output, 0));
            // So it tells of a job that it ended itself, in an earlier try perhaps; its state says that too.
            let before = before.filter(|words| !words.contains("*** JOB "));
            let (words, before) = (words.as_deref(), before.as_deref());
            let cause = states::cause(&job, end.as_ref(), exit, words, before);
            let cause = match entry.summary.digest.checkpoint {
                Some(iteration) => format!("{cause}; last checkpoint at iteration {iteration}"),
                None => format!("{cause}; it had not written a checkpoint"),
            };
            let outcome = entry.outcome();
            self.leave(run, Departure { outcome, cause });
        }
    }

    fn leave(&mut self, run: RunId, departure: Departure) {
        self.forget_job(run);
        match self.happen(run, Happening::Left(departure)) {
            Ok(text) => tracing::info!("{text}"),
            Err(refusal) => tracing::warn!("{refusal}"),
        }
    }

    fn forget_job_if_over(&mut self, run: RunId) {
        if self.entries.get(&run).is_none_or(|entry| entry.summary.state.job().is_none()) {
            self.forget_job(run);
        }
    }

    /// A run has no job any more.
    pub(in crate::queue) fn forget_job(&mut self, run: RunId) {
        self.followers.remove(&run);
        if let Some(jobs) = &mut self.jobs {
            jobs.doubts.remove(&run);
            jobs.settling.remove(&run);
            jobs.came.remove(&run);
            jobs.log_starts.remove(&run);
        }
    }

    /// Takes a job out of Slurm, some time.
    pub(in crate::queue) fn cancel_job(&self, job: &str) {
        if let Some(jobs) = &self.jobs {
            jobs.slurm.order(Order::Cancel(vec![job.to_owned()]));
        }
    }
}

const fn is_queued(state: &RunState) -> bool {
    matches!(state, RunState::Queued { .. })
}
