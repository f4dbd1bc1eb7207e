//! Every augmentation and its gradient against PyTorch's, in double and single precision on the CPU and
//! in single precision through wgpu.
//!
//! `tests/fixtures/augment` holds, for three image shapes, images `x`, a cotangent, and for each operation
//! (shared and per-image parameters, edge values among them, both corner conventions) the outputs `y` and
//! `dx`, the gradient of `sum(y · cotangent)`. They were computed in float64 and rounded once to float32.
//! Errors are the largest difference over the largest absolute value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on shall fail

use std::path::PathBuf;

use burn::tensor::{DType, Device, Tensor, TensorData};
use safetensors::SafeTensors;
use serde::Deserialize;
use stillroom::augment::{Augmentation, Centre, Factors, Operation, Parameters, Translation};

/// The rounding of the fixtures themselves is 6e-8.
const DOUBLE: f64 = 1e-6;
/// A few roundings of values up to 4, and sampling positions up to 32 pixels from the origin.
const SINGLE: f64 = 1e-5;

#[derive(Deserialize)]
struct Index {
    ops: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    case: String,
    x: String,
    op: String,
    align_corners: bool,
    parameters: Vec<Vec<serde_json::Value>>,
}

impl Case {
    /// The k-th parameter of every set.
    fn numbers(&self, k: usize) -> Vec<f64> {
        self.parameters[k].iter().map(|value| value.as_f64().unwrap()).collect()
    }

    /// Two parameters of every set, as one.
    fn pairs<P>(&self, make: impl Fn(f64, f64) -> P) -> Parameters<P> {
        let (first, second) = (self.numbers(0), self.numbers(1));
        parameters(first.into_iter().zip(second).map(|(a, b)| make(a, b)).collect())
    }

    fn augmentation(&self) -> Augmentation {
        let operation = match self.op.as_str() {
            "brightness" => Operation::Brightness(parameters(self.numbers(0))),
            "saturation" => Operation::Saturation(parameters(self.numbers(0))),
            "contrast" => Operation::Contrast(parameters(self.numbers(0))),
            "crop" => Operation::Crop(
                self.pairs(|dy, dx| Translation { dy: dy as isize, dx: dx as isize }),
            ),
            "cutout" => Operation::Cutout(
                self.pairs(|row, column| Centre { row: row as usize, column: column as usize }),
            ),
            "flip" => Operation::Flip(parameters(
                self.parameters[0].iter().map(|value| value.as_bool().unwrap()).collect(),
            )),
            "scale" => Operation::Scale(self.pairs(|x, y| Factors { x, y })),
            "rotate" => Operation::Rotate(parameters(self.numbers(0))),
            other => panic!("the fixtures hold an unknown operation {other}"),
        };
        Augmentation { operations: vec![operation], align_corners: self.align_corners }
    }
}

fn parameters<P>(mut sets: Vec<P>) -> Parameters<P> {
    if sets.len() == 1 { Parameters::Shared(sets.remove(0)) } else { Parameters::PerImage(sets) }
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/augment")
}

/// Runs every case on `device` in `dtype` and returns its worst errors of `y` and `dx`.
fn check(device: &Device, dtype: DType, tolerance: f64) -> (f64, f64) {
    let device = device.clone().autodiff();
    let bytes = std::fs::read(fixtures().join("augment.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let index = std::fs::read_to_string(fixtures().join("index.json")).unwrap();
    let index: Index = serde_json::from_str(&index).unwrap();
    assert_eq!(index.ops.len(), 60);

    let read = |name: &str| -> (Vec<f32>, [usize; 4]) {
        let view = file.tensor(name).unwrap();
        let values = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        (values, view.shape().try_into().unwrap())
    };
    let load = |name: &str| {
        let (values, shape) = read(name);
        Tensor::<4>::from_data(TensorData::new(values, shape), (&device, dtype))
    };
    let error = |found: Tensor<4>, name: &str| {
        let (expected, shape) = read(name);
        assert_eq!(found.dims(), shape, "{name}");
        let found = found.try_into_vec_as::<f64>().unwrap();
        let largest = expected.iter().fold(0.0_f64, |most, e| most.max(f64::from(e.abs())));
        let worst = found
            .iter()
            .zip(&expected)
            .fold(0.0_f64, |most, (f, e)| most.max((f - f64::from(*e)).abs()));
        let error = worst / largest;
        assert!(error <= tolerance, "{name}: relative error {error:.2e} above {tolerance:.0e}");
        error
    };

    let mut worst = (0.0_f64, 0.0_f64);
    for case in &index.ops {
        let x = load(&format!("{}/x", case.x)).require_grad();
        let cotangent = load(&format!("{}/cotangent", case.x));
        let y = case.augmentation().apply(x.clone());
        let gradients = y.clone().mul(cotangent).sum().backward();
        let dx = Tensor::from_inner(x.grad(&gradients).unwrap());
        worst.0 = worst.0.max(error(y, &format!("{}/y", case.case)));
        worst.1 = worst.1.max(error(dx, &format!("{}/dx", case.case)));
        // The path without a tape is another one in the sampler: it must give the same.
        let plain = case.augmentation().apply(load(&format!("{}/x", case.x)).inner());
        worst.0 = worst.0.max(error(Tensor::from_inner(plain), &format!("{}/y", case.case)));
    }
    worst
}

fn report(what: &str, (y, dx): (f64, f64)) {
    println!("{what}: worst relative error {y:.1e} of the images, {dx:.1e} of their gradients");
}

#[test]
fn double_precision_on_the_cpu() {
    report("flex f64", check(&Device::flex(), DType::F64, DOUBLE));
}

#[test]
fn single_precision_on_the_cpu() {
    report("flex f32", check(&Device::flex(), DType::F32, SINGLE));
}

#[test]
fn single_precision_through_wgpu() {
    match Device::wgpu_options().init() {
        Ok(device) => report("wgpu f32", check(&device, DType::F32, SINGLE)),
        Err(reason) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "no graphics adapter: {reason}");
            println!("skipped: no graphics adapter ({reason})");
        }
    }
}
