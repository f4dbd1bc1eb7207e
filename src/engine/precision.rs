//! What gradients of real batches in less than single precision ask of a device, and what the log says of
//! them.
//!
//! A run that asks for a precision and gets a device without it is refused rather than left to believe that
//! it was heard. Every CPU takes bf16: without instructions for it the same values are rounded in software,
//! so only time is lost. Graphics adapters take what their matrix units take, and only programs that were
//! built for them reach those.

use crate::{
    nets::cpu::simd::Level,
    spec::{Architecture, DeviceChoice, Fault, Precision, Spec},
};

use super::devices::Chosen;

const KEY: &str = "condense.real_precision";

/// The fault of a spec that asks for less than single precision with a network or method that has no such
/// gradients, or for one that the device of its own words is known to lack.
pub fn fault_of_wish(spec: &Spec, source: &str) -> Option<Fault> {
    let wished = spec.condense.real_precision;
    let network = spec.network.architecture;
    if wished == Precision::F32 {
        return None;
    }
    if network != Architecture::ConvNet || !spec.method.trains_networks() {
        let problem = format!(
            "{wished} is for dc and dsa with a convnet, not for {} with {network}",
            spec.method
        );
        return Some(Fault::new(source, KEY, problem, "f32"));
    }
    (wished == Precision::F16 && spec.device == DeviceChoice::Cpu).then(|| {
        let problem = "f16 is for graphics cards, and the device is cpu".to_owned();
        Fault::new(source, KEY, problem, "f32 or bf16")
    })
}

/// The fault of a spec that asks for a precision that the device which it was given lacks.
pub fn fault_on(chosen: &Chosen, spec: &Spec, source: &str) -> Option<Fault> {
    let Chosen { device, name, precisions, .. } = chosen;
    let wished = spec.condense.real_precision;
    (!precisions.contains(&wished)).then(|| {
        let reach = if is_cpu(chosen) { "" } else { how_to_reach() };
        let problem = format!("{device} ({name}) does not multiply matrices of {wished}{reach}");
        let allowed: Vec<_> = precisions.iter().map(ToString::to_string).collect();
        Fault::new(source, KEY, problem, allowed.join(" or "))
    })
}

/// What a program lacks that was not built for matrix units.
const fn how_to_reach() -> &'static str {
    if cfg!(feature = "spirv") {
        ""
    } else {
        ", as far as this program can tell: it was built without the feature spirv"
    }
}

/// What the log of a run with this spec says about its precision, if that is not single.
pub fn note(spec: &Spec, chosen: &Chosen) -> Option<String> {
    let wished = spec.condense.real_precision;
    let how = match wished {
        Precision::F32 => return None,
        _ if is_cpu(chosen) => on_cpu(Level::in_use()),
        _ => "in the adapter's matrix units".to_owned(),
    };
    Some(format!(
        "gradients of real batches come from products of values rounded to {wished}, {how}"
    ))
}

fn is_cpu(chosen: &Chosen) -> bool {
    chosen.device == DeviceChoice::Cpu.to_string()
}

fn on_cpu(level: Level) -> String {
    match level {
        Level::Avx512Bf16 => format!("two to an instruction ({})", level.word()),
        _ => format!(
            "in software: vectors are {}, without instructions for bf16, so f32 would be faster",
            level.word()
        ),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{
        nets::Capacity,
        spec::{Method, defaults},
    };

    fn spec(precision: Precision, device: DeviceChoice) -> Spec {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        (spec.condense.real_precision, spec.device) = (precision, device);
        spec
    }

    fn chosen(device: &str, precisions: &[Precision]) -> Chosen {
        Chosen {
            handle: Device::flex(),
            capacity: Capacity::default(),
            precisions: precisions.to_vec(),
            device: device.to_owned(),
            name: "T400".to_owned(),
            reason: "asked for".to_owned(),
            pci: String::new(),
        }
    }

    #[test]
    fn what_a_device_lacks_is_refused_as_soon_as_it_is_known() {
        let single = chosen("gpu:1", &[Precision::F32]);
        let both = chosen("gpu:1", &[Precision::F32, Precision::F16]);
        let f32 = spec(Precision::F32, DeviceChoice::Gpu(1));
        assert_eq!((fault_of_wish(&f32, ""), fault_on(&single, &f32, "")), (None, None));
        let bf16 = spec(Precision::Bf16, DeviceChoice::Gpu(1));
        assert_eq!(fault_of_wish(&bf16, ""), None);
        let fault = fault_on(&both, &bf16, "a.toml").unwrap().to_string();
        assert!(
            fault.starts_with(
                "a.toml, `condense.real_precision`: gpu:1 (T400) does not multiply matrices of bf16"
            ),
            "{fault}"
        );
        assert!(fault.ends_with("; allowed: f32 or f16"), "{fault}");
        let f16 = spec(Precision::F16, DeviceChoice::Gpu(1));
        assert_eq!(fault_on(&both, &f16, ""), None);
    }

    #[test]
    fn the_cpu_takes_bf16_and_not_f16() {
        let cpu = chosen("cpu", &[Precision::F32, Precision::Bf16]);
        assert_eq!(fault_of_wish(&spec(Precision::Bf16, DeviceChoice::Cpu), ""), None);
        let fault = fault_of_wish(&spec(Precision::F16, DeviceChoice::Cpu), "a.toml").unwrap();
        assert_eq!(
            fault.to_string(),
            "a.toml, `condense.real_precision`: f16 is for graphics cards, and the device is cpu; \
             allowed: f32 or bf16"
        );
        let auto = spec(Precision::F16, DeviceChoice::Auto);
        assert_eq!(fault_of_wish(&auto, ""), None);
        let fault = fault_on(&cpu, &auto, "").unwrap().to_string();
        assert!(fault.contains("cpu (T400) does not multiply matrices of f16; allowed"), "{fault}");
    }

    #[test]
    fn rounding_for_what_has_no_such_gradients_is_refused() {
        for precision in [Precision::Bf16, Precision::F16] {
            let mut other = spec(precision, DeviceChoice::Auto);
            other.network.architecture = Architecture::Vgg11;
            let fault = fault_of_wish(&other, "a.toml").unwrap().to_string();
            assert!(fault.contains("not for dsa with vgg11"), "{fault}");
            let mut other = spec(precision, DeviceChoice::Auto);
            other.method = Method::Dm;
            assert!(fault_of_wish(&other, "").is_some());
        }
    }

    #[test]
    fn the_log_says_what_rounds() {
        let bf16 = spec(Precision::Bf16, DeviceChoice::Auto);
        assert_eq!(note(&spec(Precision::F32, DeviceChoice::Cpu), &chosen("cpu", &[])), None);
        assert!(note(&bf16, &chosen("cpu", &[])).is_some());
        let on_adapter = note(&bf16, &chosen("gpu:0", &[])).unwrap();
        assert!(
            on_adapter.ends_with("rounded to bf16, in the adapter's matrix units"),
            "{on_adapter}"
        );
        assert!(on_cpu(Level::Avx512Bf16).ends_with("two to an instruction (avx512-bf16)"));
        assert!(on_cpu(Level::Avx2).contains("vectors are avx2, without instructions for bf16"));
    }
}
