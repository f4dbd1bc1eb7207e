//! Which way pictures go to this terminal, and why: environment, answers and window in, one choice out.

use crate::tui::{
    settings::{ColourDepth, ImageChoice, Multiplexer, Settings},
    tty::{CellPixels, Window},
};

use super::reply::Replies;

/// Colours of one sixel picture: enough for the eye, few enough for the line.
const SIXEL_COLOURS: u16 = 64;
/// The same at the other end of a network.
const REMOTE_SIXEL_COLOURS: u16 = 32;
/// Registers that every sixel terminal has: those of the VT340.
const FEWEST_REGISTERS: u16 = 16;

/// How text cells show pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cells {
    /// Upper and lower half of a cell, 24-bit colours.
    HalfBlocks,
    /// The same with the 256 colours of xterm.
    IndexedHalfBlocks,
    /// Brightness alone, as shaded blocks.
    Shades,
    /// Brightness alone, as characters of ASCII.
    AsciiShades,
}

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Sixel graphics with at most so many colours a picture.
    Sixel {
        /// Colours.
        colours: u16,
        /// To be wrapped so that tmux passes it on.
        tmux: bool,
    },
    /// The protocol of kitty.
    Kitty {
        /// To be wrapped so that tmux passes it on.
        tmux: bool,
    },
    /// The protocol of iTerm2.
    Iterm2 {
        /// To be wrapped so that tmux passes it on.
        tmux: bool,
    },
    /// Text cells.
    Cells(Cells),
    /// Not at all.
    None,
}

impl Protocol {
    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sixel { .. } => "sixel",
            Self::Kitty { .. } => "kitty graphics",
            Self::Iterm2 { .. } => "iTerm2 graphics",
            Self::Cells(Cells::HalfBlocks) => "half-blocks in 24-bit colour",
            Self::Cells(Cells::IndexedHalfBlocks) => "half-blocks in 256 colours",
            Self::Cells(Cells::Shades) => "shades",
            Self::Cells(Cells::AsciiShades) => "ASCII shades",
            Self::None => "none",
        }
    }

    /// True for graphics proper, whose pictures are measured in the terminal's pixels.
    pub const fn has_pixels(self) -> bool {
        matches!(self, Self::Sixel { .. } | Self::Kitty { .. } | Self::Iterm2 { .. })
    }
}

/// Where pictures are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    /// How.
    pub protocol: Protocol,
    /// The pixels of one cell. For text cells one across and two down.
    pub cell: CellPixels,
    /// Why so, in one sentence.
    pub reason: String,
}

/// The pixels of a cell that shows two of them.
const HALF_BLOCK: CellPixels = CellPixels { width: 1, height: 2 };

impl Canvas {
    /// The choice for a terminal that answered `replies`.
    pub fn choose(settings: &Settings, replies: &Replies, window: Window) -> Self {
        let cell = cell_size(replies, window);
        let tmux = settings.multiplexer == Some(Multiplexer::Tmux);
        let most = if settings.over_ssh { REMOTE_SIXEL_COLOURS } else { SIXEL_COLOURS };
        let registers = replies.colours.unwrap_or(FEWEST_REGISTERS).max(2);
        let sixel = Protocol::Sixel { colours: most.min(registers), tmux };
        let graphics =
            |protocol, cell, reason: &str| Self { protocol, cell, reason: reason.to_owned() };
        if let Some(choice) = settings.images {
            let reason = "the setting `images` asks for it";
            // Somebody who insists on graphics gets them, at the size of a common cell if need be.
            let size = cell.unwrap_or(CellPixels { width: 8, height: 16 });
            return match choice {
                ImageChoice::Sixel => graphics(sixel, size, reason),
                ImageChoice::Kitty => graphics(Protocol::Kitty { tmux }, size, reason),
                ImageChoice::Iterm2 => graphics(Protocol::Iterm2 { tmux }, size, reason),
                ImageChoice::HalfBlocks => Self::cells(settings, reason),
                ImageChoice::None => graphics(Protocol::None, HALF_BLOCK, reason),
            };
        }
        match settings.multiplexer {
            Some(Multiplexer::Tmux) => {
                return Self::cells(
                    settings,
                    "inside tmux graphics end up in the wrong place; `images = \"sixel\"` tries them",
                );
            }
            Some(Multiplexer::Screen) => {
                return Self::cells(settings, "inside GNU screen graphics do not pass");
            }
            None => {}
        }
        match cell {
            None if replies.sixel || replies.kitty => Self::cells(
                settings,
                "the terminal has graphics but does not tell the size of its cells",
            ),
            Some(cell) if replies.kitty && !settings.graphics_unfit => graphics(
                Protocol::Kitty { tmux: false },
                cell,
                "the terminal says that it has them",
            ),
            Some(cell) if settings.iterm2 => graphics(
                Protocol::Iterm2 { tmux: false },
                cell,
                "the terminal is known to have them",
            ),
            Some(cell) if replies.sixel && !settings.graphics_unfit => {
                graphics(sixel, cell, "the terminal says that it has them")
            }
            _ if !replies.complete => {
                Self::cells(settings, "the terminal did not say in time what graphics it has")
            }
            _ => Self::cells(settings, "the terminal has no graphics"),
        }
    }

