//! Help and palette: opening and closing them, and what is typed there.

use super::{
    actions::{self, moved},
    form,
};
use crate::tui::{
    action::{Action, Context},
    key::Key,
    model::{Model, Notice, Overlay, Screen},
    msg::Effect,
    overlays::{
        self,
        help::{self, Help},
        palette::{self, Offer, Palette},
    },
    view,
    widgets::panel,
};

/// Does what an action says to what lies over the screen.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    match (action, &mut model.overlay) {
        (Action::Help, Some(Overlay::Help(_))) | (Action::Close, Some(Overlay::Palette(_))) => {
            model.overlay = None;
        }
        (Action::Help, _) => model.overlay = Some(Overlay::Help(Help::default())),
        (Action::Palette, _) => model.overlay = Some(Overlay::Palette(Palette::default())),
        (Action::Search, Some(Overlay::Help(help))) => help.is_typing = true,
        (Action::Accept, Some(Overlay::Help(help))) => help.is_typing = false,
        (Action::Close, Some(Overlay::Help(help))) => *help = Help::default(),
        (Action::Accept, Some(Overlay::Palette(palette))) => {
            let palette = std::mem::take(palette);
            model.overlay = None;
            let offers = palette::offers(model, palette.field.text());
            if let Some(offer) = offers.get(palette.selected) {
                return take(model, offer);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Does what an offer says. What another screen does is about something that is chosen there, so that screen is
/// shown, with the key that does it.
fn take(model: &mut Model, offer: &Offer) -> Vec<Effect> {
    let Some(context) = offer.elsewhere.filter(|_| offer.action != Action::NewRun) else {
        return actions::perform(model, offer.action);
    };
    let effects = match context {
        Context::Run => match model.open.or_else(|| Some(model.queue.selected()?.run.id)) {
            Some(run) => actions::open(model, run),
            None => actions::perform(model, Action::GoQueue),
        },
        Context::Presets => actions::perform(model, Action::NewRun),
        Context::Form if model.form.is_some() => {
            model.screen = Screen::Form;
            Vec::new()
        }
        Context::Form => form::open_preset(model),
        Context::Compare => actions::perform(model, Action::GoCompare),
        Context::Studies | Context::Study => actions::perform(model, Action::GoStudies),
        Context::Hosts => actions::perform(model, Action::GoHosts),
        Context::Problems => actions::perform(model, Action::GoProblems),
        Context::Settings => actions::perform(model, Action::GoSettings),
        _ => actions::perform(model, Action::GoQueue),
    };
    if model.notice.is_none() {
        let key = model.keymap.key(context, offer.action, model.look.symbols());
        let key = key.unwrap_or_else(|| format!(":{}", offer.action));
        model.notice = Some(Notice { is_bad: false, text: format!("{key}: {}", offer.label) });
    }
    effects
}

/// A key that does nothing else, in a line of text.
pub fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.field_mut().is_some_and(|field| field.key(key)) {
        edited(model);
    }
    Vec::new()
}

/// Text from the clipboard, which means something in a line of text alone.
pub fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(field) = model.field_mut() {
        field.insert(text);
        edited(model);
    }
    Vec::new()
}

/// What is found is another list: one begins at its head.
fn edited(model: &mut Model) {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => help.offset = 0,
        Some(Overlay::Palette(palette)) => palette.selected = 0,
        None if model.screen == Screen::Queue => model.queue.refilter(),
        None => {
            if let Some(open) = model.studies.open.as_mut().filter(|open| open.is_typing) {
                open.place = 0;
            }
        }
        _ => {}
    }
}

/// Moves by rows; false where nothing that moves lies over the screen.
pub fn move_by(model: &mut Model, rows: isize) -> bool {
    match model.overlay.clone() {
        Some(Overlay::Help(help)) => {
            let most = help::scrollable_rows(model, &help);
            let offset = moved(help.offset, rows).min(most);
            model.overlay = Some(Overlay::Help(Help { offset, ..help }));
        }
        Some(Overlay::Palette(palette)) => {
            let last = palette::offers(model, palette.field.text()).len().saturating_sub(1);
            let selected = moved(palette.selected, rows).min(last);
            model.overlay = Some(Overlay::Palette(Palette { selected, ..palette }));
        }
        _ => return false,
    }
    true
}

/// A click on an offer does it; one beside the help or the palette closes it.
pub fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let Some(area) = overlays::area(model, view::areas(model).body) else { return Vec::new() };
    let is_inside = area.contains((column, row).into());
    match &mut model.overlay {
        Some(Overlay::Palette(palette)) if is_inside => {
            let rows = palette::visible_rows(area);
            let first = (palette.selected + 1).saturating_sub(rows);
            let Some(shown) = row.checked_sub(panel::inside(area).y + 1) else { return Vec::new() };
            if usize::from(shown) < rows {
                palette.selected = first + usize::from(shown);
                return perform(model, Action::Accept);
            }
        }
        Some(Overlay::Help(_) | Overlay::Palette(_)) if !is_inside => model.overlay = None,
        _ => {}
    }
    Vec::new()
}
