//! The part of the queue that puts waiting runs on devices: the scheduler decides, workers are started.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    control,
    devices::{DeviceSlots, Listed},
    entry::Entry,
    follower::{self, Follower},
    keeper::Keeper,
    lease::{self, Lease},
    refusal::Refusal,
    run::{RunId, RunState, Worker},
    scheduler::{self, Capacity, Decision, Machine, Others, Waiting},
    transition::Happening,
};
use crate::{
    config::DeviceUse,
    engine::control::Wish,
    spec::{DeviceChoice, memory::bytes_of},
};

impl Keeper {
    /// Starts what can be started.
    pub fn schedule(&mut self) {
        if self.hands_over() {
            // Several are gathered for one job, a few times a second.
            return;
        }
        let waiting: Vec<_> = self
            .in_order()
            .filter(|run| matches!(run.state, RunState::Queued { .. }))
            .map(|run| Waiting {
                run: run.id,
                wish: run.device.parse().unwrap_or_default(),
                memory: bytes_of(run.memory),
            })
            .collect();
        if waiting.is_empty() {
            return;
        }
        let mut lacks: HashMap<RunId, String> = HashMap::new();
        for decision in scheduler::decide(&waiting, self.machine()) {
            let (run, failed) = match decision {
                Decision::Start(run, device) => (run, self.start(run, &device).err()),
                Decision::Waits(run, lack) => {
                    lacks.insert(run, lack.to_string());
                    continue;
                }
                Decision::Impossible(run, refusal) => (run, Some(refusal)),
            };
            if let Some(refusal) = failed {
                match self.happen(run, Happening::Unplaceable(refusal)) {
                    Ok(text) => tracing::warn!("{text}"),
                    Err(refusal) => tracing::warn!("{refusal}"),
                }
            }
        }
        self.say_why(|run| lacks.get(&run).map_or("", String::as_str));
    }

    fn machine(&self) -> Machine {
        let devices = self.slots().into_iter().map(|known| Capacity {
            device: known.device.parse().unwrap_or_default(),
            slots: known.slots,
            running: known.running,
            memory: known.memory,
            declared: known.declared,
        });
        Machine { devices: devices.collect(), others: self.others.clone() }
    }

    /// The device that a wish with so many bytes of memory comes to where nothing runs; the wish itself where that is
    /// none, or not known yet.
    pub fn meant(&self, wish: DeviceChoice, memory: u64) -> DeviceChoice {
        let mut machine = self.machine();
        for device in &mut machine.devices {
            (device.running, device.declared) = (0, 0);
        }
        let alone = Waiting { run: RunId::new(0), wish: wish.clone(), memory };
        match scheduler::decide(&[alone], machine).pop() {
            Some(Decision::Start(_, device)) => device,
            _ => wish,
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

    /// Whether runs become jobs of other machines.
    pub fn hands_over(&self) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.takes_runs)
    }

    /// The known devices and what runs on them, or the cluster that runs go to. Each takes one run at a time and has the memory that it tells, unless
    /// the configuration says otherwise.
    pub fn slots(&self) -> Vec<DeviceSlots> {
        if let Some(jobs) = self.jobs.as_ref().filter(|jobs| jobs.takes_runs) {
            let runs = self.entries.values().map(|entry| &entry.summary);
            let running = runs.filter(|run| run.state.job().is_some()).count() as u64;
            return vec![jobs.cluster(running)];
        }
        // Those of jobs are on other machines, or on what Slurm gave them.
        let own = self.entries.values().map(|entry| &entry.summary);
        let own = own.filter_map(|run| Some((run.state.worker()?, run.memory)));
        let own: Vec<_> = own.filter(|(worker, _)| worker.job.is_empty()).collect();
        let slots = self.devices.iter().map(|known| {
            let device = known.device.to_string();
            let here = || own.iter().filter(|(worker, _)| worker.device == device);
            let DeviceUse { runs, memory_bytes } =
                self.device_uses.get(&device).copied().unwrap_or_default();
            DeviceSlots {
                name: known.name.clone(),
                slots: runs,
                running: here().count() as u64,
                memory: memory_bytes.or(known.memory),
                declared: here().map(|(_, memory)| bytes_of(*memory)).sum(),
                pci: known.pci.clone(),
                device,
            }
        });
        slots.collect()
    }

    /// Tells why queued runs wait, where that is something else than a slot.
    pub(super) fn say_why<'a>(&mut self, why: impl Fn(RunId) -> &'a str) {
        let told = |(run, entry): (&RunId, &mut Entry)| {
            let (summary, why) = (&mut entry.summary, why(*run));
            let is_queued = matches!(summary.state, RunState::Queued { .. });
            (is_queued && summary.waits_for != why).then(|| {
                why.clone_into(&mut summary.waits_for);
                *run
            })
        };
        for run in self.entries.iter_mut().filter_map(told).collect::<Vec<_>>() {
            self.announce(run);
        }
    }
}

pub(super) fn retry(run: RunId) -> String {
    format!("`stillroom retry {run}` tries it again.")
}
