//! Networks that are a list of layers: every architecture of the cross-architecture tables but `ConvNet`.
//!
//! An architecture is a recipe for a `Builder` and nothing else, one file each. The builder follows the
//! shape of the image from layer to layer, so a recipe names outputs and kernels only, and a network fits
//! any image that its windows fit into. Parameters are named by the place of their layer in the sequence,
//! as `PyTorch` names those of the same modules.
//!
//! Layers act on [`Value`]s, so any of these networks can be condensed with (a tangent is carried along)
//! and evaluated on. They run through the tensor library's own operations on every device.

mod alexcifarnet;
mod alexnet;
mod builder;
mod layer;
mod lenet;
mod mlp;
mod resnet18;
#[cfg(test)]
mod tests;
mod vgg11;

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::spec::{Architecture, NetworkSpec, Norm};

use super::{
    network_error::NetworkError, parameters::ParameterInfo, statistics::Statistics, value::Value,
};
use builder::Builder;
use layer::{Layer, Walk};

/// The description of a network; parameters and statistics are the caller's.
#[derive(Debug, Clone)]
pub struct Layered {
    spec: NetworkSpec,
    shape: [usize; 3],
    /// All but the classifier, which sees what they make as one row for each image.
    layers: Vec<Layer>,
    features: usize,
    classes: usize,
    infos: Arc<[ParameterInfo]>,
    /// Channels of every batch normalisation, in network order.
    batch_norms: Vec<usize>,
    multiply_adds: Vec<u64>,
    /// Values of the largest map.
    largest_map: usize,
}

impl Layered {
    /// The network of a spec for images of `shape` [channels, height, width]; `None` for a `ConvNet`, which
    /// is none of these.
    pub fn new(
        spec: &NetworkSpec,
        shape: [usize; 3],
        classes: usize,
    ) -> Option<Result<Self, NetworkError>> {
        let recipe: fn(Builder, Norm) -> Builder = match spec.architecture {
            Architecture::ConvNet => return None,
            Architecture::Mlp => mlp::layers,
            Architecture::LeNet => lenet::layers,
            Architecture::AlexNet => alexnet::layers,
            Architecture::AlexCifarNet => alexcifarnet::layers,
            Architecture::Vgg11 => vgg11::layers,
            Architecture::ResNet18 => resnet18::strided,
            Architecture::ResNet18Ap => resnet18::pooled,
        };
        let built = recipe(Builder::over(shape), spec.norm).finish(classes);
        let built = built.map_err(|side| NetworkError::TooSmall {
            architecture: spec.architecture,
            height: shape[1],
            width: shape[2],
            side,
        });
        Some(built.map(|built| Self {
            spec: spec.clone(),
            shape,
            layers: built.layers,
            features: built.features,
            classes,
            infos: built.infos.into(),
            batch_norms: built.batch_norms,
            multiply_adds: built.multiply_adds,
            largest_map: built.largest_map,
        }))
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

    /// Channels of every batch normalisation, in network order.
    pub fn batch_norms(&self) -> &[usize] {
        &self.batch_norms
    }

    /// Multiply-adds of every convolution and linear layer for one image, in network order.
    pub fn multiply_adds(&self) -> &[u64] {
        &self.multiply_adds
    }

    /// Values of the largest map that one image has on its way.
    pub fn largest_map(&self) -> usize {
        self.largest_map
    }

    /// Everything before the last linear layer, flattened: [n, features] (reference section 3.8).
    pub fn embed(
        &self,
        parameters: &[Value<1>],
        images: Value<4>,
        mut statistics: Statistics<'_>,
    ) -> Value<2> {
        let mut walk = Walk::new(parameters, &mut statistics);
        let x = layer::through(&self.layers, images, &mut walk);
        let [n, ..] = Tensor::dims(&x.primal);
        x.reshape([n, self.features])
    }
}
