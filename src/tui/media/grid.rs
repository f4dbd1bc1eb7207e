//! Where the pictures of all classes go in an area of cells, and how large they are.
//!
//! One tile per class: its label and its images side by side. The largest scale wins at which every class
//! fits; magnification is by whole numbers, so that every source pixel becomes a square of equal size.
//! Where not every class fits, a page of them is shown; where not every image of a class fits, the first
//! ones are.

use ratatui::layout::Rect;

use crate::tui::tty::CellPixels;

/// How much larger or smaller than its source a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// So many screen pixels for a source pixel, each way.
    Times(u32),
    /// So many source pixels for a screen pixel, each way.
    Part(u32),
}

impl Scale {
    /// The length on the screen of `source` pixels.
    pub const fn apply(self, source: u32) -> u32 {
        match self {
            Self::Times(factor) => source * factor,
            Self::Part(part) => source.div_ceil(part),
        }
    }
}

/// From the largest to the smallest.
const SCALES: [Scale; 19] = [
    Scale::Times(16),
    Scale::Times(14),
    Scale::Times(12),
    Scale::Times(11),
    Scale::Times(10),
    Scale::Times(9),
    Scale::Times(8),
    Scale::Times(7),
    Scale::Times(6),
    Scale::Times(5),
    Scale::Times(4),
    Scale::Times(3),
    Scale::Times(2),
    Scale::Times(1),
    Scale::Part(2),
    Scale::Part(3),
    Scale::Part(4),
    Scale::Part(6),
    Scale::Part(8),
];

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pictures {
    /// Classes.
    pub classes: usize,
    /// Images of each.
    pub images: usize,
    /// Width and height of one image.
    pub size: [u32; 2],
    /// Cells of the longest label.
    pub label: u16,
}

/// Where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// How large.
    pub scale: Scale,
    /// Images shown of each class.
    pub images: usize,
    /// The first class shown.
    pub first: usize,
    /// Classes shown.
    pub shown: usize,
    /// Pixels between two images of a class.
    pub gap: u32,
    /// Cells of a class's picture.
    pub picture: (u16, u16),
    area: Rect,
    columns: usize,
    step: (u16, u16),
    label_beside: Option<u16>,
}

/// Rows of cells that labels above pictures take.
const LABEL_ROWS: u16 = 1;
/// The most cells that a label beside its pictures takes.
const WIDEST_LABEL: u16 = 10;
/// The fewest cells for a label above its picture.
const NARROWEST_LABEL: u16 = 3;
/// Cells between two tiles.
const SPACE: u16 = 1;
/// The most cells that tiles are spread by.
const WIDEST_SPACE: u16 = 4;

impl Grid {
    /// The grid for `pictures` in `area`, whose cells are `cell` large, starting at class `first`.
    /// `None` where not even one small picture fits.
    pub fn fit(pictures: Pictures, area: Rect, cell: CellPixels, first: usize) -> Option<Self> {
        if pictures.classes == 0 || pictures.images == 0 || area.is_empty() {
            return None;
        }
        // Graphics are crisp down to one pixel for a pixel; text cells have to be coarser.
        let finest = if cell.width > 1 { Scale::Times(1) } else { Scale::Part(4) };
        let acceptable = SCALES.iter().position(|scale| *scale == finest).unwrap_or(0);
        let fewest = |images| {
            let scales = SCALES.iter().take(acceptable + 1);
            scales.copied().find_map(|scale| Self::at(pictures, area, cell, scale, images))
        };
        let whole = (1..=pictures.images).rev().find_map(fewest);
        let whole = whole.or_else(|| {
            let small = SCALES.iter().take(acceptable + 3);
            small.copied().find_map(|scale| Self::at(pictures, area, cell, scale, 1))
        });
        // No scale shows all classes: a page of them, as small as is acceptable.
        let grid = whole.or_else(|| {
            SCALES.iter().skip(acceptable).find_map(|scale| {
                let grid = Self::measure(pictures, area, cell, *scale, 1, false)?;
                (grid.shown > 0).then_some(grid)
            })
        })?;
        let first =
            if grid.shown == pictures.classes { 0 } else { first.min(pictures.classes - 1) };
        Some(Self { first, shown: grid.shown.min(pictures.classes - first), ..grid })
    }

