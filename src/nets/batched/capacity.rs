//! How much a device takes at once, and how many images that is for a network.
//!
//! A device refuses a tensor beyond the largest piece of memory that a kernel may be given, and fails when
//! all tensors together are beyond its memory. The first is known from its limits. The second no graphics
//! interface tells, so passes are kept small against what any device has; where that is still too much, the
//! capacity is halved and the work is done again.

use crate::nets::{convnet::ConvNet, parameters::ParameterInfo};

/// Bytes of a number in single precision.
const NUMBER: u64 = 4;
/// Lists of gradients that matching holds for every batch: those of both sides, the direction, and what
/// lies between them.
const LISTS: u64 = 8;
/// Lists that a network in training holds: its parameters, momentum, gradients, and what lies between them.
const TRAINING_LISTS: u64 = 6;
/// Maps of the largest size that a pass without a way back holds at a time.
const LOGITS: u64 = 4;

/// What a device takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Bytes of the largest tensor.
    pub tensor: u64,
    /// Bytes that the tensors of one pass may take together.
    pub pass: u64,
}

/// Which derivative a pass takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// None: logits alone.
    Zeroth,
    /// Gradients in the parameters.
    First,
    /// Gradients of their product with a direction.
    Second,
}

/// What a network's passes go by, as far as a graphics adapter in single precision has a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By kernels, which keep what the convolutions made and compute the rest again.
    Kernels,
    /// On the tape between convolutions, which keeps what normalisation and activation made of it too.
    Tape,
}

impl Way {
    /// Maps of a convolution's size that a pass of first or second order holds for every block at its peak:
    /// on the tape what the convolution made, what normalisation and activation made of it, and on that way
    /// the slopes; in the second order the same of the tangent, and the products of the tangent rules.
    const fn maps(self, order: Order) -> u64 {
        match (self, order) {
            (Self::Kernels, Order::Second) => 7,
            (Self::Kernels, _) => 3,
            (Self::Tape, Order::Second) => 30,
            (Self::Tape, _) => 12,
        }
    }

    /// Layouts of a convolution that there are at a time: as columns what it sees, as tiles also what it
    /// makes.
    const fn layouts(self) -> u64 {
        match self {
            Self::Kernels => 2,
            Self::Tape => 1,
        }
    }
}

impl Default for Capacity {
    /// The tensor that every adapter has to take, and less memory than any has.
    fn default() -> Self {
        Self { tensor: 128 << 20, pass: 1 << 30 }
    }
}

impl Capacity {
    /// Of a device that takes tensors of `tensor` bytes. On an adapter with tensors of 2 GiB, as hardware
    /// has, a pass may take 4 GiB: six classes of 256 images go together then, and more would win nothing.
    pub fn of_device(tensor: u64) -> Self {
        let least = Self::default();
        Self { tensor, pass: (2 * tensor).clamp(least.pass, 4 << 30) }
    }

    /// Whether a tensor of so many bytes may stay on the device for good.
    pub fn keeps(&self, bytes: u64) -> bool {
        bytes <= self.tensor && bytes <= self.pass / 2
    }

    /// Half of it, for another try after the device ran out of memory; `None` when that is too small to be
    /// worth one.
    pub fn halved(self) -> Option<Self> {
        let half = Self { tensor: self.tensor / 2, pass: self.pass / 2 };
        (half.pass >= 1 << 20).then_some(half)
    }

    /// How many images go through a network together, at least one.
    pub fn images(&self, network: &ConvNet, order: Order) -> usize {
        let footprint = network.footprint(order);
        let tensor = self.tensor / footprint.largest_bytes();
        let pass = self.pass / footprint.bytes(order);
        tensor.min(pass).max(1) as usize
    }

    /// How many networks can learn side by side from a batch of `images` images each, at least one.
    pub fn networks(&self, network: &ConvNet, images: usize) -> usize {
        let parameters: usize = network.infos().iter().map(ParameterInfo::len).sum();
        let list = NUMBER * parameters as u64;
        let by_lists = (self.tensor / list).min(self.pass / 2 / (TRAINING_LISTS * list));
        (self.images(network, Order::First) / images.max(1)).min(by_lists as usize).max(1)
    }

    /// How many batches of `images` images of `values` values, through a network of these parameters, can
    /// have their images and gradients side by
    /// side, at least one.
    pub fn batches(&self, parameters: &[ParameterInfo], images: usize, values: usize) -> usize {
        let lengths = || parameters.iter().map(ParameterInfo::len);
        let largest = lengths().max().unwrap_or(1) as u64;
        let list = lengths().sum::<usize>() as u64;
        let pixels = (images * values) as u64;
        let tensor = self.tensor / (NUMBER * largest.max(pixels).max(1));
        let pass = self.pass / (NUMBER * (LISTS * list + 2 * pixels).max(1));
        tensor.min(pass).max(1) as usize
    }
}

/// Numbers that one image takes in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// What its passes go by.
    pub way: Way,
    /// Of one map of every block.
    pub maps: u64,
    /// Of the largest of these.
    pub largest_map: u64,
    /// Of the largest layout of a convolution as a product.
    pub layout: u64,
}

impl Footprint {
    /// Bytes of the largest tensor.
    fn largest_bytes(&self) -> u64 {
        NUMBER * self.largest_map.max(self.layout)
    }

