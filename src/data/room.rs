//! Memory for the images of a data set, asked for before it is taken.
//!
//! Sizes come from files, and files lie. What would not fit into the memory that is free is refused with
//! both numbers, instead of letting the system end the program later.

use sysinfo::System;

use super::error::DataError;

/// `images` times `image_bytes` zero bytes.
///
/// # Errors
/// [`DataError::Room`] if there is not that much memory.
pub(super) fn bytes(images: usize, image_bytes: usize) -> Result<Vec<u8>, DataError> {
    let needed = expect(images, image_bytes)? as usize;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(needed)
        .map_err(|_| DataError::Room { needed: needed as u128, free: free() })?;
    bytes.resize(needed, 0);
    Ok(bytes)
}

/// The product, if there is that much memory.
///
/// # Errors
/// [`DataError::Room`] if there is not.
pub(super) fn expect(images: usize, image_bytes: usize) -> Result<u128, DataError> {
    let needed = images as u128 * image_bytes as u128;
    check(needed, free())?;
    Ok(needed)
}

fn check(needed: u128, free: u64) -> Result<(), DataError> {
    if needed > u128::from(free) {
        return Err(DataError::Room { needed, free });
    }
    Ok(())
}

/// Bytes that this process may still take: of the machine, or of its control group where that allows less.
fn free() -> u64 {
    // Where the system does not tell, only the reservation itself can fail.
    let Ok(mut system) = System::new() else { return u64::MAX };
    system.refresh_memory();
    let machine = match system.available_memory() {
        0 => u64::MAX,
        bytes => bytes,
    };
    // What the group's files take in the cache is given back when it is needed.
    let group = system.cgroup_limits();
    group.map_or(machine, |group| group.total_memory.saturating_sub(group.rss).min(machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_is_free_is_refused_with_both_numbers() {
        assert_eq!(bytes(3, 4).unwrap(), [0; 12]);
        let error = bytes(usize::MAX, usize::MAX).unwrap_err().to_string();
        assert!(error.contains("GB of memory"), "{error}");
        let error = check(15_700_000_000, 2_000_000_000).unwrap_err().to_string();
        assert!(error.contains("15.7 GB") && error.contains("2.0 GB"), "{error}");
    }
}
