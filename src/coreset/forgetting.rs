//! Forgetting: images that training gets right and then wrong again most often (Toneva et al. 2019;
//! reference section 5.4).
//!
//! A forgetting event of an image is a visit at which it is classified wrongly after a visit at which it was
//! right. An image that was never right counts as forgotten more often than any other.

/// What training on the whole set has seen of every image so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgetting {
    events: Vec<u32>,
    right: Vec<bool>,
    learned: Vec<bool>,
}

impl Forgetting {
    /// Before the first visit to any of `images` images.
    pub fn new(images: usize) -> Self {
        Self { events: vec![0; images], right: vec![false; images], learned: vec![false; images] }
    }

    /// A visit to an image in training: was it classified rightly before the step?
    pub fn visit(&mut self, image: usize, right: bool) {
        if self.right[image] && !right {
            self.events[image] += 1;
        }
        self.right[image] = right;
        self.learned[image] |= right;
    }

    /// Forgetting events of every image, the largest number there is for those never learned.
    pub fn counts(&self) -> Vec<u32> {
        let count = |(events, learned): (&u32, &bool)| if *learned { *events } else { u32::MAX };
        self.events.iter().zip(&self.learned).map(count).collect()
    }
}

/// The places of the `count` largest numbers of events, largest first and the first of equals first.
pub fn most_forgotten(events: &[u32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(events[*at]));
    order.truncate(count);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_from_right_to_wrong_only() {
        let mut seen = Forgetting::new(3);
        for (first, second) in
            [(false, true), (true, true), (false, false), (true, true), (false, true)]
        {
            seen.visit(0, first);
            seen.visit(1, second);
            seen.visit(2, false);
        }
        assert_eq!(seen.counts(), [2, 1, u32::MAX]);
    }

    #[test]
    fn those_never_learned_come_first_and_equals_in_order() {
        assert_eq!(most_forgotten(&[1, 5, u32::MAX, 5, 0], 4), [2, 1, 3, 0]);
        assert_eq!(most_forgotten(&[1], 3), [0]);
    }
}
