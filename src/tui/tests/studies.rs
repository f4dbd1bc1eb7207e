//! The studies: what is shown of them, what keys do there, and what the daemon is asked.

use std::collections::BTreeMap;

use crossterm::event::KeyCode;

use super::{
    painted::in_both_themes,
    recorded::{COLOUR, World, at, events_until, summary, worker},
    screens::{SIZES, picture},
};
use crate::{
    queue::{RunId, RunState, RunSummary},
    record::{Event, Fact},
    study::{
        Costs, Known, Outcome, Scored, Stands, Study, StudySummary, definition::Shipped,
        results::Score,
    },
    tui::{
        key::Key,
        link::LinkNews,
        look::Look,
        model::{Overlay, Screen, studies::Face},
        msg::{Effect, Later, Msg},
    },
    wire::message::{Answer, Message, StudyName, Wish},
};

fn study(name: &str) -> Study {
    Study::read(name, Shipped::find(name).unwrap().text).unwrap()
}

/// A number between 0 and 1 that looks like chance and is always the same.
fn noise(at: usize) -> f64 {
    (at * 7919 % 997) as f64 / 997.0
}

/// Runs that fill the cells of a study: most are done, and of those that are not one is of every kind.
fn stands(study: &Study) -> Stands {
    let mut works = Vec::new();
    for cell in &study.cells {
        for (spec, work) in cell.specs.iter().zip(&cell.works) {
            if !works.iter().any(|(_, other)| other == work) {
                works.push((spec.clone(), work.clone()));
            }
        }
    }
    let count = works.len();
    let names = |work: &crate::spec::Spec| {
        let others = work.evaluate.also_on.list().iter().map(ToString::to_string);
        [String::new()].into_iter().chain(others).collect::<Vec<_>>()
    };
    let (mut known, mut costs) = (Vec::new(), Vec::new());
    for (at, (spec, work)) in works.iter().enumerate() {
        let run = 30 + at as u64;
        let tasks = work.continual.steps as u64;
        let mut scores = BTreeMap::new();
        let mut secs = BTreeMap::new();
        for (place, network) in names(work).into_iter().enumerate() {
            let base = 0.6 + 0.3 * noise(place + 3) + 0.05 * noise(7 * at + place);
            let networks: Vec<f64> = (0..3).map(|i| base + 0.01 * noise(at + i)).collect();
            for after in 0..=tasks {
                let learned = if after == 0 { tasks } else { after };
                let falls = 0.04 * learned as f64;
                let by_task = (0..learned)
                    .map(|task| base - 0.05 * (learned - 1 - task) as f64 - 0.01 * noise(at))
                    .collect();
                let networks = networks.iter().map(|value| value - falls).collect();
                let scored = Scored { network: network.clone(), after };
                scores.insert(scored, Score { networks, by_task });
            }
            secs.insert(network, 2.0 + noise(place));
        }
        let outcome = match count - at {
            // The reference of a search stands last.
            _ if study.definition.search.is_some() && at + 1 == count => Outcome::Finished(scores),
            // Pairs say something only where both are done.
            _ if !study.definition.compare.is_empty() => Outcome::Finished(scores),
            2 => Outcome::Running(0.42),
            3 => Outcome::Waiting,
            4 => Outcome::Failed("the matching distance is NaN at iteration 310".to_owned()),
            5 => continue,
            _ => Outcome::Finished(scores),
        };
        let run = RunId::new(run);
        costs.push(Costs { run, evaluation_secs: secs, making_secs: 70.0, images: Some(100) });
        known.push(Known::new(run, spec, outcome));
    }
    study.stands(&known, &costs)
}

