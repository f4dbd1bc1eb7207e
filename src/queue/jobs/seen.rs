//! What Slurm says of jobs becomes states of their runs.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use jiff::Timestamp;

use super::super::{
    admission::number_of,
    entry::Word,
    executor::slurm::{
        Order, batch, reasons,
        states::{self, JobState, Seen},
    },
    keeper::Keeper,
    run::{RunId, RunState, Worker},
    transition::Happening,
};

/// How often Slurm has to say that a job waits for ever, or that it knows nothing of one, before it is believed: a
/// controller that has just started may say so of any.
const SURE: u32 = 2;

impl Keeper {
    /// What all jobs do, as they were after `asked`.
    pub(super) fn all_jobs(&mut self, asked: Instant, seen: &[Seen]) {
        let Some(jobs) = &mut self.jobs else { return };
        if jobs.trouble.take().is_some() {
            tracing::info!("Slurm answers again");
        }
        let is_first = !std::mem::replace(&mut jobs.is_known, true);
        self.find_unknown(asked, seen, is_first);
        let by_job: HashMap<&str, &Seen> =
            seen.iter().map(|seen| (seen.job.as_str(), seen)).collect();
        let own: Vec<(RunId, String)> = self
            .entries
            .iter()
            .filter_map(|(run, entry)| Some((*run, entry.summary.state.job()?.to_owned())))
            .collect();
        for (run, job) in own {
            let came = self.jobs.as_ref().and_then(|jobs| jobs.came.get(&run).copied());
            if came.is_some_and(|came| came > asked) {
                continue;
            }
            match by_job.get(job.as_str()) {
                Some(seen) => self.look_at(run, seen),
                None if self.is_sure(run) => {
                    if let Some(jobs) = &self.jobs {
                        jobs.slurm.order(Order::Inquire(run, job));
                    }
                }
                None => {}
            }
        }
    }

    /// Counts a doubt about a run's job; true once there are enough.
    pub(super) fn is_sure(&mut self, run: RunId) -> bool {
        let Some(jobs) = &mut self.jobs else { return false };
        let doubts = jobs.doubts.entry(run).or_default();
        *doubts += 1;
        *doubts >= SURE
    }

    /// Jobs of ours that no run has: those of a submission that nobody heard the end of, and strays, which are
    /// cancelled when they are there a second time.
    pub(super) fn find_unknown(&mut self, asked: Instant, seen: &[Seen], is_first: bool) {
        let data_dir = self.places.data_dir().to_owned();
        let mark = batch::mark(&data_dir);
        let known: HashSet<String> = self
            .entries
            .values()
            .filter_map(|entry| entry.summary.state.job().map(str::to_owned))
            .collect();
        let (mut strays, mut again) = (HashSet::new(), Vec::new());
        let is_there = |seen: &&Seen| matches!(seen.state, JobState::Waits | JobState::Runs);
        for seen in seen.iter().filter(is_there) {
            let Some(name) = seen.comment.strip_prefix(&mark) else { continue };
            if known.contains(&seen.job) {
                continue;
            }
            let Some(jobs) = &self.jobs else { return };
            let is_unsure = jobs.unsure.iter().any(|(batch, _)| batch.name == name);
            let folder = batch::run_folder(&data_dir, name, states::part_of(&seen.job));
            let run = folder.and_then(|path| number_of(path.file_name()?.to_str()?));
            if (is_first || is_unsure) && run.is_some_and(|run| self.give(run, &seen.job)) {
                continue;
            }
            let Some(jobs) = &self.jobs else { return };
            if jobs.strays.contains(&seen.job) {
                again.push(seen.job.clone());
            } else {
                strays.insert(seen.job.clone());
            }
        }
        let Some(jobs) = &mut self.jobs else { return };
        jobs.strays = strays;
        // What was asked after the silence, and does not show, was not taken.
        let unsure = jobs.unsure.len();
        jobs.unsure.retain(|(_, since)| *since > asked);
        if is_first || jobs.unsure.len() < unsure {
            self.batches.look_again();
        }
        if !again.is_empty() {
            tracing::info!("no run has Slurm jobs {}; they are cancelled", again.join(" "));
            jobs.slurm.order(Order::Cancel(again));
        }
    }

    /// What Slurm says of a run's job.
    pub(super) fn look_at(&mut self, run: RunId, seen: &Seen) {
        let Some(state) = self.entries.get(&run).map(|entry| entry.summary.state.clone()) else {
            return;
        };
        match &seen.state {
            JobState::Waits if reasons::is_for_ever(&seen.reason) => {
                if self.is_sure(run) {
                    let (job, words) = (&seen.job, reasons::words(&seen.reason));
                    let advice = format!(
                        "Change what jobs ask for in [slurm] of config.toml, start the daemon anew \
                         (`stillroom daemon --stop`), then `stillroom retry {run}`."
                    );
                    let reason = format!("Slurm job {job} would wait for ever: {words}");
                    self.unplaceable(run, reason, advice);
                    self.forget_job(run);
                } else {
                    self.waits(run, &state, &seen.reason);
                }
            }
            JobState::Waits => {
                self.forget_doubts(run);
                self.waits(run, &state, &seen.reason);
            }
            JobState::Runs => {
                self.forget_doubts(run);
                if matches!(state, RunState::Pending { .. }) && self.yielded(run).is_none() {
                    self.taken(run, &seen.job);
                }
            }
            JobState::Ends => {}
            JobState::Over(_) => self.over(run, &seen.job, Some(seen)),
        }
    }

    pub(super) fn forget_doubts(&mut self, run: RunId) {
        if let Some(jobs) = &mut self.jobs {
            jobs.doubts.remove(&run);
        }
    }

    /// The job of a run waits, still or again.
    pub(super) fn waits(&mut self, run: RunId, state: &RunState, reason: &str) {
        match state {
            RunState::Pending { reason: known, .. } if known == reason => return,
            RunState::Pending { .. } => {}
            _ => {
                // What the worker said before is of its past.
                if let Some(entry) = self.entries.get_mut(&run) {
                    entry.launched_after = entry.summary.digest.seq;
                }
            }
        }
        match self.happen(run, Happening::Waits(reason.to_owned())) {
            Ok(text) => tracing::info!("{text}"),
            Err(refusal) => tracing::warn!("{refusal}"),
        }
        self.forget_job_if_over(run);
    }

    /// A worker is at the run, in its job.
    pub(super) fn taken(&mut self, run: RunId, job: &str) {
        let Some(entry) = self.entries.get(&run) else { return };
        let (pid, device) = match entry.word() {
            Word::Started { pid, device } => (*pid, device.clone()),
            _ => (0, entry.summary.device.clone()),
        };
        let worker = Worker { pid, device, since: Timestamp::now(), job: job.to_owned() };
        if self.happen(run, Happening::Taken(worker)).is_ok() {
            tracing::info!("run {run} has started in Slurm job {job}");
        }
    }
}
