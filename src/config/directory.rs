//! Where the user's files lie: the configuration directory.
//!
//! ```text
//! config.toml      settings that differ from the defaults
//! keys.toml        keys that differ from the defaults
//! themes/*.toml    themes of the user's own
//! studies/*.toml   studies of the user's own, which the daemon reads
//! ```
//!
//! The directory is made when something is written into it, never by reading.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

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

    /// The files of themes that are there, by name.
    pub fn themes(&self) -> Vec<PathBuf> {
        self.files_in("themes")
    }

    /// The files of presets that are there, by name.
    pub fn presets(&self) -> Vec<PathBuf> {
        self.files_in("presets")
    }

    /// The file of a preset.
    pub fn preset(&self, name: &str) -> PathBuf {
        self.0.join("presets").join(format!("{name}.toml"))
    }

    fn files_in(&self, folder: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.join(folder)).into_iter().flatten().flatten();
        let is_toml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_toml).collect();
        paths.sort();
        paths
    }
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
        Err(error) => {
            let source = path.display().to_string();
            Err(Fault::new(&source, "", format!("cannot be read: {error}"), ""))
        }
    }
}
