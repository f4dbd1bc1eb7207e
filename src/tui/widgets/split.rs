//! An area cut in two, the way every layout cuts: the first part has the size that is asked for, or all
//! there is, and the second what is left. So the parts of a layout fill their body and never overlap.

use ratatui::layout::Rect;

/// The `top` first rows of `area`, and the rows below them.
pub fn split_rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}

/// The `left` first columns of `area`, and the columns beside them.
pub fn split_columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_takes_no_more_than_there_is() {
        let area = Rect::new(2, 3, 10, 4);
        let halves = (Rect::new(2, 3, 10, 1), Rect::new(2, 4, 10, 3));
        assert_eq!(split_rows(area, 1), halves);
        assert_eq!(split_rows(area, 9), (area, Rect::new(2, 7, 10, 0)));
        assert_eq!(split_columns(area, 4), (Rect::new(2, 3, 4, 4), Rect::new(6, 3, 6, 4)));
        assert_eq!(split_columns(area, 99), (area, Rect::new(12, 3, 0, 4)));
    }
}
