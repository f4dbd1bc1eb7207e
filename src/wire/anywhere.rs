//! Which of several hosts a run shall go to: one with a free slot on a device that the run can have, which has its data
//! set, and where little waits.

use tokio::task::JoinSet;

use super::{
    client::{Client, ClientError},
    message::{Answer, DeviceSlots, Wish},
    ssh::Prompts,
    ssh_sharing::Sharing,
    target::Target,
};
use crate::{
    data::Listing,
    queue::{HostName, RunState, RunSummary},
    spec::{
        DataSpec, DeviceChoice, Spec,
        memory::{Gibibytes, bytes_of},
    },
};

/// What a host has.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its devices.
    pub devices: Vec<DeviceSlots>,
    /// Its data sets.
    pub sets: Vec<Listing>,
    /// Runs that wait there.
    pub waiting: usize,
}

/// Why a host is not the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It has no such device.
    NoDevice,
    /// None of those devices has as much memory as the run declares.
    NoMemory,
    /// It lacks the data set.
    NoData,
}

/// How well a run fits; lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Free hardware GPUs come before busy ones, and a free processor between both.
    class: u8,
    /// Runs that wait, in thousandths of one for each slot.
    load: usize,
}

impl Offer {
    fn has(&self, data: &DataSpec) -> bool {
        let is_it = |set: &Listing| set.name == data.set && set.is_usable();
        !data.path.is_empty() || self.sets.iter().any(is_it)
    }

    /// The places of the devices that a run can have. `auto` means the processor only where no GPU is there or used.
    fn fitting(&self, run: &Spec) -> Result<Vec<usize>, Unfit> {
        let has_gpu = self.devices.iter().any(is_gpu);
        let fits = |known: &DeviceSlots| match &run.device {
            _ if known.is_cluster() => true,
            DeviceChoice::Auto if has_gpu => is_gpu(known),
            DeviceChoice::Auto => known.device == "cpu",
            wish => known.device == wish.to_string(),
        };
        let devices = self.devices.iter().enumerate();
        let wished: Vec<(usize, &DeviceSlots)> =
            devices.filter(|(_, known)| known.is_used() && fits(known)).collect();
        if wished.is_empty() {
            return Err(Unfit::NoDevice);
        }
        let memory = bytes_of(run.memory);
        let is_enough = |known: &DeviceSlots| known.memory.is_none_or(|own| memory <= own);
        let enough = wished.into_iter().filter(|(_, known)| is_enough(known));
        let places: Vec<usize> = enough.map(|(place, _)| place).collect();
        if places.is_empty() { Err(Unfit::NoMemory) } else { Ok(places) }
    }

    fn rank(&self, run: &Spec) -> Result<Rank, Unfit> {
        if !self.has(&run.data) {
            return Err(Unfit::NoData);
        }
        let places = self.fitting(run)?;
        let fitting = || places.iter().map(|place| &self.devices[*place]);
        // Where runs wait already, a slot that looks free is theirs.
        let is_free = fitting().any(|known| has_room(known, run)) && self.waiting == 0;
        let class = match (fitting().any(is_gpu), is_free) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
        };
        let slots: u64 = fitting().map(|known| known.slots).sum();
        Ok(Rank { class, load: 1000 * self.waiting / slots.max(1) as usize })
    }

    /// Counts a run that goes there.
    fn take(&mut self, run: &Spec) {
        let places = self.fitting(run).unwrap_or_default().into_iter();
        let free = places.filter(|place| has_room(&self.devices[*place], run));
        match free.min_by_key(|place| self.devices[*place].running) {
            Some(place) if self.waiting == 0 => {
                let device = &mut self.devices[place];
                device.running += 1;
                device.declared = device.declared.saturating_add(bytes_of(run.memory));
            }
            _ => self.waiting += 1,
        }
    }
}

fn is_gpu(known: &DeviceSlots) -> bool {
    known.is_used() && known.device.starts_with("gpu:")
}

/// Whether a device has a slot and as much memory for a run now.
fn has_room(known: &DeviceSlots, run: &Spec) -> bool {
    let undeclared = known.memory.map_or(u64::MAX, |memory| memory.saturating_sub(known.declared));
    known.running < known.slots && bytes_of(run.memory) <= undeclared
}

/// A host and what it has, or a sentence about why that is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which.
    pub host: HostName,
    /// What it has.
    pub offer: Result<Offer, String>,
}

/// Asks all hosts at once what they have; they come back in the order in which they were given.
pub async fn ask(targets: &[Target], prompts: Prompts) -> Vec<Candidate> {
    let mut asking = JoinSet::new();
    for (place, target) in targets.iter().cloned().enumerate() {
        asking.spawn(async move {
            let offer = offer_at(&target, prompts).await.map_err(|error| error.to_string());
            (place, Candidate { host: target.host(), offer })
        });
    }
    let mut asked: Vec<(usize, Candidate)> = asking.join_all().await;
    asked.sort_by_key(|asked| asked.0);
    asked.into_iter().map(|asked| asked.1).collect()
}

