//! A convolution as a matrix product, for batches that share its weight or have one each.
//!
//! With the neighbourhood of every pixel laid out as a column (`unfold`), a convolution whose weight is
//! another one for every batch is one product over a leading axis, and so is the gradient in such weights:
//!
//! ```text
//! y  [batch, out, images·pixels] = w [batch, out, in·k·k] · columns [batch, in·k·k, images·pixels]
//! ∂w [batch, out, in·k·k]        = ∂y [batch, out, images·pixels] · columnsᵀ
//! ```
//!
//! The sum over images and pixels of the second line is long and its result is small: too few blocks of
//! output to fill a GPU. So the images of a batch are taken in portions, each with a product of its own on
//! the leading axis, and the portions' products are added up.
//!
//! That is how tensors of any device and precision are served; on graphics adapters, in single precision,
//! kernels of our own do the same with fewer products and without the layout ([`gpu`]).

use burn::tensor::{Int, Tensor, TensorData, module, ops::ConvOptions, ops::PadMode};

use crate::nets::gpu::{self, Turned};
use crate::spec::Precision;

/// Pixels that a portion sums over, at least, if the batch has them.
const PIXELS: usize = 4096;

/// One convolution with stride 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Channels that it makes.
    pub outputs: usize,
    /// Channels that it sees.
    pub inputs: usize,
    /// Side of its kernel.
    pub kernel: usize,
    /// Zeros on every side of the image; where negative, rows and columns that are cut off.
    pub padding: isize,
    /// Of the values that are multiplied, where kernels for graphics adapters do it.
    pub precision: Precision,
}

impl Convolution {
    /// Values of its weight.
    fn weights(&self) -> usize {
        self.outputs * self.inputs * self.kernel * self.kernel
    }

    /// The convolution that is its adjoint in the image, with the weight that [`Self::turn`] gives.
    fn turned(&self) -> Self {
        Self {
            outputs: self.inputs,
            inputs: self.outputs,
            padding: self.kernel as isize - 1 - self.padding,
            ..*self
        }
    }

    /// Flat weights [batches · out · in · k · k] with inputs and outputs exchanged and kernels turned round.
    fn turn(&self, weights: Tensor<1>, batches: usize) -> Tensor<1> {
        let Self { outputs, inputs, kernel, .. } = *self;
        weights
            .reshape([batches, outputs, inputs, kernel, kernel])
            .swap_dims(1, 2)
            .flip([3, 4])
            .reshape([batches * self.weights()])
    }

    /// Images x [n, in, h, w], all with the one flat weight, to [n, out, h', w'].
    pub fn shared(&self, x: Tensor<4>, weight: Tensor<1>, bias: Option<Tensor<1>>) -> Tensor<4> {
        if gpu::serves(&x) {
            return self.on_gpu(x, weight, Turned::No, bias, 1);
        }
        let Self { outputs, inputs, kernel, padding, .. } = *self;
        let x = cut(x, padding);
        let options = ConvOptions::new([1, 1], [padding.max(0) as usize; 2], [1, 1], 1);
        module::conv2d(x, weight.reshape([outputs, inputs, kernel, kernel]), bias, options)
    }

    /// From the slopes of [`Self::shared`] [n, out, h', w'] to those of its images [n, in, h, w].
    pub fn shared_adjoint(&self, slopes: Tensor<4>, weight: Tensor<1>) -> Tensor<4> {
        if gpu::serves(&slopes) {
            return self.turned().on_gpu(slopes, weight, Turned::Yes, None, 1);
        }
        self.turned().shared(slopes, self.turn(weight, 1), None)
    }

    /// Images x [batches · n, in, h, w], each batch with a weight of its own out of the flat `weights`
    /// [batches · out · in · k · k], and a bias of its own [batches · out] or none, to [batches · n, out,
    /// h', w'].
    pub fn each(
        &self,
        x: Tensor<4>,
        weights: Tensor<1>,
        bias: Option<Tensor<1>>,
        batches: usize,
    ) -> Tensor<4> {
        if gpu::serves(&x) {
            return self.on_gpu(x, weights, Turned::No, bias, batches);
        }
        let [all, _, height, width] = x.dims();
        let [height, width] = [height, width].map(|side| self.side(side));
        let pixels = height * width;
        let per = portion(all / batches, pixels);
        let portions = all / batches / per;
        let rows = self.inputs * self.kernel * self.kernel;
        let columns = self.unfold(x, per).reshape([batches, portions, rows, per * pixels]);
        let weights = weights.reshape([batches, 1, self.outputs, rows]);
        let made = weights
            .matmul(columns)
            .reshape([batches * portions, self.outputs, per, pixels])
            .swap_dims(1, 2)
            .reshape([all, self.outputs, height, width]);
        bias.into_iter().fold(made, |made, bias| shifted(made, bias, batches))
    }

