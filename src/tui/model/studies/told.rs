//! What several hosts have told of their runs, where a table is of all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{queue::HostName, wire::message::FilledStudy};

/// What was told of one study, or of all in brief.
#[derive(Debug, Default)]
pub struct Told {
    /// The study; none for all.
    only: Option<String>,
    /// By host. What one told counts until it tells anew, though it may be out of reach meanwhile.
    by_host: BTreeMap<HostName, Vec<FilledStudy>>,
    /// Those whose answers are missing.
    awaited: BTreeSet<HostName>,
    /// Why hosts are not counted.
    left_out: BTreeMap<HostName, String>,
}

impl Told {
    /// These hosts are asked.
    pub fn begin(&mut self, only: Option<&str>, hosts: &[HostName]) {
        if self.only.as_deref() != only {
            *self = Self { only: only.map(str::to_owned), ..Self::default() };
        }
        self.awaited = hosts.iter().copied().collect();
    }

    /// A host has answered. True when that was the last one.
    pub fn take(&mut self, host: HostName, studies: Vec<FilledStudy>) -> bool {
        self.left_out.remove(&host);
        self.by_host.insert(host, studies);
        self.is_last(host)
    }

    /// A host does not tell, or is lost. True when all others have answered.
    pub fn leave_out(&mut self, host: HostName, why: Option<String>) -> bool {
        if let Some(why) = why {
            self.by_host.remove(&host);
            self.left_out.insert(host, why);
        }
        self.is_last(host)
    }

    fn is_last(&mut self, host: HostName) -> bool {
        self.awaited.remove(&host) && self.awaited.is_empty()
    }

    /// The study that it is of; none for all.
    pub fn only(&self) -> Option<&str> {
        self.only.as_deref()
    }

    /// All of it; none where nothing has been told.
    pub fn all(&self) -> Option<Vec<FilledStudy>> {
        (!self.by_host.is_empty()).then(|| self.by_host.values().flatten().cloned().collect())
    }

    /// Why hosts are not counted, a sentence for each.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.values().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(name: &str) -> Vec<FilledStudy> {
        vec![FilledStudy { name: name.to_owned(), fault: String::new(), filled: Vec::new() }]
    }

    #[test]
    fn it_is_whole_when_all_have_answered_or_are_lost() {
        let [here, near, far] = [HostName::HERE, HostName::new("near"), HostName::new("far")];
        let mut told = Told::default();
        assert_eq!(told.all(), None);
        told.begin(Some("a"), &[here, near, far]);
        assert!(!told.take(here, study("a")));
        assert!(!told.leave_out(far, Some("far is old".to_owned())));
        assert!(told.leave_out(near, None));
        assert_eq!(told.all().map(|all| all.len()), Some(1));
        assert_eq!(told.left_out().collect::<Vec<_>>(), ["far is old"]);
        // The next time it answers.
        told.begin(Some("a"), &[near]);
        assert!(told.take(near, study("a")));
        assert!(!told.leave_out(near, None), "it was not awaited");
        assert_eq!(told.all().map(|all| all.len()), Some(2), "what was told before counts");
        told.begin(None, &[here]);
        assert_eq!((told.all(), told.only()), (None, None));
    }
}
