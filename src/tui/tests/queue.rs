//! The queue: what is shown of it, and what keys and clicks do there.

mod wishes;

use base64::{Engine, engine::general_purpose::STANDARD};
use crossterm::event::KeyCode;

use super::{
    painted::in_both_themes,
    recorded::{COLOUR, RUN, World, at, events_until, model, queue, summary, worker},
    screens::{SIZES, picture},
};
use crate::{
    queue::{Command, RunId, RunState, RunSummary},
    tui::{
        key::Key,
        link::LinkNews,
        look::Look,
        model::{Overlay, Screen, queue::column::Column},
        msg::{Effect, Later, Msg},
        update::update,
        view::view,
    },
    wire::message::{Answer, Message, Wish},
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const ESCAPE: Key = Key::plain(KeyCode::Esc);
const TAB: Key = Key::plain(KeyCode::Tab);

/// The recorded queue with two studies, of three runs and of two.
fn runs() -> Vec<RunSummary> {
    let mut runs = queue(&events_until(50), RunState::Running { worker: worker() });
    for run in &mut runs {
        let study = match run.id.number {
            7..=9 => "table-1-small",
            13 | 14 => "ablation-siamese",
            _ => "",
        };
        study.clone_into(&mut run.study);
        if run.id.number == 13 {
            "dc".clone_into(&mut run.method);
        }
    }
    runs
}

fn world(columns: u16, rows: u16) -> World {
    world_of(columns, rows, COLOUR, runs())
}

fn world_of(columns: u16, rows: u16, look: Look, runs: Vec<RunSummary>) -> World {
    let mut world = World::new(model(columns, rows, look, false), runs, events_until(50));
    world.connect();
    world
}

/// The cursor rests: what waits for that is due.
fn rest(world: &mut World) {
    let waiting = std::mem::take(&mut world.terminal);
    for effect in waiting {
        match effect {
            Effect::Wait { then: then @ Later::Preview { .. }, .. } => world.send(Msg::Due(then)),
            other => world.terminal.push(other),
        }
    }
}

fn commands(world: &World) -> Vec<Command> {
    let commands = world.wishes.iter().filter_map(|wish| match wish {
        Wish::Command(command) => Some(command.clone()),
        _ => None,
    });
    commands.collect()
}

fn reply(world: &mut World, wish: Wish, answer: Answer) {
    world.send(Msg::here(LinkNews::Replied { wish, answer }));
}

/// The daemon grants every wish that was not granted yet.
fn grant(world: &mut World) {
    for command in commands(world) {
        let text = format!("{command:?}");
        reply(world, Wish::Command(command), Answer::Done { text });
    }
}

fn push(world: &mut World, run: RunSummary) {
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
}

fn notice(world: &World) -> &str {
    world.model.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

fn selected(world: &World) -> u64 {
    world.model.queue.selected().map_or(0, |row| row.run.id.number)
}

fn question(world: &World) -> String {
    match &world.model.overlay {
        Some(Overlay::Question(question)) => {
            format!("{} {}", question.asked, question.lines.join(" "))
        }
        other => panic!("{other:?}"),
    }
}

fn at_every_size(name: &str, prepare: impl Fn(&mut World)) {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        prepare(&mut world);
        insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), picture(&world));
        if name == "marked" {
            in_both_themes("queue", &mut world);
        }
    }
}

#[test]
fn studies_and_the_preview_of_a_run() {
    at_every_size("studies", rest);
}

#[test]
fn a_filter_while_it_is_typed() {
    at_every_size("filter", |world| world.type_keys("/method:dsa !cifar acc>80"));
    at_every_size("filter-fault", |world| world.type_keys("/metod:dsa"));
    at_every_size("filter-none", |world| {
        world.type_keys("/ipc>500");
        world.press(ENTER);
    });
}

#[test]
fn marks_order_and_folded_studies() {
    at_every_size("marked", |world| {
        world.type_keys("g");
        world.press(TAB);
        world.type_keys(" j jj ");
        (0..=12).for_each(|_| world.press(Key::char('o')));
        world.type_keys("O");
    });
}

#[test]
fn the_question_before_runs_are_deleted() {
    at_every_size("delete", |world| world.type_keys("vD"));
    at_every_size("delete-one", |world| world.type_keys("GD"));
}

#[test]
fn a_selected_study() {
    at_every_size("study", |world| {
        world.type_keys("Gkkk");
        rest(world);
    });
}

#[test]
fn in_ascii_mode_it_is_ascii() {
    let look = Look::bare(true, false);
    for keys in ["", "g", "/dsa", "/metod:x", "vD", "tooO", "v"] {
        let mut world = world_of(120, 40, look, runs());
        world.type_keys(keys);
        rest(&mut world);
        let shown = picture(&world);
        assert!(shown.is_ascii(), "{keys}:\n{shown}");
    }
}

