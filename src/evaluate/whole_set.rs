//! Training a network on the whole data set: for the embedding that coresets are chosen in, and for what
//! training forgets on the way (reference section 5).
//!
//! Stochastic gradient descent on shuffled batches without augmentation. Images come from the host a batch
//! at a time. Before every step the network is asked for the classes of its batch: an image that it had
//! right at the last visit and has wrong now was forgotten.

use std::ops::ControlFlow;

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::seq::SliceRandom;

use super::{accuracy::largest, error::EvaluationError};
use crate::{
    coreset::Forgetting,
    nets::{Batch, Capacity, Labels, Network, NetworkState, SgdSettings, Training},
    random::{Purpose, stream},
    spec::CoresetSpec,
};

/// Images to train on, which come by their numbers.
pub trait TrainingImages {
    /// Number of images.
    fn count(&self) -> usize;

    /// The images at `indices`, normalised, [indices, channels, h, w], on `device`.
    fn images(&self, indices: &[usize], device: &Device) -> Tensor<4>;

    /// The class of an image.
    fn class(&self, index: usize) -> usize;
}

/// What is trained, on what, and how.
pub struct WholeSet<'a> {
    /// The network.
    pub network: &'a Network,
    /// All images to train on.
    pub data: &'a dyn TrainingImages,
    /// Epochs, batch size and optimiser.
    pub settings: &'a CoresetSpec,
    /// The run's seed.
    pub seed: u64,
    /// Which network of that seed.
    pub index: u64,
    /// Where.
    pub device: &'a Device,
    /// How much the device takes at once.
    pub capacity: Capacity,
}

/// A network after its training on the whole set.
#[derive(Debug, Clone)]
pub struct TrainedOnAll {
    /// Its parameters and statistics.
    pub state: NetworkState,
    /// Forgetting events of every image; the largest number there is for images that were never right.
    pub forgetting: Vec<u32>,
    /// The share of images that it had right when it last met them.
    pub accuracy: f64,
}

impl WholeSet<'_> {
    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.settings.epochs * self.data.count().div_ceil(self.settings.batch.max(1))
    }

    /// Trains; `progress` is told the steps done and may stop it: then the result is none.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub fn train(
        &self,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<TrainedOnAll>, EvaluationError> {
        let Self { network, data, settings, seed, index, device, capacity } = *self;
        let indices: &[u64] = if index == 0 { &[] } else { &[index] };
        let count = data.count();
        if count == 0 {
            return Err(EvaluationError::NoImages);
        }
        let mut random = stream(seed, Purpose::WholeSetNetwork, indices);
        let start = NetworkState {
            parameters: network.initialise(&mut random, device, DType::F32),
            statistics: network.fresh_statistics(device, DType::F32),
        };
        let CoresetSpec { lr, momentum, .. } = *settings;
        let sgd = SgdSettings { momentum, ..SgdSettings::plain(lr) };
        let mut training = Training::new(network, vec![start], sgd, capacity);
        let mut order: Vec<usize> = (0..count).collect();
        let mut random = stream(seed, Purpose::WholeSetTraining, indices);
        let mut seen = Forgetting::new(count);
        let failed = |reason: String| EvaluationError::Device { reason };
        let (mut done, mut right) = (0, 0);
        for epoch in 0..settings.epochs {
            order.shuffle(&mut random);
            right = 0;
            for batch in order.chunks(settings.batch.max(1)) {
                let images = data.images(batch, device);
                let logits = training.logits(&images).map_err(failed)?.concat();
                if logits.iter().any(|logit| !logit.is_finite()) {
                    return Err(EvaluationError::WholeSetDiverged { epoch });
                }
                let rows = logits.chunks_exact(network.classes());
                for (&image, row) in batch.iter().zip(rows) {
                    let is_right = largest(row) == data.class(image);
                    seen.visit(image, is_right);
                    right += usize::from(is_right);
                }
                let classes: Vec<i64> = batch.iter().map(|at| data.class(*at) as i64).collect();
                let labels = TensorData::new(classes, [batch.len()]);
                let labels = Labels::Hard(Tensor::from_data(labels, device));
                training.step(vec![Batch { images, labels }]).map_err(failed)?;
                done += 1;
                if progress(done).is_break() {
                    return Ok(None);
                }
            }
        }
        let state = training.into_states().map_err(failed)?.pop();
        let Some(state) = state else { return Err(EvaluationError::NoImages) };
        let accuracy = right as f64 / count as f64;
        Ok(Some(TrainedOnAll { state, forgetting: seen.counts(), accuracy }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::blobs::{Blobs, SIDE, blobs},
        spec::NetworkSpec,
    };

    impl TrainingImages for Blobs {
        fn count(&self) -> usize {
            self.len()
        }

        fn images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
            let one = |&at: &usize| Blobs::images(self, at..at + 1, device);
            Tensor::cat(indices.iter().map(one).collect(), 0)
        }

        fn class(&self, index: usize) -> usize {
            self.class_of(index)
        }
    }

    fn train(lr: f64, epochs: usize) -> Result<Option<TrainedOnAll>, EvaluationError> {
        let spec = NetworkSpec { width: 8, depth: 2, ..NetworkSpec::default() };
        let network = Network::new(&spec, [1, SIDE, SIDE], 2).unwrap();
        let (data, device) = (blobs(60, 1), Device::flex());
        let settings = CoresetSpec { epochs, batch: 16, lr, momentum: 0.9 };
        let all = WholeSet {
            network: &network,
            data: &data,
            settings: &settings,
            seed: 3,
            index: 0,
            device: &device,
            capacity: Capacity::default(),
        };
        let mut steps = 0;
        let trained = all.train(|done| {
            steps += 1;
            assert_eq!(done, steps);
            ControlFlow::Continue(())
        });
        assert!(trained.is_err() || steps == all.steps());
        trained
    }

    #[test]
    fn a_network_learns_the_set_and_its_forgetting_is_counted() {
        let trained = train(0.05, 12).unwrap().unwrap();
        assert!(trained.accuracy > 0.95, "{}", trained.accuracy);
        assert_eq!(trained.forgetting.len(), 60);
        // Some are forgotten now and then, most are not, and all of them were right at some time.
        assert!(trained.forgetting.iter().filter(|events| **events == 0).count() > 20);
        assert!(trained.forgetting.iter().all(|events| *events < 12));
        let again = train(0.05, 12).unwrap().unwrap();
        assert_eq!(again.forgetting, trained.forgetting);
    }

    #[test]
    fn training_that_diverges_says_what_to_change() {
        let error = train(1e30, 3).unwrap_err();
        assert!(matches!(error, EvaluationError::WholeSetDiverged { .. }));
        assert!(error.to_string().contains("coreset.lr"));
    }
}
