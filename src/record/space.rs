//! The space that stored pixels live in, and the ways from there to a picture and to another space.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Half the width, in standard deviations, of what is shown of pixels whose range nobody knows.
const SHOWN_DEVIATIONS: f64 = 2.5;

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
        let byte = |(at, value): (usize, &f32)| {
            let channel = channel(at, plane, channels);
            byte(value * self.std[channel] + self.mean[channel])
        };
        images.iter().enumerate().map(byte).collect()
    }
}

/// The channel of the value at `at` in `[n, channels, height, width]`.
fn channel(at: usize, plane: usize, channels: usize) -> usize {
    at / plane.max(1) % channels.max(1)
}

/// A value in 0..1 as a byte.
fn byte(unit: f32) -> u8 {
    (unit.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// What the pixels of a set are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PixelSpace {
    /// Normalised with these constants, not clamped.
    Normalised(Space),
    /// 0 is black and 1 is white; values beyond may occur.
    Unit,
    /// Decorrelated with a matrix that is not in the file: there is no way back to colours.
    Whitened,
    /// Nobody said.
    Unknown,
}

impl PixelSpace {
    /// Whether it can be the space of images with this many channels.
    ///
    /// # Errors
    /// A sentence on what does not fit.
    pub fn check(&self, channels: usize) -> Result<(), String> {
        let Self::Normalised(Space { mean, std }) = self else { return Ok(()) };
        if mean.len() != channels || std.len() != channels {
            return Err("mean and std do not have one value per channel".to_owned());
        }
        if mean.iter().any(|m| !m.is_finite()) || std.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            return Err("mean and std are not finite, or a std is not above 0".to_owned());
        }
        Ok(())
    }

    /// Images `[n, channels, height, width]` as bytes for display. What is whitened or unknown has no
    /// colours of its own: each channel shows its mean ± 2.5 standard deviations.
    pub fn to_bytes(&self, images: &[f32], channels: usize, plane: usize) -> Vec<u8> {
        match self {
            Self::Normalised(space) => space.to_bytes(images, plane),
            Self::Unit => images.iter().map(|value| byte(*value)).collect(),
            Self::Whitened | Self::Unknown => {
                spread(images, channels, plane).to_bytes(images, plane)
            }
        }
    }

    /// The same images in the normalised space `wanted`. `None` when there is no way there.
    pub fn normalised(&self, images: &[f32], plane: usize, wanted: &Space) -> Option<Vec<f32>> {
        let channels = wanted.mean.len();
        let into = |unit: f32, channel: usize| (unit - wanted.mean[channel]) / wanted.std[channel];
        let values = images.iter().enumerate();
        match self {
            Self::Normalised(space) if space == wanted => Some(images.to_vec()),
            Self::Normalised(space) => Some(
                values
                    .map(|(at, value)| {
                        let channel = channel(at, plane, channels);
                        into(value * space.std[channel] + space.mean[channel], channel)
                    })
                    .collect(),
            ),
            Self::Unit => {
                Some(values.map(|(at, v)| into(*v, channel(at, plane, channels))).collect())
            }
            Self::Whitened | Self::Unknown => None,
        }
    }
}

impl fmt::Display for PixelSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normalised(Space { mean, std }) => {
                write!(f, "normalised (mean {}, std {})", listed(mean), listed(std))
            }
            Self::Unit => f.write_str("unit range (0 is black, 1 is white)"),
            Self::Whitened => f.write_str("whitened"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

fn listed(values: &[f32]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The normalised space in which the middle ± 2.5 deviations of these images fill 0..1.
fn spread(images: &[f32], channels: usize, plane: usize) -> Space {
    let mut sums = vec![(0_f64, 0_f64); channels];
    for (at, value) in images.iter().enumerate() {
        let (sum, squares) = &mut sums[channel(at, plane, channels)];
        *sum += f64::from(*value);
        *squares += f64::from(*value).powi(2);
    }
    let count = (images.len() / channels.max(1)).max(1) as f64;
    let scales = sums.into_iter().map(|(sum, squares)| {
        let mean = sum / count;
        let width = 2.0 * SHOWN_DEVIATIONS * (squares / count - mean * mean).max(1e-12).sqrt();
        ((0.5 - mean / width) as f32, (1.0 / width) as f32)
    });
    let (mean, std) = scales.unzip();
    Space { mean, std }
}

/// Reads a pixel space; the first version of the format had the constants alone.
pub fn stated_or_bare<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PixelSpace, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Stated(PixelSpace),
        Bare(Space),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Stated(space) => space,
        Written::Bare(space) => PixelSpace::Normalised(space),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Space {
        Space { mean: vec![0.5, 0.2], std: vec![0.25, 0.1] }
    }

    #[test]
    fn each_channel_has_its_own_way_back_and_the_range_is_clamped() {
        let images = [0.0, 2.0, 9.0, -9.0, 0.0, 1.0, f32::NAN, f32::INFINITY];
        assert_eq!(space().to_bytes(&images, 2), [128, 255, 255, 0, 128, 191, 0, 255]);
    }

    #[test]
    fn unit_range_and_other_constants_lead_to_the_wanted_space() {
        let wanted = Space { mean: vec![0.5, 0.5], std: vec![0.5, 0.25] };
        // Two channels of one pixel.
        let unit = PixelSpace::Unit.normalised(&[1.0, 0.25], 1, &wanted);
        assert_eq!(unit, Some(vec![1.0, -1.0]));
        let other = PixelSpace::Normalised(space()).normalised(&[2.0, 3.0], 1, &wanted).unwrap();
        assert!((other[0] - 1.0).abs() < 1e-6 && other[1].abs() < 1e-6, "{other:?}");
        assert_eq!(PixelSpace::Whitened.normalised(&[1.0, 0.25], 1, &wanted), None);
        assert_eq!(PixelSpace::Unknown.normalised(&[1.0, 0.25], 1, &wanted), None);
    }

    #[test]
    fn what_has_no_range_is_shown_around_its_middle() {
        let bytes = PixelSpace::Whitened.to_bytes(&[9.0, 11.0, 10.0, 10.0], 1, 4);
        assert!(bytes[0] < bytes[2] && bytes[2] < bytes[1], "{bytes:?}");
        assert_eq!(bytes[2], 128);
        // A flat image is grey, not a division by nothing.
        assert_eq!(PixelSpace::Unknown.to_bytes(&[3.0; 4], 1, 4), [128; 4]);
    }

    #[test]
    fn constants_that_cannot_be_are_refused() {
        let with = |mean: f32, std: f32| {
            PixelSpace::Normalised(Space { mean: vec![mean], std: vec![std] }).check(1)
        };
        assert_eq!(with(0.5, 0.2), Ok(()));
        assert!(with(f32::NAN, 0.2).is_err() && with(0.5, 0.0).is_err());
        assert!(PixelSpace::Normalised(space()).check(3).unwrap_err().contains("per channel"));
    }
}