    /// The grid at this scale, if every class fits: labels above or beside, whichever is possible.
    fn at(
        pictures: Pictures,
        area: Rect,
        cell: CellPixels,
        scale: Scale,
        images: usize,
    ) -> Option<Self> {
        let beside_first = images > 1;
        [beside_first, !beside_first]
            .into_iter()
            .filter_map(|beside| Self::measure(pictures, area, cell, scale, images, beside))
            .find(|grid| grid.shown == pictures.classes)
    }

    fn measure(
        pictures: Pictures,
        area: Rect,
        cell: CellPixels,
        scale: Scale,
        images: usize,
        beside: bool,
    ) -> Option<Self> {
        let [width, height] = pictures.size.map(|length| scale.apply(length));
        let gap = u32::from(cell.width / 4).max(1);
        let strip = width * images as u32 + gap * (images as u32 - 1);
        let across = u16::try_from(strip.div_ceil(u32::from(cell.width))).ok()?;
        let down = u16::try_from(height.div_ceil(u32::from(cell.height))).ok()?;
        let label = pictures.label.min(WIDEST_LABEL);
        let (tile, step_down, label_beside) = if beside {
            (across + label + 1, down, Some(label + 1))
        } else {
            (across.max(label.min(NARROWEST_LABEL)), down + LABEL_ROWS, None)
        };
        let columns = usize::from((area.width + SPACE) / (tile + SPACE));
        let rows = usize::from(area.height / step_down);
        if columns == 0 || rows == 0 {
            return None;
        }
        let shown = (columns * rows).min(pictures.classes);
        // As many columns as the rows need, so that the last row is about as long as the others.
        let columns = if shown == pictures.classes {
            let balanced = shown.div_ceil(columns);
            shown.div_ceil(balanced)
        } else {
            columns
        };
        let free = area.width - tile * columns as u16;
        let between = free.checked_div(columns as u16 - 1).unwrap_or(0).clamp(SPACE, WIDEST_SPACE);
        Some(Self {
            scale,
            images,
            first: 0,
            shown,
            gap,
            picture: (across, down),
            area,
            columns,
            step: (tile + between, step_down),
            label_beside,
        })
    }

    /// Rows of cells that the shown classes take.
    pub fn height(&self) -> u16 {
        self.shown.div_ceil(self.columns.max(1)) as u16 * self.step.1
    }

    fn origin(&self, class: usize) -> Option<(u16, u16)> {
        let index = class.checked_sub(self.first).filter(|index| *index < self.shown)?;
        let (column, row) = ((index % self.columns) as u16, (index / self.columns) as u16);
        Some((self.area.x + column * self.step.0, self.area.y + row * self.step.1))
    }

    /// The cells of a class's picture; `None` for a class that is not shown.
    pub fn picture_area(&self, class: usize) -> Option<Rect> {
        let (x, y) = self.origin(class)?;
        let (dx, dy) = self.label_beside.map_or((0, LABEL_ROWS), |beside| (beside, 0));
        Some(Rect::new(x + dx, y + dy, self.picture.0, self.picture.1).intersection(self.area))
    }

    /// The cells of a class's label.
    pub fn label_area(&self, class: usize) -> Option<Rect> {
        let (x, y) = self.origin(class)?;
        let width = self.label_beside.map_or(self.step.0 - SPACE, |beside| beside - 1);
        Some(Rect::new(x, y, width, 1).intersection(self.area))
    }

