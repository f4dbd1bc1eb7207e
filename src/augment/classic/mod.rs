//! DC's own augmentation, used when networks are trained from scratch on a condensed set, never while
//! matching: it works on host pixels and has no gradient (DC's evaluation on MNIST; reference
//! section 2.6).
//!
//! Each image of a batch meets ONE operation, drawn uniformly: crop, scale, rotate or noise. What an
//! operation uncovers is filled with the batch's channel means (crop), their mean (rotate) or zero
//! (scale). Pixels are single precision in normalised space, laid out `[n, c, h, w]`.

mod crop;
mod noise;
mod rotate;
mod scale;
mod spline;

use std::{fmt, str::FromStr};

use rand::{Rng, RngExt};

use crate::spec::Norm;

/// One operation of the classic augmentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassicToken {
    /// A border of the channel means, cut at a random offset.
    Crop,
    /// Nearest-neighbour resizing about the centre.
    Scale,
    /// Rotation with cubic splines.
    Rotate,
    /// A little normal noise.
    Noise,
}

impl ClassicToken {
    const WORDS: [(&'static str, Self); 4] = [
        ("crop", Self::Crop),
        ("scale", Self::Scale),
        ("rotate", Self::Rotate),
        ("noise", Self::Noise),
    ];
}

/// The operations to draw from, written with underscores: `crop_scale_rotate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicStrategy(pub Vec<ClassicToken>);

impl ClassicStrategy {
    /// What the reference uses to train a network with this norm: `crop_noise` under batch
    /// normalisation, `crop_scale_rotate` otherwise.
    pub fn prescribed(norm: Norm) -> Self {
        use ClassicToken::{Crop, Noise, Rotate, Scale};
        Self(if norm == Norm::Batch { vec![Crop, Noise] } else { vec![Crop, Scale, Rotate] })
    }

    /// Augments `pixels`, images of `shape` `[n, c, h, w]`, in place.
    pub fn apply(&self, pixels: &mut [f32], shape: [usize; 4], rng: &mut impl Rng) {
        let [_, c, h, w] = shape;
        if self.0.is_empty() || pixels.is_empty() {
            return;
        }
        let means = channel_means(pixels, shape);
        for image in pixels.chunks_exact_mut(c * h * w) {
            match self.0[rng.random_range(0..self.0.len())] {
                ClassicToken::Crop => crop::apply(image, [h, w], &means, crop::draw(rng)),
                ClassicToken::Scale => scale::apply(image, [h, w], scale::draw(h, rng)),
                ClassicToken::Rotate => {
                    let fill = means.iter().sum::<f64>() / means.len() as f64;
                    rotate::apply(image, [h, w], fill, rotate::draw(rng));
                }
                ClassicToken::Noise => noise::apply(image, rng),
            }
        }
    }
}

/// The mean of each channel over the batch, before anything is changed.
fn channel_means(pixels: &[f32], [n, c, h, w]: [usize; 4]) -> Vec<f64> {
    let mut sums = vec![0.0; c];
    for (index, plane) in pixels.chunks_exact(h * w).enumerate() {
        sums[index % c] += plane.iter().copied().map(f64::from).sum::<f64>();
    }
    sums.iter().map(|sum| sum / (n * h * w) as f64).collect()
}

impl fmt::Display for ClassicStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |token| {
            ClassicToken::WORDS
                .iter()
                .find(|(_, other)| *other == token)
                .map_or("", |(word, _)| word)
        };
        let words: Vec<_> = self.0.iter().map(|token| word(*token)).collect();
        f.write_str(if words.is_empty() { "none" } else { "" })?;
        f.write_str(&words.join("_"))
    }
}

impl FromStr for ClassicStrategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let token = |word: &str| {
            let known = ClassicToken::WORDS.iter().find(|(known, _)| *known == word);
            known.map(|(_, token)| *token).ok_or_else(|| {
                let words: Vec<_> = ClassicToken::WORDS.iter().map(|(word, _)| *word).collect();
                format!("`{word}` is not one of {}", words.join(", "))
            })
        };
        text.split('_').map(token).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    fn strategy(text: &str) -> ClassicStrategy {
        text.parse().unwrap()
    }

    #[test]
    fn a_strategy_reads_as_it_is_written() {
        for text in ["crop_scale_rotate", "crop_noise", "none"] {
            assert_eq!(strategy(text).to_string(), text);
        }
        assert!("crop_flip".parse::<ClassicStrategy>().unwrap_err().contains("`flip`"));
        assert_eq!(ClassicStrategy::prescribed(Norm::Batch), strategy("crop_noise"));
        assert_eq!(ClassicStrategy::prescribed(Norm::Instance), strategy("crop_scale_rotate"));
    }

    #[test]
    fn the_means_are_those_of_each_channel() {
        let pixels = [1.0, 3.0, 10.0, 20.0, 5.0, 7.0, 30.0, 40.0];
        assert_eq!(channel_means(&pixels, [2, 2, 1, 2]), [4.0, 25.0]);
    }

    #[test]
    fn every_image_is_changed_and_the_same_stream_changes_it_the_same() {
        let shape = [12, 3, 9, 7];
        let before: Vec<f32> = (0..12 * 3 * 9 * 7).map(|i| (i as f32 * 0.37).sin()).collect();
        let augment = |seed| {
            let mut pixels = before.clone();
            let mut rng = stream(seed, Purpose::EvaluationTraining, &[0]);
            strategy("rotate_noise").apply(&mut pixels, shape, &mut rng);
            pixels
        };
        let (one, again, other) = (augment(1), augment(1), augment(2));
        assert_eq!(one, again);
        assert_ne!(one, other);
        for (image, was) in one.chunks(3 * 9 * 7).zip(before.chunks(3 * 9 * 7)) {
            assert_ne!(image, was);
        }
        assert!(one.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn noise_is_small() {
        let mut pixels = vec![0.5; 4000];
        let mut rng = stream(3, Purpose::EvaluationTraining, &[0]);
        strategy("noise").apply(&mut pixels, [1, 1, 40, 100], &mut rng);
        let deviation = |p: &f32| f64::from(p - 0.5).powi(2);
        let std = (pixels.iter().map(deviation).sum::<f64>() / 4000.0).sqrt();
        assert!((std - 0.001).abs() < 5e-5, "{std}");
    }
}
