//! Specs that ship with the program: ready to start, and a good place to begin one's own.

/// A spec under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// The name that `run` and the form take.
    pub name: &'static str,
    /// TOML; its first comment line says what it is for.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal),+ $(,)?) => {
        &[$(Preset { name: $name, text: include_str!(concat!("../../configs/presets/", $name, ".toml")) }),+]
    };
}

/// Every preset, the one for a first run first.
pub const PRESETS: &[Preset] = presets![
    "first-light",
    "first-light-dc",
    "dsa-mnist-1",
    "dc-mnist-1",
    "dsa-fashion-mnist-10",
    "dsa-cifar10-1",
    "dsa-cifar10-10",
    "dsa-cifar10-50",
    "dc-cifar10-10",
    "dm-cifar10-50",
    "dd-mnist-10",
    "ld-mnist-10",
    "herding-mnist-10",
    "whole-mnist",
];

impl Preset {
    /// The preset with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// What it is for: its first comment line.
    pub fn purpose(&self) -> &'static str {
        purpose(self.text)
    }
}

/// What the spec in a text is for: its first line, if that is a comment.
pub fn purpose(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix('#').unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse::{Typed, parse};

    #[test]
    fn every_preset_is_a_valid_spec_and_says_what_it_is_for() {
        for preset in PRESETS {
            let spec = parse(&Typed { source: preset.name, text: preset.text, set: &[] });
            assert!(spec.is_ok(), "{}: {spec:?}", preset.name);
            assert!(preset.purpose().len() > 20, "{}", preset.name);
        }
    }
}
