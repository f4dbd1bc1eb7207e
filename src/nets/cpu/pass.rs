//! One image through a whole network and back, in buffers that are used again for the next one.

use crate::nets::{layers::standardise::EPSILON, network_error::GROUPS};
use crate::spec::{NetworkSpec, Norm as NormKind, Pooling};

use super::{
    convolution::{Maps, WeightGradient},
    kernels::{Kernels, Tiles},
    pack::{self, Convolution},
    simd::{LANES, Level, with},
    tail::{Affine, Backward, Forward, Moments, Norm, Tail},
};

/// One block of the network: its shape, the same for all images and parameters.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub convolution: Convolution,
    pub input: Maps,
    pub slope: Maps,
    pub tail: Tail,
}

/// The parameters of one block, packed.
#[derive(Debug, Clone)]
pub(super) struct StageParameters {
    pub weights: Kernels,
    /// For the gradient of the input.
    pub turned: Kernels,
    pub bias: Vec<f32>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

/// A network with its parameters, ready for images.
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) level: Level,
    pub(super) stages: Vec<Stage>,
    pub(super) parameters: Vec<StageParameters>,
    /// `[classes][features]`, features in blocks.
    pub(super) classifier: Vec<f32>,
    pub(super) classifier_bias: Vec<f32>,
    channels: usize,
    has_affine: bool,
}

/// Frozen mean and variance of each batch normalisation, per channel.
pub type Frozen = Vec<(Vec<f32>, Vec<f32>)>;

/// Gradients of all parameters, packed, and the loss.
#[derive(Debug, Clone)]
pub struct Gradients {
    stages: Vec<StageGradients>,
    classifier: Vec<f32>,
    classifier_bias: Vec<f32>,
    /// The sum of all images' losses, each with its share.
    pub loss: f64,
}

#[derive(Debug, Clone)]
struct StageGradients {
    weights: Vec<f32>,
    bias: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// Buffers for one image.
#[derive(Debug)]
pub struct Room {
    /// What goes into each convolution; the last one goes into the classifier.
    pub(super) inputs: Vec<Vec<f32>>,
    /// What each convolution gives.
    pub(super) outputs: Vec<Vec<f32>>,
    pub(super) moments: Vec<Moments>,
    /// The gradient of each convolution's output, with a halo.
    pub(super) slopes: Vec<Vec<f32>>,
    /// The gradient of what goes into each block, without a halo; the last one is the classifier's.
    pub(super) arriving: Vec<Vec<f32>>,
    sums: [Vec<f32>; 2],
    /// What convolutions in tiles work in.
    pub(super) tiles: Vec<Tiles>,
    /// Whether gradients of kernels are gathered in tiles, to be folded by [`Network::fold`].
    gathers: bool,
    /// Logits of the image.
    pub logits: Vec<f32>,
}

/// With so many images it pays to gather the gradients of kernels in tiles: folding them takes about as
/// long as it saves on one image.
const WORTH_GATHERING: usize = 4;

impl Stage {
    /// The maps that the gradient of the input is computed in: blocks of sixteen channels without a halo.
    /// An image that is padded by more than one lies in their middle.
    pub fn before(&self) -> Maps {
        let channels = self.input.blocks * self.input.channels;
        let edge = 2 * (self.input.halo - 1);
        Maps {
            blocks: channels.div_ceil(LANES),
            channels: LANES,
            height: self.input.height + edge,
            width: self.input.width + edge,
            halo: 0,
        }
    }

