//! One worker process: it takes a run folder, does the run, and leaves a log that says how it ended.
//!
//! ```text
//! lock ─► spec ─► device ─► data, network ─► checkpoint or fresh start
//!      ─► iterations · pictures · checkpoints · evaluations ─► result ─► ended
//! ```
//!
//! It knows no terminal and no socket. A worker that panics writes down that it did; one that is killed
//! leaves a log without an end, which says the same.

use std::{
    any::Any,
    fs::{self, File},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use crate::{
    record::{
        RunFolder,
        event::{Ended, Fact, Outcome, Plan, Started},
        event_log::EventLog,
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
    precision,
    run::Run,
};

/// Room for the calls of a thread: that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// Does the run of `folder`, with data sets from `data_dir`, on the device whose slot it was given, if
/// the spec leaves that open. Exit code 0 when it finished or was stopped
/// on request, 1 when it failed, 2 when it was not this worker's to do.
pub fn run(folder: &Path, data_dir: &Path, slot: Option<&DeviceChoice>) -> ExitCode {
    let folder = RunFolder::new(folder);
    let _lock = match take_lock(&folder) {
        Ok(lock) => lock,
        Err(failure) => {
            tracing::error!("{failure}");
            return ExitCode::from(2);
        }
    };
    let mut journal = match EventLog::open(&folder.events()) {
        Ok(log) => Journal::new(log, 0.0),
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut iteration = 0;
    // Among the threads that share its work: from outside of them every small step would be handed over to
    // one that has to be woken first. Where they exist already they stay as they are.
    drop(rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global());
    let worked = catch_unwind(AssertUnwindSafe(|| {
        rayon::scope(|_| work(&folder, data_dir, slot, &mut journal, &mut iteration))
    }));
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(Failure { reason, advice, .. })) => Outcome::Failed { reason, advice },
        Err(panic) => {
            let Failure { reason, advice, .. } = of_panic(panic_text(panic.as_ref()));
            Outcome::Failed { reason, advice }
        }
    };
    let code = u8::from(matches!(outcome, Outcome::Failed { .. }));
    let used_secs = journal.used_secs();
    if let Err(error) = journal.fact(Fact::Ended(Ended { outcome, iteration, used_secs })) {
        tracing::error!("{error}");
        return ExitCode::from(1);
    }
    ExitCode::from(code)
}

/// Holds the run folder for this process. Two workers never write one run folder.
fn take_lock(folder: &RunFolder) -> Result<File, Failure> {
    let path = folder.worker_lock();
    let fail = |error: &dyn std::fmt::Display| {
        Failure::plain(format!("cannot take {}: {error}", path.display()))
    };
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| fail(&error))?;
    // Whoever looks whether a worker is here holds the lock for an instant; a worker holds it for good.
    let mut tries = 20;
    while let Err(error) = file.try_lock() {
        match error {
            fs::TryLockError::WouldBlock if tries > 0 => thread::sleep(Duration::from_millis(50)),
            fs::TryLockError::WouldBlock => return Err(fail(&"another worker has this run")),
            fs::TryLockError::Error(error) => return Err(fail(&error)),
        }
        tries -= 1;
    }
    let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    written.map_err(|error| fail(&error))?;
    Ok(file)
}

fn work(
    folder: &RunFolder,
    data_dir: &Path,
    slot: Option<&DeviceChoice>,
    journal: &mut Journal,
    iteration: &mut u64,
) -> Result<Outcome, Failure> {
    let terminated = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&terminated)).map_err(Failure::plain)?;
    }
    let spec = read_spec(folder)?;
    devices::hold_cpu_level().map_err(Failure::plain)?;
    let chosen = choose(&spec.device, slot).map_err(Failure::plain)?;
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
    if let Some(text) = precision::note(&laboratory.spec) {
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

/// The device for a wish. `auto` on a machine with several GPUs means the one whose slot is this run's.
fn choose(
    wish: &DeviceChoice,
    slot: Option<&DeviceChoice>,
) -> Result<devices::Chosen, devices::DeviceError> {
    match (wish, slot) {
        (DeviceChoice::Auto, Some(gpu @ DeviceChoice::Gpu(_))) => {
            let chosen = devices::choose(gpu)?;
            Ok(devices::Chosen {
                reason: "the first hardware GPU that was free".to_owned(),
                ..chosen
            })
        }
        _ => devices::choose(wish),
    }
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
