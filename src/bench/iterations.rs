//! Something done again and again, timed as a whole and by its parts.

use std::time::Instant;

use burn::tensor::Device;

use super::{
    busy::Busy,
    case::Case,
    peak::Peak,
    report::{Iterations, PartTime},
    resources,
    spread::Spread,
};
use crate::{
    condense::Part,
    engine::{failure::Failure, laboratory::Laboratory, stopwatch::Stopwatch},
};

/// Whoever wants to know that it goes on.
pub type Heard<'a> = &'a mut dyn FnMut(&str);

/// What the clocks said.
pub struct Times {
    /// Wall time of each repetition.
    wall: Vec<f64>,
    /// Processor time of each, all threads together.
    cpu: Vec<f64>,
    /// Wall time of each part in all of them.
    parts: Vec<(Part, f64)>,
    /// The share of the time that the card was busy, where its driver told.
    busy: Option<f64>,
}

/// Repeats `once`: to warm up, then for the time of the whole and of its parts. `card` is where
/// the graphics card is plugged in that does it, if one does.
pub fn time(
    laboratory: &mut Laboratory,
    case: &Case,
    card: Option<&str>,
    mut once: impl FnMut(&Laboratory) -> Result<(), Failure>,
    heard: Heard<'_>,
) -> Result<Times, Failure> {
    let device = laboratory.device.clone();
    let mut timed = |laboratory: &Laboratory, what: &str, at: usize, of: usize| {
        let (started, before) = (Instant::now(), resources::own());
        once(laboratory)?;
        device.sync().map_err(Failure::plain)?;
        let wall = started.elapsed().as_secs_f64();
        heard(&format!("{what} {at} of {of}: {wall:.3} s"));
        Ok::<_, Failure>((wall, resources::own().cpu_secs - before.cpu_secs))
    };
    for at in 1..=case.warmup {
        timed(laboratory, "warm-up", at, case.warmup)?;
    }
    // To wait for the end of each part costs nothing on the CPU. It keeps any other device from being fed
    // while it works: there the whole is timed without it, and repeated for the parts.
    let together = device == Device::flex();
    let stopwatch = || Stopwatch::start(&device);
    if together {
        laboratory.stopwatch = stopwatch();
    }
    let busy = card.and_then(Busy::watch);
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for at in 1..=case.iterations {
        let (wall_secs, cpu_secs) = timed(laboratory, "iteration", at, case.iterations)?;
        wall.push(wall_secs);
        cpu.push(cpu_secs);
    }
    let busy = busy.and_then(Busy::share);
    if !together {
        laboratory.stopwatch = stopwatch();
        for at in 1..=case.iterations {
            timed(laboratory, "by parts", at, case.iterations)?;
        }
    }
    let parts = std::mem::take(&mut laboratory.stopwatch).read();
    Ok(Times { wall, cpu, parts, busy })
}

impl Times {
    /// The figures of an iteration that shows the network so many images and computes so many operations
    /// in each part.
    pub fn report(self, images: u64, flop: impl Fn(Part) -> f64, peak: &Peak) -> Iterations {
        let seconds = Spread::of(self.wall.iter().copied());
        let lapped = || self.parts.iter().filter(|(_, secs)| *secs > 0.0);
        let sum: f64 = lapped().map(|(_, secs)| secs).sum();
        let parts: Vec<PartTime> = lapped()
            .map(|&(part, secs)| {
                let seconds = secs / self.wall.len() as f64;
                let gflop = Some(flop(part) * 1e-9).filter(|gflop| *gflop > 0.0);
                let gflops = gflop.map(|gflop| gflop / seconds);
                let share_of_peak = gflops.map(|gflops| gflops / peak.gflops);
                PartTime { part, seconds, share: secs / sum, gflop, gflops, share_of_peak }
            })
            .collect();
        let gflop: f64 = parts.iter().filter_map(|part| part.gflop).sum();
        let gflops = gflop / seconds.median;
        Iterations {
            seconds,
            cpu_seconds: Spread::of(self.cpu).median,
            each_seconds: self.wall,
            images,
            images_per_second: images as f64 / seconds.median,
            gflop,
            gflops,
            share_of_peak: gflops / peak.gflops,
            device_busy: self.busy,
            parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_rates_follow_from_times_and_work() {
        let times = Times {
            wall: vec![2.0, 4.0],
            cpu: vec![4.0, 5.0],
            parts: vec![(Part::RealGradient, 4.5), (Part::Distance, 1.5), (Part::Forward, 0.0)],
            busy: Some(0.25),
        };
        let flop = |part| if part == Part::RealGradient { 9e9 } else { 0.0 };
        let peak = Peak { gflops: 8.0, how: String::new() };
        let found = times.report(30, flop, &peak);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(found.seconds.median, 3.0);
        near(found.cpu_seconds, 4.5);
        near(found.images_per_second, 10.0);
        near(found.device_busy.unwrap(), 0.25);
        near(found.gflop, 9.0);
        near(found.gflops, 3.0);
        near(found.share_of_peak, 3.0 / 8.0);
        let [real, distance] = &found.parts[..] else { panic!("{:?}", found.parts) };
        near(real.seconds, 2.25);
        near(real.share, 0.75);
        near(real.gflops.unwrap(), 4.0);
        near(real.share_of_peak.unwrap(), 0.5);
        near(distance.share, 0.25);
        assert_eq!((distance.gflop, distance.share_of_peak), (None, None));
    }
}
