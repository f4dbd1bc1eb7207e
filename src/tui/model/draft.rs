//! The spec of a run on its way to be edited.

use crate::{
    queue::RunId,
    spec::{
        difference::brief,
        parse::{Typed, parse},
    },
};

/// A spec to be changed and queued as another run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// TOML, as short as it can be said.
    pub spec_text: String,
    /// The run whose spec it was.
    pub from: RunId,
}

impl Draft {
    /// The draft for a run with this spec. What its user never said is left out, so that it follows what is
    /// changed: another number of images brings its own loops.
    pub fn new(from: RunId, completed: String) -> Self {
        let read = |text: &str| parse(&Typed { source: "", text, set: &[] }).ok();
        let spec = read(&completed);
        let short = spec.as_ref().map(brief).filter(|short| read(short) == spec);
        Self { spec_text: short.unwrap_or(completed), from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_what_is_not_usual_and_no_more() {
        let spec = parse(&Typed { source: "", text: "ipc = 1\nseed = 5", set: &[] }).unwrap();
        let draft = Draft::new(RunId(3), spec.to_toml());
        assert_eq!(
            draft.spec_text,
            "method = \"dsa\"\nipc = 1\nseed = 5\n\n[data]\nset = \"mnist-5k\"\n"
        );
        // What this program cannot read is shown as it is.
        assert_eq!(Draft::new(RunId(3), "future = 1".to_owned()).spec_text, "future = 1");
    }
}
