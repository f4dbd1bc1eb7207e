//! The way to a clone that is edited first: the spec of a run is fetched, and the form opens with it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    queue::RunId,
    spec::{
        difference::brief,
        parse::{Typed, parse},
    },
    tui::{
        model::{Model, Notice, Screen, spec_text},
        msg::Effect,
        update::form,
    },
    wire::message::Wish,
};

/// Fetches the spec of a run, to be edited and queued as another run; the form opens when it is here.
pub fn edit_clone(model: &mut Model, run: RunId) -> Vec<Effect> {
    model.drafted = Some(run);
    let wish = Wish::Artefact { run, path: spec_text::PATH.to_owned(), offset: 0 };
    vec![Effect::Ask(run.host, wish)]
}

/// Whether this file is the spec that was asked for here.
pub fn is_wanted(model: &Model, run: RunId, path: &str) -> bool {
    path == spec_text::PATH && model.drafted == Some(run)
}

/// The spec came, as base64.
pub fn take(model: &mut Model, run: RunId, data: &str) -> Vec<Effect> {
    model.drafted = None;
    // Somebody who has gone elsewhere meanwhile is not called back.
    if !matches!(model.screen, Screen::Queue | Screen::Run) || model.overlay.is_some() {
        return Vec::new();
    }
    let bytes = STANDARD.decode(data).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    form::open(model, &format!("run {run}"), &in_short(text))
}

/// The daemon refused it.
pub fn refuse(model: &mut Model, run: RunId, reason: &str) -> Vec<Effect> {
    model.drafted = None;
    let text = format!("the spec of run {run} cannot be read: {reason}");
    model.notice = Some(Notice { is_bad: true, text });
    Vec::new()
}

/// A completed spec without what its user never said, so that it follows what is changed: another number of
/// images brings its own loops.
fn in_short(completed: String) -> String {
    let read = |text: &str| parse(&Typed { source: "", text, set: &[] }).ok();
    let spec = read(&completed);
    let short = spec.as_ref().map(brief).filter(|short| read(short) == spec);
    short.unwrap_or(completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_what_is_not_usual_and_no_more() {
        let spec = parse(&Typed { source: "", text: "ipc = 1\nseed = 5", set: &[] }).unwrap();
        assert_eq!(
            in_short(spec.to_toml()),
            "method = \"dsa\"\nipc = 1\nseed = 5\n\n[data]\nset = \"mnist-5k\"\n"
        );
        // What this program cannot read is shown as it is.
        assert_eq!(in_short("future = 1".to_owned()), "future = 1");
    }
}
