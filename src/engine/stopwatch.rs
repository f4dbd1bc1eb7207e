//! How long each part of an iteration takes, for benchmarks; off in a run.
//!
//! A part's time is that since the part before ended. A device that works on while the program goes ahead
//! is waited for at each end, so that its work counts where it belongs; therefore the whole takes a little
//! longer with the stopwatch than without.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use burn::tensor::Device;

use crate::condense::{Part, Watch};

/// A stopwatch that is off, or runs.
#[derive(Debug, Default)]
pub struct Stopwatch {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    device: Device,
    laps: Mutex<Laps>,
}

#[derive(Debug)]
struct Laps {
    since: Instant,
    spent: [Duration; Part::ALL.len()],
}

impl Stopwatch {
    /// Starts one at zero, for work on this device.
    pub fn start(device: &Device) -> Self {
        let laps = Laps { since: Instant::now(), spent: [Duration::ZERO; Part::ALL.len()] };
        Self { running: Some(Running { device: device.clone(), laps: Mutex::new(laps) }) }
    }

    /// The time of each part so far, in seconds; nothing when it is off.
    pub fn read(&self) -> Vec<(Part, f64)> {
        let Some(running) = &self.running else { return Vec::new() };
        let laps = running.laps.lock().unwrap_or_else(PoisonError::into_inner);
        Part::ALL.into_iter().zip(laps.spent.map(|spent| spent.as_secs_f64())).collect()
    }
}

impl Watch for Stopwatch {
    fn lap(&self, part: Part) {
        let Some(running) = &self.running else { return };
        // What the device did not do is told where its results are read.
        let _ = running.device.sync();
        let mut laps = running.laps.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let spent = now - laps.since;
        laps.spent[part as usize] += spent;
        laps.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_time_is_some_parts() {
        let started = Instant::now();
        let stopwatch = Stopwatch::start(&Device::flex());
        stopwatch.lap(Part::RealData);
        stopwatch.lap(Part::RealGradient);
        stopwatch.lap(Part::RealData);
        let all = started.elapsed().as_secs_f64();
        let parts = stopwatch.read();
        let sum: f64 = parts.iter().map(|(_, secs)| secs).sum();
        assert!(sum <= all);
        let mut lapped = parts.iter().filter(|(_, secs)| *secs > 0.0).map(|(part, _)| part);
        assert!(lapped.all(|part| [Part::RealData, Part::RealGradient].contains(part)));
        assert!(parts.iter().map(|(part, _)| part).eq(&Part::ALL));
    }

    #[test]
    fn a_stopwatch_that_is_off_says_nothing() {
        let stopwatch = Stopwatch::default();
        stopwatch.lap(Part::Distance);
        assert!(stopwatch.read().is_empty());
    }
}
