//! The weights of a convolution, ready for whichever way of convolving suits its maps: in tiles where they
//! are made of blocks of sixteen channels and have even sides, directly everywhere else.

use super::{
    convolution::{Convolve, KERNEL, Maps},
    simd::{LANES, Level, Products, with},
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
    /// Words; empty where tiles do not suit.
    transformed: Vec<f32>,
    /// Blocks of output and of input channels.
    blocks: [usize; 2],
    /// How they are multiplied with tiles. Direct convolutions are in single precision.
    products: Products,
}

/// What the convolution of one stage in tiles works in; grows as it is needed.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    /// The input's, words along channels.
    input: Vec<f32>,
    /// The same across tiles, where that is another thing and is wanted.
    across: Vec<f32>,
    slopes: Vec<f32>,
    products: Vec<f32>,
    /// The gradient of the kernels, gathered over images.
    gathered: Vec<f32>,
}

impl Kernels {
    /// Packed weights that convolve maps like `from` to maps like `to`.
    pub fn new(level: Level, products: Products, packed: &[f32], from: &Maps, to: &Maps) -> Self {
        let blocks =
            [packed.len() / (from.blocks * KERNEL * KERNEL * from.channels * LANES), from.blocks];
        let zeros = |length: usize| vec![0.0; length];
        let (direct, transformed) = if winograd::suits(from, to) {
            (Vec::new(), zeros(winograd::kernels_len(blocks[0], blocks[1]) / products.depth()))
        } else {
            (zeros(packed.len()), Vec::new())
        };
        let mut kernels = Self { direct, transformed, blocks, products };
        kernels.update(level, packed);
        kernels
    }

    /// Takes over other packed weights of the same shape.
    pub fn update(&mut self, level: Level, packed: &[f32]) {
        let [outputs, inputs] = self.blocks;
        if self.is_tiled() {
            let kernels = &mut self.transformed;
            self.products
                .with(level, TransformKernels { weights: packed, outputs, inputs, kernels });
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
        self.products.with(level, work);
    }
}

impl Tiles {
    /// Transforms the tiles of an input, if `kernels` will be convolved with it in tiles; `to_gather` says
    /// whether [`Self::gather`] will need them too.
    pub fn read(
        &mut self,
        level: Level,
        kernels: &Kernels,
        input: &[f32],
        [from, to]: [Maps; 2],
        to_gather: bool,
    ) {
        if !kernels.is_tiled() {
            return;
        }
        let depth = kernels.products.depth();
        grow(&mut self.input, winograd::along_len(from.blocks, &to, depth));
        let both = to_gather && depth > 1;
        if both {
            grow(&mut self.across, winograd::across_len(from.blocks, winograd::tiles(&to), depth));
        }
        let across = if both { &mut *self.across } else { &mut [] };
        let work = TransformTiles { input, from, to, along: &mut self.input, across };
        kernels.products.with(level, work);
    }

    /// Adds to the gathered gradient of `kernels` what comes from their input, which was read last, and
    /// the gradient of what came out.
    pub fn gather(&mut self, level: Level, kernels: &Kernels, slope: &[f32], to: Maps) {
        let [outputs, inputs] = kernels.blocks;
        let (count, depth) = (winograd::tiles(&to), kernels.products.depth());
        grow(&mut self.slopes, winograd::across_len(outputs, count, depth));
        grow(&mut self.gathered, winograd::kernels_len(outputs, inputs));
        kernels.products.with(level, TransformSlopes { slope, to, across: &mut self.slopes });
        let work = KernelGradient {
            tiles: if depth > 1 { &self.across } else { &self.input },
            inputs,
            slopes: &self.slopes,
            outputs,
            count,
            gradient: &mut self.gathered,
        };
        kernels.products.with(level, work);
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
