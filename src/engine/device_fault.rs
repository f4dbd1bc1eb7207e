//! What a device says when it fails, as a sentence.
//!
//! Work is queued, and a device that fails says so when a result is read. The runtime tells it as text, with
//! the kernels that were left out for want of their inputs and a backtrace. What a user can act on is
//! whether there was too little memory, or no device any more.

use super::failure::Failure;

/// Why a device gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceFault {
    /// It has no room for a tensor. What was there before is whole, and it goes on working.
    Full,
    /// It is gone: reset by its driver, unplugged, or taken away.
    Lost,
    /// Anything else, in the runtime's first words.
    Other(String),
}

/// How the runtime and the graphics library put it.
const FULL: [&str; 5] = [
    "out of device memory",
    "can't allocate buffer of size",
    "every page size the memory tracks",
    "not enough memory left",
    "out of memory",
];
const LOST: [&str; 3] = ["device is poisoned", "device was lost", "device is lost"];

impl DeviceFault {
    /// Reads the runtime's text.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
        if says(&LOST) {
            return Self::Lost;
        }
        if says(&FULL) {
            return Self::Full;
        }
        let words = text.lines().map(str::trim).find(|line| !line.is_empty());
        Self::Other(words.unwrap_or("it gave no reason").to_owned())
    }
}

impl From<DeviceFault> for Failure {
    fn from(fault: DeviceFault) -> Self {
        let again = "`retry` goes on from the last checkpoint";
        match fault {
            DeviceFault::Full => Self {
                device_full: true,
                ..Self::new(
                    "the device ran out of memory",
                    "end other programs on the device, or lower condense.real_batch or ipc; the last \
                     checkpoint is kept",
                )
            },
            DeviceFault::Lost => Self::new("the device was lost while it worked", again),
            DeviceFault::Other(words) => {
                Self::new(format!("the device could not be read: {words}"), again)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_words_become_a_sentence() {
        let skipped = "An error happened during execution\nCaused by:\n  Several failures at once\nCaused \
                       by:\n  skipped `KernelScalarBinop`: it needed memory ManagedMemoryId { value: 10 }, \
                       which carried the failure\nCaused by:\n  An IO error happened\nCaused by:\n  can't \
                       allocate buffer of size: 138412032\n   0: core::panicking";
        assert_eq!(DeviceFault::of(skipped), DeviceFault::Full);
        let failure = Failure::from(DeviceFault::of("out of device memory allocating 4096 bytes"));
        assert!(failure.device_full && failure.reason == "the device ran out of memory");
        let failure = Failure::from(DeviceFault::of("The device is poisoned\nCaused by:\n  reset"));
        assert!(!failure.device_full && failure.reason == "the device was lost while it worked");
        let failure = Failure::from(DeviceFault::of("\n  wrong shape\n   0: backtrace"));
        assert_eq!(failure.reason, "the device could not be read: wrong shape");
    }
}
