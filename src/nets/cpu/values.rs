//! A number for every parameter of a network, laid out as the kernels want them: the parameters
//! themselves, their gradients, their momentum.

use crate::spec::Norm;

use super::{
    pack::{pack_elements, unpack_elements},
    pass::Stage,
    simd::LANES,
};

/// Packed values of all parameters. Lanes beyond the real channels are there too.
#[derive(Debug, Clone)]
pub struct Values {
    /// Those of each block.
    pub stages: Vec<StageValues>,
    /// `[classes][features]`, features in blocks.
    pub classifier: Vec<f32>,
    /// `[classes]`.
    pub classifier_bias: Vec<f32>,
    has_affine: bool,
}

/// Packed values of one block's parameters.
#[derive(Debug, Clone)]
pub struct StageValues {
    /// Of the convolution's weights.
    pub weights: Vec<f32>,
    /// Of its bias.
    pub bias: Vec<f32>,
    /// Of the normalisation's weight; kernels want one even where there is no normalisation.
    pub scale: Vec<f32>,
    /// Of its bias; likewise.
    pub shift: Vec<f32>,
}

impl StageValues {
    fn pack(stage: &Stage, own: &[Vec<f32>], scale: f32) -> Self {
        let affine = |values: Option<&Vec<f32>>, otherwise: f32| match values {
            Some(values) => pack_elements(values, stage.tail.affine_elements()),
            None => vec![otherwise; stage.tail.maps.blocks * LANES],
        };
        Self {
            weights: stage.convolution.pack(&own[0]),
            bias: pack_elements(&own[1], 1),
            scale: affine(own.get(2), scale),
            shift: affine(own.get(3), 0.0),
        }
    }
}

impl Values {
    /// Packs `flat`, one list for each of PyTorch's parameters in network order. Where there is no
    /// normalisation its scale counts as `scale`.
    pub fn pack(stages: &[Stage], norm: Norm, flat: &[Vec<f32>], scale: f32) -> Self {
        let has_affine = norm != Norm::None;
        let own = flat.chunks_exact(if has_affine { 4 } else { 2 });
        let (weights, bias) = (&flat[flat.len() - 2], &flat[flat.len() - 1]);
        Self {
            stages: stages
                .iter()
                .zip(own)
                .map(|(stage, own)| StageValues::pack(stage, own, scale))
                .collect(),
            classifier: weights
                .chunks_exact(weights.len() / bias.len())
                .flat_map(|row| pack_elements(row, last_pixels(stages)))
                .collect(),
            classifier_bias: bias.clone(),
            has_affine,
        }
    }

    /// The values in PyTorch's order and shapes, flat, in network order.
    pub fn unpack(&self, stages: &[Stage]) -> Vec<Vec<f32>> {
        let mut flat = Vec::new();
        for (stage, own) in stages.iter().zip(&self.stages) {
            let channels = stage.tail.channels;
            flat.push(stage.convolution.unpack(&own.weights));
            flat.push(own.bias[..channels].to_vec());
            if self.has_affine {
                let elements = stage.tail.affine_elements();
                for values in [&own.scale, &own.shift] {
                    flat.push(unpack_elements(values, channels, elements));
                }
            }
        }
        let channels = stages.last().map_or(0, |stage| stage.tail.channels);
        let features = self.classifier.len() / self.classifier_bias.len();
        let rows = self.classifier.chunks_exact(features);
        flat.push(
            rows.flat_map(|row| unpack_elements(row, channels, last_pixels(stages))).collect(),
        );
        flat.push(self.classifier_bias.clone());
        flat
    }

    /// As many zeros.
    pub fn zeros(&self) -> Self {
        let mut zeros = self.clone();
        zeros.clear();
        zeros
    }

    /// Sets everything to zero.
    pub fn clear(&mut self) {
        for own in &mut self.stages {
            for values in [&mut own.weights, &mut own.bias, &mut own.scale, &mut own.shift] {
                values.fill(0.0);
            }
        }
        self.classifier.fill(0.0);
        self.classifier_bias.fill(0.0);
    }

    /// One packed list for each of PyTorch's parameters, in network order.
    pub fn lists(&self) -> Vec<&[f32]> {
        let affine = self.has_affine;
        let stages = self.stages.iter().flat_map(|own| {
            let affine = [&own.scale, &own.shift].into_iter().filter(move |_| affine);
            [&own.weights, &own.bias].into_iter().chain(affine)
        });
        stages.chain([&self.classifier, &self.classifier_bias]).map(Vec::as_slice).collect()
    }

    /// The same lists, to be changed.
    pub fn lists_mut(&mut self) -> Vec<&mut [f32]> {
        let affine = self.has_affine;
        let stages = self.stages.iter_mut().flat_map(|own| {
            let affine = [&mut own.scale, &mut own.shift].into_iter().filter(move |_| affine);
            [&mut own.weights, &mut own.bias].into_iter().chain(affine)
        });
        let last = [&mut self.classifier, &mut self.classifier_bias];
        stages.chain(last).map(Vec::as_mut_slice).collect()
    }
}

/// Pixels of a map that goes into the classifier.
pub(super) fn last_pixels(stages: &[Stage]) -> usize {
    stages.last().map_or(1, |stage| stage.tail.pooled.height * stage.tail.pooled.width)
}
