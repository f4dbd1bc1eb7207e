//! `config.toml`: from its text to values, and every fault with its line.

use std::collections::BTreeMap;

use toml_edit::Document;

use super::{choices::Set, setting::Setting, settings_table::SETTINGS, slurm_table};
use crate::spec::{
    Fault,
    fault::{line_of, nearest},
};

/// Tables of the file that hold no settings; each is read in a place of its own.
const TABLES: [&str; 2] = ["hosts", "slots"];

/// What the text says. What is wrong is left out and told.
pub fn read(source: &str, text: &str) -> (BTreeMap<Setting, Set>, Vec<Fault>) {
    let mut values = BTreeMap::new();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return (values, vec![not_toml(source, text, &error)]),
    };
    let mut faults = Vec::new();
    for (key, item) in document.as_table().iter().filter(|(key, _)| !TABLES.contains(key)) {
        let line = item.span().map(|span| line_of(text, span.start));
        let fault = |problem: String, allowed: String| Fault {
            line,
            ..Fault::new(source, key, problem, allowed)
        };
        if slurm_table::KEYS.contains(&key) {
            continue;
        }
        match (Setting::of_key(key), item.as_value()) {
            (Some(setting), Some(value)) => match setting.read(value) {
                Ok(value) => {
                    values.insert(setting, Set { value, line });
                }
                Err(unfit) => faults
                    .push(Fault { nearest: unfit.nearest, ..fault(unfit.problem, unfit.allowed) }),
            },
            (Some(setting), None) => faults.push(fault("is a table".to_owned(), setting.allowed())),
            (None, _) => faults.push(Fault {
                nearest: nearest(key, SETTINGS.iter().map(|row| row.key).chain(slurm_table::KEYS)),
                ..fault("unknown key".to_owned(), String::new())
            }),
        }
    }
    (values, faults)
}

/// The fault of a text that is no TOML.
pub fn not_toml(source: &str, text: &str, error: &toml_edit::TomlError) -> Fault {
    let line = error.span().map(|span| line_of(text, span.start));
    Fault { line, ..Fault::new(source, "", error.message().trim().to_owned(), "TOML") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_SETTINGS, Value};

    #[test]
    fn what_is_right_counts_beside_what_is_wrong() {
        let text = "# mine\nmouse = false\nframes = 0\nimages = 3\n[theme]\nx = 1\n";
        let (values, faults) = read("config.toml", text);
        assert_eq!(values.len(), 1);
        assert_eq!(values[&Setting::Mouse].line, Some(2));
        let lines: Vec<_> = faults.iter().map(|fault| fault.line.unwrap()).collect();
        assert_eq!(lines, [3, 4, 5]);
        assert_eq!(
            faults[0].to_string(),
            "config.toml, line 3, `frames`: 0 is out of range; allowed: a whole number from 1 to 60"
        );
    }

    #[test]
    fn a_text_that_is_no_toml_is_one_fault_with_its_line() {
        let (values, faults) = read("config.toml", "mouse = false\ntheme = \n");
        assert!(values.is_empty());
        assert_eq!((faults.len(), faults[0].line), (1, Some(2)));
    }

    #[test]
    fn the_embedded_file_lists_every_setting_with_its_default() {
        let (values, faults) = read("default", DEFAULT_SETTINGS);
        assert!(values.is_empty() && faults.is_empty(), "every line is a comment");
        let bare: String = DEFAULT_SETTINGS
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            // A sentence begins with a space; a setting does not.
            .filter(|line| !line.starts_with(' '))
            .flat_map(|line| [line, "\n"])
            .collect();
        let (values, faults) = read("default", &bare);
        assert_eq!(faults, []);
        for row in &SETTINGS {
            let written = &values.get(&row.setting).unwrap_or_else(|| panic!("{}", row.key)).value;
            assert_eq!(*written, row.setting.default(), "{}", row.key);
            let help: String =
                DEFAULT_SETTINGS.split_whitespace().filter(|word| *word != "#").collect();
            let sentence: String = row.help.split_whitespace().collect();
            assert!(help.contains(&sentence), "{}: {}", row.key, row.help);
        }
        assert!(matches!(values[&Setting::Smoothing].value, Value::Number(_)));
    }
}
