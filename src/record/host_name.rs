//! Which machine: the one that a program is at, or another by its name.
//!
//! A program knows a few hosts for its life, so a name is kept once and handed around as a small copy.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

/// A host's name; empty for the machine that the program is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct HostName(&'static str);

/// The names that were given.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl HostName {
    /// The machine that the program is at.
    pub const HERE: Self = Self("");

    /// The host of this name.
    pub fn new(name: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names.get(name).copied();
        Self(known.unwrap_or_else(|| {
            let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
            names.insert(kept);
            kept
        }))
    }

    /// True for the machine that the program is at.
    pub const fn is_here(self) -> bool {
        self.0.is_empty()
    }

    /// The name as lists and filters show it.
    pub const fn word(self) -> &'static str {
        if self.is_here() { "here" } else { self.0 }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_host_however_often_it_is_given() {
        let first = HostName::new("box");
        assert_eq!(first, HostName::new(&String::from("box")));
        assert!(std::ptr::eq(first.0, HostName::new("box").0));
        assert_eq!((first.to_string(), HostName::HERE.to_string()), ("box".into(), "here".into()));
        assert_eq!(HostName::new(""), HostName::HERE);
        assert!(HostName::HERE < first);
    }
}
