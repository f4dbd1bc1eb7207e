//! The work before a run: what is to be scored next, and how much there is to do, for the estimate of its time.
//!
//! Iterations and the networks of the run's own kind are counted, and take what has been measured of one. A
//! grid of other networks is as uneven as its architectures, so each counts by its multiply-adds, and takes
//! what those that are through took for theirs: networks on the tape apart, which take several times as long.

use std::collections::BTreeMap;

use crate::{
    nets::Training,
    record::event::{Evaluation, Subject},
};

use super::{
    condensation::Condensation,
    estimate::{Ahead, Pace},
    laboratory::Laboratory,
    scoring::{self, Scored},
};

/// How many times as long the tape takes for the same multiply-adds, as long as nothing better is known: about
/// nine at width 32 on two cores.
const TAPE: f64 = 10.0;

/// A run as it stands, for what is still to be done.
#[derive(Debug, Clone, Copy)]
pub struct Outlook<'a> {
    laboratory: &'a Laboratory,
    condensation: &'a Condensation,
    pace: &'a Pace,
}

impl<'a> Outlook<'a> {
    /// Of a run with this state, of which so much has been measured.
    pub const fn new(
        laboratory: &'a Laboratory,
        condensation: &'a Condensation,
        pace: &'a Pace,
    ) -> Self {
        Self { laboratory, condensation, pace }
    }

    /// True after the last iteration.
    pub fn is_through(&self) -> bool {
        self.condensation.place.iteration >= self.laboratory.spec.condense.iterations as u64
    }

    /// What has to be scored before the run goes on, the first of it.
    pub fn next_score(&self) -> Option<Scored> {
        let evaluate = &self.laboratory.spec.evaluate;
        let place = &self.condensation.place;
        let every = evaluate.every as u64;
        let due = self.laboratory.is_scored
            && (self.is_through() || (every > 0 && place.iteration.is_multiple_of(every)));
        if !due || place.outer_step != 0 {
            return None;
        }
        let baseline = evaluate.random_baseline.then_some(Scored::own(Subject::Random));
        let others = if self.is_through() { self.laboratory.others.len() } else { 0 };
        let others = (0..others).map(|at| Scored { subject: Subject::Synthetic, other: Some(at) });
        let all = baseline.into_iter().chain([Scored::own(Subject::Synthetic)]).chain(others);
        all.into_iter().find(|scored| self.score_of(*scored).is_none())
    }

