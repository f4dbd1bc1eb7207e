//! A table whose columns follow one another, such as tasks of continual learning, as a line for each row with
//! a band of one deviation around it.

use plotters::prelude::*;

use super::{left_out, ours, range};
use crate::{
    figure::{
        FigureError, Picture,
        layout::{Area, Key, Names, Published, frame, legend, legend_width},
        mark::{Fill, Mark},
    },
    study::table::{Entry, Table},
};

const SIZE: (u32, u32) = (600, 520);

/// The figure of a table.
pub(super) struct Lines<'a>(pub &'a Table);

impl Lines<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.rows.iter().map(|(name, _)| name.as_str())
    }
}

impl Picture for Lines<'_> {
    fn size(&self) -> (u32, u32) {
        (SIZE.0 + legend_width(self.names()), SIZE.1)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
        let table = self.0;
        let entries = || table.rows.iter().flat_map(|(_, entries)| entries);
        let published = |entry: &Entry| entry.published.interval();
        let (low, high) = range(entries().filter_map(ours).chain(entries().filter_map(published)));
        let digits = usize::from(high - low < 5.0);
        let columns = table.columns.len();
        let column_names = Names::new(&table.columns, SIZE.0);
        let area = frame(sheet, &table.title, &left_out(table))?;
        let (left, right) = area.split_horizontally(SIZE.0);
        let mut chart = ChartBuilder::on(&left)
            .margin(8)
            .x_label_area_size(column_names.height())
            .y_label_area_size(56)
            .build_cartesian_2d(-0.25..columns as f64 - 0.75, low..high)
            .map_err(FigureError::of)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_labels(0)
            .y_labels(8)
            .y_label_formatter(&|value| format!("{value:.digits$}"))
            .y_desc("test accuracy in %")
            .axis_desc_style(("sans-serif", 16))
            .label_style(("sans-serif", 14))
            .draw()
            .map_err(FigureError::of)?;
        let pixel = |column: usize, y: f64| chart.backend_coord(&(column as f64, y));
        for (row, (_, entries)) in table.rows.iter().enumerate() {
            let mark = Mark::of(row);
            let figures = entries.iter().map(ours).enumerate().collect::<Vec<_>>();
            // A line is broken where a cell is missing.
            for part in figures.split(|(_, found)| found.is_none()) {
                let part: Vec<(usize, f64, f64)> = part
                    .iter()
                    .filter_map(|(column, found)| found.map(|(mean, std)| (*column, mean, std)))
                    .collect();
                if part.is_empty() {
                    continue;
                }
                let along = |side: f64| {
                    part.iter().map(move |(column, mean, std)| pixel(*column, mean + side * std))
                };
                let back: Vec<_> = along(-1.0).collect();
                let band: Vec<_> = along(1.0).chain(back.into_iter().rev()).collect();
                let paper = mark.colour.mix(0.16).filled();
                sheet.draw(&Polygon::new(band, paper)).map_err(FigureError::of)?;
                let line =
                    PathElement::new(along(0.0).collect::<Vec<_>>(), mark.colour.stroke_width(2));
                sheet.draw(&line).map_err(FigureError::of)?;
                for at in along(0.0) {
                    mark.draw(sheet, at, 5, Fill::Full)?;
                }
            }
            for (column, entry) in entries.iter().enumerate() {
                if let Some((mean, _)) = published(entry) {
                    mark.draw(sheet, pixel(column, mean), 5, Fill::Open)?;
                }
            }
        }
        column_names.draw(sheet, |column| pixel(column, low))?;
        let mut keys: Vec<Key<'_>> =
            self.names().enumerate().map(|(row, name)| Key::Row(name, Mark::of(row))).collect();
        if entries().any(|entry| published(entry).is_some()) {
            keys.push(Key::Published(Published::Circle));
        }
        legend(&right, &table.corner, &keys)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;
    use crate::figure::tests::svg;

    #[test]
    fn a_line_joins_what_is_done_and_breaks_at_what_is_not() {
        let joined = table(&[("DSA", &[Some(0.9), Some(0.8), Some(0.7)])]);
        let broken = table(&[("DSA", &[Some(0.9), None, Some(0.7)])]);
        let lines = |svg: &str| svg.matches("stroke=\"#0072B2\" stroke-width=\"2\" points").count();
        let (joined, broken) = (svg(&Lines(&joined)), svg(&Lines(&broken)));
        assert_eq!((lines(&joined), lines(&broken)), (1, 2));
        // Full circles: one for each cell and one in the legend.
        let full = |svg: &str| svg.matches("fill=\"#0072B2\" stroke=\"none\"").count();
        assert_eq!((full(&joined), full(&broken)), (4, 3));
        assert!(joined.contains("column 2") && joined.contains("published"));
        assert!(broken.contains("DSA, column 1 (pending)"));
    }
}
