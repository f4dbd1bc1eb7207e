//! What the processes without a terminal write about themselves: to standard error, which whoever starts
//! them leads into a file.

use std::io;

use tracing_subscriber::EnvFilter;

/// The environment variable that says what is written, such as `debug`.
const VARIABLE: &str = "STILLROOM_LOG";

/// Begins it.
pub fn begin() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(io::stderr)
        .init();
}
