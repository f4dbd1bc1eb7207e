//! A network of any architecture, as its users see it.
//!
//! `ConvNet` has kernels of its own on the CPU and passes over several batches on accelerators, so it stays
//! apart; whoever has them asks [`Network::convnet`]. All others are lists of layers.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor};
use rand::Rng;

use crate::spec::NetworkSpec;

use super::{
    convnet::ConvNet,
    initialisation::{Start, initialise},
    layered::Layered,
    layers::linear::linear,
    network_error::NetworkError,
    parameters::{ParameterInfo, Parameters},
    statistics::{RunningStatistics, Statistics},
    value::Value,
};

/// Elements of the largest map that suits a CPU: 8 MiB of f32.
const LARGEST_MAP: usize = 2 << 20;
/// The same on other devices.
const LARGEST_MAP_ELSEWHERE: usize = 12 << 20;

/// The description of a network; parameters and statistics are the caller's.
#[derive(Debug, Clone)]
pub enum Network {
    /// Blocks of convolution, normalisation, activation and pooling.
    ConvNet(ConvNet),
    /// Any other.
    Layered(Layered),
}

/// Asks whichever it is.
macro_rules! either {
    ($network:expr, $inner:ident => $answer:expr) => {
        match $network {
            Network::ConvNet($inner) => $answer,
            Network::Layered($inner) => $answer,
        }
    };
}

impl Network {
    /// The network of a spec for images of `shape` [channels, height, width].
    ///
    /// # Errors
    /// When the image is too small for it, or its width does not suit group normalisation.
    pub fn new(
        spec: &NetworkSpec,
        shape: [usize; 3],
        classes: usize,
    ) -> Result<Self, NetworkError> {
        match Layered::new(spec, shape, classes) {
            Some(layered) => layered.map(Self::Layered),
            None => ConvNet::new(spec, shape, classes).map(Self::ConvNet),
        }
    }

    /// The `ConvNet`, if it is one.
    pub fn convnet(&self) -> Option<&ConvNet> {
        match self {
            Self::ConvNet(convnet) => Some(convnet),
            Self::Layered(_) => None,
        }
    }

    /// Name, shape and role of every parameter, in network order.
    pub fn infos(&self) -> &Arc<[ParameterInfo]> {
        either!(self, network => network.infos())
    }

    /// What it was built from.
    pub fn spec(&self) -> &NetworkSpec {
        either!(self, network => network.spec())
    }

    /// Channels, height and width of its images.
    pub fn shape(&self) -> [usize; 3] {
        either!(self, network => network.shape())
    }

    /// Number of classes, the length of a row of logits.
    pub fn classes(&self) -> usize {
        either!(self, network => network.classes())
    }

    /// Length of an embedding.
    pub fn features(&self) -> usize {
        either!(self, network => network.features())
    }

    /// Number of scalars in all parameters together.
    pub fn parameter_count(&self) -> usize {
        self.infos().iter().map(ParameterInfo::len).sum()
    }

    /// Multiply-adds of each convolution and linear layer for one image, in network order.
    pub fn multiply_adds(&self) -> Vec<u64> {
        match self {
            Self::ConvNet(convnet) => convnet.multiply_adds(),
            Self::Layered(layered) => layered.multiply_adds().to_vec(),
        }
    }

    /// True when there are running statistics to keep.
    pub fn has_batch_norm(&self) -> bool {
        !self.batch_norms().is_empty()
    }

    /// Channels of every batch normalisation, in network order.
    fn batch_norms(&self) -> Vec<usize> {
        match self {
            Self::ConvNet(convnet) => convnet.batch_norms(),
            Self::Layered(layered) => layered.batch_norms().to_vec(),
        }
    }

    /// How many images to send through the network at a time on this device, at least one.
    ///
    /// On the CPU so many that the largest map takes 8 MiB in f32: larger ones leave the cache, and from 32
    /// MiB on the allocator returns them to the system, which hands them out again page by page. A gradient
    /// of 256 images takes a third less time in such portions. Elsewhere so many that the largest map takes
    /// 48 MiB: then its tiles, which are 9/4 of it, are a tensor that every graphics adapter takes.
    pub fn images_at_once(&self, device: &Device) -> usize {
        let largest = if *device == Device::flex() { LARGEST_MAP } else { LARGEST_MAP_ELSEWHERE };
        (largest / self.largest_map().max(1)).max(1)
    }

    /// Elements of the largest map of one image.
    pub fn largest_map(&self) -> usize {
        either!(self, network => network.largest_map())
    }

    /// Fresh parameters, drawn on the host (reference section 3.7).
    pub fn initialise(&self, random: &mut impl Rng, device: &Device, dtype: DType) -> Parameters {
        initialise(self.infos(), Start::Uniform, random, device, dtype)
    }

    /// Fresh parameters as dataset distillation starts them (reference section 5.6).
    pub fn initialise_xavier(
        &self,
        random: &mut impl Rng,
        device: &Device,
        dtype: DType,
    ) -> Parameters {
        initialise(self.infos(), Start::Xavier, random, device, dtype)
    }

    /// Fresh running statistics; empty without batch normalisation.
    pub fn fresh_statistics(&self, device: &Device, dtype: DType) -> RunningStatistics {
        RunningStatistics::fresh(&self.batch_norms(), device, dtype)
    }

    /// Lets the running statistics take their share of these images [n, channels, h, w], as it is done
    /// before they are frozen for matching (reference section 1.5 a). Does nothing without batch
    /// normalisation.
    pub fn gather_statistics(
        &self,
        parameters: &Parameters,
        statistics: &mut RunningStatistics,
        images: Tensor<4>,
    ) {
        if self.has_batch_norm() {
            let values = parameters.detach().values();
            self.embed(&values, images.inner().into(), Statistics::Batch(statistics));
        }
    }

    /// Logits [n, classes] of images [n, channels, h, w]; `parameters` in network order.
    pub fn forward(
        &self,
        parameters: &[Value<1>],
        images: Value<4>,
        statistics: Statistics<'_>,
    ) -> Value<2> {
        let embedding = self.embed(parameters, images, statistics);
        let at = parameters.len() - 2;
        linear(embedding, &parameters[at], &parameters[at + 1])
    }

    /// Everything before the last linear layer, flattened: [n, features] (reference section 3.8).
    pub fn embed(
        &self,
        parameters: &[Value<1>],
        images: Value<4>,
        statistics: Statistics<'_>,
    ) -> Value<2> {
        either!(self, network => network.embed(parameters, images, statistics))
    }
}
