//! An architecture search as dots: for each proxy a panel with its accuracy of every architecture over that of
//! the reference. Dots along a rising line are a proxy that ranks well; the one it ranks best has a ring.

use plotters::prelude::*;

use super::{range, sentence_of};
use crate::{
    figure::{
        FigureError, Picture,
        layout::{Area, Side, frame, text},
        mark::{Fill, Mark},
    },
    study::search::{Point, Proxy, SearchTable, Standing},
};

/// Panels side by side.
const ACROSS: usize = 3;
/// Width and height of a panel.
const PANEL: (u32, u32) = (330, 300);

/// The figure of a search.
pub(super) struct Scatter<'a> {
    table: &'a SearchTable,
    /// What is drawn: the place of its row, its name and what it found.
    panels: Vec<(usize, &'a str, &'a Proxy)>,
    remark: String,
}

impl<'a> Scatter<'a> {
    /// Of this table.
    pub(super) fn of(table: &'a SearchTable) -> Self {
        let (mut panels, mut absent) = (Vec::new(), Vec::new());
        for (row, line) in table.rows.iter().enumerate() {
            match &line.ours {
                Standing::Unfinished { progress } => {
                    absent.push(format!("{} ({progress})", line.name));
                }
                Standing::Done(_) if line.name == table.reference => {}
                Standing::Done(proxy) => panels.push((row, line.name.as_str(), &**proxy)),
            }
        }
        let mut remark = sentence_of(&absent);
        let has_truth = |(_, _, proxy): &(usize, &str, &Proxy)| proxy.performance.is_some();
        if !panels.iter().all(has_truth) {
            panels.clear();
            let reference = &table.reference;
            remark = format!("Nothing can be held against {reference} before it is done. {remark}");
        }
        Self { table, panels, remark }
    }

    /// Panels across and down.
    fn grid(&self) -> (usize, usize) {
        (self.panels.len().clamp(1, ACROSS), self.panels.len().div_ceil(ACROSS).max(1))
    }
}

impl Picture for Scatter<'_> {
    fn size(&self) -> (u32, u32) {
        let (across, down) = self.grid();
        (across as u32 * PANEL.0 + 20, down as u32 * PANEL.1 + 110).max((420, 160))
    }

    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
        let (across, down) = self.grid();
        let points = self.panels.iter().flat_map(|(_, _, proxy)| &proxy.points);
        let truths = range(points.filter_map(truth).map(|truth| (truth, 0.0)));
        let area = frame(sheet, &self.table.title, &self.remark)?;
        let parts = area.split_evenly((down, across));
        for ((row, name, proxy), part) in self.panels.iter().zip(&parts) {
            panel(self.table, proxy, (*row, name), truths, sheet, part)?;
        }
        Ok(())
    }
}

/// The accuracy of a point under the reference, in per cent.
fn truth(point: &Point) -> Option<f64> {
    point.reference.map(|truth| 100.0 * truth)
}

fn panel<B: DrawingBackend>(
    table: &SearchTable,
    proxy: &Proxy,
    (row, name): (usize, &str),
    (left, right): (f64, f64),
    sheet: &Area<B>,
    part: &Area<B>,
) -> Result<(), FigureError> {
    let accuracy = |point: &Point| 100.0 * point.accuracy.mean;
    let (low, high) = range(proxy.points.iter().map(|point| (accuracy(point), 0.0)));
    let (width, _) = part.dim_in_pixel();
    let found = proxy.overall.map_or_else(String::new, |found| {
        format!(":  ρ {:.2},  τ {:.2}", found.spearman, found.kendall)
    });
    text(part, &format!("{name}{found}"), (width as i32 / 2 + 20, 8), 15, Side::Below)?;
    let mut chart = ChartBuilder::on(part)
        .margin(10)
        .margin_top(30)
        .x_label_area_size(44)
        .y_label_area_size(48)
        .build_cartesian_2d(left..right, low..high)
        .map_err(FigureError::of)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.10))
        .x_labels(5)
        .y_labels(6)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .x_desc(format!("accuracy in %, {}", table.reference))
        .y_desc("accuracy in %, proxy")
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .draw()
        .map_err(FigureError::of)?;
    let mark = Mark::of(row);
    for point in &proxy.points {
        let Some(truth) = truth(point) else { continue };
        let at = chart.backend_coord(&(truth, accuracy(point)));
        mark.draw(sheet, at, 4, Fill::Thin)?;
    }
    for point in proxy.points.iter().filter(|point| proxy.best.contains(&point.architecture)) {
        let Some(truth) = truth(point) else { continue };
        let at = chart.backend_coord(&(truth, accuracy(point)));
        sheet.draw(&Circle::new(at, 9, BLACK.stroke_width(2))).map_err(FigureError::of)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::{Correlation, Summary},
        figure::tests::svg,
        study::{search::SearchRow, search_definition::PublishedSearch, table::Content},
    };

    fn table(is_reference_done: bool) -> SearchTable {
        let proxy = |means: [f64; 3]| {
            let point = |(at, mean): (usize, &f64)| Point {
                architecture: format!("ConvNetD{}", at + 1),
                accuracy: Summary { mean: *mean, std: 0.0, count: 1 },
                secs: 1.0,
                reference: is_reference_done.then_some(0.7 + 0.1 * at as f64),
            };
            Standing::Done(Box::new(Proxy {
                best: vec!["ConvNetD2".to_owned()],
                performance: is_reference_done.then_some(0.8),
                overall: Some(Correlation { spearman: 0.5, kendall: 0.33 }),
                tops: Vec::new(),
                minutes: 1.0,
                making_minutes: 1.0,
                images: Some(100),
                points: means.iter().enumerate().map(point).collect(),
            }))
        };
        let row = |name: &str, ours: Standing| SearchRow {
            name: name.to_owned(),
            ours,
            published: PublishedSearch::default(),
            runs: Vec::new(),
        };
        let waiting = || Standing::Unfinished { progress: Content::Pending };
        let whole = if is_reference_done { proxy([0.7, 0.8, 0.9]) } else { waiting() };
        let rows = vec![
            row("DC & co", proxy([0.4, 0.6, 0.5])),
            row("DSA", proxy([0.4, 0.6, 0.5])),
            row("DM", waiting()),
            row("Whole", whole),
        ];
        SearchTable {
            title: "A search".to_owned(),
            corner: "proxy".to_owned(),
            reference: "Whole".to_owned(),
            architectures: 3,
            tops: Vec::new(),
            published_top: None,
            rows,
        }
    }

    #[test]
    fn every_architecture_is_a_dot_of_every_proxy_that_is_done() {
        let svg = svg(&Scatter::of(&table(true)));
        // The first row has circles, and every panel a ring around its best; the second row has squares.
        assert_eq!(svg.matches("<circle ").count(), 3 + 2);
        assert_eq!(svg.matches("<polygon ").count(), 3);
        for words in ["DC &amp; co:  ρ 0.50,  τ 0.33", "accuracy in %, Whole", "A search"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(svg.contains("Not done and left out: DM (pending)."));
    }

    #[test]
    fn without_its_reference_a_search_has_no_dots_and_says_so() {
        let svg = svg(&Scatter::of(&table(false)));
        assert_eq!(svg.matches("<circle ").count(), 0);
        assert!(svg.contains("Nothing can be held against Whole before it is done."));
    }
}
