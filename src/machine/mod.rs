//! What a machine is busy with: processor, memory, graphics cards.
//!
//! ```text
//! sysinfo ─► processor ┐
//! NVML ────► nvidia ───┼─► Gauge::read ─► Figures ─► watch ─► whoever watches
//! sysfs ───► amd ──────┘
//! ```
//!
//! Nothing is measured while nobody watches ([`watch`]). This room knows no queue, no socket and no device that a
//! run could take; which card is which device, its reader decides by where they are plugged in, or by their names.

mod amd;
mod nvidia;
mod processor;
pub mod watch;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::processor::memory;
use self::{nvidia::Nvidia, processor::Processor};

/// The figures of a moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// When, by the clock of the machine.
    #[serde(default)]
    pub at: Timestamp,
    /// Threads of the processor.
    pub threads: u64,
    /// Share of the processor that is busy, 0 to 1.
    pub busy: f64,
    /// Degrees Celsius of the processor, where it is told.
    pub celsius: Option<f64>,
    /// Bytes of memory that are not available.
    pub memory_used: u64,
    /// Bytes of memory.
    pub memory_total: u64,
    /// Processes that want to run, over one, five and fifteen minutes.
    pub load: Option<[f64; 3]>,
    /// Graphics cards.
    pub cards: Vec<Card>,
}

/// The figures of a graphics card; what its driver does not tell is absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Where it is plugged in: domain, bus, device and function, such as `0000:01:00.0`; empty where that is not told.
    #[serde(default)]
    pub pci: String,
    /// Share of the time in which it was busy, 0 to 1.
    pub busy: Option<f64>,
    /// Bytes of memory in use.
    pub memory_used: Option<u64>,
    /// Bytes of memory.
    pub memory_total: Option<u64>,
    /// Degrees Celsius.
    pub celsius: Option<f64>,
}

/// What measures.
pub struct Gauge {
    processor: Processor,
    nvidia: Option<Nvidia>,
}

impl Gauge {
    /// Opens what can be opened here.
    pub fn open() -> Self {
        Self { processor: Processor::open(), nvidia: Nvidia::open() }
    }

    /// Measures. The share of the processor that is busy is that since the last time.
    pub fn read(&mut self) -> Figures {
        let mut figures = self.processor.read();
        figures.at = Timestamp::now();
        figures.cards = self.nvidia.as_ref().map(Nvidia::read).unwrap_or_default();
        figures.cards.extend(amd::read(std::path::Path::new("/sys/class/drm")));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_processor_and_memory() {
        let mut gauge = Gauge::open();
        gauge.read();
        let figures = gauge.read();
        assert!(figures.threads > 0);
        assert!((0.0..=1.0).contains(&figures.busy), "{}", figures.busy);
        assert!(figures.memory_used > 0 && figures.memory_used < figures.memory_total);
        assert_eq!(memory(), Some(figures.memory_total));
    }

    #[test]
    fn figures_read_back() {
        let card = Card { name: "G".to_owned(), busy: Some(0.5), ..Card::default() };
        let figures =
            Figures { cards: vec![card], load: Some([0.5, 1.0, 2.0]), ..Figures::default() };
        let text = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
    }
}