    fn pack(&self, level: Level, own: &[Vec<f32>], scale: f32) -> StageParameters {
        let affine = |values: Option<&Vec<f32>>, otherwise: f32| match values {
            Some(values) => pack::pack_elements(values, self.tail.affine_elements()),
            None => vec![otherwise; self.tail.maps.blocks * LANES],
        };
        StageParameters {
            weights: Kernels::new(
                level,
                self.convolution.pack(&own[0]),
                &self.input,
                &self.tail.maps,
            ),
            turned: Kernels::new(
                level,
                self.convolution.pack_turned(&own[0]),
                &self.slope,
                &self.before(),
            ),
            bias: pack::pack_elements(&own[1], 1),
            scale: affine(own.get(2), scale),
            shift: affine(own.get(3), 0.0),
        }
    }
}

impl Network {
    /// Lays out a ConvNet for images of `shape` [channels, height, width] and packs `parameters`, which
    /// are PyTorch's, flat, in network order. `frozen` is for batch normalisation.
    pub fn new(
        level: Level,
        spec: &NetworkSpec,
        shape: [usize; 3],
        classes: usize,
        parameters: &[Vec<f32>],
        frozen: &Frozen,
    ) -> Self {
        let mut stages = Vec::new();
        let [mut inputs, mut height, mut width] = shape;
        for at in 0..spec.depth {
            let padding = if at == 0 && inputs == 1 { 3 } else { 1 };
            let channels = if at == 0 { inputs.min(LANES) } else { LANES };
            let input =
                Maps { blocks: inputs.div_ceil(channels), channels, height, width, halo: padding };
            (height, width) = (height + 2 * padding - 2, width + 2 * padding - 2);
            let blocks = spec.width.div_ceil(LANES);
            let maps = Maps { blocks, channels: LANES, height, width, halo: 0 };
            if spec.pooling != Pooling::None {
                (height, width) = (height / 2, width / 2);
            }
            let halo = usize::from(at + 1 < spec.depth);
            let norm = match spec.norm {
                NormKind::None => Norm::None,
                NormKind::Instance => Norm::Groups(spec.width),
                NormKind::Group => Norm::Groups(GROUPS),
                NormKind::Layer => Norm::Groups(1),
                NormKind::Batch => freeze(&frozen[at], blocks * LANES),
            };
            let convolution = Convolution { outputs: spec.width, inputs, channels };
            stages.push(Stage {
                convolution,
                input,
                slope: Maps { halo: 1, ..maps },
                tail: Tail {
                    channels: spec.width,
                    maps,
                    pooled: Maps { height, width, halo, ..maps },
                    norm,
                    elementwise: spec.norm == NormKind::Layer,
                    activation: spec.activation,
                    pooling: spec.pooling,
                },
            });
            inputs = spec.width;
        }
        let mut network = Self {
            level,
            stages,
            parameters: Vec::new(),
            classifier: Vec::new(),
            classifier_bias: vec![0.0; classes],
            channels: spec.width,
            has_affine: spec.norm != NormKind::None,
        };
        network.take(parameters, 1.0);
        network
    }

    /// Packs `parameters`, PyTorch's, flat, in network order. Where there is no normalisation its scale
    /// counts as `scale`: one in parameters, zero in a direction.
    pub(super) fn take(&mut self, parameters: &[Vec<f32>], scale: f32) {
        let per_stage = if self.has_affine { 4 } else { 2 };
        let own = parameters.chunks_exact(per_stage);
        self.parameters = self
            .stages
            .iter()
            .zip(own)
            .map(|(stage, own)| stage.pack(self.level, own, scale))
            .collect();
        let (weights, bias) =
            (&parameters[parameters.len() - 2], &parameters[parameters.len() - 1]);
        let pixels = self.last_pixels();
        self.classifier = weights
            .chunks_exact(weights.len() / bias.len())
            .flat_map(|row| pack::pack_elements(row, pixels))
            .collect();
        self.classifier_bias.clone_from(bias);
    }

    /// Pixels of a map that goes into the classifier.
    fn last_pixels(&self) -> usize {
        self.stages.last().map_or(1, |stage| stage.tail.pooled.height * stage.tail.pooled.width)
    }

    /// Buffers for one image at a time, and for `images` whose gradients are summed before
    /// [`Self::fold`] is called.
    pub fn room(&self, images: usize) -> Room {
        let zeros = |length: usize| vec![0.0; length];
        let last = self.stages.last().map_or(0, |stage| stage.tail.pooled.len());
        let mut inputs: Vec<_> = self.stages.iter().map(|stage| zeros(stage.input.len())).collect();
        inputs.push(zeros(last));
        Room {
            inputs,
            outputs: self.stages.iter().map(|stage| zeros(stage.tail.maps.len())).collect(),
            moments: vec![Moments::default(); self.stages.len()],
            slopes: self.stages.iter().map(|stage| zeros(stage.slope.len())).collect(),
            arriving: self
                .stages
                .iter()
                .map(|stage| zeros(Maps { halo: 0, ..stage.tail.pooled }.len()))
                .collect(),
            sums: [Vec::new(), Vec::new()],
            tiles: vec![Tiles::default(); self.stages.len()],
            gathers: images >= WORTH_GATHERING,
            logits: zeros(self.classifier_bias.len()),
        }
    }