async fn offer_at(target: &Target, prompts: Prompts) -> Result<Offer, ClientError> {
    offer(&mut target.connect(prompts, Sharing::Allowed).await?).await
}

/// Asks a host what it has.
pub async fn offer(client: &mut Client) -> Result<Offer, ClientError> {
    let mut offer = Offer { devices: Vec::new(), sets: Vec::new(), waiting: 0 };
    for wish in [Wish::Devices, Wish::DataSets, Wish::List] {
        match client.ask(wish).await? {
            Answer::Devices { devices } => offer.devices = devices,
            Answer::DataSets { sets } => offer.sets = sets,
            Answer::Runs { runs } => offer.waiting = runs.iter().filter(|run| waits(run)).count(),
            _ => {}
        }
    }
    Ok(offer)
}

/// Whether a run waits for a slot.
pub fn waits(run: &RunSummary) -> bool {
    matches!(run.state, RunState::Queued { .. })
}

/// The best of them for a run, by its place; why each is not, line by line, where none is.
pub fn best(asked: &[Candidate], run: &Spec) -> Result<usize, String> {
    let mut reasons = Vec::new();
    let mut ranked = Vec::new();
    for (place, Candidate { host, offer }) in asked.iter().enumerate() {
        match offer.as_ref().map(|offer| offer.rank(run)) {
            Ok(Ok(rank)) => ranked.push((rank, place)),
            Ok(Err(Unfit::NoDevice)) => {
                reasons.push(format!("{host} has no device {}", run.device));
            }
            Ok(Err(Unfit::NoMemory)) => reasons.push(format!(
                "{host} has no device for {} with {}",
                run.device,
                Gibibytes(bytes_of(run.memory))
            )),
            Ok(Err(Unfit::NoData)) => {
                reasons.push(format!("{host} lacks the data set {}", run.data.set));
            }
            Err(error) => reasons.push(error.clone()),
        }
    }
    ranked.into_iter().min().map(|best| best.1).ok_or_else(|| reasons.join("\n"))
}

