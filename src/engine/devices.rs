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

use super::visible::{Adapter, Visible};
use crate::{
    nets::{Capacity, cpu::simd::Level, gpu},
    spec::{DeviceChoice, Precision},
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
    /// Where it is plugged in, such as `0000:01:00.0`; empty where that is not told.
    #[serde(default)]
    pub pci: String,
    /// How Burn's runtime addresses it.
    #[serde(skip)]
    kind: Option<DeviceKind>,
}

/// The devices of this machine, as far as the environment leaves them visible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Hardware GPUs first, then a software driver, then, where it is listed, the CPU.
    pub found: Vec<Found>,
    /// Who limits the GPUs and to what; empty where nobody does.
    pub limited_by: String,
}

/// A device that is ready for use, and why it was chosen.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Burn's handle.
    pub handle: Device,
    /// How much it takes at once.
    pub capacity: Capacity,
    /// What it can multiply the values of in gradients of real batches.
    pub precisions: Vec<Precision>,
    /// In the words of a spec.
    pub device: String,
    /// The device's own name.
    pub name: String,
    /// One sentence.
    pub reason: String,
    /// Where it is plugged in, such as `0000:01:00.0`; empty where that is not told.
    pub pci: String,
}

impl Chosen {
    /// Where it is plugged in, if it is a graphics card.
    pub fn card(&self) -> Option<&str> {
        self.device.starts_with("gpu:").then_some(self.pci.as_str())
    }
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

/// Every visible device of this machine.
pub fn list() -> Listing {
    let mut listing = adapters(&Visible::of_process(false));
    listing.found.push(Found {
        device: DeviceChoice::Cpu.to_string(),
        name: cpu_name(),
        through: "Burn's CPU backend".to_owned(),
        pci: String::new(),
        kind: None,
    });
    listing
}

/// The device for a wish, opened.
pub fn choose(wish: &DeviceChoice) -> Result<Chosen, DeviceError> {
    match wish {
        DeviceChoice::Cpu => Ok(cpu("asked for")),
        _ => pick(wish, &adapters(&Visible::of_process(false))),
    }
}

/// The device for the wish of a run that was given a slot of a device, or that has what Slurm gave its job:
/// `auto` is the device whose slot it has.
pub fn choose_placed(
    wish: &DeviceChoice,
    slot: Option<&DeviceChoice>,
    in_job: bool,
) -> Result<Chosen, DeviceError> {
    if *wish == DeviceChoice::Cpu {
        return Ok(cpu("asked for"));
    }
    let adapters = adapters(&Visible::of_process(in_job));
    match (wish, slot) {
        (DeviceChoice::Auto, Some(gpu @ DeviceChoice::Gpu(_))) => {
            let reason = "the first hardware GPU that was free".to_owned();
            Ok(Chosen { reason, ..pick(gpu, &adapters)? })
        }
        (DeviceChoice::Auto, Some(DeviceChoice::Cpu)) => Ok(cpu(&why_no_gpu(&adapters))),
        _ => pick(wish, &adapters),
    }
}

fn is_hardware(found: &Found) -> bool {
    found.device != DeviceChoice::Software.to_string()
}

/// Why `auto` is the CPU.
fn why_no_gpu(Listing { found, limited_by }: &Listing) -> String {
    match () {
        () if found.iter().any(is_hardware) => {
            "no hardware GPU is used: [slots] of config.toml gives them 0 runs".to_owned()
        }
        () if !limited_by.is_empty() => format!("{limited_by} leaves no hardware GPU"),
        () if found.is_empty() => "no graphics adapter was found".to_owned(),
        () => "the only graphics adapter is a software driver, which is slower".to_owned(),
    }
}

fn pick(wish: &DeviceChoice, adapters: &Listing) -> Result<Chosen, DeviceError> {
    let Listing { found, limited_by } = adapters;
    let hardware: Vec<_> = found.iter().filter(|found| is_hardware(found)).collect();
    match wish {
        DeviceChoice::Cpu => Ok(cpu("asked for")),
        DeviceChoice::Auto => match hardware.first() {
            Some(gpu) if limited_by.is_empty() => open(gpu, "the first hardware GPU"),
            Some(gpu) => open(gpu, &format!("the first hardware GPU that {limited_by} leaves")),
            None => Ok(cpu(&why_no_gpu(adapters))),
        },
        DeviceChoice::Gpu(index) => match hardware.get(*index) {
            Some(gpu) => open(gpu, "asked for"),
            None => {
                Err(DeviceError::NoSuchGpu { wished: *index, had: had(hardware.len(), limited_by) })
            }
        },
        DeviceChoice::Software => found
            .iter()
            .find(|found| !is_hardware(found))
            .ok_or(DeviceError::NoSoftware)
            .and_then(|driver| open(driver, "asked for")),
    }
}

/// So many hardware GPUs, and who left no more.
fn had(count: usize, limited_by: &str) -> String {
    let count = match count {
        0 => "no hardware GPU".to_owned(),
        1 => "gpu:0 only".to_owned(),
        count => format!("gpu:0 to gpu:{}", count - 1),
    };
    let by = if limited_by.is_empty() { String::new() } else { format!(", with {limited_by}") };
    count + &by
}

fn cpu(reason: &str) -> Chosen {
    Chosen {
        handle: Device::flex(),
        capacity: Capacity::default(),
        precisions: vec![Precision::F32, Precision::Bf16],
        device: DeviceChoice::Cpu.to_string(),
        name: cpu_name(),
        reason: reason.to_owned(),
        pci: String::new(),
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
        precisions: gpu::precisions(&handle),
        handle,
        capacity: Capacity::of_device(limits.max_storage_buffer_binding_size),
        device: found.device.clone(),
        name: found.name.clone(),
        reason: reason.to_owned(),
        pci: found.pci.clone(),
    })
}

