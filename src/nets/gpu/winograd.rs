//! 3x3 convolutions with a quarter to a half of the multiplications: Winograd's minimal filtering (Lavin &
//! Gray, "Fast Algorithms for Convolutional Neural Networks", 2016), as F(4x4, 3x3) or, where maps are so
//! small that less is wasted, as F(2x2, 3x3), which is that of the CPU (`nets::cpu::winograd` has the
//! formulas).
//!
//! With tiles of the input and kernels transformed, the sum over input channels is one matrix product for
//! each element of a tile and each batch: 36 or 16. They are one product over leading axes, whatever the
//! batches:
//!
//! ```text
//! tiles    [elements, batches, channels, t]      t: the tiles of all images of a batch, images one after the other
//! kernels  [elements, batches or 1, out, in]
//! made     [elements, batches, out, t]           = kernels · tiles
//! ∂kernels [elements, batches, out, in]          = ∂made · tilesᵀ
//! ```
//!
//! A tile that reaches over the edge of a map sees zeros there and leaves out what lies beyond. The
//! transforms of the larger tile have factors up to 8, so its numbers are off by about ten times the
//! rounding of a sum of products; what tensor cores round away of every factor is some hundred times that.

use burn::tensor::{DType, Tensor};
use burn_cubecl::{
    kernel::matmul::{MatmulStrategy, matmul},
    tensor::CubeTensor,
};

use crate::spec::Precision;

use super::{
    AREA, Shape, Turned,
    launch::{bias_or, cubes, element, primitive, room, room_in, tensor},
    transforms::{
        back_from_tiles, fold_kernels, transform_kernels, transform_slopes, transform_tiles,
    },
};

/// Tiles that a portion sums over, at least, if the batch has them.
const TILES: usize = 1024;

/// The tiles of maps that a convolution makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tiling {
    /// Height and width of the maps.
    pub maps: [usize; 2],
    /// Side of a tile: 2 or 4.
    pub side: usize,
    /// Of transformed tiles and kernels.
    pub precision: Precision,
}

impl Tiling {
    /// That with the fewest products; small tiles where values are rounded, whose errors the factors of
    /// large ones would multiply.
    pub fn new(maps: [usize; 2], precision: Precision) -> Self {
        let with = |side| Self { maps, side, precision };
        let [small, large] = [with(2), with(4)];
        let products = |tiling: Self| tiling.count() * tiling.elements();
        let few = precision == Precision::F32 && products(large) < products(small);
        if few { large } else { small }
    }

    /// Rows and columns of tiles.
    pub fn grid(self) -> [usize; 2] {
        self.maps.map(|side| side.div_ceil(self.side))
    }

    /// Tiles of a map.
    pub fn count(self) -> usize {
        self.grid().iter().product()
    }

    /// Side of the tile of the input, and of a transformed tile.
    pub fn reach(self) -> usize {
        self.side + 2
    }

    /// Elements of a transformed tile.
    pub fn elements(self) -> usize {
        self.reach() * self.reach()
    }

    /// Pixels of a map.
    pub fn area(self) -> usize {
        self.maps.iter().product()
    }
}

/// See [`super::convolve`].
pub fn convolve(
    shape: &Shape,
    x: Tensor<4>,
    weights: Tensor<1>,
    turned: Turned,
    bias: Option<Tensor<1>>,
    batches: usize,
) -> Tensor<4> {
    let images = x.dims()[0];
    let tiling = Tiling::new(shape.made(), shape.precision);
    let kernels = kernels(shape, tiling, weights, turned);
    let made = product(kernels, tiles(shape, tiling, x, batches));
    untile(tiling, made, bias, images)
}

/// See [`super::weight_gradients`].
pub fn weight_gradients(
    shape: &Shape,
    x: Tensor<4>,
    slopes: Tensor<4>,
    batches: usize,
) -> Tensor<1> {
    let Shape { inputs, outputs, .. } = *shape;
    let tiling = Tiling::new(shape.made(), shape.precision);
    let portions = batches * portions(x.dims()[0] / batches, tiling.count());
    let tiles = tiles(shape, tiling, x, portions);
    let tiles = CubeTensor { meta: Box::new(tiles.meta.swapped(2, 3)), ..tiles };
    let products = product(slope_tiles(tiling, slopes, portions), tiles);
    let elements = tiling.elements();
    let products: Tensor<4> = tensor(products);
    let products = if portions == batches {
        products
    } else {
        let of_batch = [elements * batches, portions / batches, outputs * inputs];
        products.reshape(of_batch).sum_dim(1).reshape([elements, batches, outputs, inputs])
    };
    fold(tiling, primitive(products))
}

