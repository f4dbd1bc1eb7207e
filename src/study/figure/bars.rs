//! A table as bars: a group for each column, in it a bar for each row, with published values beside.

use plotters::prelude::*;

use super::{left_out, ours};
use crate::{
    figure::{
        FigureError, Picture,
        layout::{Area, Key, Names, Published, Side, frame, legend, legend_width, text},
        mark::{Fill, Mark},
    },
    study::table::{Entry, Table},
};

/// The part of a group's width that its bars take.
const GROUP: f64 = 0.86;
/// Bars of a figure that have their value written above.
const FEW: usize = 30;

/// The figure of a table.
pub(super) struct Bars<'a>(pub &'a Table);

impl Bars<'_> {
    fn plot_width(&self) -> u32 {
        (self.0.rows.len() * self.0.columns.len() * 26 + 60).clamp(480, 1100) as u32
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.rows.iter().map(|(name, _)| name.as_str())
    }
}

impl Picture for Bars<'_> {
    fn size(&self) -> (u32, u32) {
        (self.plot_width() + legend_width(self.names()) + 30, 540)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
        let table = self.0;
        let (rows, columns) = (table.rows.len(), table.columns.len());
        let column_names = Names::new(&table.columns, self.plot_width());
        let entries = || table.rows.iter().flat_map(|(_, entries)| entries);
        let published = || entries().filter_map(|entry| entry.published.interval());
        let tops = entries().filter_map(ours).chain(published()).map(|(mean, std)| mean + std);
        // Room for a value above the highest bar.
        let high = (tops.fold(10.0, f64::max) * 1.06).min(108.0);
        let area = frame(sheet, &table.title, &left_out(table))?;
        let (left, right) = area.split_horizontally(self.plot_width() + 20);
        let mut chart = ChartBuilder::on(&left)
            .margin(8)
            .x_label_area_size(column_names.height())
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..columns as f64, 0.0..high)
            .map_err(FigureError::of)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_labels(0)
            .y_labels(11)
            .y_label_formatter(&|value| {
                if *value > 100.5 { String::new() } else { format!("{value:.0}") }
            })
            .y_desc("test accuracy in %")
            .axis_desc_style(("sans-serif", 16))
            .label_style(("sans-serif", 14))
            .draw()
            .map_err(FigureError::of)?;
        let pixel = |x: f64, y: f64| chart.backend_coord(&(x, y));
        let width = GROUP / rows as f64;
        for (row, (_, entries)) in table.rows.iter().enumerate() {
            for (column, entry) in entries.iter().enumerate() {
                let start = column as f64 + (1.0 - GROUP) / 2.0 + row as f64 * width;
                let at = |share: f64, y: f64| pixel(start + share * width, y);
                bar(sheet, Mark::of(row), entry, rows * columns <= FEW, &at)?;
            }
        }
        column_names.draw(sheet, |column| pixel(column as f64 + 0.5, 0.0))?;
        let mut keys: Vec<Key<'_>> =
            self.names().enumerate().map(|(row, name)| Key::Row(name, Mark::of(row))).collect();
        if published().next().is_some() {
            keys.push(Key::Published(Published::Diamond));
        }
        legend(&right, &table.corner, &keys)
    }
}

/// A cell, between the pixels that `at` tells of shares of its width and of accuracies in per cent.
fn bar<B: DrawingBackend>(
    sheet: &Area<B>,
    mark: Mark,
    entry: &Entry,
    is_labelled: bool,
    at: &dyn Fn(f64, f64) -> (i32, i32),
) -> Result<(), FigureError> {
    if let Some((mean, std)) = ours(entry) {
        let (from, to) = (at(0.06, mean), at(0.94, 0.0));
        let body = Rectangle::new([from, to], mark.colour.mix(0.8).filled());
        sheet.draw(&body).map_err(FigureError::of)?;
        let (x, y) = at(0.5, 0.0);
        if to.1 - from.1 > 30 {
            mark.draw(sheet, (x, y - 12), 4, Fill::Open)?;
        }
        whisker(sheet, at(0.5, mean - std), at(0.5, mean + std), 4)?;
        if is_labelled {
            // Above its whisker, and above a published value that is in the way there.
            let (x, mut y) = at(0.5, mean + std);
            if let Some((theirs, deviation)) = entry.published.interval() {
                let (top, bottom) = (at(0.5, theirs + deviation).1, at(0.5, theirs - deviation).1);
                if top - 6 < y && bottom + 6 > y - 20 {
                    y = y.min(top - 6);
                }
            }
            text(sheet, &format!("{mean:.1}"), (x, y - 4), 12, Side::Above)?;
        }
    }
    if let Some((mean, std)) = entry.published.interval() {
        whisker(sheet, at(0.78, mean - std), at(0.78, mean + std), 0)?;
        Published::Diamond.draw(sheet, at(0.78, mean))?;
    }
    Ok(())
}

/// A vertical line with bars of this half width at its ends.
fn whisker<B: DrawingBackend>(
    area: &Area<B>,
    low: (i32, i32),
    high: (i32, i32),
    half: i32,
) -> Result<(), FigureError> {
    let line = |from, to| {
        area.draw(&PathElement::new(vec![from, to], BLACK.stroke_width(1))).map_err(FigureError::of)
    };
    line(low, high)?;
    for (x, y) in [low, high] {
        line((x - half, y), (x + half, y))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;
    use crate::figure::tests::svg;

    #[test]
    fn every_cell_that_is_done_is_a_bar_and_texts_are_escaped() {
        let whole = table(&[("K < C & D", &[Some(0.5), Some(0.25)]), ("DSA", &[Some(0.9), None])]);
        let svg = svg(&Bars(&whole));
        // The background is a rectangle too.
        assert_eq!(svg.matches("<rect ").count(), 1 + 3);
        assert!(svg.contains("K &lt; C &amp; D") && svg.contains("Ours &amp; &lt;theirs&gt;"));
        assert!(!svg.contains("K < C"));
        for words in ["DSA", "column 0", "column 1", "published", "test accuracy in %", "method"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(svg.contains("Not done and left out: DSA, column 1 (pending)."));
        // Three published values and the legend's.
        assert_eq!(svg.matches("fill=\"#FFFFFF\"").count() - 1, 3 + 1 + 3);
    }

    #[test]
    fn a_table_without_anything_is_an_empty_figure() {
        let svg = svg(&Bars(&table(&[("DSA", &[None, None])])));
        assert_eq!(svg.matches("<rect ").count(), 1);
        assert!(svg.contains("left out") && !svg.contains("published"));
    }
}
