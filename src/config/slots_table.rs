//! `[slots]` of `config.toml`: how many runs a device of this machine takes at a time, where that is not one.

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use super::item_fault;
use crate::spec::{DeviceChoice, Fault};

/// The most runs at a time on one device.
const MOST: u64 = 64;

/// Runs at a time by device, in the words of a spec. What is wrong is left out and told.
pub fn read(source: &str, text: &str) -> (BTreeMap<String, u64>, Vec<Fault>) {
    let (mut slots, mut faults) = (BTreeMap::new(), Vec::new());
    // What is no TOML is told by whoever reads the settings.
    let Ok(document) = Document::parse(text) else { return (slots, faults) };
    let Some(item) = document.get("slots") else { return (slots, faults) };
    let fault = |item: &Item, key: &str, problem: &str, allowed: &str| {
        item_fault(source, text, item, key, problem, allowed)
    };
    let Some(table) = item.as_table_like() else {
        faults.push(fault(item, "slots", "is no table", "[slots] and devices below it"));
        return (slots, faults);
    };
    for (device, item) in table.iter() {
        let key = format!("slots.{device}");
        let known =
            device.parse::<DeviceChoice>().ok().filter(|known| *known != DeviceChoice::Auto);
        let Some(known) = known else {
            faults.push(fault(item, &key, "is no device", "cpu, \"gpu:0\", software"));
            continue;
        };
        let count = item.as_integer().and_then(|count| u64::try_from(count).ok());
        if let Some(count @ 1..=MOST) = count {
            slots.insert(known.to_string(), count);
        } else {
            let allowed = format!("a whole number from 1 to {MOST}");
            faults.push(fault(item, &key, "is out of range", &allowed));
        }
    }
    (slots, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_take_as_many_runs_as_is_said() {
        let (slots, faults) = read("config.toml", "[slots]\ncpu = 2\n\"gpu:1\" = 3\n");
        assert_eq!(faults, []);
        assert_eq!(slots, [("cpu".to_owned(), 2), ("gpu:1".to_owned(), 3)].into());
        assert!(read("config.toml", "").0.is_empty());
    }

    #[test]
    fn faults_name_line_and_key() {
        let text = "[slots]\nauto = 2\ncpu = 0\n\"gpu:x\" = 1\nsoftware = \"two\"\n";
        let (slots, faults) = read("config.toml", text);
        assert!(slots.is_empty());
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "config.toml, line 2, `slots.auto`: is no device; allowed: cpu, \"gpu:0\", software",
                "config.toml, line 3, `slots.cpu`: is out of range; allowed: a whole number from 1 to 64",
                "config.toml, line 4, `slots.gpu:x`: is no device; allowed: cpu, \"gpu:0\", software",
                "config.toml, line 5, `slots.software`: is out of range; allowed: a whole number from 1 to 64",
            ]
        );
        assert_eq!(read("c", "slots = 3\n").1.len(), 1);
    }

    #[test]
    fn the_embedded_file_shows_some() {
        let shown = crate::config::DEFAULT_SETTINGS.lines().skip_while(|line| *line != "#[slots]");
        let shown = shown.take_while(|line| !line.is_empty());
        let text: String = shown.flat_map(|line| [line.trim_start_matches('#'), "\n"]).collect();
        let (slots, faults) = read("default", &text);
        assert_eq!((slots.len(), faults.len()), (2, 0));
    }
}
