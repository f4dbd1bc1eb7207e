//! How long a run has left, from what has been measured on its own device.

/// Seconds per unit of work, as measured so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    /// One step of training on all data, for the choice of a coreset.
    pub choosing_secs: Option<f64>,
    /// One iteration of the outer loop.
    pub iteration_secs: Option<f64>,
    /// One epoch of training on as many images as the synthetic set has.
    pub epoch_secs: Option<f64>,
    /// One pass over the test set.
    pub test_secs: Option<f64>,
}

/// Work that a run has before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// Steps of training on all data.
    pub choosing: f64,
    /// Iterations, the begun one as a part.
    pub iterations: f64,
    /// Epochs of evaluation training, over all networks that are the run's own.
    pub epochs: f64,
    /// Passes over the test set by these.
    pub tests: f64,
    /// Seconds of the evaluations on other networks; none while nothing tells how long they take.
    pub others: Option<f64>,
}

impl Default for Ahead {
    /// Nothing.
    fn default() -> Self {
        Self { choosing: 0.0, iterations: 0.0, epochs: 0.0, tests: 0.0, others: Some(0.0) }
    }
}

impl Pace {
    /// Takes a measurement into account: recent ones weigh more, since machines are shared.
    pub fn measured(slot: &mut Option<f64>, secs: f64) {
        *slot = Some(slot.map_or(secs, |known| 0.7 * known + 0.3 * secs));
    }

    /// Seconds for the work ahead; `None` while something ahead was never measured.
    pub fn secs_for(&self, ahead: &Ahead) -> Option<f64> {
        let part = |amount: f64, secs: Option<f64>| {
            if amount > 0.0 { secs.map(|secs| amount * secs) } else { Some(0.0) }
        };
        Some(
            part(ahead.choosing, self.choosing_secs)?
                + part(ahead.iterations, self.iteration_secs)?
                + part(ahead.epochs, self.epoch_secs)?
                + part(ahead.tests, self.test_secs)?
                + ahead.others?,
        )
    }
}

/// The share of the whole time that is behind, 0 to 1.
pub fn share(used_secs: f64, left_secs: Option<f64>, fallback: f64) -> f64 {
    match left_secs {
        Some(left) if used_secs + left > 0.0 => used_secs / (used_secs + left),
        _ => fallback,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_promised_before_it_was_measured() {
        let mut pace = Pace::default();
        let ahead = Ahead { iterations: 10.0, epochs: 100.0, tests: 1.0, ..Ahead::default() };
        assert_eq!(pace.secs_for(&ahead), None);
        Pace::measured(&mut pace.iteration_secs, 2.0);
        Pace::measured(&mut pace.epoch_secs, 0.1);
        assert_eq!(pace.secs_for(&ahead), None);
        Pace::measured(&mut pace.test_secs, 5.0);
        assert_eq!(pace.secs_for(&ahead), Some(35.0));
        assert_eq!(pace.secs_for(&Ahead::default()), Some(0.0));
        assert_eq!(pace.secs_for(&Ahead { others: None, ..ahead }), None);
        assert_eq!(pace.secs_for(&Ahead { others: Some(5.0), ..ahead }), Some(40.0));
    }

    #[test]
    fn a_slower_machine_moves_the_estimate() {
        let mut slot = Some(1.0);
        Pace::measured(&mut slot, 2.0);
        assert!((slot.unwrap() - 1.3).abs() < 1e-12);
    }
}
