//! Processor and memory, through `sysinfo`, and the processor's temperature, as Linux shows it.

use std::{fs, path::Path};

use sysinfo::System;

use super::Figures;

/// Sensors of processors, by the names that Linux has for them.
const SENSORS: [&str; 4] = ["coretemp", "k10temp", "zenpower", "cpu_thermal"];

pub struct Processor(Option<System>);

impl Processor {
    pub fn open() -> Self {
        Self(System::new().ok())
    }

    pub fn read(&mut self) -> Figures {
        let Some(system) = &mut self.0 else { return Figures::default() };
        system.refresh_cpu_usage();
        system.refresh_memory();
        let total = system.total_memory();
        Figures {
            threads: system.cpus().len() as u64,
            busy: Some(f64::from(system.global_cpu_usage() / 100.0))
                .filter(|busy| busy.is_finite())
                .map_or(0.0, |busy| busy.clamp(0.0, 1.0)),
            celsius: celsius(Path::new("/sys/class/hwmon")),
            memory_used: total.saturating_sub(system.available_memory()),
            memory_total: total,
            load: System::load_average().ok().map(|load| [load.one, load.five, load.fifteen]),
            ..Figures::default()
        }
    }
}

/// Bytes of memory of the machine, where the system tells.
pub fn memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    Some(system.total_memory()).filter(|bytes| *bytes > 0)
}

/// The temperature that the first sensor of a processor shows.
fn celsius(sensors: &Path) -> Option<f64> {
    let mut folders = fs::read_dir(sensors).ok()?.flatten().map(|entry| entry.path());
    let folder = folders.find(|folder| {
        let name = fs::read_to_string(folder.join("name")).unwrap_or_default();
        SENSORS.contains(&name.trim())
    })?;
    degrees(&folder.join("temp1_input"))
}

/// A file that holds thousandths of a degree.
pub fn degrees(path: &Path) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().parse::<f64>().ok()? / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sensor_of_the_processor_is_found_among_others() {
        let folder = tempfile::tempdir().unwrap();
        for (number, name, text) in [(0, "acpitz", "20000"), (1, "k10temp", "61250\n")] {
            let sensor = folder.path().join(format!("hwmon{number}"));
            fs::create_dir(&sensor).unwrap();
            fs::write(sensor.join("name"), format!("{name}\n")).unwrap();
            fs::write(sensor.join("temp1_input"), text).unwrap();
        }
        assert_eq!(celsius(folder.path()), Some(61.25));
        assert_eq!(celsius(&folder.path().join("none")), None);
    }
}
