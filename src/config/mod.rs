//! What the user has set, from the configuration directory and the environment, read once at the start.
//!
//! ```text
//! config.toml ─► settings_file ─┐
//!           ├──► remote_host ───┤
//!           ├──► slots_table ───┤
//!           └──► slurm_table ───┤
//! STILLROOM_… ─► choices ───────┼─► Config ─► screen, command line, daemon
//! keys.toml   ─► keys_file ─────┤
//! themes/     ─► directory ─────┤        └─► faults, each with file, line and key
//! presets/    ─► directory ─────┘
//! ```
//!
//! `config.toml` and `keys.toml` hold what differs from the defaults and nothing else. A fault in them is told and the default
//! used instead; it never keeps the program from starting. What an action or a theme is called, the screen
//! knows, and what a preset may say, `spec`, so these leave this room as text.

pub mod choices;
pub mod directory;
mod item_fault;
pub mod keys_file;
pub mod remote_host;
pub mod save;
pub mod setting;
pub mod settings_file;
mod settings_table;
mod slots_table;
pub mod slurm_table;

use std::{collections::BTreeMap, path::Path};

pub use choices::{Choices, Chosen, Origin};
pub use directory::ConfigDir;
pub use item_fault::item_fault;
pub use keys_file::KeyLine;
pub use remote_host::RemoteHost;
pub use setting::{Setting, Value};
pub use settings_table::SETTINGS;
pub use slots_table::DeviceUse;
pub use slurm_table::{Executor, SlurmTable, Starting};

use crate::spec::Fault;

/// The commented default settings.
pub const DEFAULT_SETTINGS: &str = include_str!("../../configs/config.toml");
/// The commented default keys.
pub const DEFAULT_KEYS: &str = include_str!("../../configs/keys.toml");

/// A theme, a preset or a study of the user's own, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// The name of its file without the ending.
    pub name: String,
    /// How messages call the file.
    pub source: String,
    /// TOML.
    pub text: String,
}

/// Everything that the user has set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// Where it came from; `None` where there is no home directory.
    pub directory: Option<ConfigDir>,
    /// The settings.
    pub choices: Choices,
    /// The keys that differ from the defaults.
    pub keys: Vec<KeyLine>,
    /// Themes of the user's own.
    pub themes: Vec<NamedText>,
    /// Presets of the user's own.
    pub presets: Vec<NamedText>,
    /// The machines that are reached through ssh, by name.
    pub hosts: BTreeMap<String, RemoteHost>,
    /// How workers are started.
    pub starting: Starting,
    /// What is wrong with the files and variables.
    pub faults: Vec<Fault>,
}

impl Config {
    /// What the environment of `get` and the directory that it names say. An empty variable counts as unset.
    pub fn load(get: impl Fn(&str) -> Option<String>) -> Self {
        let (environment, mut faults) = choices::from_environment(&get);
        let directory = ConfigDir::find(&get);
        let mut config = Self { directory, ..Self::default() };
        let mut settings = (String::new(), String::new());
        if let Some(directory) = config.directory.clone() {
            let mut read = |path: &Path| match directory::read(path) {
                Ok(text) => text,
                Err(fault) => {
                    faults.push(fault);
                    None
                }
            };
            if let Some(text) = read(&directory.settings()) {
                let source = directory::source(&directory.settings());
                let (set, wrong) = settings_file::read(&source, &text);
                config.choices.file = set;
                config.faults.extend(wrong);
                let (hosts, wrong) = remote_host::read(&source, &text);
                config.hosts = hosts;
                config.faults.extend(wrong);
                settings = (source, text);
            }
            if let Some(text) = read(&directory.keys()) {
                let (keys, wrong) = keys_file::read(&directory::source(&directory.keys()), &text);
                config.keys = keys;
                config.faults.extend(wrong);
            }
            for (own, folder) in [
                (&mut config.themes, directory.themes()),
                (&mut config.presets, directory.presets()),
            ] {
                let (texts, wrong) = directory::texts(&folder);
                *own = texts;
                faults.extend(wrong);
            }
        }
        config.starting = Starting::read(&settings.0, &settings.1, &get);
        config.faults.extend(config.starting.faults.iter().cloned());
        let (slots, wrong) = slots_table::read(&settings.0, &settings.1);
        config.starting.slots = slots;
        config.faults.extend(wrong);
        config.choices.environment = environment;
        config.faults.extend(faults);
        config
    }

    /// The same for this process.
    pub fn of_process() -> Self {
        Self::load(|name| std::env::var(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn load(folder: &Path, variables: &[(&str, &str)]) -> Config {
        let folder = folder.display().to_string();
        Config::load(|name| match name {
            directory::CONFIG_DIR_VARIABLE => Some(folder.clone()),
            name => variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned()),
        })
    }

    #[test]
    fn a_directory_that_is_not_there_means_defaults_without_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let config = load(&folder.path().join("none"), &[]);
        assert_eq!(config.choices, Choices::default());
        assert!(config.faults.is_empty() && config.keys.is_empty());
        assert!(!folder.path().join("none").exists(), "nothing is made by reading");
    }

    #[test]
    fn files_are_read_and_every_fault_names_file_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "mouse = false\n\nteme = \"light\"\n")
            .unwrap();
        fs::write(folder.path().join("keys.toml"), "[queue]\npause = 3\n").unwrap();
        fs::create_dir(folder.path().join("themes")).unwrap();
        fs::write(folder.path().join("themes/sea.toml"), "accent = \"#00f\"\n").unwrap();
        fs::write(folder.path().join("themes/notes.txt"), "").unwrap();
        let config = load(folder.path(), &[("STILLROOM_IMAGES", "sixels")]);
        assert!(!config.choices.switch(Setting::Mouse));
        let faults: Vec<String> = config.faults.iter().map(ToString::to_string).collect();
        let at = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(
            faults,
            [
                format!("{}, line 3, `teme`: unknown key; did you mean `theme`?", at("config.toml")),
                format!(
                    "{}, line 2, `queue.pause`: 3 is a whole number; allowed: a key or a list of keys, \
                     such as \"p\" or [\"p\", \"space\"]",
                    at("keys.toml")
                ),
                "the environment, `STILLROOM_IMAGES`: `sixels` is not known; allowed: auto, sixel, kitty, \
                 iterm2, halfblocks, none; did you mean `sixel`?"
                    .to_owned(),
            ]
        );
        assert_eq!(config.themes.len(), 1);
        assert_eq!(config.themes[0].name, "sea");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("config.toml")).unwrap();
        fs::write(folder.path().join("keys.toml"), b"\xff\xfe").unwrap();
        let faults = load(folder.path(), &[]).faults;
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].to_string().contains("config.toml: cannot be read"), "{}", faults[0]);
        assert!(faults[1].to_string().contains("keys.toml: cannot be read"), "{}", faults[1]);
    }
}
