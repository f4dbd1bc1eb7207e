//! The presets of the new-run screen, each resolved, so that its figures can be seen before it starts.

use crate::spec::{
    Spec,
    parse::{Typed, parse},
    presets::{PRESETS, Preset},
};

/// A preset and what it means.
#[derive(Debug)]
pub struct Entry {
    /// The preset.
    pub preset: &'static Preset,
    /// The spec it resolves to; or why it does not.
    pub spec: Result<Spec, String>,
}

/// All presets, one of them selected.
#[derive(Debug)]
pub struct PresetsModel {
    /// The one for a first run first.
    pub entries: Vec<Entry>,
    /// Which is selected.
    pub selected: usize,
}

impl PresetsModel {
    /// The presets of this program, the first one selected.
    pub fn new() -> Self {
        let entries = PRESETS.iter().map(|preset| {
            let spec = parse(&Typed { source: preset.name, text: preset.text, set: &[] });
            let spec = spec.map_err(|faults| {
                faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            });
            Entry { preset, spec }
        });
        Self { entries: entries.collect(), selected: 0 }
    }

    /// The selected one.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.get(self.selected)
    }

    /// Selects the entry at `index`, or the last.
    pub fn select(&mut self, index: usize) {
        self.selected = index.min(self.entries.len().saturating_sub(1));
    }
}

impl Default for PresetsModel {
    fn default() -> Self {
        Self::new()
    }
}
