//! How fast the program is: the time of an iteration and of its parts, of an evaluation, the memory they
//! need, and what of the machine's peak they reach, alone or beside another program.
//!
//! ```text
//! Case ─► measure ─► Report          one case in this process, through the engine's own loop
//!   │        ▲
//!   ├─► own_process                  … in a process of its own
//!   ├─► side_by_side ◄─ other_program    in turn with a command: medians, ratio
//!   └─► scale                        for many values of one key: growth
//! ```
//!
//! It stands on top of the engine, as the queue does, and knows neither queue nor terminal: it drives the
//! same laboratory and the same loop as a run, over random images, and writes no run folder. What it
//! measures with is below, where the work is: the engine's stopwatch, the count of operations and the
//! multiply-adds of [`nets`](crate::nets).

mod busy;
pub mod case;
mod condense;
mod evaluate;
mod forward;
pub mod iterations;
pub mod machine;
pub mod measure;
pub mod other_program;
pub mod own_process;
pub mod peak;
mod random_data;
pub mod report;
pub mod resources;
pub mod scale;
pub mod side_by_side;
pub mod spread;
mod work;

use std::{io, process::ExitStatus};

pub use case::{Case, Subject};
pub use measure::measure;
pub use report::Report;
pub use spread::Spread;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The case itself cannot be done.
    #[error("{0}")]
    Measuring(String),
    /// The process that measured is gone.
    #[error("the measuring process ended without a result ({0})")]
    Ended(ExitStatus),
    /// The system denies something.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The system denies the other command something.
    #[error("`{command}` cannot be run: {source}")]
    Command {
        /// The command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// The other command did not succeed.
    #[error("`{command}` failed ({status}): {words}")]
    CommandFailed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last line it said.
        words: String,
    },
    /// The other command said something else than what it was asked for.
    #[error("`{command}`: {problem}")]
    CommandSaid {
        /// The command line.
        command: String,
        /// What is wrong with its output.
        problem: String,
    },
}

/// A case of no size.
#[cfg(test)]
pub(crate) fn tiny() -> Case {
    use crate::spec::{DeviceChoice, Method, defaults};

    let mut spec = defaults::published(Method::Dsa, "cifar10", 1);
    spec.device = DeviceChoice::Cpu;
    (spec.network.width, spec.network.depth) = (8, 2);
    spec.condense.real_batch = 4;
    Case {
        spec,
        shape: [1, 8, 8],
        classes: 2,
        threads: 1,
        measure: vec![Subject::Condense, Subject::Forward, Subject::Evaluate],
        iterations: 1,
        warmup: 0,
        evaluation_epochs: 1,
        evaluation_networks: 2,
    }
}

/// The laboratory of a case.
#[cfg(test)]
pub(crate) fn tiny_laboratory(case: &Case) -> crate::engine::laboratory::Laboratory {
    use crate::engine::{devices, laboratory::Laboratory};

    let data = random_data::data_set(case).unwrap();
    let chosen = devices::choose(&case.spec.device).unwrap();
    Laboratory::over(data, case.spec.clone(), &chosen).unwrap()
}
