//! Queued runs become jobs.

use std::{path::PathBuf, time::Instant};

use jiff::Timestamp;

use super::{
    super::{
        control,
        executor::slurm::{
            Order,
            batch::{self, Batch},
            commands::Trouble,
        },
        follower::{self, Follower},
        gathering::{self, Waiting},
        keeper::Keeper,
        lease::{self, Lease},
        placing::retry,
        refusal::Refusal,
        run::{RunId, RunState},
        transition::Happening,
    },
    is_queued,
};
use crate::engine::control::Wish;

impl Keeper {
    pub(super) fn submit(&mut self) {
        let Some(jobs) = &self.jobs else { return };
        let fault = (!jobs.fault.is_empty()).then(|| {
            format!(
                "nothing is given to Slurm before this is mended and the daemon started anew \
                 (`stillroom daemon --stop`):\n{}",
                jobs.fault
            )
        });
        let held_up = fault.or_else(|| jobs.trouble.clone()).unwrap_or_default();
        self.say_why(|_| &held_up);
        let Some(jobs) = &self.jobs else { return };
        if !held_up.is_empty() || !jobs.is_known {
            return;
        }
        let is_unsure = |run: &RunId| jobs.unsure.iter().any(|(batch, _)| batch.runs.contains(run));
        let waiting: Vec<_> = self
            .in_order()
            .filter(|run| !jobs.under_way.contains(&run.id) && !is_unsure(&run.id))
            .filter_map(|run| match run.state {
                RunState::Queued { since } => {
                    Some(Waiting { run: run.id, study: run.study.clone(), since })
                }
                _ => None,
            })
            .collect();
        let in_slurm = self.entries.values().filter(|entry| entry.summary.state.job().is_some());
        let taken = in_slurm.count() + jobs.under_way.len();
        let room = (jobs.slurm.table.jobs as usize).saturating_sub(taken);
        for runs in gathering::batches(&waiting, room, Timestamp::now()) {
            self.hand_over(&runs);
        }
    }

    /// Gives runs to Slurm as one job.
    pub(super) fn hand_over(&mut self, runs: &[RunId]) {
        let mut folders: Vec<(RunId, PathBuf)> = Vec::new();
        let mut study = String::new();
        for run in runs.iter().copied() {
            let Some(entry) = self.entries.get_mut(&run) else { continue };
            let folder = entry.folder();
            let known = entry.summary.digest.seq;
            if let lease @ Lease::Held(_) = lease::look(&folder.worker_lock()) {
                self.adopt(run, lease, known);
                continue;
            }
            entry.launched_after = known;
            study.clone_from(&entry.summary.study);
            match control::write(&folder, Wish::Run, entry.snapshots) {
                Ok(()) => {
                    let start = follower::size(&folder.worker_log());
                    if let Some(jobs) = &mut self.jobs {
                        jobs.log_starts.insert(run, start);
                    }
                    folders.push((run, folder.path().to_owned()));
                }
                Err(error) => self.unplaceable(run, error.to_string(), retry(run)),
            }
        }
        let Some(jobs) = &mut self.jobs else { return };
        if folders.is_empty() {
            return;
        }
        let (table, program) = (&jobs.slurm.table, &jobs.slurm.program);
        match batch::write(self.places.data_dir(), table, program, &study, &folders) {
            Ok(batch) => {
                self.batches.add(&batch);
                // A daemon that finds the job without having seen it submitted has to know what is of before it.
                let given = batch.runs.iter().filter_map(|run| self.entries.get(run));
                if let Err(error) = self.store.save_all(given) {
                    tracing::error!("{error}");
                    self.unsaved.extend(batch.runs.iter().copied());
                }
                jobs.under_way.extend(batch.runs.iter().copied());
                jobs.slurm.order(Order::Submit(batch));
            }
            Err(error) => {
                for (run, _) in folders {
                    let reason = format!("the script for Slurm could not be written: {error}");
                    self.unplaceable(run, reason, retry(run));
                }
            }
        }
    }

    pub(super) fn unplaceable(&mut self, run: RunId, reason: String, advice: String) {
        match self.happen(run, Happening::Unplaceable(Refusal::new(reason, advice))) {
            Ok(text) => tracing::warn!("{text}"),
            Err(refusal) => tracing::warn!("{refusal}"),
        }
    }

    pub(super) fn submitted(&mut self, batch: &Batch, job: &str) {
        self.batches.look_again();
        for run in batch.runs.iter().copied() {
            if let Some(jobs) = &mut self.jobs {
                jobs.under_way.remove(&run);
            }
            let Some(job) = batch.job_of(job, run) else { continue };
            if !self.give(run, &job) {
                // It was cancelled or deleted meanwhile.
                self.cancel_job(&job);
            }
        }
    }

    /// Gives a queued run its job; false where it is queued no more.
    pub(super) fn give(&mut self, run: RunId, job: &str) -> bool {
        let is_queued = self.entries.get(&run).is_some_and(|entry| is_queued(&entry.summary.state));
        if !is_queued || self.happen(run, Happening::Submitted(job.to_owned())).is_err() {
            return false;
        }
        tracing::info!("run {run} is Slurm job {job}");
        if let Some(entry) = self.entries.get(&run) {
            let follower = Follower::job(entry.folder(), entry.summary.digest.seq);
            self.followers.insert(run, follower);
        }
        true
    }

    pub(super) fn not_submitted(&mut self, batch: Batch, trouble: &Trouble) {
        self.batches.look_again();
        let Some(jobs) = &mut self.jobs else { return };
        batch.runs.iter().for_each(|run| {
            jobs.under_way.remove(run);
        });
        match trouble {
            Trouble::Away(why) => self.away(why),
            Trouble::Silent(why) => {
                jobs.unsure.push((batch, Instant::now()));
                self.away(why);
            }
            Trouble::Refused(why) => {
                let has_others = self.entries.values().any(|e| e.summary.state.job().is_some());
                if has_others && why.contains("policy") {
                    // As many as are allowed are there; the next go when they are through.
                    self.hold_up(format!("Slurm takes no more jobs of yours for now: {why}"));
                    return;
                }
                for run in batch.runs {
                    let advice = format!(
                        "Change [slurm] in config.toml, start the daemon anew (`stillroom daemon --stop`), \
                         then `stillroom retry {run}`."
                    );
                    self.unplaceable(run, format!("Slurm refused the job: {why}"), advice);
                }
            }
        }
    }
}
