//! What is measured across and upwards, and how its numbers are written beside an axis.

use super::{axis::Axis, view::Extent};
use crate::tui::figures::measure;

/// What is measured upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// A plain number.
    #[default]
    Number,
    /// A share, written in percent.
    Percent,
}

impl Unit {
    /// A number beside the axis, as exact as the step between two of them.
    pub fn label(self, value: f64, step: f64) -> String {
        let (value, step, sign) = match self {
            Self::Number => (value, step, ""),
            Self::Percent => (value * 100.0, step * 100.0, " %"),
        };
        if value.abs() >= 1e5 {
            return measure(value);
        }
        let decimals = (0..4).find(|decimals| {
            let scaled = step * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6
        });
        format!("{value:.*}{sign}", decimals.unwrap_or(4) as usize)
    }

    /// The number of a logarithm to base 10 beside the axis, in as few digits as it needs: `0.1`, `2.5`, `1e-6`.
    pub fn label_of_logarithm(self, logarithm: f64) -> String {
        let (shift, sign) = match self {
            Self::Number => (0.0, ""),
            Self::Percent => (2.0, " %"),
        };
        let logarithm = logarithm + shift;
        let power = (logarithm + 1e-9).floor();
        let digits = (10_f64.powf(logarithm - power) * 1e3).round() / 1e3;
        if (-3.0..5.0).contains(&power) {
            // Both are written in decimals, so that the number is the one that was meant.
            let value: f64 = format!("{digits}e{power}").parse().unwrap_or(f64::NAN);
            format!("{value}{sign}")
        } else {
            format!("{digits}e{power}{sign}")
        }
    }

    /// A value as it is read at the cursor.
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Number => measure(value),
            Self::Percent => format!("{:.1} %", value * 100.0),
        }
    }

    /// How far two values lie apart.
    pub fn difference(self, value: f64) -> String {
        let sign = if value < 0.0 { "" } else { "+" };
        match self {
            Self::Number => format!("{sign}{}", measure(value)),
            Self::Percent => format!("{:+.1} points", value * 100.0),
        }
    }
}

/// What is measured across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XUnit<'a> {
    /// Iterations, which are whole.
    #[default]
    Iterations,
    /// Seconds.
    Secs,
    /// Something with a name at 0, 1 and so on.
    Names(&'a [String]),
}

/// Room beside the first and the last name, as a part of the way between two.
const BESIDE_NAMES: f64 = 0.25;

impl XUnit<'_> {
    /// The whole that there is to look at, with what is planned, where values lie between `ends`.
    pub fn extent(self, ends: Option<(f64, f64)>, planned: Option<f64>) -> Extent {
        let (first, last) = ends.unwrap_or((0.0, 0.0));
        let low = first.min(0.0);
        match self {
            Self::Iterations => {
                let planned = planned.map(|planned| planned as u64);
                let high = Axis::iterations(last.max(0.0) as u64, planned, 1).high;
                Extent { low, high, last }
            }
            Self::Secs => {
                let high = planned.unwrap_or(last).max(last);
                Extent { low, high: if high > low { high } else { low + 1.0 }, last }
            }
            Self::Names(names) => {
                let end = names.len().max(1) as f64 - 1.0;
                Extent { low: -BESIDE_NAMES, high: end + BESIDE_NAMES, last: end }
            }
        }
    }

    /// The axis of a stretch, with at most about `ticks` numbers.
    pub fn axis(self, (low, high): (f64, f64), ticks: usize) -> Axis {
        match self {
            Self::Iterations => Axis::whole(low, high, ticks),
            Self::Secs => Axis::of_time(low, high, ticks),
            Self::Names(names) => Axis::whole(low, high, names.len().max(1)),
        }
    }

    /// A number below the axis.
    pub fn label(self, value: f64, step: f64) -> String {
        match self {
            Self::Iterations => in_thousands(value, step),
            Self::Secs => time(value, step),
            Self::Names(names) => {
                let name = (value >= 0.0).then(|| names.get(value.round() as usize)).flatten();
                name.cloned().unwrap_or_default()
            }
        }
    }

    /// Where the cursor stands.
    pub fn place(self, value: f64) -> String {
        match self {
            Self::Iterations => format!("{value:.0}"),
            Self::Secs => time(value, 1.0),
            Self::Names(_) => self.label(value, 1.0),
        }
    }
}

