//! What a run's charts show, as series: the same wherever a run is drawn, alone or beside others.

use std::borrow::Cow;

use ratatui::style::Style;

use crate::{
    record::history::{Bucket, Stat},
    tui::{
        model::run::RunModel,
        widgets::chart::{ChartPoint, Marker, Series, Unit, XBy, XUnit},
    },
};

/// Something that a run is measured by over its iterations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// What the method lowers.
    Distance,
    /// The synthetic set's accuracy.
    Accuracy,
    /// The loss of the inner training.
    InnerLoss,
    /// Iterations a second.
    Speed,
    /// Memory of the device or of the worker, in mebibytes.
    Memory,
}

impl Metric {
    /// What is measured upwards.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Accuracy => Unit::Percent,
            _ => Unit::Number,
        }
    }

    fn stat(self, bucket: &Bucket) -> Option<Stat> {
        match self {
            Self::Distance => Some(bucket.distance),
            Self::InnerLoss => Some(bucket.inner_loss),
            Self::Memory => Some(bucket.memory),
            Self::Speed => Some(bucket.secs),
            Self::Accuracy => None,
        }
    }

    /// From a stored value to the shown one.
    fn shown(self, value: f64) -> f64 {
        match self {
            Self::Speed => 1.0 / value,
            Self::Memory => value / f64::from(1 << 20),
            _ => value,
        }
    }

    fn point(self, x: f64, stat: &Stat) -> ChartPoint {
        let Some(mean) = stat.mean() else {
            return ChartPoint { bad: stat.bad, ..ChartPoint::value(x, f64::NAN) };
        };
        let [one, other] = [self.shown(stat.low), self.shown(stat.high)];
        ChartPoint {
            x,
            first: self.shown(stat.first),
            last: self.shown(stat.last),
            low: one.min(other),
            high: one.max(other),
            mean: self.shown(mean),
            bad: stat.bad,
        }
    }
}

/// What is measured across a run's charts.
pub const fn x_unit(by: XBy) -> XUnit<'static> {
    match by {
        XBy::Iteration => XUnit::Iterations,
        XBy::Wall | XBy::Device => XUnit::Secs,
    }
}

/// Where a bucket of a run stands that began at this time.
fn across(bucket: &Bucket, by: XBy, began: i64) -> f64 {
    match by {
        XBy::Iteration => bucket.to as f64,
        XBy::Wall => (bucket.at_ms - began) as f64 / 1000.0,
        XBy::Device => bucket.device_secs,
    }
}

/// The place of the same iteration, where something else is measured across; none behind the end of the run.
pub fn converted(run: &RunModel, at: f64, from: XBy, to: XBy) -> Option<f64> {
    let buckets = run.history.curves.buckets();
    let began = buckets.first()?.at_ms;
    let place = buckets.partition_point(|bucket| across(bucket, from, began) < at);
    buckets.get(place).map(|bucket| across(bucket, to, began))
}

/// A run's metric as a series.
pub fn series(run: &RunModel, metric: Metric, by: XBy, style: Style) -> Series<'static> {
    let buckets = run.history.curves.buckets();
    let began = buckets.first().map_or(0, |bucket| bucket.at_ms);
    let across = |bucket: &Bucket| across(bucket, by, began);
    let points = buckets.iter().filter_map(|bucket| {
        let stat = metric.stat(bucket).filter(|stat| !stat.is_empty())?;
        Some(metric.point(across(bucket), &stat))
    });
    let points: Vec<ChartPoint> = points.collect();
    let at = |iteration: u64| {
        let place = buckets.partition_point(|bucket| bucket.to < iteration);
        match (by, buckets.get(place).or(buckets.last())) {
            (XBy::Iteration, _) | (_, None) => iteration as f64,
            // The set before the first iteration.
            _ if iteration == 0 => 0.0,
            (_, Some(bucket)) => across(bucket),
        }
    };
    let scores = run.scores().filter(|_| metric == Metric::Accuracy);
    let markers: Vec<Marker> = scores
        .map(|score| Marker { x: at(score.iteration), mean: score.mean, spread: score.std })
        .collect();
    Series {
        name: Cow::Borrowed(""),
        points: points.into(),
        is_joined: markers.len() > 1,
        until: buckets.last().map(across),
        markers: markers.into(),
        style,
    }
}
