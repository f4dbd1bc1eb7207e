//! Runs side by side: what is shown of them, and what keys do there.

use crossterm::event::KeyCode;
use jiff::SignedDuration;

use super::{
    painted::in_both_themes,
    recorded::{COLOUR, EVENTS, World, at, recorded_summary},
    screens::{SIZES, picture},
};
use crate::{
    config::KeyLine,
    queue::{RunId, RunState, RunSummary},
    record::{Fact, event::Subject},
    spec::{Method, Sharing, defaults::published},
    tui::{
        key::Key,
        keymap::Keymap,
        look::Look,
        media::Grid,
        model::{Screen, compare::Part},
        msg::{Effect, Later, Msg},
        screens,
        update::compare,
    },
    wire::message::Wish,
};

/// Three paired seeds, siamese and independent, all through.
fn world(columns: u16, rows: u16, look: Look) -> World {
    let mut world = World::at_iteration(columns, rows, look, 50);
    world.events.clone_from(&EVENTS);
    let at = at("2026-11-23T22:39:25Z");
    for seed in 0..3 {
        for (place, sharing) in [Sharing::Siamese, Sharing::Independent].into_iter().enumerate() {
            let mut spec = published(Method::Dsa, "mnist-5k", 1);
            (spec.seed, spec.augment.sharing) = (seed, sharing);
            let mut run = recorded_summary(RunState::Finished { at }, &EVENTS);
            run.id = RunId::new(21 + 2 * seed + place as u64);
            world.alike.insert(run.id, spec.to_toml());
            world.runs.push(run);
        }
    }
    world.connect();
    let runs = world.alike.keys().copied().collect();
    let effects = compare::begin(&mut world.model, runs);
    assert!(effects.is_empty());
    world.send(Msg::Tick);
    world
}

/// Siamese is better by 1, 2 and 3 points.
fn score(world: &mut World) {
    for (run, points) in [(21, 91.0), (22, 90.0), (23, 92.0), (24, 90.0), (25, 93.0), (26, 90.0)] {
        let open = world.model.runs.get_mut(RunId::new(run)).unwrap();
        let own = open.history.scores.iter_mut().filter(|one| one.subject == Subject::Synthetic);
        own.for_each(|one| one.accuracies = vec![points / 100.0; 5]);
    }
}

#[test]
fn the_screen_at_every_size() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows, COLOUR);
        score(&mut world);
        insta::assert_snapshot!(format!("compare-{columns}x{rows}"), picture(&world));
        in_both_themes("compare", &mut world);
    }
    let mut small = world(40, 12, COLOUR);
    for part in ["images", "distance", "accuracy"] {
        small.press(Key::plain(KeyCode::Tab));
        insta::assert_snapshot!(format!("compare-{part}-40x12"), picture(&small));
    }
}

#[test]
fn in_ascii_mode_it_is_ascii() {
    let mut world = world(120, 40, Look::bare(true, false));
    score(&mut world);
    let shown = picture(&world);
    assert!(shown.is_ascii(), "{shown}");
}

#[test]
fn the_difference_is_told_with_its_interval_and_its_pairs() {
    let mut world = world(120, 40, COLOUR);
    score(&mut world);
    let shown = picture(&world);
    assert!(shown.contains("+2.00 ± 2.48 points  (95 %), p = 0.0742, 3 pairs"), "{shown}");
    assert!(shown.contains("augment.sharing  A siamese"), "{shown}");
}

