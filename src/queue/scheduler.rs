//! Which waiting run starts on which device. Pure: the queue's order, the devices and what runs on them
//! come in, decisions go out.
//!
//! Runs are taken in order, and each gets a device that its wish allows, that has a free slot, and whose memory is
//! enough for what the runs there and this one declare. Of several it is the one with the fewest runs. A device
//! without slots is not used. `auto` means a hardware GPU; it means the CPU only where no GPU is there or used,
//! where waiting for one would be for ever.
//!
//! A run that cannot start waits for every device that it could have, and **nothing behind it starts on one of
//! these**. So a run that declares much is not overtaken for ever by smaller ones: what runs on its devices ends,
//! nothing new comes, and at the latest when one of them is empty it starts. Those behind it that want another device
//! are not held up.

use std::fmt;

use super::{refusal::Refusal, run::RunId};
use crate::spec::{DeviceChoice, memory::Gibibytes};

/// A device and its places for runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// The device.
    pub device: DeviceChoice,
    /// Runs that it takes at a time; 0 where it is not used.
    pub slots: u64,
    /// Runs on it now.
    pub running: u64,
    /// Bytes of its memory, where they are known.
    pub memory: Option<u64>,
    /// Bytes that the runs on it declare.
    pub declared: u64,
}

impl Capacity {
    const fn has_slot(&self) -> bool {
        self.running < self.slots
    }

    /// Bytes that nobody has declared; as many as one likes where its memory is not known.
    const fn undeclared(&self) -> u64 {
        match self.memory {
            Some(memory) => memory.saturating_sub(self.declared),
            None => u64::MAX,
        }
    }

    /// Whether a run with so many bytes could ever have it.
    fn is_large_enough(&self, memory: u64) -> bool {
        self.memory.is_none_or(|own| memory <= own)
    }
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

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The run.
    pub run: RunId,
    /// The device that it wishes.
    pub wish: DeviceChoice,
    /// Bytes of memory that it declares; 0 where it declares none.
    pub memory: u64,
}

/// What becomes of a waiting run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It starts on this device.
    Start(RunId, DeviceChoice),
    /// It goes on waiting though there is a free slot, for this reason.
    Waits(RunId, Lack),
    /// It can never start here.
    Impossible(RunId, Refusal),
}

/// What a run waits for beside a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Memory, which others have declared.
    Memory {
        /// Bytes that it declares.
        wanted: u64,
        /// Bytes of the device that has most of them to give.
        of: u64,
        /// Bytes that this device has to give.
        undeclared: u64,
        /// The devices that it could have and that have a free slot.
        devices: Vec<DeviceChoice>,
    },
    /// Another run, which goes before it and waits for the same device.
    Turn {
        /// That one.
        behind: RunId,
        /// The device, which has a free slot.
        device: DeviceChoice,
    },
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { wanted, of, undeclared, devices } => {
                let devices: Vec<_> = devices.iter().map(ToString::to_string).collect();
                let most = if devices.len() > 1 { " at most" } else { "" };
                write!(
                    f,
                    "waits for {} of {} on {}; {} are free{most}",
                    Gibibytes(*wanted).number(),
                    Gibibytes(*of),
                    devices.join(" or "),
                    Gibibytes(*undeclared),
                )
            }
            Self::Turn { behind, device } => {
                write!(f, "waits behind run {behind}, which waits for memory on {device}")
            }
        }
    }
}

/// Decides about `waiting` runs, which are in queue order. A run without a decision goes on waiting for a slot.
pub fn decide(waiting: &[Waiting], mut machine: Machine) -> Vec<Decision> {
    let mut decisions = Vec::new();
    // By device, the first run that waits for it.
    let mut held: Vec<Option<RunId>> = vec![None; machine.devices.len()];
    for Waiting { run, wish, memory } in waiting {
        let indices = match candidates(wish, *memory, &machine) {
            Candidates::Wait => continue,
            Candidates::Never(refusal) => {
                decisions.push(Decision::Impossible(*run, refusal));
                continue;
            }
            Candidates::These(indices) => indices,
        };
        let devices = &mut machine.devices;
        // Runs are spread: of the devices that have room the one with the fewest runs, and of those the first.
        let free = indices.iter().copied().filter(|&index| {
            let device = &devices[index];
            held[index].is_none() && device.has_slot() && *memory <= device.undeclared()
        });
        if let Some(index) = free.min_by_key(|&index| (devices[index].running, index)) {
            let device = &mut devices[index];
            device.running += 1;
            device.declared = device.declared.saturating_add(*memory);
            decisions.push(Decision::Start(*run, device.device.clone()));
            continue;
        }
        decisions.extend(
            lack(*memory, &indices, devices, &held).map(|lack| Decision::Waits(*run, lack)),
        );
        for index in indices {
            held[index].get_or_insert(*run);
        }
    }
    decisions
}

