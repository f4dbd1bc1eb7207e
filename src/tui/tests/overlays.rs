//! Palette and help: what is found there, what it does, and that it is the map that counts.

use crossterm::event::KeyCode;

use super::{
    painted::{at_every_size, drawn, text},
    recorded::{COLOUR, RUN, World},
};
use crate::{
    queue::Command,
    tui::{
        action::Action,
        key::Key,
        model::{Overlay, Screen},
        msg::Msg,
        overlays::palette::offers,
    },
    wire::message::Wish,
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const ESCAPE: Key = Key::plain(KeyCode::Esc);

fn world() -> World {
    World::at_iteration(100, 30, COLOUR, 10)
}

fn with_keys(text: &str) -> World {
    let mut world = world();
    world.lay_keys(text);
    world
}

#[test]
fn what_is_found_by_its_name_is_done() {
    let mut world = world();
    world.type_keys(":pause");
    assert!(text(&world).contains("Let the run wait at its next control point"));
    world.press(ENTER);
    assert_eq!(world.model.overlay, None);
    assert_eq!(world.wishes.last(), Some(&Wish::Command(Command::Pause { run: RUN })));
    world.press(Key::control('p'));
    world.type_keys("settings");
    world.press(ENTER);
    assert_eq!(world.model.screen, Screen::Settings);
}

#[test]
fn the_palette_is_left_without_doing_anything() {
    let mut world = world();
    world.wishes.clear();
    world.type_keys(":cancel");
    world.press(ESCAPE);
    assert!(world.model.overlay.is_none() && world.wishes.is_empty());
    // Nothing that fits does nothing.
    world.type_keys(":zzzzqq");
    world.press(ENTER);
    assert!(world.model.overlay.is_none() && world.wishes.is_empty());
}

#[test]
fn the_selection_of_the_palette_moves_and_begins_anew_with_every_letter() {
    let mut world = world();
    world.type_keys(":");
    (0..100).for_each(|_| world.press(Key::plain(KeyCode::Down)));
    let all = offers(&world.model, "").len();
    assert!(
        matches!(&world.model.overlay, Some(Overlay::Palette(palette)) if palette.selected == all - 1)
    );
    world.type_keys("q");
    assert!(
        matches!(&world.model.overlay, Some(Overlay::Palette(palette)) if palette.selected == 0)
    );
}

#[test]
fn the_palette_offers_every_action_of_the_screen_once() {
    let mut world = world();
    for screen in [Screen::Queue, Screen::Run, Screen::Settings, Screen::Problems] {
        world.model.screen = screen;
        let offers = offers(&world.model, "");
        for action in [Action::Quit, Action::Help, Action::GoHosts] {
            assert_eq!(offers.iter().filter(|offer| offer.action == action).count(), 1, "{action}");
        }
        assert!(offers.iter().all(|offer| offer.action != Action::Panic));
        assert_eq!(
            offers.iter().any(|offer| offer.action == Action::LogAxis && offer.elsewhere.is_none()),
            screen == Screen::Run
        );
        let all: Vec<Action> = offers.iter().map(|offer| offer.action).collect();
        for action in [Action::SubmitPairs, Action::LogAxis, Action::ResetValue, Action::NewRun] {
            assert_eq!(all.iter().filter(|known| **known == action).count(), 1, "{action}");
        }
    }
}

#[test]
fn what_another_screen_does_leads_there_and_names_its_key() {
    let mut world = world();
    world.type_keys("6:siamese");
    assert!(text(&world).contains("form  S"), "{}", text(&world));
    world.press(ENTER);
    assert_eq!(world.model.screen, Screen::Form);
    assert!(text(&world).contains("S: Queue siamese and independent runs"), "{}", text(&world));
    world.type_keys("6:new run");
    world.press(ENTER);
    assert_eq!(world.model.screen, Screen::Presets);
}

#[test]
fn hints_help_and_palette_show_the_keys_that_count() {
    let mut world = with_keys("[queue]\npause = \"f5\"\n[global]\nquit = \"ctrl-q\"\n");
    let shown = text(&world);
    assert!(shown.contains("F5 pause") && shown.contains("Ctrl-Q quit"), "{shown}");
    world.type_keys("?");
    let shown = text(&world);
    assert!(shown.contains("F5") && shown.contains("keys.toml:2"), "{shown}");
    world.press(ESCAPE);
    world.type_keys(":leave");
    assert!(text(&world).contains("Ctrl-Q"));
}

#[test]
fn sentences_name_the_keys_that_do_what_they_say() {
    let mut world = World::at_iteration(160, 40, COLOUR, 10);
    world.lay_keys(
        "[presets]\nstart = \"f5\"\n[form]\nmeasure = \"f6\"\nsubmit-pairs = \"f7\"\nmore-pairs = \"f8\"\n\
         fewer-pairs = \"f9\"\n[form-text]\nclose = \"f10\"\n",
    );
    world.type_keys("n");
    assert!(text(&world).contains("F5  queues"), "{}", text(&world));
    world.type_keys("e");
    let shown = text(&world);
    for words in ["F6  measures", "F7  siamese against", "(F8 F9 for more"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    world.type_keys("/zzzz");
    assert!(text(&world).contains("F10 shows all again"), "{}", text(&world));
}

#[test]
fn the_help_is_searched() {
    let mut world = world();
    world.type_keys("?/next control");
    let shown = text(&world);
    assert!(shown.contains("Let the run wait at its next") && !shown.contains("preset"), "{shown}");
    world.press(ENTER);
    assert!(matches!(&world.model.overlay, Some(Overlay::Help(help)) if !help.is_typing));
    assert!(!text(&world).contains("preset"), "what was found stays");
    world.type_keys("/");
    world.press(ESCAPE);
    assert!(text(&world).contains("A new run from a preset"));
    world.type_keys("/xyzzy");
    assert!(text(&world).contains("no key does that here"));
}

#[test]
fn pasted_text_is_typed_where_text_is_typed_and_nothing_elsewhere() {
    let mut world = world();
    world.wishes.clear();
    world.send(Msg::Paste("qnc".to_owned()));
    assert!(world.wishes.is_empty() && world.model.screen == Screen::Queue);
    world.type_keys(":");
    world.send(Msg::Paste("pau\x1b[31m\nse".to_owned()));
    assert!(text(&world).contains(": pau[31m se"), "{}", text(&world));
}

#[test]
fn a_click_on_an_offer_does_it_and_one_beside_the_palette_closes_it() {
    let mut world = world();
    world.type_keys(":settings: ");
    let buffer = drawn(&world);
    let at = (0..30).find(|y| {
        let row: String = (0..100).map(|x| buffer[(x, *y)].symbol()).collect();
        row.contains("Settings: what can be set")
    });
    world.send(Msg::Click { column: 50, row: at.unwrap() });
    assert_eq!(world.model.screen, Screen::Settings);
    world.type_keys(":");
    world.send(Msg::Click { column: 0, row: 29 });
    assert_eq!(world.model.overlay, None);
}

#[test]
fn screens_are_reached_by_their_numbers_and_by_their_names_in_the_header() {
    let mut world = world();
    for (key, screen) in [
        ('6', Screen::Settings),
        ('5', Screen::Problems),
        ('4', Screen::Hosts),
        ('1', Screen::Queue),
    ] {
        world.type_keys(&key.to_string());
        assert_eq!(world.model.screen, screen);
    }
    let buffer = drawn(&world);
    let header: String = (0..100).map(|x| buffer[(x, 0)].symbol()).collect();
    let x = header.chars().position(|c| c == '6').unwrap() as u16;
    world.send(Msg::Click { column: x + 3, row: 0 });
    assert_eq!(world.model.screen, Screen::Settings);
}

#[test]
fn palette() {
    at_every_size("palette", 50, |world| world.type_keys(":run"));
}

#[test]
fn help_that_is_searched() {
    at_every_size("help-search", 50, |world| world.type_keys("l?/class"));
}
