//! Every screen at the four sizes that people have, and at one that is too small.

use ratatui::{Terminal, backend::TestBackend};

use super::{
    painted::in_both_themes,
    recorded::{COLOUR, EVENTS, RUN, World, at, model, queue, worker},
};
use crate::{
    queue::{RunState, RunSummary},
    record::Fact,
    tui::{
        key::Key,
        link::LinkNews,
        look::Look,
        model::panels::{Focus, Panel},
        msg::{Effect, Msg},
        tty::Window,
        view::view,
    },
    wire::message::{Message, Wish},
};
use crossterm::event::KeyCode;

pub const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

pub fn picture(world: &World) -> String {
    let window = world.model.window;
    let mut terminal = Terminal::new(TestBackend::new(window.columns, window.rows)).unwrap();
    terminal.draw(|frame| view(&world.model, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = (0..window.rows).map(|y| {
        (0..window.columns)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
            .trim_end()
            .to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn at_every_size(name: &str, look: Look, iteration: u64, prepare: impl Fn(&mut World)) {
    for (columns, rows) in SIZES {
        let mut world = World::at_iteration(columns, rows, look, iteration);
        prepare(&mut world);
        insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), picture(&world));
        if ["new-run", "run-finished"].contains(&name) {
            in_both_themes(name, &mut world);
        }
    }
}

fn open_recorded(world: &mut World) {
    // The run that is busy is selected when the queue is first seen.
    world.press(Key::plain(KeyCode::Enter));
}

fn finish(world: &mut World) {
    world.events.clone_from(&EVENTS);
    world.runs = queue(&EVENTS, RunState::Finished { at: at("2026-11-23T22:39:25Z") });
    world.connect();
}

#[test]
fn queue_screen() {
    at_every_size("queue", COLOUR, 50, |_| {});
}

#[test]
fn queue_screen_with_a_failed_run_selected() {
    at_every_size("queue-failed", COLOUR, 50, |world| world.type_keys("Gk"));
}

#[test]
fn queue_screen_with_a_run_that_waits_for_memory() {
    at_every_size("queue-memory", COLOUR, 50, |world| {
        let is_queued = |run: &&RunSummary| matches!(run.state, RunState::Queued { .. });
        let mut run = world.runs.iter().find(is_queued).unwrap().clone();
        run.memory = 12.0;
        run.waits_for = "waits for 12 of 24 GiB on gpu:0; 8 GiB are free".to_owned();
        world.model.queue.select(run.id);
        world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
        assert!(picture(world).contains("waits for 12 of 24 GiB") || world.model.window.rows < 24);
    });
}

#[test]
fn empty_queue() {
    at_every_size("queue-empty", COLOUR, 0, |world| {
        world.runs.clear();
        world.connect();
    });
}

#[test]
fn new_run_screen() {
    at_every_size("new-run", COLOUR, 50, |world| world.type_keys("n"));
}

#[test]
fn running_run() {
    at_every_size("run", COLOUR, 50, open_recorded);
}

#[test]
fn finished_run() {
    at_every_size("run-finished", COLOUR, 50, |world| {
        finish(world);
        open_recorded(world);
    });
}

#[test]
fn panels_of_a_small_window() {
    for (name, panel) in [
        ("distance", Panel::Distance),
        ("accuracy", Panel::Accuracy),
        ("classes", Panel::Classes),
        ("log", Panel::Log),
        ("scores", Panel::Scores),
    ] {
        let mut world = World::at_iteration(40, 12, COLOUR, 50);
        finish(&mut world);
        open_recorded(&mut world);
        for _ in Panel::ALL {
            if world.model.open_run().unwrap().focus.panel != panel {
                world.press(Key::plain(KeyCode::Tab));
            }
        }
        insta::assert_snapshot!(format!("run-{name}-40x12"), picture(&world));
    }
}

#[test]
fn every_panel_has_the_screen_for_itself() {
    for (place, panel) in Panel::ALL.into_iter().enumerate() {
        let mut world = World::at_iteration(120, 40, COLOUR, 50);
        finish(&mut world);
        open_recorded(&mut world);
        world.model.open_run_mut().unwrap().focus = Focus { panel, alone: false };
        world.type_keys("f");
        insta::assert_snapshot!(format!("run-alone-{place}-120x40"), picture(&world));
    }
}

#[test]
fn the_folder_of_a_run_is_copied_and_its_files_are_asked_for_when_they_are_shown() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    open_recorded(&mut world);
    let asked = |world: &World| {
        world
            .wishes
            .iter()
            .filter(|wish| **wish == Wish::Artefacts { run: RUN, whole: false })
            .count()
    };
    assert_eq!(asked(&world), 0);
    world.press(Key::plain(KeyCode::BackTab));
    assert_eq!(world.model.open_run().unwrap().focus.panel, Panel::Artefacts);
    assert_eq!(asked(&world), 1);
    let newer = &EVENTS[world.events.len()..];
    let first = newer.iter().position(|event| !matches!(event.fact, Fact::Iteration(_))).unwrap();
    for (events, times) in [(&newer[..first], 1), (&newer[first..=first], 2)] {
        let events = events.to_vec();
        world.send(Msg::here(LinkNews::Pushed(Message::Events { run: RUN, events })));
        assert_eq!(asked(&world), times, "a fact that comes with a file makes the list old");
    }
    world.type_keys("Y");
    assert!(matches!(world.terminal.last(), Some(Effect::Copy(path)) if path == "/data/runs/0012"));
}

#[test]
fn charts_are_zoomed_smoothed_and_read() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    finish(&mut world);
    open_recorded(&mut world);
    world.press(Key::plain(KeyCode::Tab));
    world.type_keys("++wwhhL");
    insta::assert_snapshot!("run-zoomed-120x40", picture(&world));
    world.type_keys("0WWLx");
    let shown = picture(&world);
    assert!(!shown.contains("log"), "{shown}");
    insta::assert_snapshot!("run-wall-time-120x40", shown);
}

#[test]
fn the_axis_is_named_and_the_cursor_stays_at_its_iteration() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    finish(&mut world);
    open_recorded(&mut world);
    world.type_keys("hh");
    let view = |world: &World| world.model.open_run().unwrap().view;
    assert_eq!(view(&world).cursor, Some(99.0));
    for name in ["wall time", "device time", "iteration"] {
        world.type_keys("x");
        let shown = picture(&world);
        assert!(shown.contains(&format!(" {name} ─╯")), "{shown}");
        assert!(view(&world).cursor.is_some(), "{name}");
    }
    assert_eq!(view(&world).cursor, Some(99.0));
}

