//! Pooling over windows; what is left at the last row or column without filling one is dropped.
//!
//! Averaging is linear, so it pools the tangent too. A maximum hands on the tangent of the element that
//! won its window.

use burn::tensor::{
    Tensor, module,
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use crate::nets::value::Value;
use crate::spec::Pooling;

/// A square window and how it goes over the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Pixels on a side.
    pub side: usize,
    /// Pixels between two places of the window.
    pub stride: usize,
    /// Rows and columns around the image that belong to windows and never count.
    pub padding: usize,
}

impl Window {
    /// Windows of this side beside one another.
    pub const fn tiles(side: usize) -> Self {
        Self { side, stride: side, padding: 0 }
    }

    /// The side of what comes out for a side of what goes in; `None` when no window fits.
    pub fn over(&self, side: usize) -> Option<usize> {
        Some((side + 2 * self.padding).checked_sub(self.side)? / self.stride + 1)
    }
}

/// Pools x [n, channels, h, w] to [n, channels, h/2, w/2] as a `ConvNet` does, or leaves it alone.
pub fn pool(x: Value<4>, pooling: Pooling) -> Value<4> {
    match pooling {
        Pooling::None => x,
        Pooling::Average => average_pool(x, 2),
        Pooling::Max => max_pool(x, Window::tiles(2)),
    }
}

/// The mean of every window of `side` by `side` pixels, beside one another.
pub fn average_pool(x: Value<4>, side: usize) -> Value<4> {
    x.map_linear(|part| module::avg_pool2d(part, AvgPoolOptions::new([side; 2])))
}

/// The maximum of every window.
pub fn max_pool(x: Value<4>, window: Window) -> Value<4> {
    let options = MaxPoolOptions::new([window.side; 2])
        .with_stride([window.stride; 2])
        .with_padding([window.padding; 2]);
    let Some(tangent) = x.tangent else {
        return module::max_pool2d(x.primal, options).into();
    };
    let [n, channels, height, width] = x.primal.dims();
    let planes = n * channels;
    let (primal, winners) = module::max_pool2d_with_indices(x.primal, options);
    let shape @ [_, _, pooled_height, pooled_width] = primal.dims();
    let winners = winners.reshape([planes, pooled_height * pooled_width]);
    let tangent: Tensor<2> = tangent.reshape([planes, height * width]);
    Value::with_tangent(primal, tangent.gather(1, winners).reshape(shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rules_are_the_derivatives() {
        for pooling in Pooling::ALL {
            for [height, width] in [[4, 6], [5, 3]] {
                assert_tangent_rule(&[2 * 3 * height * width], |v| {
                    pool(v[0].clone().reshape([2, 3, height, width]), *pooling)
                });
            }
        }
    }

    #[test]
    fn overlapping_windows_hand_on_the_tangent_of_their_winner() {
        let window = Window { side: 3, stride: 2, padding: 1 };
        for [height, width] in [[4, 6], [5, 3]] {
            assert_tangent_rule(&[2 * 3 * height * width], |v| {
                max_pool(v[0].clone().reshape([2, 3, height, width]), window)
            });
        }
        assert_eq!([4, 5, 1].map(|side| window.over(side)), [Some(2), Some(3), Some(1)]);
        assert_eq!([4, 5, 1].map(|side| Window::tiles(2).over(side)), [Some(2), Some(2), None]);
    }

    #[test]
    fn windows_are_two_by_two_and_an_odd_column_is_dropped() {
        let device = burn::tensor::Device::flex();
        let x = Tensor::<4>::from_data([[[[1.0, 2.0, 9.0], [3.0, 6.0, 9.0]]]], &device);
        let pooled = |pooling| -> Vec<f32> {
            pool(x.clone().into(), pooling).primal.try_into_vec_as().unwrap()
        };
        assert_eq!(pooled(Pooling::Average), [3.0]);
        assert_eq!(pooled(Pooling::Max), [6.0]);
    }
}
