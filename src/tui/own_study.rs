//! Studies of the user's own: one that comes with the program is copied under a new name, one of theirs is changed in
//! place, each in the user's editor.

use crate::{
    config::{ConfigDir, directory},
    record::atomic,
    study::{Study, definition::Shipped},
};

/// Lets `edit` change the text of a study, and keeps what comes back among the user's own. Says in a sentence what
/// became of it.
///
/// # Errors
/// A sentence: the study cannot be read, edited or kept, or what was kept has a fault, which can be mended by editing it
/// again.
pub fn edit(
    directory: Option<&ConfigDir>,
    name: &str,
    edit: impl FnOnce(&str) -> Result<String, String>,
) -> Result<String, String> {
    let directory = directory.ok_or("there is no home directory to keep studies in")?;
    let text = text(directory, name)?;
    let edited = edit(&text)?;
    if edited == text {
        return Ok("nothing was changed, and nothing is kept".to_owned());
    }
    let name = own_name(directory, name);
    let path = directory.study(&name);
    atomic::create_folder(&directory.studies())
        .and_then(|()| atomic::write(&path, edited.as_bytes()))
        .map_err(|error| error.to_string())?;
    let kept = format!("kept as study {name}: {}", path.display());
    match Study::read(&name, &edited) {
        Ok(_) => Ok(kept),
        Err(fault) => Err(format!("{kept}; it has a fault: {fault}")),
    }
}

/// The text of a study: the user's own goes before one that comes with the program.
fn text(directory: &ConfigDir, name: &str) -> Result<String, String> {
    let own = directory::read(&directory.study(name)).map_err(|fault| fault.to_string())?;
    let shipped = || Shipped::find(name).map(|study| study.text.to_owned());
    own.or_else(shipped).ok_or_else(|| format!("there is no study {name} on this machine"))
}

/// The name to keep it under: that of one's own, or a new one for a copy of what comes with the program.
fn own_name(directory: &ConfigDir, name: &str) -> String {
    if directory.study(name).exists() {
        return name.to_owned();
    }
    let names = (1..).map(|number| match number {
        1 => format!("{name}-own"),
        number => format!("{name}-own-{number}"),
    });
    let mut free = names.filter(|name| !directory.study(name).exists());
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_study_of_the_program_is_copied_and_one_of_ones_own_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let directory = ConfigDir::at(folder.path());
        let change = |name: &str, from: &str, to: &str| {
            let change = |text: &str| Ok(text.replace(from, to));
            edit(Some(&directory), name, change)
        };
        let read = |name: &str| fs::read_to_string(directory.study(name));
        let name = "ablation-siamese-small";
        assert!(change(name, "no such text", "").unwrap().contains("nothing was changed"));
        assert!(!directory.studies().exists());
        assert!(change(name, "iterations = 150", "iterations = 7").is_ok());
        assert!(read("ablation-siamese-small-own").unwrap().contains("iterations = 7"));
        assert!(change(name, "iterations = 150", "iterations = 8").is_ok());
        assert!(read("ablation-siamese-small-own-2").unwrap().contains("iterations = 8"));
        assert!(change("ablation-siamese-small-own", "= 7", "= 9").is_ok());
        assert!(read("ablation-siamese-small-own").unwrap().contains("iterations = 9"));
        // One that stands for one of the program's is one's own too.
        fs::write(directory.study("nas-small"), "a = 1\n").unwrap();
        assert!(change("nas-small", "= 1", "= 2").is_err(), "it is no study yet");
        assert_eq!(read("nas-small").unwrap(), "a = 2\n");
        assert!(!directory.study("nas-small-own").exists());
    }

    #[test]
    fn a_faulty_study_is_kept_and_its_fault_told() {
        let folder = tempfile::tempdir().unwrap();
        let directory = ConfigDir::at(folder.path());
        let told = edit(Some(&directory), "table-1-small", |text| Ok(format!("{text}\nx = [")));
        let told = told.unwrap_err();
        assert!(told.contains("table-1-small-own") && told.contains("has a fault"), "{told}");
        assert!(directory.study("table-1-small-own").exists());
        let unknown = edit(Some(&directory), "none", |text| Ok(text.to_owned())).unwrap_err();
        assert_eq!(unknown, "there is no study none on this machine");
        let failed = edit(Some(&directory), "nas-small", |_| Err("no editor".to_owned()));
        assert_eq!(failed, Err("no editor".to_owned()));
    }
}
