//! Mean and standard deviation of each channel of a split's pixels, exactly: bytes are counted first.
//!
//! The deviation is the population's, over all pixels of all images (reference section 11, point 8).

use super::split::Split;

/// Statistics of one channel, of pixels in 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelStatistics {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
}

/// The statistics of every channel; zero where there is no pixel.
pub fn statistics(split: &Split) -> Vec<ChannelStatistics> {
    let [channels, height, width] = split.shape();
    let mut counts = vec![[0_u64; 256]; channels];
    let planes = split.images().chunks_exact((height * width).max(1));
    for (place, plane) in planes.enumerate() {
        let counts = &mut counts[place % channels];
        for byte in plane {
            counts[usize::from(*byte)] += 1;
        }
    }
    counts.iter().map(of_counts).collect()
}

fn of_counts(counts: &[u64; 256]) -> ChannelStatistics {
    let count = counts.iter().sum::<u64>().max(1) as f64;
    let values = || counts.iter().enumerate().map(|(value, count)| (value as f64, *count as f64));
    let mean = values().map(|(value, count)| value * count).sum::<f64>() / count;
    let variance =
        values().map(|(value, count)| (value - mean).powi(2) * count).sum::<f64>() / count;
    ChannelStatistics { mean: mean / 255.0, std: variance.sqrt() / 255.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_over_all_images() {
        let pixels = vec![0, 255, 10, 10, 255, 0, 10, 30];
        let split = Split::new(pixels, vec![0, 0], [2, 1, 2], 1).unwrap();
        let [first, second] = statistics(&split)[..] else { panic!() };
        assert_eq!((first.mean, first.std), (0.5, 0.5));
        assert!((second.mean - 15.0 / 255.0).abs() < 1e-12);
        // Of 10, 10, 10, 30: the variance is 75.
        assert!((second.std - 75_f64.sqrt() / 255.0).abs() < 1e-12);
    }

    #[test]
    fn no_image_has_no_statistics() {
        let split = Split::new(vec![], vec![], [1, 2, 2], 1).unwrap();
        assert_eq!(statistics(&split), [ChannelStatistics { mean: 0.0, std: 0.0 }]);
    }
}
