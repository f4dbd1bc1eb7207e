//! Ranges of axes and the round numbers on them.

/// The room beyond the values at either end, as a part of their range.
const ROOM: f64 = 0.05;
/// So many more numbers than wished may come out, until there are two.
const MORE_TICKS: usize = 8;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Steps of time that people count in, in seconds.
const TIMES: [f64; 18] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    10_800.0, 21_600.0, 43_200.0, DAY,
];
/// Every digit, for axes of less than a power of ten.
const TENTHS: [f64; 18] =
    [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5];

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
        let mut axes = (ticks.max(1)..=ticks + MORE_TICKS).map(|ticks| {
            let step = round_step((high - low) / (ticks as f64 + 0.5));
            Self::stepped(low, high, step)
        });
        // Ranges near the largest numbers have no round ones.
        let ends = Self { low, high, ticks: vec![low, high], step: high - low };
        Some(axes.find(|axis| axis.ticks.len() >= 2).unwrap_or(ends))
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

    /// A range of whole numbers with at most about `ticks` of them on it.
    pub fn whole(low: f64, high: f64, ticks: usize) -> Self {
        let step = round_step((high - low) / ticks.max(1) as f64).max(1.0);
        Self::stepped(low, high, step)
    }

    /// A range of seconds with at most about `ticks` numbers that are round in the largest unit that fits.
    pub fn of_time(low: f64, high: f64, ticks: usize) -> Self {
        let rough = (high - low) / ticks.max(1) as f64;
        let round = TIMES.iter().copied().find(|step| *step >= rough * 0.999);
        let step = match round {
            Some(step) if rough > 0.5 => step,
            None => round_step(rough / DAY) * DAY,
            Some(_) => round_step(rough),
        };
        Self::stepped(low, high, step)
    }

    /// The same as [`around`](Self::around) for the logarithms (to base 10) of values: powers of ten where
    /// there are two of them, and otherwise numbers between them.
    pub fn around_logarithms(values: impl Iterator<Item = f64>, ticks: usize) -> Option<Self> {
        let mut finite = values.filter(|value| value.is_finite()).peekable();
        finite.peek()?;
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let room = if low < high { (high - low) * ROOM } else { 0.1 };
        let (low, high) = (low - room, high + room);
        let decades = || (low.ceil() as i64)..=(high.floor() as i64);
        let count = decades().count();
        let powers: Vec<f64> = if count >= 2 {
            let every = count.div_ceil(ticks.max(2)) as i64;
            decades().filter(|power| power % every == 0).map(|power| power as f64).collect()
        } else {
            Vec::new()
        };
        let ticks_between =
            [&[1.0, 3.0][..], &[1.0, 2.0, 5.0], &TENTHS].into_iter().map(|digits| {
                let powers = (low.floor() as i64)..=(high.floor() as i64);
                let all =
                    powers.flat_map(|power| digits.iter().map(move |d| d.log10() + power as f64));
                all.filter(|at| (low..=high).contains(at)).collect::<Vec<f64>>()
            });
        let mut choices = std::iter::once(powers).chain(ticks_between);
        let ticks = choices.find(|choice| choice.len() >= 2);
        let ticks = ticks.unwrap_or_else(|| vec![low + room, high - room]);
        Some(Self { low, high, ticks, step: 1.0 })
    }

    /// A range with the multiples of `step` that lie in it.
    fn stepped(low: f64, high: f64, step: f64) -> Self {
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        // No axis has room for more; a step too small for its numbers would give as many as there are.
        let count = ((last - first).clamp(-1.0, 1000.0) as i64) + 1;
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
        let widest = Axis::around([f64::MIN, f64::MAX].into_iter(), 3).unwrap();
        assert_eq!(widest.ticks.len(), 2);
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
    fn logarithms_have_powers_of_ten_or_numbers_between() {
        let ticks = |low: f64, high: f64| {
            let values = [low.log10(), high.log10()].into_iter();
            let axis = Axis::around_logarithms(values, 4).unwrap();
            axis.ticks.iter().map(|tick| 10_f64.powf(*tick)).collect::<Vec<_>>()
        };
        let near = |found: Vec<f64>, wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len(), "{found:?}");
            let close = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-9;
            assert!(found.iter().zip(wanted).all(close), "{found:?}");
        };
        near(ticks(0.9, 1100.0), &[1.0, 10.0, 100.0, 1000.0]);
        near(ticks(1e-8, 2.0), &[1e-6, 1e-3, 1.0]);
        near(ticks(0.2, 4.0), &[0.3, 1.0, 3.0]);
        near(ticks(2.1, 3.1), &[2.5, 3.0]);
        assert_eq!(ticks(2.001, 2.002).len(), 2);
        assert_eq!(Axis::around_logarithms([f64::NEG_INFINITY].into_iter(), 3), None);
        assert!(ticks(3.0, 3.0).len() >= 2);
    }

    #[test]
    fn times_have_steps_that_people_count_in() {
        let steps = [(0.0, 90.0), (0.0, 5400.0), (0.0, 200_000.0), (0.0, 4e6), (3.0, 3.9)];
        let hundredths = steps.map(|(low, high)| Axis::of_time(low, high, 4).step * 100.0);
        let hundredths = hundredths.map(|step| step.round() as u64);
        assert_eq!(hundredths, [3000, 180_000, 8_640_000, 172_800_000, 25]);
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
