//! A drawn screen made harmless, whatever its texts were: [`plain`] does it to a text, so that its measured width
//! is its drawn width; [`cleanse`] does it to the cells, which nothing escapes.

use ratatui::buffer::Buffer;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::harmless::{is_harmful, plain};

/// The most characters of one cell: a letter with its accents.
const MOST_IN_CELL: usize = 5;

/// Makes every cell harmless. In ASCII mode what is beyond ASCII becomes `sign` as well. Cells of pictures,
/// which begin with an escape sequence that no text can bring, stay.
pub fn cleanse(buffer: &mut Buffer, ascii: bool, sign: &str) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if matches!(symbol.as_bytes(), [b' '..=b'~']) || symbol.starts_with('\x1b') {
            continue;
        }
        if (ascii && !symbol.is_ascii())
            || symbol.chars().count() > MOST_IN_CELL
            || symbol.contains(is_harmful)
        {
            let harmless = harmless(symbol, ascii, sign);
            cell.set_symbol(&harmless);
        }
    }
}

/// The symbol of a cell without what is harmful, as wide as it was.
fn harmless(symbol: &str, ascii: bool, sign: &str) -> String {
    let room = symbol.width();
    let mut kept = String::new();
    let fit = symbol.chars().filter(|c| !is_harmful(*c) && (!ascii || c.is_ascii()));
    for c in fit.take(MOST_IN_CELL) {
        // What a joiner held together would be too wide in parts.
        if kept.width() + c.width().unwrap_or(0) <= room {
            kept.push(c);
        }
    }
    if kept.width() == 0 {
        sign.clone_into(&mut kept);
    }
    let missing = room.saturating_sub(kept.width());
    kept + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    const SIGN: &str = "\u{fffd}";

    #[test]
    fn nothing_on_a_drawn_screen_escapes() {
        let area = Rect::new(0, 0, 12, 3);
        let mut buffer = Buffer::empty(area);
        buffer.set_string(0, 0, "a\u{202e}b\u{200b}c\x1b[2J", Style::new());
        buffer.set_string(0, 1, "👨\u{200d}👩\u{200d}👧x", Style::new());
        buffer.set_string(0, 2, format!("z{}", "\u{301}".repeat(40)), Style::new());
        // What the library lets through, it lets through here.
        buffer[(9, 0)].set_symbol("q\u{202e}");
        buffer[(10, 0)].set_symbol("\u{200f}");
        buffer[(11, 0)].set_symbol("\x1bPpicture\x1b\\");
        cleanse(&mut buffer, false, SIGN);
        let row = |y: u16| (0..12).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<Vec<_>>();
        for symbol in (0..3).flat_map(row).filter(|symbol| !symbol.starts_with('\x1b')) {
            assert!(!symbol.contains(is_harmful), "{symbol:?}");
            assert!(symbol.chars().count() <= MOST_IN_CELL, "{symbol:?}");
        }
        assert_eq!(buffer[(9, 0)].symbol(), "q");
        assert_eq!(buffer[(10, 0)].symbol(), SIGN);
        assert_eq!(buffer[(11, 0)].symbol(), "\x1bPpicture\x1b\\");
        assert_eq!(buffer[(0, 1)].symbol(), "👨");
        assert_eq!(buffer[(2, 1)].symbol(), "x");
    }

    #[test]
    fn in_ascii_mode_there_is_nothing_else() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "é蒸…", Style::new());
        cleanse(&mut buffer, true, "?");
        let row: String = (0..6).map(|x| buffer[(x, 0)].symbol()).collect();
        assert!(row.is_ascii(), "{row:?}");
        assert_eq!(buffer[(0, 0)].symbol(), "?");
        assert_eq!(buffer[(1, 0)].symbol(), "? ", "as wide as before");
    }
}
