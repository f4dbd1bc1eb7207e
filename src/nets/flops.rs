//! How many floating-point operations a pass of one image through a network takes, from the shapes of
//! its layers.
//!
//! Counted are the multiply-adds of convolutions and linear layers, two operations each, as their
//! definition has them; normalisation, activation and pooling, a few per cent, are not. So the count is the
//! same for every implementation. One that finds a way with fewer multiplications, as Winograd's is for
//! convolutions, can do more of these in a second than the machine has: rates are what it is worth, not what
//! it executes. With f the multiply-adds of the first
//! layer, whose input are pixels, and r those of all others:
//!
//! ```text
//! forward    f + r          x ↦ W x
//! gradient   2 f + 3 r      the same, the gradients of all weights, and of every input but the pixels
//! tangent    4 f + 6 r      values and tangents forward (W x, and W' x + W x'; the pixels have no x'),
//!                           then back to the pixels: Wᵀ and W'ᵀ to the values, Wᵀ to the tangents
//! ```

use super::network::Network;

/// Operations of one image's passes through a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flops {
    /// Logits from pixels.
    pub forward: u64,
    /// The loss and its gradient in all parameters, first order.
    pub gradient: u64,
    /// The gradient, in the pixels, of the loss' slope along a direction of the parameters: one pass with
    /// tangents and one reverse pass.
    pub tangent: u64,
}

impl Flops {
    /// The operations of this network for one image.
    pub fn of(network: &Network) -> Self {
        let products = network.multiply_adds();
        let first = products.first().copied().unwrap_or(0);
        let rest = products.iter().skip(1).sum::<u64>();
        Self {
            forward: 2 * (first + rest),
            gradient: 2 * (2 * first + 3 * rest),
            tangent: 2 * (4 * first + 6 * rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    fn flops(pooling: Pooling, depth: usize, shape: [usize; 3]) -> Flops {
        let (activation, norm) = (Activation::Relu, Norm::Instance);
        let spec =
            NetworkSpec { width: 128, depth, activation, norm, pooling, ..NetworkSpec::default() };
        Flops::of(&Network::new(&spec, shape, 10).unwrap())
    }

    /// Outputs · channels · 3 · 3 · pixels of the three convolutions, then classes · features.
    #[test]
    fn the_published_network_is_counted_by_hand() {
        let colour = [3_538_944, 37_748_736, 9_437_184, 20_480]; // 32x32, 16x16, 8x8; 128·4·4 features
        let grey = [1_179_648, 37_748_736, 9_437_184, 20_480]; // padded to 32x32
        for (shape, [first, rest @ ..]) in [([3, 32, 32], colour), ([1, 28, 28], grey)] {
            let rest: u64 = rest.iter().sum();
            let found = flops(Pooling::Average, 3, shape);
            assert_eq!(found.forward, 2 * (first + rest));
            assert_eq!(found.gradient, 2 * (2 * first + 3 * rest));
            assert_eq!(found.tangent, 2 * (4 * first + 6 * rest));
        }
        assert_eq!(flops(Pooling::Average, 3, [3, 32, 32]).forward, 101_490_688);
        assert_eq!(flops(Pooling::Average, 3, [1, 28, 28]).forward, 96_772_096);
    }

    #[test]
    fn odd_sides_and_maps_that_are_not_pooled_are_counted_as_they_are() {
        // 5x5 keeps its size, then 2x2; 128·1·1 features.
        let pooled = 128 * (3 * 9 * 25 + 128 * 9 * 4) + 10 * 128;
        assert_eq!(flops(Pooling::Max, 2, [3, 5, 5]).forward, 2 * pooled);
        let whole = 128 * (3 * 9 * 25 + 128 * 9 * 25) + 10 * 128 * 25;
        assert_eq!(flops(Pooling::None, 2, [3, 5, 5]).forward, 2 * whole);
    }
}
