//! The one measure of agreement: the L2 norm of the difference over a scale.

/// Collects errors of a case and fails with the name of what was too far off.
pub struct Closeness {
    case: String,
    tolerance: f64,
    /// The largest error so far, and where it was.
    pub worst: (f64, String),
}

impl Closeness {
    pub fn new(case: &str, tolerance: f64) -> Self {
        Self { case: case.to_owned(), tolerance, worst: (0.0, String::new()) }
    }

    /// Relative to the expected tensor's own norm.
    pub fn check(&mut self, what: &str, found: &[f64], expected: &[f64]) {
        self.check_on_scale(what, found, expected, norm(expected.iter().copied()));
    }

    /// Relative to `scale`, for tensors that may be nothing but rounding, such as the gradient of a
    /// convolution's bias before a normalisation.
    pub fn check_on_scale(&mut self, what: &str, found: &[f64], expected: &[f64], scale: f64) {
        assert_eq!(found.len(), expected.len(), "{}: {what} has another length", self.case);
        let error = norm(found.iter().zip(expected).map(|(found, expected)| found - expected));
        let error = error / scale.max(f64::MIN_POSITIVE);
        if error.is_nan() || error > self.worst.0 {
            self.worst = (error, what.to_owned());
        }
        assert!(
            error <= self.tolerance,
            "{}: {what} is off by {error:.1e}, more than {:.0e}",
            self.case,
            self.tolerance
        );
    }

    /// Tensors of one list, each relative to its own norm, but not to less than a thousandth of the
    /// largest in the list.
    pub fn check_list(
        &mut self,
        what: &str,
        names: &[String],
        found: &[Vec<f64>],
        expected: &[Vec<f64>],
    ) {
        assert_eq!(found.len(), expected.len(), "{}: {what}", self.case);
        let norms: Vec<f64> = expected.iter().map(|part| norm(part.iter().copied())).collect();
        let floor = norms.iter().fold(0.0_f64, |largest, norm| largest.max(*norm)) * 1e-3;
        for (at, name) in names.iter().enumerate() {
            let scale = norms[at].max(floor);
            self.check_on_scale(&format!("{what} of {name}"), &found[at], &expected[at], scale);
        }
    }
}

pub fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}
