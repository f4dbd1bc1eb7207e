//! `[slots]` of `config.toml`: how many runs a device of this machine takes at a time, where that is not one, and how
//! much memory it has for them, where that is not what it tells itself.

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use super::item_fault;
use crate::spec::{DeviceChoice, Fault, memory::bytes_of};

/// The most runs at a time on one device.
const MOST: u64 = 64;
/// The most memory of one device, in GiB.
const MOST_MEMORY: f64 = 1e6;

/// What a device of this machine is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceUse {
    /// Runs at a time; 0 where it is not used at all.
    pub runs: u64,
    /// Bytes of memory that runs may declare of it, where that is said.
    pub memory_bytes: Option<u64>,
}

impl Default for DeviceUse {
    fn default() -> Self {
        Self { runs: 1, memory_bytes: None }
    }
}

/// What devices are used for, by their names in the words of a spec. What is wrong is left out and told.
pub fn read(source: &str, text: &str) -> (BTreeMap<String, DeviceUse>, Vec<Fault>) {
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
        match device_use(item) {
            Ok(used) => {
                slots.insert(known.to_string(), used);
            }
            Err(Wrong { key: inner, item, problem, allowed }) => {
                let key = if inner.is_empty() { key } else { format!("{key}.{inner}") };
                faults.push(fault(item, &key, problem, &allowed));
            }
        }
    }
    (slots, faults)
}

/// What is wrong with what is said of a device.
struct Wrong<'a> {
    /// The key below the device; empty for the device itself.
    key: &'a str,
    item: &'a Item,
    problem: &'static str,
    allowed: String,
}

impl<'a> Wrong<'a> {
    const fn out_of_range(key: &'a str, item: &'a Item, allowed: String) -> Self {
        Self { key, item, problem: "is out of range", allowed }
    }
}

/// A number of runs, or a table with that and the memory.
fn device_use(item: &Item) -> Result<DeviceUse, Wrong<'_>> {
    let numbers = format!("a whole number from 0 to {MOST}");
    let Some(table) = item.as_table_like() else {
        let or = "or a table such as { runs = 2, memory = 24 }";
        let wrong = || Wrong::out_of_range("", item, format!("{numbers}, {or}"));
        return Ok(DeviceUse { runs: runs(item).ok_or_else(wrong)?, memory_bytes: None });
    };
    let mut used = DeviceUse::default();
    for (key, item) in table.iter() {
        match key {
            "runs" => {
                let wrong = || Wrong::out_of_range(key, item, numbers.clone());
                used.runs = runs(item).ok_or_else(wrong)?;
            }
            "memory" => {
                let allowed = || format!("GiB, a number from 0 to {MOST_MEMORY}");
                let wrong = || Wrong::out_of_range(key, item, allowed());
                used.memory_bytes = Some(memory(item).ok_or_else(wrong)?);
            }
            _ => {
                let allowed = "runs, memory".to_owned();
                return Err(Wrong { key, item, problem: "is an unknown key", allowed });
            }
        }
    }
    Ok(used)
}

fn runs(item: &Item) -> Option<u64> {
    u64::try_from(item.as_integer()?).ok().filter(|runs| *runs <= MOST)
}

/// Bytes of what is said in GiB.
fn memory(item: &Item) -> Option<u64> {
    let said = item.as_float().or_else(|| item.as_integer().map(|whole| whole as f64))?;
    (0.0..=MOST_MEMORY).contains(&said).then(|| bytes_of(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn used(runs: u64, memory_bytes: Option<u64>) -> DeviceUse {
        DeviceUse { runs, memory_bytes }
    }

    #[test]
    fn devices_take_as_many_runs_as_is_said_and_none_where_that_is_said() {
        let (slots, faults) =
            read("config.toml", "[slots]\ncpu = 2\n\"gpu:1\" = 3\n\"gpu:2\" = 0\n");
        assert_eq!(faults, []);
        let expected = [("cpu", 2), ("gpu:1", 3), ("gpu:2", 0)];
        let expected = expected.map(|(device, runs)| (device.to_owned(), used(runs, None)));
        assert_eq!(slots, expected.into());
        assert!(read("config.toml", "").0.is_empty());
    }

    #[test]
    fn memory_is_said_beside_the_runs_or_alone() {
        let text = "[slots]\n\"gpu:0\" = { runs = 2, memory = 24 }\ncpu = { memory = 1.5 }\n\
                    [slots.\"gpu:1\"]\nruns = 0\n";
        let (slots, faults) = read("config.toml", text);
        assert_eq!(faults, []);
        let expected = [
            ("cpu".to_owned(), used(1, Some(3 * GIB / 2))),
            ("gpu:0".to_owned(), used(2, Some(24 * GIB))),
            ("gpu:1".to_owned(), used(0, None)),
        ];
        assert_eq!(slots, expected.into());
    }

    #[test]
    fn faults_name_line_and_key() {
        let text = "[slots]\nauto = 2\ncpu = -1\n\"gpu:x\" = 1\nsoftware = \"two\"\n\
                    \"gpu:0\" = { runs = 65 }\n\"gpu:1\" = { memory = -2 }\n\"gpu:2\" = { slots = 1 }\n";
        let (slots, faults) = read("config.toml", text);
        assert!(slots.is_empty());
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let number = "is out of range; allowed: a whole number from 0 to 64";
        let or = ", or a table such as { runs = 2, memory = 24 }";
        assert_eq!(
            told,
            [
                "config.toml, line 2, `slots.auto`: is no device; allowed: cpu, \"gpu:0\", software",
                &format!("config.toml, line 3, `slots.cpu`: {number}{or}"),
                "config.toml, line 4, `slots.gpu:x`: is no device; allowed: cpu, \"gpu:0\", software",
                &format!("config.toml, line 5, `slots.software`: {number}{or}"),
                &format!("config.toml, line 6, `slots.gpu:0.runs`: {number}"),
                "config.toml, line 7, `slots.gpu:1.memory`: is out of range; allowed: GiB, a number from 0 to 1000000",
                "config.toml, line 8, `slots.gpu:2.slots`: is an unknown key; allowed: runs, memory",
            ]
        );
        assert_eq!(read("c", "slots = 3\n").1.len(), 1);
    }

    #[test]
    fn the_embedded_file_shows_every_form() {
        let shown = crate::config::DEFAULT_SETTINGS.lines().skip_while(|line| *line != "#[slots]");
        let shown = shown.take_while(|line| !line.is_empty());
        let text: String = shown.flat_map(|line| [line.trim_start_matches('#'), "\n"]).collect();
        let (slots, faults) = read("default", &text);
        assert_eq!(faults, []);
        let expected = [
            ("cpu".to_owned(), used(2, None)),
            ("gpu:0".to_owned(), used(2, Some(24 * GIB))),
            ("gpu:1".to_owned(), used(0, None)),
        ];
        assert_eq!(slots, expected.into());
    }
}
