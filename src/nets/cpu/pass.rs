//! One image through a whole network and back, in buffers that are used again for the next one.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::nets::{layers::standardise::EPSILON, network_error::GROUPS};
use crate::spec::{NetworkSpec, Norm as NormKind, Pooling};

use super::{
    convolution::{Convolve, Maps, WeightGradient},
    pack::{Convolution, pack_image},
    simd::{LANES, Level, with},
    spread::Spares,
    tail::{Affine, Backward, Forward, Moments, Norm, Tail},
    values::{StageValues, Values},
};

/// Images whose logits a thread takes on at a time.
const IMAGES_AT_A_TIME: usize = 8;

/// One block of the network: its shape, the same for all images and parameters.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub convolution: Convolution,
    pub input: Maps,
    pub slope: Maps,
    pub tail: Tail,
}

/// A network with its parameters, ready for images.
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) level: Level,
    pub(super) stages: Vec<Stage>,
    pub(super) values: Values,
    /// The weights of each convolution as the gradient of its input wants them.
    pub(super) turned: Vec<Vec<f32>>,
    norm: NormKind,
}

/// Frozen mean and variance of each batch normalisation, per channel.
pub type Frozen = Vec<(Vec<f32>, Vec<f32>)>;

/// Gradients of all parameters, packed, and the loss.
#[derive(Debug, Clone)]
pub struct Gradients {
    /// The gradients.
    pub values: Values,
    /// The sum of all images' losses, each with its share.
    pub loss: f64,
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
    /// Logits of the image.
    pub logits: Vec<f32>,
}

impl Network {
    /// Lays out a ConvNet for images of `shape` [channels, height, width] and packs `parameters`, which
    /// are PyTorch's, flat, in network order. `frozen` is for batch normalisation.
    pub fn new(
        level: Level,
        spec: &NetworkSpec,
        shape: [usize; 3],
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
        let values = Values::pack(&stages, spec.norm, parameters, 1.0);
        let turned = turn(&stages, &values);
        Self { level, stages, values, turned, norm: spec.norm }
    }

    /// The same network with other parameters, PyTorch's, flat, in network order. Where there is no
    /// normalisation its scale counts as `scale`: one in parameters, zero in a direction.
    pub(super) fn with_parameters(&self, parameters: &[Vec<f32>], scale: f32) -> Self {
        let (level, stages, norm) = (self.level, self.stages.clone(), self.norm);
        let values = Values::pack(&stages, norm, parameters, scale);
        Self { level, turned: turn(&stages, &values), stages, values, norm }
    }

    /// Turns the weights again, after they have changed, on all threads. Those of the first convolution
    /// are left out: a gradient of the pixels is not what changed weights are for.
    pub fn turn_weights(&mut self) {
        let stages = self.stages.iter().zip(&self.values.stages).zip(&mut self.turned).skip(1);
        let rows: Vec<_> = stages
            .flat_map(|((stage, own), turned)| {
                let rows = turned.chunks_exact_mut(stage.convolution.turned_row()).enumerate();
                rows.map(move |(block, row)| (stage, own, block, row))
            })
            .collect();
        rows.into_par_iter().for_each(|(stage, own, block, row)| {
            stage.convolution.turn_row(&own.weights, block, row);
        });
    }

