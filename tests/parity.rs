//! Networks, distances, image gradients and outer steps against PyTorch's double backward, on the CPU.
//!
//! In f64 what is left is the rounding of the fixtures to f32; in f32 it is our own, and the bound leaves
//! room for a rectifier whose input is so near zero that rounding switches it.
// Tests may fail loudly, and say how near they came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod oracle;

use burn::tensor::{DType, Device};

use oracle::{Ground, fixture, network, trajectory};

fn ground(dtype: DType, tolerance: f64) -> Ground {
    Ground { device: Device::flex(), dtype, tolerance }
}

fn check_networks(ground: &Ground) {
    let names = fixture::names("network");
    assert_eq!(names.len(), 25);
    for name in names {
        let (error, what) = network::check(&name, ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
}

fn check_trajectories(ground: &Ground) {
    let cases: [(&str, trajectory::Augment<'_>); 3] = [
        ("trajectory_ConvNet_dc", &trajectory::no_augmentation),
        ("trajectory_ConvNetBN_dc", &trajectory::no_augmentation),
        ("trajectory_ConvNet_dsa", &trajectory::named_augmentation),
    ];
    for (name, augment) in cases {
        let (error, what) = trajectory::check(name, augment, ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
}

#[test]
fn every_network_agrees_in_f64() {
    check_networks(&ground(DType::F64, 1e-6));
}

#[test]
fn every_network_agrees_in_f32() {
    check_networks(&ground(DType::F32, 1e-3));
}

#[test]
fn outer_steps_agree_in_f64() {
    check_trajectories(&ground(DType::F64, 1e-5));
}

#[test]
fn outer_steps_agree_in_f32() {
    check_trajectories(&ground(DType::F32, 1e-3));
}