    /// Gradients of nothing yet.
    pub fn no_gradients(&self) -> Gradients {
        let zeros = |values: &Vec<f32>| vec![0.0; values.len()];
        Gradients {
            stages: self
                .parameters
                .iter()
                .map(|own| StageGradients {
                    weights: vec![0.0; own.weights.packed.len()],
                    bias: zeros(&own.bias),
                    scale: zeros(&own.scale),
                    shift: zeros(&own.shift),
                })
                .collect(),
            classifier: zeros(&self.classifier),
            classifier_bias: zeros(&self.classifier_bias),
            loss: 0.0,
        }
    }

    /// The logits of one image `[channels][height][width]`, left in `room`.
    pub fn forward(&self, image: &[f32], room: &mut Room) {
        if let Some(first) = self.stages.first() {
            pack::pack_image(image, &first.input, &mut room.inputs[0]);
        }
        for (at, (stage, own)) in self.stages.iter().zip(&self.parameters).enumerate() {
            let (before, after) = room.inputs.split_at_mut(at + 1);
            let output = &mut room.outputs[at];
            let block = stage.tail.maps.block();
            for (block, bias) in output.chunks_exact_mut(block).zip(own.bias.chunks_exact(LANES)) {
                block.chunks_exact_mut(LANES).for_each(|pixel| pixel.copy_from_slice(bias));
            }
            let tiles = &mut room.tiles[at];
            tiles.read(self.level, &own.weights, &before[at], stage.input, stage.tail.maps);
            own.weights.convolve(
                self.level,
                &before[at],
                stage.input,
                tiles,
                output,
                stage.tail.maps,
            );
            with(
                self.level,
                Forward {
                    tail: &stage.tail,
                    affine: Affine { weight: &own.scale, bias: &own.shift },
                    x: output,
                    moments: &mut room.moments[at],
                    out: &mut after[0],
                },
            );
        }
        let features = &room.inputs[self.stages.len()];
        let rows = self.classifier.chunks_exact(features.len());
        for ((logit, row), bias) in room.logits.iter_mut().zip(rows).zip(&self.classifier_bias) {
            *logit = bias + dot(row, features);
        }
    }

    /// Adds to `gradients` what one image with these class probabilities gives, with the weight `share`
    /// in the mean.
    pub fn forward_backward(
        &self,
        image: &[f32],
        probabilities: &[f32],
        share: f32,
        room: &mut Room,
        gradients: &mut Gradients,
    ) {
        self.forward(image, room);
        let top = room.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = room.logits.iter().map(|logit| (logit - top).exp()).sum();
        let log_sum = top + sum.ln();
        let mass: f32 = probabilities.iter().sum();
        let features = &room.inputs[self.stages.len()];
        let last = self.stages.len() - 1;
        room.arriving[last].fill(0.0);
        for (class, (logit, target)) in room.logits.iter().zip(probabilities).enumerate() {
            if *target != 0.0 {
                gradients.loss += f64::from(share * target * (log_sum - logit));
            }
            let slope = share * (mass * (logit - log_sum).exp() - target);
            let row = class * features.len()..(class + 1) * features.len();
            gradients.classifier_bias[class] += slope;
            let sums = &mut gradients.classifier[row.clone()];
            for (sum, feature) in sums.iter_mut().zip(features) {
                *sum += slope * feature;
            }
            for (arriving, weight) in room.arriving[last].iter_mut().zip(&self.classifier[row]) {
                *arriving += slope * weight;
            }
        }
        for at in (0..self.stages.len()).rev() {
            self.stage_backward(at, room, &mut gradients.stages[at]);
        }
    }

