//! The most that the device can compute in single precision, measured: what times are held against.
//!
//! On the CPU it is what its multiply-add units do with nothing in their way; on any other device what a
//! large matrix product reaches through the same library that the networks go through.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Distribution, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    engine::failure::Failure,
    nets::cpu::{peak, simd::Level},
};

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// 10⁹ floating-point operations a second.
    pub gflops: f64,
    /// How it was measured.
    pub how: String,
}

/// Measures the peak of the device a laboratory works on.
pub fn measure(device: &Device) -> Result<Peak, Failure> {
    if *device == Device::flex() {
        // The best that there is, whatever the kernels are held to; pairs of bf16 are another thing.
        let level = Level::available().last().copied().unwrap_or(Level::Portable);
        let level = level.min(Level::Avx512);
        let gflops = peak::flops_per_second(level) * 1e-9;
        return Ok(Peak { gflops, how: on_the_cpu(level) });
    }
    let peak = product(device).map_err(Failure::plain);
    // The matrices are not to count as memory that a run needs.
    device.memory_cleanup();
    peak
}

fn on_the_cpu(level: Level) -> String {
    let threads = rayon::current_num_threads();
    let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    format!("f32 multiply-adds in registers, {}, {threads}", level.word())
}

/// A product of square matrices, as large as it takes to need more than an instant.
fn product(device: &Device) -> Result<Peak, burn::tensor::ExecutionError> {
    const LARGEST: usize = 8192;
    const LONG_ENOUGH: Duration = Duration::from_millis(20);
    const TRIES: usize = 5;
    let mut side = 512;
    loop {
        let matrix = || Tensor::<2>::random([side, side], Distribution::Default, device);
        let (a, b) = (matrix(), matrix());
        let once = || {
            let started = Instant::now();
            let _product = a.clone().matmul(b.clone());
            device.sync().map(|()| started.elapsed())
        };
        // The first one may compile, and the next may choose among kernels.
        once()?;
        let mut best = once()?;
        if best < LONG_ENOUGH && side < LARGEST {
            side *= 2;
            continue;
        }
        for _ in 0..TRIES {
            best = best.min(once()?);
        }
        let flops = 2.0 * (side as f64).powi(3);
        let how = format!("an f32 product of {side}x{side} matrices");
        return Ok(Peak { gflops: flops / best.as_secs_f64() * 1e-9, how });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_measured_on_any_device() {
        let peak = product(&Device::flex()).unwrap();
        assert!(peak.gflops.is_finite() && peak.gflops > 0.0);
        assert!(peak.how.starts_with("an f32 product of "));
    }
}
