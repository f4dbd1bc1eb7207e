//! How tests wait: until something is so, never for a time.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// The longest that anything is waited for. Nothing takes nearly as long unless it hangs.
pub const LIMIT: Duration = Duration::from_secs(20);

pub fn until(mut done: impl FnMut() -> bool, what: impl Fn() -> String) {
    let deadline = Instant::now() + LIMIT;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain: {}", what());
        sleep(Duration::from_millis(20));
    }
}
