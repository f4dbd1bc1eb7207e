//! `executor` and `[slurm]` of `config.toml`: how workers are started, and what a Slurm job asks for.
//!
//! The daemon reads them when it starts. Nothing here may become anything else than one value of one option of
//! `sbatch`: no quotes, no spaces, no second line. Only `lines` is shell text, and that is the user's own.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value};

use super::{DeviceUse, item_fault, setting::kind_of};
use crate::spec::{Fault, fault::nearest};

/// The keys of the file that are read here.
pub const KEYS: [&str; 2] = ["executor", "slurm"];
/// The variable of the environment that goes before `executor`.
const VARIABLE: &str = "STILLROOM_EXECUTOR";

/// How workers are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Executor {
    /// As processes of the daemon's machine.
    #[default]
    Local,
    /// As jobs of Slurm.
    Slurm,
}

impl Executor {
    /// Its word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Slurm => "slurm",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Local, Self::Slurm].into_iter().find(|known| known.word() == word)
    }
}

/// What a job asks for. What is empty or 0 is left to Slurm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlurmTable {
    /// The partition.
    pub partition: String,
    /// Who is charged.
    pub account: String,
    /// The quality of service.
    pub qos: String,
    /// The reservation.
    pub reservation: String,
    /// The time limit, as Slurm writes it.
    pub time: String,
    /// So many seconds before the limit the worker is warned.
    pub warning: u64,
    /// Memory of the node, such as `16G`.
    pub memory: String,
    /// Processors.
    pub cpus: u64,
    /// GPUs: a number, or a kind and a number.
    pub gpus: String,
    /// Other generic resources.
    pub gres: String,
    /// Features that the node must have.
    pub constraint: String,
    /// Nodes that are not taken.
    pub exclude: String,
    /// Modules that are loaded first.
    pub modules: Vec<String>,
    /// Lines of the script before the worker starts: `#SBATCH` lines, and lines for its shell.
    pub lines: Vec<String>,
    /// What reads the script.
    pub shell: String,
    /// The program on the nodes; empty for the one that the daemon is.
    pub program: String,
    /// Jobs of ours that Slurm has at a time, at most.
    pub jobs: u64,
}

impl Default for SlurmTable {
    fn default() -> Self {
        let text = String::new;
        Self {
            partition: text(),
            account: text(),
            qos: text(),
            reservation: text(),
            time: text(),
            warning: 180,
            memory: text(),
            cpus: 0,
            gpus: text(),
            gres: text(),
            constraint: text(),
            exclude: text(),
            modules: Vec::new(),
            lines: Vec::new(),
            shell: "/bin/bash -l".to_owned(),
            program: text(),
            jobs: 100,
        }
    }
}

/// How workers are started, and what is wrong with what says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Starting {
    /// The way.
    pub executor: Executor,
    /// What jobs ask for.
    pub slurm: SlurmTable,
    /// What devices of this machine are used for, by their names: one run at a time where nothing is said.
    pub slots: BTreeMap<String, DeviceUse>,
    /// What is wrong with the way and with what jobs ask for.
    pub faults: Vec<Fault>,
}

impl Starting {
    /// What the text of the file and the environment of `get` say. A text that is no TOML says nothing: that is
    /// told by those who read the rest of it.
    pub fn read(source: &str, text: &str, get: &impl Fn(&str) -> Option<String>) -> Self {
        let mut starting = Self::default();
        if let Ok(document) = Document::parse(text) {
            let mut reader = Reader { source, text, faults: Vec::new() };
            if let Some(item) = document.get("executor") {
                let chosen = item.as_str().and_then(Executor::of);
                starting.executor = chosen.unwrap_or_else(|| {
                    let word = item.as_value().map_or_else(|| "is a table".to_owned(), kind_of);
                    reader.fault("executor", item, word, "local, slurm");
                    Executor::default()
                });
            }
            match document.get("slurm").map(|item| (item, item.as_table_like())) {
                None => {}
                Some((_, Some(table))) => starting.slurm = reader.table(table),
                Some((item, None)) => {
                    reader.fault("slurm", item, "is no table", "[slurm] and keys below it");
                }
            }
            starting.faults = reader.faults;
        }
        if let Some(word) = get(VARIABLE).filter(|word| !word.is_empty()) {
            match Executor::of(&word) {
                Some(executor) => starting.executor = executor,
                None => starting.faults.push(Fault::new(
                    "the environment",
                    VARIABLE,
                    format!("`{word}` is not known"),
                    "local, slurm",
                )),
            }
        }
        starting
    }
}

