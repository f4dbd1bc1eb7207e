//! What keys do to presets and in the form of a new run.

use crossterm::event::KeyCode;

use super::{Entry, entry, plain};
use crate::tui::{
    action::{
        Action,
        Context::{Form, FormText, Presets, StudyFilter},
    },
    key::Key,
};

/// Presets and the form.
pub(super) const ROWS: &[Entry] = &[
    entry(
        Action::Start,
        &[plain(KeyCode::Enter)],
        "start",
        "Queue the selected preset and open its run",
        &[Presets],
    ),
    entry(
        Action::Customise,
        &[Key::char('e'), plain(KeyCode::Right), Key::char('l')],
        "change",
        "Change the selected preset before it is queued",
        &[Presets],
    ),
    entry(
        Action::EditField,
        &[plain(KeyCode::Enter)],
        "edit",
        "The next choice of the selected field, or type its value",
        &[Form],
    ),
    entry(
        Action::Submit,
        &[Key::control('s'), Key::char('s')],
        "queue it",
        "Queue the run and open it",
        &[Form],
    ),
    entry(
        Action::SubmitPairs,
        &[Key::char('S')],
        "siamese/independent",
        "Queue siamese and independent runs with paired seeds, and compare them",
        &[Form],
    ),
    entry(
        Action::MorePairs,
        &[Key::char('+'), Key::char('=')],
        "",
        "One pair of siamese and independent runs more",
        &[Form],
    ),
    entry(Action::FewerPairs, &[Key::char('-')], "", "One pair fewer", &[Form]),
    entry(
        Action::Measure,
        &[Key::char('m')],
        "measure",
        "Measure a few steps on the device: time and memory of the whole",
        &[Form],
    ),
    entry(
        Action::Toml,
        &[Key::char('t'), plain(KeyCode::Tab)],
        "TOML",
        "The spec as TOML, or what it comes to",
        &[Form],
    ),
    entry(
        Action::NextValue,
        &[plain(KeyCode::Right), Key::char('l'), Key::char(' ')],
        "",
        "The next choice of the selected field",
        &[Form],
    ),
    entry(
        Action::PreviousValue,
        &[plain(KeyCode::Left), Key::char('h')],
        "",
        "The choice before",
        &[Form],
    ),
    entry(
        Action::TypeField,
        &[Key::char('i')],
        "",
        "Type the value of the selected field",
        &[Form],
    ),
    entry(
        Action::ResetValue,
        &[Key::char('x'), plain(KeyCode::Delete)],
        "",
        "Take a change of the selected field back",
        &[Form],
    ),
    entry(
        Action::AllFields,
        &[Key::char('a')],
        "",
        "All fields, or only those that make a difference",
        &[Form],
    ),
    entry(Action::Search, &[Key::char('/')], "", "Find a field by its name", &[Form]),
    entry(Action::CopySpec, &[Key::char('y')], "", "Copy the TOML to the clipboard", &[Form]),
    entry(
        Action::SavePreset,
        &[Key::char('w')],
        "",
        "Keep what stands here as a preset of your own",
        &[Form],
    ),
    entry(
        Action::OpenEditor,
        &[Key::char('E')],
        "",
        "Change the TOML in the editor that EDITOR names",
        &[Form],
    ),
    entry(
        Action::Accept,
        &[plain(KeyCode::Enter)],
        "keep",
        "Keep what was typed",
        &[FormText, StudyFilter],
    ),
    entry(Action::Close, &[plain(KeyCode::Esc)], "drop", "Leave it as it was", &[FormText]),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Backspace)],
        "back",
        "One screen back; what was changed is kept",
        &[Form],
    ),
];
