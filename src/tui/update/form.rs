//! What the form does.

use super::{compare, sending};
use crate::{
    queue::Command,
    spec::{Spec, presets::Preset},
    tui::{
        action::Action,
        model::{
            Awaited, Model, Notice, Screen,
            form::{Beside, FormModel, Typing, estimate::Estimate, pairs::siamese_pairs},
            placement::{destination, destinations_of_pairs},
            sending::{SendQuestion, Then, lacked},
        },
        msg::Effect,
        widgets::text_field::TextField,
    },
    wire::message::Wish,
};

/// The most pairs that one key queues.
const MOST_PAIRS: u64 = 50;

/// Opens the form with this text.
pub fn open(model: &mut Model, source: &str, text: &str) -> Vec<Effect> {
    let behind = match (model.screen, &model.form) {
        (Screen::Form, Some(form)) => form.behind,
        (screen, _) => screen,
    };
    model.form = Some(FormModel::new(source, text, behind));
    model.screen = Screen::Form;
    Vec::new()
}

/// Opens the form with the selected preset.
pub fn open_preset(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.presets.selected() else { return Vec::new() };
    let (source, text) = (entry.source(), entry.text.clone());
    open(model, &source, &text)
}

/// Does what an action says to the form.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    let devices = model.hosts.at_hand().map_or(&[][..], |host| &host.devices);
    let used = devices.iter().filter(|device| device.is_used() && !device.is_cluster());
    let devices: Vec<String> = used.map(|device| device.device.clone()).collect();
    let Some(form) = &mut model.form else { return Vec::new() };
    match action {
        Action::EditField if form.turn(true, &devices) => {}
        Action::EditField | Action::TypeField => form.type_value(),
        Action::NextValue => {
            form.turn(true, &devices);
        }
        Action::PreviousValue => {
            form.turn(false, &devices);
        }
        Action::ResetValue => {
            if let Some(field) = form.field() {
                form.change(|draft| draft.reset(field));
            }
        }
        Action::AllFields => {
            form.shows_all = !form.shows_all;
            form.move_by(0);
        }
        Action::Search => form.typing = Some(Typing::Filter(TextField::new(&form.filter))),
        Action::Toml => {
            form.beside = match form.beside {
                Beside::Figures => Beside::Toml,
                Beside::Toml => Beside::Figures,
            };
        }
        Action::MorePairs => form.pairs = (form.pairs + 1).min(MOST_PAIRS),
        Action::FewerPairs => form.pairs = (form.pairs - 1).max(1),
        Action::Measure => return measure(model),
        Action::Submit => return submit(model),
        Action::SubmitPairs => return submit_pairs(model),
        Action::CopySpec => {
            let text = form.draft.to_toml();
            model.notice = Some(Notice::copied("the TOML"));
            return vec![Effect::Copy(text)];
        }
        Action::SavePreset => form.typing = Some(Typing::Name(TextField::default())),
        Action::OpenEditor => return vec![Effect::Edit(form.draft.to_toml())],
        _ => {}
    }
    Vec::new()
}

/// Takes what was typed.
pub fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &mut model.form else { return Vec::new() };
    match &form.typing {
        Some(Typing::Value(_)) => form.take_typed(),
        Some(Typing::Filter(text)) => {
            form.filter = text.text().to_owned();
            form.typing = None;
        }
        Some(Typing::Name(text)) => {
            let name = text.text().trim().to_owned();
            return save(model, &name);
        }
        None => {}
    }
    Vec::new()
}

/// Makes the draft a preset of this name.
fn save(model: &mut Model, name: &str) -> Vec<Effect> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(is_fit) {
        return say(model, "a preset's name has letters, digits, - and _ alone".to_owned());
    }
    if Preset::find(name).is_some() {
        return say(model, format!("`{name}` comes with the program; choose another name"));
    }
    let Some(form) = &mut model.form else { return Vec::new() };
    form.typing = None;
    let text = form.draft.to_toml();
    model.presets.keep(name, &text);
    vec![Effect::SavePreset { name: name.to_owned(), text }]
}

/// Drops what was typed.
pub fn dismiss(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &mut model.form else { return Vec::new() };
    if matches!(form.typing, Some(Typing::Filter(_))) {
        form.filter.clear();
    }
    form.typing = None;
    Vec::new()
}

/// The text came back from the editor.
pub fn edited(model: &mut Model, result: Result<String, String>) {
    let Some(form) = &mut model.form else { return };
    match result {
        Ok(text) => {
            form.begin_again(&text);
        }
        Err(reason) => model.notice = Some(Notice { is_bad: true, text: reason }),
    }
}

fn say(model: &mut Model, text: String) -> Vec<Effect> {
    model.notice = Some(Notice { is_bad: true, text });
    Vec::new()
}

fn measure(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &model.form else { return Vec::new() };
    let host = match form.draft.checked().and_then(|spec| destination(model, spec)) {
        Ok(host) => host,
        Err(reason) => return say(model, reason),
    };
    let Some(form) = &mut model.form else { return Vec::new() };
    let (Some(spec), false) = (form.sound(), matches!(form.estimate, Estimate::Asked(_))) else {
        return Vec::new();
    };
    form.estimate = Estimate::Asked(Box::new(spec.clone()));
    let wish = Wish::Estimate { spec: form.draft.to_toml() };
    vec![Effect::Ask(host, wish)]
}

fn submit(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &model.form else { return Vec::new() };
    match form.draft.checked().cloned() {
        Ok(spec) => {
            let (text, source) = (form.draft.to_toml(), form.draft.source.clone());
            queue(model, &spec, text, source)
        }
        Err(reason) => say(model, reason),
    }
}

/// Queues a run where it goes to, after its data set where that lacks it.
pub fn queue(model: &mut Model, spec: &Spec, text: String, source: String) -> Vec<Effect> {
    let host = match destination(model, spec) {
        Ok(host) => host,
        Err(reason) => return say(model, reason),
    };
    let wish = add(text, source);
    let lacked = lacked(model, host, [spec]);
    if lacked.is_empty() {
        return vec![Effect::Ask(host, wish)];
    }
    let then = Then { wishes: vec![wish], compares: false };
    sending::ask(model, SendQuestion { host, lacked, then })
}

fn add(spec: String, source: String) -> Wish {
    Wish::Command(Command::Add { spec, source, front: false, study: String::new() })
}

fn submit_pairs(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &model.form else { return Vec::new() };
    let placed = form.draft.checked().and_then(|spec| {
        // They differ in nothing that counts for where they go.
        let hosts = destinations_of_pairs(model, spec, form.pairs as usize)?;
        Ok((hosts, siamese_pairs(&form.draft, form.pairs)?))
    });
    match placed {
        Err(reason) => say(model, reason),
        Ok((hosts, texts)) => {
            let source = format!("{}, siamese against independent", form.draft.source);
            let wishes: Vec<Wish> =
                texts.into_iter().map(|text| add(text, source.clone())).collect();
            // Of several hosts only those are chosen that have it.
            let host = hosts.first().copied().unwrap_or_default();
            let lacked = lacked(model, host, &form.draft.spec);
            if !lacked.is_empty() {
                let then = Then { wishes, compares: true };
                return sending::ask(model, SendQuestion { host, lacked, then });
            }
            model.awaited = Some(Awaited { left: wishes.len(), runs: Vec::new() });
            // The screen changes under the key that was pressed, and not when the daemon has answered.
            let mut effects = compare::begin(model, Vec::new());
            let placed = hosts.into_iter().zip(wishes);
            effects.extend(placed.map(|(host, wish)| Effect::Ask(host, wish)));
            effects
        }
    }
}
