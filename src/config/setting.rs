//! What a setting is and what it can be set to. Which settings there are stands in `settings_table`.

use std::fmt;

use toml_edit::Value as TomlValue;

use super::settings_table::{SETTINGS, SHARE};
use crate::spec::fault::nearest;

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// The colours of roles.
    Theme,
    /// How many colours text has.
    Colours,
    /// How pictures are shown.
    Images,
    /// Whether the mouse is listened to.
    Mouse,
    /// Nothing beyond ASCII.
    Ascii,
    /// Nothing moves by itself.
    ReducedMotion,
    /// How the end of a run is told to who looks elsewhere.
    Notifications,
    /// Frames a second on this machine.
    Frames,
    /// Frames a second over SSH.
    FramesOverSsh,
    /// KiB of pictures a second over SSH.
    PicturesOverSsh,
    /// How much curves are smoothed at first.
    Smoothing,
    /// The height of the queue's list over the preview.
    QueueRows,
    /// The width of the queue's list beside the preview.
    QueueColumns,
    /// The height of a run's images over its charts.
    RunImages,
    /// The height of a run's charts over its log.
    RunCharts,
    /// The width of a run's charts beside its images.
    RunColumns,
    /// The height of a comparison's images over its charts.
    CompareImages,
    /// The width of a comparison's charts beside its images.
    CompareColumns,
    /// The height of a study's table over its figures.
    StudyTable,
    /// The width of the form's fields beside what they come to.
    FormColumns,
}

/// What a setting can be, and what it is unless set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// On or off.
    Switch {
        /// Unless set.
        default: bool,
    },
    /// One of some words.
    Word {
        /// They.
        words: &'static [&'static str],
        /// Names that are not in the list may be right too: the user's own.
        own: bool,
        /// Unless set.
        default: &'static str,
    },
    /// A number.
    Number {
        /// The lowest and the highest.
        range: (f64, f64),
        /// From one to the next when it is changed by keys; numbers with a whole step are whole.
        step: f64,
        /// Unless set.
        default: f64,
    },
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which.
    pub setting: Setting,
    /// Its key in the file.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// What it does, in a sentence or two.
    pub help: &'static str,
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A word.
    Word(String),
    /// A number.
    Number(f64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(true) => f.write_str("on"),
            Self::Switch(false) => f.write_str("off"),
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Value {
    /// As it stands in a file.
    pub fn to_toml(&self) -> TomlValue {
        match self {
            Self::Switch(on) => (*on).into(),
            Self::Word(word) => word.as_str().into(),
            Self::Number(number) if number.fract() == 0.0 => (*number as i64).into(),
            Self::Number(number) => (*number).into(),
        }
    }
}

/// Why a value cannot be what a setting is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub allowed: String,
    /// The word that was probably meant.
    pub nearest: Option<String>,
}

