//! AMD's cards, as the Linux driver shows them in `/sys/class/drm`.

use std::{ffi::OsStr, fs, path::Path, str::FromStr};

use super::{Card, processor::degrees};

/// AMD's number among the makers of PCI devices.
const AMD: &str = "0x1002";

/// The cards below a folder like `/sys/class/drm`, in the order of their numbers.
pub fn read(cards: &Path) -> Vec<Card> {
    let entries = fs::read_dir(cards).into_iter().flatten().flatten();
    let mut numbered: Vec<(u32, Card)> = entries
        .filter_map(|entry| {
            // Connectors are called `card0-DP-1`.
            let number = entry.file_name().to_str()?.strip_prefix("card")?.parse().ok()?;
            Some((number, card(&entry.path().join("device"))?))
        })
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, card)| card).collect()
}

fn card(device: &Path) -> Option<Card> {
    let vendor: String = value(&device.join("vendor"))?;
    if vendor != AMD {
        return None;
    }
    let sensors = fs::read_dir(device.join("hwmon")).into_iter().flatten().flatten();
    let mut degrees = sensors.filter_map(|sensor| degrees(&sensor.path().join("temp1_input")));
    Some(Card {
        name: value(&device.join("product_name")).unwrap_or_else(|| "AMD graphics".to_owned()),
        pci: pci(device),
        busy: value(&device.join("gpu_busy_percent")).map(|percent: f64| percent / 100.0),
        memory_used: value(&device.join("mem_info_vram_used")),
        memory_total: value(&device.join("mem_info_vram_total")),
        celsius: degrees.next(),
    })
}

/// Where a card is plugged in: what the folder of its device is called, behind the link to it.
fn pci(device: &Path) -> String {
    let folder = fs::canonicalize(device).ok();
    let name = folder.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
    name.filter(|name| name.contains(':')).unwrap_or_default().to_owned()
}

fn value<T: FromStr>(path: &Path) -> Option<T> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read_and_those_of_others_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        fs::create_dir_all(folder.path().join("0000:03:00.0")).unwrap();
        fs::create_dir(folder.path().join("card1")).unwrap();
        let plugged = folder.path().join("card1/device");
        std::os::unix::fs::symlink("../0000:03:00.0", plugged).unwrap();
        write("card1/device/vendor", "0x1002\n");
        write("card1/device/product_name", "Radeon RX 7900 XTX\n");
        write("card1/device/gpu_busy_percent", "37\n");
        write("card1/device/mem_info_vram_used", "1048576\n");
        write("card1/device/mem_info_vram_total", "25753026560\n");
        write("card1/device/hwmon/hwmon4/temp1_input", "48000\n");
        write("card1-DP-1/status", "connected\n");
        write("card0/device/vendor", "0x8086\n");
        write("card2/device/vendor", "0x1002\n");
        write("card2/device/gpu_busy_percent", "nonsense\n");
        let cards = read(folder.path());
        assert_eq!(cards.len(), 2);
        assert_eq!(
            cards[0],
            Card {
                name: "Radeon RX 7900 XTX".to_owned(),
                pci: "0000:03:00.0".to_owned(),
                busy: Some(0.37),
                memory_used: Some(1 << 20),
                memory_total: Some(25_753_026_560),
                celsius: Some(48.0),
            }
        );
        assert_eq!(cards[1], Card { name: "AMD graphics".to_owned(), ..Card::default() });
        assert!(read(&folder.path().join("none")).is_empty());
    }
}
