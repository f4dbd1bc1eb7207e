//! The images that a network is trained on from scratch, and how each batch of them is augmented.
//!
//! A condensed set is small: it lies on the device as a whole, and, for the classic augmentation, which
//! works on host pixels, on the host as well.

use burn::tensor::{Int, Tensor, TensorData};
use rand::Rng;

use super::EvaluationError;
use crate::{
    augment::{Augmentation, Recipe, classic::ClassicStrategy},
    nets::{Batch, Labels},
    spec::{AugmentSpec, EvaluationAugmentation, Norm},
};

/// How training batches are augmented (reference sections 1.8, 2.4 and 2.6).
#[derive(Debug, Clone, PartialEq)]
pub enum TrainingAugmentation {
    /// Not at all.
    None,
    /// With the differentiable operations: one token for a batch, parameters for each image.
    Differentiable(Recipe),
    /// With DC's own operations, one for each image.
    Classic(ClassicStrategy),
}

impl TrainingAugmentation {
    /// What a spec asks for, for a network with this norm and images of `size` `[height, width]`.
    pub fn new(
        kind: EvaluationAugmentation,
        augment: &AugmentSpec,
        norm: Norm,
        size: [usize; 2],
    ) -> Self {
        match kind {
            EvaluationAugmentation::None => Self::None,
            EvaluationAugmentation::Differentiable => {
                Self::Differentiable(Recipe::new(augment, size))
            }
            EvaluationAugmentation::Classic => Self::Classic(ClassicStrategy::prescribed(norm)),
        }
    }
}

impl TrainingAugmentation {
    /// Augments images `[n, c, h, w]` of one batch, each with its own parameters.
    ///
    /// # Errors
    /// When the device cannot be read, which the classic augmentation needs.
    pub fn apply(
        &self,
        images: Tensor<4>,
        rng: &mut impl Rng,
    ) -> Result<Tensor<4>, EvaluationError> {
        match self {
            Self::None => Ok(images),
            Self::Differentiable(recipe) => {
                Ok(recipe.draw_training(images.dims()[0], rng).apply(images))
            }
            Self::Classic(strategy) => {
                let (shape, options) = (images.dims(), (images.device(), images.dtype()));
                let mut pixels: Vec<f32> = images
                    .try_into_vec_as()
                    .map_err(|error| EvaluationError::Device { reason: error.to_string() })?;
                strategy.apply(&mut pixels, shape, rng);
                let data = TensorData::new(pixels, shape);
                Ok(Tensor::from_data(data, (&options.0, options.1)))
            }
        }
    }
}

/// Images with labels, such as a condensed set, ready to be taken from batch by batch.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    images: Tensor<4>,
    labels: Labels,
    augmentation: TrainingAugmentation,
    /// All pixels, for the classic augmentation alone.
    host: Vec<f32>,
}

