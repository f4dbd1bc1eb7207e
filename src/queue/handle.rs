//! The queue as others hold it: ask, and be told of changes.

use std::{
    path::PathBuf,
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::broadcast;

use super::{
    admission, cloning,
    command::Command,
    devices::{self, DeviceSlots},
    estimates::{self, Expected},
    executor::Local,
    keeper::{Change, Done, Keeper},
    places::Places,
    refusal::Refusal,
    run::{RunId, RunSummary},
    scheduler::Others,
    store::StoreError,
};
use crate::{config::Starting, record::RunFolder, spec::memory::bytes_of};

/// How many changes a listener may lag behind before it has to look at everything anew.
const CHANGES: usize = 1024;
/// How long somebody who asks for devices waits for them to be found.
const FOUND_WITHIN: Duration = Duration::from_secs(5);
/// How long the search for devices may take.
const DEVICES_WITHIN: Duration = Duration::from_secs(20);

type Ask = Box<dyn FnOnce(&mut Keeper) + Send>;

/// A hold on the queue of a data directory. Its methods block for as long as a disk takes.
#[derive(Debug, Clone)]
pub struct Queue {
    asks: mpsc::Sender<Ask>,
    changes: broadcast::Sender<Change>,
    places: Places,
    program: PathBuf,
}

impl Queue {
    /// Opens the queue and starts its thread, which ends when the last hold on it is dropped and the
    /// devices are known. The caller has the data directory's lock.
    ///
    /// `starting` says how workers are started. `program` is called for workers (`PROGRAM worker …`), for devices (`PROGRAM devices`) and for
    /// estimates (`PROGRAM estimate`).
    pub fn open(
        places: Places,
        program: PathBuf,
        starting: &Starting,
    ) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (changes, _) = broadcast::channel(CHANGES);
        let executor = Local { program: program.clone() };
        let keeper = Keeper::open(places.clone(), executor, starting, changes.clone())?;
        let (asks, asked) = mpsc::channel::<Ask>();
        let thread = thread::spawn(move || keep(keeper, &asked));
        let queue = Self { asks, changes, places, program };
        queue.look_for_devices();
        Ok((queue, thread))
    }

    fn look_for_devices(&self) {
        let (asks, program) = (self.asks.clone(), self.program.clone());
        thread::spawn(move || {
            let answer = devices::ask(&program, DEVICES_WITHIN);
            // A queue that has ended needs no devices.
            let _ = asks.send(Box::new(|keeper| keeper.know_devices(answer)));
        });
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Keeper) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let ended = || Refusal::plain("the queue has ended; see daemon.log in the data directory");
        let (answer, answered) = mpsc::sync_channel(1);
        let ask = move |keeper: &mut Keeper| {
            // Nobody waiting for the answer is no failure.
            let _ = answer.send(question(keeper));
        };
        self.asks.send(Box::new(ask)).map_err(|_| ended())?;
        answered.recv().map_err(|_| ended())
    }

    /// Fulfils a wish, or says why not.
    pub fn command(&self, command: Command) -> Result<Done, Refusal> {
        match command {
            Command::Add { spec, source, front, study } => self.add(spec, &source, front, study),
            Command::Clone { run, set } => {
                let (folder, study) = self.ask(move |keeper| keeper.original(run))??;
                let copy = cloning::copy(run, &folder, &set)?;
                let study = if copy.is_same { study } else { String::new() };
                self.add(copy.text, &copy.source, false, study)
            }
            command => self.ask(move |keeper| keeper.command(&command))?,
        }
    }

    fn add(&self, spec: String, source: &str, front: bool, study: String) -> Result<Done, Refusal> {
        let checked = admission::admit(&spec, source, self.places.data_dir())?;
        self.ask(move |keeper| keeper.add(&checked, &spec, front, &study))?
    }

    /// All runs, in queue order.
    pub fn runs(&self) -> Result<Vec<RunSummary>, Refusal> {
        self.ask(|keeper| keeper.runs())
    }

    /// The folder of a run.
    pub fn folder(&self, run: RunId) -> Result<RunFolder, Refusal> {
        self.ask(move |keeper| keeper.folder(run))?
    }

    /// The devices and what runs on them, once all of them were looked for, or as far as they are known after a
    /// while; a cluster is one of them alone. Blocks until then.
    pub fn devices(&self) -> Result<Vec<DeviceSlots>, Refusal> {
        let deadline = Instant::now() + FOUND_WITHIN;
        let is_pending =
            |keeper: &mut Keeper| keeper.others == Others::Pending && !keeper.hands_over();
        while self.ask(is_pending)? && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        self.ask(|keeper| keeper.slots())
    }

    /// What a run of a spec would take, as measured now by a process of its own. Waits for it.
    pub fn estimate(&self, spec: &str) -> Result<Expected, Refusal> {
        let mut checked = admission::admit(spec, "the spec", self.places.data_dir())?;
        if self.ask(|keeper| keeper.hands_over())? {
            return Err(Refusal::plain(
                "runs become jobs of Slurm here, and a measurement on this machine would say nothing of theirs"
                    .to_owned(),
            ));
        }
        let (wish, memory) = (checked.device.clone(), bytes_of(checked.memory));
        checked.device = self.ask(move |keeper| keeper.meant(wish, memory))?;
        estimates::ask(&self.program, &checked.to_toml())
    }

    /// True while a run waits for a slot or has a worker.
    pub fn is_busy(&self) -> Result<bool, Refusal> {
        self.ask(|keeper| keeper.is_busy())
    }

    /// The changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

/// The thread of the queue.
fn keep(mut keeper: Keeper, asked: &mpsc::Receiver<Ask>) {
    keeper.tick();
    let mut ticked = Instant::now();
    loop {
        let wait = keeper.patience().saturating_sub(ticked.elapsed());
        match asked.recv_timeout(wait) {
            Ok(ask) => {
                ask(&mut keeper);
                keeper.schedule();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if ticked.elapsed() >= keeper.patience() {
            keeper.tick();
            ticked = Instant::now();
        }
    }
}
