//! Sends data sets to a host that lacks them, and then wishes what needs them.

use super::compare;
use crate::{
    queue::HostName,
    tui::{
        figures::bytes as in_bytes,
        model::{
            Awaited, Model, Notice, Overlay,
            sending::{SendNews, SendQuestion, Sending, Then},
        },
        msg::Effect,
    },
    wire::message::Wish,
};

/// Asks whether to send what a host lacks.
pub fn ask(model: &mut Model, question: SendQuestion) -> Vec<Effect> {
    if !is_busy(model) {
        model.overlay = Some(Overlay::SendData(Box::new(question)));
    }
    Vec::new()
}

/// Whether something is on its way already, which the user is told.
fn is_busy(model: &mut Model) -> bool {
    let Some(sending) = &model.sending else { return false };
    let (set, host) = (sending.sets.first().cloned().unwrap_or_default(), sending.host);
    let text = format!("{set} is on its way to {host}; wait until it is there");
    model.notice = Some(Notice { is_bad: true, text });
    true
}

/// The user has said yes.
pub fn begin(model: &mut Model, question: SendQuestion) -> Vec<Effect> {
    if is_busy(model) {
        return Vec::new();
    }
    let SendQuestion { host, lacked, then } = question;
    let sets: Vec<String> = lacked.into_iter().map(|lacked| lacked.set).collect();
    let mut effects = Vec::new();
    if then.compares {
        // The comparison stands there until its runs come.
        model.awaited = Some(Awaited { left: then.wishes.len(), runs: Vec::new() });
        effects = compare::begin(model, Vec::new());
    }
    effects.extend(first(host, &sets));
    model.sending = Some(Sending { host, sets, then });
    effects
}

fn first(host: HostName, sets: &[String]) -> Option<Effect> {
    Some(Effect::SendData { host, set: sets.first()?.clone() })
}

/// Takes in how a data set comes on.
pub fn hear(model: &mut Model, host: HostName, set: &str, news: SendNews) -> Vec<Effect> {
    let Some(sending) = &mut model.sending else { return Vec::new() };
    if sending.host != host || sending.sets.first().is_none_or(|first| first != set) {
        return Vec::new();
    }
    let (is_bad, text, effects) = match news {
        SendNews::There { bytes, of } => {
            let percent = bytes * 100 / of.max(1);
            let text = format!("{set} goes to {host}: {percent} % of {}", in_bytes(of));
            (false, text, Vec::new())
        }
        SendNews::Done(said) => {
            sending.sets.remove(0);
            let next = first(host, &sending.sets);
            let effects = match next {
                Some(next) => vec![next],
                None => finish(model, host),
            };
            (false, format!("{host}: {said}"), effects)
        }
        SendNews::Failed(why) => {
            let gives_up = sending.then.compares;
            model.sending = None;
            if gives_up {
                model.awaited = None;
            }
            let text =
                format!("{set} did not get to {host}: {why}; the next time goes on from there");
            model.problems.refuse(model.now, &text);
            (true, text, Vec::new())
        }
    };
    model.notice = Some(Notice { is_bad, text });
    effects
}

/// All is there: the host has other data sets now, and what waited for them is wished.
fn finish(model: &mut Model, host: HostName) -> Vec<Effect> {
    let Some(Sending { then: Then { wishes, .. }, .. }) = model.sending.take() else {
        return Vec::new();
    };
    let wishes = std::iter::once(Wish::DataSets).chain(wishes);
    wishes.map(|wish| Effect::Ask(host, wish)).collect()
}
