//! Writes one setting, or one host, back into `config.toml` and leaves everything else in it as it is, comments included.
//!
//! The file is read anew for it, so that what another program wrote meanwhile stays, and is replaced as a
//! whole, so that no reader meets half of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item, Table};

use super::{
    directory::{self, ConfigDir},
    remote_host::{PATIENCE, PROGRAM, RemoteHost},
    setting::{Setting, Value},
    settings_file::not_toml,
};
use crate::{
    record::atomic::{self, WriteError},
    spec::Fault,
};

/// A setting that could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file has a fault that has to be mended first.
    #[error("not written down: {0}")]
    Faulty(#[from] Fault),
    /// The system denies it.
    #[error("not written down: {0}")]
    Write(#[from] WriteError),
}

/// Writes what a setting is; `None` takes it out of the file, which makes it the default.
pub fn save(
    directory: &ConfigDir,
    setting: Setting,
    value: Option<&Value>,
) -> Result<(), SaveError> {
    change(directory, |text| match (text, value) {
        // A file that is not there says nothing already.
        (None, None) => Ok(None),
        (text, value) => changed(text.unwrap_or(HEAD), setting, value).map(Some),
    })
}

/// Writes a host down, in place of one of its name; everything else in the file stays as it is.
pub fn save_host(directory: &ConfigDir, host: &RemoteHost) -> Result<(), SaveError> {
    change(directory, |text| {
        let text = text.unwrap_or(HEAD);
        let mut document: DocumentMut = text.parse()?;
        let known = document.get_mut("hosts").and_then(Item::as_table_like_mut);
        if let Some(known) = known.filter(|hosts| hosts.contains_key(&host.name)) {
            known.insert(&host.name, Item::Table(table_of(host)));
            return Ok(Some(document.to_string()));
        }
        // A new one stands at the end, behind whatever comments are there.
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let name = toml_edit::Key::new(&host.name);
        let name = name.display_repr();
        Ok(Some(format!("{text}{end}\n[hosts.{name}]\n{}", table_of(host))))
    })
}

fn table_of(host: &RemoteHost) -> Table {
    let mut table = Table::new();
    if host.ssh != host.name {
        table.insert("ssh", host.ssh.as_str().into());
    }
    if let Some(path) = &host.data_dir {
        table.insert("data_dir", path.as_str().into());
    }
    if host.program != PROGRAM {
        table.insert("program", host.program.as_str().into());
    }
    if host.patience != PATIENCE {
        table.insert("patience", host.patience.cast_signed().into());
    }
    table
}

/// Takes a host out of the file. True when it was there.
pub fn remove_host(directory: &ConfigDir, name: &str) -> Result<bool, SaveError> {
    let mut was_there = false;
    change(directory, |text| {
        let Some(text) = text else { return Ok(None) };
        let mut document: DocumentMut = text.parse()?;
        let hosts = document.get_mut("hosts").and_then(Item::as_table_like_mut);
        was_there = hosts.is_some_and(|hosts| hosts.remove(name).is_some());
        Ok(was_there.then(|| document.to_string()))
    })?;
    Ok(was_there)
}

/// Changes the file, where there is something to change; it is made where it is missing.
fn change(
    directory: &ConfigDir,
    change: impl FnOnce(Option<&str>) -> Result<Option<String>, toml_edit::TomlError>,
) -> Result<(), SaveError> {
    let path = target(&directory.settings());
    let text = directory::read(&path)?;
    let written = change(text.as_deref()).map_err(|error| {
        not_toml(&path.display().to_string(), text.as_deref().unwrap_or(""), &error)
    })?;
    match written {
        Some(written) if text.as_deref() != Some(&written) => {
            atomic::create_folder(path.parent().unwrap_or_else(|| directory.path()))?;
            Ok(atomic::write(&path, written.as_bytes())?)
        }
        _ => Ok(()),
    }
}

/// What a new file begins with.
const HEAD: &str = "# Settings of Stillroom that differ from the defaults; `stillroom config default` lists them all.\n";

/// The file that a link leads to, so that the link stays one.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The text with a setting changed.
fn changed(
    text: &str,
    setting: Setting,
    value: Option<&Value>,
) -> Result<String, toml_edit::TomlError> {
    let key = setting.row().key;
    let mut document: DocumentMut = text.parse()?;
    let Some(value) = value else {
        return Ok(without(text, document, key));
    };
    let mut toml = value.to_toml();
    if let Some(old) = document.get_mut(key).and_then(|item| item.as_value_mut()) {
        // What stands around the old value, a comment behind it for one, stands around the new one.
        *toml.decor_mut() = old.decor().clone();
        *old = toml;
        return Ok(document.to_string());
    }
    let line = format!("{key} = {}\n", value.to_toml());
    let written = below_comment(text, key, &line).or_else(|| at_end(text, key, &line));
    Ok(written.unwrap_or_else(|| {
        // Before the first section.
        document.insert(key, Item::Value(toml));
        document.to_string()
    }))
}

/// The text without a key. A comment above it stays: it may be about more than this key.
fn without(text: &str, mut document: DocumentMut, key: &str) -> String {
    let line = |line: &str| {
        let rest = line.strip_prefix(key)?.trim_start();
        rest.starts_with('=').then_some(())
    };
    let kept: String = text.split_inclusive('\n').filter(|row| line(row).is_none()).collect();
    document.remove(key);
    let same = kept.parse::<DocumentMut>().is_ok_and(|kept| same(&kept, &document));
    if same { kept } else { document.to_string() }
}

/// The text with the line below the comment that shows the key's default, where there is such a comment.
fn below_comment(text: &str, key: &str, line: &str) -> Option<String> {
    let shows = |row: &str| {
        let rest = row.strip_prefix('#')?.trim_start().strip_prefix(key)?;
        rest.trim_start().starts_with('=').then_some(())
    };
    let rows: Vec<&str> = text.split_inclusive('\n').collect();
    let below = rows.iter().position(|row| shows(row).is_some())? + 1;
    with_line(&rows.get(..below)?.concat(), line, &rows.get(below..)?.concat(), key)
}

/// The text with the line at its end.
fn at_end(text: &str, key: &str, line: &str) -> Option<String> {
    with_line(text, line, "", key)
}

/// The text in parts; `None` where the line would belong to a section.
fn with_line(before: &str, line: &str, after: &str, key: &str) -> Option<String> {
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let text = [before, end, line, after].concat();
    let parsed = text.parse::<DocumentMut>().ok()?;
    parsed.get(key).is_some().then_some(text)
}

fn same(a: &DocumentMut, b: &DocumentMut) -> bool {
    let keys = |document: &DocumentMut| -> Vec<(String, String)> {
        let pair =
            |(key, item): (&str, &Item)| (key.to_owned(), item.to_string().trim().to_owned());
        document.iter().map(pair).collect()
    };
    keys(a) == keys(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_SETTINGS;

    fn set(text: &str, setting: Setting, value: &Value) -> String {
        changed(text, setting, Some(value)).unwrap()
    }

    fn dark() -> Value {
        Value::Word("dark".to_owned())
    }

    #[test]
    fn comments_and_other_lines_stay() {
        let text = "# mine\ntheme = \"light\"   # for the day\n\n# no mouse\nmouse = false\n";
        let dark = set(text, Setting::Theme, &dark());
        assert_eq!(dark, text.replace("\"light\"", "\"dark\""));
        assert_eq!(
            changed(text, Setting::Mouse, None).unwrap(),
            text.replace("mouse = false\n", "")
        );
        let added = set(text, Setting::Frames, &Value::Number(20.0));
        assert!(added.contains("# for the day") && added.contains("# no mouse"), "{added}");
        assert!(added.contains("frames = 20\n"), "{added}");
    }

    #[test]
    fn a_new_value_stands_below_the_comment_that_shows_the_default() {
        let text = set(DEFAULT_SETTINGS, Setting::Theme, &dark());
        assert!(text.contains("#theme = \"auto\"\ntheme = \"dark\"\n"), "{text}");
        assert_eq!(changed(&text, Setting::Theme, None).unwrap(), DEFAULT_SETTINGS);
        let half = set("# theme = \"auto\"", Setting::Theme, &dark());
        assert_eq!(half, "# theme = \"auto\"\ntheme = \"dark\"\n");
    }

    #[test]
    fn a_key_never_lands_in_a_section() {
        let text = "[other]\n# mouse = true\nx = 1\n";
        let changed = set(text, Setting::Mouse, &Value::Switch(false));
        let read: DocumentMut = changed.parse().unwrap();
        assert_eq!(read["mouse"].as_bool(), Some(false), "{changed}");
        assert!(changed.contains("# mouse = true\nx = 1"), "{changed}");
    }

    #[test]
    fn a_file_is_made_changed_and_left_alone_where_it_is_faulty() {
        let folder = tempfile::tempdir().unwrap();
        let directory = ConfigDir::at(&folder.path().join("new"));
        let off = Value::Switch(false);
        save(&directory, Setting::Mouse, None).unwrap();
        assert!(!directory.settings().exists());
        save(&directory, Setting::Mouse, Some(&off)).unwrap();
        let text = fs::read_to_string(directory.settings()).unwrap();
        assert_eq!(text, format!("{HEAD}mouse = false\n"));
        fs::write(directory.settings(), "mouse = \n").unwrap();
        let error = save(&directory, Setting::Mouse, Some(&off)).unwrap_err().to_string();
        assert!(error.contains("config.toml, line 1"), "{error}");
        assert_eq!(fs::read_to_string(directory.settings()).unwrap(), "mouse = \n");
    }

    #[test]
    fn a_host_is_written_changed_and_taken_out_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let directory = ConfigDir::at(folder.path());
        let text = || fs::read_to_string(directory.settings()).unwrap();
        assert!(!remove_host(&directory, "lab").unwrap());
        assert!(!directory.settings().exists());
        let mut lab = RemoteHost::of_ssh("lab").unwrap();
        save_host(&directory, &lab).unwrap();
        assert_eq!(text(), format!("{HEAD}\n[hosts.lab]\n"));
        let old = "# mine\nmouse = false # off\n\n# the box\n[hosts.box]\nssh = \"me@box\"\n";
        fs::write(directory.settings(), old).unwrap();
        (lab.ssh, lab.data_dir) = ("me@lab".to_owned(), Some("/big \"disk\"".to_owned()));
        save_host(&directory, &lab).unwrap();
        assert!(text().starts_with(old), "{}", text());
        let (hosts, faults) = super::super::remote_host::read("config.toml", &text());
        assert_eq!((hosts.len(), faults.len()), (2, 0));
        assert_eq!(hosts["lab"], lab);
        // Settings go before the tables.
        save(&directory, Setting::Ascii, Some(&Value::Switch(true))).unwrap();
        assert_eq!(super::super::settings_file::read("", &text()).0.len(), 2);
        assert!(remove_host(&directory, "lab").unwrap());
        assert!(remove_host(&directory, "box").unwrap());
        assert!(!text().contains("hosts") && text().contains("mouse = false # off"), "{}", text());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("dotfiles.toml");
        fs::write(&real, "ascii = true\n").unwrap();
        let directory = ConfigDir::at(folder.path());
        std::os::unix::fs::symlink(&real, directory.settings()).unwrap();
        save(&directory, Setting::Ascii, Some(&Value::Switch(false))).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "ascii = false\n");
        assert!(fs::symlink_metadata(directory.settings()).unwrap().is_symlink());
    }
}