/// A screen at the list of studies.
fn world(columns: u16, rows: u16, look: Look) -> World {
    let mut world = World::at_iteration(columns, rows, look, 50);
    for (at_run, state) in [(30, None), (31, None), (47, Some(()))] {
        let running = RunState::Running { worker: worker() };
        let finished = RunState::Finished { at: at("2026-11-23T22:39:25Z") };
        let state = if state.is_some() { running } else { finished };
        world.runs.push(summary(at_run, "a run of a study", state));
    }
    world.connect();
    world.type_keys("2");
    let done = ["table-1-small", "ablation-siamese-small"];
    let list = crate::study::STUDIES.iter().map(|shipped| {
        let study = study(shipped.name);
        let mut progress = study.progress(&[]);
        if done.contains(&shipped.name) {
            (progress.done, progress.missing, progress.runs_missing) = (progress.cells, 0, 0);
        } else if shipped.name == "nas-small" {
            (progress.done, progress.running, progress.failed, progress.missing) = (4, 1, 1, 1);
            progress.runs_missing = 2;
        }
        let (name, purpose) = (study.name.clone(), study.purpose.clone());
        StudySummary { name, purpose, progress, fault: String::new() }
    });
    let mut studies: Vec<StudySummary> = list.collect();
    studies.push(StudySummary {
        name: "mine".to_owned(),
        purpose: String::new(),
        progress: crate::study::Progress::default(),
        fault: "mine: missing field `corner` at line \u{1b}[31m3".to_owned(),
    });
    reply(&mut world, Wish::Studies, Answer::Studies { studies });
    world
}

fn reply(world: &mut World, wish: Wish, answer: Answer) {
    world.send(Msg::here(LinkNews::Replied { wish, answer }));
}

fn named(name: &str) -> StudyName {
    StudyName { name: name.to_owned(), text: String::new() }
}

fn tell(world: &mut World, name: &str) {
    let stands = Box::new(stands(&study(name)));
    reply(world, Wish::Study(named(name)), Answer::Study { name: name.to_owned(), stands });
}

/// A screen at a study.
fn at_study(columns: u16, rows: u16, look: Look, name: &str) -> World {
    let mut world = world(columns, rows, look);
    let place = world.model.studies.list.iter().position(|study| study.name == name).unwrap();
    world.model.studies.selected = place;
    world.press(Key::plain(KeyCode::Enter));
    tell(&mut world, name);
    world
}

#[test]
fn the_list_at_every_size() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows, COLOUR);
        world.type_keys("jj");
        insta::assert_snapshot!(format!("studies-{columns}x{rows}"), picture(&world));
        in_both_themes("studies", &mut world);
    }
}

#[test]
fn keys_that_come_before_the_list_count() {
    for (keys, selected) in [("2jj", 2), ("2G", 3), ("2jk", 0)] {
        let mut world = World::at_iteration(120, 40, COLOUR, 50);
        world.type_keys(keys);
        let summary = |name: &str| StudySummary {
            name: name.to_owned(),
            purpose: String::new(),
            progress: crate::study::Progress::default(),
            fault: String::new(),
        };
        let studies = ["a", "b", "c", "d"].map(summary).to_vec();
        reply(&mut world, Wish::Studies, Answer::Studies { studies });
        assert_eq!(world.model.studies.selected, selected, "{keys}");
    }
}

#[test]
fn every_kind_of_study_at_every_size() {
    let kinds = [
        ("table-1-mnist", "study-table"),
        ("cross-architecture-small", "study-networks"),
        ("continual-digits-small", "study-tasks"),
        ("nas-small", "study-search"),
        ("ablation-siamese-small", "study-compared"),
    ];
    for (name, shown) in kinds {
        for (columns, rows) in SIZES {
            let mut world = at_study(columns, rows, COLOUR, name);
            world.type_keys("jl");
            insta::assert_snapshot!(format!("{shown}-{columns}x{rows}"), picture(&world));
            in_both_themes(shown, &mut world);
        }
    }
}

#[test]
fn every_part_in_a_small_window() {
    for (name, faces) in
        [("continual-digits-small", 3), ("nas-small", 3), ("ablation-siamese-small", 1)]
    {
        for face in 1..=faces {
            let mut world = at_study(80, 24, COLOUR, name);
            (0..face).for_each(|_| world.press(Key::plain(KeyCode::Tab)));
            insta::assert_snapshot!(format!("{name}-part-{face}-80x24"), picture(&world));
        }
    }
}

