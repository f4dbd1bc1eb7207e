//! The form for a new run: a spec put together field by field from a preset or from another run, checked while
//! it is typed.

pub mod draft;
pub mod estimate;
pub mod pairs;
pub mod rows;

use std::collections::BTreeMap;

use self::{draft::Draft, estimate::Estimate};
use super::Screen;
use crate::{
    spec::{
        Fault, Spec,
        field::{Field, Kind},
        values::{plain, values},
    },
    tui::widgets::text_field::TextField,
};

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typing {
    /// The value of the selected field.
    Value(TextField),
    /// Words that a field's name must have.
    Filter(TextField),
    /// The name under which the draft becomes a preset.
    Name(TextField),
}

/// What stands beside the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Beside {
    /// What the draft comes to.
    #[default]
    Figures,
    /// Its TOML.
    Toml,
}

/// A strategy without tokens is called so where it is typed.
fn is_none(field: &Field, value: &str) -> bool {
    field.kind == Kind::Strategy && value.is_empty()
}

/// A spec without a fault, with its values by key: they are asked for field by field whenever the form is drawn.
#[derive(Debug)]
struct Sound {
    spec: Spec,
    values: BTreeMap<String, toml::Value>,
}

impl Sound {
    fn new(spec: &Spec) -> Self {
        Self { spec: spec.clone(), values: values(spec) }
    }
}

/// The form.
#[derive(Debug)]
pub struct FormModel {
    /// The spec so far.
    pub draft: Draft,
    /// The last one without a fault: what is shown of fields that others have made uncertain.
    sound: Option<Sound>,
    /// The selected field's place among the shown ones.
    pub selected: usize,
    /// Fields that make no difference are shown too.
    pub shows_all: bool,
    /// Words that a field's name must have.
    pub filter: String,
    /// What is being typed.
    pub typing: Option<Typing>,
    /// What stands beside the fields.
    pub beside: Beside,
    /// How long it will take, and how much memory.
    pub estimate: Estimate,
    /// How many pairs of siamese and independent runs one key queues.
    pub pairs: u64,
    /// The screen that it was opened from, to which it leads back.
    pub behind: Screen,
}

/// Enough for an interval, and few enough to be through on the same day.
const PAIRS: u64 = 5;

impl FormModel {
    /// A form that begins with `text`.
    pub fn new(source: &str, text: &str, behind: Screen) -> Self {
        let draft = Draft::new(source, text);
        let sound = draft.spec.as_ref().ok().map(Sound::new);
        Self {
            draft,
            sound,
            selected: 0,
            shows_all: false,
            filter: String::new(),
            typing: None,
            beside: Beside::default(),
            estimate: Estimate::default(),
            pairs: PAIRS,
            behind,
        }
    }

    /// Begins again with a text that was changed as a whole.
    pub fn begin_again(&mut self, text: &str) {
        let source = self.draft.source.clone();
        let (beside, pairs) = (self.beside, self.pairs);
        *self = Self { beside, pairs, ..Self::new(&source, text, self.behind) };
    }

    /// The fields that are shown.
    pub fn fields(&self) -> Vec<&'static Field> {
        let wanted = match &self.typing {
            Some(Typing::Filter(text)) => text.text(),
            _ => &self.filter,
        };
        let faults = self.draft.spec.as_ref().err().map_or(&[][..], Vec::as_slice);
        let has_fault = |field: &Field| faults.iter().any(|fault| fault.key == field.key);
        rows::fields(self.sound(), self.shows_all, wanted, has_fault)
    }

    /// The selected field.
    pub fn field(&self) -> Option<&'static Field> {
        self.fields().get(self.place()).copied()
    }

    /// Its place among the shown ones.
    pub fn place(&self) -> usize {
        self.selected.min(self.fields().len().saturating_sub(1))
    }

    /// The line that is being typed.
    pub const fn text_field_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.typing {
            Some(Typing::Value(text) | Typing::Filter(text) | Typing::Name(text)) => Some(text),
            None => None,
        }
    }

    /// The last spec without a fault.
    pub fn sound(&self) -> Option<&Spec> {
        self.sound.as_ref().map(|sound| &sound.spec)
    }

    /// The value of a field: as typed, else what it comes to.
    pub fn value(&self, field: &Field) -> String {
        let typed = self.draft.changed(field).map(ToOwned::to_owned);
        typed
            .or_else(|| {
                let value = self.sound.as_ref()?.values.get(field.key).map(plain);
                value.map(|value| if is_none(field, &value) { "none".to_owned() } else { value })
            })
            .unwrap_or_default()
    }

    /// What is wrong with a field's value.
    pub fn fault(&self, field: &Field) -> Option<&Fault> {
        self.draft.spec.as_ref().err()?.iter().find(|fault| fault.key == field.key)
    }

    /// Selects the field so many rows on, or back.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.fields().len().saturating_sub(1);
        self.selected = self.place().saturating_add_signed(rows).min(last);
    }

    /// Changes the draft; the selected field stays selected as fields come and go.
    pub fn change(&mut self, change: impl FnOnce(&mut Draft)) {
        let field = self.field();
        change(&mut self.draft);
        if let Ok(spec) = &self.draft.spec {
            self.sound = Some(Sound::new(spec));
            self.estimate.forget_unless_of(spec);
        }
        let place = self.fields().iter().position(|other| Some(other.key) == field.map(|f| f.key));
        self.selected = place.unwrap_or(self.selected);
        self.move_by(0);
    }

    /// Takes the next choice of the selected field, or the one before; false where it has none.
    pub fn turn(&mut self, forward: bool, devices: &[String]) -> bool {
        let Some(field) = self.field() else { return false };
        let choices = rows::choices(field, devices);
        if choices.is_empty() {
            return false;
        }
        let now = self.value(field);
        let at = choices.iter().position(|choice| *choice == now);
        let next = match (at, forward) {
            (Some(at), true) => (at + 1) % choices.len(),
            (Some(at), false) => (at + choices.len() - 1) % choices.len(),
            (None, _) => 0,
        };
        self.change(|draft| draft.change(field, &choices[next]));
        true
    }

    /// Begins to type the selected field's value.
    pub fn type_value(&mut self) {
        if let Some(field) = self.field() {
            self.typing = Some(Typing::Value(TextField::new(&self.value(field))));
        }
    }

    /// What is wrong with the value that is being typed.
    pub fn typed_fault(&self) -> Option<Fault> {
        let (Some(Typing::Value(text)), Some(field)) = (&self.typing, self.field()) else {
            return None;
        };
        let faults = self.draft.faults_with(field, text.text());
        faults.iter().find(|fault| fault.key == field.key).or(faults.first()).cloned()
    }

    /// Takes the value that is being typed. One that is wrong stays to be mended.
    pub fn take_typed(&mut self) {
        if self.typed_fault().is_some() {
            return;
        }
        let Some(Typing::Value(text)) = self.typing.take() else { return };
        if let Some(field) = self.field() {
            self.change(|draft| draft.change(field, text.text()));
        }
    }
}
