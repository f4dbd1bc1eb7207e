//! `stillroom devices`: asked by the daemon in a process of its own, since a driver may crash it.

use serde::Serialize;

use super::{failure::Failure, output};
use crate::{
    engine::devices::{self, Found, Listing},
    machine::Gauge,
    queue::{DeviceSlots, cards::memory_of},
    spec::memory::Gibibytes,
};

/// A device and its memory.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    found: Found,
    /// Bytes, where they are told.
    memory: Option<u64>,
}

/// Lists the devices of this machine.
pub fn main(json: bool) -> Result<(), Failure> {
    let Listing { found, limited_by } = devices::list();
    let rows = with_memory(found);
    if json {
        return output::json(&rows);
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|Row { found, memory }| {
            let memory = memory.map_or_else(String::new, |bytes| Gibibytes(bytes).to_string());
            [found.device, found.name, memory, found.through]
        })
        .collect();
    output::table(&rows)?;
    if limited_by.is_empty() {
        Ok(())
    } else {
        output::line(&format!("GPUs are limited by {limited_by}"))
    }
}

fn with_memory(found: Vec<Found>) -> Vec<Row> {
    let slots = found.iter().map(|found| DeviceSlots {
        device: found.device.clone(),
        name: found.name.clone(),
        pci: found.pci.clone(),
        ..DeviceSlots::default()
    });
    let slots: Vec<_> = slots.collect();
    let figures = Gauge::open().read();
    let memory = slots.iter().map(|own| memory_of(&slots, own, &figures));
    found.into_iter().zip(memory).map(|(found, memory)| Row { found, memory }).collect()
}