    /// From the slopes of [`Self::each`] [batches · n, out, h', w'] to those of its images.
    pub fn each_adjoint(&self, slopes: Tensor<4>, weights: Tensor<1>, batches: usize) -> Tensor<4> {
        if gpu::serves(&slopes) {
            return self.turned().on_gpu(slopes, weights, Turned::Yes, None, batches);
        }
        self.turned().each(slopes, self.turn(weights, batches), None, batches)
    }

    /// The gradient in the weight of every batch, flat [batches · out · in · k · k], from the images that
    /// the convolution saw [batches · n, in, h, w] and the slopes of what it made.
    pub fn weight_gradients(&self, x: Tensor<4>, slopes: Tensor<4>, batches: usize) -> Tensor<1> {
        if gpu::serves(&x) {
            return gpu::weight_gradients(&self.on_maps(&x), x, slopes, batches);
        }
        let [all, outputs, height, width] = slopes.dims();
        let pixels = height * width;
        let per = portion(all / batches, pixels);
        let groups = all / per;
        let slopes = slopes.reshape([groups, per, outputs, pixels]).swap_dims(1, 2).reshape([
            groups,
            outputs,
            per * pixels,
        ]);
        let products = slopes.matmul(self.unfold(x, per).swap_dims(1, 2));
        products
            .reshape([batches, groups / batches, self.weights()])
            .sum_dim(1)
            .reshape([batches * self.weights()])
    }

    /// This convolution on the maps of x [.., in, h, w], as kernels for graphics adapters have it.
    fn on_maps(&self, x: &Tensor<4>) -> gpu::Shape {
        let Self { outputs, inputs, padding, precision, .. } = *self;
        let [.., height, width] = x.dims();
        gpu::Shape { inputs, outputs, from: [height, width], padding, precision }
    }

    /// Images [batches · n, in, h, w] by those kernels; all batches with one flat weight where it is only
    /// one.
    fn on_gpu(
        &self,
        x: Tensor<4>,
        weights: Tensor<1>,
        turned: Turned,
        bias: Option<Tensor<1>>,
        batches: usize,
    ) -> Tensor<4> {
        gpu::convolve(&self.on_maps(&x), x, weights, turned, bias, batches)
    }

    /// The side of what comes out for a side of what goes in.
    fn side(&self, side: usize) -> usize {
        ((side + 1) as isize + 2 * self.padding - self.kernel as isize) as usize
    }

    /// The neighbourhoods of all pixels of x [groups · per, in, h, w] as columns,
    /// [groups, in · k · k, per · h' · w'].
    fn unfold(&self, x: Tensor<4>, per: usize) -> Tensor<3> {
        let [all, channels, height, width] = x.dims();
        let made = [height, width].map(|side| self.side(side));
        let x = cut(x, self.padding);
        let x = match self.padding {
            1.. => {
                let zeros = self.padding as usize;
                x.pad([(zeros, zeros), (zeros, zeros)], PadMode::Constant(0.0))
            }
            _ => x,
        };
        let [_, _, high, wide] = x.dims();
        let groups = all / per;
        let planes = x.reshape([groups, per, channels, high * wide]).swap_dims(1, 2).reshape([
            groups,
            channels,
            per * high * wide,
        ]);
        let taps = self.kernel * self.kernel;
        let mut sources = Vec::with_capacity(taps * per * made[0] * made[1]);
        for tap in 0..taps {
            for image in 0..per {
                for row in 0..made[0] {
                    let start = (image * high + row + tap / self.kernel) * wide + tap % self.kernel;
                    sources.extend((start..start + made[1]).map(|source| source as i32));
                }
            }
        }
        let count = sources.len();
        let sources =
            Tensor::<1, Int>::from_data(TensorData::new(sources, [count]), &planes.device());
        planes.select(2, sources).reshape([groups, channels * taps, per * made[0] * made[1]])
    }
}

