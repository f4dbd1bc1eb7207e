//! The presets of the new-run screen, the program's and the user's own, each resolved, so that its figures can be
//! seen before it starts.

use crate::{
    config::NamedText,
    spec::{
        Spec,
        parse::{Typed, parse},
        presets::{PRESETS, purpose},
    },
};

/// A preset and what it means.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// TOML.
    pub text: String,
    /// True for one of the user's own.
    pub is_own: bool,
    /// The spec it resolves to; or why it does not.
    pub spec: Result<Spec, String>,
}

impl Entry {
    fn new(name: &str, text: &str, is_own: bool) -> Self {
        let spec = parse(&Typed { source: name, text, set: &[] });
        let spec = spec.map_err(|faults| {
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        });
        Self { name: name.to_owned(), text: text.to_owned(), is_own, spec }
    }

    /// What it is for: its first comment line.
    pub fn purpose(&self) -> &str {
        purpose(&self.text)
    }

    /// How messages call it.
    pub fn source(&self) -> String {
        format!("preset {}", self.name)
    }
}

/// All presets, one of them selected.
#[derive(Debug)]
pub struct PresetsModel {
    /// The one for a first run first, the user's own last.
    pub entries: Vec<Entry>,
    /// Which is selected.
    pub selected: usize,
}

impl PresetsModel {
    /// The presets of this program, the first one selected.
    pub fn new() -> Self {
        let entries = PRESETS.iter().map(|preset| Entry::new(preset.name, preset.text, false));
        Self { entries: entries.collect(), selected: 0 }
    }

    /// Adds presets of the user's own.
    pub fn add_own(&mut self, presets: &[NamedText]) {
        self.entries.extend(presets.iter().map(|own| Entry::new(&own.name, &own.text, true)));
    }

    /// Adds a preset of the user's own, in place of one with the same name.
    pub fn keep(&mut self, name: &str, text: &str) {
        self.entries.retain(|entry| !(entry.is_own && entry.name == name));
        self.entries.push(Entry::new(name, text, true));
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