/// The matrix product over the last two axes, in single precision.
#[allow(clippy::panic)]
fn product(left: CubeTensor, right: CubeTensor) -> CubeTensor {
    match matmul(left, right, None, MatmulStrategy::default(), DType::F32) {
        Ok(product) => product,
        Err(error) => panic!("the device does not multiply matrices: {error:?}"),
    }
}

/// In how many portions the images of a batch are taken, each with products of its own: the sum over tiles
/// is long and its result small, too few blocks of output to fill an adapter.
fn portions(images: usize, tiles: usize) -> usize {
    let of_length = (1..=images).find(|per| images.is_multiple_of(*per) && per * tiles >= TILES);
    images / of_length.unwrap_or(images).max(1)
}

/// Transformed tiles of what the convolution sees.
fn tiles(shape: &Shape, tiling: Tiling, x: Tensor<4>, batches: usize) -> CubeTensor {
    let Shape { inputs, from, .. } = *shape;
    let per = x.dims()[0] / batches;
    let x = primitive(x);
    let count = per * tiling.count();
    let made = room_in(tiling.precision, &x, &[tiling.elements(), batches, inputs, count]);
    let units = batches * inputs * count;
    let (cube_count, cube_dim) = cubes(&x, units);
    let client = x.client.clone();
    transform_tiles::launch(
        &client,
        cube_count,
        cube_dim,
        x.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        per,
        units,
        inputs,
        from,
        shape.start(),
        tiling,
        element(tiling.precision),
    );
    made
}

/// Transformed tiles of the slopes of what the convolution made.
fn slope_tiles(tiling: Tiling, slopes: Tensor<4>, batches: usize) -> CubeTensor {
    let [images, outputs, ..] = slopes.dims();
    let per = images / batches;
    let slopes = primitive(slopes);
    let count = per * tiling.count();
    let made = room_in(tiling.precision, &slopes, &[tiling.elements(), batches, outputs, count]);
    let units = batches * outputs * count;
    let (cube_count, cube_dim) = cubes(&slopes, units);
    let client = slopes.client.clone();
    transform_slopes::launch(
        &client,
        cube_count,
        cube_dim,
        slopes.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        per,
        units,
        outputs,
        tiling,
        element(tiling.precision),
    );
    made
}

/// Transformed kernels [elements, batches or 1, out, in].
fn kernels(shape: &Shape, tiling: Tiling, weights: Tensor<1>, turned: Turned) -> CubeTensor {
    let Shape { inputs, outputs, .. } = *shape;
    let units = weights.dims()[0] / AREA;
    let weights = primitive(weights);
    let made = room_in(
        tiling.precision,
        &weights,
        &[tiling.elements(), units / (inputs * outputs), outputs, inputs],
    );
    let (cube_count, cube_dim) = cubes(&weights, units);
    let client = weights.client.clone();
    transform_kernels::launch(
        &client,
        cube_count,
        cube_dim,
        weights.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        units,
        inputs,
        outputs,
        turned,
        tiling.side,
        element(tiling.precision),
    );
    made
}

/// From products [elements, batches, out, t] to maps.
fn untile(
    tiling: Tiling,
    products: CubeTensor,
    bias: Option<Tensor<1>>,
    images: usize,
) -> Tensor<4> {
    let [_, batches, outputs, count] = products.meta.shape().dims();
    let [height, width] = tiling.maps;
    let made = room(&products, &[images, outputs, height, width]);
    let units = batches * outputs * count;
    let (cube_count, cube_dim) = cubes(&products, units);
    let client = products.client.clone();
    let (bias, has_bias) = bias_or(&products, bias, outputs);
    back_from_tiles::launch(
        &client,
        cube_count,
        cube_dim,
        products.into_tensor_arg(),
        bias.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        images / batches,
        units,
        outputs,
        has_bias,
        tiling,
    );
    tensor(made)
}

/// From the gradients of kernels [elements, batches, out, in] to those of weights.
fn fold(tiling: Tiling, products: CubeTensor) -> Tensor<1> {
    let [_, batches, outputs, inputs] = products.meta.shape().dims();
    let units = batches * outputs * inputs;
    let made = room(&products, &[units * AREA]);
    let (cube_count, cube_dim) = cubes(&products, units);
    let client = products.client.clone();
    fold_kernels::launch(
        &client,
        cube_count,
        cube_dim,
        products.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        units,
        tiling.side,
    );
    tensor(made)
}
