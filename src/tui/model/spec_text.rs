//! The spec of a run as its folder has it, fetched when somebody looks at it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::spec::{
    Spec,
    parse::{Typed, parse},
};

/// The file's name in the run folder.
pub const PATH: &str = "spec.toml";

/// What is known of a spec.
#[derive(Debug, Default)]
pub enum SpecText {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It was asked for.
    Asked,
    /// It is here; the spec is none where the text is of a version that this one does not understand.
    Here {
        /// The file.
        text: String,
        /// What it means.
        spec: Option<Box<Spec>>,
    },
    /// It cannot be had, and why.
    Refused(String),
}

impl SpecText {
    /// What the text means, once it is here.
    pub fn known(&self) -> Option<&Spec> {
        match self {
            Self::Here { spec, .. } => spec.as_deref(),
            _ => None,
        }
    }

    /// Begins to ask; false when that was done.
    pub fn begin(&mut self) -> bool {
        let is_new = matches!(self, Self::Unknown);
        if is_new {
            *self = Self::Asked;
        }
        is_new
    }

    /// The connection broke: what was asked for will not come.
    pub fn abandon(&mut self) {
        if matches!(self, Self::Asked) {
            *self = Self::Unknown;
        }
    }

    /// The file came, as base64.
    pub fn take(&mut self, data: &str) {
        let bytes = STANDARD.decode(data).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let spec = parse(&Typed { source: PATH, text: &text, set: &[] }).ok().map(Box::new);
        *self = Self::Here { text, spec };
    }

    /// The daemon refused it.
    pub fn refuse(&mut self, reason: String) {
        *self = Self::Refused(reason);
    }
}
