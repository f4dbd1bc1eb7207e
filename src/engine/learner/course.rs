//! Dataset distillation in the loop (reference section 5.6): images, one group for an inner step, and the step
//! sizes, all moved by one optimiser.
//!
//! Step sizes stay positive: what is learned is r, and η = log(1 + eʳ). Groups are gone through several times,
//! each time with step sizes of their own. The images of a class lie side by side in the loop, as everywhere;
//! group g has the g-th share of every class's images, and in the finished set the groups come one after the
//! other.

use burn::tensor::{DType, Tensor, activation};
use rand::RngExt;

use super::{Moment, Product, Stepped, stored::Stored};
use crate::{
    condense::{ClassSteps, DatasetDistillation, Part, Unrolled, Watch},
    data::split::draw,
    engine::{failure::Failure, laboratory::Laboratory, transfer},
    nets::{Adam, Batch, Betas, NetworkState},
    random::{Purpose, stream},
    record::{self, Steps, steps::Step},
    spec::Start,
};

/// Step sizes and optimiser between two updates.
#[derive(Debug, Clone)]
pub struct CourseLearner {
    /// r of every inner step, \[steps\].
    raw: Tensor<1>,
    /// Of the images and r.
    adam: Adam,
    /// Networks to draw from, where those are trained ones.
    pool: Vec<NetworkState>,
}

/// Which images make which group, in a class-by-class order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    classes: usize,
    ipc: usize,
    groups: usize,
}

impl Layout {
    fn of(laboratory: &Laboratory) -> Self {
        let (ipc, groups) = (laboratory.spec.ipc, laboratory.spec.unroll.groups);
        Self { classes: laboratory.classes(), ipc, groups: if groups == 0 { ipc } else { groups } }
    }

    /// Images of a class in a group.
    fn share(self) -> usize {
        self.ipc / self.groups
    }

    /// Places of the images of a group, class by class.
    fn places(self, group: usize) -> Vec<usize> {
        let first = group * self.share();
        let own = |class: usize| (first..first + self.share()).map(move |at| class * self.ipc + at);
        (0..self.classes).flat_map(own).collect()
    }

    /// Their labels.
    fn labels(self) -> Vec<usize> {
        (0..self.classes).flat_map(|class| std::iter::repeat_n(class, self.share())).collect()
    }

    /// Places of all images, group by group.
    fn order(self) -> Vec<usize> {
        (0..self.groups).flat_map(|group| self.places(group)).collect()
    }
}

impl CourseLearner {
    /// All steps of the spec's size.
    pub fn begin(laboratory: &Laboratory) -> Self {
        let unroll = &laboratory.spec.unroll;
        let steps = Layout::of(laboratory).groups * unroll.epochs;
        // The inverse of η = log(1 + eʳ).
        let raw = unroll.rate.exp_m1().ln();
        let raw = Tensor::full([steps], raw, &laboratory.device);
        Self { raw, adam: Adam::new(Betas::DISTILLATION), pool: Vec::new() }
    }

