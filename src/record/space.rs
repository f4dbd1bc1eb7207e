//! The space that stored pixels live in, and the way from there to a picture.

use serde::{Deserialize, Serialize};

/// Normalised space: a pixel in it is (value in 0..1 − mean) / std, per channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// Mean of every channel.
    pub mean: Vec<f32>,
    /// Standard deviation of every channel.
    pub std: Vec<f32>,
}

impl Space {
    /// Normalised images `[n, channels, height, width]` as bytes for display: times std, plus mean,
    /// clamped to 0..1 (reference section 1.11). NaN becomes black.
    pub fn to_bytes(&self, images: &[f32], plane: usize) -> Vec<u8> {
        let channels = self.mean.len();
        images
            .iter()
            .enumerate()
            .map(|(at, value)| {
                let channel = at / plane.max(1) % channels.max(1);
                let unit = value * self.std[channel] + self.mean[channel];
                (unit.clamp(0.0, 1.0) * 255.0).round() as u8
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_way_back_and_the_range_is_clamped() {
        let space = Space { mean: vec![0.5, 0.2], std: vec![0.25, 0.1] };
        let images = [0.0, 2.0, 9.0, -9.0, 0.0, 1.0, f32::NAN, f32::INFINITY];
        assert_eq!(space.to_bytes(&images, 2), [128, 255, 255, 0, 128, 191, 0, 255]);
    }
}
