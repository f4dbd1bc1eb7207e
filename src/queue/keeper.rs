//! The living queue: one thread that owns the book of runs, the workers and the database.
//!
//! Wishes come in through [`Queue`](super::Queue), what the world does is looked at a few times a second
//! ([`Keeper::tick`]), and both go through the one transition function. A wish is on disk before it is
//! answered; what the world did is true whether the disk takes it or not, and is written until it does.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::broadcast;

use super::{
    admission::{AdmissionError, folder_name, highest_number, make_folder},
    command::Command,
    control,
    devices::Listed,
    entry::{Entry, Kept},
    executor::Local,
    follower::Follower,
    found,
    jobs::{Batches, Jobs},
    lease::{self, Lease},
    places::Places,
    refusal::Refusal,
    run::{RunId, RunState, RunSummary, Worker},
    scheduler::Others,
    store::{Store, StoreError},
    transition::{Action, Departure, Happening, step},
};
use crate::{
    config::{DeviceUse, Starting},
    record::RunFolder,
    spec::{DeviceChoice, Spec},
};

/// Something that clients want to know at once.
#[derive(Debug, Clone)]
pub enum Change {
    /// A run is new or has changed.
    Run(Arc<RunSummary>),
    /// A run's log has grown.
    Log(RunId),
    /// A run was deleted.
    Gone(RunId),
}

/// What a fulfilled wish led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// A run was added.
    Added {
        /// Its number.
        run: RunId,
        /// Its folder.
        folder: String,
    },
    /// A run was deleted.
    Removed {
        /// Its number.
        run: RunId,
        /// The folder that it had.
        folder: String,
        /// What lay in it.
        bytes: u64,
    },
    /// A sentence for the user.
    Said(String),
}

/// The queue and all that belongs to it.
#[derive(Debug)]
pub struct Keeper {
    pub(super) places: Places,
    pub(super) store: Store,
    pub(super) entries: BTreeMap<RunId, Entry>,
    pub(super) followers: HashMap<RunId, Follower>,
    pub(super) devices: Vec<Listed>,
    /// What devices are used for, where that is not one run at a time.
    pub(super) device_uses: BTreeMap<String, DeviceUse>,
    pub(super) others: Others,
    pub(super) executor: Local,
    /// The jobs of Slurm, where there are or may be any.
    pub(super) jobs: Option<Jobs>,
    /// The folders of those, and of earlier ones.
    pub(super) batches: Batches,
    pub(super) changes: broadcast::Sender<Change>,
    /// Runs that the database has yet to take as they are.
    pub(super) unsaved: BTreeSet<RunId>,
    /// Runs whose folders have yet to keep what they are.
    pub(super) unkept: BTreeSet<RunId>,
}

/// Run folders that are brought up to date in one look at the world.
const KEPT_AT_ONCE: usize = 50;

impl Keeper {
    /// Opens the queue of a data directory and takes over the workers that are at its runs.
    pub fn open(
        places: Places,
        executor: Local,
        starting: &Starting,
        changes: broadcast::Sender<Change>,
    ) -> Result<Self, StoreError> {
        let opened = Store::open(&places.database(), &places.runs())?;
        if let Some(aside) = &opened.damaged {
            tracing::warn!(
                "queue.sqlite was damaged; it is now {}, and the queue was made anew from the run folders",
                aside.display()
            );
        }
        let batches = Batches::find(places.data_dir());
        let mut keeper = Self {
            places,
            store: opened.store,
            entries: opened.entries.into_iter().map(|entry| (entry.id(), entry)).collect(),
            followers: HashMap::new(),
            devices: vec![Listed::cpu()],
            device_uses: starting.slots.clone(),
            others: Others::Pending,
            executor,
            jobs: None,
            batches,
            changes,
            unsaved: BTreeSet::new(),
            unkept: BTreeSet::new(),
        };
        keeper.finish_removals();
        let known = keeper.entries.keys().copied().collect();
        for entry in found::find(&keeper.places.runs(), &known) {
            tracing::info!("run {} was found in its folder", entry.id());
            keeper.store.save(&entry)?;
            keeper.entries.insert(entry.id(), entry);
        }
        for run in keeper.entries.keys().copied().collect::<Vec<_>>() {
            keeper.name_network(run);
            keeper.take_over(run);
        }
        keeper.reach_slurm(starting);
        Ok(keeper)
    }