#[test]
fn a_chart_is_written_into_files() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    open_recorded(&mut world);
    world.press(Key::plain(KeyCode::Tab));
    world.type_keys("X");
    let Some(Effect::Write(files)) = world.terminal.last() else { panic!("{:?}", world.terminal) };
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    let stem = "run-12-matching-distance";
    assert_eq!(names, ["svg", "png", "csv"].map(|kind| format!("{stem}.{kind}")));
    let csv = String::from_utf8(files[2].1.clone()).unwrap();
    assert_eq!(csv.lines().count(), 51, "{csv}");
}

#[test]
fn help() {
    at_every_size("help", COLOUR, 50, |world| {
        open_recorded(world);
        world.type_keys("?");
    });
}

#[test]
fn question_before_a_run_is_given_up() {
    at_every_size("cancel", COLOUR, 50, |world| {
        open_recorded(world);
        world.type_keys("c");
    });
}

#[test]
fn ascii() {
    let look = Look::bare(true, false);
    let mut world = World::at_iteration(120, 40, look, 50);
    insta::assert_snapshot!("ascii-queue-120x40", picture(&world));
    open_recorded(&mut world);
    let shown = picture(&world);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("ascii-run-120x40", shown);
}

#[test]
fn every_screen_is_ascii_in_ascii_mode() {
    let look = Look::bare(true, false);
    for keys in ["", "n", "?", "l?", "lc", "gj", "lp"] {
        let mut world = World::at_iteration(100, 36, look, 50);
        world.type_keys(keys);
        let shown = picture(&world);
        assert!(shown.is_ascii(), "{keys}:\n{shown}");
    }
}

#[test]
fn too_small() {
    let mut world = World::at_iteration(20, 5, COLOUR, 50);
    insta::assert_snapshot!("too-small-20x5", picture(&world));
    open_recorded(&mut world);
    let words: Vec<String> = picture(&world).split_whitespace().map(ToOwned::to_owned).collect();
    assert!(words.join(" ").contains("needs 40 x 12, this is 20 x 5"));
}

#[test]
fn no_size_is_a_panic() {
    for (columns, rows) in (1..50).step_by(3).flat_map(|x| (1..30).map(move |y| (x, y))) {
        let mut world = World::at_iteration(columns, rows, COLOUR, 50);
        for keys in ["", "?", "?c", "n", "n"] {
            world.type_keys(keys);
            picture(&world);
        }
        world.press(Key::plain(KeyCode::Esc));
        open_recorded(&mut world);
        picture(&world);
    }
}

#[test]
fn a_window_that_changes_is_followed() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    open_recorded(&mut world);
    let large = picture(&world);
    for (columns, rows) in [(80, 24), (40, 12), (120, 40)] {
        world.send(Msg::Measured(Window { columns, rows, cell: None }));
    }
    assert_eq!(picture(&world), large);
}

#[test]
fn without_colour_states_are_words_and_signs() {
    let look = Look::bare(false, false);
    let mut world = World::new(
        model(120, 40, look, false),
        queue(&[], RunState::Paused { worker: worker() }),
        Vec::new(),
    );
    world.connect();
    let shown = picture(&world);
    for state in [
        "✓ finished",
        "✗ failed",
        "! interrupted",
        "■ stopped",
        "⊘ cancelled",
        "‖ pausing",
        "○ queued",
    ] {
        assert!(shown.contains(state), "{state}\n{shown}");
    }
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| view(&world.model, frame)).unwrap();
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
}
