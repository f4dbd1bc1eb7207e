//! Runs that wait in Slurm, and a queue that waits for it.

use crossterm::event::KeyCode;
use jiff::SignedDuration;

use super::{
    painted::text,
    recorded::{COLOUR, RUN, World, at, queue, summary},
    screens::{SIZES, picture},
};
use crate::{
    queue::{HostName, RunId, RunState, RunSummary},
    tui::{
        key::Key,
        link::LinkNews,
        model::problems::{About, list, unseen},
        msg::Msg,
    },
    wire::message::Message,
};

const DOWN: &str =
    "Slurm does not answer: squeue: Unable to contact slurm controller (connect failure)";

fn pending(reason: &str) -> RunState {
    RunState::Pending {
        job: "4711_3".to_owned(),
        reason: reason.to_owned(),
        since: at("2026-11-23T22:37:40Z"),
    }
}

/// A queue whose recorded run waits in Slurm.
fn world(columns: u16, rows: u16) -> World {
    let runs = queue(&[], pending("Priority"));
    let look = super::recorded::model(columns, rows, COLOUR, false);
    let mut world = World::new(look, runs, Vec::new());
    world.connect();
    world
}

fn tell(world: &mut World, run: RunSummary) {
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
}

/// The daemon says of a queued run for what it waits.
fn waits_for(world: &mut World, run: u64, why: &str) {
    let queued = RunState::Queued { since: at("2026-11-23T22:31:00Z") };
    tell(world, RunSummary { waits_for: why.to_owned(), ..summary(run, "a run", queued) });
}

#[test]
fn a_run_that_waits_in_slurm_says_so_with_slurms_reason() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        world.type_keys("g");
        while world.model.queue.selected().is_some_and(|row| row.run.id != RUN) {
            world.type_keys("j");
        }
        insta::assert_snapshot!(format!("pending-queue-{columns}x{rows}"), picture(&world));
        world.press(Key::plain(KeyCode::Enter));
        insta::assert_snapshot!(format!("pending-run-{columns}x{rows}"), picture(&world));
    }
}

#[test]
fn a_queue_that_is_held_up_is_a_problem() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        waits_for(&mut world, 13, DOWN);
        waits_for(&mut world, 14, DOWN);
        world.type_keys("5");
        insta::assert_snapshot!(format!("held-up-{columns}x{rows}"), picture(&world));
    }
}

#[test]
fn it_is_one_problem_from_when_it_began_until_the_queue_goes_on() {
    let mut world = world(120, 40);
    let queues = |world: &World| {
        let all = list(&world.model).into_iter();
        all.filter(|problem| problem.about == About::Queue).collect::<Vec<_>>()
    };
    world.type_keys("51");
    assert_eq!((queues(&world), unseen(&world.model)), (vec![], 0));
    world.model.now += SignedDuration::from_secs(60);
    let since = world.model.now;
    waits_for(&mut world, 13, DOWN);
    waits_for(&mut world, 14, DOWN);
    assert_eq!(unseen(&world.model), 1);
    // What is held up for another reason is held up still.
    world.model.now += SignedDuration::from_secs(60);
    waits_for(&mut world, 13, "Slurm takes no more jobs of yours for now: QOS limit");
    let problems = queues(&world);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].at, problems[0].is_bad), (since, true));
    assert!(problems[0].text.ends_with("QOS limit") && problems[0].advice.contains("doctor"));
    waits_for(&mut world, 13, "");
    assert_eq!(queues(&world)[0].text, DOWN, "the next one tells why");
    waits_for(&mut world, 14, "");
    assert_eq!((queues(&world), unseen(&world.model)), (vec![], 0));
    world.type_keys("5");
    assert!(!text(&world).contains("Slurm"));
}

#[test]
fn each_host_has_a_queue_of_its_own() {
    let mut world = world(120, 40);
    waits_for(&mut world, 13, DOWN);
    let host = HostName::new("box");
    let mut run = summary(3, "there", RunState::Queued { since: at("2026-11-23T22:31:00Z") });
    (run.id, run.waits_for) = (RunId::new(3).at(host), "Slurm refused".to_owned());
    let now = world.model.now;
    world.model.queue.take(run, now);
    world.model.now += SignedDuration::from_secs(1);
    world.type_keys("5");
    let about: Vec<_> = list(&world.model).into_iter().map(|problem| problem.subject).collect();
    assert_eq!(about[..2], ["queue of box", "queue"]);
}
