//! Where the user's files lie, and what stands in them: the configuration directory.
//!
//! ```text
//! config.toml      settings that differ from the defaults
//! keys.toml        keys that differ from the defaults
//! themes/*.toml    themes of the user's own
//! presets/*.toml   presets of the user's own, to which the form adds
//! studies/*.toml   studies of the user's own, which the daemon reads
//! ```
//!
//! The directory is made when something is written into it, never by reading.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use super::NamedText;
use crate::spec::Fault;

/// The environment variable that names another configuration directory.
pub const CONFIG_DIR_VARIABLE: &str = "STILLROOM_CONFIG_DIR";

/// The longest file that is read: no configuration is nearly as long, and a device or a log would be.
const LONGEST_BYTES: u64 = 1 << 20;

/// A configuration directory, which need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigDir(PathBuf);

impl ConfigDir {
    /// The one that [`CONFIG_DIR_VARIABLE`] names, else the platform's. `None` where there is no home.
    pub fn find(get: &impl Fn(&str) -> Option<String>) -> Option<Self> {
        let named = get(CONFIG_DIR_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let platform = || Some(ProjectDirs::from("", "", "stillroom")?.config_dir().to_owned());
        named.or_else(platform).map(Self)
    }

    /// The directory at `path`.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file of settings.
    pub fn settings(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// The file of keys.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys.toml")
    }

    /// The folder of studies.
    pub fn studies(&self) -> PathBuf {
        self.0.join("studies")
    }

    /// The file of a study.
    pub fn study(&self, name: &str) -> PathBuf {
        self.studies().join(format!("{name}.toml"))
    }

    /// The folder of themes.
    pub fn themes(&self) -> PathBuf {
        self.0.join("themes")
    }

    /// The folder of presets.
    pub fn presets(&self) -> PathBuf {
        self.0.join("presets")
    }

    /// The file of a preset.
    pub fn preset(&self, name: &str) -> PathBuf {
        self.presets().join(format!("{name}.toml"))
    }
}

/// The TOML files of a folder, by name; none where there is no such folder.
pub fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_toml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_toml).collect();
    paths.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    paths
}

/// The texts of the TOML files of a folder, by name, and what is wrong with those that cannot be read.
pub fn texts(folder: &Path) -> (Vec<NamedText>, Vec<Fault>) {
    let (mut texts, mut faults) = (Vec::new(), Vec::new());
    for path in toml_files(folder) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match read(&path) {
            Ok(Some(text)) => texts.push(NamedText { name, source: source(&path), text }),
            // It was removed meanwhile.
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (texts, faults)
}

/// How messages call a file: by its whole path, which can be opened from anywhere.
pub fn source(path: &Path) -> String {
    path.display().to_string()
}

/// The text of a file; `None` where there is none.
pub fn read(path: &Path) -> Result<Option<String>, Fault> {
    let too_long = || io::Error::other(format!("it is longer than {LONGEST_BYTES} bytes"));
    let text = match fs::metadata(path) {
        Ok(file) if file.len() > LONGEST_BYTES => Err(too_long()),
        Ok(file) if !file.is_file() => Err(io::Error::other("it is not a file")),
        Ok(_) => fs::read_to_string(path),
        Err(error) => Err(error),
    };
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::new(&source(path), "", format!("cannot be read: {error}"), "")),
    }
}
