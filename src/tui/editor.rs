//! A text in the user's own editor: `VISUAL`, or `EDITOR`, or `vi`.
//!
//! The editor has the terminal for as long as it runs, and nothing here reads from it meanwhile: the runtime
//! has one thread, which waits.

use std::{
    env, fs,
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

/// Texts edited so far; each has a folder of its own.
static EDITED: AtomicU64 = AtomicU64::new(0);

/// Lets the user change `text`. Call it while the terminal is not ours.
///
/// # Errors
/// A sentence, when no editor could be started, or it ended with a failure: then nothing is changed.
pub fn edit(text: &str) -> Result<String, String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    edit_with(&editor, text)
}

fn edit_with(editor: &str, text: &str) -> Result<String, String> {
    let failed = |what: &str| format!("{what}; EDITOR is `{editor}`");
    let number = EDITED.fetch_add(1, Ordering::Relaxed);
    let name = format!("stillroom-edit-{}-{number}", std::process::id());
    let folder = env::temp_dir().join(name);
    fs::create_dir_all(&folder).map_err(|error| failed(&error.to_string()))?;
    let path = folder.join("spec.toml");
    let edited = fs::File::create(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| failed(&error.to_string()))
        .and_then(|()| {
            // Editors are named with their arguments, which a shell takes apart.
            let status = Command::new("sh")
                .arg("-c")
                .arg(format!("{editor} \"$1\""))
                .arg("sh")
                .arg(&path)
                .stdin(Stdio::inherit())
                .status()
                .map_err(|error| failed(&error.to_string()))?;
            if !status.success() {
                return Err(failed(&format!("the editor ended with {status}; nothing is changed")));
            }
            fs::read_to_string(&path).map_err(|error| failed(&error.to_string()))
        });
    // What is left behind is a copy of a text.
    let _ = fs::remove_dir_all(&folder);
    edited
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_wrote_comes_back() {
        let edited = edit_with("sed -i s/1/10/", "ipc = 1\n");
        assert_eq!(edited, Ok("ipc = 10\n".to_owned()));
    }

    #[test]
    fn an_editor_that_fails_changes_nothing_and_is_named() {
        for editor in ["false", "no-such-editor-anywhere"] {
            let reason = edit_with(editor, "ipc = 1\n").unwrap_err();
            assert!(reason.contains(editor), "{reason}");
        }
    }
}