    /// Fills in the network of a run that an older program has written down.
    fn name_network(&mut self, run: RunId) {
        let Some(entry) = self.entries.get_mut(&run) else { return };
        if !entry.summary.network.is_empty() {
            return;
        }
        // A folder that cannot be read leaves a gap in a list, no more.
        if let Ok(spec) = found::spec(&entry.folder()) {
            entry.summary.network = spec.network.to_string();
            self.unsaved.insert(run);
        }
    }

    /// Brings an entry up to date with what went on while no daemon was there.
    fn take_over(&mut self, run: RunId) {
        let Some(entry) = self.entries.get_mut(&run) else { return };
        if matches!(entry.summary.state, RunState::Finished { .. }) && entry.summary.digest.seq > 0
        {
            return;
        }
        let folder = entry.folder();
        let known = entry.summary.digest.seq;
        entry.forget_log();
        match crate::record::Tail::new(folder.events(), 0).rest() {
            Ok(events) => events.iter().for_each(|event| entry.apply(event)),
            Err(error) => tracing::warn!("{error}"),
        }
        let seq = entry.summary.digest.seq;
        if let Some(job) = entry.summary.state.job() {
            tracing::info!("run {run}: Slurm job {job}");
            self.followers.insert(run, Follower::job(folder, seq));
        } else if let Some(worker) = entry.summary.state.worker().cloned() {
            tracing::info!("run {run}: looking for worker {}", worker.pid);
            let wish = control::wish_of(&entry.summary.state);
            if let Err(error) = control::write(&folder, wish, entry.snapshots) {
                tracing::warn!("{error}");
            }
            let follower = Follower::found(worker.pid, worker.since, folder, seq);
            self.followers.insert(run, follower);
        } else if let lease @ Lease::Held(_) = lease::look(&folder.worker_lock()) {
            self.adopt(run, lease, known);
        } else if seq > known {
            // A worker came and went; what it left behind says how.
            self.adopt(run, Lease::Free, known);
        }
    }

    /// Takes over a worker that nobody here started, the last event before it being `known`.
    pub(super) fn adopt(&mut self, run: RunId, lease: Lease, known: u64) {
        let Some(entry) = self.entries.get_mut(&run) else { return };
        let pid = match lease {
            Lease::Held(pid) => pid.unwrap_or_default(),
            Lease::Free => 0,
        };
        tracing::info!("run {run}: a worker (process {pid}) is or was at it");
        let device = entry.summary.digest.device.clone();
        let device = device.unwrap_or_else(|| DeviceChoice::Cpu.to_string());
        let worker = Worker { pid, device, since: Timestamp::now(), job: String::new() };
        let (folder, seq) = (entry.folder(), entry.summary.digest.seq);
        entry.launched_after = known;
        if self.happen(run, Happening::Taken(worker.clone())).is_ok() {
            self.followers.insert(run, Follower::found(pid, worker.since, folder, seq));
        }
    }

    /// How long the thread may sleep when nobody asks for anything.
    pub fn patience(&self) -> Duration {
        let (jobs, own) = self.followers.values().partition::<Vec<_>, _>(|worker| worker.is_job());
        let is_asked = self.jobs.as_ref().is_some_and(Jobs::is_busy);
        Duration::from_millis(match (own.is_empty(), jobs.is_empty() && !is_asked) {
            (true, true) => 1000,
            (true, false) => 250,
            (false, _) => 100,
        })
    }

