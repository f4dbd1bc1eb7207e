//! Ranges of axes and the round numbers on them.

/// The room beyond the values at either end, as a part of their range.
const ROOM: f64 = 0.05;

/// A range of values and the numbers that are written beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The lowest value.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// Where numbers stand, from low to high.
    pub ticks: Vec<f64>,
    /// From one of them to the next.
    pub step: f64,
}

impl Axis {
    /// A range that holds all finite `values` with a little room at both ends, and about `ticks` round
    /// numbers in it, two at least. `None` when no value is finite.
    pub fn around(values: impl Iterator<Item = f64>, ticks: usize) -> Option<Self> {
        let mut finite = values.filter(|value| value.is_finite()).peekable();
        finite.peek()?;
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // A flat curve lies in the middle; one that comes near zero is seen against it.
        let room = match (low < high, low == 0.0) {
            (true, _) => (high - low) * ROOM,
            (false, true) => 1.0,
            (false, false) => low.abs() * 0.1,
        };
        let near_zero = low >= 0.0 && low < (high - low) * 0.5;
        let (low, high) = (if near_zero { 0.0 } else { low - room }, high + room);
        (ticks.max(1)..ticks + 64)
            .map(|ticks| {
                let step = round_step((high - low) / (ticks as f64 + 0.5));
                Self::stepped(low, high, step)
            })
            .find(|axis| axis.ticks.len() >= 2)
    }

    /// From 0 to at least `last`: the iterations of a run that is at `last` of `planned`. The range grows
    /// in steps, so that a curve does not move with every point.
    pub fn iterations(last: u64, planned: Option<u64>, ticks: usize) -> Self {
        let planned = planned.unwrap_or(u64::MAX).max(last).max(1);
        let mut reach = 10_u64;
        for factor in [2, 5].into_iter().chain([2, 2, 5].into_iter().cycle()) {
            if reach >= last || reach >= planned {
                break;
            }
            reach = if factor == 5 { reach / 2 * 5 } else { reach * 2 };
        }
        let high = reach.min(planned).max(last) as f64;
        let step = round_step(high / ticks.max(1) as f64).max(1.0);
        Self::stepped(0.0, high, step)
    }

    /// A range with the multiples of `step` that lie in it.
    fn stepped(low: f64, high: f64, step: f64) -> Self {
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        let count = (last - first).max(-1.0) as i64 + 1;
        let ticks = (0..count).map(|index| (first + index as f64) * step);
        Self { low, high, ticks: ticks.collect(), step }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    pub fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// The round number (1, 2, 2.5, 5 or 10 times a power of ten) at or above `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|step| step * power >= rough * 0.999);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_on_the_axis_are_round() {
        let axis = Axis::around([0.62, 0.81].into_iter(), 4).unwrap();
        assert!(axis.low < 0.62 && axis.high > 0.81);
        let percent: Vec<f64> = axis.ticks.iter().map(|tick| (tick * 1000.0).round()).collect();
        assert_eq!(percent, [650.0, 700.0, 750.0, 800.0]);
        let axis = Axis::around([1.3, 17.9].into_iter(), 4).unwrap();
        assert_eq!((axis.low, axis.ticks), (0.0, vec![0.0, 5.0, 10.0, 15.0]));
        let narrow = Axis::around([18.2, 34.9].into_iter(), 1).unwrap();
        assert_eq!(narrow.ticks, [20.0, 30.0]);
    }

    #[test]
    fn what_is_no_number_sets_no_range() {
        let values = [f64::NAN, 2.0, f64::INFINITY, 3.0, f64::NEG_INFINITY];
        let axis = Axis::around(values.into_iter(), 3).unwrap();
        assert!(axis.low <= 2.0 && axis.high >= 3.0 && axis.high < 10.0, "{axis:?}");
        assert_eq!(Axis::around([f64::NAN].into_iter(), 3), None);
    }

    #[test]
    fn a_flat_curve_lies_in_the_middle() {
        let axis = Axis::around([5.0, 5.0].into_iter(), 3).unwrap();
        assert!(axis.low < 5.0 && axis.high > 5.0);
        let zero = Axis::around([0.0].into_iter(), 3).unwrap();
        assert!(zero.low < 0.0 && zero.high > 0.0);
    }

    #[test]
    fn iterations_grow_in_steps_up_to_the_plan() {
        let reach = |last, planned| Axis::iterations(last, planned, 4).high as u64;
        assert_eq!(
            [reach(0, None), reach(10, None), reach(11, None), reach(21, None)],
            [10, 10, 20, 50]
        );
        assert_eq!([reach(51, None), reach(101, None), reach(201, None)], [100, 200, 500]);
        assert_eq!([reach(57, Some(100)), reach(3, Some(5)), reach(700, Some(800))], [100, 5, 800]);
        assert_eq!(Axis::iterations(57, Some(100), 5).ticks, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
    }
}
