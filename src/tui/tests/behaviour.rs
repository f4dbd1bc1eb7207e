//! What the screen does when something happens.

use crossterm::event::KeyCode;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
};

use super::recorded::{COLOUR, EVENTS, RUN, World, events_until, model, queue, summary, worker};
use crate::{
    config::{Setting, Value},
    queue::{Command, RunId, RunState},
    record::{Event, Fact, event::VERSION},
    tui::{
        key::Key,
        link::LinkNews,
        model::{Link, Overlay, Screen},
        msg::{Effect, Later, Msg},
        settings::Environment,
        view::view,
    },
    wire::message::{Answer, Message, Wish},
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const ESCAPE: Key = Key::plain(KeyCode::Esc);

fn commands(world: &World) -> Vec<Command> {
    let wishes = world.wishes.iter();
    wishes
        .filter_map(|wish| match wish {
            Wish::Command(command) => Some(command.clone()),
            _ => None,
        })
        .collect()
}

fn replied(wish: Command, answer: Answer) -> Msg {
    Msg::here(LinkNews::Replied { wish: Wish::Command(wish), answer })
}

fn pushed(run: RunId, events: Vec<Event>) -> Msg {
    Msg::here(LinkNews::Pushed(Message::Events { run, events }))
}

#[test]
fn a_new_run_takes_two_keys() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.press(Key::char('n'));
    world.press(ENTER);
    let [Command::Add { spec, source, front: false, .. }] = &commands(&world)[..] else {
        panic!("{:?}", world.wishes)
    };
    assert_eq!(source, "preset first-light");
    assert!(spec.contains("mnist-5k"));
    let add = commands(&world)[0].clone();
    let answer = Answer::Added { run: RunId::new(15), folder: String::new() };
    world.send(replied(add, answer));
    assert_eq!(world.model.screen, Screen::Run);
    assert!(
        world.wishes.contains(&Wish::WatchHistory { run: RunId::new(15) }),
        "{:?}",
        world.wishes
    );
}

#[test]
fn p_pauses_and_goes_on_by_the_state_of_the_run() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.press(Key::char('p'));
    let paused = summary(RUN.number, "first light", RunState::Paused { worker: worker() });
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(paused) })));
    world.press(Key::char('p'));
    assert_eq!(commands(&world), [Command::Pause { run: RUN }, Command::Resume { run: RUN }]);
}

#[test]
fn r_resumes_what_was_stopped_and_retries_what_failed() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    // The rows end with 11 cancelled, 10 stopped, 9 interrupted, 8 failed, 7 finished.
    world.type_keys("Gkrkrkrkr");
    let wished = [
        Command::Retry { run: RunId::new(8) },
        Command::Resume { run: RunId::new(9) },
        Command::Resume { run: RunId::new(10) },
        Command::Retry { run: RunId::new(11) },
    ];
    assert_eq!(commands(&world), wished);
}

#[test]
fn a_run_is_given_up_only_after_a_question() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.type_keys("c");
    assert!(matches!(&world.model.overlay, Some(Overlay::Question(asked)) if asked.about == [RUN]));
    world.press(ENTER);
    world.press(ESCAPE);
    assert_eq!((commands(&world), world.model.overlay.clone()), (vec![], None));
    world.type_keys("cy");
    assert_eq!(commands(&world), [Command::Cancel { run: RUN }]);
}

#[test]
fn what_the_queue_refuses_is_said_in_its_own_words() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    // A finished run cannot be cancelled: no question, the daemon explains.
    world.type_keys("Gc");
    assert_eq!((world.model.overlay.clone(), commands(&world).len()), (None, 1));
    let refused =
        Answer::Refused { reason: "run 7 is finished".to_owned(), advice: "Look.".to_owned() };
    world.send(replied(Command::Cancel { run: RunId::new(7) }, refused));
    let notice = world.model.notice.clone().unwrap();
    assert!(notice.is_bad && notice.text == "run 7 is finished. Look.");
    world.press(Key::char('j'));
    assert_eq!(world.model.notice, None, "a notice stays until the next key");
}

#[test]
fn without_a_daemon_wishes_are_refused_here() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.send(Msg::here(LinkNews::Lost("connection broke".to_owned())));
    world.wishes.clear();
    world.type_keys("p");
    assert!(world.wishes.is_empty());
    assert!(world.model.notice.as_ref().unwrap().is_bad);
}

