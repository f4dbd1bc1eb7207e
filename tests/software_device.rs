//! Whole runs on a device that is not the CPU: Mesa's software Vulkan driver, in this process.
//!
//! Without such a driver there is nothing to test: the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.
// Tests may fail loudly, and say why they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::Arc;

use stillroom::engine::control::Control;
use stillroom::engine::devices::{self, Chosen};
use stillroom::engine::journal::Journal;
use stillroom::engine::laboratory::Laboratory;
use stillroom::engine::run::Run;
use stillroom::nets::Capacity;
use stillroom::record::event_log::{EventLog, Tail};
use stillroom::record::{Fact, RunFolder, SyntheticSet, event::Outcome};
use stillroom::spec::{DeviceChoice, parse};

/// On the synthetic side 300 images, laid out as columns of 441 KiB each for the way back through the
/// convolution: more than the 128 MiB that the driver takes as one tensor.
const SPEC: &str = r#"
method = "dsa"
ipc = 30
init = "real"
seed = 3

[network]
width = 16
depth = 1

[condense]
iterations = 1
outer_steps = 1
inner_epochs = 1
real_batch = 2

[evaluate]
networks = 1
epochs = 1
random_baseline = false
"#;

/// Does the run; the images that came out, and everything that was remarked on the way.
fn run(chosen: &Chosen) -> (Vec<f32>, Vec<String>) {
    let home = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(home.path());
    let typed = parse::Typed { source: "spec.toml", text: SPEC, set: &[] };
    let laboratory = Laboratory::prepare(parse::parse(&typed).unwrap(), home.path(), chosen);
    let laboratory = laboratory.unwrap();
    let mut journal = Journal::new(EventLog::open(&folder.events()).unwrap(), 0.0);
    let control = Control::new(folder.control(), Arc::default());
    let mut run = Run::begin(&laboratory, &folder, &mut journal, control, None).unwrap();
    assert_eq!(run.to_the_end().unwrap(), Outcome::Finished);
    let events = Tail::new(folder.events(), 0).more().unwrap();
    let note = |fact| if let Fact::Note { text } = fact { Some(text) } else { None };
    let notes = events.into_iter().filter_map(|event| note(event.fact)).collect();
    (SyntheticSet::read(&folder.synthetic_set()).unwrap().images, notes)
}

/// What is too much for the device is done again with less, and comes out as on the CPU.
#[test]
fn a_run_that_meets_the_end_of_memory_goes_on_with_less() {
    let chosen = match devices::choose(&DeviceChoice::Software) {
        Ok(chosen) => chosen,
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped: {error}");
            return;
        }
    };
    let (wanted, remarks) = run(&devices::choose(&DeviceChoice::Cpu).unwrap());
    assert!(remarks.is_empty(), "{remarks:?}");
    let Capacity { tensor, pass } = chosen.capacity;
    let capacity = Capacity { tensor: 2 * tensor, pass: 2 * pass };
    let (found, remarks) = run(&Chosen { capacity, ..chosen });
    assert_eq!(
        remarks,
        [
            "the device ran out of memory in iteration 1, which is done again with half as much on it at once"
        ]
    );
    assert_near(&found, &wanted);
}

fn assert_near(found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len());
    let square = |value: f32| f64::from(value).powi(2);
    let off: f64 = found.iter().zip(wanted).map(|(found, wanted)| square(found - wanted)).sum();
    let scale: f64 = wanted.iter().copied().map(square).sum();
    assert!(off.sqrt() < 1e-3 * scale.sqrt(), "{} of {}", off.sqrt(), scale.sqrt());
}
