//! K-Center: images such that no image is far from the nearest of them (Wolf 2011, Sener & Savarese 2018;
//! reference section 5.3).
//!
//! Greedy: first the image nearest to the mean, then again and again the one that is farthest from its
//! nearest centre. The largest such distance is at most twice the best that any choice can do.

use super::points::{Points, nearest};

/// The places of `count` points, in the order of choice; all of them where there are not more.
pub fn k_center(points: Points<'_>, count: usize) -> Vec<usize> {
    let count = count.min(points.len());
    let first = nearest(&points.squared_distances(&points.mean()), |_| true);
    let mut chosen: Vec<usize> = first.into_iter().take(count).collect();
    let mut gaps = vec![f64::INFINITY; points.len()];
    while let Some(&last) = chosen.last().filter(|_| chosen.len() < count) {
        let centre: Vec<f64> = points.row(last).iter().map(|value| f64::from(*value)).collect();
        for (gap, distance) in gaps.iter_mut().zip(points.squared_distances(&centre)) {
            *gap = gap.min(distance);
        }
        let farthest: Vec<f64> = gaps.iter().map(|gap| -gap).collect();
        let Some(next) = nearest(&farthest, |at| !chosen.contains(&at)) else { break };
        chosen.push(next);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_comes_first_then_whatever_is_farthest() {
        // The mean is 4: the point 3 is nearest; 10 is 7 away; then 0, 3 away from 3.
        let values = [0.0, 3.0, 10.0, 2.0, 5.0];
        assert_eq!(k_center(Points::new(&values, 1), 4), [1, 2, 0, 4]);
    }

    #[test]
    fn equal_points_are_chosen_once_each() {
        let mut all = k_center(Points::new(&[1.0; 6], 2), 5);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        assert!(k_center(Points::new(&[], 2), 5).is_empty());
        assert!(k_center(Points::new(&[1.0, 2.0], 1), 0).is_empty());
    }
}
