//! Text cut to a number of cells.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The cells that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `room` cells, with `cut` at its end where something is missing.
pub fn fit(text: &str, room: usize, cut: &str) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let Some(mut left) = room.checked_sub(cut.width()) else { return String::new() };
    let mut kept = String::new();
    for c in text.chars() {
        let cells = c.width().unwrap_or(0);
        if cells > left {
            break;
        }
        left -= cells;
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept + cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        assert_eq!(fit("first light", 11, "…"), "first light");
        assert_eq!(fit("first light", 9, "…"), "first li…");
        assert_eq!(fit("first light", 7, "…"), "first…");
        assert_eq!(fit("蒸留所", 4, "…"), "蒸…");
        assert_eq!(fit("abc", 0, "…"), "");
    }
}
