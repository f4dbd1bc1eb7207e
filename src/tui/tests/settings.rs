//! The settings screen: a change counts at once, is written down, and says where the environment goes first.

use crossterm::event::KeyCode;

use super::{
    painted::{at_every_size, text},
    recorded::{COLOUR, RUN, World, summary, worker},
};
use crate::{
    config::{SETTINGS, Setting, Value, choices},
    queue::RunState,
    tui::{
        key::Key,
        link::LinkNews,
        look::{Background, Role},
        msg::{Effect, Msg},
    },
    wire::message::Message,
};

fn world() -> World {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.type_keys("6");
    world
}

fn select(world: &mut World, setting: Setting) {
    let place = SETTINGS.iter().position(|row| row.setting == setting).unwrap();
    world.type_keys("g");
    (0..place).for_each(|_| world.type_keys("j"));
}

fn saved(world: &World) -> Vec<(Setting, Option<Value>)> {
    let effects = world.terminal.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Save { setting, value } => Some((*setting, value.clone())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_theme_counts_at_once_and_is_written_down() {
    let mut world = world();
    let before = world.model.look.style(Role::Accent);
    select(&mut world, Setting::Theme);
    world.type_keys("ll");
    let light = Value::Word("light".to_owned());
    assert_eq!(saved(&world).last(), Some(&(Setting::Theme, Some(light))));
    assert_ne!(world.model.look.style(Role::Accent), before);
    assert!(text(&world).contains("light"));
    world.type_keys("x");
    assert_eq!(saved(&world).last(), Some(&(Setting::Theme, None)));
    assert_eq!(world.model.look.style(Role::Accent), before);
}

#[test]
fn the_default_reached_by_steps_leaves_the_file() {
    let mut world = world();
    select(&mut world, Setting::Mouse);
    world.type_keys("ll");
    let off = Some(Value::Switch(false));
    assert_eq!(saved(&world), [(Setting::Mouse, off), (Setting::Mouse, None)]);
    let mouse: Vec<bool> = world
        .terminal
        .iter()
        .filter_map(|effect| match effect {
            Effect::ListenToMouse(on) => Some(*on),
            _ => None,
        })
        .collect();
    assert_eq!(mouse, [false, true]);
}

#[test]
fn the_mouse_is_switched_from_any_screen() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.press(Key::alt('m'));
    assert!(matches!(world.terminal.last(), Some(Effect::ListenToMouse(false))));
    assert!(text(&world).contains("the mouse is left to the terminal"));
}

#[test]
fn what_the_environment_says_goes_first_and_is_told() {
    let mut world = world();
    let environment =
        choices::from_environment(|name| (name == "STILLROOM_ASCII").then(|| "0".to_owned())).0;
    world.model.preferences.choices.environment = environment;
    select(&mut world, Setting::Ascii);
    assert!(text(&world).contains("STILLROOM_ASCII"));
    world.press(Key::plain(KeyCode::Right));
    assert_eq!(saved(&world), [], "off stays off: nothing to write");
    let told = world.model.notice.clone();
    assert!(told.is_some_and(|notice| notice.text.contains("STILLROOM_ASCII")));
    assert!(!world.model.look.ascii);
}

#[test]
fn pictures_change_their_way_while_the_program_runs() {
    let mut world = world();
    select(&mut world, Setting::Images);
    world.type_keys("h");
    assert_eq!(world.model.canvas.protocol.name(), "none");
    assert!(world.terminal.iter().any(|effect| matches!(effect, Effect::Redraw)));
    assert!(text(&world).contains("the setting `images` asks for it"));
}

#[test]
fn curves_are_smoothed_as_it_is_set() {
    let mut world = world();
    select(&mut world, Setting::Smoothing);
    world.type_keys("llll1");
    world.press(Key::plain(KeyCode::Enter));
    assert!((world.model.open_run().unwrap().view.smooth - 0.2).abs() < 1e-9);
    world.type_keys("6h1");
    world.press(Key::plain(KeyCode::Enter));
    assert!(
        (world.model.open_run().unwrap().view.smooth - 0.15).abs() < 1e-9,
        "one that was open already"
    );
    world.send(Msg::Key(Key::char('1')));
    world.model.runs.forget(RUN);
    world.press(Key::plain(KeyCode::Enter));
    assert!(
        (world.model.open_run().unwrap().view.smooth - 0.15).abs() < 1e-9,
        "one that comes later"
    );
}

#[test]
fn what_could_not_be_written_is_told() {
    let mut world = world();
    world.send(Msg::Saved(Err("not written down: the disk is full".to_owned())));
    assert!(world.model.notice.as_ref().unwrap().is_bad);
    assert!(text(&world).contains("the disk is full"));
}

#[test]
fn the_background_of_the_terminal_chooses_the_theme() {
    let mut world = world();
    let dark = world.model.preferences.look();
    world.model.preferences.replies.background = Some(Background::Light);
    assert_ne!(world.model.preferences.look(), dark);
}

fn end_run(world: &mut World) -> usize {
    world.terminal.clear();
    let running = summary(RUN.number, "first light", RunState::Running { worker: worker() });
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(running) })));
    let finished = RunState::Finished { at: world.model.now };
    let run = Box::new(summary(RUN.number, "first light", finished));
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run })));
    let notes = world.terminal.iter().filter(|effect| {
        matches!(effect, Effect::Notify { body, .. } if body == "run 12 (first light) has finished")
    });
    notes.count()
}

#[test]
fn the_end_of_a_run_is_told_to_who_looks_elsewhere() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    assert_eq!(end_run(&mut world), 0, "who looks sees it");
    world.send(Msg::Focus(false));
    assert_eq!(end_run(&mut world), 1);
    world.type_keys("l");
    assert_eq!(end_run(&mut world), 1, "the open run is told as well");
    world.send(Msg::Focus(true));
    assert_eq!(end_run(&mut world), 0);
    // A terminal that never tells of the focus may be anywhere.
    world.model.focus = None;
    world.model.preferences.replies.tells_focus = Some(false);
    assert_eq!(end_run(&mut world), 1);
}

#[test]
fn settings_screen() {
    at_every_size("settings", 10, |world| world.type_keys("6"));
}