impl TrainingSet {
    /// Images `[n, c, h, w]` in normalised space and as many labels, on one device, and how batches of
    /// them are augmented.
    ///
    /// # Errors
    /// When the device cannot be read, which the classic augmentation needs.
    pub fn new(
        images: Tensor<4>,
        labels: Labels,
        augmentation: TrainingAugmentation,
    ) -> Result<Self, EvaluationError> {
        let images = images.inner();
        let host = match augmentation {
            TrainingAugmentation::Classic(_) => images
                .try_to_vec_as()
                .map_err(|error| EvaluationError::Device { reason: error.to_string() })?,
            _ => Vec::new(),
        };
        Ok(Self { images, labels, augmentation, host })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True without any image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The images `[n, c, h, w]`, outside any autodiff graph.
    pub fn images(&self) -> &Tensor<4> {
        &self.images
    }

    /// Sets one after the other, which are augmented alike; `None` when there is none.
    pub(super) fn joined(sets: &[&Self]) -> Option<Self> {
        let classes = sets.iter().map(|set| set.labels.clone()).collect::<Vec<_>>();
        Some(Self {
            images: Tensor::cat(sets.iter().map(|set| set.images.clone()).collect(), 0),
            labels: Labels::joined(&classes)?,
            augmentation: sets.first()?.augmentation.clone(),
            host: sets.iter().flat_map(|set| set.host.iter().copied()).collect(),
        })
    }

    /// Their labels.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The images at `indices`, augmented, and their labels.
    pub(super) fn take<R: Rng>(&self, indices: &[i32], rng: &mut R) -> Batch {
        self.take_for(indices, vec![rng])
    }

    /// The images at `indices` for several networks, as many for each and one network's after the other's,
    /// augmented by the chance of each, and their labels.
    pub(super) fn take_for<R: Rng>(&self, indices: &[i32], networks: Vec<&mut R>) -> Batch {
        let images = &self.images;
        let [_, c, h, w] = images.dims();
        let count = indices.len();
        let n = count / networks.len().max(1);
        let at = TensorData::new(indices.to_vec(), [count]);
        let at = Tensor::<1, Int>::from_data(at, &images.device());
        let labels = self.labels.select(at.clone());
        let images = match &self.augmentation {
            TrainingAugmentation::None => images.clone().select(0, at),
            TrainingAugmentation::Differentiable(recipe) => {
                let drawn = networks.into_iter().map(|rng| recipe.draw_training(n, rng));
                augmented(images.clone().select(0, at), drawn.collect())
            }
            TrainingAugmentation::Classic(strategy) => {
                let values = c * h * w;
                let image = |index: &i32| {
                    let start = *index as usize * values;
                    self.host[start..start + values].iter().copied()
                };
                let mut pixels: Vec<f32> = indices.iter().flat_map(image).collect();
                for (own, rng) in pixels.chunks_mut((n * values).max(1)).zip(networks) {
                    strategy.apply(own, [n, c, h, w], rng);
                }
                let data = TensorData::new(pixels, [count, c, h, w]);
                Tensor::from_data(data, (&images.device(), images.dtype()))
            }
        };
        Batch { images, labels }
    }
}

/// Images of several networks, one network's after the other's, each network's under its own augmentation.
/// Those that do the same in the same order do it together.
fn augmented(images: Tensor<4>, each: Vec<Augmentation>) -> Tensor<4> {
    let n = images.dims()[0] / each.len().max(1);
    let mut kinds: Vec<(Augmentation, Vec<usize>)> = Vec::new();
    for (network, own) in each.into_iter().enumerate() {
        match kinds.iter_mut().find(|(kind, _)| kind.is_like(&own)) {
            Some((kind, networks)) => {
                kind.append(own);
                networks.push(network);
            }
            None => kinds.push((own, vec![network])),
        }
    }
    if let [(kind, _)] = &kinds[..] {
        return kind.apply(images);
    }
    let rows = |networks: &[usize]| {
        let rows: Vec<i32> =
            networks.iter().flat_map(|at| (at * n..(at + 1) * n).map(|row| row as i32)).collect();
        let count = rows.len();
        Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &images.device())
    };
    let parts =
        kinds.iter().map(|(kind, networks)| kind.apply(images.clone().select(0, rows(networks))));
    let mixed = Tensor::cat(parts.collect(), 0);
    let order: Vec<usize> = kinds.into_iter().flat_map(|(_, networks)| networks).collect();
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, network)| back[*network] = place);
    mixed.select(0, rows(&back))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{
        random::{Purpose, stream},
        spec::Mode,
    };

    const SHAPE: [usize; 4] = [3, 1, 4, 4];

    /// Image i holds the value i + 1 everywhere, and its label is i.
    fn set(augmentation: &TrainingAugmentation) -> TrainingSet {
        let device = Device::flex();
        let values: Vec<f32> = (0..48).map(|at| (at / 16 + 1) as f32).collect();
        let images = Tensor::from_data(TensorData::new(values, SHAPE), &device);
        let labels = Labels::Hard(Tensor::from_data([0, 1, 2], &device));
        TrainingSet::new(images, labels, augmentation.clone()).unwrap()
    }

    fn take(augmentation: &TrainingAugmentation, indices: &[i32]) -> (Vec<f32>, Vec<i32>) {
        let mut rng = stream(5, Purpose::EvaluationTraining, &[0]);
        let Batch { images, labels } = set(augmentation).take(indices, &mut rng);
        assert_eq!(images.dims(), [indices.len(), 1, 4, 4]);
        let Labels::Hard(labels) = labels else { panic!("labels stay what they are") };
        (images.try_into_vec_as().unwrap(), labels.try_into_vec_as().unwrap())
    }

    #[test]
    fn a_batch_holds_the_images_asked_for_with_their_labels() {
        let (images, labels) = take(&TrainingAugmentation::None, &[2, 0]);
        assert_eq!(images, [vec![3.0; 16], vec![1.0; 16]].concat());
        assert_eq!(labels, [2, 0]);
    }

    #[test]
    fn differentiable_parameters_are_drawn_for_each_image() {
        let strategy = "color".parse().unwrap();
        let recipe = Recipe { strategy, mode: Mode::Single, align_corners: false, size: [4, 4] };
        let (images, labels) = take(&TrainingAugmentation::Differentiable(recipe), &[0, 0, 0]);
        assert_eq!(labels, [0, 0, 0]);
        // An even grey image has no contrast and no saturation: its brightness alone moves.
        let shifts: Vec<f32> = images.iter().step_by(16).map(|value| value - 1.0).collect();
        assert!(shifts.iter().all(|shift| shift.abs() <= 0.5 && *shift != 0.0), "{shifts:?}");
        assert!(shifts.windows(2).all(|two| (two[0] - two[1]).abs() > 1e-4), "{shifts:?}");
    }

    #[test]
    fn classic_operations_start_from_the_stored_pixels_each_time() {
        let augmentation = TrainingAugmentation::Classic("noise".parse().unwrap());
        let (images, labels) = take(&augmentation, &[1, 2]);
        assert_eq!(labels, [1, 2]);
        for (at, value) in images.iter().enumerate() {
            let stored = (at / 16 + 2) as f32;
            assert!((value - stored).abs() < 0.01, "value {at} is {value}");
        }
        assert!(images.iter().any(|value| value.fract() != 0.0));
    }

    /// Whatever each network draws, and whichever tokens they have in common.
    #[test]
    fn several_networks_take_together_what_each_would_take_alone() {
        let device = Device::flex();
        let own = |network: usize, augmentation: &TrainingAugmentation| {
            let values: Vec<f32> = (0..48).map(|at| (at * (network + 1)) as f32 * 0.01).collect();
            let images = Tensor::from_data(TensorData::new(values, SHAPE), &device);
            let labels = Labels::Hard(Tensor::from_data([0, 1, 2], &device));
            TrainingSet::new(images, labels, augmentation.clone()).unwrap()
        };
        let recipe = |mode| {
            let strategy = "color_crop_cutout_flip_scale_rotate".parse().unwrap();
            Recipe { strategy, mode, align_corners: false, size: [4, 4] }
        };
        for augmentation in [
            TrainingAugmentation::None,
            TrainingAugmentation::Differentiable(recipe(Mode::Single)),
            TrainingAugmentation::Differentiable(recipe(Mode::Multiple)),
            TrainingAugmentation::Classic("crop_noise".parse().unwrap()),
        ] {
            let sets: Vec<_> = (0..9).map(|network| own(network, &augmentation)).collect();
            let chances = || {
                let chance = |at| stream(5, Purpose::EvaluationTraining, &[at]);
                (0..9).map(chance).collect::<Vec<_>>()
            };
            let (mut apart, mut together) = (chances(), chances());
            let joint = TrainingSet::joined(&sets.iter().collect::<Vec<_>>()).unwrap();
            for _ in 0..2 {
                let alone: Vec<Batch> = sets
                    .iter()
                    .zip(&mut apart)
                    .map(|(set, chance)| set.take(&[2, 0], chance))
                    .collect();
                let indices: Vec<i32> = (0..9).flat_map(|at| [3 * at + 2, 3 * at]).collect();
                let all = joint.take_for(&indices, together.iter_mut().collect());
                let host = |images: &Tensor<4>| images.try_to_vec_as::<f32>().unwrap();
                let wanted: Vec<f32> = alone.iter().flat_map(|own| host(&own.images)).collect();
                assert_eq!(host(&all.images), wanted, "{augmentation:?}");
                let Labels::Hard(labels) = all.labels else { panic!("labels stay what they are") };
                assert_eq!(labels.try_into_vec_as::<i32>().unwrap(), [2, 0].repeat(9));
            }
        }
    }
}