    fn stage_backward(&self, at: usize, room: &mut Room, gradients: &mut StageGradients) {
        let (stage, own) = (&self.stages[at], &self.parameters[at]);
        let (before, from) = room.arriving.split_at_mut(at);
        with(
            self.level,
            Backward {
                tail: &stage.tail,
                affine: Affine { weight: &own.scale, bias: &own.shift },
                x: &room.outputs[at],
                moments: &room.moments[at],
                from: &from[0],
                to: &mut room.slopes[at],
                slope_maps: stage.slope,
                weight: &mut gradients.scale,
                bias: &mut gradients.shift,
                convolution_bias: &mut gradients.bias,
                sums: &mut room.sums,
            },
        );
        let (slope, tiles) = (&room.slopes[at], &mut room.tiles[at]);
        if room.gathers && own.weights.is_tiled() {
            tiles.gather(self.level, slope, stage.slope, stage.input.blocks);
        } else {
            with(
                self.level,
                WeightGradient {
                    input: &room.inputs[at],
                    from: stage.input,
                    slope,
                    to: stage.slope,
                    gradient: &mut gradients.weights,
                },
            );
        }
        if let Some(arriving) = before.last_mut() {
            arriving.fill(0.0);
            let to = stage.before();
            tiles.read(self.level, &own.turned, slope, stage.slope, to);
            own.turned.convolve(self.level, slope, stage.slope, tiles, arriving, to);
        }
    }

    /// Adds what `room` has gathered in tiles to the gradients of the weights.
    pub fn fold(&self, room: &mut Room, gradients: &mut Gradients) {
        for (at, own) in self.parameters.iter().enumerate() {
            if room.gathers && own.weights.is_tiled() {
                room.tiles[at].fold(self.level, &own.weights, &mut gradients.stages[at].weights);
            }
        }
    }

    /// Gradients in PyTorch's order and shapes, flat, in network order.
    pub fn unpack(&self, gradients: &Gradients) -> Vec<Vec<f32>> {
        let mut flat = Vec::new();
        for (stage, own) in self.stages.iter().zip(&gradients.stages) {
            flat.push(stage.convolution.unpack(&own.weights));
            flat.push(own.bias[..self.channels].to_vec());
            if self.has_affine {
                let elements = stage.tail.affine_elements();
                for values in [&own.scale, &own.shift] {
                    flat.push(pack::unpack_elements(values, self.channels, elements));
                }
            }
        }
        let pixels = self.last_pixels();
        let features = self.classifier.len() / self.classifier_bias.len();
        flat.push(
            gradients
                .classifier
                .chunks_exact(features)
                .flat_map(|row| pack::unpack_elements(row, self.channels, pixels))
                .collect(),
        );
        flat.push(gradients.classifier_bias.clone());
        flat
    }
}

impl Gradients {
    /// Starts anew.
    pub fn clear(&mut self) {
        for own in &mut self.stages {
            for values in [&mut own.weights, &mut own.bias, &mut own.scale, &mut own.shift] {
                values.fill(0.0);
            }
        }
        self.classifier.fill(0.0);
        self.classifier_bias.fill(0.0);
        self.loss = 0.0;
    }

    /// Adds those of other images.
    pub fn add(&mut self, other: &Self) {
        let sum = |to: &mut [f32], from: &[f32]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        for (own, other) in self.stages.iter_mut().zip(&other.stages) {
            sum(&mut own.weights, &other.weights);
            sum(&mut own.bias, &other.bias);
            sum(&mut own.scale, &other.scale);
            sum(&mut own.shift, &other.shift);
        }
        sum(&mut self.classifier, &other.classifier);
        sum(&mut self.classifier_bias, &other.classifier_bias);
        self.loss += other.loss;
    }
}

/// Σ a · b, in sixteen lanes.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// Frozen statistics as lanes.
fn freeze((mean, variance): &(Vec<f32>, Vec<f32>), lanes: usize) -> Norm {
    let pad = |values: Vec<f32>| {
        let mut values = values;
        values.resize(lanes, 0.0);
        values
    };
    let inverse =
        variance.iter().map(|variance| 1.0 / (variance + EPSILON as f32).sqrt()).collect();
    Norm::Frozen(pad(mean.clone()), pad(inverse))
}
