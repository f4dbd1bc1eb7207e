//! `ConvNet`: blocks of convolution, normalisation, activation and pooling, then one linear layer.
//!
//! ```text
//! images [n, channels, h, w] → depth × ( conv 3x3 → norm → activation → pool 2x2 ) → flatten → linear
//! ```
//!
//! Every convolution has `width` outputs and padding 1; the first one has padding 3 for images with a
//! single channel, which turns 28x28 into 32x32 (reference section 3.2). Parameters are named as
//! `PyTorch` names those of the same sequence of modules.

use std::ops::Range;
use std::sync::Arc;

use crate::spec::{NetworkSpec, Norm, Pooling, Precision};

use super::batched::{Convolution, Footprint, Order, Way};
use super::gpu::{self, tail::Tail};
use super::layers::{
    activation::activate,
    batch_norm::{batch_norm, batch_norm_frozen},
    conv2d::{Steps, conv2d},
    group_norm::group_norm,
    layer_norm::layer_norm,
    pooling::pool,
};
use super::network_error::{GROUPS, NetworkError};
use super::parameters::{ParameterInfo, ParameterKind};
use super::statistics::Statistics;
use super::value::Value;

/// Side of every convolution's kernel.
const KERNEL: usize = 3;

/// One block's convolution: input channels, padding, and the map that leaves the convolution.
#[derive(Debug, Clone)]
struct Block {
    channels: usize,
    padding: usize,
    height: usize,
    width: usize,
}

/// The description of a `ConvNet`; parameters and statistics are the caller's.
#[derive(Debug, Clone)]
pub struct ConvNet {
    spec: NetworkSpec,
    shape: [usize; 3],
    blocks: Vec<Block>,
    features: usize,
    classes: usize,
    infos: Arc<[ParameterInfo]>,
}

impl ConvNet {
    /// The `ConvNet` of a spec for images of `shape` [channels, height, width].
    ///
    /// # Errors
    /// When it is too deep for the image, or its width does not suit group normalisation.
    pub fn new(
        spec: &NetworkSpec,
        shape: [usize; 3],
        classes: usize,
    ) -> Result<Self, NetworkError> {
        if spec.norm == Norm::Group && !spec.width.is_multiple_of(GROUPS) {
            return Err(NetworkError::UnevenGroups { width: spec.width });
        }
        let [mut channels, mut height, mut width] = shape;
        let mut blocks = Vec::with_capacity(spec.depth);
        for at in 0..spec.depth {
            let padding = if at == 0 && channels == 1 { 3 } else { 1 };
            let grown = 2 * padding + 1 - KERNEL;
            (height, width) = (height + grown, width + grown);
            blocks.push(Block { channels, padding, height, width });
            channels = spec.width;
            if spec.pooling != Pooling::None {
                (height, width) = (height / 2, width / 2);
            }
            if height == 0 || width == 0 {
                let [_, height, width] = shape;
                return Err(NetworkError::TooDeep {
                    depth: spec.depth,
                    height,
                    width,
                    deepest: at,
                });
            }
        }
        let features = channels * height * width;
        let infos = describe(spec, &blocks, features, classes).into();
        Ok(Self { spec: spec.clone(), shape, blocks, features, classes, infos })
    }

    /// Name, shape and role of every parameter, in network order.
    pub fn infos(&self) -> &Arc<[ParameterInfo]> {
        &self.infos
    }

    /// What it was built from.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Channels, height and width of its images.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Number of classes, the length of a row of logits.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Length of an embedding.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Multiply-adds of each layer for one image: the convolutions in order, then the classifier.
    pub fn multiply_adds(&self) -> Vec<u64> {
        let convolution = |block: &Block| {
            self.spec.width * block.channels * KERNEL * KERNEL * block.height * block.width
        };
        let classifier = self.classes * self.features;
        self.blocks.iter().map(convolution).chain([classifier]).map(|count| count as u64).collect()
    }