/// What a value can be.
#[derive(Clone, Copy)]
enum Kind {
    /// One value of an option.
    Word,
    /// A time limit.
    Time,
    /// An amount of memory.
    Memory,
    /// A number or a kind and a number.
    Gpus,
    /// The path of a program, and for a shell what it is called with.
    Path,
}

impl Kind {
    const fn allowed(self) -> &'static str {
        match self {
            Self::Word => "letters, digits and any of .,:;_+-=/@%&|!*()[]",
            Self::Time => {
                "minutes, MINUTES:SECONDS, HOURS:MINUTES:SECONDS, DAYS-HOURS, DAYS-HOURS:MINUTES or \
                 DAYS-HOURS:MINUTES:SECONDS"
            }
            Self::Memory => "a number and K, M, G or T, such as \"16G\"",
            Self::Gpus => "a number, or a kind and a number, such as \"a100:1\"",
            Self::Path => "an absolute path",
        }
    }

    fn allows(self, text: &str) -> bool {
        let number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Word => is_word(text),
            Self::Time => seconds(text).is_some_and(|secs| secs > 0),
            Self::Memory => number(text.strip_suffix(['K', 'M', 'G', 'T']).unwrap_or(text)),
            Self::Gpus => is_word(text) && number(text.rsplit(':').next().unwrap_or_default()),
            Self::Path => text.starts_with('/') && !text.contains(char::is_control),
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".,:;_+-=/@%&|!*()[]".contains(c))
}

/// A time limit of Slurm in seconds.
pub fn seconds(text: &str) -> Option<u64> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.len() < 9 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, text),
    };
    let parts = rest.split(':').map(number).collect::<Option<Vec<u64>>>()?;
    let secs = match (days, parts.as_slice()) {
        (None, [minutes]) => minutes * 60,
        (None, [minutes, seconds]) => minutes * 60 + seconds,
        (_, [hours, minutes, seconds]) => hours * 3600 + minutes * 60 + seconds,
        (Some(_), [hours]) => hours * 3600,
        (Some(_), [hours, minutes]) => hours * 3600 + minutes * 60,
        _ => return None,
    };
    Some(days.unwrap_or(0) * 86400 + secs)
}

/// Options in `lines` that would take a job away from those who watch it.
const OUR_OPTIONS: [&str; 11] = [
    "--array",
    "-a",
    "--job-name",
    "-J",
    "--comment",
    "--signal",
    "--requeue",
    "--no-requeue",
    "--output",
    "-o",
    "--open-mode",
];

