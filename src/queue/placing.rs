//! The part of the queue that puts waiting runs on devices: the scheduler decides, workers are started.

use jiff::Timestamp;

use super::{
    control,
    devices::{DeviceSlots, Listed},
    follower::{self, Follower},
    keeper::Keeper,
    lease::{self, Lease},
    refusal::Refusal,
    run::{RunId, RunState, Worker},
    scheduler::{self, Capacity, Decision, Machine, Others},
    transition::Happening,
};
use crate::{engine::control::Wish, spec::DeviceChoice};

impl Keeper {
    /// Starts what can be started.
    pub fn schedule(&mut self) {
        if self.jobs.as_ref().is_some_and(|jobs| jobs.takes_runs) {
            // Several are gathered for one job, a few times a second.
            return;
        }
        let waiting: Vec<_> = self
            .in_order()
            .filter(|run| matches!(run.state, RunState::Queued { .. }))
            .map(|run| (run.id, run.device.parse().unwrap_or_default()))
            .collect();
        if waiting.is_empty() {
            return;
        }
        let devices = self.slots().into_iter().map(|known| Capacity {
            device: known.device.parse().unwrap_or_default(),
            slots: known.slots,
            running: known.running,
        });
        let machine = Machine { devices: devices.collect(), others: self.others.clone() };
        for decision in scheduler::decide(&waiting, machine) {
            let (run, failed) = match decision {
                Decision::Start(run, device) => (run, self.start(run, &device).err()),
                Decision::Impossible(run, refusal) => (run, Some(refusal)),
            };
            if let Some(refusal) = failed {
                match self.happen(run, Happening::Unplaceable(refusal)) {
                    Ok(text) => tracing::warn!("{text}"),
                    Err(refusal) => tracing::warn!("{refusal}"),
                }
            }
        }
    }

    fn start(&mut self, run: RunId, device: &DeviceChoice) -> Result<(), Refusal> {
        let Some(entry) = self.entries.get_mut(&run) else { return Ok(()) };
        let folder = entry.folder();
        let known = entry.summary.digest.seq;
        if let lease @ Lease::Held(_) = lease::look(&folder.worker_lock()) {
            self.adopt(run, lease, known);
            return Ok(());
        }
        entry.launched_after = known;
        control::write(&folder, Wish::Run, entry.snapshots)
            .map_err(|error| Refusal::new(error.to_string(), retry(run)))?;
        let log_start = follower::size(&folder.worker_log());
        let child = self.executor.start(&folder, device).map_err(|error| {
            let reason = format!("the worker could not be started: {error}");
            Refusal::new(reason, retry(run))
        })?;
        let worker = Worker {
            pid: child.id(),
            device: device.to_string(),
            since: Timestamp::now(),
            job: String::new(),
        };
        tracing::info!("run {run} starts on {device} in process {}", worker.pid);
        self.followers.insert(run, Follower::child(child, folder, known, log_start));
        self.happen(run, Happening::Taken(worker)).map(|_| ())
    }

    /// The devices that were found, or why they could not be.
    pub fn know_devices(&mut self, answer: Result<Vec<Listed>, String>) {
        match answer {
            Ok(devices) => {
                self.devices = devices;
                self.others = Others::None;
                if !self.devices.iter().any(|known| known.device == DeviceChoice::Cpu) {
                    self.devices.push(Listed::cpu());
                }
            }
            Err(why) => {
                tracing::warn!("the devices could not be listed: {why}");
                self.others = Others::Unknown(why);
            }
        }
    }

    /// The known devices and what runs on them. Each takes one run at a time, unless the configuration says more.
    pub fn slots(&self) -> Vec<DeviceSlots> {
        let workers = self.entries.values().filter_map(|entry| entry.summary.state.worker());
        // Those of jobs are on other machines, or on what Slurm gave them.
        let own: Vec<_> = workers.filter(|worker| worker.job.is_empty()).collect();
        let slots = self.devices.iter().map(|known| {
            let device = known.device.to_string();
            let running = own.iter().filter(|worker| worker.device == device).count() as u64;
            let slots = self.device_slots.get(&device).copied().unwrap_or(1);
            DeviceSlots { device, name: known.name.clone(), slots, running }
        });
        slots.collect()
    }
}

pub(super) fn retry(run: RunId) -> String {
    format!("`stillroom retry {run}` tries it again.")
}
