//! Pictures on a terminal: what it can show, where they go, and the bytes that show them.
//!
//! ```text
//! environment, answers (query ─► reply), window ─► canvas ─┐
//! snapshot's PNG ─► sheet ─► images of each class ─────────┼─► tile ─► buffer
//! area of cells ─────────────────────────────────► grid ───┘    └─ sixel (palette) · blocks · kitty · iTerm2
//! ```

pub mod blocks;
pub mod canvas;
pub mod grid;
mod palette;
pub mod query;
pub mod reply;
pub mod sheet;
mod sixel;
pub mod tile;

use std::io;

pub use canvas::{Canvas, Cells, Protocol};
pub use grid::Grid;
pub use sheet::{ClassImages, Sheet};
pub use tile::{Tile, TileJob, TilePlan};

use super::{settings::Settings, tty};

/// What `doctor` tells about pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// How they are shown.
    pub protocol: String,
    /// Why so.
    pub reason: String,
    /// The size of a cell in pixels, where it matters.
    pub cell: Option<(u16, u16)>,
}

/// How pictures would be shown on this terminal. Asks it, so call it while nothing else reads from it.
///
/// # Errors
/// If the terminal cannot be asked. Output that is no terminal is no error: the description says so.
pub fn describe(settings: &Settings) -> io::Result<Description> {
    if !tty::is_terminal() {
        let reason = "input or output is not a terminal".to_owned();
        return Ok(Description { protocol: "none".to_owned(), reason, cell: None });
    }
    crossterm::terminal::enable_raw_mode()?;
    let replies = query::query(settings.asks_kitty(), settings.over_ssh);
    crossterm::terminal::disable_raw_mode()?;
    let canvas = Canvas::choose(settings, &replies?, tty::window()?);
    let cell = canvas.protocol.has_pixels().then_some((canvas.cell.width, canvas.cell.height));
    Ok(Description { protocol: canvas.protocol.name().to_owned(), reason: canvas.reason, cell })
}
