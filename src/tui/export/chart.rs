//! A chart on paper: the same axes and the same columns as on the screen, with more of them.

use std::fmt::Write;

use plotters::{element::DashedPathElement, prelude::*};

use super::Kind;
use crate::{
    figure::{
        FigureError, Picture,
        layout::{Area, Key, Side, frame, legend, legend_width, text},
        mark::{Fill, Mark},
    },
    study::csv::field,
    tui::widgets::chart::{
        Axis, Chart, ChartPoint, Series, Smoothing, XBy, XUnit,
        columns::{Columns, Scale},
    },
};

/// Width and height of the plot with its axes.
const PLOT: (u32, u32) = (760, 460);
/// Pixels beside and below the plot for numbers and names.
const MARGINS: (i32, i32) = (76, 58);
/// Columns into which a curve is parted: about a pixel each.
const COLUMNS: usize = 660;
/// Columns between two marks along a curve.
const COLUMNS_PER_MARK: usize = 110;
/// How the values that are no numbers are drawn.
const BAD: RGBColor = RGBColor(200, 0, 0);
const QUIET: RGBColor = RGBColor(110, 110, 110);

/// A chart and what stands around it.
#[derive(Debug)]
pub struct ChartFigure<'a> {
    /// The heading.
    pub title: &'a str,
    /// What is measured upwards, in words.
    pub upwards: &'a str,
    /// The chart.
    pub chart: &'a Chart<'a>,
}

impl ChartFigure<'_> {
    /// The bytes of its file.
    ///
    /// # Errors
    /// When the drawing library gives up.
    pub fn write(&self, kind: Kind) -> Result<Vec<u8>, FigureError> {
        kind.write(self, || self.csv())
    }

    fn across(&self) -> &'static str {
        match self.chart.x {
            XUnit::Iterations => "iteration",
            XUnit::Secs => match self.chart.view.x_by {
                XBy::Iteration => "time",
                by => by.name(),
            },
            XUnit::Names(_) => "",
        }
    }

    /// Every point and every marker, a line each.
    fn csv(&self) -> String {
        let mut lines = "series,kind,x,value,low,high,first,last,not_finite\n".to_owned();
        for series in &self.chart.series {
            let name = field(&series.name);
            for ChartPoint { x, first, last, low, high, mean, bad } in series.points.iter() {
                // A string takes everything.
                let _ =
                    writeln!(lines, "{name},curve,{x},{mean},{low},{high},{first},{last},{bad}");
            }
            for marker in series.markers.iter() {
                let (mean, spread) = (marker.mean, marker.spread);
                let (low, high, bad) = (mean - spread, mean + spread, u32::from(!mean.is_finite()));
                let x = match self.chart.x {
                    XUnit::Names(_) => field(&self.chart.x.label(marker.x, 1.0)),
                    _ => marker.x.to_string(),
                };
                let _ =
                    writeln!(lines, "{name},mean and deviation,{x},{mean},{low},{high},,,{bad}");
            }
        }
        for reference in &self.chart.references {
            let (name, value) = (field(&reference.labels[0]), reference.value);
            let _ = writeln!(lines, "{name},reference,,{value},,,,,");
        }
        lines
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.chart.series.iter().map(|series| &*series.name);
        names.filter(|_| self.chart.series.len() > 1)
    }
}

