//! Which devices this machine has, and which of them a run gets.
//!
//! `auto` takes a hardware GPU through wgpu if there is one, else the CPU. A software Vulkan driver is
//! taken only when it is asked for by name: its numbers are right, and it is slower than the CPU backend.
//! Whatever is chosen, a sentence says why; a missing adapter is an error value, never a crash.

use burn::tensor::{
    Device, DeviceKind,
    wgpu::wgpu::{self, DeviceType},
};
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig, cache::CacheConfig};
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use crate::{
    nets::{Capacity, cpu::simd::Level},
    spec::DeviceChoice,
};

/// A device of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// In the words of a spec: `cpu`, `gpu:0`, `software`.
    pub device: String,
    /// The device's own name.
    pub name: String,
    /// How it is reached.
    pub through: String,
    /// How Burn's runtime addresses it.
    #[serde(skip)]
    kind: Option<DeviceKind>,
}

/// A device that is ready for use, and why it was chosen.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Burn's handle.
    pub handle: Device,
    /// How much it takes at once.
    pub capacity: Capacity,
    /// In the words of a spec.
    pub device: String,
    /// The device's own name.
    pub name: String,
    /// One sentence.
    pub reason: String,
}

/// A wish that this machine cannot fulfil.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DeviceError {
    /// There is no such GPU.
    #[error("there is no gpu:{wished}; this machine has {had}")]
    NoSuchGpu {
        /// The number asked for.
        wished: usize,
        /// What there is.
        had: String,
    },
    /// There is no software driver.
    #[error(
        "there is no software Vulkan driver on this machine; install one (Debian: mesa-vulkan-drivers)"
    )]
    NoSoftware,
    /// The processor lacks these vectors, or nothing is called so.
    #[error("STILLROOM_CPU_LEVEL is `{wished}`; this processor has {had}")]
    NoSuchLevel {
        /// The word that was given.
        wished: String,
        /// What there is.
        had: String,
    },
    /// The adapter is there but does not come up.
    #[error("{name} is there but cannot be used: {reason}")]
    Unusable {
        /// The adapter.
        name: String,
        /// What the runtime says.
        reason: String,
    },
}

/// Holds the CPU's kernels to the vectors that `STILLROOM_CPU_LEVEL` names, if it does.
///
/// # Errors
/// When it names none that there are.
pub fn hold_cpu_level() -> Result<(), DeviceError> {
    if let Ok(word) = std::env::var("STILLROOM_CPU_LEVEL") {
        cpu_level(&word)?.hold_to();
    }
    Ok(())
}

fn cpu_level(word: &str) -> Result<Level, DeviceError> {
    let known = Level::available().iter().find(|level| level.word() == word);
    known.copied().ok_or_else(|| DeviceError::NoSuchLevel {
        wished: word.to_owned(),
        had: Level::available().iter().map(|level| level.word()).collect::<Vec<_>>().join(", "),
    })
}

/// Every device of this machine: hardware GPUs first, then a software driver, then the CPU.
pub fn list() -> Vec<Found> {
    let mut found = adapters();
    found.push(Found {
        device: DeviceChoice::Cpu.to_string(),
        name: cpu_name(),
        through: "Burn's CPU backend".to_owned(),
        kind: None,
    });
    found
}

/// The device for a wish, opened.
pub fn choose(wish: &DeviceChoice) -> Result<Chosen, DeviceError> {
    match wish {
        DeviceChoice::Cpu => Ok(cpu("asked for")),
        _ => pick(wish, &adapters()),
    }
}

fn pick(wish: &DeviceChoice, adapters: &[Found]) -> Result<Chosen, DeviceError> {
    let software = DeviceChoice::Software.to_string();
    let hardware: Vec<_> = adapters.iter().filter(|found| found.device != software).collect();
    match wish {
        DeviceChoice::Cpu => Ok(cpu("asked for")),
        DeviceChoice::Auto => match hardware.first() {
            Some(gpu) => open(gpu, "the first hardware GPU"),
            None if adapters.is_empty() => Ok(cpu("no graphics adapter was found")),
            None => Ok(cpu("the only graphics adapter is a software driver, which is slower")),
        },
        DeviceChoice::Gpu(index) => match hardware.get(*index) {
            Some(gpu) => open(gpu, "asked for"),
            None => Err(DeviceError::NoSuchGpu {
                wished: *index,
                had: match hardware.len() {
                    0 => "no hardware GPU".to_owned(),
                    1 => "gpu:0 only".to_owned(),
                    count => format!("gpu:0 to gpu:{}", count - 1),
                },
            }),
        },
        DeviceChoice::Software => adapters
            .iter()
            .find(|found| found.device == software)
            .ok_or(DeviceError::NoSoftware)
            .and_then(|driver| open(driver, "asked for")),
    }
}

fn cpu(reason: &str) -> Chosen {
    Chosen {
        handle: Device::flex(),
        capacity: Capacity::default(),
        device: DeviceChoice::Cpu.to_string(),
        name: cpu_name(),
        reason: reason.to_owned(),
    }
}

