//! A panic in any thread gives the terminal back, is reported where it can be read, and ends the program.
//!
//! Ending is the point: a caught panic of a background task would leave the screen restored and the
//! program drawing on.

use std::panic;

use super::tty;

/// The exit code of a program that panicked, as Rust has it.
const EXIT_CODE: i32 = 101;

/// Puts itself before the hook that is in place (which writes the report).
pub fn install_hook() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Nothing can be done about a terminal that is gone.
        let _ = tty::leave();
        report(info);
        std::process::exit(EXIT_CODE);
    }));
}
