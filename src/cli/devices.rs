//! `stillroom devices`: asked by the daemon in a process of its own, since a driver may crash it.

use super::{failure::Failure, output};
use crate::engine::devices::{self, Listing};

/// Lists the devices of this machine.
pub fn main(json: bool) -> Result<(), Failure> {
    let Listing { found, limited_by } = devices::list();
    if json {
        return output::json(&found);
    }
    let rows: Vec<_> =
        found.into_iter().map(|found| [found.device, found.name, found.through]).collect();
    output::table(&rows)?;
    if limited_by.is_empty() {
        Ok(())
    } else {
        output::line(&format!("GPUs are limited by {limited_by}"))
    }
}
