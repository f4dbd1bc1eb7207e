//! One operation with its parameters: what a token of a strategy becomes once it is drawn.

use burn::tensor::Tensor;
use rand::Rng;

use super::{
    brightness, contrast, crop,
    crop::Translation,
    cutout,
    cutout::Centre,
    flip,
    parameters::{Parameters, Sets},
    rotate, saturation, scale,
    scale::Factors,
};
use crate::spec::Token;

/// A differentiable operation on images, complete with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Added to all values.
    Brightness(Parameters<f64>),
    /// Factor on each pixel's distance from its mean over the channels.
    Saturation(Parameters<f64>),
    /// Factor on each value's distance from the image's mean.
    Contrast(Parameters<f64>),
    /// Move by whole pixels.
    Crop(Parameters<Translation>),
    /// Centre of the block that is set to zero.
    Cutout(Parameters<Centre>),
    /// Whether mirrored.
    Flip(Parameters<bool>),
    /// Factors of the sampling grid.
    Scale(Parameters<Factors>),
    /// Angle in degrees.
    Rotate(Parameters<f64>),
}

impl Operation {
    /// Draws the parameters of a token's operations, for images of `[height, width]`: three operations
    /// for the colour token, one for every other.
    pub(super) fn draw(
        token: Token,
        sets: Sets,
        size: [usize; 2],
        rng: &mut impl Rng,
    ) -> Vec<Self> {
        match token {
            Token::Color => vec![
                Self::Brightness(Parameters::draw(sets, || brightness::draw(rng))),
                Self::Saturation(Parameters::draw(sets, || saturation::draw(rng))),
                Self::Contrast(Parameters::draw(sets, || contrast::draw(rng))),
            ],
            Token::Crop => vec![Self::Crop(Parameters::draw(sets, || crop::draw(size, rng)))],
            Token::Cutout => vec![Self::Cutout(Parameters::draw(sets, || cutout::draw(size, rng)))],
            Token::Flip => vec![Self::Flip(Parameters::draw(sets, || flip::draw(rng)))],
            Token::Scale => vec![Self::Scale(Parameters::draw(sets, || scale::draw(rng)))],
            Token::Rotate => vec![Self::Rotate(Parameters::draw(sets, || rotate::draw(rng)))],
        }
    }

    /// Takes the parameters of another operation of this kind behind its own.
    pub(super) fn append(&mut self, other: Self) {
        match (self, other) {
            (Self::Brightness(own), Self::Brightness(other))
            | (Self::Saturation(own), Self::Saturation(other))
            | (Self::Contrast(own), Self::Contrast(other))
            | (Self::Rotate(own), Self::Rotate(other)) => own.append(other),
            (Self::Crop(own), Self::Crop(other)) => own.append(other),
            (Self::Cutout(own), Self::Cutout(other)) => own.append(other),
            (Self::Flip(own), Self::Flip(other)) => own.append(other),
            (Self::Scale(own), Self::Scale(other)) => own.append(other),
            _ => {}
        }
    }

    /// Images `[n, c, h, w]` in, the same shape out; differentiable in the images.
    pub(super) fn apply(&self, images: Tensor<4>, align_corners: bool) -> Tensor<4> {
        match self {
            Self::Brightness(shift) => brightness::apply(images, shift),
            Self::Saturation(factor) => saturation::apply(images, factor),
            Self::Contrast(factor) => contrast::apply(images, factor),
            Self::Crop(by) => crop::apply(images, by),
            Self::Cutout(centres) => cutout::apply(images, centres),
            Self::Flip(mirrored) => flip::apply(images, mirrored),
            Self::Scale(factors) => scale::apply(images, factors, align_corners),
            Self::Rotate(degrees) => rotate::apply(images, degrees, align_corners),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::random::{Purpose, stream};

    const DRAWS: usize = 4000;

    fn drawn(token: Token, size: [usize; 2]) -> Vec<Operation> {
        let mut rng = stream(7, Purpose::MatchingAugmentation, &[]);
        Operation::draw(token, Sets::PerImage(DRAWS), size, &mut rng)
    }

    fn each<P: Clone>(parameters: &Parameters<P>) -> Vec<P> {
        match parameters {
            Parameters::Shared(_) => panic!("drawn per image"),
            Parameters::PerImage(sets) => sets.clone(),
        }
    }

    /// Uniform numbers stay inside, come within a hundredth of both ends and centre in the middle.
    fn assert_uniform(numbers: &[f64], low: f64, high: f64) {
        let width = high - low;
        let (least, most) = numbers
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), n| (l.min(*n), m.max(*n)));
        assert!(low <= least && least < low + 0.01 * width, "{least} against {low}");
        assert!(high - 0.01 * width < most && most <= high, "{most} against {high}");
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        assert!((mean - low - width / 2.0).abs() < 0.02 * width, "mean {mean} of {low}..{high}");
    }

    /// Whole numbers meet every value of the range about equally often.
    fn assert_every_value(numbers: &[i64], low: i64, high: i64) {
        let mut counts = vec![0_usize; (high - low + 1) as usize];
        for number in numbers {
            counts[(number - low) as usize] += 1;
        }
        let expected = DRAWS / counts.len();
        for (value, count) in (low..).zip(counts) {
            assert!(count * 2 > expected && count < expected * 2, "{value} came {count} times");
        }
    }

    #[test]
    fn colours_are_drawn_from_the_papers_ranges() {
        let [
            Operation::Brightness(brightness),
            Operation::Saturation(saturation),
            Operation::Contrast(contrast),
        ] = &drawn(Token::Color, [32, 32])[..]
        else {
            panic!("brightness, saturation and contrast, in this order")
        };
        assert_uniform(&each(brightness), -0.5, 0.5);
        assert_uniform(&each(saturation), 0.0, 2.0);
        assert_uniform(&each(contrast), 0.5, 1.5);
    }

