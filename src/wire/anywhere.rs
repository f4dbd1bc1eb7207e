//! Which of several hosts a run shall go to: one with a free slot on a device that the run can have, which has its data
//! set, and where little waits.

use tokio::task::JoinSet;

use super::{
    client::ClientError,
    message::{Answer, DeviceSlots, Wish},
    ssh::Prompts,
    ssh_sharing::Sharing,
    target::Target,
};
use crate::{
    data::{Listing, State},
    queue::{RunState, RunSummary},
    spec::{DataSpec, DeviceChoice},
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
    /// It lacks the data set.
    NoData,
}

impl Offer {
    /// How well a run fits: lower is better. Free hardware GPUs come before busy ones, and both before the processor,
    /// which `auto` takes only where there is no GPU.
    pub fn rank(&self, device: &DeviceChoice, data: &DataSpec) -> Result<(u8, usize), Unfit> {
        let usable = |set: &Listing| {
            set.name == data.set && matches!(set.state, State::Present | State::Embedded)
        };
        if data.path.is_empty() && !self.sets.iter().any(usable) {
            return Err(Unfit::NoData);
        }
        let is_gpu = |known: &&DeviceSlots| known.device.starts_with("gpu:");
        let has_gpu = self.devices.iter().any(|known| is_gpu(&known));
        let fits = |known: &&DeviceSlots| match device {
            DeviceChoice::Auto if has_gpu => is_gpu(known),
            DeviceChoice::Auto => known.device == "cpu",
            wish => known.device == wish.to_string(),
        };
        let fitting: Vec<&DeviceSlots> = self.devices.iter().filter(fits).collect();
        if fitting.is_empty() {
            return Err(Unfit::NoDevice);
        }
        let is_free = fitting.iter().any(|known| known.running < known.slots) && self.waiting == 0;
        let class = match (has_gpu && fitting.iter().any(is_gpu), is_free) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
        };
        Ok((class, self.waiting))
    }
}

/// A host that was asked.
#[derive(Debug)]
pub struct Asked {
    /// Which.
    pub target: Target,
    /// What it has, or why it does not say.
    pub offer: Result<Offer, ClientError>,
}

/// Asks all hosts at once what they have; they come back in the order in which they were given.
pub async fn ask(targets: &[Target], prompts: Prompts) -> Vec<Asked> {
    let mut asking = JoinSet::new();
    for (place, target) in targets.iter().cloned().enumerate() {
        asking.spawn(async move {
            let offer = offer(&target, prompts).await;
            (place, Asked { target, offer })
        });
    }
    let mut asked: Vec<(usize, Asked)> = asking.join_all().await;
    asked.sort_by_key(|asked| asked.0);
    asked.into_iter().map(|asked| asked.1).collect()
}

async fn offer(target: &Target, prompts: Prompts) -> Result<Offer, ClientError> {
    let mut client = target.connect(prompts, Sharing::Allowed).await?;
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

fn waits(run: &RunSummary) -> bool {
    matches!(run.state, RunState::Queued { .. })
}

/// The best of them for a run, by its place; why each is not, where none is.
pub fn best(asked: &[Asked], device: &DeviceChoice, data: &DataSpec) -> Result<usize, String> {
    let mut reasons = Vec::new();
    let mut ranked = Vec::new();
    for (place, Asked { target, offer }) in asked.iter().enumerate() {
        let host = target.host();
        match offer.as_ref().map(|offer| offer.rank(device, data)) {
            Ok(Ok(rank)) => ranked.push((rank, place)),
            Ok(Err(Unfit::NoDevice)) => reasons.push(format!("{host} has no device {device}")),
            Ok(Err(Unfit::NoData)) => {
                reasons.push(format!("{host} lacks the data set {}", data.set));
            }
            Err(error) => reasons.push(error.to_string()),
        }
    }
    ranked.into_iter().min().map(|best| best.1).ok_or_else(|| reasons.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::RemoteHost, wire::host_error::HostError};

    fn offer(devices: &[(&str, u64, u64)], sets: &[&str], waiting: usize) -> Offer {
        let devices = devices.iter().map(|&(device, slots, running)| DeviceSlots {
            device: device.to_owned(),
            name: String::new(),
            slots,
            running,
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

    fn data(set: &str) -> DataSpec {
        let spec = crate::spec::defaults::published(crate::spec::Method::Dsa, set, 1);
        spec.data
    }

    fn chosen(offers: &[Offer], device: &str) -> Result<usize, String> {
        let asked: Vec<Asked> = offers
            .iter()
            .zip(["a", "b", "c"])
            .map(|(offer, name)| Asked {
                target: Target::There(RemoteHost::of_ssh(name).unwrap()),
                offer: Ok(offer.clone()),
            })
            .collect();
        let data = data("mnist");
        best(&asked, &device.parse().unwrap(), &data)
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
        let shorter = Offer { waiting: 2, ..busy };
        assert_eq!(chosen(&[queue.clone(), cpu], "auto"), Ok(1));
        assert_eq!(chosen(&[queue, shorter], "auto"), Ok(1));
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
        let lost = HostError::Unreachable { host: "c".into(), said: "no route".into() };
        let target = Target::There(RemoteHost::of_ssh("c").unwrap());
        let asked = [Asked { target, offer: Err(lost.into()) }];
        let told = best(&asked, &DeviceChoice::Auto, &data("mnist")).unwrap_err();
        assert_eq!(told, "c cannot be reached: no route");
    }
}
