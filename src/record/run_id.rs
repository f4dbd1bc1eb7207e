//! A run by its number, and by its host where a program works with several.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::host_name::HostName;

/// A run: its number, given once and never again in one data directory, and, for a program that works with
/// several, whose data directory it is. On the wire and on disk stands the number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId {
    /// The host.
    pub host: HostName,
    /// The number there.
    pub number: u64,
}

impl RunId {
    /// The run of this number on this machine.
    pub const fn new(number: u64) -> Self {
        Self { host: HostName::HERE, number }
    }

    /// The run of the same number at a host.
    #[must_use]
    pub const fn at(self, host: HostName) -> Self {
        Self { host, number: self.number }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.is_here() {
            self.number.fmt(f)
        } else {
            write!(f, "{}:{}", self.host, self.number)
        }
    }
}

/// A text that names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a run is a number, as `ls` shows it, or HOST:NUMBER")]
pub struct NoRun;

impl FromStr for RunId {
    type Err = NoRun;

    fn from_str(text: &str) -> Result<Self, NoRun> {
        let (host, number) = match text.rsplit_once(':') {
            Some(("", _)) => return Err(NoRun),
            Some(("here", number)) => (HostName::HERE, number),
            Some((host, number)) => (HostName::new(host), number),
            None => (HostName::HERE, text),
        };
        // `+7` would be a number too.
        if !number.bytes().all(|sign| sign.is_ascii_digit()) {
            return Err(NoRun);
        }
        number.parse().map(|number| Self { host, number }).map_err(|_| NoRun)
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::new)
    }
}

/// Runs in what is printed for scripts: by their numbers, and those of other hosts as `HOST:NUMBER`. For fields, by
/// `#[serde(with)]`.
pub mod named {
    use super::{Deserialize, Deserializer, RunId, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Name {
        Number(u64),
        Text(String),
    }

    impl Name {
        fn of(run: RunId) -> Self {
            if run.host.is_here() { Self::Number(run.number) } else { Self::Text(run.to_string()) }
        }

        fn run<E: serde::de::Error>(&self) -> Result<RunId, E> {
            match self {
                Self::Number(number) => Ok(RunId::new(*number)),
                Self::Text(text) => text.parse().map_err(E::custom),
            }
        }
    }

    /// Writes one.
    pub fn serialize<S: Serializer>(run: &RunId, serializer: S) -> Result<S::Ok, S::Error> {
        Name::of(*run).serialize(serializer)
    }

    /// Reads one.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RunId, D::Error> {
        Name::deserialize(deserializer)?.run()
    }

    /// The same for several.
    pub mod several {
        use super::{Deserialize, Deserializer, Name, RunId, Serialize, Serializer};

        /// Writes them.
        pub fn serialize<S: Serializer>(runs: &[RunId], serializer: S) -> Result<S::Ok, S::Error> {
            runs.iter().map(|run| Name::of(*run)).collect::<Vec<_>>().serialize(serializer)
        }

        /// Reads them.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<RunId>, D::Error> {
            Vec::<Name>::deserialize(deserializer)?.iter().map(Name::run).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_its_number_and_its_host() {
        let run = RunId::new(7).at(HostName::new("box"));
        assert_eq!((run.to_string(), "box:7".parse()), ("box:7".to_owned(), Ok(run)));
        assert_eq!("here:7".parse(), Ok(RunId::new(7)));
        assert_eq!(RunId::new(7).to_string().parse(), Ok(RunId::new(7)));
        assert_eq!("me@box:7".parse(), Ok(RunId::new(7).at(HostName::new("me@box"))));
        for bad in ["", ":7", "box:", "box", "-1", "+1", "7.5", "box:x"] {
            assert_eq!(bad.parse::<RunId>(), Err(NoRun), "{bad}");
        }
    }

    #[test]
    fn the_number_alone_is_written() {
        let run = RunId::new(7).at(HostName::new("box"));
        assert_eq!(serde_json::to_string(&run).unwrap(), "7");
        assert_eq!(serde_json::from_str::<RunId>("7").unwrap(), RunId::new(7));
    }

    #[test]
    fn where_it_counts_the_host_is_written_too() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Told {
            #[serde(with = "named")]
            one: RunId,
            #[serde(with = "named::several")]
            all: Vec<RunId>,
        }
        let there = RunId::new(7).at(HostName::new("box"));
        let told = Told { one: there, all: vec![RunId::new(3), there] };
        let text = serde_json::to_string(&told).unwrap();
        assert_eq!(text, r#"{"one":"box:7","all":[3,"box:7"]}"#);
        assert_eq!(serde_json::from_str::<Told>(&text).unwrap(), told);
        assert!(serde_json::from_str::<Told>(r#"{"one":"box","all":[]}"#).is_err());
    }
}
