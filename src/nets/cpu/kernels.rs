//! The weights of a convolution, ready for whichever way of convolving suits its maps: in tiles where they
//! are made of blocks of sixteen channels and have even sides, directly everywhere else.

use super::{
    convolution::{Convolve, KERNEL, Maps},
    simd::{LANES, Level, with},
    winograd::{
        self, ConvolveTiles, FoldKernels, KernelGradient, TransformKernels, TransformSlopes,
        TransformTiles,
    },
};

/// Packed weights, or their transform where the convolution is done in tiles.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernels {
    /// `[to.blocks][from.blocks][3][3][from.channels][16]`; empty where tiles suit.
    direct: Vec<f32>,
    /// Empty where tiles do not suit.
    transformed: Vec<f32>,
    /// Blocks of output and of input channels.
    blocks: [usize; 2],
}

/// What the convolution of one stage in tiles works in; grows as it is needed.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    input: Vec<f32>,
    slopes: Vec<f32>,
    products: Vec<f32>,
    /// The gradient of the kernels, gathered over images.
    gathered: Vec<f32>,
}

impl Kernels {
    /// Packed weights that convolve maps like `from` to maps like `to`.
    pub fn new(level: Level, packed: &[f32], from: &Maps, to: &Maps) -> Self {
        let blocks =
            [packed.len() / (from.blocks * KERNEL * KERNEL * from.channels * LANES), from.blocks];
        let zeros = |length: usize| vec![0.0; length];
        let (direct, transformed) = if winograd::suits(from, to) {
            (Vec::new(), zeros(winograd::kernels_len(blocks[0], blocks[1])))
        } else {
            (zeros(packed.len()), Vec::new())
        };
        let mut kernels = Self { direct, transformed, blocks };
        kernels.update(level, packed);
        kernels
    }

    /// Takes over other packed weights of the same shape.
    pub fn update(&mut self, level: Level, packed: &[f32]) {
        let [outputs, inputs] = self.blocks;
        if self.is_tiled() {
            let kernels = &mut self.transformed;
            with(level, TransformKernels { weights: packed, outputs, inputs, kernels });
        } else {
            self.direct.copy_from_slice(packed);
        }
    }

    /// Whether convolutions are done in tiles.
    pub fn is_tiled(&self) -> bool {
        !self.transformed.is_empty()
    }

    /// `output += weights ∗ input`. Where this is done in tiles, [`Tiles::read`] has read the input.
    pub fn convolve(
        &self,
        level: Level,
        input: &[f32],
        from: Maps,
        tiles: &mut Tiles,
        output: &mut [f32],
        to: Maps,
    ) {
        if !self.is_tiled() {
            return with(level, Convolve { input, from, weights: &self.direct, output, to });
        }
        grow(&mut tiles.products, winograd::tiles_len(to.blocks, &to));
        let work = ConvolveTiles {
            tiles: &tiles.input,
            inputs: from.blocks,
            kernels: &self.transformed,
            products: &mut tiles.products,
            output,
            to,
        };
        with(level, work);
    }
}

impl Tiles {
    /// Transforms the tiles of an input, if `kernels` will be convolved with it in tiles.
    pub fn read(&mut self, level: Level, kernels: &Kernels, input: &[f32], from: Maps, to: Maps) {
        if kernels.is_tiled() {
            grow(&mut self.input, winograd::tiles_len(from.blocks, &to));
            with(level, TransformTiles { input, from, to, tiles: &mut self.input });
        }
    }

    /// Adds to the gathered gradient of the kernels what comes from the input that was read last, of so
    /// many blocks, and the gradient of what came out.
    pub fn gather(&mut self, level: Level, slope: &[f32], to: Maps, inputs: usize) {
        grow(&mut self.slopes, winograd::tiles_len(to.blocks, &to));
        grow(&mut self.gathered, winograd::kernels_len(to.blocks, inputs));
        with(level, TransformSlopes { slope, to, tiles: &mut self.slopes });
        let work = KernelGradient {
            tiles: &self.input,
            inputs,
            slopes: &self.slopes,
            outputs: to.blocks,
            count: winograd::tiles(&to),
            gradient: &mut self.gathered,
        };
        with(level, work);
    }

    /// Adds what was gathered to the gradient of the packed weights, and starts anew.
    pub fn fold(&mut self, level: Level, kernels: &Kernels, gradient: &mut [f32]) {
        let [outputs, inputs] = kernels.blocks;
        if !self.gathered.is_empty() {
            with(level, FoldKernels { kernels: &self.gathered, outputs, inputs, gradient });
            self.gathered.fill(0.0);
        }
    }
}

fn grow(buffer: &mut Vec<f32>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
}
