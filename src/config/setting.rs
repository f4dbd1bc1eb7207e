//! The one table of settings: the file, the settings screen and `stillroom config` are made from it.

use std::fmt;

use toml_edit::Value as TomlValue;

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
    /// How much curves are smoothed at first.
    Smoothing,
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

const fn word(words: &'static [&'static str], default: &'static str) -> Kind {
    Kind::Word { words, own: false, default }
}

/// All settings, in the order of the file and of the screen.
pub const SETTINGS: [Row; 10] = [
    Row {
        setting: Setting::Theme,
        key: "theme",
        label: "theme",
        kind: Kind::Word {
            words: &["auto", "dark", "light", "high-contrast", "monochrome"],
            own: true,
            default: "auto",
        },
        help: "The colours. auto chooses dark or light by the background that the terminal tells. \
               NAME is a theme of your own: themes/NAME.toml beside this file.",
    },
    Row {
        setting: Setting::Colours,
        key: "colours",
        label: "colours",
        kind: word(&["auto", "24bit", "256", "16", "none"], "auto"),
        help: "How many colours text has. auto follows NO_COLOR, COLORTERM and TERM.",
    },
    Row {
        setting: Setting::Images,
        key: "images",
        label: "images",
        kind: word(&["auto", "sixel", "kitty", "iterm2", "halfblocks", "none"], "auto"),
        help: "How pictures are shown. auto takes the best that the terminal says it has; \
               `stillroom doctor` tells which and why.",
    },
    Row {
        setting: Setting::Mouse,
        key: "mouse",
        label: "mouse",
        kind: Kind::Switch { default: true },
        help: "Whether clicks and the wheel are listened to. Off leaves selecting text to the terminal.",
    },
    Row {
        setting: Setting::Ascii,
        key: "ascii",
        label: "ASCII",
        kind: Kind::Switch { default: false },
        help: "Nothing beyond ASCII: no box drawing, no braille, no symbols.",
    },
    Row {
        setting: Setting::ReducedMotion,
        key: "reduced_motion",
        label: "reduced motion",
        kind: Kind::Switch { default: false },
        help: "Nothing plays by itself, and the screen changes four times a second at most.",
    },
    Row {
        setting: Setting::Notifications,
        key: "notifications",
        label: "notifications",
        kind: word(&["auto", "osc9", "osc777", "osc99", "bell", "off"], "auto"),
        help: "How the end or failure of a run is told while you look at another window. auto takes what \
               the terminal is known for, and the bell where it is known for nothing.",
    },
    Row {
        setting: Setting::Frames,
        key: "frames",
        label: "frames a second",
        kind: Kind::Number { range: (1.0, 60.0), step: 1.0, default: 30.0 },
        help: "How often the screen is drawn at most, on this machine.",
    },
    Row {
        setting: Setting::FramesOverSsh,
        key: "frames_over_ssh",
        label: "frames over SSH",
        kind: Kind::Number { range: (1.0, 30.0), step: 1.0, default: 10.0 },
        help: "How often the screen is drawn at most at the other end of an SSH connection.",
    },
    Row {
        setting: Setting::Smoothing,
        key: "smoothing",
        label: "smoothing",
        kind: Kind::Number { range: (0.0, 0.99), step: 0.05, default: 0.0 },
        help: "How much the curves of a run are smoothed when it is opened: the weight of the moving \
               average, 0 for none.",
    },
];

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
