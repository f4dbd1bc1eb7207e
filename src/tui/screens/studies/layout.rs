//! Where the parts of an open study lie, by the size of the window.
//!
//! ```text
//! small            large
//! one part         table
//! the cell         the cell
//!                  part │ part │ part
//! ```

use ratatui::layout::Rect;

use crate::{
    config::Setting,
    tui::{
        model::studies::Face,
        widgets::{borders::Borders, split::split_rows},
    },
};

/// The window from which several parts are shown at once.
const LARGE: (u16, u16) = (100, 28);
/// Cells that a part beside others needs.
const PART_CELLS: u16 = 50;
/// Rows of what is to say about the cell under the cursor: in a box, and bare.
const DETAIL_ROWS: [u16; 2] = [4, 2];
/// The fewest rows of the table and of the parts below it.
const LEAST_ROWS: u16 = 8;
/// From this height on it has a box.
const BOXED_FROM: u16 = 18;

/// The parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Those that are shown, and where.
    pub faces: Vec<(Face, Rect)>,
    /// The cell under the cursor.
    pub detail: Rect,
    /// Whether that has a box.
    pub is_boxed: bool,
}

/// Lays them out; keys are for `focus`, and the table has so many rows.
pub fn lay_out(
    body: Rect,
    faces: &[Face],
    focus: Face,
    rows: usize,
    borders: &mut Borders<'_>,
) -> Parts {
    let is_boxed = body.height >= BOXED_FROM;
    let detail_rows = DETAIL_ROWS[usize::from(!is_boxed)];
    let is_large = body.width >= LARGE.0 && body.height >= LARGE.1;
    let others: Vec<Face> = faces.iter().copied().filter(|face| *face != Face::Table).collect();
    if !is_large || others.is_empty() {
        let height = body.height.saturating_sub(detail_rows);
        let detail = Rect { y: body.y + height, height: detail_rows.min(body.height), ..body };
        return Parts { faces: vec![(focus, Rect { height, ..body })], detail, is_boxed };
    }
    // Its rows, their headings and the border.
    let wanted = rows.min(200) as u16 + 3;
    let table_rows = wanted.min((body.height - detail_rows) / 2);
    let least = [LEAST_ROWS, detail_rows + LEAST_ROWS];
    let (table, rest) = borders.rows(Setting::StudyTable, body, table_rows, least);
    let (detail, below) = split_rows(rest, detail_rows);
    let slots = usize::from(body.width / PART_CELLS).clamp(1, others.len());
    // The part that keys are for is among the shown ones.
    let place = others.iter().position(|face| *face == focus).unwrap_or(0);
    let first = (place + 1).saturating_sub(slots);
    let width = body.width / slots as u16;
    let mut parts = vec![(Face::Table, table)];
    for (at, face) in others.iter().skip(first).take(slots).enumerate() {
        let x = below.x + at as u16 * width;
        let width = if at + 1 == slots { below.right() - x } else { width };
        parts.push((*face, Rect { x, width, ..below }));
    }
    Parts { faces: parts, detail, is_boxed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Choices;

    const SEARCH: [Face; 4] = [Face::Table, Face::Scatter, Face::Ranks, Face::Search];

    fn faces(columns: u16, rows: u16, focus: Face) -> Vec<Face> {
        let body = Rect::new(0, 1, columns, rows);
        let choices = Choices::default();
        let parts = lay_out(body, &SEARCH, focus, 7, &mut Borders::new(&choices));
        let area: u32 =
            parts.faces.iter().map(|(_, area)| area.area()).sum::<u32>() + parts.detail.area();
        assert_eq!(area, body.area(), "{parts:?}");
        assert!(parts.faces.iter().all(|(_, area)| area.height >= 8), "{parts:?}");
        parts.faces.iter().map(|(face, _)| *face).collect()
    }

    #[test]
    fn a_small_window_shows_one_part_and_a_large_one_several() {
        assert_eq!(faces(40, 10, Face::Ranks), [Face::Ranks]);
        assert_eq!(faces(80, 22, Face::Table), [Face::Table]);
        let two = [Face::Table, Face::Scatter, Face::Ranks];
        assert_eq!(faces(120, 38, Face::Table), two);
        assert_eq!(faces(120, 38, Face::Search), [Face::Table, Face::Ranks, Face::Search]);
        assert_eq!(faces(200, 58, Face::Table), SEARCH);
    }

    #[test]
    fn a_study_without_other_parts_is_its_table() {
        let choices = Choices::default();
        let body = Rect::new(0, 1, 200, 58);
        let borders = &mut Borders::new(&choices);
        let parts = lay_out(body, &[Face::Table], Face::Table, 3, borders);
        assert_eq!(parts.faces.len(), 1);
        assert_eq!((parts.faces[0].1.height, parts.detail.height), (54, 4));
    }
}