#[test]
fn hostile_text_stays_inside_its_cells() {
    let mut all = runs();
    let evil = "\u{1b}[2J\u{202e}evil\u{200b}\u{301}\u{7} 蒸留所".to_owned();
    for run in &mut all {
        run.title.clone_from(&evil);
        run.study.clone_from(&evil);
        run.folder.clone_from(&evil);
    }
    for (columns, rows) in SIZES {
        let mut world = world_of(columns, rows, COLOUR, all.clone());
        for keys in ["", "D", "y", "vD", "n", "/ev"] {
            world.type_keys(keys);
            let shown = picture(&world);
            assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown}");
            let lines = shown.lines().skip(1).take(usize::from(rows) - 2);
            assert!(lines.clone().all(|line| line.ends_with(['╮', '│', '╯'])), "{shown}");
        }
    }
}

#[test]
fn no_size_is_a_panic() {
    for (columns, rows) in (1..90).step_by(7).flat_map(|x| (1..45).step_by(2).map(move |y| (x, y)))
    {
        let mut world = world(columns, rows);
        for keys in ["g", " jv", "o", "D", "n", "t", "/x", "zz"] {
            world.type_keys(keys);
            rest(&mut world);
            picture(&world);
        }
    }
}

#[test]
fn letters_are_text_while_the_filter_is_typed() {
    let mut world = world(80, 24);
    world.type_keys("/");
    world.type_keys("state:queued q");
    assert!(world.terminal.is_empty(), "q is a letter here");
    world.press(Key::control('w'));
    assert_eq!(world.model.queue.filter.field.text(), "state:queued ");
    assert_eq!(world.model.queue.hits(), 2);
    // The list can be gone through meanwhile.
    world.press(Key::plain(KeyCode::Down));
    assert_eq!(selected(&world), 13);
    world.press(ENTER);
    assert!(picture(&world).contains("/state:queued : 2 of 8"), "{}", picture(&world));
    world.type_keys("j");
    assert_eq!(selected(&world), 14);
    world.press(ESCAPE);
    assert_eq!((world.model.queue.hits(), selected(&world)), (8, 14));
}

#[test]
fn a_filter_can_be_pasted_and_dropped() {
    let mut world = world(80, 24);
    world.type_keys("/");
    world.send(Msg::Paste("\u{1b}set:mnist\n".to_owned()));
    assert_eq!(world.model.queue.filter.field.text(), "set:mnist");
    assert_eq!(world.model.queue.hits(), 3);
    world.press(ESCAPE);
    assert_eq!(world.model.queue.hits(), 8);
    assert!(!world.model.queue.filter.is_typing);
}

#[test]
fn a_filter_holds_for_runs_that_come_later() {
    let mut world = world(80, 24);
    world.type_keys("/state:queued");
    world.press(ENTER);
    let time = at("2026-11-23T22:31:00Z");
    push(&mut world, summary(20, "new", RunState::Queued { since: time }));
    push(&mut world, summary(21, "old", RunState::Finished { at: time }));
    assert_eq!(world.model.queue.hits(), 3);
}

#[test]
fn runs_are_moved_by_hand_in_the_order_of_the_queue_alone() {
    let mut world = world(80, 24);
    world.type_keys("t");
    world.model.queue.select(RunId::new(14));
    world.type_keys("K");
    let moved = Command::Arrange { runs: vec![RunId::new(14)], before: Some(RunId::new(13)) };
    assert_eq!(commands(&world), [moved]);
    grant(&mut world);
    assert_eq!(notice(&world), "", "what is seen need not be told");
    // What is over has no place to be moved from.
    world.model.queue.select(RunId::new(9));
    world.type_keys("K");
    assert!(notice(&world).starts_with("only runs that wait can be moved"), "{}", notice(&world));
    world.model.queue.select(RunId::new(14));
    world.type_keys("oJ");
    assert!(notice(&world).contains("in the order of the queue alone"), "{}", notice(&world));
    assert_eq!(commands(&world).len(), 1);
}

#[test]
fn any_column_sorts_and_the_head_says_so() {
    let mut world = world(200, 60);
    let order = |world: &World| {
        let rows = world.model.queue.lines().len();
        let mut world_rows = Vec::new();
        for index in 0..rows {
            let line = world.model.queue.lines()[index];
            if let crate::tui::model::queue::lines::Line::Run(row) = line {
                world_rows.push(world.model.queue.rows()[row].run.id.number);
            }
        }
        world_rows
    };
    world.type_keys("t");
    while world.model.queue.arrangement().order.column != Some(Column::Accuracy) {
        world.type_keys("o");
    }
    assert!(picture(&world).contains("accuracy %▴"), "{}", picture(&world));
    assert_eq!(order(&world)[..2], [9, 7]);
    world.type_keys("O");
    assert!(picture(&world).contains("Queue · by accuracy ▾"), "{}", picture(&world));
    assert_eq!(order(&world)[..2], [7, 9]);
}