#[test]
fn a_lost_connection_goes_on_at_the_last_event() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.press(ENTER);
    let seq = world.model.open_run().unwrap().seq();
    assert_eq!(seq, events_until(10).last().unwrap().seq);
    let lost_at = world.model.now;
    world.send(Msg::here(LinkNews::Lost("gone".to_owned())));
    world.model.now = lost_at + jiff::SignedDuration::from_secs(9);
    world.send(Msg::here(LinkNews::Lost("still gone".to_owned())));
    assert!(
        matches!(&world.model.hosts.all[0].link, Link::Lost { since, reason } if *since == lost_at && reason == "still gone")
    );
    assert!(!world.model.ticks(), "figures of a lost daemon do not count on");
    world.events = EVENTS.clone();
    world.wishes.clear();
    world.connect();
    assert!(world.wishes.contains(&Wish::WatchRun { run: RUN, after: seq }), "{:?}", world.wishes);
    let run = world.model.open_run().unwrap();
    assert_eq!(run.history.curves.buckets().len(), 100);
    assert_eq!(run.seq(), EVENTS.last().unwrap().seq);
}

#[test]
fn leaving_a_run_stops_watching_it_and_coming_back_asks_for_the_rest() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.press(ENTER);
    let seq = world.model.open_run().unwrap().seq();
    world.press(ESCAPE);
    assert_eq!(world.wishes.last(), Some(&Wish::UnwatchRun { run: RUN }));
    world.wishes.clear();
    world.press(ENTER);
    assert_eq!(world.wishes[0], Wish::WatchRun { run: RUN, after: seq });
}

#[test]
fn the_newest_picture_is_fetched_decoded_and_made_into_tiles() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.press(ENTER);
    let run = world.model.open_run().unwrap();
    let newest = run.gallery.sheet.as_ref().unwrap().snapshot.iteration;
    assert_eq!(newest, 50);
    assert_eq!(world.made, [(0..10).collect::<Vec<_>>()]);
    let fetched: Vec<_> =
        world.wishes.iter().filter(|wish| matches!(wish, Wish::Artefact { .. })).collect();
    assert_eq!(fetched.len(), 3, "in pieces of 2000 bytes: {fetched:?}");
}

#[test]
fn over_a_slow_way_pictures_wait_and_the_newest_wins() {
    let mut world = World::at_iteration(120, 40, COLOUR, 4);
    let environment = Environment::new(|name| (name == "SSH_TTY").then(|| "/dev/pts/1".to_owned()));
    world.model.preferences.environment = environment;
    world.model.preferences.choices.set(Setting::PicturesOverSsh, Some(Value::Number(8.0)));
    world.press(ENTER);
    let shown = |world: &World| {
        let open = world.model.open_run().unwrap();
        open.gallery.sheet.as_ref().map(|sheet| sheet.snapshot.iteration)
    };
    let first = shown(&world);
    assert!(first.is_some(), "the first one comes at once");
    let waits = |world: &World| {
        let is_wait =
            |effect: &&Effect| matches!(effect, Effect::Wait { then: Later::Pictures, .. });
        world.terminal.iter().filter(is_wait).count()
    };
    let newer = EVENTS[world.events.len()..].to_vec();
    let last = newer.iter().rev().find_map(|event| match &event.fact {
        Fact::Snapshot(snapshot) => Some(snapshot.iteration),
        _ => None,
    });
    for event in newer {
        world.send(Msg::here(LinkNews::Pushed(Message::Events { run: RUN, events: vec![event] })));
    }
    assert_eq!((shown(&world), waits(&world)), (first, 1));
    world.model.now += jiff::SignedDuration::from_mins(10);
    world.send(Msg::Due(Later::Pictures));
    assert_eq!(shown(&world), last, "those between were never fetched");
}

#[test]
fn unchanged_pictures_are_not_made_again() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.press(ENTER);
    world.made.clear();
    // The snapshots between 50 and 100 have the picture of 50: nothing in them changed.
    let events: Vec<_> = events_until(60)[events_until(50).len()..].to_vec();
    assert!(events.iter().any(|event| matches!(event.fact, Fact::Snapshot(_))));
    world.send(pushed(RUN, events));
    let run = world.model.open_run().unwrap();
    assert_eq!(run.gallery.sheet.as_ref().unwrap().snapshot.iteration, 60);
    assert_eq!(world.made, Vec::<Vec<usize>>::new());
}