    #[test]
    fn moves_and_blocks_are_drawn_from_the_papers_ranges() {
        let [Operation::Crop(moves)] = &drawn(Token::Crop, [28, 10])[..] else {
            panic!("one crop")
        };
        let moves = each(moves);
        assert_every_value(&moves.iter().map(|t| t.dy as i64).collect::<Vec<_>>(), -4, 4);
        assert_every_value(&moves.iter().map(|t| t.dx as i64).collect::<Vec<_>>(), -1, 1);

        // An even block (14 of 28) is centred on any of 29 pixel borders, an odd one (5 of 9) on a pixel.
        let [Operation::Cutout(centres)] = &drawn(Token::Cutout, [28, 9])[..] else {
            panic!("one cutout")
        };
        let centres = each(centres);
        assert_every_value(&centres.iter().map(|c| c.row as i64).collect::<Vec<_>>(), 0, 28);
        assert_every_value(&centres.iter().map(|c| c.column as i64).collect::<Vec<_>>(), 0, 8);
    }

    #[test]
    fn flips_scales_and_angles_are_drawn_from_the_papers_ranges() {
        let [Operation::Flip(mirrored)] = &drawn(Token::Flip, [32, 32])[..] else {
            panic!("one flip")
        };
        let share = each(mirrored).iter().filter(|m| **m).count() as f64 / DRAWS as f64;
        assert!((share - 0.5).abs() < 0.03, "{share}");

        let [Operation::Scale(factors)] = &drawn(Token::Scale, [32, 32])[..] else {
            panic!("one scale")
        };
        let factors = each(factors);
        assert_uniform(&factors.iter().map(|f| f.x).collect::<Vec<_>>(), 1.0 / 1.2, 1.2);
        assert_uniform(&factors.iter().map(|f| f.y).collect::<Vec<_>>(), 1.0 / 1.2, 1.2);
        assert!(factors.iter().any(|f| f.x < 1.0 && f.y > 1.0), "the axes are independent");

        let [Operation::Rotate(degrees)] = &drawn(Token::Rotate, [32, 32])[..] else {
            panic!("one rotation")
        };
        assert_uniform(&each(degrees), -15.0, 15.0);
    }

    fn images(shape: [usize; 4], device: &Device) -> Tensor<4> {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i: usize| (i as f32 * 0.71).sin() * 2.0).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn values(images: Tensor<4>) -> Vec<f32> {
        images.try_into_vec_as::<f32>().unwrap()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn identity_parameters_change_nothing() {
        fn both<P: Clone>(set: P) -> [Parameters<P>; 2] {
            [Parameters::Shared(set.clone()), Parameters::PerImage(vec![set; 3])]
        }
        let operations: Vec<Operation> = [
            both(0.0).map(Operation::Brightness).to_vec(),
            both(1.0).map(Operation::Saturation).to_vec(),
            both(1.0).map(Operation::Contrast).to_vec(),
            both(Translation { dy: 0, dx: 0 }).map(Operation::Crop).to_vec(),
            both(false).map(Operation::Flip).to_vec(),
            both(Factors { x: 1.0, y: 1.0 }).map(Operation::Scale).to_vec(),
            both(0.0).map(Operation::Rotate).to_vec(),
        ]
        .concat();
        let device = Device::flex();
        for shape in [[3, 3, 12, 9], [3, 1, 1, 5]] {
            let before = values(images(shape, &device));
            for operation in &operations {
                for align_corners in [false, true] {
                    let after = values(operation.apply(images(shape, &device), align_corners));
                    let difference = largest_difference(&after, &before);
                    assert!(difference < 1e-5, "{operation:?} on {shape:?} moved by {difference}");
                }
            }
        }
    }

    #[test]
    fn one_shared_set_is_the_same_set_for_every_image() {
        let device = Device::flex();
        let shape = [3, 3, 12, 9];
        for token in Token::ALL {
            let mut rng = stream(11, Purpose::MatchingAugmentation, &[]);
            let shared = Operation::draw(*token, Sets::Shared, [12, 9], &mut rng);
            let mut rng = stream(11, Purpose::MatchingAugmentation, &[]);
            let mut each = Operation::draw(*token, Sets::PerImage(1), [12, 9], &mut rng);
            for operation in &mut each {
                operation.repeat(3);
            }
            for (shared, each) in shared.iter().zip(&each) {
                let whole = values(shared.apply(images(shape, &device), false));
                let difference =
                    largest_difference(&whole, &values(each.apply(images(shape, &device), false)));
                assert!(difference < 1e-5, "{shared:?} differs from {each:?} by {difference}");
                // Alone in its batch, an image meets the same transform.
                let alone = images(shape, &device).slice([1..2, 0..3, 0..12, 0..9]);
                let alone = values(shared.apply(alone, false));
                assert_eq!(alone, whole[3 * 12 * 9..2 * 3 * 12 * 9], "{token} of one image");
            }
        }
    }

    impl Operation {
        /// Gives `n` images the first image's parameters.
        fn repeat(&mut self, n: usize) {
            fn all<P: Clone>(parameters: &mut Parameters<P>, n: usize) {
                *parameters = Parameters::PerImage(vec![each(parameters).remove(0); n]);
            }
            match self {
                Self::Brightness(p) | Self::Saturation(p) | Self::Contrast(p) | Self::Rotate(p) => {
                    all(p, n);
                }
                Self::Crop(p) => all(p, n),
                Self::Cutout(p) => all(p, n),
                Self::Flip(p) => all(p, n),
                Self::Scale(p) => all(p, n),
            }
        }
    }
}