impl Setting {
    /// Its row.
    pub fn row(self) -> &'static Row {
        // Every setting has a row, in the order of the enumeration; a test looks.
        &SETTINGS[self as usize]
    }

    /// True for the place of a border between two parts of a screen.
    pub fn is_border(self) -> bool {
        self.row().kind == SHARE
    }

    /// A value of it in words.
    pub fn words(self, value: &Value) -> String {
        match value {
            Value::Number(0.0) if self.is_border() => "auto".to_owned(),
            Value::Number(share) if self.is_border() => format!("{share} %"),
            value => value.to_string(),
        }
    }

    /// The setting of a key.
    pub fn of_key(key: &str) -> Option<Self> {
        SETTINGS.iter().find(|row| row.key == key).map(|row| row.setting)
    }

    /// The variable of the environment that goes before the file.
    pub fn variable(self) -> String {
        format!("STILLROOM_{}", self.row().key.to_uppercase())
    }

    /// What it is unless set.
    pub fn default(self) -> Value {
        match self.row().kind {
            Kind::Switch { default } => Value::Switch(default),
            Kind::Word { default, .. } => Value::Word(default.to_owned()),
            Kind::Number { default, .. } => Value::Number(default),
        }
    }

    /// What would be right, in words.
    pub fn allowed(self) -> String {
        match self.row().kind {
            Kind::Switch { .. } => "true or false".to_owned(),
            Kind::Word { words, own, .. } => {
                let own = if own { ", or a theme of your own" } else { "" };
                format!("{}{own}", words.join(", "))
            }
            Kind::Number { range: (low, high), step, .. } => {
                let whole = if step.fract() == 0.0 { "a whole number" } else { "a number" };
                format!("{whole} from {low} to {high}")
            }
        }
    }

    /// A value of a file.
    pub fn read(self, value: &TomlValue) -> Result<Value, Unfit> {
        let kind = self.row().kind;
        match (kind, value) {
            (Kind::Switch { .. }, TomlValue::Boolean(on)) => Ok(Value::Switch(*on.value())),
            (Kind::Word { .. }, TomlValue::String(word)) => self.read_word(word.value()),
            (Kind::Number { .. }, TomlValue::Integer(number)) => {
                self.read_number(*number.value() as f64)
            }
            (Kind::Number { .. }, TomlValue::Float(number)) => self.read_number(*number.value()),
            _ => Err(self.unfit(kind_of(value))),
        }
    }

    /// A variable of the environment.
    pub fn read_variable(self, text: &str) -> Result<Value, Unfit> {
        match self.row().kind {
            Kind::Switch { .. } => {
                let off = ["0", "false", "off", "no"].contains(&text.to_lowercase().as_str());
                Ok(Value::Switch(!off))
            }
            Kind::Word { .. } => self.read_word(text),
            Kind::Number { .. } => match text.parse() {
                Ok(number) => self.read_number(number),
                Err(_) => Err(self.unfit(format!("`{text}` is not a number"))),
            },
        }
    }

    fn read_word(self, word: &str) -> Result<Value, Unfit> {
        match self.row().kind {
            Kind::Word { words, own, .. } if own || words.contains(&word) => {
                Ok(Value::Word(word.to_owned()))
            }
            Kind::Word { words, .. } => {
                let nearest = nearest(word, words.iter().copied());
                Err(Unfit { nearest, ..self.unfit(format!("`{word}` is not known")) })
            }
            _ => Err(self.unfit(format!("`{word}` is a string"))),
        }
    }

    fn read_number(self, number: f64) -> Result<Value, Unfit> {
        match self.row().kind {
            Kind::Number { range: (low, high), step, .. }
                if (low..=high).contains(&number)
                    && (step.fract() != 0.0 || number.fract() == 0.0) =>
            {
                Ok(Value::Number(number))
            }
            _ => Err(self.unfit(format!("{number} is out of range"))),
        }
    }

    fn unfit(self, problem: String) -> Unfit {
        Unfit { problem, allowed: self.allowed(), nearest: None }
    }
}

/// A value of a file and what it is.
pub fn kind_of(value: &TomlValue) -> String {
    let text = value.to_string();
    let kind = match value {
        TomlValue::String(_) => "a string",
        TomlValue::Integer(_) => "a whole number",
        TomlValue::Float(_) => "a number",
        TomlValue::Boolean(_) => "true or false",
        TomlValue::Datetime(_) => "a date",
        TomlValue::Array(_) => "a list",
        TomlValue::InlineTable(_) => "a table",
    };
    format!("{} is {kind}", text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_row_and_a_default_that_is_allowed() {
        for (index, row) in SETTINGS.iter().enumerate() {
            assert_eq!(row.setting as usize, index, "{}", row.key);
            assert_eq!(row.setting.row().key, row.key);
            let default = row.setting.default();
            assert_eq!(row.setting.read(&default.to_toml()), Ok(default), "{}", row.key);
        }
    }

    #[test]
    fn values_out_of_range_say_what_is_allowed() {
        let unfit = Setting::Frames.read(&TomlValue::from(99)).unwrap_err();
        assert_eq!(
            (unfit.problem.as_str(), unfit.allowed.as_str()),
            ("99 is out of range", "a whole number from 1 to 60")
        );
        assert!(Setting::Frames.read(&TomlValue::from(2.5)).is_err());
        assert!(Setting::Smoothing.read(&TomlValue::from(f64::NAN)).is_err());
        assert_eq!(Setting::Smoothing.read(&TomlValue::from(0)), Ok(Value::Number(0.0)));
        let unfit = Setting::Mouse.read(&TomlValue::from("on")).unwrap_err();
        assert_eq!(unfit.problem, "\"on\" is a string");
    }

    #[test]
    fn switches_of_the_environment_are_off_at_zero() {
        let read = |text| Setting::Mouse.read_variable(text).unwrap();
        for off in ["0", "false", "OFF", "no"] {
            assert_eq!(read(off), Value::Switch(false), "{off}");
        }
        assert_eq!(read("1"), Value::Switch(true));
    }
}