struct Reader<'a> {
    source: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(
        &mut self,
        key: &str,
        item: &Item,
        problem: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.faults.push(item_fault(self.source, self.text, item, key, problem, allowed));
    }

    fn table(&mut self, table: &dyn TableLike) -> SlurmTable {
        let mut read = SlurmTable::default();
        for (key, item) in table.iter() {
            let full = format!("slurm.{key}");
            let word = match key {
                "partition" => Some((&mut read.partition, Kind::Word)),
                "account" => Some((&mut read.account, Kind::Word)),
                "qos" => Some((&mut read.qos, Kind::Word)),
                "reservation" => Some((&mut read.reservation, Kind::Word)),
                "constraint" => Some((&mut read.constraint, Kind::Word)),
                "exclude" => Some((&mut read.exclude, Kind::Word)),
                "gres" => Some((&mut read.gres, Kind::Word)),
                "gpus" => Some((&mut read.gpus, Kind::Gpus)),
                "time" => Some((&mut read.time, Kind::Time)),
                "memory" => Some((&mut read.memory, Kind::Memory)),
                "shell" => Some((&mut read.shell, Kind::Path)),
                "program" => Some((&mut read.program, Kind::Path)),
                _ => None,
            };
            if let Some((target, kind)) = word {
                if let Some(text) = self.word(&full, item, kind) {
                    *target = text;
                }
                continue;
            }
            match key {
                "warning" => self.number(&full, item, 1..=65_535, &mut read.warning),
                "cpus" => self.number(&full, item, 1..=65_535, &mut read.cpus),
                "jobs" => self.number(&full, item, 1..=100_000, &mut read.jobs),
                "modules" => read.modules = self.list(&full, item, is_word, Kind::Word.allowed()),
                "lines" => {
                    let allowed =
                        "one line each, and none of the options that Stillroom sets itself";
                    read.lines = self.list(&full, item, is_line, allowed);
                }
                _ => self.unknown(key, item),
            }
        }
        let limit = seconds(&read.time).filter(|_| !read.time.is_empty());
        if let Some(limit) = limit.filter(|limit| *limit <= read.warning) {
            let item = table.get("warning").or_else(|| table.get("time"));
            let problem = format!("{} s leave nothing of a limit of {limit} s", read.warning);
            if let Some(item) = item {
                self.fault("slurm.warning", item, problem, "less than `time`");
            }
        }
        read
    }

    fn word(&mut self, key: &str, item: &Item, kind: Kind) -> Option<String> {
        let text = match item.as_value() {
            Some(Value::String(text)) => text.value().clone(),
            // Slurm takes a bare number for minutes, megabytes and GPUs.
            Some(Value::Integer(number))
                if matches!(kind, Kind::Time | Kind::Memory | Kind::Gpus) =>
            {
                number.value().to_string()
            }
            _ => {
                self.fault(key, item, wrong(item), kind.allowed());
                return None;
            }
        };
        if kind.allows(&text) {
            return Some(text);
        }
        self.fault(key, item, wrong(item), kind.allowed());
        None
    }

    fn number(
        &mut self,
        key: &str,
        item: &Item,
        range: std::ops::RangeInclusive<u64>,
        target: &mut u64,
    ) {
        let number = item.as_integer().and_then(|number| u64::try_from(number).ok());
        if let Some(number) = number.filter(|number| range.contains(number)) {
            *target = number;
        } else {
            let (low, high) = (range.start(), range.end());
            let allowed = format!("a whole number from {low} to {high}");
            self.fault(key, item, wrong(item), allowed);
        }
    }

    fn list(
        &mut self,
        key: &str,
        item: &Item,
        allows: impl Fn(&str) -> bool,
        allowed: &str,
    ) -> Vec<String> {
        let mut list = Vec::new();
        let Some(values) = item.as_array() else {
            self.fault(key, item, wrong(item), format!("a list; {allowed}"));
            return list;
        };
        for value in values {
            if let Some(text) = value.as_str().filter(|text| allows(text)) {
                list.push(text.to_owned());
            } else {
                let shown = value.as_str().map(|text| format!("{text:?}"));
                let shown = shown.unwrap_or_else(|| value.to_string().trim().to_owned());
                let problem = format!("{shown} cannot stand here");
                self.fault(key, item, problem, allowed);
            }
        }
        list
    }

    fn unknown(&mut self, key: &str, item: &Item) {
        const OWN: [&str; 17] = [
            "partition",
            "account",
            "qos",
            "reservation",
            "time",
            "warning",
            "memory",
            "cpus",
            "gpus",
            "gres",
            "constraint",
            "exclude",
            "modules",
            "lines",
            "shell",
            "program",
            "jobs",
        ];
        let name = format!("slurm.{key}");
        let fault = item_fault(self.source, self.text, item, &name, "unknown key", "");
        self.faults.push(Fault { nearest: nearest(key, OWN), ..fault });
    }
}

/// What stands there instead, on one line.
fn wrong(item: &Item) -> String {
    match item.as_value() {
        Some(Value::String(text)) => format!("{:?} is a string", text.value()),
        Some(value) => kind_of(value),
        None => "is a table".to_owned(),
    }
}

fn is_line(text: &str) -> bool {
    let is_option = text.starts_with("#SBATCH");
    let mut words = text.split(|c: char| c.is_whitespace() || c == '=');
    let is_ours = is_option && words.any(|word| OUR_OPTIONS.contains(&word));
    !is_ours && !text.contains(|c: char| c.is_control() && c != '\t')
}

#[cfg(test)]
mod tests;