#[test]
fn pictures_are_skipped_when_they_come_faster_than_they_are_shown() {
    let mut world = World::at_iteration(120, 40, COLOUR, 4);
    world.is_slow = true;
    world.press(ENTER);
    for iteration in 6..=20 {
        let (before, after) = (events_until(iteration - 1).len(), events_until(iteration));
        world.send(pushed(RUN, after[before..].to_vec()));
    }
    world.catch_up();
    let shown = world.wishes.iter().filter_map(|wish| match wish {
        Wish::Artefact { path, offset: 0, .. } => Some(path.as_str()),
        _ => None,
    });
    assert_eq!(shown.collect::<Vec<_>>(), ["snapshots/0000004.png", "snapshots/0000020.png"]);
}

fn drawn(world: &World) -> Buffer {
    let window = world.model.window;
    let mut terminal = Terminal::new(TestBackend::new(window.columns, window.rows)).unwrap();
    terminal.draw(|frame| view(&world.model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn sixels(buffer: &Buffer) -> usize {
    buffer.content().iter().filter(|cell| cell.symbol().contains("\x1bP")).count()
}

fn with_sixels(columns: u16, rows: u16) -> World {
    let events = events_until(50);
    let runs = queue(&events, RunState::Running { worker: worker() });
    let mut world = World::new(model(columns, rows, COLOUR, true), runs, events);
    world.connect();
    world.press(ENTER);
    world
}

#[test]
fn every_class_is_one_sixel_and_none_lies_under_an_overlay() {
    let mut world = with_sixels(120, 40);
    let before = drawn(&world);
    assert_eq!(sixels(&before), 10);
    world.press(Key::char('?'));
    let covered = drawn(&world);
    assert!(sixels(&covered) < 10);
    world.press(Key::char('?'));
    assert_eq!(drawn(&world), before);
}

#[test]
fn a_long_notice_covers_no_picture_that_stays() {
    let mut world = with_sixels(80, 24);
    assert_eq!(sixels(&drawn(&world)), 10);
    let reason = "a very long reason, word after word after word ".repeat(8);
    let answer = Answer::Refused { reason, advice: String::new() };
    world.send(replied(Command::Pause { run: RUN }, answer));
    let buffer = drawn(&world);
    assert!(buffer.content().iter().any(|cell| cell.symbol() == "!"));
    assert_eq!(sixels(&buffer), 10, "the notice is below the pictures here");
}

#[test]
fn after_a_stop_every_picture_is_made_again() {
    let mut world = with_sixels(120, 40);
    world.made.clear();
    world.press(Key::control('z'));
    assert!(matches!(world.terminal.last(), Some(Effect::Suspend)));
    world.send(Msg::WokenUp);
    assert!(world.terminal.iter().any(|effect| matches!(effect, Effect::Reenter)));
    assert_eq!(world.made, [(0..10).collect::<Vec<_>>()]);
}

#[test]
fn a_run_that_ends_elsewhere_is_told() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.type_keys("n");
    let finished = RunState::Finished { at: world.model.now };
    let run = Box::new(summary(RUN.number, "first light", finished));
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run })));
    assert_eq!(world.model.notice.as_ref().unwrap().text, "run 12 (first light) has finished");
}

#[test]
fn a_problem_is_a_line_in_the_log() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    world.press(ENTER);
    let seq = world.model.open_run().unwrap().seq() + 1;
    let fact =
        Fact::Problem { text: "the disk is full".to_owned(), advice: "Make room.".to_owned() };
    world.send(pushed(RUN, vec![Event { v: VERSION, seq, at: world.model.now, fact }]));
    let text: String = drawn(&world).content().iter().map(Cell::symbol).collect();
    assert!(text.contains("! the disk is full. Make room."));
}

#[test]
fn time_counts_on_only_while_something_runs() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    assert!(world.model.ticks());
    let before = drawn(&world);
    world.model.now += jiff::SignedDuration::from_secs(2);
    world.send(Msg::Tick);
    assert_ne!(drawn(&world), before);
    let paused = summary(RUN.number, "first light", RunState::Paused { worker: worker() });
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(paused) })));
    assert!(!world.model.ticks());
}

