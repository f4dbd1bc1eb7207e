//! Iterations of the outer loop, as a run does them: the engine's own loop, over random images.

use super::{
    case::Case,
    iterations::{Heard, Times, time},
};
use crate::engine::{condensation::Condensation, failure::Failure, laboratory::Laboratory};

/// Times them.
pub fn measure(
    laboratory: &mut Laboratory,
    case: &Case,
    card: Option<&str>,
    heard: Heard<'_>,
) -> Result<Times, Failure> {
    let mut condensation = Condensation::begin(laboratory);
    let once = |laboratory: &Laboratory| {
        for _ in 0..laboratory.spec.condense.outer_steps {
            condensation.outer_step(laboratory, &mut || false)?;
        }
        condensation.finish_iteration(laboratory)?;
        Ok(())
    };
    time(laboratory, case, card, once, heard)
}
