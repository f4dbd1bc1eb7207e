//! The gradient of the pixels of ⟨v, ∇_θ L⟩ for one image: the second-order half of gradient matching.
//!
//! ∇_S ⟨v, ∇_θ L(S, θ)⟩ = d/dε ∇_S L(S, θ + ε·v) at ε = 0, so the image goes forward and back once with
//! everything carried along the direction v: two numbers where an ordinary pass has one. No gradient of
//! a weight is needed, and no tape.

use super::{
    pass::{Network, Room, dot},
    simd::{LANES, with},
    tail::{Affine, BackwardAlong, Drift, ForwardAlong},
};

/// A direction in the parameters of a network, packed like the parameters themselves.
#[derive(Debug, Clone)]
pub struct Direction(Network);

/// Buffers for one image and its tangent.
#[derive(Debug)]
pub struct RoomAlong {
    plain: Room,
    inputs: Vec<Vec<f32>>,
    outputs: Vec<Vec<f32>>,
    drifts: Vec<Drift>,
    slopes: Vec<Vec<f32>>,
    arriving: Vec<Vec<f32>>,
    sums: [Vec<f32>; 4],
    logits: Vec<f32>,
    /// The gradient of the pixels in blocks of sixteen channels.
    pixels: Vec<f32>,
}

impl Network {
    /// The direction with these `values`, PyTorch's, flat, in network order.
    pub fn direction(&self, values: &[Vec<f32>]) -> Direction {
        Direction(self.with_parameters(values, 0.0))
    }

    /// Buffers for one image at a time and its tangent.
    pub fn room_along(&self) -> RoomAlong {
        let Room { inputs, outputs, slopes, arriving, logits, .. } = self.room();
        RoomAlong {
            plain: self.room(),
            inputs,
            outputs,
            drifts: vec![Drift::default(); self.stages.len()],
            slopes,
            arriving,
            sums: Default::default(),
            logits,
            pixels: vec![0.0; self.stages[0].before().len()],
        }
    }

    /// ∇_S ⟨v, ∇_θ L(S, θ)⟩ of one image `[channels][height][width]` with these class probabilities and
    /// the weight `share` in the mean loss, written to `gradient` in the image's own order.
    pub fn image_gradient_along(
        &self,
        direction: &Direction,
        image: &[f32],
        probabilities: &[f32],
        share: f32,
        room: &mut RoomAlong,
        gradient: &mut [f32],
    ) {
        self.forward(image, &mut room.plain);
        self.forward_along(direction, room);
        self.loss_along(direction, probabilities, share, room);
        for at in (0..self.stages.len()).rev() {
            self.stage_backward_along(direction, at, room);
        }
        self.unpack_pixels(&room.pixels, gradient);
    }

    fn forward_along(&self, direction: &Direction, room: &mut RoomAlong) {
        let RoomAlong { plain, inputs, outputs, drifts, logits, .. } = room;
        let parameters = self.values.stages.iter().zip(&direction.0.values.stages);
        for (at, (stage, (own, along))) in self.stages.iter().zip(parameters).enumerate() {
            let (before, after) = inputs.split_at_mut(at + 1);
            let output = &mut outputs[at];
            let block = stage.tail.maps.block();
            for (block, bias) in output.chunks_exact_mut(block).zip(along.bias.chunks_exact(LANES))
            {
                block.chunks_exact_mut(LANES).for_each(|pixel| pixel.copy_from_slice(bias));
            }
            let (from, to) = (stage.input, stage.tail.maps);
            let (kernels, change) = (&self.forward[at], &direction.0.forward[at]);
            // The tiles of the input are still there from the plain pass.
            let tiles = &mut plain.tiles[at];
            change.convolve(self.level, &plain.inputs[at], from, tiles, output, to);
            // Pixels do not depend on the direction.
            if at > 0 {
                tiles.read(self.level, kernels, &before[at], [from, to], false);
                kernels.convolve(self.level, &before[at], from, tiles, output, to);
            }
            with(
                self.level,
                ForwardAlong {
                    tail: &stage.tail,
                    affine: Affine { weight: &own.scale, bias: &own.shift },
                    direction: Affine { weight: &along.scale, bias: &along.shift },
                    x: &plain.outputs[at],
                    tangent: output,
                    moments: &plain.moments[at],
                    drift: &mut drifts[at],
                    out: &mut after[0],
                },
            );
        }
        let last = self.stages.len();
        let (features, tangents) = (&plain.inputs[last], &inputs[last]);
        let rows = self.values.classifier.chunks_exact(features.len());
        let along = direction.0.values.classifier.chunks_exact(features.len());
        let biases = &direction.0.values.classifier_bias;
        for ((logit, (row, along)), bias) in logits.iter_mut().zip(rows.zip(along)).zip(biases) {
            *logit = bias + dot(along, features) + dot(row, tangents);
        }
    }

