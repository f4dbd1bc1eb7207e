//! The most that the processor can do: fused multiply-adds that wait for nothing but one another.
//!
//! Chains of `x ← x · a + b` stay in registers, so neither memory nor cache enters. There are as many as
//! it takes to keep the units busy while each chain waits for its own last result, and as few as fit
//! into the registers of a level. It is what the kernels beside it are measured against.

use std::{hint::black_box, time::Instant};

use super::simd::{Job, LANES, Level, Simd, with};

/// Rounds of one measurement: about ten milliseconds.
const ROUNDS: usize = 4_000_000;
/// Measurements, of which the best counts: whatever else runs can only take away.
const TRIES: usize = 25;

/// Floating-point operations a second of all threads together, with vectors of a level. The threads are
/// those of the pool that the kernels run on.
pub fn flops_per_second(level: Level) -> f64 {
    let measure = || {
        let started = Instant::now();
        let counts = rayon::broadcast(|_| multiply_add(level, ROUNDS).0);
        counts.iter().sum::<u64>() as f64 / started.elapsed().as_secs_f64()
    };
    (0..TRIES).map(|_| measure()).fold(0.0, f64::max)
}

/// What one thread does: its operations, and the mean over all lanes of all chains in the end.
fn multiply_add(level: Level, rounds: usize) -> (u64, f32) {
    // A multiply-add takes four cycles and two begin in each: eight vectors in flight are the least. One
    // of ours is one AVX-512 register of 32, two AVX2 registers of 16, four SSE registers of 16.
    let (chains, mean) = match level {
        Level::Portable => (2, with(level, Chains::<2> { rounds })),
        Level::Avx2 => (6, with(level, Chains::<6> { rounds })),
        Level::Avx512 | Level::Avx512Bf16 => (12, with(level, Chains::<12> { rounds })),
    };
    ((2 * chains * LANES * rounds) as u64, mean)
}

/// The factor and the addend of every chain; the chains start at 1.
const FACTOR: f32 = 0.75;
const ADDEND: f32 = 0.5;

/// `N` chains of sixteen lanes; the mean over all of them in the end.
struct Chains<const N: usize> {
    rounds: usize,
}

impl<const N: usize> Job for Chains<N> {
    type Output = f32;

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) -> f32 {
        let mut lanes = [[0.0; LANES]; N];
        // SAFETY: the caller vouches for the level, and each row of `lanes` has sixteen floats.
        unsafe {
            // The compiler must not know the values: it would know the results.
            let (factor, addend) = (S::splat(black_box(FACTOR)), S::splat(black_box(ADDEND)));
            let mut chains = [S::splat(black_box(1.0)); N];
            for _ in 0..self.rounds {
                for chain in &mut chains {
                    *chain = S::mul_add(*chain, factor, addend);
                }
            }
            for (lanes, chain) in lanes.iter_mut().zip(chains) {
                S::store(lanes.as_mut_ptr(), chain);
            }
        }
        black_box(lanes.iter().flatten().sum::<f32>() / (N * LANES) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of what is counted is left out: every lane of every chain goes the whole way.
    #[test]
    fn all_chains_do_all_rounds() {
        for &level in Level::available() {
            for rounds in [0, 1, 2, 7] {
                let expected = (0..rounds).fold(1.0, |x: f32, _| x * FACTOR + ADDEND);
                let (_, mean) = multiply_add(level, rounds);
                assert!((mean - expected).abs() < 1e-5, "{level:?} {rounds}");
            }
        }
    }
}