/// `250k` and `1.5M` where all numbers of the axis are as round.
fn in_thousands(value: f64, step: f64) -> String {
    let is_round = |of: f64| (step / of * 10.0).fract().abs() < 1e-9 && step >= of / 10.0;
    if value.abs() >= 1e6 && is_round(1e6) {
        format!("{}M", value / 1e6)
    } else if value.abs() >= 1e4 && is_round(1e3) {
        format!("{}k", value / 1e3)
    } else {
        format!("{value}")
    }
}

/// A time as exact as the step between two of them: `45s`, `12m`, `1h30`, `2d 06h`.
fn time(secs: f64, step: f64) -> String {
    let sign = if secs < 0.0 { "-" } else { "" };
    let whole = secs.abs().round() as u64;
    let (s, m, h, d) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    let text = match (d, h, m) {
        _ if step < 1.0 => format!("{:.2}s", secs.abs()),
        (0, 0, 0) => format!("{s}s"),
        (0, 0, _) if s == 0 => format!("{m}m"),
        (0, 0, _) => format!("{m}m{s:02}"),
        (0, ..) if m == 0 => format!("{h}h"),
        (0, ..) => format!("{h}h{m:02}"),
        _ if h == 0 => format!("{d}d"),
        _ => format!("{d}d {h:02}h"),
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_exact_as_their_step() {
        assert_eq!(Unit::Number.label(0.25, 0.25), "0.25");
        assert_eq!(Unit::Percent.label(0.6, 0.1), "60 %");
        assert_eq!(Unit::Number.value(0.012_34), "0.0123");
        assert_eq!(Unit::Percent.difference(-0.013), "-1.3 points");
        assert_eq!(Unit::Number.difference(0.5), "+0.5000");
        let iterations = |value, step| XUnit::Iterations.label(value, step);
        assert_eq!(
            [iterations(500.0, 500.0), iterations(250_000.0, 50_000.0), iterations(1.5e6, 5e5)],
            ["500", "250k", "1.5M"]
        );
        assert_eq!(iterations(12_345.0, 1.0), "12345");
    }

    #[test]
    fn numbers_of_logarithms_are_short() {
        let cases = [(0.1, "0.1"), (10.0, "10"), (2.5, "2.5"), (1e-6, "1e-6"), (3e7, "3e7")];
        for (value, text) in cases.into_iter().chain([(5000.0, "5000"), (0.003, "0.003")]) {
            assert_eq!(Unit::Number.label_of_logarithm(f64::log10(value)), text);
        }
        assert_eq!(Unit::Percent.label_of_logarithm(-1.0), "10 %");
    }

    #[test]
    fn times_are_short() {
        let cases = [(45.0, "45s"), (720.0, "12m"), (725.0, "12m05"), (5400.0, "1h30")];
        for (secs, text) in cases.into_iter().chain([(86_400.0, "1d"), (194_400.0, "2d 06h")]) {
            assert_eq!(XUnit::Secs.place(secs), text);
        }
        assert_eq!(XUnit::Secs.label(0.25, 0.25), "0.25s");
    }

    #[test]
    fn names_stand_at_whole_numbers() {
        let names = ["T1".to_owned(), "T2".to_owned()];
        let unit = XUnit::Names(&names);
        let whole = unit.extent(None, None);
        assert_eq!((whole.low, whole.high, whole.last), (-0.25, 1.25, 1.0));
        let axis = unit.axis((whole.low, whole.high), 1);
        let labels: Vec<String> = axis.ticks.iter().map(|tick| unit.label(*tick, 1.0)).collect();
        assert_eq!(labels, ["T1", "T2"]);
        assert_eq!((unit.label(9.0, 1.0), unit.label(-3.0, 1.0)), (String::new(), String::new()));
    }

    #[test]
    fn the_whole_holds_what_is_planned() {
        let iterations = |last, planned| XUnit::Iterations.extent(Some((1.0, last)), planned);
        assert_eq!(
            (iterations(30.0, None).high, iterations(57.0, Some(100.0)).high),
            (50.0, 100.0)
        );
        assert_eq!(iterations(30.0, None).last as u64, 30);
        let nothing = XUnit::Secs.extent(None, None);
        assert!(nothing.low < nothing.high);
        assert_eq!(XUnit::Secs.extent(Some((2.0, 9.0)), Some(20.0)).high as u64, 20);
    }
}
