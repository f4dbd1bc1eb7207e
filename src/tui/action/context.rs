//! Where keys arrive: a screen, or what lies over it, each with actions of its own.

use std::fmt;

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value::Error},
};

/// Where keys arrive. Its name in key files is the variant's, in small letters with dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// The list of runs.
    Queue,
    /// The line that the list of runs is filtered by.
    Filter,
    /// One run.
    Run,
    /// The list of presets.
    Presets,
    /// Runs side by side.
    Compare,
    /// The fields of a new run.
    Form,
    /// A line of text in the form.
    FormText,
    /// The list of studies.
    Studies,
    /// An open study.
    Study,
    /// The filter on a study's architectures.
    StudyFilter,
    /// The hosts.
    Hosts,
    /// What went wrong.
    Problems,
    /// The settings.
    Settings,
    /// The help.
    Help,
    /// The line of the help that is searched for.
    HelpSearch,
    /// The line of the palette.
    Palette,
    /// A question.
    Confirm,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Queue,
        Self::Filter,
        Self::Run,
        Self::Presets,
        Self::Compare,
        Self::Form,
        Self::FormText,
        Self::Studies,
        Self::Study,
        Self::StudyFilter,
        Self::Hosts,
        Self::Problems,
        Self::Settings,
        Self::Help,
        Self::HelpSearch,
        Self::Palette,
        Self::Confirm,
    ];

    /// Those of whole screens.
    pub const SCREENS: [Self; 10] = [
        Self::Queue,
        Self::Run,
        Self::Presets,
        Self::Compare,
        Self::Form,
        Self::Studies,
        Self::Study,
        Self::Hosts,
        Self::Problems,
        Self::Settings,
    ];

    /// The context of a name in a key file.
    pub fn of_name(name: &str) -> Option<Self> {
        let deserializer: serde::de::value::StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(deserializer).ok()
    }

    /// True where characters are text and do nothing.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Filter | Self::HelpSearch | Self::Palette | Self::FormText | Self::StudyFilter
        )
    }
}

/// The name in key files.
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
