//! The mouse moves borders: at once on the screen, written down when it is let go.

use crossterm::event::KeyCode;

use super::recorded::{COLOUR, World};
use crate::{
    config::{Setting, Value},
    tui::{
        key::Key,
        msg::{Effect, Msg},
        screens,
        widgets::borders::{Axis, Border},
    },
};

fn border(world: &World, setting: Setting) -> Border {
    let all = screens::borders(&world.model);
    *all.iter().find(|border| border.setting == setting).unwrap()
}

/// A cell of a border, so many lines further.
fn cell(border: Border, by: i32) -> (u16, u16) {
    let (along, whole) = ((i32::from(border.at) - 1 + by) as u16, border.whole);
    match border.axis {
        Axis::Rows => (whole.x + 30, whole.y + along),
        Axis::Columns => (whole.x + along, whole.y + 8),
    }
}

fn saved(world: &World) -> Vec<(Setting, Option<Value>)> {
    let saved = |effect: &Effect| match effect {
        Effect::Save { setting, value } => Some((*setting, value.clone())),
        _ => None,
    };
    world.terminal.iter().filter_map(saved).collect()
}

/// Takes a border and moves it so many lines, in two steps.
fn drag(world: &mut World, setting: Setting, by: i32) {
    let held = border(world, setting);
    let (column, row) = cell(held, 0);
    world.send(Msg::Click { column, row });
    for by in [by / 2, by] {
        let (column, row) = cell(held, by);
        world.send(Msg::Drag { column, row });
    }
    assert_eq!(saved(world), [], "not before it is let go");
    world.send(Msg::Release { column, row });
}

#[test]
fn every_border_can_be_moved_and_is_written_down_once() {
    let of_queue = [(120, 40, Setting::QueueRows), (200, 60, Setting::QueueColumns)];
    let of_run = [
        (120, 40, Setting::RunImages),
        (120, 40, Setting::RunCharts),
        (200, 60, Setting::RunCharts),
        (200, 60, Setting::RunColumns),
    ];
    let of_form = [(120, 40, Setting::FormColumns)];
    for (screen, cases) in [("", &of_queue[..]), ("\n", &of_run), ("ne", &of_form)] {
        for (columns, rows, setting) in cases {
            for by in [-6, 3] {
                let mut world = World::at_iteration(*columns, *rows, COLOUR, 50);
                for key in screen.chars() {
                    world.press(match key {
                        '\n' => Key::plain(KeyCode::Enter),
                        key => Key::char(key),
                    });
                }
                let before = border(&world, *setting).at;
                drag(&mut world, *setting, by);
                let moved = i32::from(border(&world, *setting).at) - i32::from(before);
                // As far as there is room, and to a whole percent.
                assert_eq!(moved.signum(), by.signum(), "{setting:?}");
                assert!(moved.abs() <= by.abs() + 1, "{setting:?} {by}: {moved}");
                let saved = saved(&world);
                assert_eq!(saved.len(), 1, "{setting:?}: {saved:?}");
                assert_eq!(saved[0].0, *setting);
            }
        }
    }
}

#[test]
fn a_click_on_a_border_alone_changes_nothing() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    let held = border(&world, Setting::QueueRows);
    let (column, row) = cell(held, 0);
    world.send(Msg::Click { column, row });
    world.send(Msg::Release { column, row });
    assert_eq!(saved(&world), []);
    let (column, row) = cell(held, 5);
    world.send(Msg::Drag { column, row });
    assert_eq!(border(&world, Setting::QueueRows), held, "let go is let go");
}

#[test]
fn what_is_moved_is_drawn_there() {
    let mut world = World::at_iteration(120, 40, COLOUR, 50);
    drag(&mut world, Setting::QueueRows, -8);
    insta::assert_snapshot!("queue-border-moved-120x40", super::painted::text(&world));
}
