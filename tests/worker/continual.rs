//! Runs over several tasks: what they leave behind, and that it is the same however often they are broken off.

use stillroom::record::{
    Event, Fact, Labels, SyntheticSet,
    event::{Evaluation, Outcome, Phase},
};

use crate::run::{Run, assert_same, is_iteration};

/// Digits two at a time, with all that a task can have: condensing with inner training, a teacher, tuning.
const SPEC: &str = r#"
method = "dsa"
ipc = 2
device = "cpu"
seed = 5

[network]
width = 4

[continual]
steps = 3
batch = 200
epochs = 2
tuning_epochs = 2
lr = 0.1

[condense]
iterations = 4
outer_steps = 2
inner_epochs = 1
real_batch = 8

[evaluate]
networks = 2
epochs = 3

[record]
snapshot_every = 2
checkpoint_every = 2
"#;

fn evaluations(events: &[Event]) -> Vec<Evaluation> {
    let found = events.iter().filter_map(|event| match &event.fact {
        Fact::Evaluation(evaluation) => Some(evaluation.clone()),
        _ => None,
    });
    found.collect()
}

#[test]
fn a_run_over_tasks_leaves_a_memory_and_a_score_behind_each() {
    let run = Run::new(SPEC);
    assert_eq!(run.to_the_end(), 0);
    assert_eq!(run.outcome(), Outcome::Finished);
    let events = run.events();
    let iterations: Vec<u64> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Iteration(done) => Some(done.iteration),
            _ => None,
        })
        .collect();
    assert_eq!(iterations, (1..=12).collect::<Vec<_>>());
    let scores = evaluations(&events);
    let places: Vec<_> = scores
        .iter()
        .map(|score| {
            let after = score.after.clone().unwrap();
            (after.task, after.of, after.by_task.len(), score.iteration)
        })
        .collect();
    assert_eq!(places, [(1, 3, 1, 4), (2, 3, 2, 8), (3, 3, 3, 12)]);
    // Two classes of three are told apart by chance half of the time.
    assert!(scores[0].mean > 0.5, "{scores:?}");
    for event in &events {
        match &event.fact {
            Fact::Snapshot(picture) => {
                assert!(picture.path.starts_with("tasks/0"), "{}", picture.path);
                assert!(run.path().join(&picture.path).is_file());
            }
            Fact::Progress(progress) => assert!((0.0..=1.0).contains(&progress.share)),
            _ => {}
        }
    }
    let set = run.set();
    assert_eq!(set.shape, [20, 1, 28, 28]);
    assert_eq!(set.labels, Labels::Hard((0..10).flat_map(|class| [class; 2]).collect()));
    assert_eq!(set.about.evaluations.len(), 3);
    let second = SyntheticSet::read(&run.folder().task(1).synthetic_set()).unwrap();
    assert_eq!(second.about.classes, set.about.classes[3..6]);
}

/// Stops fall into condensing, between tasks and into learning.
#[test]
fn a_run_over_tasks_that_is_stopped_again_and_again_is_the_run_that_was_not() {
    let (whole, stopped) = (Run::new(SPEC), Run::new(SPEC));
    assert_eq!(whole.to_the_end(), 0);
    stopped.stop_again_and_again(|stops| 7 + stops % 5);
    assert_same(&whole, &stopped);
}

#[test]
fn a_run_over_tasks_that_is_killed_is_the_run_that_was_not() {
    for spec in
        [SPEC.to_owned(), SPEC.replace("steps = 3", "steps = 3\ntraining = \"from-scratch\"")]
    {
        let (whole, killed) = (Run::new(&spec), Run::new(&spec));
        assert_eq!(whole.to_the_end(), 0);
        // In a memory, behind the first task, while the second one is learned, and in the last memory.
        let learns = |fact: &Fact| {
            matches!(fact, Fact::Progress(progress)
                if matches!(progress.phase, Phase::Learning | Phase::Evaluating))
        };
        let mut worker = killed.start();
        killed.wait_for(is_iteration, 3);
        worker.kill().unwrap();
        worker.wait().unwrap();
        worker = killed.start();
        killed.wait_for(|fact| matches!(fact, Fact::Evaluation(_)), 1);
        worker.kill().unwrap();
        worker.wait().unwrap();
        let known = killed.events().iter().filter(|event| learns(&event.fact)).count();
        worker = killed.start();
        killed.wait_for(learns, known + 1);
        worker.kill().unwrap();
        worker.wait().unwrap();
        worker = killed.start();
        killed.wait_for(is_iteration, 11);
        worker.kill().unwrap();
        worker.wait().unwrap();
        assert_eq!(killed.to_the_end(), 0);
        assert_same(&whole, &killed);
        // A task that was learned is not learned again.
        let resumed = killed.events().into_iter().filter_map(|event| match event.fact {
            Fact::Started(started) => Some(started.resumed_at),
            _ => None,
        });
        let resumed: Vec<_> = resumed.collect();
        assert!(resumed[2..].iter().all(|at| at.is_some_and(|at| at >= 4)), "{resumed:?}");
    }
}

/// The memory depends on the task and the method, not on how the task is learned.
#[test]
fn a_run_that_learns_otherwise_takes_the_memories_that_there_are() {
    let first = Run::new(SPEC);
    assert_eq!(first.to_the_end(), 0);
    let second = first.beside(&SPEC.replace("steps = 3", "steps = 3\ndistillation = false"));
    assert_eq!(second.to_the_end(), 0);
    assert!(!second.events().iter().any(|event| is_iteration(&event.fact)));
    let pictures =
        second.events().iter().filter(|event| matches!(event.fact, Fact::Snapshot(_))).count();
    assert_eq!(pictures, 3);
    let bits = |run: &Run| run.set().images.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&first), bits(&second));
    // Without a teacher another network comes out, but not before there is something to be taught.
    let parameters = |run: &Run| {
        let checkpoint = stillroom::record::TaskCheckpoint::read(&run.folder().task_checkpoint());
        checkpoint.unwrap().network.unwrap().0
    };
    assert_ne!(parameters(&first), parameters(&second));
    // Other images of the same classes are another memory.
    let third = first.beside(&SPEC.replace("seed = 5", "seed = 6\n"));
    assert_eq!(third.to_the_end(), 0);
    assert_ne!(bits(&first), bits(&third));
}

#[test]
fn a_checkpoint_between_tasks_of_another_spec_is_not_gone_on_from() {
    let run = Run::new(
        &SPEC.replace("\"dsa\"", "\"random\"").replace("iterations = 4", "iterations = 0"),
    );
    assert_eq!(run.to_the_end(), 0);
    std::fs::write(run.folder().spec(), SPEC.replace("\"dsa\"", "\"random\"")).unwrap();
    assert_eq!(run.to_the_end(), 1);
    let Outcome::Failed { reason, .. } = run.outcome() else { panic!("{:?}", run.outcome()) };
    assert!(reason.contains("another spec"), "{reason}");
}
