//! `[hosts.NAME]` of `config.toml`: machines that are reached through the user's own `ssh`.
//!
//! A name that stands in no table is one of the user's ssh configuration. What goes to `ssh` as a destination
//! is looked at here, because ssh hands it on to shells (`ProxyCommand`, `Match exec`).

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use super::item_fault;
use crate::spec::{Fault, fault::nearest};

/// A machine that is reached through ssh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteHost {
    /// What it is called here.
    pub name: String,
    /// What `ssh` is given: a name of its configuration, `USER@MACHINE` or `ssh://USER@MACHINE:PORT`.
    pub ssh: String,
    /// The data directory there; `None` for the one that the program takes by itself.
    pub data_dir: Option<String>,
    /// How the program is called there. `~/` at its beginning means the home directory.
    pub program: String,
    /// How many seconds nothing may come from there until the connection counts as broken.
    pub patience: u64,
}

/// A name or a destination that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; allowed: {allowed}")]
pub struct Unfit {
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub allowed: &'static str,
}

/// How the program is called on a host that says nothing else.
pub const PROGRAM: &str = "stillroom";
/// The keys of a table.
const KEYS: [&str; 4] = ["ssh", "data_dir", "program", "patience"];
/// The patience with a host that says nothing else.
pub const PATIENCE: u64 = 20;
/// What the patience may be, in words.
const PATIENCES: &str = "a whole number of seconds from 1 to 3600";
/// What a host's name may be made of, in words.
const NAMES: &str =
    "up to 40 letters, digits, `.`, `-` and `_`, the first a letter or digit; not `here` or `any`";
/// What a destination may be made of, in words.
const DESTINATIONS: &str =
    "a name of the ssh configuration, user@machine or ssh://user@machine:port";
/// What a text for the other side may be, in words.
const TEXTS: &str = "a text of one line that is not empty";
/// Names that mean something else where a host is named: this machine, and whichever has room.
const TAKEN: [&str; 2] = ["here", "any"];

impl RemoteHost {
    /// The host that ssh knows by this name.
    pub fn of_ssh(name: &str) -> Result<Self, Unfit> {
        check_destination(name)?;
        Ok(Self {
            name: name.to_owned(),
            ssh: name.to_owned(),
            data_dir: None,
            program: PROGRAM.to_owned(),
            patience: PATIENCE,
        })
    }

    /// The host of this name: that of a table, or what ssh knows by it.
    pub fn find(name: &str, tables: &BTreeMap<String, Self>) -> Result<Self, Unfit> {
        tables.get(name).cloned().map_or_else(|| Self::of_ssh(name), Ok)
    }
}

/// Whether a host may have this name.
pub fn check_name(name: &str) -> Result<(), Unfit> {
    let fits = (1..=40).contains(&name.len())
        && name.starts_with(|sign: char| sign.is_ascii_alphanumeric())
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-_".contains(sign))
        && !TAKEN.contains(&name);
    if fits { Ok(()) } else { Err(unfit(&format!("`{name}` is no name for a host"), NAMES)) }
}

/// Whether ssh may be given this. One that begins with `-` would be an option, and signs that mean something to
/// a shell must not reach those that ssh calls.
pub fn check_destination(text: &str) -> Result<(), Unfit> {
    let fits = (1..=255).contains(&text.len())
        && !text.starts_with('-')
        && text.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-_@:[]/+%".contains(sign));
    if fits {
        Ok(())
    } else {
        Err(unfit(&format!("`{text}` is no destination for ssh"), DESTINATIONS))
    }
}

fn check_text(text: &str) -> Result<(), Unfit> {
    let fits = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(unfit("is empty or has signs that are not text", TEXTS)) }
}

fn unfit(problem: &str, allowed: &'static str) -> Unfit {
    Unfit { problem: problem.to_owned(), allowed }
}

