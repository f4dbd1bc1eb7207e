//! One image through a whole network and back, in buffers that are used again for the next one.

use rayon::iter::{
    IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator,
};
use rayon::slice::ParallelSlice;

use crate::nets::{layers::standardise::EPSILON, network_error::GROUPS};
use crate::spec::{NetworkSpec, Norm as NormKind, Pooling};

use super::{
    convolution::{Maps, WeightGradient},
    kernels::{Kernels, Tiles},
    pack::{Convolution, pack_image, unpack_elements},
    simd::{LANES, Level, Products, with},
    spread::Spares,
    tail::{Affine, Backward, Forward, Moments, Norm, Tail},
    values::{StageValues, Values, last_pixels},
};

/// Images that a thread takes on at a time when they only go forward.
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
    products: Products,
    pub(super) stages: Vec<Stage>,
    pub(super) values: Values,
    /// The weights of each convolution as it wants them.
    pub(super) forward: Vec<Kernels>,
    /// And as the gradient of its input wants them.
    pub(super) back: Vec<Kernels>,
    /// The weights turned about and packed, what `back` is made from.
    turned: Vec<Vec<f32>>,
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
}

impl Network {
    /// Lays out a ConvNet for images of `shape` [channels, height, width] and packs `parameters`, which
    /// are PyTorch's, flat, in network order. `frozen` is for batch normalisation.
    pub fn new(
        level: Level,
        products: Products,
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
        Self::of(level, products, stages, spec.norm, values)
    }

    fn of(
        level: Level,
        products: Products,
        stages: Vec<Stage>,
        norm: NormKind,
        values: Values,
    ) -> Self {
        let both = || stages.iter().zip(&values.stages);
        let turned: Vec<_> =
            both().map(|(stage, own)| stage.convolution.turn(&own.weights)).collect();
        let kernels = |packed: &[f32], from: &Maps, to: &Maps| {
            Kernels::new(level, products, packed, from, to)
        };
        let forward =
            both().map(|(stage, own)| kernels(&own.weights, &stage.input, &stage.tail.maps));
        let forward = forward.collect();
        let back = stages.iter().zip(&turned);
        let back = back.map(|(stage, turned)| kernels(turned, &stage.slope, &stage.before()));
        let back = back.collect();
        Self { level, products, stages, values, forward, back, turned, norm }
    }

    /// The same network with other parameters, PyTorch's, flat, in network order. Where there is no
    /// normalisation its scale counts as `scale`: one in parameters, zero in a direction.
    pub(super) fn with_parameters(&self, parameters: &[Vec<f32>], scale: f32) -> Self {
        let values = Values::pack(&self.stages, self.norm, parameters, scale);
        Self::of(self.level, self.products, self.stages.clone(), self.norm, values)
    }

    /// Brings the kernels up to date with values that have changed, on all threads. Those for the
    /// gradient of the pixels are left out: it is not what values are changed for.
    pub fn update_kernels(&mut self) {
        let Self { level, stages, values, forward, back, turned, .. } = self;
        let (level, own) = (*level, &values.stages);
        let forward = forward.par_iter_mut().zip(own);
        let back = back.par_iter_mut().zip(turned).zip(stages.par_iter().zip(own)).skip(1);
        rayon::join(
            || forward.for_each(|(kernels, own)| kernels.update(level, &own.weights)),
            || {
                back.for_each(|((kernels, turned), (stage, own))| {
                    stage.convolution.turn_into(&own.weights, turned);
                    kernels.update(level, turned);
                });
            },
        );
    }

    /// A room of `rooms`, or a new one, for `images` whose gradients are summed before [`Self::fold`] is called.
    ///
    /// How they are summed is a matter of their number alone and not of what the room was used for before: which
    /// room is free depends on the threads, and both ways round differently.
    pub fn take_room(&self, rooms: &Spares<Room>, images: usize) -> Room {
        Room { gathers: images >= WORTH_GATHERING, ..rooms.take(|| self.room()) }
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
            tiles: vec![Tiles::default(); self.stages.len()],
            gathers: false,
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
            let (kernels, tiles) = (&self.forward[at], &mut room.tiles[at]);
            let (from, to) = (stage.input, stage.tail.maps);
            tiles.read(self.level, kernels, &before[at], [from, to], room.gathers);
            kernels.convolve(self.level, &before[at], from, tiles, output, to);
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
        self.of_each(pixels, rooms, |room| room.logits.clone())
    }

    /// Embeddings `[n][features]` of images `[n][channels][height][width]` in PyTorch's order, on all
    /// threads.
    pub fn embeddings(&self, pixels: &[f32], rooms: &Spares<Room>) -> Vec<f32> {
        let (last, elements) = (self.stages.len(), last_pixels(&self.stages));
        let channels = self.stages.last().map_or(0, |stage| stage.tail.channels);
        self.of_each(pixels, rooms, |room| unpack_elements(&room.inputs[last], channels, elements))
    }

    /// What `read` takes from the room of each image after it has gone forward, one after the other.
    fn of_each(
        &self,
        pixels: &[f32],
        rooms: &Spares<Room>,
        read: impl Fn(&Room) -> Vec<f32> + Sync,
    ) -> Vec<f32> {
        let values = self
            .stages
            .first()
            .map_or(1, |first| first.convolution.inputs * first.input.height * first.input.width);
        let groups = pixels.par_chunks(IMAGES_AT_A_TIME * values).map(|group| {
            let mut room = self.take_room(rooms, 1);
            let mut found = Vec::new();
            for image in group.chunks_exact(values) {
                self.forward(image, &mut room);
                found.extend(read(&room));
            }
            rooms.give(room);
            found
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
        let (slope, tiles) = (&room.slopes[at], &mut room.tiles[at]);
        if room.gathers && self.forward[at].is_tiled() {
            tiles.gather(self.level, &self.forward[at], slope, stage.slope);
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
            let (kernels, to) = (&self.back[at], stage.before());
            tiles.read(self.level, kernels, slope, [stage.slope, to], false);
            kernels.convolve(self.level, slope, stage.slope, tiles, arriving, to);
        }
    }

    /// Adds what `room` has gathered in tiles to the gradients of the weights.
    pub fn fold(&self, room: &mut Room, gradients: &mut Gradients) {
        let kernels = self.forward.iter().zip(&mut gradients.values.stages);
        for ((kernels, own), tiles) in kernels.zip(&mut room.tiles) {
            if room.gathers && kernels.is_tiled() {
                tiles.fold(self.level, kernels, &mut own.weights);
            }
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