    /// Buffers for one image at a time.
    pub fn room(&self) -> Room {
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
            logits: zeros(self.values.classifier_bias.len()),
        }
    }

    /// Gradients of nothing yet.
    pub fn no_gradients(&self) -> Gradients {
        Gradients { values: self.values.zeros(), loss: 0.0 }
    }

    /// The logits of one image `[channels][height][width]`, left in `room`.
    pub fn forward(&self, image: &[f32], room: &mut Room) {
        if let Some(first) = self.stages.first() {
            pack_image(image, &first.input, &mut room.inputs[0]);
        }
        for (at, (stage, own)) in self.stages.iter().zip(&self.values.stages).enumerate() {
            let (before, after) = room.inputs.split_at_mut(at + 1);
            let output = &mut room.outputs[at];
            let block = stage.tail.maps.block();
            for (block, bias) in output.chunks_exact_mut(block).zip(own.bias.chunks_exact(LANES)) {
                block.chunks_exact_mut(LANES).for_each(|pixel| pixel.copy_from_slice(bias));
            }
            with(
                self.level,
                Convolve {
                    input: &before[at],
                    from: stage.input,
                    weights: &own.weights,
                    output,
                    to: stage.tail.maps,
                },
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
        let rows = self.values.classifier.chunks_exact(features.len());
        let biases = &self.values.classifier_bias;
        for ((logit, row), bias) in room.logits.iter_mut().zip(rows).zip(biases) {
            *logit = bias + dot(row, features);
        }
    }

    /// Logits `[n][classes]` of images `[n][channels][height][width]`, on all threads.
    pub fn logits(&self, pixels: &[f32], rooms: &Spares<Room>) -> Vec<f32> {
        let values = self
            .stages
            .first()
            .map_or(1, |first| first.convolution.inputs * first.input.height * first.input.width);
        let groups = pixels.par_chunks(IMAGES_AT_A_TIME * values).map(|group| {
            let mut room = rooms.take(|| self.room());
            let mut logits = Vec::new();
            for image in group.chunks_exact(values) {
                self.forward(image, &mut room);
                logits.extend_from_slice(&room.logits);
            }
            rooms.give(room);
            logits
        });
        groups.collect::<Vec<_>>().concat()
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
        let Gradients { values, loss } = gradients;
        room.arriving[last].fill(0.0);
        for (class, (logit, target)) in room.logits.iter().zip(probabilities).enumerate() {
            if *target != 0.0 {
                *loss += f64::from(share * target * (log_sum - logit));
            }
            let slope = share * (mass * (logit - log_sum).exp() - target);
            let row = class * features.len()..(class + 1) * features.len();
            values.classifier_bias[class] += slope;
            let sums = &mut values.classifier[row.clone()];
            for (sum, feature) in sums.iter_mut().zip(features) {
                *sum += slope * feature;
            }
            let weights = &self.values.classifier[row];
            for (arriving, weight) in room.arriving[last].iter_mut().zip(weights) {
                *arriving += slope * weight;
            }
        }
        for at in (0..self.stages.len()).rev() {
            self.stage_backward(at, room, &mut values.stages[at]);
        }
    }

    fn stage_backward(&self, at: usize, room: &mut Room, gradients: &mut StageValues) {
        let (stage, own) = (&self.stages[at], &self.values.stages[at]);
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
        with(
            self.level,
            WeightGradient {
                input: &room.inputs[at],
                from: stage.input,
                slope: &room.slopes[at],
                to: stage.slope,
                gradient: &mut gradients.weights,
            },
        );
        if let Some(arriving) = before.last_mut() {
            arriving.fill(0.0);
            with(
                self.level,
                Convolve {
                    input: &room.slopes[at],
                    from: stage.slope,
                    weights: &self.turned[at],
                    output: arriving,
                    to: Maps { halo: 0, channels: LANES, ..stage.input },
                },
            );
        }
    }

    /// Gradients in PyTorch's order and shapes, flat, in network order.
    pub fn unpack(&self, gradients: &Gradients) -> Vec<Vec<f32>> {
        gradients.values.unpack(&self.stages)
    }

    /// The parameters in PyTorch's order and shapes, flat, in network order.
    pub fn parameters(&self) -> Vec<Vec<f32>> {
        self.values.unpack(&self.stages)
    }
}

impl Gradients {
    /// Starts anew.
    pub fn clear(&mut self) {
        self.values.clear();
        self.loss = 0.0;
    }

    /// Adds those of other images.
    pub fn add(&mut self, other: &Self) {
        for (to, from) in self.values.lists_mut().into_iter().zip(other.values.lists()) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        self.loss += other.loss;
    }
}

fn turn(stages: &[Stage], values: &Values) -> Vec<Vec<f32>> {
    let both = stages.iter().zip(&values.stages);
    both.map(|(stage, own)| stage.convolution.turn(&own.weights)).collect()
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
