//! Lays the user's keys over the table, and reports what cannot be.
//!
//! A line for one context goes before a line for all of them (`[global]`). Where two lines give one key to
//! two actions, the later one is told and does not count. A line goes before the table: an action that
//! loses a key to it is told too, unless the user gives that action keys of its own. `ctrl-c` always leaves.

use std::{collections::HashMap, fmt};

use super::Binding;
use crate::{
    config::KeyLine,
    spec::{Fault, fault::nearest},
    tui::{
        action::{ACTIONS, Action, Context},
        key::{self, Key},
    },
};

/// The section whose lines count in every context.
pub const GLOBAL: &str = "global";

/// The key that leaves wherever one is.
const RESERVED: Key = Key::control('c');

/// Where keys come from: a file and the line in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    file: String,
    line: Option<usize>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file);
        match self.line {
            Some(line) => write!(f, "{name}:{line}"),
            None => f.write_str(name),
        }
    }
}

/// A line whose words all mean something.
struct Rule<'a> {
    line: &'a KeyLine,
    /// The one context; `None` for all.
    only: Option<Context>,
    action: Action,
    keys: Vec<Key>,
}

/// Changes the rows of every context, and tells what is wrong with the lines.
pub fn lay_over(contexts: &mut [(Context, Vec<Binding>)], lines: &[KeyLine]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let rules: Vec<Rule<'_>> = lines.iter().filter_map(|line| rule(line, &mut faults)).collect();
    for (context, rows) in contexts {
        for fault in in_context(*context, rows, &rules) {
            // The same line says the same in each context that it counts in.
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults.sort_by(|a, b| (&a.source, a.line).cmp(&(&b.source, b.line)));
    faults
}

fn rule<'a>(line: &'a KeyLine, faults: &mut Vec<Fault>) -> Option<Rule<'a>> {
    let names = Context::ALL.map(|context| context.to_string());
    let known = || names.iter().map(String::as_str).chain([GLOBAL]);
    let only = match Context::of_name(&line.context) {
        Some(context) => Some(context),
        None if line.context == GLOBAL => None,
        None => {
            let nearest = nearest(&line.context, known());
            let allowed = known().collect::<Vec<_>>().join(", ");
            faults.push(Fault { nearest, ..line.fault("there is no such section", allowed) });
            return None;
        }
    };
    let here = |action: Action| {
        let mut rows = ACTIONS.iter().filter(|entry| entry.action == action);
        rows.any(|entry| only.is_none_or(|only| entry.contexts.contains(&only)))
    };
    let action = Action::of_name(&line.action).filter(|action| *action != Action::Panic);
    let Some(action) = action.filter(|action| here(*action)) else {
        let problem = match action {
            Some(_) => format!("does nothing in [{}]", line.context),
            None => "there is no such action".to_owned(),
        };
        let words: Vec<String> = ACTIONS
            .iter()
            .map(|entry| entry.action)
            .filter(|action| *action != Action::Panic && here(*action))
            .map(|action| action.to_string())
            .collect();
        let nearest = nearest(&line.action, words.iter().map(String::as_str));
        faults.push(Fault { nearest, ..line.fault(problem, "") });
        return None;
    };
    let mut keys = Vec::new();
    for name in &line.keys {
        match name.parse::<Key>() {
            Ok(RESERVED) if action == Action::Quit => {}
            Ok(RESERVED) => faults.push(line.fault("`ctrl-c` always leaves", "")),
            Ok(typed) if only.is_some_and(Context::takes_text) && typed.typed().is_some() => {
                let problem = format!("`{name}` is text here");
                faults.push(line.fault(problem, "a key that types nothing"));
            }
            Ok(key) => keys.push(key),
            Err(problem) => faults.push(line.fault(problem, key::ALLOWED)),
        }
    }
    // A line of nothing but mistakes leaves the action its keys.
    (!keys.is_empty() || line.keys.is_empty()).then_some(Rule { line, only, action, keys })
}

