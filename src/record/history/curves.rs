//! The curves of a run in a bounded number of buckets.
//!
//! A bucket holds a range of iterations. Once there are more than [`MOST`], each holds twice as many. Ranges
//! begin at multiples of their length, so that a log read at once and one that was followed give the same.

use serde::{Deserialize, Serialize};

use super::stat::Stat;
use crate::record::event::Iteration;

/// The most buckets. More than twice the dots that the widest window has across.
pub const MOST: usize = 4096;

/// What some iterations in a row come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// The first iteration.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// When the last was done, in milliseconds since 1970.
    pub at_ms: i64,
    /// Seconds that all iterations up to the last took, without pauses and evaluations.
    pub device_secs: f64,
    /// Matching distance, or what else the method lowers.
    pub distance: Stat,
    /// Inner training loss.
    pub inner_loss: Stat,
    /// Seconds for one iteration.
    pub secs: Stat,
    /// Bytes of memory of the device, as far as they are known.
    pub memory: Stat,
}

/// All of them, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Iterations in a bucket.
    stride: u64,
    buckets: Vec<Bucket>,
}

impl Default for Curves {
    fn default() -> Self {
        Self { stride: 1, buckets: Vec::new() }
    }
}

impl Curves {
    /// The buckets, in the order of iterations.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Takes in an iteration that was done at `at_ms`.
    pub fn push(&mut self, done: &Iteration, at_ms: i64) {
        let iteration = done.iteration;
        let new = Bucket {
            from: iteration,
            to: iteration,
            at_ms,
            device_secs: done.condense_secs,
            distance: Stat::of(done.distance),
            inner_loss: done.inner_loss.map(Stat::of).unwrap_or_default(),
            secs: Stat::of(done.secs),
            memory: Stat::default(),
        };
        let stride = self.stride;
        match self.buckets.last_mut() {
            Some(last) if place(last.from, stride) == place(iteration, stride) => last.join(&new),
            _ => self.buckets.push(new),
        }
        while self.buckets.len() > MOST {
            self.halve();
        }
    }

    /// The device's memory after the last iteration.
    pub fn push_memory(&mut self, bytes: u64) {
        if let Some(last) = self.buckets.last_mut() {
            last.memory.push(bytes as f64);
        }
    }

    /// Forgets what came after `iteration`. A bucket that it lies in stays whole: what is done again comes out
    /// as before.
    pub fn rewind(&mut self, iteration: u64) {
        self.buckets.retain(|bucket| bucket.from <= iteration);
        if let Some(last) = self.buckets.last_mut() {
            last.to = last.to.min(iteration);
        }
    }

    fn halve(&mut self) {
        self.stride *= 2;
        let mut joined: Vec<Bucket> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        for bucket in self.buckets.drain(..) {
            match joined.last_mut() {
                Some(last) if place(last.from, self.stride) == place(bucket.from, self.stride) => {
                    last.join(&bucket);
                }
                _ => joined.push(bucket),
            }
        }
        self.buckets = joined;
    }
}

/// Which bucket an iteration, counted from 1, belongs to.
const fn place(iteration: u64, stride: u64) -> u64 {
    iteration.saturating_sub(1) / stride
}

impl Bucket {
    fn join(&mut self, next: &Self) {
        self.to = next.to.max(self.to);
        self.at_ms = next.at_ms;
        self.device_secs = next.device_secs;
        self.distance.join(&next.distance);
        self.inner_loss.join(&next.inner_loss);
        self.secs.join(&next.secs);
        self.memory.join(&next.memory);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn iteration(iteration: u64, distance: f64) -> Iteration {
        Iteration {
            iteration,
            distance,
            by_class: vec![distance, 2.0 * distance],
            inner_loss: None,
            secs: 0.5,
            condense_secs: iteration as f64 / 2.0,
        }
    }

    #[test]
    fn every_iteration_is_kept_while_there_is_room() {
        let mut curves = Curves::default();
        (1..=MOST as u64).for_each(|i| curves.push(&iteration(i, i as f64), i as i64));
        assert_eq!(curves.buckets().len(), MOST);
        assert!(curves.buckets().iter().all(|bucket| bucket.from == bucket.to));
    }

    #[test]
    fn a_million_iterations_stay_bounded_and_lose_no_extreme() {
        let mut curves = Curves::default();
        for i in 1..=1_000_000_u64 {
            let distance = if i == 777_777 { 9.0 } else { 1.0 / i as f64 };
            curves.push(&iteration(i, distance), i as i64);
        }
        let buckets = curves.buckets();
        assert!((MOST / 2..=MOST).contains(&buckets.len()), "{}", buckets.len());
        let spikes = buckets.iter().filter(|bucket| bucket.distance.high > 8.0);
        let spikes: Vec<_> = spikes.map(|bucket| bucket.from..=bucket.to).collect();
        assert!(matches!(spikes.as_slice(), [range] if range.contains(&777_777)), "{spikes:?}");
        let count: u32 = buckets.iter().map(|bucket| bucket.distance.count).sum();
        assert_eq!(count, 1_000_000);
        assert!(buckets.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
    }

    #[test]
    fn what_is_done_again_is_not_there_twice() {
        let mut curves = Curves::default();
        (1..=20).for_each(|i| curves.push(&iteration(i, 1.0), 0));
        curves.rewind(12);
        assert_eq!(curves.buckets().last().map(|bucket| bucket.to), Some(12));
        curves.push(&iteration(13, 5.0), 0);
        assert_eq!(curves.buckets().len(), 13);
        curves.rewind(0);
        assert!(curves.buckets().is_empty());
    }
}