/// The hosts of a text that is TOML, by name. What is wrong is left out and told.
pub fn read(source: &str, text: &str) -> (BTreeMap<String, RemoteHost>, Vec<Fault>) {
    let (mut hosts, mut faults) = (BTreeMap::new(), Vec::new());
    // What is no TOML is told by whoever reads the settings.
    let Ok(document) = Document::parse(text) else { return (hosts, faults) };
    let Some(item) = document.get("hosts") else { return (hosts, faults) };
    let fault = |item: &Item, key: &str, unfit: Unfit| {
        item_fault(source, text, item, key, unfit.problem, unfit.allowed)
    };
    let Some(table) = item.as_table_like() else {
        faults.push(fault(item, "hosts", unfit("is no table", "[hosts.NAME]")));
        return (hosts, faults);
    };
    for (name, item) in table.iter() {
        let key = format!("hosts.{name}");
        if let Err(unfit) = check_name(name) {
            faults.push(fault(item, &key, unfit));
            continue;
        }
        let Some(table) = item.as_table_like() else {
            faults.push(fault(item, &key, unfit("is no table", "[hosts.NAME]")));
            continue;
        };
        let mut host = RemoteHost {
            name: name.to_owned(),
            ssh: name.to_owned(),
            data_dir: None,
            program: PROGRAM.to_owned(),
            patience: PATIENCE,
        };
        let before = faults.len();
        for (entry, item) in table.iter() {
            let key = format!("{key}.{entry}");
            if !KEYS.contains(&entry) {
                let unknown = fault(item, &key, unfit("unknown key", ""));
                faults.push(Fault { nearest: nearest(entry, KEYS), ..unknown });
                continue;
            }
            if entry == "patience" {
                match item.as_integer().and_then(|secs| u64::try_from(secs).ok()) {
                    Some(secs @ 1..=3600) => host.patience = secs,
                    _ => faults.push(fault(item, &key, unfit("is out of range", PATIENCES))),
                }
                continue;
            }
            let Some(value) = item.as_str() else {
                faults.push(fault(item, &key, unfit("is no text", TEXTS)));
                continue;
            };
            let check = if entry == "ssh" { check_destination } else { check_text };
            match check(value) {
                Err(unfit) => faults.push(fault(item, &key, unfit)),
                Ok(()) => match entry {
                    "ssh" => value.clone_into(&mut host.ssh),
                    "data_dir" => host.data_dir = Some(value.to_owned()),
                    _ => value.clone_into(&mut host.program),
                },
            }
        }
        if faults.len() == before {
            hosts.insert(name.to_owned(), host);
        }
    }
    (hosts, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_differs() {
        let text = "[hosts.lab]\nssh = \"me@gpu1.lab\"\ndata_dir = \"~/big disk\"\npatience = 90\n[hosts.box]\n";
        let (hosts, faults) = read("config.toml", text);
        assert_eq!(faults, []);
        assert_eq!(hosts["box"], RemoteHost::of_ssh("box").unwrap());
        assert_eq!((hosts["lab"].ssh.as_str(), hosts["lab"].patience), ("me@gpu1.lab", 90));
        assert_eq!(hosts["lab"].data_dir.as_deref(), Some("~/big disk"));
        assert_eq!(RemoteHost::find("lab", &hosts).unwrap(), hosts["lab"]);
        assert_eq!(RemoteHost::find("other", &hosts).unwrap().ssh, "other");
    }

    #[test]
    fn the_embedded_file_shows_a_host_with_every_key() {
        let shown =
            crate::config::DEFAULT_SETTINGS.lines().skip_while(|line| *line != "#[hosts.gpu1]");
        let text: String = shown.flat_map(|line| [line.trim_start_matches('#'), "\n"]).collect();
        let (hosts, faults) = read("default", &text);
        assert_eq!(faults, []);
        assert_eq!((hosts["gpu1"].ssh.as_str(), hosts["gpu1"].patience), ("me@gpu1.lab", PATIENCE));
        assert!(KEYS.iter().all(|key| text.contains(&format!("{key} = "))));
    }

    #[test]
    fn faults_name_line_and_key_and_spoil_one_host_alone() {
        let text = "[hosts.good]\n[hosts.bad]\nshh = \"x\"\nssh = 3\n[hosts.worse]\nssh = \"a; rm -rf /\"\n\
                    [hosts.any]\n[hosts]\nnone = 1\n[hosts.long]\nprogram = \"a\\nb\"\n";
        let (hosts, faults) = read("config.toml", text);
        assert_eq!(hosts.keys().collect::<Vec<_>>(), ["good"]);
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let starts = [
            "config.toml, line 3, `hosts.bad.shh`: unknown key; did you mean `ssh`?",
            "config.toml, line 4, `hosts.bad.ssh`: is no text",
            "config.toml, line 6, `hosts.worse.ssh`: `a; rm -rf /` is no destination for ssh; allowed: a name",
            "config.toml, line 7, `hosts.any`: `any` is no name for a host; allowed: up to 40 letters",
            "config.toml, line 9, `hosts.none`: is no table",
            "config.toml, line 11, `hosts.long.program`: is empty or has signs",
        ];
        assert_eq!(told.len(), starts.len(), "{told:#?}");
        for start in starts {
            assert!(told.iter().any(|text| text.starts_with(start)), "{start}: {told:#?}");
        }
    }

    #[test]
    fn a_destination_is_never_an_option_or_a_shells_business() {
        for good in ["box", "me@gpu1.lab.org", "ssh://me@[::1]:2222", "a_b-c.d", "fe80::1%eth0"] {
            assert_eq!(check_destination(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "-oProxyCommand=x",
            "a b",
            "a;b",
            "$(x)",
            "`x`",
            "a|b",
            "a&b",
            "a\nb",
            "'",
            "a\"",
            "é",
        ] {
            assert!(check_destination(bad).is_err(), "{bad}");
            assert!(RemoteHost::of_ssh(bad).is_err(), "{bad}");
        }
    }
}
