//! The hosts: since when each is reached or not, and what its machine was busy with in the last ten minutes.
//!
//! What the daemon of a host tells of runs stands in the model's other parts.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::{Link, picture_budget::PictureBudget};
use crate::{data::Listing, machine::Figures, queue::HostName, wire::message::DeviceSlots};

/// How far back figures are kept.
pub const REACH: SignedDuration = SignedDuration::from_mins(10);
/// Figures come every two seconds; of a machine that tells more often, so many are kept.
const MOST_SAMPLES: usize = 600;

/// True for a driver that does a graphics card's work on the processor, which is slow and taken only when it is
/// asked for by name.
pub fn is_software(device: &DeviceSlots) -> bool {
    device.device == "software"
}

/// A machine that runs happen on.
#[derive(Debug)]
pub struct HostModel {
    /// Which.
    pub host: HostName,
    /// What the machine calls itself, once it has told.
    pub machine: String,
    /// The way to its daemon.
    pub link: Link,
    /// Its devices.
    pub devices: Vec<DeviceSlots>,
    /// Its data sets, once it has told.
    pub sets: Option<Vec<Listing>>,
    /// Since when it is reached, or not.
    pub since: Option<Timestamp>,
    /// Its figures and when they came, by the clock of this machine; the newest at the end.
    samples: VecDeque<(Timestamp, Figures)>,
    /// Whether it tells its figures now.
    pub is_watched: bool,
    /// What pictures may cost on the way from there.
    pub picture_budget: PictureBudget,
}

/// All hosts, which of them is at hand, and how far their screen is scrolled.
#[derive(Debug)]
pub struct HostsModel {
    /// At least one.
    pub all: Vec<HostModel>,
    /// The one, by its place, that new runs go to and whose studies, figures and log are shown.
    place: usize,
    /// New runs go to the host that suits them best, and studies are of all hosts together.
    all_at_hand: bool,
    /// The first row that is shown.
    pub offset: usize,
}

impl Default for HostsModel {
    fn default() -> Self {
        Self::new([HostName::HERE])
    }
}

impl HostsModel {
    /// Hosts of which nothing is known yet; the first is at hand.
    pub fn new(hosts: impl IntoIterator<Item = HostName>) -> Self {
        Self {
            all: hosts.into_iter().map(HostModel::new).collect(),
            place: 0,
            all_at_hand: false,
            offset: 0,
        }
    }

    /// Whether there is more than one.
    pub const fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// One of them.
    pub fn get(&self, host: HostName) -> Option<&HostModel> {
        self.all.iter().find(|known| known.host == host)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, host: HostName) -> Option<&mut HostModel> {
        self.all.iter_mut().find(|known| known.host == host)
    }

    /// The host at hand.
    pub fn at_hand(&self) -> Option<&HostModel> {
        self.all.get(self.place)
    }

    /// The same by its name.
    pub fn name_at_hand(&self) -> HostName {
        self.at_hand().map_or(HostName::HERE, |host| host.host)
    }

    /// Whether the host at hand is another machine that is not reached, which may want to know who asks.
    pub fn wants_login(&self) -> bool {
        self.at_hand().is_some_and(|host| !host.host.is_here() && !host.is_connected())
    }

    /// Whether all hosts are at hand together. Figures and logs are those of the first then.
    pub const fn are_all_at_hand(&self) -> bool {
        self.all_at_hand
    }

    /// What is at hand, in a word.
    pub fn word_at_hand(&self) -> &'static str {
        if self.all_at_hand { "any host" } else { self.name_at_hand().word() }
    }

    /// The next host is at hand, and behind the last one all together, unless one has to be shown.
    pub const fn turn(&mut self, shows_one: bool) {
        let was_last = self.place + 1 >= self.all.len();
        let had_all = self.all_at_hand;
        self.all_at_hand = was_last && !had_all && !shows_one;
        self.place = if was_last || (had_all && !shows_one) { 0 } else { self.place + 1 };
        self.offset = 0;
    }

    /// Whether the daemon of a host answers.
    pub fn is_connected(&self, host: HostName) -> bool {
        self.get(host).is_some_and(HostModel::is_connected)
    }
}

impl HostModel {
    /// A host of which nothing is known yet.
    const fn new(host: HostName) -> Self {
        Self {
            host,
            machine: String::new(),
            link: Link::Connecting,
            devices: Vec::new(),
            sets: None,
            since: None,
            samples: VecDeque::new(),
            is_watched: false,
            picture_budget: PictureBudget::new(),
        }
    }