    /// The gradient of the features and its tangent, from the logits and theirs.
    fn loss_along(&self, direction: &Direction, targets: &[f32], share: f32, room: &mut RoomAlong) {
        let RoomAlong { plain, arriving, logits: tangents, .. } = room;
        let top = plain.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = plain.logits.iter().map(|logit| (logit - top).exp()).sum();
        let log_sum = top + sum.ln();
        let mass: f32 = targets.iter().sum();
        let probability = |logit: &f32| (logit - log_sum).exp();
        let mean: f32 = plain
            .logits
            .iter()
            .zip(&*tangents)
            .map(|(logit, along)| probability(logit) * along)
            .sum();
        let last = self.stages.len() - 1;
        let (slopes, changes) = (&mut plain.arriving[last], &mut arriving[last]);
        slopes.fill(0.0);
        changes.fill(0.0);
        let features = slopes.len();
        for (class, target) in targets.iter().enumerate() {
            let probability = mass * probability(&plain.logits[class]);
            let slope = share * (probability - target);
            let change = share * probability * (tangents[class] - mean);
            let row = class * features..(class + 1) * features;
            let (row, along) =
                (&self.values.classifier[row.clone()], &direction.0.values.classifier[row]);
            let both = slopes.iter_mut().zip(changes.iter_mut());
            for ((to, to_along), (weight, along)) in both.zip(row.iter().zip(along)) {
                *to += slope * weight;
                *to_along += change * weight + slope * along;
            }
        }
    }

    fn stage_backward_along(&self, direction: &Direction, at: usize, room: &mut RoomAlong) {
        let RoomAlong { plain, outputs, drifts, slopes, arriving, sums, pixels, .. } = room;
        let (stage, own) = (&self.stages[at], &self.values.stages[at]);
        let along = &direction.0.values.stages[at];
        with(
            self.level,
            BackwardAlong {
                tail: &stage.tail,
                affine: Affine { weight: &own.scale, bias: &own.shift },
                direction: Affine { weight: &along.scale, bias: &along.shift },
                x: [&plain.outputs[at], &outputs[at]],
                moments: &plain.moments[at],
                drift: &drifts[at],
                from: [&plain.arriving[at], &arriving[at]],
                to: [&mut plain.slopes[at], &mut slopes[at]],
                slope_maps: stage.slope,
                sums,
            },
        );
        let (from, to) = (stage.slope, stage.before());
        let (kernels, kernels_along) = (&self.back[at], &direction.0.back[at]);
        let tiles = &mut plain.tiles[at];
        let change = if at > 0 { &mut arriving[at - 1] } else { pixels };
        change.fill(0.0);
        tiles.read(self.level, kernels, &slopes[at], [from, to], false);
        kernels.convolve(self.level, &slopes[at], from, tiles, change, to);
        tiles.read(self.level, kernels, &plain.slopes[at], [from, to], false);
        kernels_along.convolve(self.level, &plain.slopes[at], from, tiles, change, to);
        if at > 0 {
            let slope = &mut plain.arriving[at - 1];
            slope.fill(0.0);
            kernels.convolve(self.level, &plain.slopes[at], from, tiles, slope, to);
        }
    }

    fn unpack_pixels(&self, pixels: &[f32], gradient: &mut [f32]) {
        let (maps, image) = (self.stages[0].before(), self.stages[0].input);
        let edge = image.halo - 1;
        let plane = image.height * image.width;
        for (channel, values) in gradient.chunks_exact_mut(plane).enumerate() {
            let (block, lane) = (channel / LANES, channel % LANES);
            for (y, row) in values.chunks_exact_mut(image.width).enumerate() {
                let start = maps.at(block, y + edge, edge) + lane;
                for (x, value) in row.iter_mut().enumerate() {
                    *value = pixels[start + x * LANES];
                }
            }
        }
    }
}
