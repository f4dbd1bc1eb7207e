//! Whether a measurement can be trusted: what else the machine was doing when it began.

use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};
use sysinfo::System;

/// Load that is nothing to speak of, such as a shell and an editor.
const IDLE: f64 = 0.3;

/// The machine before a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Programs that ran or wanted to, on average over the last minute; on Linux also those that waited
    /// for a disk. None where the system does not say.
    pub load_average: Option<f64>,
    /// False when the measurement is known to share its cores.
    pub quiet: bool,
    /// What is to be said of it.
    pub warning: Option<String>,
}

impl Machine {
    /// Looks at this machine, which is to lend `threads` cores.
    pub fn look(threads: usize) -> Self {
        Self::judge(cores(), System::load_average().ok().map(|load| load.one), threads)
    }

    fn judge(cores: usize, load_average: Option<f64>, threads: usize) -> Self {
        let too_much =
            load_average.filter(|load| *load > IDLE && cores as f64 - load < threads as f64);
        let quiet = too_much.is_none();
        let warning = too_much.map(|load| {
            format!(
                "the machine was not quiet: a load average of {load:.2} before the start, on \
                 {cores} {} of which {threads} {} wanted; times may be too long",
                if cores == 1 { "core" } else { "cores" },
                if threads == 1 { "is" } else { "are" },
            )
        });
        Self { cores, load_average, quiet, warning }
    }
}

/// Cores that this process may use.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_quiet_when_the_load_leaves_the_cores_that_are_wanted() {
        for (cores, load, threads, quiet) in
            [(2, 0.2, 2, true), (2, 0.9, 2, false), (2, 0.9, 1, true), (2, 2.5, 1, false)]
        {
            let machine = Machine::judge(cores, Some(load), threads);
            assert_eq!((machine.quiet, machine.warning.is_none()), (quiet, quiet), "{machine:?}");
        }
        assert_eq!(
            Machine::judge(2, Some(1.5), 2).warning.unwrap(),
            "the machine was not quiet: a load average of 1.50 before the start, on 2 cores of which 2 \
             are wanted; times may be too long"
        );
        assert!(Machine::judge(2, None, 2).quiet);
    }

    #[test]
    fn this_machine_has_cores() {
        assert!(Machine::look(1).cores > 0);
    }
}