    /// Whether its daemon answers.
    pub const fn is_connected(&self) -> bool {
        matches!(self.link, Link::Connected(_))
    }

    /// How it is called: by the name that it was given, or by that of its machine.
    pub fn name(&self) -> &str {
        if self.host.is_here() && !self.machine.is_empty() {
            &self.machine
        } else {
            self.host.word()
        }
    }

    /// Takes in figures that came now.
    pub fn take(&mut self, figures: Figures, now: Timestamp) {
        self.samples.push_back((now, figures));
        let is_old = |sample: &(Timestamp, Figures)| now.duration_since(sample.0) > REACH;
        while self.samples.front().is_some_and(is_old) || self.samples.len() > MOST_SAMPLES {
            self.samples.pop_front();
        }
    }

    /// The newest figures and when they came.
    pub fn newest(&self) -> Option<&(Timestamp, Figures)> {
        self.samples.back()
    }

    /// A figure over the last ten minutes in so many columns, the newest at the right. Each has the highest value
    /// that falls into it, or the one before where none does for a moment.
    pub fn columns(
        &self,
        columns: usize,
        now: Timestamp,
        figure: impl Fn(&Figures) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let millis = (REACH.as_millis() as i64 / columns.max(1) as i64).max(1);
        // Columns stand still while their values come, and all move on together.
        let place = |at: Timestamp| at.as_millisecond().div_euclid(millis);
        let last = place(now);
        let mut shown: Vec<Option<f64>> = vec![None; columns];
        for (at, figures) in &self.samples {
            let back = last - place(*at);
            let Some(index) =
                usize::try_from(back).ok().and_then(|back| columns.checked_sub(back + 1))
            else {
                continue;
            };
            if let (Some(column), Some(value)) = (shown.get_mut(index), figure(figures)) {
                *column = Some(column.map_or(value, |known| known.max(value)));
            }
        }
        // So many columns may lie between two figures.
        let patience = (5000 / millis) as usize;
        let mut before: Option<(usize, f64)> = None;
        for (index, column) in shown.iter_mut().enumerate() {
            match (*column, before) {
                (Some(value), _) => before = Some((index, value)),
                (None, Some((at, value))) if index - at <= patience => *column = Some(value),
                (None, _) => {}
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + secs).unwrap()
    }

    fn busy(share: f64) -> Figures {
        Figures { busy: share, ..Figures::default() }
    }

    #[test]
    fn behind_the_last_host_all_are_at_hand() {
        let names = ["", "near", "far"].map(HostName::new);
        let mut hosts = HostsModel::new(names);
        let mut words = Vec::new();
        for _ in 0..5 {
            words.push(hosts.word_at_hand());
            hosts.turn(false);
        }
        assert_eq!(words, ["here", "near", "far", "any host", "here"]);
        // Where one is shown, each comes in turn.
        let mut hosts = HostsModel::new(names);
        (0..3).for_each(|_| hosts.turn(false));
        let mut words = Vec::new();
        for _ in 0..4 {
            hosts.turn(true);
            words.push(hosts.word_at_hand());
        }
        assert_eq!(words, ["near", "far", "here", "near"]);
    }

    #[test]
    fn old_figures_are_forgotten() {
        let mut host = HostModel::new(HostName::HERE);
        (0..2000).for_each(|step| host.take(busy(0.5), at(step * 2)));
        assert!(host.samples.len() <= 301, "{}", host.samples.len());
        (0..2000).for_each(|_| host.take(busy(0.5), at(5000)));
        assert!(host.samples.len() <= MOST_SAMPLES);
    }

    #[test]
    fn columns_have_the_highest_value_and_no_holes_between_two_figures() {
        let mut host = HostModel::new(HostName::HERE);
        for step in 0..30 {
            host.take(busy(if step == 10 { 0.9 } else { 0.2 }), at(540 + step * 2));
        }
        let figure = |figures: &Figures| Some(figures.busy);
        let few = host.columns(10, at(599), figure);
        assert_eq!(few.iter().filter(|value| value.is_some()).count(), 2, "{few:?}");
        assert!(few.contains(&Some(0.9)));
        // More columns than figures.
        let many = host.columns(600, at(599), figure);
        assert_eq!(many.iter().filter(|value| value.is_some()).count(), 60);
        // After a while without any, the right end is empty.
        let later = host.columns(10, at(760), figure);
        assert_eq!(later.last(), Some(&None));
        assert!(host.columns(0, at(599), figure).is_empty());
    }
}
