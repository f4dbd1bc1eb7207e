//! The same cases on wgpu over a software Vulkan driver (Mesa's lavapipe), in f32.
//!
//! Every network of one shape, so every norm, activation, pooling and depth, one of the other, and
//! trajectories with batch normalisation and with augmentation. Bounds are those of f32 on the CPU.
//! Without such a driver there is nothing to test: the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.
// Tests may fail loudly, and say how near they came.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod oracle;

use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{DType, Device, DeviceKind};

use oracle::{Ground, fixture, network, trajectory};

/// The software driver, once per process; `None` where there is none.
fn software_vulkan() -> Option<Device> {
    let options =
        Device::wgpu_options().device_kind(DeviceKind::Cpu).graphics_api(WgpuBackend::Vulkan);
    match options.init_with_setup() {
        Ok((device, setup)) => {
            println!("on {:?}", setup.adapter.get_info().name);
            Some(device)
        }
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped, no software Vulkan driver (package mesa-vulkan-drivers): {error}");
            None
        }
    }
}

/// In one test, because a process can set the driver up only once.
#[test]
fn networks_and_outer_steps_agree_on_software_vulkan() {
    let Some(device) = software_vulkan() else { return };
    let ground = Ground { device, dtype: DType::F32, tolerance: 1e-3 };
    let names = fixture::names("network");
    // The deeper networks take minutes each on a driver that has no hardware.
    let small = |name: &str| ["MLP", "LeNet", "ConvNet"].iter().any(|kind| name.starts_with(kind));
    let grey = names.into_iter().filter(|name| small(name) && name.ends_with("1x28x28"));
    for name in grey.chain(["ConvNet_3x32x32".to_owned()]) {
        let (error, what) = network::check(&name, &ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
    for name in ["trajectory_ConvNetBN_dc", "trajectory_ConvNet_dsa"] {
        let (error, what) = trajectory::check(name, &ground);
        println!("{name}: at most {error:.1e} ({what})");
    }
}
