//! What gradients of real batches in bf16 ask of a device, and what the log says of them.
//!
//! The setting is the CPU's. A run that asks for it and gets another device is refused rather than left to
//! believe that it was heard. Every CPU takes it: without instructions for bf16 the same values are rounded
//! in software, so only time is lost.

use crate::{
    nets::cpu::simd::Level,
    spec::{Architecture, DeviceChoice, Fault, Precision, Spec},
};

const KEY: &str = "condense.real_precision";

/// The fault of a spec that asks for bf16 on a device that its own words say is not the CPU, or with a network
/// or method that has no such gradients.
pub fn fault_of_wish(spec: &Spec, source: &str) -> Option<Fault> {
    let wished = spec.condense.real_precision == Precision::Bf16;
    let network = spec.network.architecture;
    if wished && (network != Architecture::ConvNet || !spec.method.trains_networks()) {
        let problem = format!(
            "bf16 is for dc and dsa with a convnet, not for {} with {network}",
            spec.method
        );
        return Some(Fault::new(source, KEY, problem, "f32"));
    }
    match &spec.device {
        DeviceChoice::Auto | DeviceChoice::Cpu => None,
        DeviceChoice::Gpu(_) | DeviceChoice::Software => {
            fault_on(&spec.device.to_string(), spec, source)
        }
    }
}

/// The fault of a spec that asks for bf16 and was given `device`, in the words of a spec.
pub fn fault_on(device: &str, spec: &Spec, source: &str) -> Option<Fault> {
    let is_refused =
        spec.condense.real_precision == Precision::Bf16 && device != DeviceChoice::Cpu.to_string();
    is_refused.then(|| {
        let problem = format!("bf16 is for the CPU, and the device is {device}");
        Fault::new(source, KEY, problem, "f32, or bf16 with device = \"cpu\"")
    })
}

/// What the log of a run with this spec says about bf16, if that is what it is in.
pub fn note(spec: &Spec) -> Option<String> {
    (spec.condense.real_precision == Precision::Bf16).then(|| about(Level::in_use()))
}

fn about(level: Level) -> String {
    let of = "gradients of real batches come from products of values rounded to bf16";
    match level {
        Level::Avx512Bf16 => format!("{of}, two to an instruction ({})", level.word()),
        _ => format!(
            "{of}, in software: vectors are {}, without instructions for bf16, so f32 would be faster",
            level.word()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, defaults};

    fn spec(precision: Precision, device: DeviceChoice) -> Spec {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        (spec.condense.real_precision, spec.device) = (precision, device);
        spec
    }

    #[test]
    fn bf16_on_anything_but_the_cpu_is_refused_as_soon_as_it_is_known() {
        for device in [DeviceChoice::Gpu(1), DeviceChoice::Software] {
            assert_eq!(fault_of_wish(&spec(Precision::F32, device.clone()), ""), None);
            let fault = fault_of_wish(&spec(Precision::Bf16, device.clone()), "a.toml").unwrap();
            assert_eq!(
                fault.to_string(),
                format!(
                    "a.toml, `condense.real_precision`: bf16 is for the CPU, and the device is {device}; \
                     allowed: f32, or bf16 with device = \"cpu\""
                )
            );
        }
        let auto = spec(Precision::Bf16, DeviceChoice::Auto);
        assert_eq!(fault_of_wish(&auto, ""), None);
        assert!(fault_on("gpu:0", &auto, "").is_some());
        assert_eq!(fault_on("cpu", &auto, ""), None);
    }

    #[test]
    fn bf16_for_what_has_no_such_gradients_is_refused() {
        let mut other = spec(Precision::Bf16, DeviceChoice::Cpu);
        other.network.architecture = Architecture::Vgg11;
        let fault = fault_of_wish(&other, "a.toml").unwrap().to_string();
        assert!(fault.contains("not for dsa with vgg11"), "{fault}");
        let mut other = spec(Precision::Bf16, DeviceChoice::Cpu);
        other.method = Method::Dm;
        assert!(fault_of_wish(&other, "").is_some());
    }

    #[test]
    fn the_log_says_which_instructions_round() {
        assert_eq!(note(&spec(Precision::F32, DeviceChoice::Cpu)), None);
        assert!(note(&spec(Precision::Bf16, DeviceChoice::Cpu)).is_some());
        assert!(about(Level::Avx512Bf16).ends_with("two to an instruction (avx512-bf16)"));
        assert!(about(Level::Avx2).contains("vectors are avx2, without instructions for bf16"));
    }
}
