//! The form for a new run: what it shows, and what keys make of it.

use crossterm::event::KeyCode;

use super::{
    painted::in_both_themes,
    recorded::{COLOUR, World},
    screens::{SIZES, picture},
};
use crate::{
    queue::{Command, Expected, RunId},
    spec::{
        Sharing, Spec,
        parse::{Typed, parse},
    },
    tui::{
        key::Key,
        link::LinkNews,
        look::Look,
        model::Screen,
        msg::{Effect, Msg},
    },
    wire::message::{Answer, Wish},
};

const ENTER: Key = Key::plain(KeyCode::Enter);

fn at_form(columns: u16, rows: u16, look: Look) -> World {
    let mut world = World::at_iteration(columns, rows, look, 50);
    world.type_keys("ne");
    assert_eq!(world.model.screen, Screen::Form);
    world
}

fn specs(world: &World) -> Vec<Spec> {
    let added = world.wishes.iter().filter_map(|wish| match wish {
        Wish::Command(Command::Add { spec, .. }) => Some(spec),
        _ => None,
    });
    added.map(|text| parse(&Typed { source: "added", text, set: &[] }).unwrap()).collect()
}

/// Selects the field of this key.
fn select(world: &mut World, key: &str) {
    let form = world.model.form.as_mut().unwrap();
    let place = form.fields().iter().position(|field| field.key == key);
    form.selected = place.unwrap();
}

fn replace(world: &mut World, text: &str) {
    world.press(Key::control('u'));
    world.type_keys(text);
}

#[test]
fn the_screen_at_every_size() {
    for (columns, rows) in SIZES {
        let mut world = at_form(columns, rows, COLOUR);
        select(&mut world, "ipc");
        world.press(ENTER);
        replace(&mut world, "10");
        world.press(ENTER);
        insta::assert_snapshot!(format!("form-{columns}x{rows}"), picture(&world));
        in_both_themes("form", &mut world);
    }
    let mut world = at_form(120, 40, COLOUR);
    world.type_keys("t");
    insta::assert_snapshot!("form-toml-120x40", picture(&world));
    let ascii = at_form(120, 40, Look::bare(true, false));
    assert!(picture(&ascii).is_ascii());
}

#[test]
fn a_value_is_checked_while_it_is_typed_and_a_wrong_one_is_not_taken() {
    let mut world = at_form(120, 40, COLOUR);
    select(&mut world, "condense.image_lr");
    world.press(ENTER);
    replace(&mut world, "fast");
    assert!(picture(&world).contains("allowed: a number"), "{}", picture(&world));
    world.press(ENTER);
    assert!(world.model.form.as_ref().unwrap().typing.is_some(), "it stays to be mended");
    replace(&mut world, "0.5");
    world.press(ENTER);
    world.type_keys("s");
    assert!((specs(&world)[0].condense.image_lr - 0.5).abs() < 1e-12);
}

#[test]
fn letters_are_text_while_a_value_is_typed_and_keys_otherwise() {
    let mut world = at_form(120, 40, COLOUR);
    select(&mut world, "name");
    world.press(ENTER);
    replace(&mut world, "sq?");
    world.send(Msg::Paste(" pasted\n".to_owned()));
    world.press(ENTER);
    assert_eq!(world.model.form.as_ref().unwrap().draft.spec.as_ref().unwrap().name, "sq? pasted");
    world.press(Key::plain(KeyCode::Delete));
    assert!(world.model.form.as_ref().unwrap().draft.is_as_it_was());
}

#[test]
fn choices_go_round_and_fields_come_and_go_with_the_method() {
    let mut world = at_form(120, 40, COLOUR);
    select(&mut world, "method");
    let before = world.model.form.as_ref().unwrap().fields().len();
    let value = |world: &World| {
        let form = world.model.form.as_ref().unwrap();
        form.value(form.field().unwrap())
    };
    for _ in 0..20 {
        if value(&world) != "dd" {
            world.press(Key::plain(KeyCode::Right));
        }
    }
    assert_eq!(value(&world), "dd");
    // Its network is another one, which has no width: the preset's is taken out.
    assert!(picture(&world).contains("network.width: lenet has a shape of its own"));
    select(&mut world, "network.width");
    world.press(Key::plain(KeyCode::Delete));
    select(&mut world, "method");
    let form = world.model.form.as_ref().unwrap();
    assert_eq!(form.field().unwrap().key, "method", "the selection stays");
    assert!(form.fields().iter().any(|field| field.key == "unroll.groups"));
    world.type_keys("a");
    assert!(world.model.form.as_ref().unwrap().fields().len() > before);
    world.type_keys("a/unrolled");
    assert!(picture(&world).contains("Unrolled training"), "{}", picture(&world));
    world.press(ENTER);
    let fields = world.model.form.as_ref().unwrap().fields();
    assert!(fields.iter().all(|field| field.key.starts_with("unroll.")), "{fields:?}");
}

#[test]
fn one_key_queues_paired_runs_and_compares_them() {
    let mut world = at_form(120, 40, COLOUR);
    world.type_keys("--S");
    let specs = specs(&world);
    assert_eq!(specs.len(), 6);
    let sharing = |sharing| specs.iter().filter(move |spec| spec.augment.sharing == sharing);
    let seeds = |of| sharing(of).map(|spec| spec.seed).collect::<Vec<_>>();
    assert_eq!(seeds(Sharing::Siamese), seeds(Sharing::Independent));
    let adds: Vec<Wish> = world.wishes.iter().filter(|wish| is_add(wish)).cloned().collect();
    for (run, wish) in (31..).zip(adds) {
        assert_eq!(world.model.screen, Screen::Compare);
        let text = format!("Waiting for 6 runs to be queued; {} are.", run - 31);
        assert!(picture(&world).contains(&text), "{}", picture(&world));
        let answer = Answer::Added { run: RunId::new(run), folder: String::new() };
        world.send(Msg::here(LinkNews::Replied { wish, answer }));
    }
    assert_eq!(world.model.screen, Screen::Compare);
    assert_eq!(world.model.compare.runs.len(), 6);
}

