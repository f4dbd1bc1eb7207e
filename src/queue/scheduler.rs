//! Which waiting run starts on which device. Pure: the queue's order, the devices and what runs on them
//! come in, decisions go out.
//!
//! Runs are taken in order, and each gets a free slot of a device that its wish allows. A run whose
//! device is busy waits without holding up those behind it that want another. `auto` means a hardware
//! GPU; it means the CPU only on a machine that has no GPU, where waiting for one would be for ever.

use super::{refusal::Refusal, run::RunId};
use crate::spec::DeviceChoice;

/// A device and its places for runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// The device.
    pub device: DeviceChoice,
    /// Runs that it takes at a time.
    pub slots: u64,
    /// Runs on it now.
    pub running: u64,
}

/// The devices of the machine, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Those known.
    pub devices: Vec<Capacity>,
    /// What is known of the others.
    pub others: Others,
}

/// What is known of the devices that are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// There are none.
    None,
    /// They are being looked for.
    Pending,
    /// They could not be looked for, for this reason.
    Unknown(String),
}

/// What becomes of a waiting run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It starts on this device.
    Start(RunId, DeviceChoice),
    /// It can never start here.
    Impossible(RunId, Refusal),
}

/// Decides about `waiting` runs, which are in queue order. A run without a decision goes on waiting.
pub fn decide(waiting: &[(RunId, DeviceChoice)], mut machine: Machine) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (run, wish) in waiting {
        match candidates(wish, &machine) {
            Candidates::Wait => {}
            Candidates::Never(refusal) => decisions.push(Decision::Impossible(*run, refusal)),
            Candidates::These(indices) => {
                // Runs are spread: of the devices with a free slot the one with the fewest runs, and of those the
                // first.
                let free = indices
                    .into_iter()
                    .filter(|&index| machine.devices[index].running < machine.devices[index].slots)
                    .min_by_key(|&index| (machine.devices[index].running, index));
                if let Some(index) = free {
                    machine.devices[index].running += 1;
                    decisions.push(Decision::Start(*run, machine.devices[index].device.clone()));
                }
            }
        }
    }
    decisions
}

enum Candidates {
    /// Devices, by index, the best first.
    These(Vec<usize>),
    Wait,
    Never(Refusal),
}

fn candidates(wish: &DeviceChoice, machine: &Machine) -> Candidates {
    let those = |wanted: &dyn Fn(&DeviceChoice) -> bool| -> Vec<usize> {
        let devices = machine.devices.iter().enumerate();
        devices.filter(|(_, known)| wanted(&known.device)).map(|(index, _)| index).collect()
    };
    let exact = match wish {
        DeviceChoice::Auto => those(&|device| matches!(device, DeviceChoice::Gpu(_))),
        wish => those(&|device| device == wish),
    };
    match (&machine.others, wish) {
        _ if !exact.is_empty() => Candidates::These(exact),
        (Others::Pending, _) => Candidates::Wait,
        (_, DeviceChoice::Auto) => Candidates::These(those(&|device| *device == DeviceChoice::Cpu)),
        (others, _) => Candidates::Never(absent(wish, machine, others)),
    }
}

