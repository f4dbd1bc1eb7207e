//! The problems screen: where problems come from, how many are new, and the way to their run.

use crossterm::event::KeyCode;
use jiff::SignedDuration;

use super::{
    painted::{at_every_size, text},
    recorded::{COLOUR, RUN, World, summary, worker},
};
use crate::{
    queue::{Command, RunId, RunState},
    record::digest::Noted,
    spec::Fault,
    tui::{
        key::Key,
        link::LinkNews,
        model::{
            Link, Screen,
            problems::{About, list, unseen},
        },
        msg::Msg,
        update::update,
    },
    wire::client::Daemon,
    wire::message::{Answer, Message, Wish},
};

const ENTER: Key = Key::plain(KeyCode::Enter);

fn note_problem(world: &mut World) {
    let mut run = summary(RUN.number, "first light", RunState::Running { worker: worker() });
    run.digest.problems = 3;
    run.digest.last_problem = Some(Noted {
        at: world.model.now,
        text: "the disk is nearly full".to_owned(),
        advice: "Make room before the next checkpoint.".to_owned(),
    });
    if let Some(known) = world.runs.iter_mut().find(|known| known.id == RUN) {
        known.clone_from(&run);
    }
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
}

fn everything(world: &mut World) {
    let mut fault = Fault::new(
        "/home/me/.config/stillroom/keys.toml",
        "queue.paus",
        "there is no such action",
        "",
    );
    fault.line = Some(3);
    fault.nearest = Some("pause".to_owned());
    world.model.preferences.faults.push(fault);
    world.model.now += SignedDuration::from_secs(20);
    note_problem(world);
    world.send(Msg::here(LinkNews::Lost("the connection broke".to_owned())));
    world.model.now += SignedDuration::from_secs(5);
    world.connect();
    let wish = Wish::Command(Command::Cancel { run: RunId::new(7) });
    let answer =
        Answer::Refused { reason: "run 7 is finished".to_owned(), advice: "Look.".to_owned() };
    world.send(Msg::here(LinkNews::Replied { wish, answer }));
}

#[test]
fn all_that_went_wrong_is_listed_newest_first() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    everything(&mut world);
    let problems = list(&world.model);
    let about: Vec<About> = problems.iter().map(|problem| problem.about).collect();
    assert_eq!(
        about,
        [
            About::Wish,
            About::Run(RUN),
            About::Daemon,
            About::Configuration,
            About::Run(RunId::new(8)),
            About::Run(RunId::new(9)),
        ]
    );
    assert!(problems[1].text.ends_with("(the last of 3)"));
    assert!(problems[2].text.contains("did not answer until 22:39:05: the connection broke"));
    assert!(problems[3].text.contains("line 3, `queue.paus`"));
    assert_eq!(problems[4].advice, "Resume from its checkpoint with a smaller condense.image_lr.");
    assert_eq!(problems[5].advice, "r goes on from its last checkpoint.");
}

#[test]
fn a_daemon_that_says_hello_and_fails_again_and_again_is_one_problem() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    let hello = || {
        Msg::here(LinkNews::Connected(Daemon {
            protocol: 3,
            program: "0.1.0".to_owned(),
            host: "bad".to_owned(),
            pid: 1,
            data_dir: "/d".to_owned(),
        }))
    };
    let since = world.model.now;
    for _ in 0..7 {
        world.send(Msg::here(LinkNews::Lost("the daemon floods".to_owned())));
        world.model.now += SignedDuration::from_secs(9);
        // What it is asked then it does not answer.
        update(&mut world.model, hello());
        assert!(!text(&world).contains("answers again"));
    }
    world.send(Msg::here(LinkNews::Lost("the daemon floods".to_owned())));
    assert!(text(&world).contains("the daemon floods"), "{}", text(&world));
    assert!(
        matches!(&world.model.hosts.all[0].link, Link::Lost { since: known, .. } if *known == since)
    );
    let problems = list(&world.model);
    let daemon: Vec<_> = problems.iter().filter(|problem| problem.about == About::Daemon).collect();
    assert_eq!(daemon.len(), 1);
    assert!(daemon[0].text.contains("the daemon floods (8 times since 22:"), "{}", daemon[0].text);
    world.connect();
    assert!(text(&world).contains("the daemon answers again"));
}

#[test]
fn the_header_counts_what_is_new() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    assert_eq!(unseen(&world.model), 2);
    assert!(text(&world).contains("5 Problems 2"), "{}", text(&world));
    world.type_keys("51");
    assert_eq!(unseen(&world.model), 0);
    world.model.now += SignedDuration::from_secs(1);
    note_problem(&mut world);
    assert_eq!(unseen(&world.model), 1);
}

#[test]
fn enter_opens_the_run_of_a_problem() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    everything(&mut world);
    world.type_keys("5");
    // The newest is about a wish, which has no run.
    world.press(ENTER);
    assert_eq!(world.model.screen, Screen::Problems);
    world.type_keys("j");
    world.press(ENTER);
    assert_eq!((world.model.screen, world.model.open), (Screen::Run, Some(RUN)));
}

#[test]
fn a_click_selects_a_problem() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    everything(&mut world);
    world.type_keys("5");
    world.send(Msg::Click { column: 20, row: 4 });
    assert_eq!(world.model.problems.selected, 2);
}

#[test]
fn the_daemons_log_is_asked_for_where_it_broke_off() {
    let mut world = World::at_iteration(100, 40, COLOUR, 10);
    assert!(!world.wishes.iter().any(|wish| matches!(wish, Wish::DaemonLog { .. })));
    world.type_keys("5");
    assert_eq!(world.wishes.last(), Some(&Wish::DaemonLog { after: 0 }));
    assert!(text(&world).contains("22:37:30 INFO  serving /data at /run/user/1000/stillroom.sock"));
    world.type_keys("j");
    assert_eq!(world.wishes.last(), Some(&Wish::DaemonLog { after: 0 }), "once is enough");
    note_problem(&mut world);
    assert!(matches!(world.wishes.last(), Some(Wish::DaemonLog { after }) if *after > 0));
    let reason = "/data/daemon.log cannot be read".to_owned();
    let wish = Wish::DaemonLog { after: 0 };
    let answer = Answer::Refused { reason, advice: String::new() };
    world.send(Msg::here(LinkNews::Replied { wish, answer }));
    assert!(text(&world).contains("daemon.log cannot be read") && world.model.notice.is_none());
}

#[test]
fn a_small_window_shows_problems_or_the_log() {
    let mut world = World::at_iteration(40, 12, COLOUR, 10);
    world.type_keys("5");
    assert!(!text(&world).contains("daemon.log"));
    world.press(Key::plain(KeyCode::Tab));
    assert!(text(&world).contains("daemon.log") && text(&world).contains("serving /data"));
}

#[test]
fn nothing_wrong_is_said() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.runs.clear();
    world.connect();
    world.type_keys("5");
    assert!(text(&world).contains("Nothing went wrong."));
}

#[test]
fn problems_screen() {
    at_every_size("problems", 10, |world| {
        everything(world);
        world.type_keys("5j");
    });
}