    /// The first class of the next page, or of the one before.
    pub fn page(&self, forward: bool, classes: usize) -> usize {
        if forward {
            let next = self.first + self.shown;
            if next < classes { next } else { self.first }
        } else {
            self.first.saturating_sub(self.columns * usize::from(self.area.height / self.step.1))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const XTERM: CellPixels = CellPixels { width: 8, height: 15 };
    const BLOCK: CellPixels = CellPixels { width: 1, height: 2 };

    fn digits(images: usize) -> Pictures {
        Pictures { classes: 10, images, size: [28, 28], label: 1 }
    }

    #[test]
    fn ten_digits_are_magnified_by_a_whole_number() {
        let grid = Grid::fit(digits(1), Rect::new(1, 5, 118, 12), XTERM, 0).unwrap();
        assert_eq!(grid.scale, Scale::Times(3));
        assert_eq!(grid.picture, (11, 6));
        assert_eq!((grid.shown, grid.height()), (10, 7));
        assert_eq!(grid.picture_area(0), Some(Rect::new(1, 6, 11, 6)));
        let large = Grid::fit(digits(1), Rect::new(0, 0, 110, 50), XTERM, 0).unwrap();
        assert_eq!(large.scale, Scale::Times(7));
    }

    #[test]
    fn half_blocks_shrink_what_does_not_fit() {
        let grid = Grid::fit(digits(1), Rect::new(0, 0, 78, 5), BLOCK, 0).unwrap();
        assert_eq!(grid.scale, Scale::Part(4));
        assert_eq!((grid.picture, grid.shown), ((7, 4), 10));
    }

    #[test]
    fn ten_images_a_class_are_rows_with_the_label_beside() {
        let grid = Grid::fit(digits(10), Rect::new(0, 0, 118, 40), XTERM, 0).unwrap();
        assert_eq!((grid.images, grid.shown), (10, 10));
        let label = grid.label_area(3).unwrap();
        assert_eq!(label.y, grid.picture_area(3).unwrap().y);
    }

    #[test]
    fn images_that_do_not_fit_are_left_out_before_they_get_too_small() {
        let pictures = Pictures { classes: 10, images: 50, size: [32, 32], label: 10 };
        let grid = Grid::fit(pictures, Rect::new(0, 0, 118, 30), XTERM, 0).unwrap();
        assert_eq!((grid.shown, grid.scale), (10, Scale::Times(1)));
        assert!((5..50).contains(&grid.images), "{}", grid.images);
    }

    #[test]
    fn a_hundred_classes_come_in_pages() {
        let pictures = Pictures { classes: 100, images: 1, size: [32, 32], label: 10 };
        let area = Rect::new(0, 0, 78, 8);
        let first = Grid::fit(pictures, area, XTERM, 0).unwrap();
        assert!(first.shown < 100 && first.shown > 0);
        let next = first.page(true, 100);
        assert_eq!(next, first.shown);
        let second = Grid::fit(pictures, area, XTERM, next).unwrap();
        assert_eq!(second.first, next);
        assert!(second.picture_area(0).is_none() && second.picture_area(next).is_some());
        assert_eq!(second.page(false, 100), 0);
        let last = Grid::fit(pictures, area, XTERM, 99).unwrap();
        assert_eq!((last.shown, last.page(true, 100)), (1, 99));
    }

    #[test]
    fn where_nothing_fits_there_is_no_grid() {
        assert_eq!(Grid::fit(digits(1), Rect::new(0, 0, 2, 2), XTERM, 0), None);
        assert_eq!(Grid::fit(digits(1), Rect::ZERO, XTERM, 0), None);
    }

    proptest! {
        #[test]
        fn tiles_lie_inside_and_apart(
            classes in 1_usize..120, images in 1_usize..60, side in 8_u32..70,
            width in 1_u16..220, height in 1_u16..70, cell in 0_usize..3, first in 0_usize..120,
        ) {
            let cell = [XTERM, BLOCK, CellPixels { width: 10, height: 20 }][cell];
            let pictures = Pictures { classes, images, size: [side, side], label: 9 };
            let area = Rect::new(3, 2, width, height);
            if let Some(grid) = Grid::fit(pictures, area, cell, first) {
                let mut taken: Vec<Rect> = Vec::new();
                for class in grid.first..grid.first + grid.shown {
                    let picture = grid.picture_area(class).unwrap();
                    // Whole pictures only: one that was cut would be drawn over its neighbours.
                    prop_assert_eq!((picture.width, picture.height), grid.picture);
                    for part in [picture, grid.label_area(class).unwrap()] {
                        prop_assert_eq!(part.intersection(area), part);
                        prop_assert!(taken.iter().all(|other| !other.intersects(part)));
                        taken.push(part);
                    }
                }
            }
        }
    }
}
