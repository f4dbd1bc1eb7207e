//! Where the parts of the comparison lie, by the size of the window.
//!
//! ```text
//! small            large               wide
//! one part         verdict             verdict  │ first │ second │ difference
//!                  three pictures      distance │
//!                  distance │ accuracy accuracy │
//! ```

use ratatui::layout::Rect;

use crate::{
    config::Setting,
    tui::{
        model::compare::Part,
        widgets::{
            borders::Borders,
            split::{split_columns, split_rows},
        },
    },
};

/// The parts; a part that there is no room for is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Sides, scores, what they differ by.
    pub verdict: Option<Rect>,
    /// The first run's images, the second's, and their difference.
    pub images: Option<[Rect; 3]>,
    /// What the runs lower.
    pub distance: Option<Rect>,
    /// Accuracies.
    pub accuracy: Option<Rect>,
}

/// The fewest rows of images and of curves, borders included.
const IMAGES: u16 = 9;
const CURVES: u16 = 9;
/// The fewest columns of curves and of images beside each other.
const COLUMNS: [u16; 2] = [50, 45];

/// True when this window shows one part at a time.
pub const fn hides_parts(body: Rect) -> bool {
    body.width < 96 || body.height < 30
}

/// Lays the parts out in `body`: one alone where that is wished. The verdict has `rows` rows to say.
pub fn lay_out(body: Rect, alone: Option<Part>, rows: u16, borders: &mut Borders<'_>) -> Parts {
    if let Some(part) = alone {
        let whole = Some(body);
        let none = Parts::default();
        return match part {
            Part::Verdict => Parts { verdict: whole, ..none },
            Part::Images => Parts { images: Some(thirds(body)), ..none },
            Part::Distance => Parts { distance: whole, ..none },
            Part::Accuracy => Parts { accuracy: whole, ..none },
        };
    }
    if body.width >= 150 && body.height >= 40 {
        let left = body.width * 9 / 20;
        let (left, images) = borders.columns(Setting::CompareColumns, body, left, COLUMNS);
        let (verdict, left) = split_rows(left, rows.min(left.height - 2 * CURVES));
        let (distance, accuracy) = split_rows(left, left.height / 2);
        return parts(verdict, images, distance, accuracy);
    }
    let (verdict, rest) = split_rows(body, rows.min(body.height - IMAGES - CURVES));
    let top = (rest.height * 3 / 5).max(IMAGES);
    let (images, curves) = borders.rows(Setting::CompareImages, rest, top, [IMAGES, CURVES]);
    let (distance, accuracy) = split_columns(curves, curves.width / 2);
    parts(verdict, images, distance, accuracy)
}

fn parts(verdict: Rect, images: Rect, distance: Rect, accuracy: Rect) -> Parts {
    Parts {
        verdict: Some(verdict),
        images: Some(thirds(images)),
        distance: Some(distance),
        accuracy: Some(accuracy),
    }
}

/// Side by side where they are wide enough, one above the other where the area is a tall one.
fn thirds(area: Rect) -> [Rect; 3] {
    // A cell is about twice as high as it is wide.
    if area.width >= area.height * 2 {
        let (first, rest) = split_columns(area, area.width / 3);
        let (second, third) = split_columns(rest, rest.width / 2);
        [first, second, third]
    } else {
        let (first, rest) = split_rows(area, area.height / 3);
        let (second, third) = split_rows(rest, rest.height / 2);
        [first, second, third]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Choices;

    #[test]
    fn parts_fill_the_body_and_do_not_overlap() {
        for (width, height) in [(96, 30), (120, 38), (150, 40), (200, 58)] {
            let body = Rect::new(0, 1, width, height);
            let choices = Choices::default();
            let mut borders = Borders::new(&choices);
            let Parts { verdict, images, distance, accuracy } =
                lay_out(body, None, 9, &mut borders);
            assert_eq!(borders.all.len(), 1);
            let mut areas = vec![verdict.unwrap(), distance.unwrap(), accuracy.unwrap()];
            areas.extend(images.unwrap());
            let cells: u32 = areas.iter().map(|area| area.area()).sum();
            assert_eq!(cells, body.area(), "{width}x{height}: {areas:?}");
            assert!(areas.iter().all(|area| body.contains(area.as_position())));
        }
    }

    #[test]
    fn a_part_alone_has_all_of_the_body() {
        let choices = Choices::default();
        let body = Rect::new(0, 1, 80, 22);
        assert!(hides_parts(body));
        let parts = lay_out(body, Some(Part::Distance), 9, &mut Borders::new(&choices));
        assert!(parts.distance == Some(body) && parts.images.is_none() && parts.verdict.is_none());
    }
}
