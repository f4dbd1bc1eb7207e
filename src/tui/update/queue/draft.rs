//! The way to a clone that is edited first: the spec of a run is fetched and becomes the draft.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    queue::RunId,
    tui::{
        model::{Model, Notice, draft::Draft},
        msg::Effect,
    },
    wire::message::Wish,
};

/// The completed spec of a run, in its folder.
pub const SPEC: &str = "spec.toml";

/// Fetches the spec of a run, to be edited and queued as another run: `model.draft`, once it is here.
pub fn edit_clone(model: &mut Model, run: RunId) -> Vec<Effect> {
    model.draft = None;
    model.drafted = Some(run);
    vec![Effect::Ask(Wish::Artefact { run, path: SPEC.to_owned(), offset: 0 })]
}

/// A spec came; false for one that was not asked for here.
pub fn take(model: &mut Model, run: RunId, path: &str, data: &str) -> bool {
    if path != SPEC || model.drafted != Some(run) {
        return false;
    }
    model.drafted = None;
    let bytes = STANDARD.decode(data).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    model.draft = Some(Draft::new(run, text));
    let text = format!("the spec of run {run} is ready to be edited");
    model.notice = Some(Notice { is_bad: false, text });
    true
}

/// A spec was refused.
pub fn refuse(model: &mut Model, run: RunId, path: &str, reason: &str) -> bool {
    if path != SPEC || model.drafted != Some(run) {
        return false;
    }
    model.drafted = None;
    let text = format!("the spec of run {run} cannot be read: {reason}");
    model.notice = Some(Notice { is_bad: true, text });
    true
}
