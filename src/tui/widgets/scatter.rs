//! Points on a pair of axes, one of them under the cursor and some of them ringed. Few points are signs of a
//! cell each, many are dots, where a cell holds up to eight.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

use super::chart::{Axis, Unit, dots::Dots, frame};
use crate::tui::look::{Look, Role};

/// A point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Across.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Whether it stands out.
    pub is_ringed: bool,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Scatter<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// The points. One without a number is not drawn.
    pub points: &'a [Place],
    /// The point under the cursor.
    pub cursor: Option<usize>,
    /// What is measured across.
    pub x: Unit,
    /// What is measured upwards.
    pub y: Unit,
    /// The style of points.
    pub style: Style,
    /// What to say while there is nothing to draw.
    pub empty: &'a str,
}

/// So many points have a cell each.
const FEW: usize = 80;
/// Below this nothing is drawn.
const SMALLEST: (u16, u16) = (13, 4);

impl Widget for &Scatter<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return;
        }
        let drawn = || self.points.iter().filter(|point| (point.x * point.y).is_finite());
        let x = Axis::around(drawn().map(|point| point.x), frame::ticks_across(area.width));
        let rows = frame::ticks_up(area.height - 2);
        let Some((x, y)) = x.zip(Axis::around(drawn().map(|point| point.y), rows)) else {
            let text = Span::styled(self.empty.to_owned(), self.look.style(Role::Quiet));
            let middle = Rect { y: area.y + area.height / 2, height: 1, ..area };
            Line::from(text).centered().render(middle, buffer);
            return;
        };
        let labels: Vec<String> = y.ticks.iter().map(|tick| self.y.label(*tick, y.step)).collect();
        let frame = frame::Frame::new(self.look, area, &x, &y, &labels);
        frame.draw_up(&labels, buffer);
        frame.draw_across(|tick| self.x.label(tick, x.step), buffer);
        let symbols = self.look.symbols();
        let place = |point: &Place| frame.column(point.x).zip(frame.row(point.y));
        if self.points.len() > FEW {
            self.draw_dots(&frame, buffer);
        } else {
            for (x, y) in drawn().filter_map(place) {
                buffer.set_string(x, y, symbols.point, self.style);
            }
        }
        let ringed = self.look.style(Role::Good);
        for (x, y) in drawn().filter(|point| point.is_ringed).filter_map(place) {
            buffer.set_string(x, y, symbols.ring, ringed);
        }
        let under = self.cursor.and_then(|at| self.points.get(at));
        if let Some((x, y)) = under.and_then(place) {
            let style =
                self.look.style(Role::Accent).add_modifier(ratatui::style::Modifier::REVERSED);
            buffer.set_string(x, y, symbols.target, style);
        }
    }
}

impl Scatter<'_> {
    fn draw_dots(&self, frame: &frame::Frame<'_>, buffer: &mut Buffer) {
        let plot = frame.plot;
        let mut dots = Dots::new(plot.width, plot.height, self.look.ascii);
        let (across, down) = dots.size();
        let at =
            |place: f64, count: usize| (place * count.saturating_sub(1) as f64).round() as usize;
        for point in self.points.iter().filter(|point| (point.x * point.y).is_finite()) {
            let row = at(1.0 - frame.y.place(point.y), down);
            dots.vertical(at(frame.x.place(point.x), across), row, row, 0);
        }
        for (row, column) in (0..plot.height).flat_map(|y| (0..plot.width).map(move |x| (y, x))) {
            if let Some((symbol, _)) = dots.symbol(column.into(), row.into())
                && let Some(cell) = buffer.cell_mut((plot.x + column, plot.y + row))
            {
                cell.set_char(symbol).set_style(self.style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(scatter: &Scatter<'_>, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        scatter.render(area, &mut buffer);
        (0..rows)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>())
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn scatter(points: &[Place]) -> Scatter<'_> {
        Scatter {
            look: Look::bare(true, false),
            points,
            cursor: None,
            x: Unit::Percent,
            y: Unit::Percent,
            style: Style::new(),
            empty: "nothing yet",
        }
    }

    fn cloud(count: u32) -> Vec<Place> {
        let noise = |at: u32| f64::from(at * 7919 % 101) / 101.0;
        let point = |at: u32| {
            let x = 0.5 + 0.4 * f64::from(at) / f64::from(count);
            Place { x, y: 0.3 + 0.5 * x + 0.1 * noise(at), is_ringed: false }
        };
        (0..count).map(point).collect()
    }

    #[test]
    fn few_points_are_signs_and_the_cursor_stands_out() {
        let mut points = cloud(24);
        points[20].is_ringed = true;
        points.push(Place { x: f64::NAN, y: 0.5, is_ringed: true });
        let mut few = scatter(&points);
        few.cursor = Some(3);
        insta::assert_snapshot!("scatter", draw(&few, 60, 14).join("\n"));
    }

    #[test]
    fn many_points_are_dots_and_none_is_lost() {
        let points = cloud(720);
        let mut many = scatter(&points);
        many.look.ascii = false;
        let text = draw(&many, 200, 60).concat();
        let dots: u32 = text
            .chars()
            .filter(|c| ('\u{2800}'..='\u{28ff}').contains(c))
            .map(|c| (u32::from(c) - 0x2800).count_ones())
            .sum();
        // Some of them share a dot.
        assert!((600..=720).contains(&dots), "{dots}");
    }

    #[test]
    fn no_size_is_too_small_and_nothing_says_so() {
        let points = cloud(5);
        for (columns, rows) in (0..30).flat_map(|x| (0..8).map(move |y| (x, y))) {
            draw(&scatter(&points), columns, rows);
        }
        assert!(draw(&scatter(&[]), 30, 8).concat().contains("nothing yet"));
    }
}