fn in_context(context: Context, rows: &mut [Binding], rules: &[Rule<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut taken: HashMap<Key, &Rule<'_>> = HashMap::new();
    let of = |action: Action| {
        let mut own = rules.iter().filter(|rule| rule.action == action);
        let all = own.clone().find(|rule| rule.only.is_none());
        own.find(|rule| rule.only == Some(context)).or(all)
    };
    // What is only there to leave stays, whatever the lines say.
    let only_leaves = |row: &Binding| row.keys.iter().all(|key| *key == RESERVED);
    let has =
        |action: Action| rows.iter().any(|row| row.entry.action == action && !only_leaves(row));
    // In the order of the file, so that of two lines for one key the earlier one has it.
    let counting: Vec<&Rule<'_>> = rules
        .iter()
        .filter(|rule| has(rule.action) && of(rule.action).is_some_and(|of| of.line == rule.line))
        .collect();
    let mut kept: Vec<(&Rule<'_>, Vec<Key>)> = Vec::new();
    for rule in counting {
        let mut keys: Vec<Key> = Vec::new();
        for key in &rule.keys {
            if context.takes_text() && key.typed().is_some() {
                continue;
            }
            match taken.get(key) {
                Some(other) if other.action != rule.action => {
                    let line = other.line.line.map(|line| format!(" in line {line}"));
                    let problem = format!(
                        "`{key}` is taken by {}.{}{}",
                        other.line.context,
                        other.action,
                        line.unwrap_or_default()
                    );
                    faults.push(rule.line.fault(problem, ""));
                }
                Some(_) => {}
                None => {
                    taken.insert(*key, rule);
                    keys.push(*key);
                }
            }
        }
        kept.push((rule, keys));
    }
    for row in rows.iter_mut() {
        if only_leaves(row) {
            continue;
        }
        let action = row.entry.action;
        if let Some(place) = kept.iter().position(|(rule, _)| rule.action == action) {
            // The first row of an action has its keys; further ones go.
            let (rule, keys) = &mut kept[place];
            row.keys = std::mem::take(keys);
            row.source = Some(Source { file: rule.line.source.clone(), line: rule.line.line });
            continue;
        }
        row.keys.retain(|key| match taken.get(key) {
            // It is there for tests and no user's business.
            Some(_) if action == Action::Panic => false,
            Some(rule) => {
                let problem = format!("`{key}` is the key of {action} too, which loses it");
                let allowed = format!("another key, or keys for {action} as well");
                faults.push(rule.line.fault(problem, allowed));
                false
            }
            None => true,
        });
    }
    faults
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;
    use crate::{
        config::keys_file,
        tui::{keymap::Keymap, look::Look},
    };

    fn read(text: &str) -> (Keymap, Vec<String>) {
        let (lines, faults) = keys_file::read("/home/me/keys.toml", text);
        assert_eq!(faults, []);
        let (map, faults) = Keymap::new(&lines);
        let faults = faults.iter().map(|fault| fault.to_string().replace("/home/me/", ""));
        (map, faults.collect())
    }

    #[test]
    fn keys_of_the_user_take_the_place_of_those_of_the_table() {
        let (map, faults) = read("[queue]\npause = [\"P\", \"f5\"]\n[global]\nhelp = \"f2\"\n");
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(map.action(Context::Queue, Key::char('P')), Some(Action::Pause));
        assert_eq!(map.action(Context::Queue, Key::char('p')), None);
        assert_eq!(map.action(Context::Run, Key::char('p')), Some(Action::Pause));
        assert_eq!(map.action(Context::Run, Key::char('?')), None);
        assert_eq!(map.action(Context::Run, "f2".parse().unwrap()), Some(Action::Help));
        let symbols = Look::bare(false, false).symbols();
        assert_eq!(map.key(Context::Queue, Action::Pause, symbols).unwrap(), "P");
        let row = map.bindings(Context::Queue).iter().find(|row| row.source.is_some()).unwrap();
        assert_eq!(row.source.as_ref().unwrap().to_string(), "keys.toml:2");
    }

    #[test]
    fn of_two_lines_for_one_key_the_later_is_told_and_does_not_count() {
        let (map, faults) = read("[queue]\npause = \"x\"\nstop = [\"x\", \"S\"]\n");
        assert_eq!(
            faults,
            ["keys.toml, line 3, `queue.stop`: `x` is taken by queue.pause in line 2"]
        );
        assert_eq!(map.action(Context::Queue, Key::char('x')), Some(Action::Pause));
        assert_eq!(map.action(Context::Queue, Key::char('S')), Some(Action::Stop));
    }

    #[test]
    fn an_action_that_loses_its_key_to_a_line_is_told_unless_it_has_its_own() {
        let (map, faults) = read("[queue]\npause = \"s\"\n");
        assert_eq!(
            faults,
            ["keys.toml, line 2, `queue.pause`: `s` is the key of stop too, which loses it; \
              allowed: another key, or keys for stop as well"]
        );
        assert_eq!(map.action(Context::Queue, Key::char('s')), Some(Action::Pause));
        let (map, faults) = read("[queue]\npause = \"s\"\nstop = \"p\"\n");
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(map.action(Context::Queue, Key::char('p')), Some(Action::Stop));
        let (_, faults) = read("[queue]\npause = \"s\"\nstop = []\n");
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn a_line_for_one_context_goes_before_one_for_all() {
        let (map, faults) = read("[global]\npause = \"P\"\n[run]\npause = \"%\"\n");
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(map.action(Context::Queue, Key::char('P')), Some(Action::Pause));
        assert_eq!(map.action(Context::Run, Key::char('%')), Some(Action::Pause));
        assert_eq!(map.action(Context::Run, Key::char('P')), None);
    }

    #[test]
    fn a_conflict_in_many_contexts_is_one_fault() {
        let (_, faults) = read("[global]\nquit = \"V\"\nhelp = \"V\"\n");
        assert_eq!(
            faults,
            ["keys.toml, line 3, `global.help`: `V` is taken by global.quit in line 2"]
        );
    }

    #[test]
    fn words_that_mean_nothing_are_told_with_the_nearest_right_one() {
        let text = "[queue]\npaus = \"p\"\nlog-axis = \"L\"\npause = [\"ctrl-c\", \"hyper-x\"]\n[queu]\nstop = \"s\"\n";
        let (map, faults) = read(text);
        assert!(faults[0].starts_with(
            "keys.toml, line 2, `queue.paus`: there is no such action; did you mean `pause`?"
        ));
        assert!(
            faults[1].starts_with("keys.toml, line 3, `queue.log-axis`: does nothing in [queue]")
        );
        assert!(faults[2].contains("`ctrl-c` always leaves"));
        assert!(
            faults[3].contains("line 4, `queue.pause`: `hyper-x` is no key; allowed: a character")
        );
        assert!(
            faults[4].contains("there is no such section")
                && faults[4].ends_with("did you mean `queue`?")
        );
        assert_eq!(map.action(Context::Queue, Key::char('p')), Some(Action::Pause));
        assert_eq!(map.action(Context::Queue, RESERVED), Some(Action::Quit));
    }

    #[test]
    fn what_is_hidden_is_not_told() {
        let (map, faults) = read("[global]\nquit = \"f12\"\npanic = \"x\"\n");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("keys.toml, line 3, `global.panic`: there is no such action")
        );
        assert_eq!(map.action(Context::Queue, Key::plain(KeyCode::F(12))), Some(Action::Quit));
    }

    #[test]
    fn text_stays_text() {
        let (map, faults) = read("[global]\nup = \"u\"\n[palette]\ndown = \"d\"\n");
        assert_eq!(map.action(Context::Palette, Key::char('u')), None);
        assert_eq!(map.action(Context::Queue, Key::char('u')), Some(Action::Up));
        assert_eq!(map.action(Context::Palette, Key::char('d')), None);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("`d` is text here"), "{faults:?}");
    }

    #[test]
    fn a_changed_way_out_leaves_control_c() {
        let (map, faults) = read("[global]\nquit = \"ctrl-q\"\n");
        assert_eq!(faults, Vec::<String>::new());
        for context in Context::ALL {
            assert_eq!(map.action(context, RESERVED), Some(Action::Quit), "{context}");
        }
        assert_eq!(map.action(Context::Queue, Key::char('q')), None);
        assert_eq!(map.action(Context::Queue, Key::control('q')), Some(Action::Quit));
    }
}
