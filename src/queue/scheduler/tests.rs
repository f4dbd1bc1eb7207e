//! Example by example, and for whatever queue and machine there may be.

use proptest::prelude::*;

use super::*;

const GIB: u64 = 1 << 30;

fn capacity(device: &str, slots: u64, running: u64) -> Capacity {
    Capacity { device: device.parse().unwrap(), slots, running, memory: None, declared: 0 }
}

fn machine(devices: &[(&str, u64, u64)], others: Others) -> Machine {
    let devices = devices.iter();
    let devices = devices.map(|&(device, slots, running)| capacity(device, slots, running));
    Machine { devices: devices.collect(), others }
}

/// Devices with two slots each, by name, GiB of memory and of these declared by a run on it.
fn roomy(devices: &[(&str, u64, u64)]) -> Machine {
    let devices = devices.iter().map(|&(device, memory, declared)| Capacity {
        memory: Some(memory * GIB),
        declared: declared * GIB,
        ..capacity(device, 2, u64::from(declared > 0))
    });
    Machine { devices: devices.collect(), others: Others::None }
}

/// Wishes such as `cpu` or, with GiB of memory, `auto 12`.
fn waiting(wishes: &[&str]) -> Vec<Waiting> {
    let wishes = wishes.iter().zip(1..);
    let waiting = wishes.map(|(wish, id)| {
        let (wish, memory) = wish.split_once(' ').unwrap_or((wish, "0"));
        let memory = memory.parse::<u64>().unwrap() * GIB;
        Waiting { run: RunId::new(id), wish: wish.parse().unwrap(), memory }
    });
    waiting.collect()
}