#[test]
fn a_study_is_edited_and_the_list_is_asked_for_again() {
    let mut world = world(120, 40, COLOUR);
    let name = world.model.studies.selected().unwrap().name.clone();
    world.type_keys("e");
    let edits = |effect: &Effect| matches!(effect, Effect::EditStudy { name: of } if *of == name);
    assert!(world.terminal.iter().any(edits), "{:?}", world.terminal);
    world.send(Msg::Due(Later::Studies));
    world.wishes.clear();
    world.send(Msg::Written(Ok("kept".to_owned())));
    assert_eq!(world.wishes, [Wish::Studies]);
}

#[test]
fn without_unicode_it_is_ascii() {
    for name in ["table-1-mnist", "cross-architecture-small", "continual-digits-small", "nas-small"]
    {
        let mut world = at_study(120, 40, Look::bare(true, false), name);
        let shown = picture(&world);
        assert!(shown.is_ascii(), "{shown}");
        world.press(Key::plain(KeyCode::Tab));
        assert!(picture(&world).is_ascii());
    }
}

#[test]
fn cells_show_ours_the_published_number_or_the_difference() {
    let mut world = at_study(60, 24, COLOUR, "table-1-mnist");
    assert!(picture(&world).contains(" ours ") && !picture(&world).contains("(64.9±3.5)"));
    world.type_keys("mm");
    let published = picture(&world);
    assert!(published.contains("64.9±3.5") && published.contains(" published "), "{published}");
    world.type_keys("m");
    assert!(picture(&world).contains("ours minus published"));
    let wide = at_study(120, 40, COLOUR, "table-1-mnist");
    assert!(picture(&wide).contains("(64.9±3.5)"));
}

#[test]
fn a_cell_leads_to_the_run_that_tells_most_and_back() {
    let mut world = at_study(120, 40, COLOUR, "table-1-mnist");
    world.press(Key::plain(KeyCode::Enter));
    assert_eq!((world.model.screen, world.model.open), (Screen::Run, Some(RunId::new(30))));
    world.press(Key::plain(KeyCode::Esc));
    assert_eq!(world.model.screen, Screen::Studies);
    assert!(world.model.studies.open.is_some());
    world.press(Key::plain(KeyCode::Esc));
    assert!(world.model.studies.open.is_none() && world.model.screen == Screen::Studies);
    world.press(Key::plain(KeyCode::Esc));
    assert_eq!(world.model.screen, Screen::Queue);
    // A run that was opened from the queue leads back to the queue.
    world.press(Key::plain(KeyCode::Enter));
    world.press(Key::plain(KeyCode::Esc));
    assert_eq!(world.model.screen, Screen::Queue);
}

#[test]
fn a_cell_without_runs_says_so() {
    let mut world = at_study(120, 40, COLOUR, "table-1-mnist");
    let study = study("table-1-mnist");
    let nothing = Box::new(study.stands(&[], &[]));
    let name = "table-1-mnist".to_owned();
    let answer = Answer::Study { name, stands: nothing };
    reply(&mut world, Wish::Study(named("table-1-mnist")), answer);
    world.press(Key::plain(KeyCode::Enter));
    assert_eq!(world.model.screen, Screen::Studies);
    assert!(world.model.notice.as_ref().unwrap().text.contains("no run has been added"));
    world.model.notice = None;
    world.lay_keys("[study]\nadd-runs = \"f4\"\n");
    assert!(picture(&world).contains("F4 adds those that are missing"), "{}", picture(&world));
}

