//! From the text of a spec to a run folder: checked, completed, numbered, written whole or not at all.

use std::{fs, io, path::Path};

use super::{entry::Entry, refusal::Refusal, run::RunId, store::StoreError};
use crate::{
    engine::admit::admit_typed,
    record::{
        RunFolder,
        atomic::{self, WriteError},
    },
    spec::{
        Fault, Spec,
        parse::{Typed, line_of_key, parse},
    },
};

/// A run folder that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The folder or a file in it cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The database cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks and completes the spec in `text`, which messages call `source`, and holds it against its data
/// set. All faults are told at once.
pub fn admit(text: &str, source: &str, data_dir: &Path) -> Result<Spec, Refusal> {
    let spec = parse(&Typed { source, text, set: &[] }).map_err(|faults| refuse(&faults))?;
    let path = &spec.data.path;
    let faults = if !path.is_empty() && Path::new(path).is_relative() {
        // The daemon's working directory is not the user's.
        let problem = format!("`{path}` is relative");
        let mut fault = Fault::new(source, "data.path", problem, "an absolute path");
        fault.line = line_of_key(text, "data.path");
        vec![fault]
    } else {
        admit_typed(&spec, data_dir, source, text)
    };
    if faults.is_empty() { Ok(spec) } else { Err(refuse(&faults)) }
}

/// A refusal that tells faults.
pub fn refuse(faults: &[Fault]) -> Refusal {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    Refusal::new(lines.join("\n"), "")
}

/// The name of a run's folder: `0007-dsa-mnist-5k-ipc1-first-light`.
pub fn folder_name(id: RunId, spec: &Spec) -> String {
    let set = plain(&spec.continual.title(&spec.data.set));
    let mut name = format!("{:04}-{}-{set}-ipc{}", id.number, spec.method, spec.ipc);
    let label = plain(&spec.name);
    if !label.is_empty() {
        name.push('-');
        name.push_str(&label);
    }
    name
}

/// The run number in a folder's name.
pub fn number_of(folder: &str) -> Option<RunId> {
    let digits = folder.split('-').next()?;
    digits.parse().ok().filter(|_| digits.len() >= 4).map(RunId::new)
}

/// A label as a part of a file name: letters, digits and single hyphens, at most 40 of them.
fn plain(label: &str) -> String {
    let mut name = String::new();
    for letter in label.chars() {
        match letter.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => name.push(kept),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.truncate(40);
    name.trim_end_matches('-').to_owned()
}

/// Makes the folder of a new run. After a failure there is none.
pub fn make_folder(entry: &Entry, spec: &Spec, typed: &str) -> Result<(), WriteError> {
    let folder = entry.folder();
    let path = folder.path();
    if let Some(runs) = path.parent() {
        atomic::create_folder(runs)?;
    }
    fs::create_dir(path).map_err(|source| WriteError { path: path.to_owned(), source })?;
    let filled = fill(entry, &folder, spec, typed);
    if filled.is_err() {
        // The failure to report is the first one.
        let _ = fs::remove_dir_all(path);
    }
    filled
}

fn fill(entry: &Entry, folder: &RunFolder, spec: &Spec, typed: &str) -> Result<(), WriteError> {
    atomic::write(&folder.origin(), typed.as_bytes())?;
    entry.keep()?;
    // Last, for a folder without it is no run.
    atomic::write(&folder.spec(), spec.to_toml().as_bytes())
}

/// The highest run number among the folders in `runs`; 0 when there are none.
pub fn highest_number(runs: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| number_of(&name)).map(|id| id.number).max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::{entry::Kept, run::RunState},
        spec::{Method, defaults},
    };

    fn refused(text: &str) -> String {
        admit(text, "a.toml", Path::new("/nowhere")).unwrap_err().reason
    }

    #[test]
    fn all_faults_are_told_with_their_lines_also_those_that_only_the_data_show() {
        assert_eq!(refused("ipc = 0\nseed = \"x\"\n").lines().count(), 2);
        let reason = refused("\nipc = 5000\n[condense]\nreal_batch = 5000\n");
        assert_eq!(reason.lines().count(), 2, "{reason}");
        assert!(reason.contains("a.toml, line 2, `ipc`: 5000 images"), "{reason}");
        assert!(reason.contains("a.toml, line 4, `condense.real_batch`: 5000"), "{reason}");
        assert!(refused("[data]\nset = \"mnist\"\n").contains("a.toml, line 2, `data.set`"));
        assert!(admit("", "a.toml", Path::new("/nowhere")).is_ok());
    }

    #[test]
    fn a_relative_data_path_is_a_fault() {
        assert_eq!(
            refused("[data]\npath = \"mnist\"\n"),
            "a.toml, line 2, `data.path`: `mnist` is relative; allowed: an absolute path"
        );
    }

    #[test]
    fn a_folder_name_is_readable_and_harmless() {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        assert_eq!(folder_name(RunId::new(7), &spec), "0007-dsa-mnist-5k-ipc1");
        spec.continual.tasks = "svhn mnist usps".to_owned();
        assert_eq!(folder_name(RunId::new(7), &spec), "0007-dsa-svhn-mnist-usps-ipc1");
        spec.continual.tasks.clear();
        spec.name = "../Größe: 2 / \u{1f4a7}".to_owned();
        let name = folder_name(RunId::new(12345), &spec);
        assert_eq!(name, "12345-dsa-mnist-5k-ipc1-gr-e-2");
        assert_eq!(number_of(&name), Some(RunId::new(12345)));
        assert_eq!((number_of("7-x"), number_of("notes")), (None, None));
    }

    #[test]
    fn a_folder_is_made_whole_or_not_at_all() {
        let runs = tempfile::tempdir().unwrap();
        let spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let at = jiff::Timestamp::UNIX_EPOCH;
        let kept = Kept::new(RunId::new(1), 1, at, RunState::Queued { since: at });
        let path = runs.path().join(folder_name(RunId::new(1), &spec));
        let entry = Entry::new(kept, &spec, &path);
        make_folder(&entry, &spec, "# typed\n").unwrap();
        assert_eq!(fs::read_to_string(path.join("spec.toml")).unwrap(), spec.to_toml());
        assert_eq!(fs::read_to_string(path.join("origin.toml")).unwrap(), "# typed\n");
        assert_eq!(highest_number(runs.path()).unwrap(), 1);

        // A folder that is there already is somebody else's and stays.
        assert!(make_folder(&entry, &spec, "").is_err());
        assert!(path.join("spec.toml").exists());
    }
}
