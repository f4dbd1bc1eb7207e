//! One figure for all tasks so far.
//!
//! Tasks that are data sets of their own count alike, however many test images they have (reference section 6.2).
//! Tasks that are parts of one data set count by their test images, so that the figure is the accuracy on all test
//! images of the classes seen so far (section 6.3). Both are the mean over data sets of the share of their test
//! images so far that a network has right.

use crate::evaluate::Score;

/// The figure, 0 to 1, from the score on each task and the number of the data set that each is of.
pub fn mean_accuracy(scores: &[Score], sets: &[usize]) -> f64 {
    let mut all: Vec<(usize, Score)> = Vec::new();
    for (score, set) in scores.iter().zip(sets) {
        match all.iter_mut().find(|(known, _)| known == set) {
            Some((_, sum)) => {
                sum.correct += score.correct;
                sum.total += score.total;
            }
            None => all.push((*set, *score)),
        }
    }
    all.iter().map(|(_, score)| score.accuracy()).sum::<f64>() / all.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_count_alike_and_parts_of_one_by_their_images() {
        let scores = [Score { correct: 90, total: 100 }, Score { correct: 10, total: 20 }];
        assert!((mean_accuracy(&scores, &[0, 1]) - 0.7).abs() < 1e-12);
        assert!((mean_accuracy(&scores, &[0, 0]) - 100.0 / 120.0).abs() < 1e-12);
        let three = [scores[0], scores[1], Score { correct: 5, total: 10 }];
        assert!(
            (mean_accuracy(&three, &[0, 1, 0]) - f64::midpoint(95.0 / 110.0, 0.5)).abs() < 1e-12
        );
    }
}
