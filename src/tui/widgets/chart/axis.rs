//! Ranges of axes and the round numbers on them.

/// A range of values and the numbers that are written beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The lowest value.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// Where numbers stand, from low to high.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// A range that holds all finite `values`, ends at round numbers, and has about `ticks` of them.
    /// `None` when no value is finite.
    pub fn around(values: impl Iterator<Item = f64>, ticks: usize) -> Option<Self> {
        let mut finite = values.filter(|value| value.is_finite()).peekable();
        finite.peek()?;
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // A flat curve lies in the middle; one that comes near zero is seen against it.
        let (low, high) = if low < high {
            let near_zero = low > 0.0 && low < (high - low) * 0.5;
            (if near_zero { 0.0 } else { low }, high)
        } else {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low - room, high + room)
        };
        let step = round_step((high - low) / ticks.max(1) as f64);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        Some(Self::stepped(first * step, last * step, step))
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

    fn stepped(low: f64, high: f64, step: f64) -> Self {
        let count = ((high - low) / step + 1e-9).floor() as usize;
        // Zero is exactly zero, and no other number carries the dust of repeated addition.
        let ticks = (0..=count).map(|index| {
            let value = low + step * index as f64;
            if value.abs() < step * 1e-6 { 0.0 } else { value }
        });
        Self { low, high, ticks: ticks.collect() }
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
    fn ends_and_ticks_are_round() {
        let axis = Axis::around([0.62, 0.81].into_iter(), 4).unwrap();
        assert_eq!((axis.low, axis.high), (0.6, 0.85));
        assert_eq!(axis.ticks.len(), 6);
        let axis = Axis::around([1.3, 17.9].into_iter(), 4).unwrap();
        assert_eq!((axis.low, axis.high), (0.0, 20.0));
        assert_eq!(axis.ticks, [0.0, 5.0, 10.0, 15.0, 20.0]);
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
