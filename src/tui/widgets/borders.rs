//! Borders between panels: where the window puts them, or where the user has moved them.
//!
//! A layout splits an area through [`Borders`], which remembers where the border came to lie, so that the mouse can
//! take hold of it there.

use ratatui::layout::Rect;

use super::split::{split_columns, split_rows};
use crate::config::{Choices, Setting};

/// Which parts a border lies between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// One above the other.
    Rows,
    /// Side by side.
    Columns,
}

/// A border that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Border {
    /// What keeps its place, in percent of the whole.
    pub setting: Setting,
    /// What it divides.
    pub whole: Rect,
    /// How.
    pub axis: Axis,
    /// The rows or columns of the first part.
    pub at: u16,
    /// The fewest of each part.
    least: [u16; 2],
}

impl Border {
    /// True for a cell of the border: the last line of the first part, or the first one of the second.
    pub fn is_at(&self, column: u16, row: u16) -> bool {
        let place = match self.axis {
            Axis::Rows => row.saturating_sub(self.whole.y),
            Axis::Columns => column.saturating_sub(self.whole.x),
        };
        self.whole.contains((column, row).into()) && (place + 1 == self.at || place == self.at)
    }

    /// What the setting has to be so that the border lies at a cell, or as near to it as there is room for.
    pub fn share_at(&self, column: u16, row: u16) -> f64 {
        let at = match self.axis {
            Axis::Rows => (row + 1).saturating_sub(self.whole.y),
            Axis::Columns => (column + 1).saturating_sub(self.whole.x),
        };
        let at = bounded(at, self.length(), self.least);
        (f64::from(at) * 100.0 / f64::from(self.length().max(1))).round()
    }

    const fn length(&self) -> u16 {
        match self.axis {
            Axis::Rows => self.whole.height,
            Axis::Columns => self.whole.width,
        }
    }
}

/// The second part keeps its fewest lines before the first one does.
fn bounded(at: u16, length: u16, [first, second]: [u16; 2]) -> u16 {
    at.max(first).min(length.saturating_sub(second))
}

/// The borders of a layout that is being made.
#[derive(Debug)]
pub struct Borders<'a> {
    choices: &'a Choices,
    /// Those that can be moved.
    pub all: Vec<Border>,
}

impl<'a> Borders<'a> {
    /// None yet; `choices` say where the user has moved them.
    pub const fn new(choices: &'a Choices) -> Self {
        Self { choices, all: Vec::new() }
    }

    /// Splits an area into two parts, one above the other: the first has `top` rows unless the border was moved, and
    /// each at least so many as `least` says, as far as there are so many.
    pub fn rows(
        &mut self,
        setting: Setting,
        area: Rect,
        top: u16,
        least: [u16; 2],
    ) -> (Rect, Rect) {
        let at = self.place(setting, area, Axis::Rows, top, least);
        split_rows(area, at)
    }

    /// The same for two parts side by side.
    pub fn columns(
        &mut self,
        setting: Setting,
        area: Rect,
        left: u16,
        least: [u16; 2],
    ) -> (Rect, Rect) {
        let at = self.place(setting, area, Axis::Columns, left, least);
        split_columns(area, at)
    }

    fn place(
        &mut self,
        setting: Setting,
        whole: Rect,
        axis: Axis,
        usual: u16,
        least: [u16; 2],
    ) -> u16 {
        let mut border = Border { setting, whole, axis, at: usual, least };
        let share = self.choices.number(setting);
        if share > 0.0 {
            let at = (f64::from(border.length()) * share / 100.0).round() as u16;
            border.at = bounded(at, border.length(), least);
        }
        self.all.push(border);
        border.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Value;

    const AREA: Rect = Rect::new(2, 1, 100, 40);

    fn split(share: f64, axis: Axis) -> (Border, (Rect, Rect)) {
        let mut choices = Choices::default();
        choices.set(Setting::QueueRows, Some(Value::Number(share)));
        let mut borders = Borders::new(&choices);
        let parts = match axis {
            Axis::Rows => borders.rows(Setting::QueueRows, AREA, 12, [9, 5]),
            Axis::Columns => borders.columns(Setting::QueueRows, AREA, 12, [9, 5]),
        };
        (borders.all[0], parts)
    }

    #[test]
    fn a_border_lies_where_the_window_has_it_until_it_is_moved() {
        let height = |share| split(share, Axis::Rows).1.0.height;
        assert_eq!(height(0.0), 12);
        assert_eq!((height(50.0), height(1.0), height(90.0)), (20, 9, 35));
        let (_, (left, right)) = split(30.0, Axis::Columns);
        assert_eq!((left.width, right.x, right.width), (30, 32, 70));
    }

    #[test]
    fn the_mouse_takes_both_lines_of_a_border_and_puts_it_where_it_goes() {
        for axis in [Axis::Rows, Axis::Columns] {
            let border = split(0.0, axis).0;
            let at = |place: u16| match axis {
                Axis::Rows => (50, AREA.y + place),
                Axis::Columns => (AREA.x + place, 20),
            };
            let held: Vec<u16> = (0..40)
                .filter(|place| {
                    let (column, row) = at(*place);
                    border.is_at(column, row)
                })
                .collect();
            assert_eq!(held, [11, 12], "{axis:?}");
            for goal in [9, 15, 21, 34] {
                let (column, row) = at(goal);
                let moved = split(border.share_at(column, row), axis).0;
                assert!(moved.at.abs_diff(goal + 1) <= 1, "{axis:?}: {moved:?} for {goal}");
            }
        }
        let border = split(0.0, Axis::Rows).0;
        assert!(!border.is_at(1, AREA.y + 11), "beside the area");
        assert!((border.share_at(0, 0) - 23.0).abs() < 1e-9, "nine rows of forty");
    }
}