#[test]
fn a_change_of_a_run_is_asked_about_once_a_second() {
    let mut world = at_study(120, 40, COLOUR, "table-1-mnist");
    let asked =
        |world: &World| world.wishes.iter().filter(|wish| matches!(wish, Wish::Study(_))).count();
    let before = asked(&world);
    let change = |world: &mut World, share: f64| {
        let mut run: RunSummary = world.runs.last().unwrap().clone();
        run.digest.share = share;
        world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
    };
    change(&mut world, 0.5);
    assert_eq!(asked(&world), before, "it was asked not a second ago");
    world.send(Msg::Due(Later::Studies));
    assert_eq!(asked(&world), before + 1);
    tell(&mut world, "table-1-mnist");
    world.send(Msg::Due(Later::Studies));
    change(&mut world, 0.5001);
    assert_eq!(asked(&world), before + 1, "the percentage is the same");
    change(&mut world, 0.52);
    assert_eq!(asked(&world), before + 2);
    world.press(Key::plain(KeyCode::Esc));
    world.press(Key::plain(KeyCode::Esc));
    tell(&mut world, "table-1-mnist");
    world.send(Msg::Due(Later::Studies));
    change(&mut world, 0.8);
    assert_eq!(asked(&world), before + 2, "nobody looks at it");
}

#[test]
fn missing_runs_are_added_after_a_question() {
    let mut world = at_study(80, 24, COLOUR, "table-1-mnist");
    world.type_keys("a");
    let dry = Wish::AddStudy { study: named("table-1-mnist"), dry: true };
    assert_eq!(world.wishes.last(), Some(&dry));
    let study = study("table-1-mnist");
    let wanted = study.wanted(&[]).missing;
    let missing: Vec<String> = wanted.iter().take(3).map(crate::spec::Spec::to_toml).collect();
    let there = vec![RunId::new(30)];
    let answer = Answer::StudyRuns { there, missing, added: Vec::new() };
    reply(&mut world, dry.clone(), answer);
    assert_eq!(world.model.overlay, Some(Overlay::AddRuns));
    insta::assert_snapshot!("study-add-80x24", picture(&world));
    world.type_keys("n");
    assert_eq!(world.model.overlay, None);
    world.type_keys("a");
    let missing = vec![wanted[0].to_toml()];
    let answer = Answer::StudyRuns { there: Vec::new(), missing, added: Vec::new() };
    reply(&mut world, dry.clone(), answer);
    world.type_keys("y");
    let add = Wish::AddStudy { study: named("table-1-mnist"), dry: false };
    assert_eq!(world.wishes.last(), Some(&add));
    let added = vec![RunId::new(99)];
    reply(&mut world, add, Answer::StudyRuns { there: Vec::new(), missing: Vec::new(), added });
    assert_eq!(world.model.notice.as_ref().unwrap().text, "1 run of table-1-mnist added");
    world.type_keys("a");
    let answer =
        Answer::StudyRuns { there: vec![RunId::new(99)], missing: Vec::new(), added: Vec::new() };
    reply(&mut world, dry, answer);
    assert_eq!(world.model.overlay, None, "there is nothing to ask");
}

#[test]
fn a_filter_leaves_some_architectures() {
    let mut world = at_study(120, 40, COLOUR, "nas-small");
    world.type_keys("/D2 W16");
    let open = world.model.studies.open.as_ref().unwrap();
    assert!(open.is_typing && open.face == Face::Ranks && open.filter.text() == "D2 W16");
    let shown = picture(&world);
    assert!(shown.contains("ConvNetD2W16") && !shown.contains("ConvNetD1W8"), "{shown}");
    assert!(shown.contains("rank 1 of 8") && shown.contains("over these"), "{shown}");
    world.press(Key::plain(KeyCode::Enter));
    world.type_keys("jj");
    assert_eq!(world.model.studies.open.as_ref().unwrap().place, 2);
    world.type_keys("/");
    world.press(Key::plain(KeyCode::Esc));
    assert_eq!(world.model.studies.open.as_ref().unwrap().filter.text(), "");
}

/// The log of a run that keeps pictures of two tasks: the recorded one's, under other names.
fn of_two_tasks() -> Vec<Event> {
    let mut events = Vec::new();
    for (task, names) in [(0, ["even", "odd"]), (1, ["low", "high"])] {
        for event in events_until(50) {
            let fact = match event.fact {
                Fact::Plan(mut plan) => {
                    for (class, name) in plan.classes.iter_mut().enumerate() {
                        *name = format!("{} {class}", names[class % 2]);
                    }
                    Fact::Plan(plan)
                }
                Fact::Snapshot(_) => event.fact.within(100 * task, &format!("tasks/0{}", task + 1)),
                _ => continue,
            };
            events.push(Event { seq: events.len() as u64 + 1, fact, ..event });
        }
    }
    events
}