    /// Channels of every batch normalisation, in network order.
    pub fn batch_norms(&self) -> Vec<usize> {
        let layers = if self.spec.norm == Norm::Batch { self.blocks.len() } else { 0 };
        vec![self.spec.width; layers]
    }

    /// Values of the largest map that one image has on its way.
    pub fn largest_map(&self) -> usize {
        let pixels = |block: &Block| block.height * block.width;
        self.blocks.iter().map(pixels).max().unwrap_or(1) * self.spec.width
    }

    /// Everything before the last linear layer, flattened: [n, features] (reference section 3.8).
    pub fn embed(
        &self,
        parameters: &[Value<1>],
        images: Value<4>,
        mut statistics: Statistics<'_>,
    ) -> Value<2> {
        let mut x = images;
        for (at, block) in self.blocks.iter().enumerate() {
            let parameters = &parameters[self.parameters_of(at)];
            let shape = [self.spec.width, block.channels, KERNEL, KERNEL];
            let steps = Steps { stride: 1, padding: block.padding };
            x = conv2d(x, &parameters[0], Some(&parameters[1]), shape, steps);
            x = self.behind(at, x, &parameters[2..], &mut statistics);
        }
        let [n, ..] = x.primal.dims();
        x.reshape([n, self.features])
    }

    /// What follows convolution `at`: normalisation, whose `parameters` are weight and bias or nothing,
    /// activation and pooling.
    pub(super) fn behind(
        &self,
        at: usize,
        x: Value<4>,
        parameters: &[Value<1>],
        statistics: &mut Statistics<'_>,
    ) -> Value<4> {
        let x = self.normalise(x, parameters, at, statistics);
        pool(activate(x, self.spec.activation), self.spec.pooling)
    }

    /// Where the parameters of block `at` are in the list: weight and bias of its convolution, then those
    /// of its normalisation.
    pub(super) fn parameters_of(&self, at: usize) -> Range<usize> {
        let per_block = if self.spec.norm == Norm::None { 2 } else { 4 };
        at * per_block..(at + 1) * per_block
    }

    /// Number of blocks.
    pub(super) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// The convolution of block `at`, from products of this precision.
    pub(super) fn convolution(&self, at: usize, precision: Precision) -> Convolution {
        let Block { channels, padding, .. } = self.blocks[at];
        let padding = padding as isize;
        Convolution {
            outputs: self.spec.width,
            inputs: channels,
            kernel: KERNEL,
            padding,
            precision,
        }
    }

    /// What follows convolution `at`, as kernels for graphics adapters have it; `None` where they lack a
    /// kind.
    pub(super) fn tail(&self, at: usize) -> Option<Tail> {
        let Block { height, width, .. } = self.blocks[at];
        Tail::new(&self.spec, [self.spec.width, height, width])
    }

    /// What one image takes in passes over several batches.
    pub(super) fn footprint(&self, order: Order) -> Footprint {
        let way = if self.tail(0).is_some() { Way::Kernels } else { Way::Tape };
        let pixels = |block: &Block| (block.height * block.width) as u64;
        let layout = |block: &Block| match way {
            Way::Kernels => {
                let made = [block.height, block.width];
                gpu::layout(block.channels, self.spec.width, made, order == Order::Second) as u64
            }
            Way::Tape => {
                let channels = match order {
                    Order::Zeroth | Order::First => block.channels,
                    Order::Second => block.channels.max(self.spec.width),
                };
                (channels * KERNEL * KERNEL) as u64 * pixels(block)
            }
        };
        let map = |block: &Block| self.spec.width as u64 * pixels(block);
        Footprint {
            way,
            maps: self.blocks.iter().map(map).sum(),
            largest_map: self.blocks.iter().map(map).max().unwrap_or(1),
            layout: self.blocks.iter().map(layout).max().unwrap_or(1),
        }
    }

