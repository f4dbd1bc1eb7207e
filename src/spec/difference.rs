//! What two specs say differently, and so how little has to be said to mean one.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{
    Spec,
    field::FIELDS,
    parse::{Typed, parse},
    values::{flat, values},
};

/// A key that two specs give different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key in full, section first.
    pub key: &'static str,
    /// The value of the first, as TOML.
    pub first: String,
    /// The value of the second, as TOML.
    pub second: String,
}

/// Beside method, images per class and data set, the keys that others follow where they are left out.
const LEADERS: [&str; 3] = ["seed", "network.architecture", "continual.tasks"];

/// The keys in which two specs differ, in the order of forms.
pub fn difference(first: &Spec, second: &Spec) -> Vec<Difference> {
    let (first, second) = (values(first), values(second));
    let differs = |key: &'static str| {
        let (first, second) = (first.get(key)?, second.get(key)?);
        let written = || Difference { key, first: first.to_string(), second: second.to_string() };
        (first != second).then(written)
    };
    FIELDS.iter().filter_map(|field| differs(field.key)).collect()
}

/// The spec in as few lines as mean it: method, images per class, data set and what else differs from the
/// published values for them.
pub fn brief(spec: &Spec) -> String {
    let all = values(spec);
    let differs = |said: &[&'static str], among: &dyn Fn(&str) -> bool| -> Vec<&'static str> {
        let text = text(&all, |key| said.contains(&key));
        let meant = parse(&Typed { source: "", text: &text, set: &[] });
        let differing = meant.map(|meant| difference(&meant, spec)).unwrap_or_default();
        differing.into_iter().map(|differs| differs.key).filter(|key| among(key)).collect()
    };
    let mut said = vec!["method", "ipc", "data.set"];
    // First what others follow, then those others.
    said.extend(differs(&said, &|key| LEADERS.contains(&key)));
    said.extend(differs(&said, &|_| true));
    text(&all, |key| said.contains(&key))
}

/// Whether a text names every key that there is, as completed ones do.
pub fn says_everything(text: &str) -> bool {
    let said = text.parse::<Table>().map(|table| flat(&table)).unwrap_or_default();
    FIELDS.iter().all(|field| said.contains_key(field.key))
}

/// The lines of those keys that are chosen, in the order of forms.
fn text(values: &BTreeMap<String, Value>, is_chosen: impl Fn(&str) -> bool) -> String {
    let mut lines = String::new();
    let mut open = "";
    let chosen = FIELDS.iter().filter(|field| is_chosen(field.key));
    // Keys without a section have to stand first.
    let mut chosen: Vec<_> = chosen.map(|field| field.key).collect();
    let sections: Vec<_> = chosen.iter().map(|key| section(key)).collect();
    chosen.sort_by_key(|key| sections.iter().position(|other| *other == section(key)));
    chosen.sort_by_key(|key| !section(key).is_empty());
    for key in chosen {
        let Some(value) = values.get(key) else { continue };
        let (section, name) = (section(key), key.rsplit('.').next().unwrap_or(key));
        if section != open {
            let gap = if lines.is_empty() { "" } else { "\n" };
            lines.extend([gap, "[", section, "]\n"]);
            open = section;
        }
        lines.extend([name, " = ", &value.to_string(), "\n"]);
    }
    lines
}

fn section(key: &str) -> &str {
    key.split_once('.').map_or("", |(section, _)| section)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::presets::PRESETS;

    fn spec(text: &str) -> Spec {
        parse(&Typed { source: "", text, set: &[] }).unwrap()
    }

    #[test]
    fn only_the_differing_keys_are_told() {
        let (first, second) = (spec("ipc = 1\nname = \"a\""), spec("ipc = 10\nname = \"a\""));
        let told = difference(&first, &second);
        let ipc = told.iter().find(|differs| differs.key == "ipc").unwrap();
        assert_eq!((ipc.first.as_str(), ipc.second.as_str()), ("1", "10"));
        assert!(told.iter().any(|differs| differs.key == "condense.outer_steps"));
        assert!(!told.iter().any(|differs| differs.key == "name"));
        assert_eq!(difference(&first, &first), []);
    }

    #[test]
    fn the_brief_text_means_the_same_and_is_brief() {
        let texts = PRESETS.iter().map(|preset| preset.text).chain([
            "name = \"x\"\nseed = 3\n[continual]\ntasks = \"svhn mnist\"\n[data]\nset = \"svhn\"",
            "network.architecture = \"resnet18-ap\"\ndata.set = \"cifar10\"\ncontinual.order = 9",
            "method = \"ld\"\nipc = 10\n[data]\nset = \"mnist\"\n[network]\narchitecture = \"convnet\"",
        ]);
        for typed in texts {
            let meant = spec(typed);
            let text = brief(&meant);
            assert_eq!(spec(&text), meant, "{text}");
            assert!(text.lines().count() < 30, "{text}");
            assert!(!says_everything(&text) && says_everything(&meant.to_toml()));
        }
        assert_eq!(
            brief(&spec("ipc = 1\nseed = 4\n[condense]\nimage_lr = 0.5")),
            "method = \"dsa\"\nipc = 1\nseed = 4\n\n[data]\nset = \"mnist-5k\"\n\n[condense]\nimage_lr = 0.5\n"
        );
    }
}
