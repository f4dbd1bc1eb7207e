//! Where the parts of the queue lie, by the size of the window.
//!
//! ```text
//! small     medium     tall              wide
//! list      list       list              list │ detail
//!           detail     detail                 │ curve
//!                      curve │ images         │ images
//! ```

use ratatui::layout::Rect;

use crate::tui::widgets::split::{split_columns, split_rows};

/// The parts; one that there is no room for is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The list of runs.
    pub table: Rect,
    /// What is to know about the selected one.
    pub detail: Option<Rect>,
    /// Its matching distance.
    pub curve: Option<Rect>,
    /// Its synthetic images.
    pub images: Option<Rect>,
}

/// Rows of the detail, borders included, and the body from which it is shown.
const DETAIL_ROWS: u16 = 5;
const DETAIL_FROM: u16 = 16;
/// The same for the previews below the list, and the rows that the list keeps.
const PREVIEW_ROWS: u16 = 13;
const PREVIEW_FROM: u16 = 32;
const PREVIEW_FROM_COLUMNS: u16 = 76;
/// The body from which previews stand beside the list, and the columns that they take there.
const WIDE_FROM: (u16, u16) = (150, 26);
const BESIDE: u16 = 64;
const DETAIL_ROWS_BESIDE: u16 = 7;

/// Lays the parts out in `body`; `with_images` says whether pictures are shown at all.
pub fn lay_out(body: Rect, with_images: bool) -> Parts {
    let (list, below) = match body {
        body if body.width >= WIDE_FROM.0 && body.height >= WIDE_FROM.1 => {
            return wide(body, with_images);
        }
        body if body.width >= PREVIEW_FROM_COLUMNS && body.height >= PREVIEW_FROM => {
            split_rows(body, body.height - DETAIL_ROWS - PREVIEW_ROWS)
        }
        body if body.height >= DETAIL_FROM => split_rows(body, body.height - DETAIL_ROWS),
        body => return Parts { table: body, detail: None, curve: None, images: None },
    };
    let (detail, previews) = split_rows(below, DETAIL_ROWS);
    let parts = Parts { table: list, detail: Some(detail), curve: None, images: None };
    match (previews.height, with_images) {
        (0, _) => parts,
        (_, false) => Parts { curve: Some(previews), ..parts },
        (_, true) => {
            let (curve, images) = split_columns(previews, previews.width / 2);
            Parts { curve: Some(curve), images: Some(images), ..parts }
        }
    }
}

fn wide(body: Rect, with_images: bool) -> Parts {
    let (table, beside) = split_columns(body, body.width - BESIDE);
    let (detail, previews) = split_rows(beside, DETAIL_ROWS_BESIDE);
    let parts = Parts { table, detail: Some(detail), curve: Some(previews), images: None };
    if !with_images {
        return parts;
    }
    let (curve, images) = split_rows(previews, previews.height * 9 / 20);
    Parts { curve: Some(curve), images: Some(images), ..parts }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn previews_come_with_the_room_for_them() {
        let shown = |columns, rows| {
            let parts = lay_out(Rect::new(0, 1, columns, rows), true);
            [parts.detail, parts.curve, parts.images].map(|part| part.is_some())
        };
        assert_eq!(shown(40, 10), [false; 3]);
        assert_eq!(shown(80, 22), [true, false, false]);
        assert_eq!(shown(120, 38), [true; 3]);
        assert_eq!(shown(200, 58), [true; 3]);
        let without = lay_out(Rect::new(0, 1, 200, 58), false);
        assert_eq!((without.images, without.curve.unwrap().height), (None, 51));
    }

    proptest! {
        #[test]
        fn parts_fill_the_body_and_do_not_overlap(
            columns in 40_u16..260, rows in 10_u16..90, with_images: bool,
        ) {
            let body = Rect::new(0, 1, columns, rows);
            let parts = lay_out(body, with_images);
            let all = [Some(parts.table), parts.detail, parts.curve, parts.images];
            let all: Vec<Rect> = all.into_iter().flatten().collect();
            for (index, part) in all.iter().enumerate() {
                prop_assert_eq!(part.intersection(body), *part);
                prop_assert!(all[index + 1..].iter().all(|other| !other.intersects(*part)));
            }
            let cells: u32 = all.iter().map(|part| part.area()).sum();
            prop_assert_eq!(cells, body.area());
            prop_assert!(parts.table.height >= 9);
        }
    }
}
