//! Whether two sets of results that were measured in pairs differ: the paired t-test.
//!
//! A pair shares everything but what is compared (seed, networks, batches), so what the two have in common
//! cancels in the difference. With differences d of mean m and sample deviation s over n pairs,
//! t = m / (s / √n) follows Student's distribution with n − 1 degrees of freedom if there is no difference.

use serde::{Deserialize, Serialize};
use special::Beta;

/// What the paired test found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Number of pairs.
    pub pairs: usize,
    /// Mean of first minus second.
    pub difference: f64,
    /// Half the width of the 95 % confidence interval of the difference.
    pub half_width: f64,
    /// The probability of a difference this large or larger, in either direction, if there is none.
    pub p_value: f64,
}

impl Paired {
    /// Compares `first` with `second`, pair by pair; none of fewer than two pairs.
    pub fn of(first: &[f64], second: &[f64]) -> Option<Self> {
        let pairs = first.len().min(second.len());
        if pairs < 2 {
            return None;
        }
        let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
        let count = pairs as f64;
        let mean = differences.iter().sum::<f64>() / count;
        let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let freedom = count - 1.0;
        let p_value = match (error > 0.0, mean == 0.0) {
            (true, _) => two_sided(mean / error, freedom),
            (false, true) => 1.0,
            (false, false) => 0.0,
        };
        let half_width = error * critical(freedom);
        Some(Self { pairs, difference: mean, half_width, p_value })
    }
}

/// The probability that Student's t with `freedom` degrees of freedom is beyond ±t: the regularised
/// incomplete beta function I(ν / (ν + t²); ν/2, 1/2).
fn two_sided(t: f64, freedom: f64) -> f64 {
    let (p, q) = (freedom / 2.0, 0.5_f64);
    (freedom / (freedom + t * t)).inc_beta(p, q, p.ln_beta(q))
}

/// The t beyond which, on both sides together, 5 % lie. The probability falls with t, so it is found by
/// halving.
fn critical(freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle, freedom) > 0.05 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of published tables of Student's distribution.
    #[test]
    fn the_critical_values_are_those_of_the_tables() {
        for (freedom, wanted) in [(1.0, 12.706), (4.0, 2.776), (9.0, 2.262), (100.0, 1.984)] {
            assert!((critical(freedom) - wanted).abs() < 1e-3, "{freedom}");
        }
        assert!((two_sided(2.262, 9.0) - 0.05).abs() < 1e-4);
    }

    /// Differences 1, 2, 3: mean 2, deviation 1, t = 2·√3 with two degrees of freedom, p = 0.0742.
    #[test]
    fn a_small_sample_by_hand() {
        let found = Paired::of(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((found.pairs, found.difference), (3, 2.0));
        assert!((found.p_value - 0.0742).abs() < 1e-4, "{}", found.p_value);
        assert!((found.half_width - 4.303 / 3.0_f64.sqrt()).abs() < 1e-3);
    }

    #[test]
    fn equal_results_are_no_evidence_and_a_constant_difference_is_all() {
        assert_eq!(Paired::of(&[0.5; 4], &[0.5; 4]).unwrap().p_value.to_bits(), 1.0_f64.to_bits());
        assert_eq!(Paired::of(&[0.75; 4], &[0.5; 4]).unwrap().p_value.to_bits(), 0.0_f64.to_bits());
        assert!(Paired::of(&[1.0], &[0.0]).is_none());
    }
}
