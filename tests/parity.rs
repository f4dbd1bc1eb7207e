//! Networks, distances, image gradients and outer steps against `PyTorch`'s double backward, on the CPU.
//!
//! In f64 what is left is the rounding of the fixtures to f32; in f32 it is our own, and the bound leaves
//! room for a rectifier whose input is so near zero that rounding switches it. The deeper networks have
//! millions of them, and one switch moves the gradient of a whole layer.
// Tests may fail loudly, and say how near they came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod oracle;

use burn::tensor::{DType, Device};

use oracle::{Ground, fixture, network, trajectory};
use std::process::Command;
use stillroom::nets::cpu::simd::Level;

fn ground(dtype: DType, tolerance: f64) -> Ground {
    Ground { device: Device::flex(), dtype, tolerance }
}

/// All networks, or those whose names begin so.
fn check_networks(ground: &Ground, prefix: &str) {
    let names = fixture::names("network");
    assert_eq!(names.len(), 42);
    for name in names.iter().filter(|name| name.starts_with(prefix)) {
        let (error, what) = network::check(name, ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
}

fn check_trajectories(ground: &Ground) {
    let names = fixture::names("trajectory");
    assert_eq!(names.len(), 4);
    for name in names {
        let (error, what) = trajectory::check(&name, ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
}

#[test]
fn every_network_agrees_in_f64() {
    check_networks(&ground(DType::F64, 1e-6), "");
}

#[test]
fn every_network_agrees_in_f32() {
    for (names, tolerance) in
        [("MLP", 1e-3), ("LeNet", 1e-3), ("ConvNet", 1e-3), ("A", 5e-3), ("V", 5e-3), ("R", 5e-3)]
    {
        check_networks(&ground(DType::F32, tolerance), names);
    }
}

#[test]
fn outer_steps_agree_in_f64() {
    check_trajectories(&ground(DType::F64, 1e-5));
}

#[test]
fn outer_steps_agree_in_f32() {
    check_trajectories(&ground(DType::F32, 1e-3));
}

/// In a process of its own for each kind of vectors that this processor has.
#[test]
fn every_level_of_the_cpu_kernels_agrees() {
    const LEVEL: &str = "PARITY_CPU_LEVEL";
    let level = |word: String| Level::ALL.into_iter().find(|level| level.word() == word);
    if let Some(level) = std::env::var(LEVEL).ok().and_then(level) {
        level.hold_to();
        assert_eq!(Level::in_use(), level);
        check_networks(&ground(DType::F32, 1e-3), "ConvNet");
        check_trajectories(&ground(DType::F32, 1e-3));
        return;
    }
    for level in Level::available() {
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "every_level_of_the_cpu_kernels_agrees", "--nocapture"])
            .env(LEVEL, level.word())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("1 passed"), "{level:?}: {said}");
    }
}
