//! The convolution kernels for graphics adapters, on Mesa's software Vulkan driver, against the tensor
//! library in double precision on the CPU.
//!
//! Without such a driver there is nothing to test: the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.
// Tests may fail loudly, and say why they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::distr::Distribution;
use rand_distr::StandardNormal;
use stillroom::engine::devices;
use stillroom::nets::{
    batched::Convolution,
    gpu::{self, Shape, Turned},
};
use stillroom::random::{Purpose, stream};
use stillroom::spec::{DeviceChoice, Precision};

const BATCHES: usize = 2;

fn numbers(count: usize, index: u64) -> Vec<f32> {
    let mut random = stream(9, Purpose::SyntheticInit, &[index]);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// The same numbers in both precisions.
struct Both {
    single: Tensor<1>,
    double: Tensor<1>,
}

fn both(count: usize, index: u64, device: &Device) -> Both {
    let data = TensorData::new(numbers(count, index), [count]);
    let double = Tensor::from_data(data.clone().convert::<f64>(), (&Device::flex(), DType::F64));
    Both { single: Tensor::from_data(data, device), double }
}

fn off<const D: usize>(found: &Tensor<D>, wanted: Tensor<D>) -> f64 {
    let found: Vec<f64> = found.try_to_vec_as().unwrap();
    let wanted: Vec<f64> = wanted.try_into_vec_as().unwrap();
    assert_eq!(found.len(), wanted.len());
    let square: f64 =
        found.iter().zip(&wanted).map(|(found, wanted)| (found - wanted).powi(2)).sum();
    (square / wanted.iter().map(|wanted| wanted.powi(2)).sum::<f64>()).sqrt()
}

/// For maps that are taken in small tiles and in large ones, that fill their last tile or not, for few
/// channels and many, and for any padding: convolutions with a weight for all batches or one for each,
/// their adjoints, and gradients.
#[test]
fn convolutions_and_their_adjoints_are_those_of_the_library() {
    let device = match devices::choose(&DeviceChoice::Software) {
        Ok(chosen) => chosen.handle,
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped: {error}");
            return;
        }
    };
    let precision = Precision::F32;
    let mut worst = 0.0_f64;
    for (inputs, outputs, from, padding, per) in [
        (5, 7, [16, 16], 1, 2),
        (8, 16, [8, 8], 1, 40),
        (6, 5, [7, 9], 1, 3),
        (6, 6, [2, 2], 1, 2),
        (9, 4, [5, 6], 0, 2),
        (1, 6, [28, 28], 3, 2),
        (3, 9, [9, 7], 1, 3),
        (4, 8, [1, 1], 1, 1),
    ] {
        let what = format!("{inputs} to {outputs} channels of {from:?}, padding {padding}");
        let convolution = Convolution { outputs, inputs, kernel: 3, padding, precision };
        let shape = Shape { inputs, outputs, from, padding, precision };
        let [high, wide] = shape.made();
        let n = BATCHES * per;
        let x = both(n * inputs * from[0] * from[1], 0, &device);
        let y = both(n * outputs * high * wide, 1, &device);
        let taps = outputs * inputs * 9;
        let weights = both(BATCHES * taps, 2, &device);
        let bias = both(BATCHES * outputs, 3, &device);
        let maps = |x: &Tensor<1>| x.clone().reshape([n, inputs, from[0], from[1]]);
        let made = |y: &Tensor<1>| y.clone().reshape([n, outputs, high, wide]);
        let mut check = |part: &str, found: Tensor<4>, wanted: Tensor<4>| {
            assert_eq!(found.dims(), wanted.dims(), "{part} of {what}");
            let off = off(&found, wanted);
            worst = worst.max(off);
            assert!(off < 1e-5, "{part} of {what} is off by {off:e}");
        };
        let found = gpu::convolve(
            &shape,
            maps(&x.single),
            weights.single.clone(),
            Turned::No,
            Some(bias.single.clone()),
            BATCHES,
        );
        let wanted = convolution.each(
            maps(&x.double),
            weights.double.clone(),
            Some(bias.double.clone()),
            BATCHES,
        );
        check("what each weight makes", found, wanted);
        let one = |both: &Both, count: usize| Both {
            single: both.single.clone().narrow(0, 0, count),
            double: both.double.clone().narrow(0, 0, count),
        };
        let (weight, shift) = (one(&weights, taps), one(&bias, outputs));
        let found = convolution.shared(maps(&x.single), weight.single.clone(), Some(shift.single));
        let wanted = convolution.shared(maps(&x.double), weight.double.clone(), Some(shift.double));
        check("what one weight makes", found, wanted);
        let found = convolution.shared_adjoint(made(&y.single), weight.single);
        let wanted = convolution.shared_adjoint(made(&y.double), weight.double);
        check("what one weight pulls back", found, wanted);
        let found = convolution.each_adjoint(made(&y.single), weights.single, BATCHES);
        let wanted = convolution.each_adjoint(made(&y.double), weights.double, BATCHES);
        check("what each weight pulls back", found, wanted);
        let found = gpu::weight_gradients(&shape, maps(&x.single), made(&y.single), BATCHES);
        let wanted = convolution.weight_gradients(maps(&x.double), made(&y.double), BATCHES);
        let as_maps = |gradients: Tensor<1>| gradients.reshape([BATCHES, outputs, inputs, 9]);
        check("the gradient of the weights", as_maps(found), as_maps(wanted));
    }
    println!("at most {worst:.1e} off");
}
