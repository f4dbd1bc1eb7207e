//! Every augmentation and its gradient against torch's, in double and single precision on the CPU and
//! in single precision through wgpu.
//!
//! `tests/fixtures/augment` holds, for three image shapes, images `x`, a cotangent, and for each operation
//! (shared and per-image parameters, edge values among them, both corner conventions) the outputs `y` and
//! `dx`, the gradient of `sum(y · cotangent)`. They were computed in float64 and rounded once to float32.
//! Errors are the largest difference over the largest absolute value.

// Tests may fail loudly, and say how near they came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "oracle/augmentation.rs"]
mod augmentation;

use std::path::PathBuf;

use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{DType, Device, DeviceKind, Tensor, TensorData};
use safetensors::SafeTensors;
use serde::Deserialize;
use stillroom::augment::Augmentation;

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
    #[serde(rename = "case")]
    name: String,
    x: String,
    op: String,
    align_corners: bool,
    parameters: Vec<serde_json::Value>,
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
        let operation = augmentation::operation(&case.op, &case.parameters);
        let augmentation =
            Augmentation { operations: vec![operation], align_corners: case.align_corners };
        let x = load(&format!("{}/x", case.x)).require_grad();
        let cotangent = load(&format!("{}/cotangent", case.x));
        let y = augmentation.apply(x.clone());
        let gradients = y.clone().mul(cotangent).sum().backward();
        let dx = Tensor::from_inner(x.grad(&gradients).unwrap());
        worst.0 = worst.0.max(error(y, &format!("{}/y", case.name)));
        worst.1 = worst.1.max(error(dx, &format!("{}/dx", case.name)));
        // The path without a tape is another one in the sampler: it must give the same.
        let plain = augmentation.apply(load(&format!("{}/x", case.x)).inner());
        worst.0 = worst.0.max(error(Tensor::from_inner(plain), &format!("{}/y", case.name)));
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
fn single_precision_on_software_vulkan() {
    let options =
        Device::wgpu_options().device_kind(DeviceKind::Cpu).graphics_api(WgpuBackend::Vulkan);
    match options.init() {
        Ok(device) => report("wgpu f32", check(&device, DType::F32, SINGLE)),
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped, no software Vulkan driver (package mesa-vulkan-drivers): {error}");
        }
    }
}
