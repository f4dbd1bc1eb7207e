//! Which graphics card of the machine a device is: figures come by card, runs by device, and a user may have changed
//! the order of the devices.

use super::DeviceSlots;
use crate::machine::{Card, Figures};

/// The number of the card that a device is, among the cards of its machine: the one that is plugged in there. Where
/// that is not told of both, the one of its name, and of several with that name the one at the same place among them;
/// where no name fits, as many cards as devices are the same in order.
pub fn card_of(devices: &[DeviceSlots], device: &DeviceSlots, cards: &[Card]) -> Option<usize> {
    let gpus: Vec<&DeviceSlots> =
        devices.iter().filter(|known| known.device.starts_with("gpu:")).collect();
    let place = gpus.iter().position(|known| known.device == device.device)?;
    let plugged = cards.iter().position(|card| !card.pci.is_empty() && card.pci == device.pci);
    if plugged.is_some() {
        return plugged;
    }
    let same = |a: &str, b: &str| {
        let (a, b) = (a.to_lowercase(), b.to_lowercase());
        !a.is_empty() && !b.is_empty() && (a.contains(&b) || b.contains(&a))
    };
    let twin = gpus.iter().take(place).filter(|known| same(&known.name, &device.name)).count();
    let mut named = cards.iter().enumerate().filter(|(_, card)| same(&card.name, &device.name));
    match named.nth(twin) {
        Some((index, _)) => Some(index),
        None => (gpus.len() == cards.len()).then_some(place),
    }
}

/// Bytes of memory of a device: the machine's for the processor, its own for a graphics card. A card keeps a part of
/// its memory for itself, so that one of 24 GiB tells a little less; what it tells is rounded up to whole GiB, and two
/// runs of 12 GiB fit on it.
pub fn memory_of(devices: &[DeviceSlots], device: &DeviceSlots, figures: &Figures) -> Option<u64> {
    const GIBIBYTE: u64 = 1 << 30;
    let told = if device.device == "cpu" {
        Some(figures.memory_total)
    } else {
        let card = figures.cards.get(card_of(devices, device, &figures.cards)?)?;
        card.memory_total.map(|bytes| bytes.div_ceil(GIBIBYTE) * GIBIBYTE)
    };
    told.filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn device(number: usize, name: &str) -> DeviceSlots {
        DeviceSlots {
            device: format!("gpu:{number}"),
            name: name.to_owned(),
            ..DeviceSlots::default()
        }
    }

    fn card(name: &str) -> Card {
        Card { name: name.to_owned(), ..Card::default() }
    }

    #[test]
    fn a_device_is_the_card_of_its_name_and_place() {
        let cpu = DeviceSlots { device: "cpu".to_owned(), ..device(0, "2 threads") };
        let cards = [card("Radeon RX"), card("NVIDIA H100"), card("NVIDIA H100")];
        let devices =
            [cpu, device(0, "NVIDIA H100"), device(1, "NVIDIA H100"), device(2, "AMD Radeon RX 9")];
        let of = |index: usize| card_of(&devices, &devices[index], &cards);
        assert_eq!([of(0), of(1), of(2), of(3)], [None, Some(1), Some(2), Some(0)]);
        let other = [device(0, "llvmpipe")];
        assert_eq!(card_of(&other, &other[0], &cards), None);
        assert_eq!(card_of(&other, &other[0], &cards[..1]), Some(0));
    }

    #[test]
    fn where_it_is_plugged_in_goes_before_its_name() {
        let at = |pci: &str| Card { pci: pci.to_owned(), ..card("NVIDIA H100") };
        let cards = [at("0000:01:00.0"), at("0000:41:00.0")];
        // The order was turned round, or only the second is visible.
        let second = DeviceSlots { pci: "0000:41:00.0".to_owned(), ..device(0, "NVIDIA H100") };
        let first = DeviceSlots { pci: "0000:01:00.0".to_owned(), ..device(1, "NVIDIA H100") };
        let both = [second, first];
        assert_eq!(card_of(&both, &both[0], &cards), Some(1));
        assert_eq!(card_of(&both, &both[1], &cards), Some(0));
        assert_eq!(card_of(&both[..1], &both[0], &cards), Some(1));
    }

    #[test]
    fn a_card_has_the_memory_that_its_maker_calls_it_by_and_the_processor_that_of_the_machine() {
        let cpu = DeviceSlots { device: "cpu".to_owned(), ..device(0, "2 threads") };
        let software = DeviceSlots { device: "software".to_owned(), ..device(0, "llvmpipe") };
        let devices = [device(0, "RTX 4090"), device(1, "Arc"), software, cpu];
        let told = Card { memory_total: Some(24 * GIB - (12 << 20)), ..card("RTX 4090") };
        let cards = vec![told, card("Arc")];
        let figures = Figures { memory_total: 7 * GIB + 1, cards, ..Figures::default() };
        let memory = |index: usize| memory_of(&devices, &devices[index], &figures);
        let all = [memory(0), memory(1), memory(2), memory(3)];
        assert_eq!(all, [Some(24 * GIB), None, None, Some(7 * GIB + 1)]);
        assert_eq!(memory_of(&devices, &devices[3], &Figures::default()), None);
    }
}
