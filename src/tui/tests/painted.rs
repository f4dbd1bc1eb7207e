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

/// Its text, and below it a letter for the style of every cell (a dot for none), with what each means.
pub fn painted(world: &World) -> String {
    let buffer = drawn(world);
    let mut known: Vec<Style> = Vec::new();
    for cell in buffer.content() {
        if cell.style() != plain() && !known.contains(&cell.style()) {
            known.push(cell.style());
        }
    }
    let letter = |style: Style| match known.iter().position(|known| *known == style) {
        Some(index) => char::from(b'a' + index as u8).to_string(),
        None => ".".to_owned(),
    };
    let mut picture = rows(&buffer, |x, y| buffer[(x, y)].symbol().to_owned());
    let styles = rows(&buffer, |x, y| letter(buffer[(x, y)].style()));
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

/// A snapshot of a screen at the four sizes: in the dark theme with its styles, and its styles alone in the
/// light one at the size that most have.
pub fn at_every_size(name: &str, iteration: u64, prepare: impl Fn(&mut World)) {
    for (theme, (columns, rows)) in
        SIZES.map(|size| ("dark", size)).into_iter().chain(SIZES.map(|size| ("light", size)))
    {
        let look = super::recorded::COLOUR;
        let mut world = World::at_iteration(columns, rows, look, iteration);
        in_theme(&mut world, theme);
        prepare(&mut world);
        let picture = painted(&world);
        insta::assert_snapshot!(format!("{name}-{theme}-{columns}x{rows}"), picture);
    }
}