    /// The finished evaluation of the set as it is, or of the random baseline.
    pub fn score_of(&self, scored: Scored) -> Option<&'a Evaluation> {
        let (place, network) = (&self.condensation.place, scored.name(self.laboratory));
        place.evaluations.iter().find(|evaluation| {
            let is_current = evaluation.iteration == place.iteration;
            evaluation.subject == scored.subject
                && evaluation.network == network
                && (scored.subject == Subject::Random || is_current)
        })
    }

    /// The work before the run.
    pub fn ahead(&self) -> Ahead {
        let spec = &self.laboratory.spec;
        let place = &self.condensation.place;
        let iterations = spec.condense.iterations as u64;
        let begun = place.outer_step as f64 / spec.condense.outer_steps as f64;
        let every = spec.evaluate.every as u64;
        let next = self.next_score();
        let own = next.is_some_and(|scored| scored.other.is_none());
        let now = u64::from(own && self.score_of(Scored::own(Subject::Synthetic)).is_none());
        let later = if every > 0 {
            let last_extra = u64::from(!iterations.is_multiple_of(every));
            iterations / every - place.iteration / every + last_extra
        } else {
            u64::from(place.iteration < iterations)
        };
        let baseline = Scored::own(Subject::Random);
        let baseline = spec.evaluate.random_baseline && self.score_of(baseline).is_none();
        let rounds = (now + later + u64::from(baseline)) as f64;
        let scored = place.accuracies.len() as f64;
        let networks = rounds * spec.evaluate.networks as f64 - if own { scored } else { 0.0 };
        let begun_other = next.and_then(|scored| scored.other).map(|at| (at, scored));
        Ahead {
            choosing: 0.0,
            iterations: (iterations - place.iteration) as f64 - begun,
            epochs: networks * self.condensation.epochs(self.laboratory),
            tests: networks,
            others: self.others_secs(begun_other),
        }
    }

    /// Seconds that a network of this kind is expected to take; none while nothing tells.
    pub fn expected_secs(&self, scored: Scored) -> Option<f64> {
        let [kernels, tape] = self.rates();
        let network = scored.network(self.laboratory);
        let rate = if Training::is_on_tape(network) { tape } else { kernels };
        Some(scored.weight(self.laboratory) * rate?)
    }

    /// Seconds that the evaluations on other networks take which are not through; of one that has begun, with
    /// so many networks done, what is left.
    fn others_secs(&self, begun: Option<(usize, f64)>) -> Option<f64> {
        let laboratory = self.laboratory;
        let done = self.done_on_others();
        let (rates, networks) = (self.rates(), laboratory.spec.evaluate.networks as f64);
        let left = laboratory.others.iter().enumerate().filter(|(_, (name, _))| {
            // None of them is through before the last iteration.
            !done.contains_key(name.as_str())
        });
        left.map(|(at, (_, network))| {
            let behind = begun.filter(|(other, _)| *other == at).map_or(0.0, |(_, done)| done);
            let rate = rates[usize::from(Training::is_on_tape(network))]?;
            Some((networks - behind) * scoring::weight(laboratory, network) * rate)
        })
        .sum()
    }

    /// Networks and seconds of the evaluations of this set, by name; the run's own is without one.
    fn done_on_others(&self) -> BTreeMap<&str, (f64, f64)> {
        let place = &self.condensation.place;
        let current = place.evaluations.iter().filter(|evaluation| {
            evaluation.subject == Subject::Synthetic && evaluation.iteration == place.iteration
        });
        let figures = current.map(|evaluation| {
            let networks = evaluation.accuracies.len() as f64;
            (evaluation.network.as_str(), (networks, evaluation.secs))
        });
        figures.collect()
    }

    /// Seconds for a network whose weight is that of the run's own: by kernels of ours and on the tape.
    fn rates(&self) -> [Option<f64>; 2] {
        let laboratory = self.laboratory;
        let done = self.done_on_others();
        let mut sums = [(0.0, 0.0); 2];
        let own = ("", &laboratory.network);
        let others = laboratory.others.iter().map(|(name, network)| (name.as_str(), network));
        for (name, network) in others.chain([own]) {
            let Some((networks, secs)) = done.get(name) else { continue };
            let sum = &mut sums[usize::from(Training::is_on_tape(network))];
            sum.0 += secs;
            sum.1 += networks * scoring::weight(laboratory, network);
        }
        let pace = self.pace;
        let epochs = self.condensation.epochs(laboratory);
        let usual = pace.epoch_secs.zip(pace.test_secs).map(|(epoch, test)| epochs * epoch + test);
        let measured = sums.map(|(secs, weight)| (weight > 0.0).then(|| secs / weight));
        fill(measured, usual, Training::is_on_tape(&laboratory.network))
    }
}

/// Rates by kernels and on the tape, those that were not measured by what is known: the `usual` rate of the
/// run's own network, which is on the tape or not, and the other of the two.
fn fill(measured: [Option<f64>; 2], usual: Option<f64>, is_own_on_tape: bool) -> [Option<f64>; 2] {
    let [kernels, tape] = measured;
    let (kernels, tape) =
        if is_own_on_tape { (kernels, tape.or(usual)) } else { (kernels.or(usual), tape) };
    [kernels.or(tape.map(|rate| rate / TAPE)), tape.or(kernels.map(|rate| rate * TAPE))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_that_was_not_measured_follows_from_the_other() {
        let filled = |measured, usual, on_tape| {
            let rates = fill(measured, usual, on_tape);
            rates.map(|rate| rate.map(|rate| (10.0 * rate).round() as i64))
        };
        assert_eq!(filled([None; 2], None, false), [None; 2]);
        assert_eq!(filled([None; 2], Some(2.0), false), [Some(20), Some(200)]);
        assert_eq!(filled([None; 2], Some(2.0), true), [Some(2), Some(20)]);
        assert_eq!(filled([Some(1.0), None], Some(2.0), true), [Some(10), Some(20)]);
        assert_eq!(filled([Some(1.0), Some(7.0)], Some(2.0), false), [Some(10), Some(70)]);
        assert_eq!(filled([None, Some(7.0)], None, false), [Some(7), Some(70)]);
    }
}