fn absent(wish: &DeviceChoice, machine: &Machine, others: &Others) -> Refusal {
    let known: Vec<_> = machine.devices.iter().map(|known| known.device.to_string()).collect();
    let known = known.join(", ");
    let reason = match others {
        Others::Unknown(why) => {
            format!("{wish} was not found, for the devices could not be listed: {why}")
        }
        _ => format!("there is no {wish} on this machine, which has {known}"),
    };
    Refusal::new(reason, format!("Add the run again with one of these devices: auto, {known}."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn machine(devices: &[(&str, u64, u64)], others: Others) -> Machine {
        let devices = devices
            .iter()
            .map(|&(device, slots, running)| Capacity {
                device: device.parse().unwrap(),
                slots,
                running,
            })
            .collect();
        Machine { devices, others }
    }

    fn waiting(wishes: &[&str]) -> Vec<(RunId, DeviceChoice)> {
        let wishes = wishes.iter().zip(1..);
        wishes.map(|(wish, id)| (RunId::new(id), wish.parse().unwrap())).collect()
    }

    fn starts(wishes: &[&str], machine: Machine) -> Vec<String> {
        decide(&waiting(wishes), machine)
            .into_iter()
            .map(|decision| match decision {
                Decision::Start(run, device) => format!("{run} on {device}"),
                Decision::Impossible(run, refusal) => format!("{run}: {}", refusal.reason),
            })
            .collect()
    }

    #[test]
    fn one_run_a_slot_in_order() {
        let cpu = || machine(&[("cpu", 1, 0)], Others::None);
        assert_eq!(starts(&["auto", "cpu"], cpu()), ["1 on cpu"]);
        assert_eq!(starts(&["cpu", "cpu"], machine(&[("cpu", 2, 1)], Others::None)), ["1 on cpu"]);
        assert!(starts(&["cpu"], machine(&[("cpu", 1, 1)], Others::None)).is_empty());
        assert!(starts(&[], cpu()).is_empty());
    }

    #[test]
    fn auto_is_a_gpu_where_there_is_one_even_when_it_is_busy() {
        let two = |first, second| {
            machine(&[("gpu:0", 1, first), ("gpu:1", 1, second), ("cpu", 1, 0)], Others::None)
        };
        assert_eq!(starts(&["auto", "auto", "auto"], two(0, 0)), ["1 on gpu:0", "2 on gpu:1"]);
        assert_eq!(starts(&["auto"], two(1, 0)), ["1 on gpu:1"]);
        assert!(starts(&["auto"], two(1, 1)).is_empty());
    }

    #[test]
    fn runs_are_spread_over_devices_before_one_takes_a_second() {
        let two = machine(&[("gpu:0", 2, 0), ("gpu:1", 2, 0), ("cpu", 1, 0)], Others::None);
        assert_eq!(
            starts(&["auto", "auto", "auto", "gpu:0", "auto"], two),
            ["1 on gpu:0", "2 on gpu:1", "3 on gpu:0", "5 on gpu:1"]
        );
    }

    #[test]
    fn a_run_that_waits_does_not_hold_up_those_that_want_another_device() {
        let busy = machine(&[("gpu:0", 1, 1), ("cpu", 1, 0)], Others::None);
        assert_eq!(starts(&["gpu:0", "auto", "cpu"], busy), ["3 on cpu"]);
    }

    #[test]
    fn a_software_driver_has_a_slot_of_its_own_and_is_never_taken_unasked() {
        let both = || machine(&[("software", 1, 0), ("cpu", 1, 0)], Others::None);
        assert_eq!(starts(&["software", "auto"], both()), ["1 on software", "2 on cpu"]);
        assert_eq!(starts(&["auto", "auto"], both()), ["1 on cpu"]);
    }

    #[test]
    fn an_absent_device_is_impossible_once_all_are_known() {
        let known = machine(&[("gpu:0", 1, 0), ("cpu", 1, 0)], Others::None);
        assert_eq!(
            starts(&["gpu:3"], known),
            ["1: there is no gpu:3 on this machine, which has gpu:0, cpu"]
        );
        let unknown = machine(&[("cpu", 1, 0)], Others::Unknown("timed out".to_owned()));
        assert_eq!(
            starts(&["gpu:0", "auto"], unknown),
            ["1: gpu:0 was not found, for the devices could not be listed: timed out", "2 on cpu"]
        );
    }

    #[test]
    fn while_devices_are_looked_for_only_the_cpu_is_given_out() {
        let pending = machine(&[("cpu", 1, 0)], Others::Pending);
        assert_eq!(starts(&["auto", "gpu:0", "software", "cpu"], pending), ["4 on cpu"]);
    }

    fn wish() -> impl Strategy<Value = DeviceChoice> {
        prop_oneof![
            Just(DeviceChoice::Auto),
            Just(DeviceChoice::Cpu),
            Just(DeviceChoice::Software),
            (0_usize..4).prop_map(DeviceChoice::Gpu),
        ]
    }

    proptest! {
        #[test]
        fn no_device_is_overbooked_no_run_starts_twice_and_none_is_overtaken_on_its_device(
            wishes in prop::collection::vec(wish(), 0..12),
            gpus in prop::collection::vec((1_u64..4, 0_u64..4), 0..3),
            cpu in (1_u64..3, 0_u64..3),
            pending in any::<bool>(),
        ) {
            let mut devices: Vec<Capacity> = gpus
                .iter()
                .enumerate()
                .map(|(index, &(slots, running))| {
                    Capacity { device: DeviceChoice::Gpu(index), slots, running }
                })
                .collect();
            devices.push(Capacity { device: DeviceChoice::Cpu, slots: cpu.0, running: cpu.1 });
            let others = if pending { Others::Pending } else { Others::None };
            let waiting: Vec<_> = wishes.into_iter().zip(1..).map(|(w, id)| (RunId::new(id), w)).collect();
            let decisions = decide(&waiting, Machine { devices: devices.clone(), others });

            let mut started = Vec::new();
            for decision in &decisions {
                if let Decision::Start(run, device) = decision {
                    started.push((*run, device.clone()));
                }
            }
            for known in &devices {
                let new = started.iter().filter(|(_, device)| *device == known.device).count() as u64;
                prop_assert!(new == 0 || known.running + new <= known.slots);
            }
            prop_assert!(decisions.windows(2).all(|pair| id(&pair[0]) < id(&pair[1])));
            for (index, (run, wish)) in waiting.iter().enumerate() {
                let decided = decisions.iter().any(|decision| id(decision) == *run);
                // Of those behind a run that waits, none with the same wish starts.
                let overtaken = waiting[index + 1..]
                    .iter()
                    .any(|(later, same)| same == wish && started.iter().any(|(run, _)| run == later));
                prop_assert!(decided || !overtaken);
            }
        }
    }

    fn id(decision: &Decision) -> RunId {
        match decision {
            Decision::Start(run, _) | Decision::Impossible(run, _) => *run,
        }
    }
}
