//! Where the parts of the run screen lie, by the size of the window.
//!
//! ```text
//! small            medium           large            wide
//! summary          summary          summary          summary
//! one panel        images           images           curve     │ images
//!                  curves or log    curves           accuracy  │
//!                                   log              log       │
//! ```

use ratatui::layout::Rect;

use crate::tui::{
    media::{Grid, grid::Pictures},
    model::run::Panel,
    tty::CellPixels,
    widgets::panel,
};

/// The parts; a part that there is no room for is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// State, progress, device, scores.
    pub summary: Rect,
    /// Whether the summary has a box.
    pub boxed: bool,
    /// The synthetic images.
    pub images: Option<Rect>,
    /// The matching distance.
    pub distance: Option<Rect>,
    /// The accuracies.
    pub accuracy: Option<Rect>,
    /// The log.
    pub log: Option<Rect>,
}

/// What the images ask for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What there is to show; unknown before the first picture.
    pub pictures: Option<Pictures>,
    /// The pixels of a cell; none where pictures are not shown at all.
    pub cell: Option<CellPixels>,
    /// The first class of the page.
    pub first: usize,
}

/// Rows and columns of a box's border.
const BORDER: u16 = 2;
/// The fewest rows of curves and of the log, borders included.
const CURVES: u16 = 9;
const LOG: u16 = 6;
/// Rows for images before it is known how many there are.
const IMAGES: u16 = 8;

/// Lays the parts out in `body`. `panel` is the one that a small window shows.
pub fn lay_out(body: Rect, panel: Panel, wanted: Wanted) -> Parts {
    if body.width >= 150 && body.height >= 40 {
        wide(body, wanted)
    } else if body.width >= 96 && body.height >= 32 {
        large(body, wanted)
    } else if body.width >= 66 && body.height >= 20 {
        medium(body, panel, wanted)
    } else {
        small(body, panel)
    }
}

/// True when this window shows one panel, or some panels, at a time.
pub const fn hides_panels(body: Rect) -> bool {
    body.width < 96 || body.height < 32
}

fn split_rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}

fn split_columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

/// Rows for images in an area at most `most` high: as many as the pictures need at their best scale.
fn image_rows(area: Rect, most: u16, wanted: Wanted) -> Option<u16> {
    let cell = wanted.cell?;
    let Some(pictures) = wanted.pictures else { return Some(IMAGES.min(most)) };
    let inside = panel::inside(Rect { height: most, ..area });
    let grid = Grid::fit(pictures, inside, cell, wanted.first);
    Some(grid.map_or(IMAGES.min(most), |grid| grid.height() + BORDER))
}

fn wide(body: Rect, wanted: Wanted) -> Parts {
    let (summary, rest) = split_rows(body, 6);
    let (left, images) = match wanted.cell {
        Some(_) => split_columns(rest, rest.width * 9 / 20),
        None => (rest, Rect::ZERO),
    };
    let curve = left.height * 7 / 20;
    let (distance, left) = split_rows(left, curve);
    let (accuracy, log) = split_rows(left, curve);
    Parts {
        summary,
        boxed: true,
        images: wanted.cell.map(|_| images),
        distance: Some(distance),
        accuracy: Some(accuracy),
        log: Some(log),
    }
}

fn large(body: Rect, wanted: Wanted) -> Parts {
    let (summary, rest) = split_rows(body, 6);
    let most = rest.height.saturating_sub(CURVES + LOG);
    let (images, rest) = match image_rows(rest, most, wanted) {
        Some(rows) => {
            let (images, rest) = split_rows(rest, rows);
            (Some(images), rest)
        }
        None => (None, rest),
    };
    let (curves, log) = split_rows(rest, rest.height - (rest.height * 2 / 5).max(LOG));
    let (distance, accuracy) = split_columns(curves, curves.width * 11 / 20);
    Parts {
        summary,
        boxed: true,
        images,
        distance: Some(distance),
        accuracy: Some(accuracy),
        log: Some(log),
    }
}

fn medium(body: Rect, panel: Panel, wanted: Wanted) -> Parts {
    let (summary, rest) = split_rows(body, 3);
    let most = rest.height.saturating_sub(CURVES);
    let (images, rest) = match image_rows(rest, most, wanted) {
        Some(rows) => {
            let (images, rest) = split_rows(rest, rows);
            (Some(images), rest)
        }
        None => (None, rest),
    };
    let parts = Parts { summary, images, ..Parts::default() };
    if panel == Panel::Log {
        return Parts { log: Some(rest), ..parts };
    }
    let (distance, accuracy) = split_columns(rest, rest.width * 11 / 20);
    Parts { distance: Some(distance), accuracy: Some(accuracy), ..parts }
}

fn small(body: Rect, panel: Panel) -> Parts {
    let (summary, rest) = split_rows(body, 3);
    let parts = Parts { summary, ..Parts::default() };
    match panel {
        Panel::Images => Parts { images: Some(rest), ..parts },
        Panel::Distance => Parts { distance: Some(rest), ..parts },
        Panel::Accuracy => Parts { accuracy: Some(rest), ..parts },
        Panel::Log => Parts { log: Some(rest), ..parts },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted(images: bool) -> Wanted {
        let pictures = Pictures { classes: 10, images: 1, size: [28, 28], label: 1 };
        let cell = CellPixels { width: 8, height: 15 };
        Wanted { pictures: Some(pictures), cell: images.then_some(cell), first: 0 }
    }

    #[test]
    fn images_take_the_rows_that_they_need() {
        let parts = lay_out(Rect::new(0, 1, 120, 38), Panel::Images, wanted(true));
        assert_eq!(parts.images, Some(Rect::new(0, 7, 120, 16)));
        assert!(parts.distance.is_some() && parts.accuracy.is_some() && parts.log.is_some());
    }

    #[test]
    fn without_images_curves_have_their_room() {
        let with = lay_out(Rect::new(0, 1, 120, 38), Panel::Images, wanted(true));
        let without = lay_out(Rect::new(0, 1, 120, 38), Panel::Images, wanted(false));
        assert_eq!(without.images, None);
        assert!(without.distance.unwrap().height > with.distance.unwrap().height);
    }

    proptest! {
        #[test]
        fn parts_fill_the_body_and_do_not_overlap(
            columns in 40_u16..260, rows in 10_u16..90, images: bool, panel in 0_usize..4,
        ) {
            let panel = [Panel::Images, Panel::Distance, Panel::Accuracy, Panel::Log][panel];
            let body = Rect::new(0, 1, columns, rows);
            let parts = lay_out(body, panel, wanted(images));
            let all: Vec<Rect> = [Some(parts.summary), parts.images, parts.distance, parts.accuracy, parts.log]
                .into_iter()
                .flatten()
                .collect();
            for (index, part) in all.iter().enumerate() {
                prop_assert_eq!(part.intersection(body), *part);
                prop_assert!(all[index + 1..].iter().all(|other| !other.intersects(*part)));
            }
            let cells: u32 = all.iter().map(|part| part.area()).sum();
            prop_assert_eq!(cells, body.area());
        }
    }
}
