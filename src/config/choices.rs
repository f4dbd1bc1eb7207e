//! What every setting is, and who says so: the environment before the file, the file before the default.

use std::{collections::BTreeMap, fmt};

use super::{
    setting::{Setting, Value},
    settings_table::SETTINGS,
};
use crate::spec::Fault;

/// Who says what a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: it is as the program has it.
    Default,
    /// The file, in this line where that is known.
    File(Option<usize>),
    /// A variable of the environment.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(None) => f.write_str("config.toml"),
            Self::File(Some(line)) => write!(f, "config.toml, line {line}"),
            Self::Environment(variable) => f.write_str(variable),
        }
    }
}

/// What a setting is.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The value.
    pub value: Value,
    /// Who says so.
    pub origin: Origin,
}

/// A value of the file and its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The value.
    pub value: Value,
    /// The line, where it is known.
    pub line: Option<usize>,
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices {
    /// What the file says.
    pub file: BTreeMap<Setting, Set>,
    /// What the environment says.
    pub environment: BTreeMap<Setting, Value>,
}

impl Choices {
    /// What a setting is, and who says so.
    pub fn get(&self, setting: Setting) -> Chosen {
        if let Some(value) = self.environment.get(&setting) {
            let origin = Origin::Environment(setting.variable());
            return Chosen { value: value.clone(), origin };
        }
        match self.file.get(&setting) {
            Some(set) => Chosen { value: set.value.clone(), origin: Origin::File(set.line) },
            None => Chosen { value: setting.default(), origin: Origin::Default },
        }
    }

    /// Sets what the file says; `None` takes it away. The line is no longer known.
    pub fn set(&mut self, setting: Setting, value: Option<Value>) {
        match value {
            Some(value) => {
                self.file.insert(setting, Set { value, line: None });
            }
            None => {
                self.file.remove(&setting);
            }
        }
    }

    /// A switch; false for what is none.
    pub fn switch(&self, setting: Setting) -> bool {
        self.get(setting).value == Value::Switch(true)
    }

    /// A word; empty for what is none.
    pub fn word(&self, setting: Setting) -> String {
        match self.get(setting).value {
            Value::Word(word) => word,
            _ => String::new(),
        }
    }

    /// A number; 0 for what is none.
    pub fn number(&self, setting: Setting) -> f64 {
        match self.get(setting).value {
            Value::Number(number) => number,
            _ => 0.0,
        }
    }
}

/// What the variables of `get` say, and what is wrong with them. An empty variable counts as unset.
pub fn from_environment(
    get: impl Fn(&str) -> Option<String>,
) -> (BTreeMap<Setting, Value>, Vec<Fault>) {
    let mut values = BTreeMap::new();
    let mut faults = Vec::new();
    for row in &SETTINGS {
        let variable = row.setting.variable();
        let Some(text) = get(&variable).filter(|text| !text.is_empty()) else { continue };
        match row.setting.read_variable(&text) {
            Ok(value) => {
                values.insert(row.setting, value);
            }
            Err(unfit) => {
                let fault = Fault::new("the environment", &variable, unfit.problem, unfit.allowed);
                faults.push(Fault { nearest: unfit.nearest, ..fault });
            }
        }
    }
    (values, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_the_default() {
        let mut choices = Choices::default();
        assert_eq!(choices.get(Setting::Mouse).origin, Origin::Default);
        choices.set(Setting::Mouse, Some(Value::Switch(false)));
        assert_eq!(choices.get(Setting::Mouse).value, Value::Switch(false));
        assert_eq!(choices.get(Setting::Mouse).origin, Origin::File(None));
        choices.environment =
            from_environment(|name| (name == "STILLROOM_MOUSE").then(|| "1".to_owned())).0;
        assert!(choices.switch(Setting::Mouse));
        assert_eq!(choices.get(Setting::Mouse).origin.to_string(), "STILLROOM_MOUSE");
        choices.environment.clear();
        choices.set(Setting::Mouse, None);
        assert_eq!(choices, Choices::default());
    }
}