/// Lets the runtime keep what it compiles and measures in this program's cache directory. Of itself it would
/// look for a manifest above the current folder, and write beside that.
///
/// It has to be told before the first device is opened; later calls change nothing.
fn place_caches() {
    let Some(platform) = ProjectDirs::from("", "", "stillroom") else { return };
    let mut config = CubeClRuntimeConfig::default().override_from_env();
    config.environment.path = CacheConfig::Directory(platform.cache_dir().join("kernels"));
    CubeClRuntimeConfig::try_set(config);
}

fn open(found: &Found, reason: &str) -> Result<Chosen, DeviceError> {
    place_caches();
    let options = Device::wgpu_options().device_kind(found.kind.clone().unwrap_or_default());
    let (handle, setup) = options.init_with_setup().map_err(|error| DeviceError::Unusable {
        name: found.name.clone(),
        reason: error.to_string(),
    })?;
    let limits = setup.device.limits();
    Ok(Chosen {
        handle,
        capacity: Capacity::of_device(limits.max_storage_buffer_binding_size),
        device: found.device.clone(),
        name: found.name.clone(),
        reason: reason.to_owned(),
    })
}

/// The graphics adapters, hardware first. wgpu's runtime counts each kind of adapter from zero on its
/// own; users see one count over all hardware.
fn adapters() -> Vec<Found> {
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let infos: Vec<_> = futures::executor::block_on(instance.enumerate_adapters(backends))
        .iter()
        .map(wgpu::Adapter::get_info)
        .collect();
    let mut hardware = Vec::new();
    let mut software = Vec::new();
    for wanted in [
        DeviceType::DiscreteGpu,
        DeviceType::IntegratedGpu,
        DeviceType::VirtualGpu,
        DeviceType::Cpu,
    ] {
        for (index, info) in infos.iter().filter(|info| info.device_type == wanted).enumerate() {
            let (kind, choice) = match wanted {
                DeviceType::DiscreteGpu => {
                    (DeviceKind::DiscreteGpu(index), DeviceChoice::Gpu(hardware.len()))
                }
                DeviceType::IntegratedGpu => {
                    (DeviceKind::IntegratedGpu(index), DeviceChoice::Gpu(hardware.len()))
                }
                DeviceType::VirtualGpu => {
                    (DeviceKind::VirtualGpu(index), DeviceChoice::Gpu(hardware.len()))
                }
                _ => (DeviceKind::Cpu, DeviceChoice::Software),
            };
            let list = if wanted == DeviceType::Cpu { &mut software } else { &mut hardware };
            list.push(Found {
                device: choice.to_string(),
                name: info.name.clone(),
                through: format!("wgpu, {:?} {}", info.backend, info.driver_info).trim().to_owned(),
                kind: Some(kind),
            });
        }
    }
    software.truncate(1);
    hardware.append(&mut software);
    hardware
}

fn cpu_name() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| format!("{} CPU", std::env::consts::ARCH));
    format!("{model}, {threads} threads, {}", Level::in_use().word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver() -> Found {
        Found {
            device: "software".to_owned(),
            name: "llvmpipe".to_owned(),
            through: "wgpu, Vulkan".to_owned(),
            kind: Some(DeviceKind::Cpu),
        }
    }

    #[test]
    fn without_an_adapter_auto_is_the_cpu_and_says_why() {
        let chosen = pick(&DeviceChoice::Auto, &[]).unwrap();
        assert_eq!(
            (chosen.device.as_str(), chosen.reason.as_str()),
            ("cpu", "no graphics adapter was found")
        );
    }

    #[test]
    fn a_software_driver_is_never_taken_unasked() {
        let chosen = pick(&DeviceChoice::Auto, &[driver()]).unwrap();
        assert_eq!(chosen.device, "cpu");
        assert!(chosen.reason.contains("software driver"));
        assert!(matches!(
            pick(&DeviceChoice::Gpu(0), &[driver()]),
            Err(DeviceError::NoSuchGpu { wished: 0, .. })
        ));
    }

    #[test]
    fn a_missing_device_is_a_sentence() {
        let error = pick(&DeviceChoice::Gpu(3), &[]).unwrap_err();
        assert_eq!(error.to_string(), "there is no gpu:3; this machine has no hardware GPU");
        assert_eq!(pick(&DeviceChoice::Software, &[]).unwrap_err(), DeviceError::NoSoftware);
    }

    #[test]
    fn vectors_that_are_not_there_are_a_sentence() {
        assert_eq!(cpu_level("portable"), Ok(Level::Portable));
        let error = cpu_level("avx1024").unwrap_err().to_string();
        assert!(error.starts_with("STILLROOM_CPU_LEVEL is `avx1024`; this processor has portable"));
    }

    #[test]
    fn kernels_are_cached_in_this_programs_directory() {
        place_caches();
        let CacheConfig::Directory(path) = &CubeClRuntimeConfig::get().environment.path else {
            panic!("a directory of its own");
        };
        assert!(path.ends_with("stillroom/kernels"), "{path:?}");
        place_caches();
    }

    #[test]
    fn this_machine_has_a_cpu() {
        assert_eq!(list().last().map(|found| found.device.clone()), Some("cpu".to_owned()));
    }
}