impl Picture for ChartFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let legend = if self.chart.series.len() > 1 { legend_width(self.names()) } else { 20 };
        (PLOT.0 + legend, PLOT.1 + 40)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
        let chart = self.chart;
        let area = frame(sheet, self.title, "")?;
        let (left, right) = area.split_horizontally(PLOT.0);
        if chart.series.len() > 1 {
            let keys = self.names().enumerate().map(|(at, name)| Key::Row(name, Mark::of(at)));
            legend(&right, "", &keys.collect::<Vec<_>>())?;
        }
        let window = chart.view.shown(chart.whole());
        let (width, height) = left.dim_in_pixel();
        let middle = (width as i32 / 2, height as i32 / 2);
        let Some((scale, y)) = chart.upwards(window, 7) else {
            return text(&left, chart.empty, middle, 16, Side::Below);
        };
        let x = chart.x.axis(window, 8);
        let plot = Plot {
            area: &left,
            x: &x,
            y: &y,
            scale,
            width: width as i32 - MARGINS.0 - 10,
            height: height as i32 - MARGINS.1 - 8,
        };
        plot.draw_axes(self)?;
        for reference in &chart.references {
            plot.draw_reference(scale.up(reference.value), &reference.labels[0])?;
        }
        for (at, series) in chart.series.iter().enumerate() {
            plot.draw_series(Mark::of(at), series, window, chart.view.smooth)?;
        }
        Ok(())
    }
}

/// The plot inside its axes.
struct Plot<'a, B: DrawingBackend> {
    area: &'a Area<B>,
    x: &'a Axis,
    y: &'a Axis,
    scale: Scale,
    width: i32,
    height: i32,
}