#[test]
fn hints_offer_what_can_be_done() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    let footer = |world: &World| {
        let buffer = drawn(world);
        (0..120).map(|x| buffer[(x, 39)].symbol().to_owned()).collect::<String>()
    };
    assert!(footer(&world).contains("p pause") && !footer(&world).contains("r resume"));
    world.type_keys("Gk");
    assert!(footer(&world).contains("r resume") && !footer(&world).contains("p pause"));
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    let click = Msg::Click { column: 10, row: 4 };
    world.send(click);
    assert_eq!(world.model.queue.selected_index(), Some(1));
    world.send(Msg::Click { column: 10, row: 4 });
    assert_eq!(world.model.screen, Screen::Run);
}

#[test]
fn signals_end_and_stop_the_screen() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    for msg in [Msg::AskedToEnd, Msg::TerminalGone] {
        world.send(msg);
        assert!(matches!(world.terminal.pop(), Some(Effect::Quit)));
    }
    world.send(Msg::AskedToSuspend);
    assert!(matches!(world.terminal.pop(), Some(Effect::Suspend)));
    world.press(Key::plain(KeyCode::F(12)));
    assert!(world.terminal.is_empty(), "the key that panics works in tests alone");
}

fn screen(world: &World) -> String {
    let buffer = drawn(world);
    let rows = buffer.content.chunks(usize::from(buffer.area.width));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>() + "\n").collect()
}

fn shown_picture(world: &World) -> u64 {
    world.model.open_run().unwrap().gallery.sheet.as_ref().unwrap().snapshot.iteration
}

#[test]
fn the_history_of_pictures_is_gone_through_by_keys_and_by_itself() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.press(ENTER);
    let newest = shown_picture(&world);
    world.type_keys("[[");
    assert_eq!(shown_picture(&world), newest - 4);
    world.press(Key::plain(KeyCode::Home));
    assert_eq!(shown_picture(&world), 0);
    world.type_keys("]");
    let second = shown_picture(&world);
    assert!(second > 0);
    // Playing goes on from there until it meets the newest.
    world.terminal.clear();
    world.type_keys(" ");
    let mut pictures = vec![second];
    while matches!(world.terminal.pop(), Some(Effect::Wait { then: Later::NextPicture, .. })) {
        world.send(Msg::Due(Later::NextPicture));
        pictures.push(shown_picture(&world));
    }
    assert!(pictures.windows(2).all(|pair| pair[0] < pair[1]), "{pictures:?}");
    assert_eq!(pictures.last(), Some(&newest));
    assert!(!world.model.open_run().unwrap().gallery.playing);
}

#[test]
fn a_film_has_every_picture_of_the_history_in_order() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    world.press(ENTER);
    world.type_keys("v");
    while matches!(world.terminal.last(), Some(Effect::Wait { then: Later::NextPicture, .. })) {
        world.terminal.clear();
        world.send(Msg::Due(Later::NextPicture));
    }
    let Some(Effect::Film { run: RUN, sheets }) = world.terminal.last() else {
        panic!("{:?}", world.terminal)
    };
    let shown: Vec<u64> = sheets.iter().map(|sheet| sheet.snapshot.iteration).collect();
    let history = &world.model.open_run().unwrap().history.snapshots;
    let all: Vec<u64> = history.iter().map(|snapshot| snapshot.iteration).collect();
    assert!(all.len() > 3, "{all:?}");
    assert_eq!(shown, all);
}

#[test]
fn one_class_and_one_image_are_looked_at_closely() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.press(ENTER);
    world.type_keys("z.");
    let text = screen(&world);
    assert!(text.contains("Synthetic images") && text.contains("1 · iteration 50"), "{text}");
    world.type_keys("z");
    assert!(screen(&world).contains("1 · image 1 of 1 · iteration 50"), "{}", screen(&world));
    world.press(ESCAPE);
    world.press(ESCAPE);
    let run = world.model.open_run().unwrap();
    assert_eq!((world.model.screen, run.gallery.album.strips().len()), (Screen::Run, 10));
    world.press(ESCAPE);
    assert_eq!(world.model.screen, Screen::Queue);
}
