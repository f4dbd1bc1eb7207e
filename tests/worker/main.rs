//! The worker as a process: what it leaves behind when it is left alone, stopped, killed, or given numbers
//! that blow up.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod continual;
mod run;
mod tries;

use std::{fs, path::Path, thread, time::Duration};

use run::{Run, assert_same, is_iteration};
use stillroom::nets::cpu::simd::Level;
use stillroom::record::{
    Checkpoint, Event, Fact, Labels, SyntheticSet,
    event::{Outcome, Subject},
};

/// Every part of the state is at work: several outer steps, inner training, momentum, batch normalisation
/// with its running statistics, augmentation on both sides.
const SPEC: &str = r#"
method = "dsa"
ipc = 2
device = "cpu"
seed = 5

[network]
width = 4
norm = "batchnorm"

[condense]
iterations = 6
outer_steps = 3
inner_epochs = 2
real_batch = 8

[evaluate]
every = 3
networks = 2
epochs = 3

[record]
snapshot_every = 2
checkpoint_every = 2
"#;

#[test]
fn a_run_leaves_log_pictures_checkpoint_and_result() {
    let run = Run::new(SPEC);
    assert_eq!(run.to_the_end(), 0);
    assert_eq!(run.outcome(), Outcome::Finished);
    let events = run.events();
    assert!(events.iter().map(|event| event.seq).eq(1..=events.len() as u64));
    let iterations: Vec<u64> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Iteration(done) => Some(done.iteration),
            _ => None,
        })
        .collect();
    assert_eq!(iterations, [1, 2, 3, 4, 5, 6]);
    let mut pictures = Vec::new();
    let mut scores = Vec::new();
    for event in &events {
        match &event.fact {
            Fact::Snapshot(snapshot) => {
                let sheet = image::open(run.path().join(&snapshot.path)).unwrap();
                assert_eq!((sheet.width(), sheet.height()), (2 * 30 + 2, 10 * 30 + 2));
                pictures.push(snapshot.iteration);
            }
            Fact::Evaluation(score) => scores.push((score.subject, score.iteration)),
            _ => {}
        }
    }
    assert_eq!(pictures, [0, 2, 4, 6]);
    assert_eq!(
        scores,
        [
            (Subject::Random, 0),
            (Subject::Synthetic, 0),
            (Subject::Synthetic, 3),
            (Subject::Synthetic, 6)
        ]
    );
    let set = run.set();
    assert_eq!(set.shape, [20, 1, 28, 28]);
    assert_eq!(set.labels, Labels::Hard((0..10).flat_map(|class| [class; 2]).collect()));
    assert!(run.path().join("result/images/009-9/001.png").exists());
}

#[test]
fn the_same_seed_gives_the_same_images_and_another_seed_others() {
    let (one, same) = (Run::new(SPEC), Run::new(SPEC));
    let other = Run::new(&SPEC.replace("seed = 5", "seed = 6"));
    for run in [&one, &same, &other] {
        assert_eq!(run.to_the_end(), 0);
    }
    assert_same(&one, &same);
    assert_ne!(one.set().images, other.set().images);
}

#[test]
fn a_run_that_is_stopped_again_and_again_is_the_run_that_was_not() {
    let (whole, stopped) = (Run::new(SPEC), Run::new(SPEC));
    assert_eq!(whole.to_the_end(), 0);
    // Some events further each time, so that stops fall between outer steps and into evaluations.
    stopped.stop_again_and_again(|stops| 6 + stops % 4);
    assert_same(&whole, &stopped);
}

#[test]
fn a_run_that_is_killed_is_the_run_that_was_not() {
    let (whole, killed) = (Run::new(SPEC), Run::new(SPEC));
    assert_eq!(whole.to_the_end(), 0);
    for iterations in [1, 4, 6] {
        let mut worker = killed.start();
        killed.wait_for(is_iteration, iterations);
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert!(!matches!(killed.events().last().unwrap().fact, Fact::Ended(_)));
    }
    assert_eq!(killed.to_the_end(), 0);
    assert_same(&whole, &killed);
}

/// Images, step sizes and their optimiser; two networks in an update.
const DISTILLATION: &str = r#"
method = "dd"
ipc = 2
device = "cpu"

[network]
architecture = "convnet"
width = 4

[condense]
iterations = 5

[unroll]
epochs = 2
networks = 2
outer_batch = 16

[coreset]
epochs = 1

