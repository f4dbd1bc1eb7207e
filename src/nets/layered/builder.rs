//! From a recipe to the layers of a network, for images of one shape.

use crate::nets::{
    layers::{conv2d::Steps, pooling::Window, response_norm::ResponseNorm},
    parameters::{ParameterInfo, ParameterKind},
};
use crate::spec::Norm;

use super::layer::Layer;

/// Layers so far, and the shape of what leaves the last one.
#[derive(Debug, Clone)]
pub struct Builder {
    /// What goes before the place of a layer in the name of its parameters.
    prefix: String,
    shape: [usize; 3],
    built: Built,
    /// The side that a window did not fit into.
    misfit: Option<usize>,
}

/// What a recipe gives.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// All layers but the classifier.
    pub layers: Vec<Layer>,
    /// Every parameter, those of the classifier last.
    pub infos: Vec<ParameterInfo>,
    /// Channels of every batch normalisation.
    pub batch_norms: Vec<usize>,
    /// Multiply-adds of every convolution and linear layer for one image.
    pub multiply_adds: Vec<u64>,
    /// Values of the largest map.
    pub largest_map: usize,
    /// What the classifier sees.
    pub features: usize,
}

impl Builder {
    /// Before the first layer, which sees images of `shape` [channels, height, width].
    pub fn over(shape: [usize; 3]) -> Self {
        let built = Built { largest_map: shape.iter().product(), ..Built::default() };
        Self { prefix: "features".to_owned(), shape, built, misfit: None }
    }

    /// Channels of what leaves the last layer.
    pub fn channels(&self) -> usize {
        self.shape[0]
    }

    /// A convolution with a bias, which moves by single pixels.
    pub fn convolution(self, outputs: usize, kernel: usize, padding: usize) -> Self {
        self.kernel(outputs, kernel, Steps { stride: 1, padding }, true)
    }

    /// A convolution without a bias, with the padding that keeps the image's side but for the stride.
    pub fn bare_convolution(self, outputs: usize, kernel: usize, stride: usize) -> Self {
        self.kernel(outputs, kernel, Steps { stride, padding: kernel / 2 }, false)
    }

    fn kernel(mut self, outputs: usize, kernel: usize, steps: Steps, bias: bool) -> Self {
        let inputs = self.shape[0];
        let Steps { stride, padding } = steps;
        self.slide(Window { side: kernel, stride, padding });
        self.shape[0] = outputs;
        let shape = [outputs, inputs, kernel, kernel];
        let fan_in = inputs * kernel * kernel;
        let kind = ParameterKind::Affine { fan_in };
        self.parameter("weight", shape.to_vec(), kind);
        if bias {
            self.parameter("bias", vec![outputs], kind);
        }
        self.multiplied(fan_in * self.values());
        self.push(Layer::Convolution { shape, steps, bias })
    }

    /// Instance or batch normalisation; other kinds, and none, add nothing.
    pub fn norm(mut self, norm: Norm) -> Self {
        let channels = self.shape[0];
        let layer = match norm {
            Norm::Instance => Layer::InstanceNorm { channels },
            Norm::Batch => {
                self.built.batch_norms.push(channels);
                Layer::BatchNorm
            }
            Norm::None | Norm::Layer | Norm::Group => return self,
        };
        self.parameter("weight", vec![channels], ParameterKind::NormWeight);
        self.parameter("bias", vec![channels], ParameterKind::NormBias);
        self.push(layer)
    }

    /// Normalisation over neighbouring channels.
    pub fn response_norm(self, norm: ResponseNorm) -> Self {
        self.push(Layer::ResponseNorm(norm))
    }

    /// max(x, 0).
    pub fn relu(self) -> Self {
        self.push(Layer::Relu)
    }

    /// The maximum of every window.
    pub fn max_pool(mut self, window: Window) -> Self {
        self.slide(window);
        self.push(Layer::MaxPool(window))
    }

    /// The mean of every window of this side, beside one another.
    pub fn average_pool(mut self, side: usize) -> Self {
        self.slide(Window::tiles(side));
        self.push(Layer::AveragePool(side))
    }

    /// One row for each image.
    pub fn flatten(mut self) -> Self {
        self.shape = [self.values(), 1, 1];
        self.push(Layer::Flatten)
    }

    /// A linear layer on what was flattened.
    pub fn linear(mut self, outputs: usize) -> Self {
        self.weights(outputs);
        self.push(Layer::Linear)
    }

    /// relu(body(x) + shortcut(x)), both from here.
    pub fn residual(
        mut self,
        body: impl FnOnce(Self) -> Self,
        shortcut: impl FnOnce(Self) -> Self,
    ) -> Self {
        let body = self.branch("body", body);
        let shortcut = self.branch("shortcut", shortcut);
        self.shape = body.shape;
        self.push(Layer::Residual { body: body.built.layers, shortcut: shortcut.built.layers })
    }

    /// A list of layers of its own from here, whose parameters join the network's.
    fn branch(&mut self, name: &str, recipe: impl FnOnce(Self) -> Self) -> Self {
        let prefix = format!("{}.{name}", self.place());
        let start =
            Self { prefix, shape: self.shape, built: Built::default(), misfit: self.misfit };
        let end = recipe(start);
        let Built { infos, batch_norms, multiply_adds, largest_map, .. } = &end.built;
        self.built.infos.extend(infos.iter().cloned());
        self.built.batch_norms.extend(batch_norms);
        self.built.multiply_adds.extend(multiply_adds);
        self.built.largest_map = self.built.largest_map.max(*largest_map);
        self.misfit = end.misfit;
        end
    }

    /// The classifier, and the end.
    ///
    /// # Errors
    /// The side in pixels that some window did not fit into.
    pub fn finish(mut self, classes: usize) -> Result<Built, usize> {
        if let Some(side) = self.misfit {
            return Err(side);
        }
        self.built.features = self.values();
        self.shape = [self.built.features, 1, 1];
        "classifier".clone_into(&mut self.prefix);
        self.weights(classes);
        Ok(self.built)
    }

    /// The parameters of a linear layer.
    fn weights(&mut self, outputs: usize) {
        let inputs = self.shape[0];
        let kind = ParameterKind::Affine { fan_in: inputs };
        self.parameter("weight", vec![outputs, inputs], kind);
        self.parameter("bias", vec![outputs], kind);
        self.multiplied(inputs * outputs);
        self.shape = [outputs, 1, 1];
    }

    fn slide(&mut self, window: Window) {
        let [channels, height, width] = self.shape;
        match (window.over(height), window.over(width)) {
            (Some(height), Some(width)) => self.shape = [channels, height, width],
            _ => {
                self.misfit.get_or_insert(height.min(width));
            }
        }
    }

    fn values(&self) -> usize {
        self.shape.iter().product()
    }

    fn multiplied(&mut self, count: usize) {
        self.built.multiply_adds.push(count as u64);
    }

    /// The name of the next layer; the classifier has no number.
    fn place(&self) -> String {
        match self.prefix.as_str() {
            "classifier" => self.prefix.clone(),
            prefix => format!("{prefix}.{}", self.built.layers.len()),
        }
    }

    fn parameter(&mut self, part: &str, shape: Vec<usize>, kind: ParameterKind) {
        let name = format!("{}.{part}", self.place());
        self.built.infos.push(ParameterInfo { name, shape, kind });
    }

    fn push(mut self, layer: Layer) -> Self {
        self.built.layers.push(layer);
        self.built.largest_map = self.built.largest_map.max(self.values());
        self
    }
}