#[test]
fn a_heading_folds_and_stands_for_its_study() {
    let mut world = world(80, 24);
    world.type_keys("Gkkk");
    let lines = world.model.queue.lines().len();
    world.press(ENTER);
    assert_eq!(world.model.queue.lines().len(), lines - 3);
    assert_eq!(world.model.screen, Screen::Queue);
    world.type_keys("r");
    let wished = [Command::Retry { run: RunId::new(8) }, Command::Resume { run: RunId::new(9) }];
    assert_eq!(commands(&world), wished);
    world.press(TAB);
    assert_eq!(world.model.queue.lines().len(), lines);
    world.type_keys("t");
    assert!(world.model.queue.groups().is_empty());
    assert!(!picture(&world).contains('▾'), "{}", picture(&world));
}

#[test]
fn clicks_select_fold_and_open_and_the_wheel_scrolls() {
    let mut world = world(80, 24);
    world.type_keys("g");
    let lines = world.model.queue.lines().len();
    // The frame and the heads of columns take the first two rows.
    let row = |line: u16| Msg::Click { column: 10, row: 3 + line };
    world.send(row(1));
    assert_eq!((selected(&world), world.model.screen), (RUN.number, Screen::Queue));
    world.send(row(0));
    assert_eq!(world.model.queue.lines().len(), lines - 3);
    world.send(row(0));
    assert_eq!(world.model.queue.lines().len(), lines);
    world.send(row(2));
    world.send(row(2));
    assert_eq!((world.model.screen, world.model.open), (Screen::Run, Some(RunId::new(11))));

    let time = at("2026-11-23T22:31:00Z");
    let many = (1..=100).map(|id| summary(id, "many", RunState::Queued { since: time }));
    let mut world = world_of(80, 24, COLOUR, many.collect());
    world.type_keys("g");
    world.send(Msg::Wheel { down: true });
    assert_eq!((world.model.queue.offset, selected(&world)), (3, 4));
    world.send(Msg::Wheel { down: false });
    assert_eq!((world.model.queue.offset, selected(&world)), (0, 4));
}

#[test]
fn the_run_under_a_resting_cursor_is_watched_where_there_is_room_for_a_preview() {
    let mut small = world(80, 24);
    rest(&mut small);
    assert!(!small.wishes.iter().any(|wish| matches!(wish, Wish::WatchHistory { .. })));

    let mut world = world(120, 40);
    world.model.queue.select(RUN);
    world.wishes.clear();
    rest(&mut world);
    assert_eq!(world.wishes[0], Wish::WatchHistory { run: RUN });
    assert!(!world.made.is_empty(), "its images are shown");
    // The cursor goes over one run and rests on the next.
    world.wishes.clear();
    world.model.queue.select(RunId::new(13));
    world.press(Key::char('j'));
    assert_eq!(world.wishes, [Wish::UnwatchRun { run: RUN }]);
    rest(&mut world);
    let watched = |run| Wish::WatchHistory { run: RunId::new(run) };
    assert!(world.wishes.contains(&watched(14)) && !world.wishes.contains(&watched(13)));
    // What the queue watched, its screen goes on watching.
    world.wishes.clear();
    world.press(ENTER);
    assert_eq!(world.wishes, []);
    world.press(ESCAPE);
    assert_eq!(world.wishes, [Wish::UnwatchRun { run: RunId::new(14) }]);
}

#[test]
fn marked_runs_are_compared() {
    let mut world = world(80, 24);
    world.type_keys("C");
    assert!(notice(&world).contains("two runs or more"), "{}", notice(&world));
    world.model.queue.toggle_mark(RunId::new(7));
    world.model.queue.toggle_mark(RUN);
    world.type_keys("C");
    assert_eq!(world.model.screen, Screen::Compare);
    assert_eq!(world.model.compare.runs, [RunId::new(7), RUN]);
}

/// How long a frame takes of a thousand runs in fifty studies, with a filter and an order:
/// `cargo test --release --lib time_of_a_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
// The figure is what one asks for.
#[allow(clippy::print_stdout)]
fn time_of_a_thousand_runs() {
    const TIMES: u32 = 200;
    let time = at("2026-11-23T22:31:00Z");
    let many = (1..=1000).map(|id| RunSummary {
        study: format!("study {}", id % 50),
        ..summary(id, &format!("dsa mnist-5k seed {id}"), RunState::Queued { since: time })
    });
    let mut world = world_of(200, 60, COLOUR, many.collect());
    world.type_keys("v/mnist seed");
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(200, 60)).unwrap();
    let start = std::time::Instant::now();
    for id in 0..TIMES {
        let changed = summary(u64::from(id) + 1, "changed seed", RunState::Queued { since: time });
        push(&mut world, changed);
        terminal.draw(|frame| view(&world.model, frame)).unwrap();
    }
    println!("a change and a frame: {:?}", start.elapsed() / TIMES);
    let start = std::time::Instant::now();
    for _ in 0..TIMES {
        world.press(Key::char('d'));
        world.press(Key::plain(KeyCode::Backspace));
    }
    println!("a letter of the filter: {:?}", start.elapsed() / (2 * TIMES));
}
