//! What a chart is drawn from: buckets of raw values, evaluations with their spread, lines to compare with.

use std::borrow::Cow;

use ratatui::style::Style;

/// The raw values of one stretch of x. A single value is its own first, last, lowest, highest and mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartPoint {
    /// Across: where the stretch ends.
    pub x: f64,
    /// The first value.
    pub first: f64,
    /// The last value.
    pub last: f64,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
    /// The mean.
    pub mean: f64,
    /// How many values were no finite numbers; they are in none of the others.
    pub bad: u32,
}

impl ChartPoint {
    /// One raw value, which may be no number.
    pub fn value(x: f64, y: f64) -> Self {
        let bad = u32::from(!y.is_finite());
        Self { x, first: y, last: y, low: y, high: y, mean: y, bad }
    }
}

/// A value with its spread, such as an evaluation's mean and deviation over its networks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Across.
    pub x: f64,
    /// The value.
    pub mean: f64,
    /// To both sides of it.
    pub spread: f64,
}

/// A horizontal line with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where.
    pub value: f64,
    /// Its name, and a shorter one for a narrow chart.
    pub labels: [String; 2],
    /// Colour and emphasis.
    pub style: Style,
}

/// One curve, its evaluations, or both.
#[derive(Debug, Clone, Default)]
pub struct Series<'a> {
    /// Its name in the legend.
    pub name: Cow<'a, str>,
    /// The curve, x ascending.
    pub points: Cow<'a, [ChartPoint]>,
    /// Values with their spread, x ascending.
    pub markers: Cow<'a, [Marker]>,
    /// Whether a line joins the markers.
    pub is_joined: bool,
    /// How far what is measured has come, where that is further than its last value.
    pub until: Option<f64>,
    /// Colour and emphasis.
    pub style: Style,
}

impl Series<'_> {
    /// The first and the last x.
    pub fn ends(&self) -> Option<(f64, f64)> {
        let (points, markers) = (&self.points, &self.markers);
        let first = points.first().map(|point| point.x).into_iter();
        let first = first.chain(markers.first().map(|marker| marker.x)).reduce(f64::min)?;
        let last = points.last().map(|point| point.x).into_iter();
        let last = last.chain(markers.last().map(|marker| marker.x)).reduce(f64::max)?;
        (first.is_finite() && last.is_finite()).then_some((first, last))
    }

    /// The newest value that is a number, at `x` or before it. Behind its end a series has none: its last value
    /// would be held against what others did long after it.
    pub fn value_at(&self, x: f64) -> Option<f64> {
        let end = self.ends().map(|ends| ends.1);
        if end.into_iter().chain(self.until).all(|end| x > end) {
            return None;
        }
        let until = self.points.partition_point(|point| point.x <= x);
        let mut before = self.points[..until].iter().rev();
        let point = before.find(|point| point.last.is_finite()).map(|point| (point.x, point.last));
        let until = self.markers.partition_point(|marker| marker.x <= x);
        let mut before = self.markers[..until].iter().rev();
        let marker =
            before.find(|marker| marker.mean.is_finite()).map(|marker| (marker.x, marker.mean));
        match (point, marker) {
            (Some(point), Some(marker)) if marker.0 >= point.0 => Some(marker.1),
            (Some(point), _) => Some(point.1),
            (None, marker) => marker.map(|marker| marker.1),
        }
    }
}

/// Values that stay as they are until the next one, as a curve.
pub fn steps(values: &[(f64, f64)]) -> Vec<ChartPoint> {
    let mut points = Vec::with_capacity(2 * values.len());
    for (at, (x, y)) in values.iter().enumerate() {
        if let Some((_, before)) = at.checked_sub(1).and_then(|at| values.get(at)) {
            points.push(ChartPoint::value(*x, *before));
        }
        points.push(ChartPoint::value(*x, *y));
    }
    points
}

/// Every x at which one of the series has something, ascending, each once.
pub fn xs(series: &[Series<'_>]) -> Vec<f64> {
    let mut all: Vec<f64> = series
        .iter()
        .flat_map(|one| {
            let markers = one.markers.iter().map(|marker| marker.x);
            one.points.iter().map(|point| point.x).chain(markers)
        })
        .filter(|x| x.is_finite())
        .collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(f64, f64)], markers: &[(f64, f64)]) -> Series<'static> {
        let marker = |(x, mean): &(f64, f64)| Marker { x: *x, mean: *mean, spread: 0.1 };
        Series {
            points: points.iter().map(|(x, y)| ChartPoint::value(*x, *y)).collect(),
            markers: markers.iter().map(marker).collect(),
            ..Series::default()
        }
    }

    #[test]
    fn a_value_is_the_newest_number_so_far() {
        let one = series(&[(1.0, 5.0), (2.0, f64::NAN), (3.0, 7.0)], &[]);
        let values = [0.5, 1.0, 2.9, 3.0, 99.0].map(|x| one.value_at(x));
        assert_eq!(values, [None, Some(5.0), Some(5.0), Some(7.0), None]);
        let both = series(&[(1.0, 5.0), (4.0, 6.0)], &[(3.0, 0.5), (4.0, 0.6)]);
        assert_eq!([2.0, 3.5, 4.0].map(|x| both.value_at(x)), [Some(5.0), Some(0.5), Some(0.6)]);
    }

    #[test]
    fn behind_its_end_a_series_has_no_value() {
        let mut scores = series(&[], &[(10.0, 0.5), (20.0, 0.6)]);
        assert_eq!([20.0, 20.5].map(|x| scores.value_at(x)), [Some(0.6), None]);
        // A run goes on after its newest evaluation.
        scores.until = Some(25.0);
        assert_eq!([25.0, 26.0].map(|x| scores.value_at(x)), [Some(0.6), None]);
    }

    #[test]
    fn steps_stay_until_the_next_value() {
        let points = steps(&[(1.0, 0.5), (3.0, 0.7)]);
        let values: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.last)).collect();
        assert_eq!(values, [(1.0, 0.5), (3.0, 0.5), (3.0, 0.7)]);
        assert!(steps(&[]).is_empty());
    }

    #[test]
    fn ends_and_xs_hold_points_and_markers() {
        let both = [series(&[(1.0, 5.0), (4.0, 6.0)], &[(0.5, 0.5)]), series(&[(4.0, 1.0)], &[])];
        assert_eq!(both[0].ends(), Some((0.5, 4.0)));
        assert_eq!(xs(&both), [0.5, 1.0, 4.0]);
        assert_eq!(Series::default().ends(), None);
        assert_eq!(series(&[(f64::NAN, 1.0)], &[]).ends(), None);
    }
}
