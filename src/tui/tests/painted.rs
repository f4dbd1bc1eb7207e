//! A drawn screen as text, alone or with its styles, for snapshots.

use std::fmt::Write;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Style};

use super::recorded::World;
use crate::{
    config::{Setting, Value},
    tui::{model::preferences::Preferences, settings::Environment, view::view},
};

/// The sizes that people have.
pub const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

/// The screen as it is drawn.
pub fn drawn(world: &World) -> Buffer {
    let window = world.model.window;
    let mut terminal = Terminal::new(TestBackend::new(window.columns, window.rows)).unwrap();
    terminal.draw(|frame| view(&world.model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn rows(buffer: &Buffer, cell: impl Fn(u16, u16) -> String) -> String {
    let row = |y| (0..buffer.area.width).map(|x| cell(x, y)).collect::<String>();
    let rows = (0..buffer.area.height).map(|y| row(y).trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n")
}

/// Its text.
pub fn text(world: &World) -> String {
    let buffer = drawn(world);
    rows(&buffer, |x, y| buffer[(x, y)].symbol().to_owned())
}

/// Letters for styles; more than these in one screen share the last.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+";
/// What pictures are made of, each cell in colours of its own.
const PICTURE: &str = "▀";

/// Its text, and below it a letter for the style of every cell (a dot for none, a hash for pictures), with what each
/// means.
pub fn painted(world: &World) -> String {
    let buffer = drawn(world);
    let mut known: Vec<Style> = Vec::new();
    for cell in buffer.content() {
        let is_picture = cell.symbol() == PICTURE;
        if !is_picture && cell.style() != plain() && !known.contains(&cell.style()) {
            known.push(cell.style());
        }
    }
    let letter = |style: Style| match known.iter().position(|known| *known == style) {
        Some(index) => char::from(LETTERS[index.min(LETTERS.len() - 1)]).to_string(),
        None => ".".to_owned(),
    };
    let mut picture = rows(&buffer, |x, y| buffer[(x, y)].symbol().to_owned());
    let styles = rows(&buffer, |x, y| match &buffer[(x, y)] {
        cell if cell.symbol() == PICTURE => "#".to_owned(),
        cell => letter(cell.style()),
    });
    write!(picture, "\n\n{styles}\n").unwrap();
    for style in &known {
        let mut meaning = String::new();
        for (name, colour) in [("", style.fg), (" on ", style.bg)] {
            if let Some(colour) = colour.filter(|colour| *colour != ratatui::style::Color::Reset) {
                write!(meaning, "{name}{colour}").unwrap();
            }
        }
        if !style.add_modifier.is_empty() {
            write!(meaning, " {:?}", style.add_modifier).unwrap();
        }
        write!(picture, "\n{} {}", letter(*style), meaning.trim_start()).unwrap();
    }
    picture
}

fn plain() -> Style {
    ratatui::buffer::Cell::default().style()
}

/// The same screen in a theme, on a terminal with 24-bit colours.
pub fn in_theme(world: &mut World, theme: &str) {
    let environment =
        Environment::new(|name| (name == "COLORTERM").then(|| "truecolor".to_owned()));
    let mut preferences = Preferences { environment, ..world.model.preferences.clone() };
    preferences.choices.set(Setting::Theme, Some(Value::Word(theme.to_owned())));
    world.model.look = preferences.look();
    world.model.preferences = preferences;
}

/// Snapshots of what is shown, in the dark and in the light theme, with its styles.
pub fn in_both_themes(name: &str, world: &mut World) {
    let (columns, rows) = (world.model.window.columns, world.model.window.rows);
    for theme in ["dark", "light"] {
        in_theme(world, theme);
        insta::assert_snapshot!(format!("{name}-{theme}-{columns}x{rows}"), painted(world));
    }
}

/// The same of a screen at the four sizes.
pub fn at_every_size(name: &str, iteration: u64, prepare: impl Fn(&mut World)) {
    for (columns, rows) in SIZES {
        let look = super::recorded::COLOUR;
        let mut world = World::at_iteration(columns, rows, look, iteration);
        in_theme(&mut world, "dark");
        prepare(&mut world);
        in_both_themes(name, &mut world);
    }
}
