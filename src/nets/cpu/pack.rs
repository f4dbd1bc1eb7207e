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

    /// For every weight, its place in PyTorch's order and in the packed one.
    fn places(self) -> impl Iterator<Item = (usize, usize)> {
        let Self { outputs, inputs, channels } = self;
        let blocks = self.input_blocks();
        let area = KERNEL * KERNEL;
        (0..outputs).flat_map(move |output| {
            (0..inputs * area).map(move |rest| {
                let (input, tap) = (rest / area, rest % area);
                let block = output / LANES * blocks + input / channels;
                let packed =
                    ((block * area + tap) * channels + input % channels) * LANES + output % LANES;
                (output * inputs * area + rest, packed)
            })
        })
    }

    /// The weights as [`Convolve`](super::convolution::Convolve) wants them.
    pub fn pack(&self, weights: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.packed_len()];
        for (at, place) in self.places() {
            packed[place] = weights[at];
        }
        packed
    }

    /// The weights for the gradient of the input: channels change roles, the kernel is turned about.
    pub fn pack_turned(&self, weights: &[f32]) -> Vec<f32> {
        let turned = Self { outputs: self.inputs, inputs: self.outputs, channels: LANES };
        let area = KERNEL * KERNEL;
        let mut packed = vec![0.0; turned.packed_len()];
        for (at, place) in turned.places() {
            let (input, rest) = (at / (self.outputs * area), at % (self.outputs * area));
            let (output, tap) = (rest / area, rest % area);
            packed[place] = weights[(output * self.inputs + input) * area + area - 1 - tap];
        }
        packed
    }

    /// Packed values back in PyTorch's order.
    pub fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let mut weights = vec![0.0; self.outputs * self.inputs * KERNEL * KERNEL];
        for (at, place) in self.places() {
            weights[at] = packed[place];
        }
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
    fn packing_is_undone_by_unpacking() {
        for (outputs, inputs, channels) in [(16, 3, 3), (24, 20, 16), (5, 1, 1), (128, 128, 16)] {
            let shape = Convolution { outputs, inputs, channels };
            let weights: Vec<f32> = (0..outputs * inputs * 9).map(|at| at as f32 + 1.0).collect();
            assert_eq!(shape.unpack(&shape.pack(&weights)), weights);
        }
        let values: Vec<f32> = (0..20 * 6).map(|at| at as f32).collect();
        assert_eq!(unpack_elements(&pack_elements(&values, 6), 20, 6), values);
    }
}