/// A host for each of several runs, as if each had been added before the next; or why there is none. So many after
/// each other are to be compared and go `together`.
pub fn spread(
    mut asked: Vec<Candidate>,
    runs: &[Spec],
    together: usize,
) -> Vec<Result<HostName, String>> {
    let mut places = Vec::with_capacity(runs.len());
    for group in runs.chunks(together.max(1)) {
        let best = group.first().map_or_else(|| Err(String::new()), |run| best(&asked, run));
        for run in group {
            places.push(best.clone().map(|best| {
                if let Ok(offer) = &mut asked[best].offer {
                    offer.take(run);
                }
                asked[best].host
            }));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::State,
        queue::CLUSTER,
        spec::{Method, defaults::published},
    };

    fn offer(devices: &[(&str, u64, u64)], sets: &[&str], waiting: usize) -> Offer {
        let devices = devices.iter().map(|&(device, slots, running)| DeviceSlots {
            device: device.to_owned(),
            name: String::new(),
            slots,
            running,
            ..DeviceSlots::default()
        });
        let sets = sets.iter().map(|name| Listing {
            name: (*name).to_owned(),
            title: String::new(),
            shape: [1, 28, 28],
            classes: 10,
            train: 1,
            test: 1,
            licence: String::new(),
            state: State::Present,
            path: None,
        });
        Offer { devices: devices.collect(), sets: sets.collect(), waiting }
    }

    fn run(device: &str) -> Spec {
        Spec { device: device.parse().unwrap(), ..published(Method::Dsa, "mnist", 1) }
    }

    fn candidates(offers: &[Offer]) -> Vec<Candidate> {
        let names = ["a", "b", "c"].map(HostName::new);
        let all = offers.iter().zip(names);
        all.map(|(offer, host)| Candidate { host, offer: Ok(offer.clone()) }).collect()
    }

    fn chosen(offers: &[Offer], device: &str) -> Result<usize, String> {
        best(&candidates(offers), &run(device))
    }

    #[test]
    fn a_free_gpu_goes_before_a_free_processor_and_that_before_a_busy_gpu() {
        let mnist = &["mnist"][..];
        let cpu = offer(&[("cpu", 1, 0)], mnist, 0);
        let busy = offer(&[("gpu:0", 1, 1), ("cpu", 1, 0)], mnist, 0);
        let free = offer(&[("gpu:0", 1, 1), ("gpu:1", 1, 0), ("cpu", 1, 0)], mnist, 0);
        assert_eq!(chosen(&[cpu.clone(), busy.clone(), free.clone()], "auto"), Ok(2));
        assert_eq!(chosen(&[busy.clone(), cpu.clone()], "auto"), Ok(1));
        // Where runs wait already, a slot that looks free is theirs.
        let queue = Offer { waiting: 3, ..free };
        // Three that wait for two slots are fewer than two for one.
        let alike = Offer { waiting: 2, ..busy.clone() };
        assert_eq!(chosen(&[alike, queue.clone()], "auto"), Ok(1));
        let shorter = Offer { waiting: 1, ..busy };
        assert_eq!(chosen(&[queue.clone(), cpu], "auto"), Ok(1));
        assert_eq!(chosen(&[queue, shorter], "auto"), Ok(1));
    }

    #[test]
    fn a_cluster_has_a_device_for_whatever_is_wished() {
        let mnist = &["mnist"][..];
        let cluster = offer(&[(CLUSTER, 100, 3)], mnist, 0);
        let busy = offer(&[("gpu:0", 1, 1)], mnist, 0);
        let free = offer(&[("gpu:0", 1, 0)], mnist, 0);
        assert_eq!(chosen(&[busy.clone(), cluster.clone()], "gpu:0"), Ok(1));
        assert_eq!(chosen(&[cluster, free], "auto"), Ok(1), "one that is free at once goes first");
        let full = offer(&[(CLUSTER, 100, 100)], mnist, 0);
        assert_eq!(chosen(&[full, busy], "auto"), Ok(1));
    }

    #[test]
    fn a_device_that_is_not_used_is_none() {
        let mnist = &["mnist"][..];
        let spared = offer(&[("gpu:0", 0, 0), ("cpu", 1, 0)], mnist, 0);
        let busy = offer(&[("gpu:0", 1, 1), ("cpu", 1, 0)], mnist, 0);
        assert_eq!(chosen(&[spared.clone(), busy], "gpu:0"), Ok(1));
        assert_eq!(spared.rank(&run("auto")), Ok(Rank { class: 1, load: 0 }));
        assert_eq!(chosen(&[spared], "gpu:0").unwrap_err(), "a has no device gpu:0");
    }

    #[test]
    fn a_host_without_device_or_data_is_none_and_it_is_said_why() {
        let cpu = offer(&[("cpu", 1, 0)], &["mnist"], 0);
        let empty = offer(&[("gpu:0", 1, 0), ("cpu", 1, 0)], &[], 0);
        assert_eq!(chosen(&[empty.clone(), cpu.clone()], "auto"), Ok(1));
        assert_eq!(
            chosen(&[empty, cpu], "gpu:0").unwrap_err(),
            "a lacks the data set mnist\nb has no device gpu:0"
        );
        let lost = Err("c cannot be reached: no route".to_owned());
        let asked = [Candidate { host: HostName::new("c"), offer: lost }];
        assert_eq!(best(&asked, &run("auto")).unwrap_err(), "c cannot be reached: no route");
    }

    #[test]
    fn several_runs_are_spread_as_each_host_takes_them() {
        let mnist = &["mnist"][..];
        let hosts = |offers: &[Offer], count: usize| {
            let runs = vec![run("auto"); count];
            let placed = spread(candidates(offers), &runs, 1).into_iter();
            placed.map(|host| host.unwrap().to_string()).collect::<String>()
        };
        let two = offer(&[("gpu:0", 1, 0), ("gpu:1", 1, 0), ("cpu", 1, 0)], mnist, 0);
        let one = offer(&[("gpu:0", 1, 0)], mnist, 0);
        let cpu = offer(&[("cpu", 1, 0)], mnist, 0);
        // Free GPUs, the free processor, and then two for the box with two for each of the box with one.
        assert_eq!(hosts(&[two.clone(), one.clone(), cpu.clone()], 10), "aabcabaaba");
        let pairs = spread(candidates(&[one.clone(), cpu.clone()]), &vec![run("auto"); 6], 2);
        let pairs: String = pairs.into_iter().map(|host| host.unwrap().to_string()).collect();
        assert_eq!(pairs, "aabbaa");
        let empty = offer(&[("gpu:0", 1, 0)], &[], 0);
        assert_eq!(hosts(&[empty, cpu.clone()], 3), "bbb");
        let small = DeviceSlots { memory: Some(8 << 30), ..two.devices[0].clone() };
        let small = Offer { devices: vec![small], ..two.clone() };
        let declares = |memory| Spec { memory, ..run("auto") };
        let large = spread(candidates(&[small.clone(), cpu.clone()]), &[declares(12.0)], 1);
        assert_eq!(large[0], Ok(HostName::new("b")), "its memory is not known");
        let unfit = spread(candidates(std::slice::from_ref(&small)), &[declares(12.0)], 1);
        assert_eq!(unfit[0], Err("a has no device for auto with 12 GiB".to_owned()));
        let two_slots = DeviceSlots { slots: 2, ..small.devices[0].clone() };
        let shared = Offer { devices: vec![two_slots], ..small };
        let both = |memory| {
            let runs = vec![declares(memory); 2];
            let placed = spread(candidates(&[shared.clone(), cpu.clone()]), &runs, 1).into_iter();
            placed.map(|host| host.unwrap().to_string()).collect::<String>()
        };
        assert_eq!((both(4.0), both(5.0)), ("aa".to_owned(), "ab".to_owned()));
        let unfit = spread(candidates(&[two]), &[run("gpu:7"), run("gpu:1")], 1);
        assert_eq!(unfit[0], Err("a has no device gpu:7".to_owned()));
        assert_eq!(unfit[1], Ok(HostName::new("a")));
    }
}
