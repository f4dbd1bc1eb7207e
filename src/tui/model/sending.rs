//! Data sets of this machine that other hosts lack: the question before they are sent, and how far they are.

use super::Model;
use crate::{
    data::Listing,
    queue::HostName,
    spec::Spec,
    tui::figures::{bytes, count},
    wire::message::Wish,
};

/// A data set that a host lacks and this machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacked {
    /// Its name.
    pub set: String,
    /// About how many bytes it has.
    pub bytes: u64,
}

/// The data sets that some runs need and a host lacks, as far as this machine has them.
pub fn lacked<'a>(
    model: &'a Model,
    host: HostName,
    runs: impl IntoIterator<Item = &'a Spec>,
) -> Vec<Lacked> {
    let there = model.hosts.get(host).and_then(|known| known.sets.as_ref());
    let own = model.hosts.get(HostName::HERE).and_then(|known| known.sets.as_ref());
    let (Some(there), Some(own), false) = (there, own, host.is_here()) else { return Vec::new() };
    let usable = |sets: &'a [Listing], name: &str| {
        sets.iter().find(|set| set.name == name && set.is_usable())
    };
    let mut lacked: Vec<Lacked> = Vec::new();
    for run in runs {
        let name = &run.data.set;
        let is_new = run.data.path.is_empty() && lacked.iter().all(|known| known.set != *name);
        if is_new
            && usable(there, name).is_none()
            && let Some(set) = usable(own, name)
        {
            let pixels: usize = set.shape.iter().product();
            let bytes = (set.train + set.test) as u64 * pixels as u64;
            lacked.push(Lacked { set: set.name.clone(), bytes });
        }
    }
    lacked
}

/// What is done once the data sets are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Then {
    /// What is wished of the host.
    pub wishes: Vec<Wish>,
    /// Whether they are runs that are compared with each other.
    pub compares: bool,
}

/// The question whether to send them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendQuestion {
    /// The host.
    pub host: HostName,
    /// What it lacks.
    pub lacked: Vec<Lacked>,
    /// What is done afterwards.
    pub then: Then,
}

impl SendQuestion {
    /// The question itself.
    pub fn asked(&self) -> String {
        let them = if self.lacked.len() == 1 { "it" } else { "them" };
        format!("{} Send {them} from here?", sentence(self.host, &self.lacked))
    }

    /// What a yes leads to.
    pub fn consequence(&self) -> String {
        let runs = count(self.then.wishes.len() as u64, "run");
        let follows = if self.then.wishes.len() == 1 { "follows" } else { "follow" };
        format!(
            "In parts over ssh, by checksum, and gone on with after a break. {runs} {follows} when all is there."
        )
    }
}

/// That a host lacks them.
pub fn sentence(host: HostName, lacked: &[Lacked]) -> String {
    let sets: Vec<String> = lacked
        .iter()
        .map(|lacked| format!("{} (about {})", lacked.set, bytes(lacked.bytes)))
        .collect();
    let (noun, are) = if sets.len() == 1 { ("data set", "is") } else { ("data sets", "are") };
    format!("{host} lacks the {noun} {}, which {are} here.", sets.join(", "))
}

/// Data sets on their way to a host, the first of them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// The host.
    pub host: HostName,
    /// What is left to be sent.
    pub sets: Vec<String>,
    /// What is done afterwards.
    pub then: Then,
}

/// What is told of a data set on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendNews {
    /// So many bytes are there, of so many.
    There {
        /// Bytes there.
        bytes: u64,
        /// Of all.
        of: u64,
    },
    /// It is there; what the host says.
    Done(String),
    /// It is not, for this reason.
    Failed(String),
}
