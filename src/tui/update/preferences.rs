//! Changes of settings: at once on the screen, and written down for the next time.

use crate::{
    config::{Origin, SETTINGS, Setting, Value},
    tui::{
        action::Action,
        media::Canvas,
        model::{Model, Notice, Screen},
        msg::Effect,
    },
};

/// Does what an action means among the settings; `None` for what it means elsewhere too.
pub fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        _ if model.screen != Screen::Settings || model.overlay.is_some() => None,
        Action::NextValue => Some(step(model, true)),
        Action::PreviousValue => Some(step(model, false)),
        Action::ResetValue => Some(reset(model)),
        _ => None,
    }
}

/// The next value of the selected setting, or the one before.
fn step(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(setting) = selected(model) else { return Vec::new() };
    let chosen = model.preferences.choices.get(setting);
    if let Origin::Environment(variable) = chosen.origin {
        let text = format!("{variable} is set and goes before the file");
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    let value = model.preferences.neighbour(setting, forward);
    if value == chosen.value { Vec::new() } else { change(model, setting, Some(value)) }
}

/// The default of the selected setting.
fn reset(model: &mut Model) -> Vec<Effect> {
    match selected(model) {
        Some(setting) if model.preferences.choices.file.contains_key(&setting) => {
            change(model, setting, None)
        }
        _ => Vec::new(),
    }
}

fn selected(model: &Model) -> Option<Setting> {
    SETTINGS.get(model.preferences.selected).map(|row| row.setting)
}

/// Sets a setting, or takes it back to its default.
pub fn change(model: &mut Model, setting: Setting, value: Option<Value>) -> Vec<Effect> {
    // A changed default is no override: it leaves the file.
    let value = value.filter(|value| *value != setting.default());
    model.preferences.choices.set(setting, value.clone());
    let mut effects = vec![Effect::Save { setting, value }];
    if let Origin::Environment(variable) = model.preferences.choices.get(setting).origin {
        let text = format!("written down, but {variable} is set and goes first");
        model.notice = Some(Notice { is_bad: true, text });
        return effects;
    }
    effects.extend(apply(model, setting));
    effects
}

/// What the mouse setting is not.
pub fn toggle_mouse(model: &mut Model) -> Vec<Effect> {
    let on = !model.preferences.choices.switch(Setting::Mouse);
    let text = if on { "the mouse is listened to" } else { "the mouse is left to the terminal" };
    model.notice = Some(Notice { is_bad: false, text: text.to_owned() });
    change(model, Setting::Mouse, Some(Value::Switch(on)))
}

fn apply(model: &mut Model, setting: Setting) -> Vec<Effect> {
    let settings = model.preferences.settings();
    match setting {
        Setting::Mouse => return vec![Effect::ListenToMouse(settings.mouse)],
        Setting::Theme | Setting::Colours | Setting::Ascii | Setting::Images => {}
        Setting::Smoothing => {
            let smoothing = model.preferences.choices.number(Setting::Smoothing);
            model.runs.smooth(smoothing);
            model.compare.view.smooth = smoothing;
            return Vec::new();
        }
        // Read where they are used.
        _ => return Vec::new(),
    }
    model.look = model.preferences.look();
    let canvas = Canvas::choose(&settings, &model.preferences.replies, model.window);
    if canvas == model.canvas {
        return Vec::new();
    }
    model.canvas = canvas;
    // Pictures of the other kind are wiped away.
    model.generation += 1;
    vec![Effect::Redraw]
}