/// The visible graphics adapters, hardware first. wgpu's runtime counts each kind of adapter from zero on its
/// own; users see one count over all hardware that is visible.
fn adapters(visible: &Visible) -> Listing {
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
            let kind = match wanted {
                DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(index),
                DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(index),
                DeviceType::VirtualGpu => DeviceKind::VirtualGpu(index),
                _ => DeviceKind::Cpu,
            };
            let list = if wanted == DeviceType::Cpu { &mut software } else { &mut hardware };
            list.push(Found {
                device: DeviceChoice::Software.to_string(),
                name: info.name.clone(),
                through: format!("wgpu, {:?} {}", info.backend, info.driver_info).trim().to_owned(),
                pci: info.device_pci_bus_id.clone(),
                kind: Some(kind),
            });
        }
    }
    let mut listing = counted(&hardware, visible);
    listing.found.extend(software.into_iter().take(1));
    listing
}

/// Hardware as far as it is visible, counted in that order.
fn counted(hardware: &[Found], visible: &Visible) -> Listing {
    let known: Vec<_> = hardware
        .iter()
        .map(|found| Adapter {
            name: &found.name,
            pci: &found.pci,
            is_discrete: matches!(found.kind, Some(DeviceKind::DiscreteGpu(_))),
        })
        .collect();
    let left = visible.leaves(&known);
    let found = left.places.iter().filter_map(|place| hardware.get(*place)).enumerate();
    let found = found.map(|(number, found)| Found {
        device: DeviceChoice::Gpu(number).to_string(),
        ..found.clone()
    });
    Listing { found: found.collect(), limited_by: left.by }
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
            pci: String::new(),
            kind: Some(DeviceKind::Cpu),
        }
    }

    fn listing(found: Vec<Found>) -> Listing {
        Listing { found, limited_by: String::new() }
    }

    fn gpus() -> Vec<Found> {
        let gpu = |(number, name): (usize, &str)| Found {
            name: name.to_owned(),
            kind: Some(DeviceKind::DiscreteGpu(number)),
            ..driver()
        };
        ["H100", "H100", "T400"].into_iter().enumerate().map(gpu).collect()
    }

    #[test]
    fn without_an_adapter_auto_is_the_cpu_and_says_why() {
        let chosen = pick(&DeviceChoice::Auto, &Listing::default()).unwrap();
        assert_eq!(
            (chosen.device.as_str(), chosen.reason.as_str()),
            ("cpu", "no graphics adapter was found")
        );
    }

    #[test]
    fn a_software_driver_is_never_taken_unasked() {
        let chosen = pick(&DeviceChoice::Auto, &listing(vec![driver()])).unwrap();
        assert_eq!(chosen.device, "cpu");
        assert!(chosen.reason.contains("software driver"));
        assert!(matches!(
            pick(&DeviceChoice::Gpu(0), &listing(vec![driver()])),
            Err(DeviceError::NoSuchGpu { wished: 0, .. })
        ));
    }

    #[test]
    fn what_is_visible_is_counted_anew_and_opened_as_what_it_was() {
        let all = counted(&gpus(), &Visible::All);
        let devices = |listing: &Listing| -> Vec<String> {
            let found = listing.found.iter();
            found.map(|found| format!("{} {}", found.device, found.name)).collect()
        };
        assert_eq!(devices(&all), ["gpu:0 H100", "gpu:1 H100", "gpu:2 T400"]);
        assert_eq!(all.limited_by, "");
        let some = counted(&gpus(), &Visible::Named("2,1".to_owned()));
        assert_eq!(devices(&some), ["gpu:0 T400", "gpu:1 H100"]);
        let kinds: Vec<_> = some.found.iter().map(|found| found.kind.clone().unwrap()).collect();
        assert_eq!(kinds, [DeviceKind::DiscreteGpu(2), DeviceKind::DiscreteGpu(1)]);
    }

    #[test]
    fn where_the_environment_leaves_no_gpu_it_is_named() {
        let none = counted(&gpus(), &Visible::Named("A100".to_owned()));
        let chosen = pick(&DeviceChoice::Auto, &none).unwrap();
        let by = "STILLROOM_VISIBLE_DEVICES=\"A100\"; `A100` fits none of the 3 that are there";
        assert_eq!(
            (chosen.device.as_str(), chosen.reason),
            ("cpu", format!("{by} leaves no hardware GPU"))
        );
        let error = pick(&DeviceChoice::Gpu(0), &none).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("there is no gpu:0; this machine has no hardware GPU, with {by}")
        );
    }

    #[test]
    fn a_slot_of_the_cpu_is_the_cpu_though_there_are_gpus() {
        assert!(why_no_gpu(&counted(&gpus(), &Visible::All)).contains("[slots] of config.toml"));
        let placed = choose_placed(&DeviceChoice::Auto, Some(&DeviceChoice::Cpu), false).unwrap();
        assert_eq!(placed.device, "cpu");
    }

    #[test]
    fn a_missing_device_is_a_sentence() {
        let none = Listing::default();
        let error = pick(&DeviceChoice::Gpu(3), &none).unwrap_err();
        assert_eq!(error.to_string(), "there is no gpu:3; this machine has no hardware GPU");
        assert_eq!(pick(&DeviceChoice::Software, &none).unwrap_err(), DeviceError::NoSoftware);
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
        assert_eq!(list().found.last().map(|found| found.device.clone()), Some("cpu".to_owned()));
    }
}
