//! The memory that a run holds, for the screen's curve of it and for what is told before it starts.

use std::fs;

use burn::tensor::Device;

/// Bytes that the runtime has taken from `device`; none where it does not count them, as on the CPU.
pub fn device_bytes(device: &Device) -> Option<u64> {
    let pool = device.memory_pool_usage().map(|usage| usage.bytes_reserved);
    pool.filter(|bytes| *bytes > 0)
}

/// The same; where they are not counted, the bytes of this process that are resident. None where the system does
/// not tell.
pub fn held_bytes(device: &Device) -> Option<u64> {
    device_bytes(device).or_else(resident_bytes)
}

/// What `/proc` says, where there is one.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_list_shows() {
        let before = resident_bytes().unwrap();
        let list = vec![1_u8; 256 << 20];
        let after = resident_bytes().unwrap();
        assert!(list.iter().map(|byte| u64::from(*byte)).sum::<u64>() > 0);
        assert!(after > before + (128 << 20), "{before} {after}");
    }
}