    /// Bytes of all tensors of a pass.
    fn bytes(&self, order: Order) -> u64 {
        let maps = match order {
            Order::Zeroth => LOGITS * self.largest_map,
            order => self.way.maps(order) * self.maps,
        };
        NUMBER * (maps + self.way.layouts() * self.layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    fn network(shape: [usize; 3], classes: usize, depth: usize) -> ConvNet {
        of_norm(Norm::Instance, shape, classes, depth)
    }

    fn of_norm(norm: Norm, shape: [usize; 3], classes: usize, depth: usize) -> ConvNet {
        let spec = NetworkSpec {
            width: 128,
            depth,
            activation: Activation::Relu,
            norm,
            pooling: Pooling::Average,
            ..NetworkSpec::default()
        };
        ConvNet::new(&spec, shape, classes).unwrap()
    }

    fn parameters(network: &ConvNet) -> u64 {
        network.infos().iter().map(ParameterInfo::len).sum::<usize>() as u64
    }

    #[test]
    fn a_network_takes_its_maps_and_its_widest_layout() {
        let on_tape = of_norm(Norm::Layer, [3, 32, 32], 10, 3);
        let first = Footprint {
            way: Way::Tape,
            maps: 128 * (32 * 32 + 16 * 16 + 8 * 8),
            largest_map: 128 * 32 * 32,
            layout: 128 * 9 * 16 * 16,
        };
        assert_eq!(on_tape.footprint(Order::First), first);
        assert_eq!(first.bytes(Order::First), 4 * (12 * first.maps + first.layout));
        let second = Footprint { layout: 128 * 9 * 32 * 32, ..first };
        assert_eq!(on_tape.footprint(Order::Second), second);
        assert_eq!(second.largest_bytes(), 4 * second.layout);
    }

    #[test]
    fn kernels_keep_less() {
        let network = network([3, 32, 32], 10, 3);
        let way = Way::Kernels;
        let first = Footprint { way, layout: 128 * 36 * 16, ..network.footprint(Order::First) };
        assert_eq!(network.footprint(Order::First), first);
        assert_eq!(first.bytes(Order::First), 4 * (3 * first.maps + 2 * first.layout));
        assert_eq!(network.footprint(Order::Second).layout, 128 * 36 * 64);
        assert_eq!(first.largest_bytes(), 4 * first.largest_map);
    }

    /// Whatever the classes and the side of the images, nothing that is asked for is beyond the limits.
    #[test]
    fn no_setting_asks_for_more_than_the_device_takes() {
        let small = Capacity { tensor: 8 << 20, pass: 64 << 20 };
        for capacity in [Capacity::default(), Capacity::of_device(2 << 30), small] {
            for (side, classes, depth) in [(32, 10, 3), (32, 100, 3), (64, 200, 4)] {
                let network = network([3, side, side], classes, depth);
                for order in [Order::First, Order::Second] {
                    let footprint = network.footprint(order);
                    let images = capacity.images(&network, order) as u64;
                    assert!(images * footprint.largest_bytes() <= capacity.tensor || images == 1);
                    assert!(images * footprint.bytes(order) <= capacity.pass || images == 1);
                }
                for images in [1, 50, 256] {
                    let values = 3 * side * side;
                    let batches = capacity.batches(network.infos(), images, values) as u64;
                    let pixels = (images * values) as u64;
                    assert!(batches == 1 || batches * pixels * 4 <= capacity.tensor);
                    let bytes = batches * 4 * LISTS * parameters(&network);
                    assert!(batches == 1 || bytes <= capacity.pass);
                }
            }
        }
    }

    #[test]
    fn as_many_networks_learn_side_by_side_as_fit() {
        let network = network([3, 32, 32], 10, 3);
        let large = Capacity::of_device(2 << 30);
        assert_eq!(large.networks(&network, 256), 6);
        let on_tape = of_norm(Norm::Layer, [3, 32, 32], 10, 3);
        assert_eq!(large.networks(&on_tape, 256), 1);
        assert!(large.networks(&network, 10) >= 20);
        let images = large.images(&network, Order::First);
        assert!(large.networks(&network, 10) * 10 <= images);
        // The parameters of 320 010 numbers are the limit where images are few.
        let small = Capacity { tensor: 3 * 4 * 320_010, pass: 1 << 30 };
        assert_eq!(small.networks(&network, 1), 3);
        let small = Capacity { tensor: 1 << 30, pass: 1 << 30 };
        assert_eq!(small.networks(&network, 1), (512 << 20) / (6 * 4 * 320_010));
    }

    #[test]
    fn a_large_device_takes_all_ten_classes_and_a_small_one_fewer() {
        let network = network([3, 32, 32], 10, 3);
        let large = Capacity::of_device(2 << 30);
        assert_eq!(large, Capacity { tensor: 2 << 30, pass: 4 << 30 });
        assert!(large.batches(network.infos(), 256, 3072) >= 10);
        assert!(large.images(&network, Order::First) >= 256);
        assert!(large.images(&network, Order::Second) >= 100);
        let mut capacity = Capacity::default();
        assert_eq!(capacity, Capacity::of_device(128 << 20));
        let mut last = usize::MAX;
        while let Some(half) = capacity.halved() {
            let images = half.images(&network, Order::First);
            assert!(images <= last && images >= 1);
            (capacity, last) = (half, images);
        }
        assert_eq!(last, 1);
    }
}