[evaluate]
every = 3
networks = 2
epochs = 3

[record]
checkpoint_every = 2
"#;

/// Labels, a network that starts afresh on the way, and looks at held-out images.
const LABELS: &str = r#"
method = "ld"
ipc = 2
device = "cpu"

[network]
architecture = "convnet"
width = 4
norm = "batchnorm"

[condense]
iterations = 9

[labels]
batch = 8
outer_batch = 16
window = 2
check_every = 3
held_out = 0.02

[evaluate]
every = 5
networks = 2
epochs = 3

[record]
checkpoint_every = 2
"#;

/// Kills a run of this spec after so many iterations; the run that goes on is the one that was not killed.
fn assert_survives(spec: &str, kills: &[usize]) -> SyntheticSet {
    let (whole, killed) = (Run::new(spec), Run::new(spec));
    assert_eq!(whole.to_the_end(), 0);
    for iterations in kills {
        let mut worker = killed.start();
        killed.wait_for(is_iteration, *iterations);
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    assert_eq!(killed.to_the_end(), 0);
    assert_same(&whole, &killed);
    whole.set()
}

/// A second run beside the first, which differs in its evaluation, takes the first one's set.
#[test]
fn a_set_that_was_condensed_before_is_evaluated_and_not_made_again() {
    let spec = LABELS.replace("every = 5", "every = 0");
    let first = Run::new(&spec);
    assert_eq!(first.to_the_end(), 0);
    let spec = spec.replace("networks = 2\nepochs = 3", "networks = 3\nepochs = 3");
    let other = first.beside(&spec);
    assert_eq!(other.to_the_end(), 0);
    let events = other.events();
    assert!(!events.iter().any(|event| is_iteration(&event.fact)));
    let told = |fact: &Fact| matches!(fact, Fact::SetTaken { run } if run.starts_with("run"));
    assert!(events.iter().any(|event| told(&event.fact)), "{events:?}");
    let set = other.set();
    assert_eq!(set.about.evaluations.last().unwrap().accuracies.len(), 3);
    // It is the set that it would have made.
    let alone = Run::new(&spec);
    assert_eq!(alone.to_the_end(), 0);
    assert_same(&alone, &other);
    // Who asks for just the same once more gets it done once more.
    let again = first.beside(&spec.replace("ipc = 2", "ipc = 2\nname = \"again\""));
    assert_eq!(again.to_the_end(), 0);
    assert!(again.events().iter().any(|event| is_iteration(&event.fact)));
    assert_same(&alone, &again);
}

#[test]
fn dataset_distillation_goes_on_where_it_was() {
    let set = assert_survives(DISTILLATION, &[1, 3]);
    let steps = set.steps.unwrap();
    // Two groups of an image per class, gone through twice; each step has learned a size of its own.
    assert_eq!(steps.groups, [10, 10]);
    let groups: Vec<usize> = steps.steps.iter().map(|step| step.group).collect();
    assert_eq!(groups, [0, 1, 0, 1]);
    assert!(steps.steps.iter().all(|step| step.rate > 0.0 && (step.rate - 0.02).abs() > 1e-6));
    assert_eq!(set.labels, Labels::Hard((0..2).flat_map(|_| 0..10).collect()));
}

#[test]
fn dataset_distillation_starts_from_fixed_and_from_trained_networks_too() {
    for (start, accuracies_differ) in [("fixed", false), ("trained", true)] {
        let spec = DISTILLATION
            .replace("networks = 2\nouter", &format!("start = \"{start}\"\npool = 1\nouter"));
        assert_ne!(spec, DISTILLATION);
        let set = assert_survives(&spec, &[2]);
        let last = set.about.evaluations.last().unwrap();
        let apart = (last.accuracies[0] - last.accuracies[1]).abs();
        assert_eq!(apart > 1e-12, accuracies_differ, "{start}");
    }
}

#[test]
fn label_distillation_goes_on_where_it_was() {
    for rule in ["second-order", "ridge"] {
        let spec = LABELS.replace("window", &format!("rule = \"{rule}\"\nwindow"));
        let set = assert_survives(&spec, &[1, 4, 6]);
        let Labels::Soft { values, classes, .. } = set.labels else { panic!("{:?}", set.labels) };
        assert_eq!((values.len(), classes), (200, 10));
        assert!(values.chunks(10).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        assert!(values.iter().any(|value| (value - 0.1).abs() > 1e-4), "{rule}");
    }
}

/// The same with the kernels that need no tape, for every kind of vectors that this processor has.
#[test]
fn a_killed_run_is_the_run_that_was_not_at_every_level_of_the_kernels() {
    let spec = SPEC.replace("batchnorm", "instancenorm");
    for level in Level::available() {
        let (mut whole, mut killed) = (Run::new(&spec), Run::new(&spec));
        (whole.level, killed.level) = (*level, *level);
        assert_eq!(whole.to_the_end(), 0);
        let mut worker = killed.start();
        killed.wait_for(is_iteration, 3);
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert_eq!(killed.to_the_end(), 0);
        assert_same(&whole, &killed);
    }
}

/// Gradients of real batches in bf16, with instructions for it or without: other images than in single
/// precision, and the same ones however often the run is taken up.
#[test]
fn a_killed_run_in_bf16_is_the_run_that_was_not() {
    let single = SPEC.replace("batchnorm", "instancenorm");
    let spec = single.replace("real_batch = 8", "real_batch = 8\nreal_precision = \"bf16\"");
    let in_single = Run::new(&single);
    assert_eq!(in_single.to_the_end(), 0);
    for level in [Level::Portable, Level::in_use()] {
        let (mut whole, mut killed) = (Run::new(&spec), Run::new(&spec));
        (whole.level, killed.level) = (level, level);
        assert_eq!(whole.to_the_end(), 0);
        let mut worker = killed.start();
        killed.wait_for(is_iteration, 3);
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert_eq!(killed.to_the_end(), 0);
        assert_same(&whole, &killed);
        assert_ne!(whole.set().images, in_single.set().images);
        let said =
            |event: &Event| matches!(&event.fact, Fact::Note { text } if text.contains("bf16"));
        assert_eq!(whole.events().iter().filter(|event| said(event)).count(), 1);
    }
    assert!(!in_single.events().iter().any(|event| matches!(event.fact, Fact::Note { .. })));
}

/// A grid of networks takes long, so it is gone on with from a checkpoint in its midst. The run's own network
/// is in the grid and is scored once.
#[test]
fn a_run_that_is_killed_in_a_grid_of_networks_goes_on_there() {
    let spec = r#"
method = "random"
ipc = 2
device = "cpu"
network.width = 4

[evaluate]
networks = 2
epochs = 300
also_on = "ConvNetD{1|2|3}{W4|W8}{|NN}"

[record]
checkpoint_secs = 1
"#;
    let (whole, killed) = (Run::new(spec), Run::new(spec));
    assert_eq!(whole.to_the_end(), 0);
    let mut worker = killed.start();
    // A checkpoint that knows a network's score.
    killed.wait_until(|events| {
        let mut facts = events.iter().map(|event| &event.fact);
        facts.any(|fact| matches!(fact, Fact::Evaluation(_)))
            && facts.any(|fact| matches!(fact, Fact::Checkpoint { .. }))
    });
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(!matches!(killed.events().last().unwrap().fact, Fact::Ended(_)));
    let before = killed.events().len();
    assert_eq!(killed.to_the_end(), 0);
    assert_same(&whole, &killed);
    let is_score = |event: &&Event| matches!(event.fact, Fact::Evaluation(_));
    assert_eq!(whole.events().iter().filter(is_score).count(), 12);
    let again = killed.events()[before..].iter().filter(is_score).count();
    assert!(again < 12, "all networks were trained again");
}

/// What an earlier version wrote says nothing of a key that it did not know.
#[test]
fn a_checkpoint_that_lacks_a_key_with_its_default_is_gone_on_from() {
    let (whole, stopped) = (Run::new(SPEC), Run::new(SPEC));
    assert_eq!(whole.to_the_end(), 0);
    let mut worker = stopped.start();
    stopped.wait_for(is_iteration, 2);
    stopped.wish("stop");
    assert_eq!(worker.wait().unwrap().code(), Some(0));
    stopped.wish("run");
    let folder = stopped.folder().checkpoint();
    let mut checkpoint = Checkpoint::read(&folder).unwrap();
    let lines: Vec<_> = checkpoint.place.spec.lines().collect();
    let known: Vec<_> =
        lines.iter().copied().filter(|line| !line.starts_with("real_precision")).collect();
    assert!(known.len() < lines.len());
    checkpoint.place.spec = known.join("\n");
    checkpoint.write(&folder).unwrap();
    assert_eq!(stopped.to_the_end(), 0);
    assert_same(&whole, &stopped);
}

#[test]
fn a_pause_waits_and_changes_nothing() {
    let (whole, paused) = (Run::new(SPEC), Run::new(SPEC));
    assert_eq!(whole.to_the_end(), 0);
    let mut worker = paused.start();
    paused.wait_for(is_iteration, 1);
    paused.wish("pause");
    paused.wait_for(|fact| matches!(fact, Fact::Paused { .. }), 1);
    let events = paused.events().len();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(paused.events().len(), events);
    paused.wish("run");
    assert!(worker.wait().unwrap().success());
    assert_same(&whole, &paused);
}

#[test]
fn a_termination_signal_is_a_stop() {
    let run = Run::new(&SPEC.replace("iterations = 6", "iterations = 6000"));
    let mut worker = run.start();
    run.wait_for(is_iteration, 1);
    let pid = rustix::process::Pid::from_raw(i32::try_from(worker.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(worker.wait().unwrap().code(), Some(0));
    assert_eq!(run.outcome(), Outcome::Stopped);
    assert!(run.folder().checkpoint().exists());
}

#[test]
fn one_run_folder_has_one_worker() {
    let run = Run::new(&SPEC.replace("iterations = 6", "iterations = 6000"));
    let mut first = run.start();
    run.wait_for(is_iteration, 1);
    assert_eq!(run.start().wait().unwrap().code(), Some(2));
    run.wish("stop");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(run.outcome(), Outcome::Stopped);
}

#[test]
fn numbers_that_blow_up_stop_the_run_and_keep_the_last_good_checkpoint() {
    let spec = SPEC
        .replace("real_batch = 8", "real_batch = 8\ndistance = \"mse\"\nimage_lr = 1000000.0")
        .replace("iterations = 6", "iterations = 60")
        .replace("checkpoint_every = 2", "checkpoint_every = 1")
        .replace("every = 3", "every = 0");
    let run = Run::new(&spec);
    assert_eq!(run.to_the_end(), 1);
    let Outcome::Failed { reason, advice } = run.outcome() else { panic!("{:?}", run.outcome()) };
    assert!(reason.contains("iteration ") && reason.contains("outer step "), "{reason}");
    assert!(advice.contains("image_lr"), "{advice}");
    for event in run.events() {
        if let Fact::Iteration(done) = event.fact {
            assert!(done.distance.is_finite());
        }
    }
}

#[test]
fn a_checkpoint_of_another_spec_is_not_gone_on_from() {
    let run = Run::new(SPEC);
    assert_eq!(run.to_the_end(), 0);
    fs::write(run.folder().spec(), SPEC.replace("seed = 5", "seed = 6")).unwrap();
    assert_eq!(run.to_the_end(), 1);
    let Outcome::Failed { reason, .. } = run.outcome() else { panic!("{:?}", run.outcome()) };
    assert!(reason.contains("another spec"), "{reason}");
}

/// A full disk, or a quota that is used up, made with a mount of its own where the system lets us.
#[test]
fn a_checkpoint_that_finds_no_room_ends_the_run_in_a_sentence() {
    let run = Run::new(SPEC);
    let folder = run.path().join("checkpoint");
    fs::create_dir(&folder).unwrap();
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4k", "tmpfs"])
        .arg(&folder)
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return;
    }
    let code = run.to_the_end();
    let unmounted = std::process::Command::new("umount").arg("-l").arg(&folder).output();
    assert!(unmounted.unwrap().status.success());
    assert_eq!(code, 1);
    let Outcome::Failed { reason, .. } = run.outcome() else { panic!("{:?}", run.outcome()) };
    assert!(reason.starts_with("cannot write "), "{reason}");
    assert!(reason.ends_with("free some space, then resume the run"), "{reason}");
    // With room again it is the run that it would have been.
    assert_eq!(run.to_the_end(), 0);
    let whole = Run::new(SPEC);
    assert_eq!(whole.to_the_end(), 0);
    assert_same(&whole, &run);
}

#[test]
fn an_unwritable_folder_is_refused_with_a_code() {
    let run = Run::new(SPEC);
    // A folder where the log should be cannot be written, whoever runs the test.
    fs::create_dir(run.folder().events()).unwrap();
    assert_eq!(run.to_the_end(), 2);
    assert!(!Path::new(&run.folder().checkpoint()).exists());
}