    /// Pictures in text cells, with what colours there are.
    pub fn cells(settings: &Settings, reason: &str) -> Self {
        let cells = match settings.depth {
            _ if settings.ascii => Cells::AsciiShades,
            ColourDepth::True => Cells::HalfBlocks,
            ColourDepth::Indexed => Cells::IndexedHalfBlocks,
            ColourDepth::Named | ColourDepth::None => Cells::Shades,
        };
        Self { protocol: Protocol::Cells(cells), cell: HALF_BLOCK, reason: reason.to_owned() }
    }

    /// The same way of drawing in a window that has changed, a new font size included.
    #[must_use]
    pub fn resized(&self, window: Window) -> Self {
        let cell = window.cell.filter(|_| self.protocol.has_pixels()).unwrap_or(self.cell);
        Self { cell, ..self.clone() }
    }
}

/// The size of a cell: from the terminal device where it is told there, for that one follows a new font
/// size; else as the terminal answered.
fn cell_size(replies: &Replies, window: Window) -> Option<CellPixels> {
    let from_area = || {
        let (width, height) = replies.text_area?;
        let whole = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|size| *size > 0);
        whole(width, window.columns)
            .zip(whole(height, window.rows))
            .map(|(width, height)| CellPixels { width, height })
    };
    window.cell.or(replies.cell).or_else(from_area)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: CellPixels = CellPixels { width: 8, height: 15 };

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::read(|name| {
            variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned())
        })
    }

    fn window(cell: Option<CellPixels>) -> Window {
        Window { columns: 120, rows: 40, cell }
    }

    fn sixel_terminal() -> Replies {
        Replies { complete: true, sixel: true, colours: Some(256), ..Replies::default() }
    }

    #[test]
    fn xterm_that_refuses_its_cell_size_has_sixels_by_its_window() {
        let canvas = Canvas::choose(&settings(&[]), &sixel_terminal(), window(Some(CELL)));
        assert_eq!(canvas.protocol, Protocol::Sixel { colours: 64, tmux: false });
        assert_eq!(canvas.cell, CELL);
    }

    #[test]
    fn few_registers_and_slow_lines_mean_few_colours() {
        let few = Replies { colours: Some(16), ..sixel_terminal() };
        let canvas = Canvas::choose(&settings(&[]), &few, window(Some(CELL)));
        assert_eq!(canvas.protocol, Protocol::Sixel { colours: 16, tmux: false });
        let remote = settings(&[("SSH_CONNECTION", "a 1 b 22")]);
        let canvas = Canvas::choose(&remote, &sixel_terminal(), window(Some(CELL)));
        assert_eq!(canvas.protocol, Protocol::Sixel { colours: 32, tmux: false });
    }

    #[test]
    fn without_a_cell_size_there_are_half_blocks_and_a_reason() {
        let truecolor = settings(&[("COLORTERM", "truecolor")]);
        let canvas = Canvas::choose(&truecolor, &sixel_terminal(), window(None));
        assert_eq!(canvas.protocol, Protocol::Cells(Cells::HalfBlocks));
        assert!(canvas.reason.contains("size of its cells"), "{}", canvas.reason);
        let area = Replies { text_area: Some((960, 600)), ..sixel_terminal() };
        let canvas = Canvas::choose(&truecolor, &area, window(None));
        assert_eq!(canvas.cell, CELL);
    }

    #[test]
    fn tmux_starts_with_half_blocks_and_sixels_are_a_choice() {
        let inside = [("TMUX", "x"), ("TERM", "tmux-256color")];
        let canvas = Canvas::choose(&settings(&inside), &sixel_terminal(), window(Some(CELL)));
        assert_eq!(canvas.protocol, Protocol::Cells(Cells::IndexedHalfBlocks));
        let asked = [inside[0], inside[1], ("STILLROOM_IMAGES", "sixel")];
        let canvas = Canvas::choose(&settings(&asked), &sixel_terminal(), window(Some(CELL)));
        assert_eq!(canvas.protocol, Protocol::Sixel { colours: 64, tmux: true });
    }

    #[test]
    fn without_colours_pictures_are_shades() {
        let answered = Replies { complete: true, ..Replies::default() };
        let plain = settings(&[("NO_COLOR", "1"), ("TERM", "xterm")]);
        let canvas = Canvas::choose(&plain, &answered, window(None));
        assert_eq!(canvas.protocol, Protocol::Cells(Cells::Shades));
        let ascii = settings(&[("STILLROOM_ASCII", "1"), ("COLORTERM", "truecolor")]);
        let canvas = Canvas::choose(&ascii, &answered, window(None));
        assert_eq!(canvas.protocol, Protocol::Cells(Cells::AsciiShades));
    }

    #[test]
    fn a_new_font_size_is_followed() {
        let canvas = Canvas::choose(&settings(&[]), &sixel_terminal(), window(Some(CELL)));
        let zoomed = CellPixels { width: 12, height: 24 };
        assert_eq!(canvas.resized(window(Some(zoomed))).cell, zoomed);
        let blocks = Canvas::cells(&settings(&[]), "");
        assert_eq!(blocks.resized(window(Some(zoomed))).cell, HALF_BLOCK);
    }
}
