//! The key map as the commented file that comes with the program (`configs/keys.toml`), made from the table.

use std::fmt::Write;

use super::{Keymap, is_global, overrides::GLOBAL};
use crate::tui::action::{ACTIONS, Action, Context, Entry};

const HEAD: &str = "\
# Keys of Stillroom, each with its default.
#
# Copy the lines that you want to change into keys.toml in the configuration directory (`stillroom config
# path` names it), take the # away, and leave the rest out. A line in [global] counts wherever its action
# works; one in another section counts there alone and goes first. An action has one key or a list of keys;
# [] takes its keys away. The help (?) shows the keys that count and where they come from.
#
# A key is a character such as \"p\", \"G\" or \"?\", or one of space, enter, esc, tab, backspace, delete,
# insert, up, down, left, right, home, end, page-up, page-down, f1 to f12, with ctrl-, alt- or shift- before
# it: \"ctrl-x\", \"alt-j\", \"shift-tab\". ctrl-c always leaves.
";

/// The text of the file.
pub fn default_file() -> String {
    let map = Keymap::default();
    let mut text = HEAD.to_owned();
    let global = ACTIONS.iter().filter(|entry| is_global(entry));
    section(&mut text, GLOBAL, global.collect());
    for context in Context::ALL {
        let rows = map.bindings(context).iter().map(|row| row.entry);
        let own = rows.filter(|entry| !is_global(entry));
        section(&mut text, &context.to_string(), own.collect());
    }
    text
}

fn section(text: &mut String, name: &str, mut rows: Vec<&Entry>) {
    rows.retain(|entry| entry.action != Action::Panic);
    // Writing into a string cannot fail.
    let _ = write!(text, "\n[{name}]\n");
    let mut written = Vec::new();
    for entry in &rows {
        if written.contains(&entry.action) {
            continue;
        }
        written.push(entry.action);
        let same = || rows.iter().filter(|other| other.action == entry.action);
        let keys: Vec<String> = same()
            .flat_map(|entry| entry.keys)
            .map(|key| {
                format!("\"{}\"", key.to_string().replace('\\', "\\\\").replace('"', "\\\""))
            })
            .collect();
        let said = same().map(|entry| if entry.help.is_empty() { entry.hint } else { entry.help });
        let said = said.max_by_key(|said| said.len()).unwrap_or_default();
        if !said.is_empty() {
            let _ = writeln!(text, "# {said}");
        }
        let _ = writeln!(text, "#{} = [{}]", entry.action, keys.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_KEYS, keys_file};

    /// With `STILLROOM_WRITE_CONFIGS=1` the test writes the file instead.
    #[test]
    fn the_embedded_file_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/keys.toml");
        if std::env::var_os("STILLROOM_WRITE_CONFIGS").is_some() {
            std::fs::write(path, default_file()).unwrap();
        } else {
            let advice = "STILLROOM_WRITE_CONFIGS=1 cargo test --lib the_embedded_file writes it";
            assert!(DEFAULT_KEYS == default_file(), "configs/keys.toml is not the table; {advice}");
        }
    }

    #[test]
    fn the_file_without_its_signs_is_the_map_without_a_fault() {
        let bare: String = default_file()
            .lines()
            .map(|line| {
                line.strip_prefix('#').filter(|line| !line.starts_with(' ')).unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let (lines, faults) = keys_file::read("default", &bare);
        assert_eq!(faults, []);
        assert!(lines.len() > 40);
        let (map, faults) = Keymap::new(&lines);
        assert_eq!(faults, []);
        for context in Context::ALL {
            for row in Keymap::default().bindings(context) {
                for key in &row.keys {
                    assert_eq!(
                        map.action(context, *key),
                        Some(row.entry.action),
                        "{key} {context}"
                    );
                }
            }
        }
    }
}