/// A screen at a study of tasks, with the cursor on a cell whose run keeps pictures.
fn at_memory(columns: u16, rows: u16) -> World {
    let mut world = world(columns, rows, COLOUR);
    world.events = of_two_tasks();
    world.alike.insert(RunId::new(31), String::new());
    let name = "continual-digits-small";
    let place = world.model.studies.list.iter().position(|study| study.name == name).unwrap();
    world.model.studies.selected = place;
    world.press(Key::plain(KeyCode::Enter));
    tell(&mut world, name);
    world.type_keys("jl");
    world.model.studies.open.as_mut().unwrap().face = Face::Memory;
    world.press(Key::control('l'));
    world
}

/// The cursor rests: what waits for that is due.
fn rest(world: &mut World) {
    for effect in std::mem::take(&mut world.terminal) {
        if let Effect::Wait { then: then @ Later::Preview { .. }, .. } = effect {
            world.send(Msg::Due(then));
        }
    }
}

#[test]
fn the_memory_of_a_run_is_shown_class_by_class() {
    for (columns, rows) in SIZES {
        let mut world = at_memory(columns, rows);
        rest(&mut world);
        insta::assert_snapshot!(format!("study-memory-{columns}x{rows}"), picture(&world));
    }
}

#[test]
fn a_memory_is_that_of_the_tasks_so_far_of_the_run_under_the_cursor() {
    let mut world = at_memory(120, 40);
    let watched =
        |world: &World| world.wishes.contains(&Wish::WatchHistory { run: RunId::new(31) });
    assert!(!watched(&world) && picture(&world).contains("nothing is kept of a task yet"));
    rest(&mut world);
    let names = |world: &World| world.model.studies.open.as_ref().unwrap().memory.names().to_vec();
    assert!(watched(&world));
    assert_eq!((names(&world).len(), names(&world)[19].as_str()), (20, "high 9"));
    world.type_keys("h");
    assert_eq!((names(&world).len(), names(&world)[9].as_str()), (10, "odd 9"));
    let shown = picture(&world);
    assert!(shown.contains("Memory of Herding") && shown.contains("even 0"), "{shown}");
    // Another run is another memory, of which nothing is known yet.
    world.type_keys("k");
    assert!(names(&world).is_empty());
}

#[test]
fn a_figure_is_written() {
    let mut world = at_study(80, 24, COLOUR, "nas-small");
    world.type_keys("x");
    let written = world
        .terminal
        .iter()
        .any(|effect| matches!(effect, Effect::WriteStudy { name, .. } if name == "nas-small"));
    assert!(written);
}

#[test]
fn clicks_select_and_open() {
    let mut world = world(120, 40, COLOUR);
    world.send(Msg::Click { column: 10, row: 6 });
    assert_eq!(world.model.studies.selected, 3);
    world.send(Msg::Click { column: 10, row: 6 });
    assert_eq!(world.model.studies.open.as_ref().unwrap().name, "cross-architecture-small");
    tell(&mut world, "cross-architecture-small");
    let shown = picture(&world);
    let row = shown.lines().position(|line| line.contains("│ LeNet")).unwrap();
    world.send(Msg::Click { column: 30, row: row as u16 });
    let open = world.model.studies.open.as_ref().unwrap();
    assert_eq!((open.row, open.column), (2, 1), "{shown}");
}

#[test]
fn what_a_study_or_a_run_is_called_cannot_break_out() {
    let mut world = at_study(120, 40, COLOUR, "table-1-mnist");
    let hostile = "\u{1b}[2Jred\u{202e}\u{200b}";
    let Some(Stands::Table(table)) = &mut world.model.studies.open.as_mut().unwrap().stands else {
        panic!()
    };
    table.title = hostile.to_owned();
    table.rows[0].0 = hostile.to_owned();
    table.columns[0] = hostile.to_owned();
    let shown = picture(&world);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{shown:?}");
}
