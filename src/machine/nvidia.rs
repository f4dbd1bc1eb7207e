//! NVIDIA's cards, through its own library, which is opened where there is one.

use nvml_wrapper::{Device, Nvml, enum_wrappers::device::TemperatureSensor};

use super::Card;

pub struct Nvidia(Nvml);

impl Nvidia {
    /// `None` without the library or a driver that answers.
    pub fn open() -> Option<Self> {
        Nvml::init().ok().map(Self)
    }

    pub fn read(&self) -> Vec<Card> {
        let count = self.0.device_count().unwrap_or(0);
        let devices = (0..count).filter_map(|index| self.0.device_by_index(index).ok());
        devices.map(|device| card(&device)).collect()
    }
}

fn card(device: &Device<'_>) -> Card {
    let memory = device.memory_info().ok();
    Card {
        name: device.name().unwrap_or_else(|_| "NVIDIA".to_owned()),
        pci: device.pci_info().map_or_else(
            |_| String::new(),
            |at| format!("{:04x}:{:02x}:{:02x}.0", at.domain, at.bus, at.device),
        ),
        busy: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu) / 100.0),
        memory_used: memory.as_ref().map(|memory| memory.used),
        memory_total: memory.as_ref().map(|memory| memory.total),
        celsius: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
    }
}