/// Why a run that could have these devices waits, where one of them has a free slot.
fn lack(
    memory: u64,
    indices: &[usize],
    devices: &[Capacity],
    held: &[Option<RunId>],
) -> Option<Lack> {
    let open = || indices.iter().copied().filter(|&index| devices[index].has_slot());
    let full = || open().filter(|&index| memory > devices[index].undeclared());
    let Some(best) = full().max_by_key(|&index| devices[index].undeclared()) else {
        let turn = |index: usize| {
            Some(Lack::Turn { behind: held[index]?, device: devices[index].device.clone() })
        };
        return open().find_map(turn);
    };
    Some(Lack::Memory {
        wanted: memory,
        of: devices[best].memory.unwrap_or_default(),
        undeclared: devices[best].undeclared(),
        devices: full().map(|index| devices[index].device.clone()).collect(),
    })
}

enum Candidates {
    /// Devices, by index, the best first; at least one.
    These(Vec<usize>),
    Wait,
    Never(Refusal),
}

/// The devices that a run could have, sooner or later.
fn candidates(wish: &DeviceChoice, memory: u64, machine: &Machine) -> Candidates {
    let those = |wanted: &dyn Fn(&DeviceChoice) -> bool| -> Vec<usize> {
        let devices = machine.devices.iter().enumerate();
        devices.filter(|(_, known)| wanted(&known.device)).map(|(index, _)| index).collect()
    };
    let is_used = |index: &usize| machine.devices[*index].slots > 0;
    let mut wished = match wish {
        DeviceChoice::Auto => those(&|device| matches!(device, DeviceChoice::Gpu(_))),
        wish => those(&|device| device == wish),
    };
    if wished.is_empty() && machine.others == Others::Pending {
        return Candidates::Wait;
    }
    if *wish == DeviceChoice::Auto && !wished.iter().any(is_used) {
        wished = those(&|device| *device == DeviceChoice::Cpu);
    }
    if wished.is_empty() {
        return Candidates::Never(absent(wish, machine));
    }
    wished.retain(is_used);
    if wished.is_empty() {
        return Candidates::Never(unused(wish, machine));
    }
    let mut fitting = wished.clone();
    fitting.retain(|&index| machine.devices[index].is_large_enough(memory));
    if fitting.is_empty() {
        let wished = wished.iter().map(|&index| &machine.devices[index]);
        return Candidates::Never(too_much(memory, wished));
    }
    Candidates::These(fitting)
}

/// The devices that runs can have, in a row.
fn usable(machine: &Machine) -> String {
    let known = machine.devices.iter().filter(|known| known.slots > 0);
    known.map(|known| known.device.to_string()).collect::<Vec<_>>().join(", ")
}

fn again(machine: &Machine) -> String {
    match usable(machine) {
        known if known.is_empty() => String::new(),
        known => format!("Add the run again with one of these devices: auto, {known}."),
    }
}

fn absent(wish: &DeviceChoice, machine: &Machine) -> Refusal {
    let reason = if let Others::Unknown(why) = &machine.others {
        format!("{wish} was not found, for the devices could not be listed: {why}")
    } else {
        let known = machine.devices.iter().map(|known| known.device.to_string());
        let known = known.collect::<Vec<_>>().join(", ");
        format!("there is no {wish} on this machine, which has {known}")
    };
    Refusal::new(reason, again(machine))
}

fn unused(wish: &DeviceChoice, machine: &Machine) -> Refusal {
    let reason = match wish {
        DeviceChoice::Auto => {
            "no device of this machine is used: [slots] of config.toml gives them 0 runs".to_owned()
        }
        wish => format!("{wish} is not used: [slots] of config.toml gives it 0 runs"),
    };
    let change = "Change [slots] and start the daemon anew (`stillroom daemon --stop`) to use it.";
    Refusal::new(reason, format!("{} {change}", again(machine)).trim_start())
}

fn too_much<'a>(memory: u64, wished: impl Iterator<Item = &'a Capacity>) -> Refusal {
    let wished: Vec<_> = wished
        .map(|known| {
            format!("{} has {}", known.device, Gibibytes(known.memory.unwrap_or_default()))
        })
        .collect();
    Refusal::new(
        format!("it declares {} of memory, and {}", Gibibytes(memory), wished.join(", ")),
        "Clone the run with a lower `memory` or another device; where a device has more than it tells, [slots] of \
         config.toml says so.",
    )
}

#[cfg(test)]
mod tests;