    /// Normalises x behind convolution `at`; `parameters` are weight and bias, or nothing.
    fn normalise(
        &self,
        x: Value<4>,
        parameters: &[Value<1>],
        at: usize,
        statistics: &mut Statistics<'_>,
    ) -> Value<4> {
        let [weight, bias] = parameters else { return x };
        match (self.spec.norm, statistics) {
            (Norm::None, _) => x,
            (Norm::Layer, _) => layer_norm(x, weight, bias),
            (Norm::Instance, _) => group_norm(x, weight, bias, self.spec.width),
            (Norm::Group, _) => group_norm(x, weight, bias, GROUPS),
            (Norm::Batch, Statistics::Batch(running)) => {
                batch_norm(x, weight, bias, &mut running.layers[at])
            }
            (Norm::Batch, Statistics::Frozen(running)) => {
                batch_norm_frozen(x, weight, bias, &running.layers[at])
            }
        }
    }
}

/// The parameters in `PyTorch`'s order, named by the position of their module in the sequence.
fn describe(
    spec: &NetworkSpec,
    blocks: &[Block],
    features: usize,
    classes: usize,
) -> Vec<ParameterInfo> {
    let mut infos = Vec::new();
    let mut both =
        |module: String, weight: Vec<usize>, bias: Vec<usize>, kinds: [ParameterKind; 2]| {
            for (part, shape, kind) in [("weight", weight, kinds[0]), ("bias", bias, kinds[1])] {
                infos.push(ParameterInfo { name: format!("{module}.{part}"), shape, kind });
            }
        };
    let mut module = 0;
    for block in blocks {
        let kind = ParameterKind::Affine { fan_in: block.channels * KERNEL * KERNEL };
        let weight = vec![spec.width, block.channels, KERNEL, KERNEL];
        both(format!("features.{module}"), weight, vec![spec.width], [kind; 2]);
        module += 1;
        if spec.norm != Norm::None {
            let shape = match spec.norm {
                Norm::Layer => vec![spec.width, block.height, block.width],
                _ => vec![spec.width],
            };
            let kinds = [ParameterKind::NormWeight, ParameterKind::NormBias];
            both(format!("features.{module}"), shape.clone(), shape, kinds);
            module += 1;
        }
        module += if spec.pooling == Pooling::None { 1 } else { 2 };
    }
    let kind = ParameterKind::Affine { fan_in: features };
    both("classifier".to_owned(), vec![classes, features], vec![classes], [kind; 2]);
    infos
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Tensor};

    use super::*;
    use crate::nets::Network;
    use crate::random::{Purpose, stream};
    use crate::spec::Activation;

    fn spec(width: usize, depth: usize) -> NetworkSpec {
        NetworkSpec {
            width,
            depth,
            activation: Activation::Relu,
            norm: Norm::Instance,
            pooling: Pooling::Average,
            ..NetworkSpec::default()
        }
    }

    fn count(spec: &NetworkSpec, shape: [usize; 3]) -> usize {
        Network::new(spec, shape, 10).unwrap().parameter_count()
    }

    /// The counts of reference section 3.2.
    #[test]
    fn networks_have_the_published_number_of_parameters() {
        let colour = [3, 32, 32];
        let default = spec(128, 3);
        assert_eq!(count(&default, [1, 28, 28]), 317_706);
        assert_eq!(count(&default, colour), 320_010);
        for (depth, expected) in [(1, 331_530), (2, 233_610), (4, 452_490)] {
            assert_eq!(count(&spec(128, depth), colour), expected);
        }
        for (width, expected) in [(32, 24_714), (64, 86_282), (256, 1_229_834)] {
            assert_eq!(count(&spec(width, 3), colour), expected);
        }
        let norm = |norm| count(&NetworkSpec { norm, ..default.clone() }, colour);
        assert_eq!(norm(Norm::Layer), 663_306);
        assert_eq!(norm(Norm::None), 319_242);
        assert_eq!([norm(Norm::Batch), norm(Norm::Group)], [320_010; 2]);
        let pooling = |pooling| count(&NetworkSpec { pooling, ..default.clone() }, colour);
        assert_eq!(pooling(Pooling::None), 1_610_250);
        assert_eq!(pooling(Pooling::Max), 320_010);
    }

    #[test]
    fn modules_are_counted_as_in_a_sequence() {
        let names = |norm, pooling| -> Vec<String> {
            let network = ConvNet::new(&NetworkSpec { norm, pooling, ..spec(4, 2) }, [3, 8, 8], 2);
            network.unwrap().infos().iter().step_by(2).map(|info| info.name.clone()).collect()
        };
        assert_eq!(
            names(Norm::Instance, Pooling::Average),
            [
                "features.0.weight",
                "features.1.weight",
                "features.4.weight",
                "features.5.weight",
                "classifier.weight"
            ]
        );
        assert_eq!(
            names(Norm::None, Pooling::Average),
            ["features.0.weight", "features.3.weight", "classifier.weight"]
        );
        assert_eq!(
            names(Norm::Batch, Pooling::None),
            [
                "features.0.weight",
                "features.1.weight",
                "features.3.weight",
                "features.4.weight",
                "classifier.weight"
            ]
        );
    }

    #[test]
    fn impossible_networks_say_what_is_possible() {
        let error = |spec, shape| ConvNet::new(&spec, shape, 10).unwrap_err();
        assert_eq!(
            error(spec(8, 6), [1, 28, 28]).to_string(),
            "a ConvNet of depth 6 leaves nothing of a 28x28 image: each block halves it; the deepest \
             that fits has depth 5, or set the pooling to none"
        );
        assert!(ConvNet::new(&spec(8, 5), [1, 28, 28], 10).is_ok());
        assert!(ConvNet::new(&spec(8, 4), [3, 28, 28], 10).is_ok());
        assert!(matches!(error(spec(8, 5), [3, 28, 28]), NetworkError::TooDeep { deepest: 4, .. }));
        assert!(error(spec(8, 1), [3, 1, 1]).to_string().contains("too small for any pooling"));
        let flat = NetworkSpec { pooling: Pooling::None, ..spec(8, 9) };
        assert!(ConvNet::new(&flat, [3, 1, 1], 10).is_ok());
        let uneven = NetworkSpec { norm: Norm::Group, ..spec(6, 1) };
        assert_eq!(error(uneven, [3, 8, 8]), NetworkError::UnevenGroups { width: 6 });
    }

    #[test]
    fn every_combination_of_options_gives_logits() {
        let device = Device::flex();
        for &norm in Norm::ALL {
            for &pooling in Pooling::ALL {
                for &activation in Activation::ALL {
                    let spec = NetworkSpec { activation, norm, pooling, ..spec(4, 2) };
                    let network = Network::new(&spec, [1, 9, 7], 5).unwrap();
                    let mut random = stream(1, Purpose::NetworkInit, &[0]);
                    let parameters = network.initialise(&mut random, &device, DType::F32);
                    let mut statistics = network.fresh_statistics(&device, DType::F32);
                    assert_eq!(statistics.layers.len(), if norm == Norm::Batch { 2 } else { 0 });
                    let images = Tensor::ones([3, 1, 9, 7], &device);
                    let values = parameters.values();
                    for statistics in [
                        Statistics::Batch(&mut statistics.clone()),
                        Statistics::Frozen(&statistics),
                    ] {
                        let logits =
                            network.forward(&values, Value::from(images.clone()), statistics);
                        assert_eq!(logits.primal.dims(), [3, 5]);
                        let logits: Vec<f32> = logits.primal.try_into_vec_as().unwrap();
                        assert!(logits.iter().all(|logit| logit.is_finite()), "{spec:?}");
                    }
                    network.gather_statistics(&parameters, &mut statistics, images);
                }
            }
        }
    }
}