    /// Takes in what happened in the world, and starts what can be started.
    pub fn tick(&mut self) {
        for run in self.followers.keys().copied().collect::<Vec<_>>() {
            self.follow(run);
        }
        self.hear_of_jobs();
        self.clear_batches();
        for run in std::mem::take(&mut self.unsaved) {
            // The reason was told when it failed first.
            if self.entries.get(&run).is_some_and(|entry| self.store.save(entry).is_err()) {
                self.unsaved.insert(run);
            }
        }
        let kept = self.unkept.iter().copied().take(KEPT_AT_ONCE).collect::<Vec<_>>();
        for run in kept {
            self.unkept.remove(&run);
            self.keep(run);
        }
        self.schedule();
    }

    pub(super) fn follow(&mut self, run: RunId) {
        let Some(seen) = self.followers.get_mut(&run).map(Follower::look) else { return };
        let Some(entry) = self.entries.get_mut(&run) else { return };
        for event in &seen.events {
            entry.apply(event);
        }
        if !seen.events.is_empty() {
            // Nobody listening is no failure.
            let _ = self.changes.send(Change::Log(run));
        }
        if let Some(cause) = seen.left {
            let cause = match entry.summary.digest.checkpoint {
                Some(iteration) => format!("{cause}; last checkpoint at iteration {iteration}"),
                None => format!("{cause}; it had not written a checkpoint"),
            };
            let outcome = entry.outcome();
            self.followers.remove(&run);
            match self.happen(run, Happening::Left(Departure { outcome, cause })) {
                Ok(text) => tracing::info!("{text}"),
                Err(refusal) => tracing::warn!("{refusal}"),
            }
        } else if !seen.events.is_empty() {
            self.announce(run);
        }
        self.hear_worker(run);
    }

    /// Lets something happen to a run: state, disk, actions, and word to the clients.
    pub(super) fn happen(&mut self, run: RunId, happening: Happening) -> Result<String, Refusal> {
        let entry = self.entries.get(&run).ok_or_else(|| unknown(run))?;
        let wished = happening.is_wish();
        let job = entry.summary.state.job().map(str::to_owned);
        let step = step(run, &entry.summary.state, happening, Timestamp::now())?;
        let mut changed = entry.clone();
        changed.summary.state = step.state;
        changed.summary.waits_for.clear();
        if step.actions.contains(&Action::AskSnapshot) {
            changed.snapshots += 1;
        }
        if wished {
            self.store.save(&changed).map_err(Refusal::plain)?;
        }
        let before = self.entries.insert(run, changed);
        for action in step.actions {
            if let (Err(refusal), true) = (self.act(run, action, job.as_deref()), wished) {
                // The worker was not told, so nothing has changed.
                self.entries.extend(before.map(|entry| (run, entry)));
                self.unsaved.insert(run);
                return Err(refusal);
            }
        }
        if job.is_some() && self.entries.get(&run).is_some_and(|e| e.summary.state.job().is_none())
        {
            self.forget_job(run);
        }
        self.batches.look_again();
        self.write_down(run);
        self.announce(run);
        Ok(step.text)
    }

    fn act(&self, run: RunId, action: Action, job: Option<&str>) -> Result<(), Refusal> {
        let Some(entry) = self.entries.get(&run) else { return Ok(()) };
        let folder = entry.folder();
        match action {
            Action::Tell(wish) => {
                control::write(&folder, wish, entry.snapshots).map_err(Refusal::plain)
            }
            Action::AskSnapshot => {
                let wish = control::wish_of(&entry.summary.state);
                control::write(&folder, wish, entry.snapshots).map_err(Refusal::plain)
            }
            Action::Kill | Action::CancelJob => match job {
                Some(job) => {
                    self.cancel_job(job);
                    Ok(())
                }
                None => control::kill(&folder).map_err(Refusal::plain),
            },
        }
    }

    fn write_down(&mut self, run: RunId) {
        let Some(entry) = self.entries.get(&run) else { return };
        if let Err(error) = self.store.save(entry) {
            tracing::error!("{error}");
            self.unsaved.insert(run);
        }
        self.keep(run);
    }

    /// Writes what the run's folder keeps of it.
    fn keep(&self, run: RunId) {
        if let Some(Err(error)) = self.entries.get(&run).map(Entry::keep) {
            // Only needed to make a lost database anew.
            tracing::warn!("{error}");
        }
    }