#[test]
fn both_pictures_are_of_the_same_iteration_and_go_together() {
    let mut world = world(120, 40, COLOUR);
    let shown = |world: &World| {
        [21, 22].map(|run| {
            let gallery = &world.model.runs.get(RunId::new(run)).unwrap().gallery;
            gallery.sheet.as_ref().unwrap().snapshot.iteration
        })
    };
    let newest = shown(&world)[0];
    assert_eq!(shown(&world), [newest; 2]);
    // One of them goes on; the other has no such picture yet.
    let mut more = EVENTS.last().unwrap().clone();
    more.seq += 1;
    let mut snapshots = EVENTS.iter().filter_map(|event| match &event.fact {
        Fact::Snapshot(snapshot) => Some(snapshot.clone()),
        _ => None,
    });
    let mut newer = snapshots.next_back().unwrap();
    newer.iteration += 2;
    more.fact = Fact::Snapshot(newer);
    let open = world.model.runs.get_mut(RunId::new(21)).unwrap();
    open.take(&[more], at("2026-11-23T22:39:25Z"), COLOUR.symbols());
    world.send(Msg::Tick);
    assert_eq!(shown(&world), [newest; 2]);
    world.type_keys("[[");
    let before = shown(&world);
    assert!(before[0] == before[1] && before[0] < newest, "{before:?}");
    world.press(Key::plain(KeyCode::Home));
    assert_eq!(shown(&world), [0, 0]);
    world.press(Key::plain(KeyCode::End));
    assert_eq!(shown(&world), [newest; 2]);
    assert_eq!(world.model.compare.difference.album.strips().len(), 10);
}

/// Both runs of another seed each, and through.
fn unpaired() -> World {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.events.clone_from(&EVENTS);
    for (seed, sharing) in [(0, Sharing::Siamese), (1, Sharing::Independent)] {
        let mut spec = published(Method::Dsa, "mnist-5k", 1);
        (spec.seed, spec.augment.sharing) = (seed, sharing);
        let finished = RunState::Finished { at: at("2026-11-23T22:39:25Z") };
        let run = RunSummary { id: RunId::new(21 + seed), ..recorded_summary(finished, &EVENTS) };
        world.alike.insert(run.id, spec.to_toml());
        world.runs.push(run);
    }
    world.connect();
    compare::begin(&mut world.model, vec![RunId::new(21), RunId::new(22)]);
    world.send(Msg::Tick);
    world
}

#[test]
fn runs_without_a_common_seed_are_told_why_nothing_will_come() {
    let mut world = unpaired();
    let shown = picture(&world);
    let text = "A - B  no two runs share a seed; queue both sides with the same seeds";
    assert!(shown.contains(text), "{shown}");
    assert!(!shown.contains("no pair is through yet"), "{shown}");
    // A pair that has lost a run is no pair that will be through.
    let spec = world.alike[&RunId::new(22)].replace("seed = 1", "seed = 0");
    world.alike.insert(RunId::new(22), spec);
    world.runs.last_mut().unwrap().state = RunState::Cancelled { at: at("2026-11-23T22:39:25Z") };
    world.model.runs.forget(RunId::new(22));
    world.connect();
    compare::begin(&mut world.model, vec![RunId::new(21), RunId::new(22)]);
    world.send(Msg::Tick);
    let shown = picture(&world);
    assert!(shown.contains("of every pair a run has failed or was given up"), "{shown}");
}

#[test]
fn with_nothing_to_compare_one_sentence_says_how_to_get_a_comparison() {
    for (columns, rows) in SIZES {
        let mut world = World::at_iteration(columns, rows, COLOUR, 50);
        world.type_keys("3");
        insta::assert_snapshot!(format!("compare-nothing-{columns}x{rows}"), picture(&world));
    }
    // The keys are those that work.
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    world.type_keys("3");
    let says = |world: &World, text: &str| {
        let words = picture(world).replace('│', " ");
        words.split_whitespace().collect::<Vec<_>>().join(" ").contains(text)
    };
    assert!(says(&world, "in the queue (Space) and compare them (C)"), "{}", picture(&world));
    let line = KeyLine {
        context: "queue".to_owned(),
        action: "compare".to_owned(),
        keys: vec!["V".to_owned()],
        source: String::new(),
        line: None,
    };
    world.model.keymap = Keymap::new(&[line]).0;
    assert!(says(&world, "and compare them (V)"), "{}", picture(&world));
}

#[test]
fn runs_of_one_side_have_no_panels_of_another() {
    let mut world = world(120, 40, COLOUR);
    compare::begin(&mut world.model, vec![RunId::new(21), RunId::new(23)]);
    world.send(Msg::Tick);
    let shown = picture(&world);
    assert!(shown.contains("one side alone has nothing to be held against"), "{shown}");
    assert!(!shown.contains("Difference"), "{shown}");
}

