//! Herding: images whose running mean stays at the mean of the class (Welling 2009; reference section 5.2).
//!
//! ```text
//! for i = 0, 1, …:   t = (i + 1) · mean − Σ chosen,   choose the nearest to t that is not chosen yet
//! ```

use super::points::{Points, nearest};

/// The places of `count` points, in the order of choice; all of them where there are not more.
pub fn herding(points: Points<'_>, count: usize) -> Vec<usize> {
    let mean = points.mean();
    let mut sum = vec![0.0; mean.len()];
    let mut chosen = Vec::new();
    let mut taken = vec![false; points.len()];
    while chosen.len() < count.min(points.len()) {
        let step = (chosen.len() + 1) as f64;
        let target: Vec<f64> = mean.iter().zip(&sum).map(|(mean, sum)| step * mean - sum).collect();
        let distances = points.squared_distances(&target);
        let Some(best) = nearest(&distances, |at| !taken[at]) else { break };
        taken[best] = true;
        chosen.push(best);
        for (sum, value) in sum.iter_mut().zip(points.row(best)) {
            *sum += f64::from(*value);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean is 3. First 3 itself; then the target is 2·3 − 3 = 3 again, and 2 is as near as 4: the first
    /// one counts; then 3·3 − 5 = 4.
    #[test]
    fn each_choice_pulls_the_running_mean_back() {
        let values = [0.0, 2.0, 3.0, 4.0, 6.0];
        assert_eq!(herding(Points::new(&values, 1), 3), [2, 1, 3]);
    }

    #[test]
    fn the_mean_of_the_chosen_nears_that_of_the_class() {
        let values: Vec<f32> = (0..200)
            .flat_map(|at| [(at as f32 * 0.7).sin(), (at as f32 * 1.3).cos() * 2.0])
            .collect();
        let points = Points::new(&values, 2);
        let mean = points.mean();
        let off = |count: usize| {
            let chosen = herding(points, count);
            let rows: Vec<f32> = chosen.iter().flat_map(|at| points.row(*at).to_vec()).collect();
            let own = Points::new(&rows, 2).mean();
            mean.iter().zip(own).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        // The sum of what was chosen stays within a point's length of as many means, however many there are.
        for count in [5, 20, 60, 150] {
            assert!(off(count) * (count as f64) < 2.3, "{count}: {}", off(count));
        }
        assert_eq!(herding(points, 5), herding(points, 20)[..5]);
    }

    #[test]
    fn a_small_class_is_taken_whole_and_an_empty_one_gives_nothing() {
        let mut all = herding(Points::new(&[1.0, 5.0], 1), 9);
        all.sort_unstable();
        assert_eq!(all, [0, 1]);
        assert!(herding(Points::new(&[], 3), 2).is_empty());
    }
}
