//! One worker process: it takes a run folder, does the run, and leaves a log that says how it ended.
//!
//! ```text
//! lease ─► spec ─► device ─► data, network ─► checkpoint or fresh start
//!      ─► iterations · pictures · checkpoints · evaluations ─► result ─► ended
//! ```
//!
//! It knows no terminal and no socket. A worker that panics writes down that it did; one that is killed
//! leaves a log without an end, which says the same.

use std::{
    any::Any,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::atomic::Ordering,
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};

use crate::{
    record::{
        RunFolder,
        event::{Ended, Fact, Outcome, Plan, Started},
        event_log::{EventLog, EventLogError},
    },
    spec::{DeviceChoice, Spec, parse},
};

use super::{
    condensed_before::condensed_before,
    continual::{self, Course, Desk},
    control::Control,
    device_fault::DeviceFault,
    devices,
    failure::Failure,
    journal::Journal,
    laboratory::Laboratory,
    lease::{Lease, LeaseError, Pace},
    precision,
    run::Run,
    signals::{Signals, Told},
    tries::Tries,
};

/// Room for the calls of a thread: that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// How long a worker whose run was taken over may take to leave by itself.
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// How a worker left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The run is finished, or was stopped on request.
    Done,
    /// The run failed.
    Failed,
    /// It was not this worker's to do.
    NotOurs,
    /// A newer worker has taken the run over.
    Overtaken,
    /// Its job was about to end, or ended: another worker is to go on.
    Yielded {
        /// It was warned, and whoever started it shall have the job started again.
        wants_another: bool,
    },
}

impl Exit {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotOurs => 2,
            Self::Overtaken => 3,
            // What mail programs say to be tried later.
            Self::Yielded { .. } => 75,
        }
    }
}

/// What a worker is started with.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Where data sets are.
    pub data_dir: &'a Path,
    /// The device whose slot it was given, if the spec leaves that open.
    pub slot: Option<&'a DeviceChoice>,
    /// The job of a batch system that it runs in; empty where there is none.
    pub job: &'a str,
}

/// Does the run of `folder`.
pub fn run(folder: &Path, start: Start<'_>) -> Exit {
    let folder = RunFolder::new(folder);
    let signals = match Signals::listen(!start.job.is_empty()) {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!("{error}");
            return Exit::NotOurs;
        }
    };
    let mut journal = match open(&folder, start.job, &signals) {
        Ok(journal) => journal,
        Err(failure) => {
            tracing::error!("{failure}");
            return Exit::NotOurs;
        }
    };
    let tries = tries(&folder, start.job);
    let mut iteration = 0;
    // Among the threads that share its work: from outside of them every small step would be handed over to
    // one that has to be woken first. Where they exist already they stay as they are.
    drop(rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global());
    let worked = catch_unwind(AssertUnwindSafe(|| match tries.given_up() {
        Some(failure) => Err(failure),
        None => rayon::scope(|_| work(&folder, start, &signals, &mut journal, &mut iteration)),
    }));
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(Failure { reason, advice, .. })) => Outcome::Failed { reason, advice },
        Err(panic) => {
            let Failure { reason, advice, .. } = of_panic(panic_text(panic.as_ref()));
            Outcome::Failed { reason, advice }
        }
    };
    let last = LastWord { outcome, iteration, told: told(&folder, start.job, &signals) };
    let (fact, exit) = last.word(tries, &journal);
    match journal.fact(fact) {
        Ok(()) => exit,
        Err(error @ EventLogError::Overtaken) => {
            tracing::warn!("{error}");
            Exit::Overtaken
        }
        Err(error) => {
            tracing::error!("{error}");
            Exit::Failed
        }
    }
}

/// What earlier workers came to in jobs. Without a job nobody puts anything back.
fn tries(folder: &RunFolder, job: &str) -> Tries {
    if job.is_empty() {
        return Tries::default();
    }
    Tries::read(&folder.events()).unwrap_or_else(|error| {
        tracing::warn!("earlier tries are not counted: {error}");
        Tries::default()
    })
}

/// The signal that is to end a worker's job. That is no wish of the user's, who may have told a stop as well.
fn told(folder: &RunFolder, job: &str, signals: &Signals) -> Option<Told> {
    let is_left = !job.is_empty() && !Control::is_stop_wished(&folder.control());
    signals.told().filter(|_| is_left)
}

/// How a worker ends.
struct LastWord {
    outcome: Outcome,
    iteration: u64,
    told: Option<Told>,
}

impl LastWord {
    /// What is written last, and what the process says.
    fn word(mut self, mut tries: Tries, journal: &Journal) -> (Fact, Exit) {
        let iteration = self.iteration;
        if let Some(told) = self.told.filter(|_| self.outcome == Outcome::Stopped) {
            let (near_limit, in_vain) = (told.is_warning(), !journal.has_gained());
            if in_vain {
                tries.add(near_limit);
            }
            match tries.given_up().filter(|_| in_vain) {
                None => {
                    let reason = told.reason().to_owned();
                    let exit = Exit::Yielded { wants_another: near_limit };
                    return (Fact::Yielded { iteration, reason, near_limit, in_vain }, exit);
                }
                Some(Failure { reason, advice, .. }) => {
                    self.outcome = Outcome::Failed { reason, advice };
                }
            }
        }
        let is_failed = matches!(self.outcome, Outcome::Failed { .. });
        let exit = if is_failed { Exit::Failed } else { Exit::Done };
        let (outcome, used_secs) = (self.outcome, journal.used_secs());
        (Fact::Ended(Ended { outcome, iteration, used_secs }), exit)
    }
}