/// Queues a pair, does something, and then lets the daemon answer.
fn after_pairs(meanwhile: impl Fn(&mut World), answer: impl Fn(u64) -> Answer) -> World {
    let mut world = at_form(120, 40, COLOUR);
    world.type_keys("----S");
    let adds: Vec<Wish> = world.wishes.iter().filter(|wish| is_add(wish)).cloned().collect();
    assert_eq!(adds.len(), 2);
    meanwhile(&mut world);
    for (run, wish) in (31..).zip(adds) {
        world.send(Msg::here(LinkNews::Replied { wish, answer: answer(run) }));
    }
    world
}

fn is_added(run: u64) -> Answer {
    Answer::Added { run: RunId::new(run), folder: String::new() }
}

#[test]
fn who_has_gone_elsewhere_stays_there_and_is_told_of_the_comparison() {
    let mut world = after_pairs(|world| world.type_keys("5"), is_added);
    assert_eq!(world.model.screen, Screen::Problems);
    let text = "2 runs are queued to be compared; 3 shows the comparison";
    assert!(picture(&world).contains(text), "{}", picture(&world));
    world.type_keys("3");
    assert_eq!(world.model.compare.runs, [RunId::new(31), RunId::new(32)]);
    // Another comparison is not replaced.
    let world = after_pairs(|world| world.type_keys("1  C"), is_added);
    assert_eq!(world.model.screen, Screen::Compare);
    assert!(!world.model.compare.runs.contains(&RunId::new(31)), "{:?}", world.model.compare.runs);
    assert!(!world.model.compare.runs.is_empty());
}

#[test]
fn pairs_that_are_refused_lead_back_to_the_form() {
    let refused = |_| Answer::Refused { reason: "no room".to_owned(), advice: String::new() };
    let world = after_pairs(|_| {}, refused);
    assert_eq!(world.model.screen, Screen::Form);
    assert!(world.model.notice.as_ref().unwrap().text.contains("no room"));
}

fn is_add(wish: &Wish) -> bool {
    matches!(wish, Wish::Command(Command::Add { .. }))
}

#[test]
fn time_and_memory_are_measured_and_forgotten_when_they_no_longer_hold() {
    let mut world = at_form(120, 40, COLOUR);
    world.type_keys("m");
    let wish = world.wishes.last().unwrap().clone();
    assert!(matches!(wish, Wish::Estimate { .. }), "{wish:?}");
    let expected = Expected {
        device: "cpu".to_owned(),
        condensing_secs: 61.0,
        evaluating_secs: 8.0,
        memory_bytes: 250 << 20,
        ..Expected::default()
    };
    world.send(Msg::here(LinkNews::Replied { wish, answer: Answer::Estimate { expected } }));
    assert!(picture(&world).contains("takes about 1m 09s on cpu"), "{}", picture(&world));
    select(&mut world, "ipc");
    world.press(ENTER);
    replace(&mut world, "2");
    world.press(ENTER);
    assert!(picture(&world).contains("measures a few steps here"), "{}", picture(&world));
}

#[test]
fn the_editor_changes_the_whole_text() {
    let mut world = at_form(120, 40, COLOUR);
    world.type_keys("E");
    let Some(Effect::Edit(text)) = world.terminal.last() else { panic!("{:?}", world.terminal) };
    let text = text.replace("ipc = 1", "ipc = 3");
    world.send(Msg::Edited(Ok(text)));
    world.type_keys("s");
    assert_eq!(specs(&world)[0].ipc, 3);
    world.send(Msg::Edited(Ok("ipc = ".to_owned())));
    world.wishes.clear();
    world.type_keys("s");
    assert!(specs(&world).is_empty() && world.model.notice.as_ref().unwrap().is_bad);
}

#[test]
fn a_draft_is_kept_as_a_preset_under_a_fit_name() {
    let mut world = at_form(120, 40, COLOUR);
    for (name, kept) in [("first-light", false), ("../up", false), ("mine", true)] {
        world.type_keys("w");
        replace(&mut world, name);
        world.press(ENTER);
        let written = matches!(world.terminal.last(), Some(Effect::SavePreset { .. }));
        assert_eq!(written, kept, "{name}: {:?}", world.model.notice);
        world.press(Key::plain(KeyCode::Esc));
    }
    assert_eq!(world.model.screen, Screen::Presets);
    world.type_keys("G");
    assert!(picture(&world).contains("mine"), "{}", picture(&world));
    world.type_keys("ey");
    assert!(matches!(world.terminal.last(), Some(Effect::Copy(text)) if text.contains("ipc = 1")));
}

#[test]
fn who_has_gone_elsewhere_is_told_and_not_called_back() {
    let mut world = World::at_iteration(100, 30, COLOUR, 0);
    world.type_keys("n");
    world.type_keys("1");
    let add = Command::Add {
        spec: String::new(),
        source: String::new(),
        front: false,
        study: String::new(),
    };
    let answer = Answer::Added { run: RunId::new(77), folder: String::new() };
    world.send(Msg::here(LinkNews::Replied { wish: Wish::Command(add), answer }));
    assert_eq!(world.model.screen, Screen::Queue);
    assert_eq!(world.model.notice.as_ref().unwrap().text, "run 77 is queued");
}