/// Maps [batches · n, channels, h, w] with a number of every batch's own, [batches · channels], added to
/// each channel.
pub fn shifted(maps: Tensor<4>, by: Tensor<1>, batches: usize) -> Tensor<4> {
    let shape @ [all, channels, height, width] = maps.dims();
    let each = [batches, all / batches, channels, height * width];
    (maps.reshape(each) + by.reshape([batches, 1, channels, 1])).reshape(shape)
}

/// Images without the rows and columns that a negative padding takes off every side.
fn cut(x: Tensor<4>, padding: isize) -> Tensor<4> {
    if padding >= 0 {
        return x;
    }
    let [n, channels, height, width] = x.dims();
    let off = padding.unsigned_abs();
    x.slice([0..n, 0..channels, off..height - off, off..width - off])
}

/// Images of a portion: the smallest divisor of `images` that reaches [`PIXELS`], or all of them.
fn portion(images: usize, pixels: usize) -> usize {
    (1..=images).find(|per| images.is_multiple_of(*per) && per * pixels >= PIXELS).unwrap_or(images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::normal;

    const BATCHES: usize = 3;
    const N: usize = 4;

    fn close(what: &str, found: Tensor<1>, wanted: Tensor<1>) {
        let scale: f64 = wanted.clone().abs().max().into_scalar();
        let off: f64 = (found - wanted).abs().max().into_scalar();
        assert!(off < 1e-12 * scale, "{what} is off by {off:e} of {scale:e}");
    }

    fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
        let length: usize = tensor.dims().iter().product();
        tensor.reshape([length])
    }

    /// One batch after the other through the library's convolution and its reverse pass.
    #[test]
    fn products_over_the_leading_axis_are_the_convolutions_of_the_batches() {
        for (padding, [height, width]) in [(1, [7, 5]), (3, [6, 6]), (1, [72, 60])] {
            let precision = Precision::F32;
            let convolution = Convolution { outputs: 4, inputs: 2, kernel: 3, padding, precision };
            let x = normal(BATCHES * N * 2 * height * width, 0);
            let x: Tensor<4> = x.reshape([BATCHES * N, 2, height, width]);
            let weights = normal(BATCHES * 72, 1);
            let [high, wide] = [height, width].map(|side| convolution.side(side));
            let slopes = normal(BATCHES * N * 4 * high * wide, 2);
            let slopes: Tensor<4> = slopes.reshape([BATCHES * N, 4, high, wide]);
            let (mut made, mut pulled, mut gradients) = (vec![], vec![], vec![]);
            for batch in 0..BATCHES {
                let part = x.clone().narrow(0, batch * N, N).autodiff().require_grad();
                let weight = weights.clone().narrow(0, batch * 72, 72).autodiff().require_grad();
                let y = convolution.shared(part.clone(), weight.clone(), None);
                made.push(y.clone().inner());
                let along = slopes.clone().narrow(0, batch * N, N).autodiff();
                let mut found = (y * along).sum().backward();
                pulled.push(part.grad_remove(&mut found).unwrap());
                gradients.push(weight.grad_remove(&mut found).unwrap());
            }
            let each = convolution.each(x.clone(), weights.clone(), None, BATCHES);
            close("what is made", flat(each), flat(Tensor::cat(made, 0)));
            let pulled = flat(Tensor::cat(pulled, 0));
            let each = convolution.each_adjoint(slopes.clone(), weights.clone(), BATCHES);
            close("the slope of the images", flat(each), pulled.clone());
            let first = weights.clone().narrow(0, 0, 72);
            let shared = convolution.shared_adjoint(slopes.clone().narrow(0, 0, N), first);
            let wanted = pulled.narrow(0, 0, N * 2 * height * width);
            close("the slope of images with one weight", flat(shared), wanted);
            let each = convolution.weight_gradients(x, slopes, BATCHES);
            close("the gradient of the weights", each, Tensor::cat(gradients, 0));
        }
    }

    #[test]
    fn portions_divide_the_batch_and_are_long_enough() {
        assert_eq!([portion(256, 1024), portion(256, 256), portion(256, 64)], [4, 16, 64]);
        assert_eq!([portion(1, 9), portion(7, 1024), portion(10, 16)], [1, 7, 10]);
    }
}
