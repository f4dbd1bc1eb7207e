//! Between PyTorch's order of parameters and the blocks of sixteen that kernels want.

use super::{
    convolution::{KERNEL, Maps},
    simd::LANES,
};

/// A convolution's weights, `[out][in][3][3]` in PyTorch's order.
#[derive(Debug, Clone, Copy)]
pub struct Convolution {
    /// Output channels.
    pub outputs: usize,
    /// Input channels.
    pub inputs: usize,
    /// Input channels that lie side by side in a map.
    pub channels: usize,
}

impl Convolution {
    fn input_blocks(&self) -> usize {
        self.inputs.div_ceil(self.channels)
    }

    /// Floats of the packed weights.
    pub fn packed_len(&self) -> usize {
        self.outputs.div_ceil(LANES) * self.input_blocks() * KERNEL * KERNEL * self.channels * LANES
    }

    /// Calls `pair` with every weight's place in PyTorch's order and in the packed one.
    #[inline]
    fn places(&self, mut pair: impl FnMut(usize, usize)) {
        let (blocks, area) = (self.input_blocks(), KERNEL * KERNEL);
        let mut at = 0;
        for output in 0..self.outputs {
            for input in 0..self.inputs {
                let block = output / LANES * blocks + input / self.channels;
                let lane = input % self.channels * LANES + output % LANES;
                for tap in 0..area {
                    pair(at, (block * area + tap) * self.channels * LANES + lane);
                    at += 1;
                }
            }
        }
    }

    /// The weights as [`Convolve`](super::convolution::Convolve) wants them.
    pub fn pack(&self, weights: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.packed_len()];
        self.places(|at, place| packed[place] = weights[at]);
        packed
    }

    /// Floats of one row of the turned weights: what one block of input channels gets.
    fn turned_row(&self) -> usize {
        self.outputs.div_ceil(LANES) * KERNEL * KERNEL * LANES * LANES
    }

    /// Packed weights as the gradient of the input wants them: channels change roles, the kernel is
    /// turned about. Input channels count in sixteens even where the maps do not.
    pub fn turn(&self, packed: &[f32]) -> Vec<f32> {
        let mut turned = vec![0.0; self.input_blocks() * self.turned_row()];
        self.turn_into(packed, &mut turned);
        turned
    }

    /// The same into weights that were turned before.
    pub fn turn_into(&self, packed: &[f32], turned: &mut [f32]) {
        let area = KERNEL * KERNEL;
        let per_tap = self.channels * LANES;
        for (block, row) in turned.chunks_exact_mut(self.turned_row()).enumerate() {
            let pairs = packed.chunks_exact(area * per_tap).skip(block);
            let pairs = pairs.step_by(self.input_blocks());
            for (from, into) in pairs.zip(row.chunks_exact_mut(area * LANES * LANES)) {
                let taps = from.chunks_exact(per_tap).rev();
                for (from, into) in taps.zip(into.chunks_exact_mut(LANES * LANES)) {
                    for (channel, weights) in from.chunks_exact(LANES).enumerate() {
                        for (lane, weight) in weights.iter().enumerate() {
                            into[lane * LANES + channel] = *weight;
                        }
                    }
                }
            }
        }
    }

    /// Packed values back in PyTorch's order.
    pub fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let mut weights = vec![0.0; self.outputs * self.inputs * KERNEL * KERNEL];
        self.places(|at, place| weights[at] = packed[place]);
        weights
    }
}

/// Values `[channels][pixels]` as `[blocks][pixels][16]`; lanes beyond the channels are zero.
pub fn pack_elements(values: &[f32], pixels: usize) -> Vec<f32> {
    let channels = values.len() / pixels;
    let mut packed = vec![0.0; channels.div_ceil(LANES) * pixels * LANES];
    for (at, value) in values.iter().enumerate() {
        packed[element(at, pixels)] = *value;
    }
    packed
}

/// The first `channels` channels of `[blocks][pixels][16]` as `[channels][pixels]`.
pub fn unpack_elements(packed: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    (0..channels * pixels).map(|at| packed[element(at, pixels)]).collect()
}

fn element(at: usize, pixels: usize) -> usize {
    let (channel, pixel) = (at / pixels, at % pixels);
    (channel / LANES * pixels + pixel) * LANES + channel % LANES
}

/// One image `[channels][height][width]` into maps whose halo is left alone.
pub fn pack_image(image: &[f32], maps: &Maps, into: &mut [f32]) {
    let plane = maps.height * maps.width;
    for (channel, values) in image.chunks_exact(plane).enumerate() {
        let (block, lane) = (channel / maps.channels, channel % maps.channels);
        for (y, row) in values.chunks_exact(maps.width).enumerate() {
            let start = maps.at(block, y, 0) + lane;
            for (x, value) in row.iter().enumerate() {
                into[start + x * maps.channels] = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_values_lie_where_kernels_look() {
        for (outputs, inputs, channels) in [(16, 3, 3), (24, 20, 16), (5, 1, 1), (128, 128, 16)] {
            let shape = Convolution { outputs, inputs, channels };
            let weights: Vec<f32> = (0..outputs * inputs * 9).map(|at| at as f32 + 1.0).collect();
            let packed = shape.pack(&weights);
            assert_eq!(shape.unpack(&packed), weights);
            let turned = shape.turn(&packed);
            let weight = |output: usize, input: usize, tap: usize| {
                let row = &turned[input / LANES * shape.turned_row()..];
                row[((output / LANES * 9 + 8 - tap) * LANES + output % LANES) * LANES
                    + input % LANES]
            };
            for (at, value) in weights.iter().enumerate() {
                let (output, rest) = (at / (inputs * 9), at % (inputs * 9));
                assert_eq!(weight(output, rest / 9, rest % 9).to_bits(), value.to_bits());
            }
            assert_eq!(
                turned.iter().filter(|value| **value != 0.0).count(),
                weights.len(),
                "lanes beyond the channels are zero"
            );
        }
        let values: Vec<f32> = (0..20 * 6).map(|at| at as f32).collect();
        assert_eq!(unpack_elements(&pack_elements(&values, 6), 20, 6), values);
    }
}