#[test]
fn images_stand_at_the_same_places_in_all_three_pictures() {
    for columns in 76..84 {
        let mut world = world(columns, 24, COLOUR);
        world.press(Key::plain(KeyCode::Tab));
        let grids = screens::compare::grids(&world.model);
        assert_eq!(grids.len(), 3);
        let places = |grid: &Grid| {
            let first = grid.picture_area(0).unwrap();
            let place = |class| {
                let area = grid.picture_area(class).unwrap();
                (area.x - first.x, area.y - first.y, area.width)
            };
            (0..10).map(place).collect::<Vec<_>>()
        };
        let all: Vec<_> = grids.iter().map(|(_, grid)| places(grid)).collect();
        assert!(all[0] == all[1] && all[1] == all[2], "{columns}");
        let shown = picture(&world);
        assert_eq!(shown.lines().nth(1).unwrap().matches(". 100 ").count(), 3, "{shown}");
    }
}

#[test]
fn a_part_has_the_focus_and_can_have_the_screen() {
    let mut world = world(120, 40, COLOUR);
    world.press(Key::plain(KeyCode::Tab));
    assert_eq!(world.model.compare.part, Part::Images);
    world.press(Key::plain(KeyCode::BackTab));
    world.press(Key::plain(KeyCode::BackTab));
    assert_eq!(world.model.compare.part, Part::Accuracy);
    assert!(picture(&world).contains(" Distance "));
    world.type_keys("f");
    let shown = picture(&world);
    assert!(shown.contains(" Accuracy ") && !shown.contains(" Distance "), "{shown}");
    world.type_keys("f");
    assert!(picture(&world).contains(" Distance "));
    // A click chooses too.
    world.send(Msg::Click { column: 3, row: 20 });
    assert_eq!(world.model.compare.part, Part::Images);
}

#[test]
fn what_has_the_focus_is_written_into_files() {
    let mut world = world(120, 40, COLOUR);
    let mut written = || {
        world.terminal.clear();
        world.type_keys("X");
        world.press(Key::plain(KeyCode::Tab));
        let Some(Effect::Write(files)) = world.terminal.first() else { panic!() };
        files.iter().map(|file| file.0.clone()).collect::<Vec<_>>().join(" ")
    };
    let distance =
        "distance-of-runs-21-22.svg distance-of-runs-21-22.png distance-of-runs-21-22.csv";
    assert_eq!(written(), format!("{distance} {}", distance.replace("distance", "accuracy")));
    assert_eq!(written(), "images-of-runs-21-and-22-iteration-100.png");
    assert_eq!(written(), distance);
    assert_eq!(written(), distance.replace("distance", "accuracy"));
}

#[test]
fn the_history_of_both_pictures_plays_by_itself() {
    let mut world = world(120, 40, COLOUR);
    world.terminal.clear();
    world.type_keys(" ");
    let mut seen = Vec::new();
    while let Some(Effect::Wait { then: Later::NextPicture, .. }) = world.terminal.pop() {
        seen.push(world.model.compare.at.unwrap());
        world.send(Msg::Due(Later::NextPicture));
    }
    assert!(seen.len() > 2 && seen[0] == 0 && seen.is_sorted(), "{seen:?}");
    assert_eq!((world.model.compare.at, world.model.compare.playing), (None, false));
    // By hand it ends.
    world.type_keys(" [");
    assert!(!world.model.compare.playing);
}

#[test]
fn leaving_it_ends_the_watching_of_its_runs() {
    let mut world = world(120, 40, COLOUR);
    world.wishes.clear();
    world.press(Key::plain(KeyCode::Esc));
    assert_eq!(world.model.screen, Screen::Queue);
    let unwatched =
        world.wishes.iter().filter(|wish| matches!(wish, Wish::UnwatchRun { .. })).count();
    assert_eq!(unwatched, 6);
    world.model.now += SignedDuration::from_secs(1);
    assert!(!world.terminal.iter().any(|effect| matches!(effect, Effect::Quit)));
}
