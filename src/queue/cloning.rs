//! From a run to the text of the spec for another one like it.

use std::fs;

use super::{admission::refuse, refusal::Refusal, run::RunId};
use crate::{
    record::RunFolder,
    spec::{
        Spec,
        difference::{brief, says_everything},
        parse::{Typed, parse},
    },
};

/// The text for a clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// TOML.
    pub text: String,
    /// How messages call it.
    pub source: String,
    /// Whether it asks for just what the original does.
    pub is_same: bool,
}

/// The spec of the run in `folder` with `key=value` pairs over it.
pub fn copy(run: RunId, folder: &RunFolder, set: &[String]) -> Result<Copy, Refusal> {
    let spec = fs::read_to_string(folder.spec()).map_err(|error| {
        Refusal::plain(format!("cannot read {}: {error}", folder.spec().display()))
    })?;
    // Only a nicety: without it the completed spec says the same.
    let typed = fs::read_to_string(folder.origin()).unwrap_or_default();
    copied(run, &spec, &typed, set)
}

/// `completed` is what the original does, `typed` what its user wrote for it.
fn copied(run: RunId, completed: &str, typed: &str, set: &[String]) -> Result<Copy, Refusal> {
    let source = format!("the spec of run {run}");
    let read = |text: &str, set: &[String]| parse(&Typed { source: &source, text, set });
    let spec = read(completed, &[]).map_err(|faults| refuse(&faults))?;
    let means_the_same = |text: &String| read(text, &[]).is_ok_and(|other| other == spec);
    let typed = Some(typed.to_owned()).filter(means_the_same);
    if set.is_empty() {
        let text = typed.unwrap_or_else(|| completed.to_owned());
        return Ok(Copy { text, source, is_same: true });
    }
    // What the user never said follows what is changed: another number of images brings its own loops.
    let base = typed
        .filter(|text| !says_everything(text))
        .or_else(|| Some(brief(&spec)).filter(means_the_same))
        .unwrap_or_else(|| completed.to_owned());
    let changed: Spec = read(&base, set).map_err(|faults| refuse(&faults))?;
    let mut lines = vec![format!("# run {run}")];
    lines.extend(set.iter().map(|pair| format!("# --set {}", pair.replace(['\n', '\r'], " "))));
    lines.push(changed.to_toml());
    let source = format!("{source}, changed and completed");
    Ok(Copy { text: lines.join("\n"), source, is_same: changed == spec })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Spec {
        parse(&Typed { source: "", text, set: &[] }).unwrap()
    }

    fn clone(typed: &str, set: &[&str]) -> Copy {
        let completed = spec(typed).to_toml();
        let set: Vec<_> = set.iter().map(|pair| (*pair).to_owned()).collect();
        copied(RunId::new(3), &completed, typed, &set).unwrap()
    }

    const TYPED: &str = "# mine\nipc = 1\nname = \"a\"\n[condense]\nimage_lr = 0.5\n";

    #[test]
    fn a_plain_clone_is_the_text_that_was_typed() {
        let copy = clone(TYPED, &[]);
        assert_eq!((copy.text.as_str(), copy.is_same), (TYPED, true));
        // A typed text that has come to mean something else, as after an upgrade, is not used.
        let completed = spec("ipc = 2").to_toml();
        assert_eq!(copied(RunId::new(3), &completed, TYPED, &[]).unwrap().text, completed);
    }

    #[test]
    fn what_was_never_said_follows_what_is_changed() {
        let completed_by_set = format!("# x\n{}", spec(TYPED).to_toml());
        for typed in [TYPED, &completed_by_set] {
            let copy = clone(typed, &["ipc=10"]);
            let changed = spec(&copy.text);
            assert_eq!((changed.ipc, changed.condense.outer_steps), (10, 10));
            assert!((changed.condense.image_lr - 0.5).abs() < 1e-9);
            assert!(copy.text.starts_with("# run 3\n# --set ipc=10\n"), "{}", copy.text);
            assert!(!copy.is_same);
        }
        // What was said stays.
        let said = clone("ipc = 1\n[condense]\nouter_steps = 1\n", &["ipc=10"]);
        assert_eq!(spec(&said.text).condense.outer_steps, 1);
    }

    #[test]
    fn faults_are_told() {
        let refusal = copied(RunId::new(3), "", "", &["ipcs=3".to_owned()]).unwrap_err();
        assert!(refusal.reason.contains("--set ipcs=3"), "{refusal}");
    }
}