    /// As a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, mut stored: Stored) -> Result<Self, Failure> {
        let fresh = Self::begin(laboratory);
        let shape = fresh.raw.dims();
        let raw = stored.tensor(laboratory, "rates", shape)?.unwrap_or(fresh.raw);
        let lengths = [laboratory.shape().iter().product(), shape[0]];
        let adam = stored.adam(laboratory, "adam", Betas::DISTILLATION, &lengths)?;
        Ok(Self { raw, adam, pool: Vec::new() })
    }

    /// All of it, to be written down.
    pub fn store(&self) -> Result<Stored, Failure> {
        let mut stored = Stored::default();
        stored.put("rates", &self.raw)?;
        stored.put_adam("adam", &self.adam)?;
        Ok(stored)
    }

    /// Gives it trained networks to draw from.
    pub fn draw_from(&mut self, pool: Vec<NetworkState>) {
        self.pool = pool;
    }

    /// The step sizes.
    fn rates(&self) -> Result<Vec<f64>, Failure> {
        let raw = transfer::to_host(self.raw.clone())?;
        Ok(raw.into_iter().map(|raw| f64::from(raw).exp().ln_1p()).collect())
    }

    /// One update of images and step sizes, by the mean gradient over some networks.
    pub fn outer_step(
        &mut self,
        moment: Moment<'_>,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Stepped>, Failure> {
        let Moment { laboratory, place, images, .. } = moment;
        let Laboratory { spec, stopwatch, .. } = laboratory;
        let (unroll, layout) = (&spec.unroll, Layout::of(laboratory));
        let real = real_batch(laboratory, place.iteration);
        stopwatch.lap(Part::RealData);
        let labels = laboratory.hard_labels(&layout.labels());
        let groups: Vec<Batch> = (0..layout.groups)
            .map(|group| {
                let images = images.clone().select(0, laboratory.indices(&layout.places(group)));
                Batch { images, labels: labels.clone() }
            })
            .collect();
        let rates = self.rates()?;
        let course: Vec<_> =
            rates.iter().enumerate().map(|(at, rate)| (at % layout.groups, *rate)).collect();
        let mut sum: Option<Unrolled> = None;
        for index in 0..unroll.networks {
            let state = self.network(laboratory, place.iteration, index);
            stopwatch.lap(Part::FreshNetwork);
            let way = DatasetDistillation {
                network: &laboratory.network,
                start: &state.parameters,
                statistics: &state.statistics,
                groups: &groups,
                course: &course,
                watch: stopwatch,
            };
            let Some(own) = way.unroll(&real, broken_off) else { return Ok(None) };
            sum = Some(match sum {
                None => own,
                Some(sum) => added(sum, own),
            });
        }
        let Some(Unrolled { loss, images: slopes, rates: slope }) = sum else { return Ok(None) };
        let mean = 1.0 / unroll.networks as f64;
        // From group by group to class by class.
        let mut back = vec![0; layout.classes * layout.ipc];
        for (at, place) in layout.order().into_iter().enumerate() {
            back[place] = at;
        }
        let gradient = Tensor::cat(slopes, 0).select(0, laboratory.indices(&back)) * mean;
        let raw = &self.raw;
        // dη/dr is the sigmoid of r.
        let slope = slope * mean * activation::sigmoid(raw.clone());
        let shape = images.dims();
        let length = shape.iter().product::<usize>();
        let levels = place.iteration as usize * unroll.lr_levels / spec.condense.iterations.max(1);
        let lr = unroll.lr * 0.5_f64.powi(levels as i32);
        let values = vec![images.clone().reshape([length]), raw.clone()];
        let mut moved =
            self.adam.step(lr, values, vec![gradient.clone().reshape([length]), slope]).into_iter();
        let images = moved.next().map_or_else(|| images.clone(), |flat| flat.reshape(shape));
        if let Some(raw) = moved.next() {
            self.raw = raw;
        }
        stopwatch.lap(Part::ImageUpdate);
        let measured = vec![ClassSteps { distances: loss * mean, image_gradients: gradient }];
        Ok(Some(Stepped { images, measured, inner_loss: None }))
    }

    /// A network before its first step.
    fn network(&self, laboratory: &Laboratory, iteration: u64, index: usize) -> NetworkState {
        let Laboratory { spec, device, network, .. } = laboratory;
        if !self.pool.is_empty() {
            let mut rng = stream(spec.seed, Purpose::PoolNetwork, &[iteration, index as u64]);
            return self.pool[rng.random_range(0..self.pool.len())].clone();
        }
        let at: &[u64] = match spec.unroll.start {
            Start::Fixed => &[0],
            _ => &[iteration, index as u64],
        };
        let mut rng = stream(spec.seed, Purpose::NetworkInit, at);
        NetworkState {
            parameters: network.initialise_xavier(&mut rng, device, DType::F32),
            statistics: network.fresh_statistics(device, DType::F32),
        }
    }

    /// The groups in their order, and the steps on them.
    pub fn product(&self, laboratory: &Laboratory) -> Result<Product, Failure> {
        let layout = Layout::of(laboratory);
        let labels = layout.labels().into_iter().map(|label| label as i64);
        let labels: Vec<i64> = (0..layout.groups).flat_map(|_| labels.clone()).collect();
        let rates = self.rates()?.into_iter().enumerate();
        let steps = rates.map(|(at, rate)| Step { group: at % layout.groups, rate: rate as f32 });
        Ok(Product {
            order: Some(layout.order()),
            labels: record::Labels::Hard(labels),
            steps: Some(Steps {
                groups: vec![layout.classes * layout.share(); layout.groups],
                steps: steps.collect(),
            }),
            adam_steps: None,
        })
    }
}

/// Real images of all classes together, augmented as the spec says.
fn real_batch(laboratory: &Laboratory, iteration: u64) -> Batch {
    let Laboratory { spec, data, recipe, .. } = laboratory;
    let mut rng = stream(spec.seed, Purpose::RealBatch, &[iteration]);
    let all = (0..data.train.len()).collect();
    let indices = draw(all, spec.unroll.outer_batch, &mut rng);
    let Batch { images, labels } = laboratory.real_batch(&indices);
    let mut rng = stream(spec.seed, Purpose::MatchingAugmentation, &[iteration]);
    let images = recipe.draw_training(indices.len(), &mut rng).apply(images);
    Batch { images, labels }
}

/// The sum of two networks' gradients.
fn added(left: Unrolled, right: Unrolled) -> Unrolled {
    let images = left.images.into_iter().zip(right.images).map(|(left, right)| left + right);
    Unrolled {
        loss: left.loss + right.loss,
        images: images.collect(),
        rates: left.rates + right.rates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_their_share_of_every_class() {
        let layout = Layout { classes: 2, ipc: 4, groups: 2 };
        assert_eq!(layout.places(0), [0, 1, 4, 5]);
        assert_eq!(layout.places(1), [2, 3, 6, 7]);
        assert_eq!(layout.labels(), [0, 0, 1, 1]);
        assert_eq!(layout.order(), [0, 1, 4, 5, 2, 3, 6, 7]);
    }
}