fn starts(wishes: &[&str], machine: Machine) -> Vec<String> {
    decide(&waiting(wishes), machine)
        .into_iter()
        .map(|decision| match decision {
            Decision::Start(run, device) => format!("{run} on {device}"),
            Decision::Waits(run, lack) => format!("{run} {lack}"),
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

#[test]
fn a_device_without_slots_is_never_taken_and_who_asks_for_it_is_told() {
    let some = || machine(&[("gpu:0", 0, 0), ("gpu:1", 1, 0), ("cpu", 1, 0)], Others::None);
    assert_eq!(starts(&["auto", "auto"], some()), ["1 on gpu:1"]);
    assert_eq!(
        starts(&["gpu:0"], some()),
        ["1: gpu:0 is not used: [slots] of config.toml gives it 0 runs"]
    );
    // Where every GPU is left out, `auto` is the CPU.
    let none = machine(&[("gpu:0", 0, 0), ("gpu:1", 0, 0), ("cpu", 1, 0)], Others::None);
    assert_eq!(starts(&["auto"], none), ["1 on cpu"]);
    let nothing = || machine(&[("gpu:0", 0, 0), ("cpu", 0, 0)], Others::None);
    assert!(starts(&["auto"], nothing())[0].starts_with("1: no device of this machine is used"));
    let Decision::Impossible(_, refusal) = decide(&waiting(&["cpu"]), nothing()).remove(0) else {
        panic!("impossible");
    };
    assert_eq!(
        refusal.advice,
        "Change [slots] and start the daemon anew (`stillroom daemon --stop`) to use it."
    );
}

#[test]
fn runs_share_a_device_as_far_as_their_memory_goes() {
    let gpu = |declared| roomy(&[("gpu:0", 24, declared), ("cpu", 64, 0)]);
    assert_eq!(starts(&["auto 12", "auto 12"], gpu(0)), ["1 on gpu:0", "2 on gpu:0"]);
    assert_eq!(
        starts(&["auto 12"], gpu(13)),
        ["1 waits for 12 of 24 GiB on gpu:0; 11 GiB are free"]
    );
    assert_eq!(starts(&["auto"], gpu(24)), ["1 on gpu:0"], "who declares nothing needs nothing");
    // Without a free slot it is the slot that is waited for.
    let full = Machine {
        devices: vec![Capacity { running: 2, ..gpu(13).devices.remove(0) }],
        others: Others::None,
    };
    assert!(starts(&["auto 12"], full).is_empty());
}

#[test]
fn a_run_takes_the_device_that_has_room_for_it() {
    let two = |first, second| roomy(&[("gpu:0", 24, first), ("gpu:1", 48, second)]);
    assert_eq!(starts(&["auto 40", "auto 20"], two(0, 0)), ["1 on gpu:1", "2 on gpu:0"]);
    assert_eq!(starts(&["auto 20"], two(0, 30)), ["1 on gpu:0"]);
    assert_eq!(
        starts(&["auto 20"], two(10, 30)),
        ["1 waits for 20 of 48 GiB on gpu:0 or gpu:1; 18 GiB are free at most"]
    );
}

#[test]
fn more_than_any_device_has_is_impossible() {
    let two = || roomy(&[("gpu:0", 24, 0), ("gpu:1", 48, 0), ("cpu", 64, 0)]);
    assert_eq!(
        starts(&["auto 50", "gpu:0 25", "cpu 50"], two()),
        [
            "1: it declares 50 GiB of memory, and gpu:0 has 24 GiB, gpu:1 has 48 GiB",
            "2: it declares 25 GiB of memory, and gpu:0 has 24 GiB",
            "3 on cpu",
        ]
    );
    // A device that does not tell its memory is taken at its user's word.
    let unknown = machine(&[("gpu:0", 1, 0)], Others::None);
    assert_eq!(starts(&["auto 50"], unknown), ["1 on gpu:0"]);
}

#[test]
fn smaller_runs_behind_a_large_one_wait_unless_they_want_another_device() {
    let busy = || roomy(&[("gpu:0", 24, 13), ("gpu:1", 8, 1), ("cpu", 64, 0)]);
    assert_eq!(
        starts(&["auto 12", "gpu:0 1", "auto 4", "cpu 60", "gpu:0"], busy()),
        [
            "1 waits for 12 of 24 GiB on gpu:0; 11 GiB are free",
            "2 waits behind run 1, which waits for memory on gpu:0",
            "3 on gpu:1",
            "4 on cpu",
            "5 waits behind run 1, which waits for memory on gpu:0",
        ]
    );
}

fn wish() -> impl Strategy<Value = DeviceChoice> {
    prop_oneof![
        Just(DeviceChoice::Auto),
        Just(DeviceChoice::Cpu),
        Just(DeviceChoice::Software),
        (0_usize..4).prop_map(DeviceChoice::Gpu),
    ]
}

/// Runs with their wishes, memory and how long they take.
fn runs() -> impl Strategy<Value = Vec<(Waiting, u32)>> {
    let run = (wish(), prop_oneof![Just(0), 1_u64..40], 1_u32..6);
    prop::collection::vec(run, 0..12).prop_map(|runs| {
        let runs = runs.into_iter().zip(1..);
        let run =
            |((wish, memory, time), id)| (Waiting { run: RunId::new(id), wish, memory }, time);
        runs.map(run).collect()
    })
}

fn devices() -> impl Strategy<Value = Vec<Capacity>> {
    let room = || (0_u64..4, 0_u64..4, prop::option::of(1_u64..40), 0_u64..40);
    (prop::collection::vec(room(), 0..3), room()).prop_map(|(gpus, cpu)| {
        let gpus = gpus.into_iter().enumerate();
        let gpus = gpus.map(|(index, room)| (DeviceChoice::Gpu(index), room));
        let all = gpus.chain([(DeviceChoice::Cpu, cpu)]);
        let capacity = |(device, (slots, running, memory, declared))| {
            let declared = if running > 0 { declared } else { 0 };
            Capacity { device, slots, running, memory, declared }
        };
        all.map(capacity).collect()
    })
}

/// Whether a run could have a device of the machine, if nothing else were there.
fn could_have(run: &Waiting, device: &Capacity, all: &[Capacity]) -> bool {
    let empty = Capacity { running: 0, declared: 0, ..device.clone() };
    // What `auto` means depends on the others.
    let others = all.iter().filter(|other| other.device != device.device);
    let others = others.map(|other| Capacity { running: other.slots, ..other.clone() });
    let machine = Machine { devices: others.chain([empty]).collect(), others: Others::None };
    let alone = decide(std::slice::from_ref(run), machine);
    alone == [Decision::Start(run.run, device.device.clone())]
}

proptest! {
    #[test]
    fn no_device_is_overbooked_no_run_starts_twice_and_none_is_overtaken_on_its_device(
        runs in runs(),
        devices in devices(),
        pending in any::<bool>(),
    ) {
        let others = if pending { Others::Pending } else { Others::None };
        let waiting: Vec<Waiting> = runs.into_iter().map(|(run, _)| run).collect();
        let decisions = decide(&waiting, Machine { devices: devices.clone(), others });

        let mut started = Vec::new();
        for decision in &decisions {
            if let Decision::Start(run, device) = decision {
                started.push((*run, device.clone()));
            }
        }
        let on = |device: &DeviceChoice| -> Vec<&Waiting> {
            let own = waiting.iter();
            own.filter(|own| started.contains(&(own.run, device.clone()))).collect()
        };
        for known in &devices {
            let new = on(&known.device);
            prop_assert!(new.is_empty() || known.running + new.len() as u64 <= known.slots);
            let memory: u64 = new.iter().map(|run| run.memory).sum();
            let fits = known.memory.is_none_or(|all| known.declared + memory <= all);
            prop_assert!(memory == 0 || fits);
        }
        prop_assert!(decisions.windows(2).all(|pair| id(&pair[0]) < id(&pair[1])));
        for (index, own) in waiting.iter().enumerate() {
            let goes_on = !decisions.iter().any(|decision| {
                id(decision) == own.run && !matches!(decision, Decision::Waits(..))
            });
            // Of those behind a run that waits, none starts on a device that it could have.
            for device in devices.iter().filter(|_| goes_on && !pending) {
                let new = on(&device.device);
                let overtaken = waiting[index + 1..].iter().any(|later| new.contains(&later));
                prop_assert!(!overtaken || !could_have(own, device, &devices));
            }
        }
    }

    /// Small runs come without end, each as soon as it can, and yet whatever waits for memory starts before long.
    #[test]
    fn every_run_starts_or_is_told_that_it_never_can(runs in runs(), devices in devices()) {
        let mut waiting = runs;
        let mut devices = devices;
        let mut at_work: Vec<(DeviceChoice, u64, u32)> = Vec::new();
        for device in &mut devices {
            // Those that are there end first.
            let memory = std::mem::take(&mut device.declared);
            let count = std::mem::take(&mut device.running);
            (0..count).for_each(|index| {
                at_work.push((device.device.clone(), if index == 0 { memory } else { 0 }, 5));
            });
        }
        let first = waiting.len() as u64;
        let longest = 6;
        for turn in 0..longest * (first + 2) {
            at_work.retain_mut(|work| { work.2 -= 1; work.2 > 0 });
            for (index, device) in devices.iter().enumerate() {
                let id = 1000 + turn * 100 + index as u64;
                let wish = device.device.clone();
                waiting.push((Waiting { run: RunId::new(id), wish, memory: 1 }, 5));
            }
            let now = devices.iter().map(|device| {
                let own = || at_work.iter().filter(|work| work.0 == device.device);
                let declared = own().map(|work| work.1).sum();
                Capacity { running: own().count() as u64, declared, ..device.clone() }
            });
            let machine = Machine { devices: now.collect(), others: Others::None };
            let queue: Vec<Waiting> = waiting.iter().map(|(run, _)| run.clone()).collect();
            for decision in decide(&queue, machine) {
                let gone = |run: &RunId| waiting.iter().position(|(own, _)| own.run == *run);
                match &decision {
                    Decision::Start(run, device) => {
                        let (own, time) = waiting.remove(gone(run).unwrap());
                        at_work.push((device.clone(), own.memory, time));
                    }
                    Decision::Impossible(run, _) => {
                        waiting.remove(gone(run).unwrap());
                    }
                    Decision::Waits(..) => {}
                }
            }
        }
        prop_assert!(waiting.iter().all(|(run, _)| run.run.number >= 1000), "{waiting:?}");
    }
}

fn id(decision: &Decision) -> RunId {
    match decision {
        Decision::Start(run, _) | Decision::Waits(run, _) | Decision::Impossible(run, _) => *run,
    }
}