impl<B: DrawingBackend> Plot<'_, B> {
    /// The pixel at these shares of width and height; what lies outside is at the edge.
    fn pixel(&self, across: f64, up: f64) -> (i32, i32) {
        let part = |share: f64, length: i32| {
            let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
            (share * f64::from(length)).round() as i32
        };
        (MARGINS.0 + part(across, self.width), 8 + self.height - part(up, self.height))
    }

    fn line(&self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), FigureError> {
        self.area.draw(&PathElement::new(points, style)).map_err(FigureError::of)
    }

    fn draw_axes(&self, figure: &ChartFigure<'_>) -> Result<(), FigureError> {
        let chart = figure.chart;
        for tick in &self.y.ticks {
            let (x, y) = self.pixel(0.0, self.y.place(*tick));
            self.line(vec![(x, y), (x + self.width, y)], BLACK.mix(0.12).stroke_width(1))?;
            let label = chart.label(self.scale, *tick, self.y.step);
            text(self.area, &label, (x - 8, y), 14, Side::Left)?;
        }
        for tick in &self.x.ticks {
            let (x, y) = self.pixel(self.x.place(*tick), 0.0);
            self.line(vec![(x, y), (x, y + 5)], BLACK.stroke_width(1))?;
            text(self.area, &chart.x.label(*tick, self.x.step), (x, y + 8), 14, Side::Below)?;
        }
        let corners = [(0.0, 1.0), (0.0, 0.0), (1.0, 0.0)].map(|(x, y)| self.pixel(x, y));
        self.line(corners.to_vec(), BLACK.stroke_width(1))?;
        let below = self.pixel(0.5, 0.0);
        text(self.area, figure.across(), (below.0, below.1 + 30), 16, Side::Below)?;
        let beside = ("sans-serif", 16).into_font().transform(FontTransform::Rotate270);
        let style = beside.color(&BLACK).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Top,
        ));
        let at = (4, self.pixel(0.0, 0.5).1);
        let words = Text::new(figure.upwards.to_owned(), at, style);
        self.area.draw(&words).map_err(FigureError::of)
    }

    fn draw_reference(&self, value: f64, label: &str) -> Result<(), FigureError> {
        let place = self.y.place(value);
        if !(0.0..=1.0).contains(&place) {
            return Ok(());
        }
        let (x, y) = self.pixel(0.0, place);
        let ends = [(x, y), (x + self.width, y)];
        let dashes = DashedPathElement::new(ends, 6, 5, QUIET.stroke_width(1));
        self.area.draw(&dashes).map_err(FigureError::of)?;
        text(self.area, label, (x + 8, y - 9), 13, Side::Right)
    }

    fn draw_series(
        &self,
        mark: Mark,
        series: &Series<'_>,
        window: (f64, f64),
        smooth: f64,
    ) -> Result<(), FigureError> {
        let points = || series.points.iter().copied();
        let curve = Columns::of(points(), COLUMNS, window, self.scale);
        if smooth > 0.0 {
            self.draw_curve(&curve, mark.colour.mix(0.3).stroke_width(1))?;
            let mut smoothing = Smoothing::new(smooth);
            let smoothed =
                points().filter_map(|at| Some(ChartPoint::value(at.x, smoothing.next(at.mean)?)));
            let curve = Columns::of(smoothed, COLUMNS, window, self.scale);
            self.draw_curve(&curve, mark.colour.stroke_width(2))?;
            self.draw_marks(&curve, mark)?;
        } else {
            self.draw_curve(&curve, mark.colour.stroke_width(1))?;
            self.draw_marks(&curve, mark)?;
        }
        for point in points().filter(|point| point.bad > 0) {
            self.draw_bad(point.x)?;
        }
        self.draw_markers(mark, series)
    }

    fn draw_curve(&self, curve: &Columns, style: ShapeStyle) -> Result<(), FigureError> {
        let last = curve.parts.len().saturating_sub(1).max(1) as f64;
        let at = |x: usize, value: f64| self.pixel(x as f64 / last, self.y.place(value));
        let mut line: Vec<(i32, i32)> = curve.left.map(|value| at(0, value)).into_iter().collect();
        for (x, part) in curve.parts.iter().enumerate() {
            let Some(part) = part else { continue };
            let low = if part.is_deeper { f64::NEG_INFINITY } else { part.low };
            line.extend([part.first, part.high, low, part.last].map(|value| at(x, value)));
        }
        line.extend(curve.right.map(|value| at(curve.parts.len() - 1, value)));
        line.dedup();
        self.line(line, style)
    }

    /// Marks along a curve, which tell it from others without colour.
    fn draw_marks(&self, curve: &Columns, mark: Mark) -> Result<(), FigureError> {
        let last = curve.parts.len().saturating_sub(1).max(1) as f64;
        for (chunk, parts) in curve.parts.chunks(COLUMNS_PER_MARK).enumerate() {
            let mut from_end = parts.iter().enumerate().rev();
            let found = from_end.find_map(|(x, part)| Some(((*part)?, x)));
            if let Some((part, x)) = found {
                let at = self
                    .pixel((chunk * COLUMNS_PER_MARK + x) as f64 / last, self.y.place(part.last));
                mark.draw(self.area, at, 4, Fill::Full)?;
            }
        }
        Ok(())
    }

    fn draw_markers(&self, mark: Mark, series: &Series<'_>) -> Result<(), FigureError> {
        let place =
            |x: f64, value: f64| self.pixel(self.x.place(x), self.y.place(self.scale.up(value)));
        let shown = series.markers.iter();
        let shown = shown.filter(|marker| (0.0..=1.0).contains(&self.x.place(marker.x)));
        let mut line = Vec::new();
        for marker in shown {
            if !marker.mean.is_finite() {
                self.draw_bad(marker.x)?;
                continue;
            }
            let at = place(marker.x, marker.mean);
            let ends = [-1.0, 1.0].map(|side| place(marker.x, marker.mean + side * marker.spread));
            self.line(ends.to_vec(), mark.colour.stroke_width(1))?;
            for (x, y) in ends {
                self.line(vec![(x - 3, y), (x + 3, y)], mark.colour.stroke_width(1))?;
            }
            mark.draw(self.area, at, 5, Fill::Full)?;
            line.push(at);
        }
        if series.is_joined { self.line(line, mark.colour.stroke_width(2)) } else { Ok(()) }
    }

    /// A cross on the axis for a value that is no number.
    fn draw_bad(&self, x: f64) -> Result<(), FigureError> {
        let place = self.x.place(x);
        if !(0.0..=1.0).contains(&place) {
            return Ok(());
        }
        let (x, y) = self.pixel(place, 0.0);
        self.line(vec![(x - 4, y - 9), (x + 4, y - 1)], BAD.stroke_width(2))?;
        self.line(vec![(x - 4, y - 1), (x + 4, y - 9)], BAD.stroke_width(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::tests::{pixels, svg},
        tui::{
            look::Look,
            widgets::chart::{ChartView, Marker, Reference, Unit},
        },
    };

    fn chart() -> Chart<'static> {
        let decay = |scale: f64| {
            let noise = |x: u32| f64::from(x * 7919 % 101) / 101.0;
            let value = move |x: u32| scale * (3.0 * (-f64::from(x) / 60.0).exp() + noise(x));
            (0..300).map(|x| ChartPoint::value(f64::from(x), value(x))).collect::<Vec<_>>()
        };
        let mut first = decay(1.0);
        first[100] = ChartPoint::value(100.0, f64::NAN);
        let style = ratatui::style::Style::new();
        Chart {
            look: Look::bare(false, true),
            series: vec![
                Series {
                    name: "dsa, \"seed\" 0".into(),
                    points: first.into(),
                    ..Series::default()
                },
                Series {
                    name: "<dc>".into(),
                    points: decay(4.0).into(),
                    markers: vec![Marker { x: 150.0, mean: 5.0, spread: 1.0 }].into(),
                    ..Series::default()
                },
            ],
            references: vec![Reference {
                value: 2.5,
                labels: ["random".to_owned(), String::new()],
                style,
            }],
            view: ChartView::default(),
            planned: None,
            x: XUnit::Iterations,
            unit: Unit::Number,
            empty: "nothing yet",
        }
    }

    #[test]
    fn values_come_out_as_they_are() {
        let chart = chart();
        let figure = ChartFigure { title: "t", upwards: "distance", chart: &chart };
        let csv = String::from_utf8(figure.write(Kind::Csv).unwrap()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 1 + 300 + 300 + 1 + 1);
        assert_eq!(lines[1], "\"dsa, \"\"seed\"\" 0\",curve,0,3,3,3,3,3,0");
        assert!(lines[101].ends_with(",100,NaN,NaN,NaN,NaN,NaN,1"), "{}", lines[101]);
        assert!(lines.contains(&"<dc>,mean and deviation,150,5,4,6,,,0"));
        assert_eq!(lines.last(), Some(&"random,reference,,2.5,,,,,"));
    }

    #[test]
    fn a_figure_has_every_series_and_its_words() {
        let mut chart = chart();
        let drawn = |chart: &Chart<'_>| {
            svg(&ChartFigure { title: "Distance & more", upwards: "distance", chart })
        };
        let plain = drawn(&chart);
        for words in ["Distance &amp; more", "&lt;dc&gt;", "iteration", "distance", "random", "500"]
        {
            assert!(plain.contains(words), "{words}");
        }
        for colour in ["#0072B2", "#D55E00", "#C80000"] {
            assert!(plain.contains(colour), "{colour}");
        }
        chart.view =
            ChartView { log: true, smooth: 0.9, window: Some((50.0, 150.0)), ..chart.view };
        let other = drawn(&chart);
        assert!(other.contains("0.1") && !other.contains(">500<"), "{other}");
    }

    #[test]
    fn a_figure_is_pixels_too() {
        let chart = chart();
        let figure = ChartFigure { title: "Distance", upwards: "distance", chart: &chart };
        let image = pixels(&figure);
        assert_eq!(image.dimensions(), figure.size());
        let of = |colour: [u8; 3]| image.pixels().filter(|pixel| pixel.0 == colour).count();
        assert!(of([0, 114, 178]) > 500 && of([213, 94, 0]) > 500, "both curves are there");
        assert!(of([255, 255, 255]) > 200_000);
    }

    #[test]
    fn nothing_is_an_empty_figure() {
        let chart = Chart { series: Vec::new(), references: Vec::new(), ..chart() };
        let figure = ChartFigure { title: "Distance", upwards: "", chart: &chart };
        assert!(svg(&figure).contains("nothing yet"));
    }
}
