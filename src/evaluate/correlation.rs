//! Whether two rankings agree: the rank correlations that architecture searches are told by (reference
//! section 6.1).
//!
//! ```text
//! Spearman   ρ = Pearson's correlation of the ranks, equals sharing the mean of their ranks
//! Kendall    τ_b = (C − D) / √((C + D + X)(C + D + Y))
//! ```
//!
//! with C and D the pairs that the two put in the same and in opposite order, X and Y those that are equal in
//! the first or in the second alone. Without ties both are the plain coefficients.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How far two rankings agree: 1 wholly, 0 not at all, −1 in reverse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Spearman's ρ.
    pub spearman: f64,
    /// Kendall's tau-b.
    pub kendall: f64,
}

impl Correlation {
    /// Of two lists of values of the same things, in one order; none of fewer than two, or where one of the
    /// lists puts none before another.
    pub fn of(first: &[f64], second: &[f64]) -> Option<Self> {
        let count = first.len().min(second.len());
        let (first, second) = (&first[..count], &second[..count]);
        let spearman = pearson(&ranks(first), &ranks(second))?;
        Some(Self { spearman, kendall: tau_b(first, second)? })
    }
}

/// Ranks from 1, equals with the mean of the ranks that they take up together.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equals in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let rank = before as f64 + f64::midpoint(equals.len() as f64, 1.0);
        for at in equals {
            ranks[*at] = rank;
        }
        before += equals.len();
    }
    ranks
}

/// None where one of them does not vary.
fn pearson(first: &[f64], second: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(first), mean(second));
    let both: f64 = first.iter().zip(second).map(|(x, y)| (x - a) * (y - b)).sum();
    let spread = |values: &[f64], mean: f64| values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    let spreads = spread(first, a) * spread(second, b);
    (spreads > 0.0).then(|| (both / spreads.sqrt()).clamp(-1.0, 1.0))
}

/// None where one of them has only equals.
fn tau_b(first: &[f64], second: &[f64]) -> Option<f64> {
    let (mut agree, mut oppose, mut first_only, mut second_only) = (0_u64, 0_u64, 0_u64, 0_u64);
    for at in 0..first.len() {
        for before in 0..at {
            let one = first[at].total_cmp(&first[before]);
            let other = second[at].total_cmp(&second[before]);
            match (one, other) {
                (Ordering::Equal, Ordering::Equal) => {}
                (Ordering::Equal, _) => first_only += 1,
                (_, Ordering::Equal) => second_only += 1,
                _ if one == other => agree += 1,
                _ => oppose += 1,
            }
        }
    }
    let told = (agree + oppose) as f64;
    let pairs = (told + first_only as f64) * (told + second_only as f64);
    (pairs > 0.0).then(|| (agree as f64 - oppose as f64) / pairs.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: &[f64], second: &[f64]) -> (f64, f64) {
        let found = Correlation::of(first, second).unwrap();
        (found.spearman, found.kendall)
    }

    fn near(found: (f64, f64), wanted: (f64, f64)) {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(found.0, wanted.0) && close(found.1, wanted.1), "{found:?} {wanted:?}");
    }

    /// Ranks 1..5 against 2 1 4 3 5: Σd² = 4, ρ = 1 − 6·4/(5·24) = 0.8; 8 pairs agree, 2 do not.
    #[test]
    fn without_ties_they_are_the_textbook_formulas() {
        near(of(&[0.1, 0.2, 0.3, 0.4, 0.9], &[20.0, 10.0, 40.0, 30.0, 50.0]), (0.8, 0.6));
        near(of(&[1.0, 2.0, 3.0], &[-1.0, -2.0, -3.0]), (-1.0, -1.0));
        near(of(&[1.0, 2.0, 3.0], &[0.1, 10.0, 11.0]), (1.0, 1.0));
    }

    /// Values 1 2 2 3 have ranks 1, 2.5, 2.5, 4, against 1 3 2 4: both deviations by hand,
    /// ρ = 4.5 / √(4.5·5). Five pairs agree, one is equal in the first: τ = 5 / √(6·5).
    #[test]
    fn equals_share_their_ranks_and_count_for_neither_order() {
        let wanted = (4.5 / 22.5_f64.sqrt(), 5.0 / 30.0_f64.sqrt());
        near(of(&[1.0, 2.0, 2.0, 3.0], &[1.0, 3.0, 2.0, 4.0]), wanted);
        near(of(&[1.0, 3.0, 2.0, 4.0], &[1.0, 2.0, 2.0, 3.0]), wanted);
        // Equal in both: pairs agree 4, none opposes, and the pair of equals says nothing.
        near(of(&[1.0, 1.0, 2.0, 3.0], &[5.0, 5.0, 6.0, 7.0]), (1.0, 1.0));
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 3.0]), [3.0, 1.0, 3.0, 3.0]);
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        assert_eq!(Correlation::of(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(Correlation::of(&[1.0], &[1.0]), None);
        assert_eq!(Correlation::of(&[], &[]), None);
    }
}
