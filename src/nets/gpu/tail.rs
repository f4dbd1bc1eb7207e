//! What follows a convolution, in one go each way: instance normalisation or none, activation and pooling.
//!
//! A row of units of work has a plane, that is one channel of one image. With x̂ the plane brought to mean
//! 0 and variance 1, z = x̂·γ + β and a = f(z), what leaves is a pooled; along a direction x', γ', β' its
//! tangent is
//!
//! ```text
//! x̂' = ( c' − x̂·m ) · inv        c' = x' − mean(x'),  m = mean(x̂·c')
//! z' = x̂'·γ + x̂·γ' + β'
//! a' = f'(z)·z'
//! ```
//!
//! On the way back every pixel of a window has its share of the window's slope: a quarter, or all of it for
//! the winner of a maximum. With u what reaches x̂' and q what reaches x̂ through z and z',
//!
//! ```text
//! slope of x' = inv·( u − mean(u) − x̂·mean(u·x̂) )
//! slope of x  = inv·( w − mean(w) − x̂·( mean(w·x̂) + mean(u·x̂') ) )
//!               where w = q − inv·( u·m + c'·mean(u·x̂) )
//! ```
//!
//! The first is also the whole way back without a tangent, with u the slope of x̂. Means of planes are kept
//! from the way there (`kept`), everything else is computed again: memory is what these kernels wait for.

mod along;
mod plain;
mod plane;

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::{CubeCount, CubeDim};

use super::launch::primitive;
use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

pub use along::{along, back_along};
pub use plain::{Slopes, back, there};

/// Units of work of a cube.
const UNITS: usize = 256;

/// What follows a convolution whose maps have this shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tail {
    channels: usize,
    height: usize,
    width: usize,
    activation: Activation,
    pooling: Pooling,
    /// Whether planes are normalised, each on its own.
    normed: bool,
}

impl Tail {
    /// That of a network for maps of `shape` [channels, height, width]; `None` where other kinds of
    /// normalisation are asked for.
    pub fn new(spec: &NetworkSpec, shape: [usize; 3]) -> Option<Self> {
        let normed = match spec.norm {
            Norm::None => false,
            Norm::Instance => true,
            Norm::Batch | Norm::Layer | Norm::Group => return None,
        };
        let [channels, height, width] = shape;
        let (activation, pooling) = (spec.activation, spec.pooling);
        Some(Self { channels, height, width, activation, pooling, normed })
    }

    fn area(&self) -> usize {
        self.height * self.width
    }

    /// Height and width of what leaves.
    fn left(&self) -> [usize; 2] {
        let sides = [self.height, self.width];
        if self.pooling == Pooling::None { sides } else { sides.map(|side| side / 2) }
    }

    /// Units of work that share a plane: about one for four pixels.
    fn units(&self) -> usize {
        self.area().div_ceil(4).next_power_of_two().clamp(8, UNITS)
    }

    /// Planes of a cube.
    fn planes(&self) -> usize {
        UNITS / self.units()
    }

    /// A row of units for every plane.
    fn cubes(&self, planes: usize) -> (CubeCount, CubeDim) {
        let cubes = planes.div_ceil(self.planes()) as u32;
        // Adapters take no more than this in one direction.
        let columns = cubes.min(32_768);
        let count = CubeCount::Static(columns, cubes.div_ceil(columns), 1);
        (count, CubeDim::new_2d(self.units() as u32, self.planes() as u32))
    }
}

/// A normalisation's parameters for every batch, flat [batches · channels]; nothing without one.
#[derive(Debug, Clone)]
pub struct Affine {
    /// γ.
    pub scale: Tensor<1>,
    /// β.
    pub shift: Tensor<1>,
}

impl Affine {
    /// γ and β as kernels take them, or anything in their place.
    fn or(affine: Option<&Self>, any: &CubeTensor) -> [CubeTensor; 2] {
        let Some(Self { scale, shift }) = affine else { return [any.clone(), any.clone()] };
        [scale, shift].map(|part| primitive(part.clone()))
    }
}