    pub(super) fn announce(&self, run: RunId) {
        if let Some(entry) = self.entries.get(&run) {
            // Nobody listening is no failure.
            let _ = self.changes.send(Change::Run(Arc::new(entry.summary.clone())));
        }
    }

    /// Fulfils a wish about a run that exists.
    pub fn command(&mut self, command: &Command) -> Result<Done, Refusal> {
        let (run, happening) = match command {
            Command::Add { source, .. } => {
                return Err(Refusal::plain(format!("{source} has not been checked")));
            }
            Command::Clone { run, .. } => {
                return Err(Refusal::plain(format!("the spec of run {run} has not been read")));
            }
            Command::Arrange { runs, before } => return self.arrange(runs, *before),
            Command::Remove { run } => return self.remove(*run),
            Command::Pause { run } => (run, Happening::Pause),
            Command::Resume { run } => (run, Happening::Resume),
            Command::Stop { run } => (run, Happening::Stop),
            Command::Cancel { run } => (run, Happening::Cancel),
            Command::Retry { run } => (run, Happening::Retry),
            Command::Snapshot { run } => (run, Happening::Snapshot),
        };
        self.happen(*run, happening).map(Done::Said)
    }

    /// Adds a run of a spec that has been checked; `typed` is what the user wrote, `study` names the
    /// study that it is for.
    pub fn add(
        &mut self,
        spec: &Spec,
        typed: &str,
        front: bool,
        study: &str,
    ) -> Result<Done, Refusal> {
        let runs = self.places.runs();
        let in_folders = highest_number(&runs)
            .map_err(|error| Refusal::plain(format!("cannot read {}: {error}", runs.display())))?;
        let in_book = self.entries.keys().next_back().map_or(0, |run| run.number);
        let deleted = self.store.highest_deleted().map_err(Refusal::plain)?;
        let id = RunId::new(in_folders.max(in_book).max(deleted) + 1);
        let places = || self.entries.values().map(|entry| entry.summary.place);
        let place = if front {
            places().min().map_or(0, |first| first - 1)
        } else {
            places().max().map_or(0, |last| last + 1)
        };
        let now = Timestamp::now();
        let kept = Kept::new(id, place, now, RunState::Queued { since: now });
        let kept = Kept { study: study.to_owned(), ..kept };
        let entry = Entry::new(kept, spec, &runs.join(folder_name(id, spec)));
        self.store
            .insert::<AdmissionError>(&entry, || Ok(make_folder(&entry, spec, typed)?))
            .map_err(Refusal::plain)?;
        let folder = entry.summary.folder.clone();
        self.entries.insert(id, entry);
        self.announce(id);
        Ok(Done::Added { run: id, folder })
    }

    pub(super) fn in_order(&self) -> impl Iterator<Item = &RunSummary> {
        let mut runs: Vec<_> = self.entries.values().map(|entry| &entry.summary).collect();
        runs.sort_by_key(|run| (run.place, run.id));
        runs.into_iter()
    }

    /// All runs, in queue order.
    pub fn runs(&self) -> Vec<RunSummary> {
        self.in_order().cloned().collect()
    }

    /// The folder of a run.
    pub fn folder(&self, run: RunId) -> Result<RunFolder, Refusal> {
        self.entries.get(&run).map(Entry::folder).ok_or_else(|| unknown(run))
    }

    /// The folder of a run, and the study that it was added for.
    pub fn original(&self, run: RunId) -> Result<(RunFolder, String), Refusal> {
        let entry = self.entries.get(&run).ok_or_else(|| unknown(run))?;
        Ok((entry.folder(), entry.summary.study.clone()))
    }

    /// True while a run waits for a slot or has a worker.
    pub fn is_busy(&self) -> bool {
        self.entries.values().any(|entry| {
            let state = &entry.summary.state;
            matches!(state, RunState::Queued { .. } | RunState::Pending { .. })
                || state.worker().is_some()
        })
    }
}

pub(super) fn unknown(run: RunId) -> Refusal {
    Refusal::new(format!("there is no run {run}"), "`stillroom ls` lists the runs.")
}