/// Takes the right to write the run, and goes on with its log. Two workers never write one run folder.
fn open(folder: &RunFolder, job: &str, signals: &Signals) -> Result<Journal, Failure> {
    if let Some(owner) = folder.other_owner() {
        let path = folder.path().display();
        return Err(Failure::plain(format!(
            "{path} belongs to user {owner}; a run is its owner's to do"
        )));
    }
    let pace = Pace::default();
    let lease = Lease::take(folder, job, pace).map_err(|error| {
        let path = folder.worker_lock();
        match error {
            LeaseError::Write(error) => Failure::plain(error),
            error => Failure::plain(format!("cannot take {}: {error}", path.display())),
        }
    })?;
    let terminated = signals.terminated();
    let lease = lease.beating(pace, move || {
        terminated.store(true, Ordering::Relaxed);
        thread::sleep(LEAVE_WITHIN);
        // It is in the middle of a long step, or hangs.
        let _ = kill_process(getpid(), Signal::KILL);
    });
    let path = folder.events();
    let log = if lease.is_by_silence() {
        tracing::warn!("the worker before this one has not been heard of; its log is taken over");
        EventLog::take_over(&path)?
    } else {
        EventLog::open(&path)?
    };
    let mut journal = Journal::new(log, 0.0);
    journal.lease = Some(lease);
    Ok(journal)
}

fn work(
    folder: &RunFolder,
    Start { data_dir, slot, job }: Start<'_>,
    signals: &Signals,
    journal: &mut Journal,
    iteration: &mut u64,
) -> Result<Outcome, Failure> {
    let terminated = signals.terminated();
    let spec = read_spec(folder)?;
    devices::hold_cpu_level().map_err(Failure::plain)?;
    let chosen =
        devices::choose_placed(&spec.device, slot, !job.is_empty()).map_err(Failure::plain)?;
    let checkpoint = super::run::usable_checkpoint(folder, &spec)?;
    let resumed_at = if spec.continual.is_on() {
        continual::resumed_at(folder, &spec)?
    } else {
        checkpoint.as_ref().map(|checkpoint| checkpoint.place.iteration)
    };
    journal.fact(Fact::Started(Started {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        host: sysinfo::System::host_name().unwrap_or_else(|_| "localhost".to_owned()),
        device: chosen.device.clone(),
        device_name: chosen.name.clone(),
        device_reason: chosen.reason.clone(),
        resumed_at,
        token: journal.lease.as_ref().map_or(0, Lease::token),
        job: job.to_owned(),
    }))?;
    if spec.continual.is_on() {
        let desk = Desk { folder, data_dir, chosen: &chosen, terminated };
        let mut course = Course::begin(spec, desk, journal)?;
        let outcome = course.to_the_end();
        *iteration = course.iteration();
        return outcome;
    }
    let control = Control::new(folder.control(), terminated);
    let laboratory = Laboratory::prepare(spec, data_dir, &chosen)?;
    journal.fact(Fact::Plan(plan(&laboratory)))?;
    if let Some(text) = precision::note(&laboratory.spec, &chosen) {
        journal.fact(Fact::Note { text })?;
    }
    let before = match checkpoint {
        Some(_) => None,
        None => condensed_before(&laboratory.spec, folder),
    };
    let (checkpoint, reused) = match before {
        Some((other, checkpoint)) => {
            journal.fact(Fact::SetTaken { run: other })?;
            (Some(checkpoint), true)
        }
        None => (checkpoint, false),
    };
    let mut run = Run::begin(&laboratory, folder, journal, control, checkpoint)?;
    if reused {
        run.take_picture()?;
    }
    let outcome = run.to_the_end();
    *iteration = run.iteration();
    outcome
}

fn read_spec(folder: &RunFolder) -> Result<Spec, Failure> {
    let path = folder.spec();
    let text = fs::read_to_string(&path)
        .map_err(|error| Failure::plain(format!("cannot read {}: {error}", path.display())))?;
    let source = path.display().to_string();
    parse::parse(&parse::Typed { source: &source, text: &text, set: &[] })
        .map_err(|faults| Failure::of_faults(&faults))
}

fn plan(laboratory: &Laboratory) -> Plan {
    let spec = &laboratory.spec;
    Plan {
        classes: laboratory.data.info.classes.clone(),
        ipc: spec.ipc as u64,
        shape: laboratory.data.info.shape.map(|side| side as u64),
        iterations: spec.condense.iterations as u64,
        outer_steps: spec.condense.outer_steps as u64,
        inner_epochs: if spec.method.trains_networks() {
            spec.condense.inner_epochs as u64
        } else {
            0
        },
        loops_reason: laboratory.loops_reason(),
        objective: spec.method.objective().to_owned(),
        train_images: laboratory.data.train.len() as u64,
        other_networks: laboratory.others.len() as u64,
    }
}

/// What a panic comes to: a device that failed, in the graphics library's words, or a fault of ours.
fn of_panic(text: &str) -> Failure {
    match DeviceFault::of(text) {
        DeviceFault::Other(_) => Failure::new(
            format!("the worker panicked: {text}"),
            "see worker.log in the run folder; `retry` goes on from the last checkpoint",
        ),
        fault => fault.into(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
