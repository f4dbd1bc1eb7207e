//! Networks in training that stay packed from one step to the next.
//!
//! A step on tens of images takes milliseconds, so nothing is done in it that could be kept: parameters,
//! momentum and gradients lie in the kernels' layout all the time, in the same buffers. Several networks
//! of one shape learn side by side, each from its own batch, so that together they fill the machine.

use burn::tensor::Tensor;
use rayon::iter::{
    IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator,
};

use crate::nets::{batch::Batch, convnet::ConvNet, parameters::Parameters, sgd::SgdSettings};

use super::{
    descent::descend,
    on_host::{self, OnHost, portions},
    pass::{Gradients, Network, Room},
    simd::{Level, Products},
    spread::Spares,
    values::Values,
};

/// Networks of one shape, each with parameters and momentum of its own.
#[derive(Debug)]
pub struct Learners {
    networks: Vec<Learner>,
    settings: SgdSettings,
    classes: usize,
    /// Of each list of parameters the places that are none: lanes beyond the channels, which kernels rely
    /// on to be zero.
    padding: Vec<Vec<usize>>,
    rooms: Spares<Room>,
}

#[derive(Debug)]
struct Learner {
    network: Network,
    momentum: Values,
    /// One for each portion of a batch.
    gradients: Vec<Gradients>,
}

impl Learners {
    /// Takes up training from these parameters, with an optimiser before its first step. `None` when they
    /// cannot be read.
    pub fn new(network: &ConvNet, starts: &[Parameters], settings: SgdSettings) -> Option<Self> {
        Self::at_level(Level::in_use(), network, starts, settings)
    }

    pub(super) fn at_level(
        level: Level,
        network: &ConvNet,
        starts: &[Parameters],
        settings: SgdSettings,
    ) -> Option<Self> {
        let learner = |start: &Parameters| {
            let flat = start.to_host::<f32>().ok()?;
            let frozen = Vec::new();
            let (spec, shape) = (network.spec(), network.shape());
            let network = Network::new(level, Products::SINGLE, spec, shape, &flat, &frozen);
            let momentum = network.values.zeros();
            Some(Learner { network, momentum, gradients: Vec::new() })
        };
        let networks = starts.iter().map(learner).collect::<Option<Vec<_>>>()?;
        let ones: Vec<_> = network.infos().iter().map(|info| vec![1.0; info.len()]).collect();
        let padding = networks.first().map_or_else(Vec::new, |learner| {
            let ones = learner.network.with_parameters(&ones, 1.0).values;
            ones.lists().into_iter().map(places_of_zero).collect()
        });
        let (classes, rooms) = (network.classes(), Spares::new());
        Some(Self { networks, settings, classes, padding, rooms })
    }

    /// How many networks there are.
    pub fn networks(&self) -> usize {
        self.networks.len()
    }

    /// Bytes that a network of so many parameters takes while it learns from batches of so many images.
    pub fn bytes(parameters: usize, images: usize) -> usize {
        // Values, turned weights and momentum beside the gradients.
        parameters * size_of::<f32>() * (3 + portions(images))
    }

    /// Goes on with a new optimiser, whose momentum starts from nothing.
    pub fn new_optimiser(&mut self, settings: SgdSettings) {
        self.settings = settings;
        for learner in &mut self.networks {
            learner.momentum.clear();
        }
    }

    /// Goes on at another learning rate, with the momentum that there is.
    pub fn set_rate(&mut self, lr: f64) {
        self.settings.lr = lr;
    }

    /// One step of every network on its own batch; returns the losses before it. `None` when a batch
    /// cannot be read.
    pub fn step(&mut self, batches: &[Batch]) -> Option<Vec<f32>> {
        let Self { networks, settings, classes, padding, rooms } = self;
        let steps = networks.par_iter_mut().zip(batches).map(|(learner, batch)| {
            let batch = OnHost::read(batch, *classes)?;
            Some(learner.step(&batch, *settings, padding, rooms))
        });
        steps.collect()
    }

    /// Logits `[n][classes]` of images [n, channels, height, width], from every network.
    pub fn logits(&self, images: &Tensor<4>) -> Option<Vec<Vec<f32>>> {
        let pixels: Vec<f32> = images.clone().inner().try_into_vec_as().ok()?;
        let logits = |learner: &Learner| learner.network.logits(&pixels, &self.rooms);
        Some(self.networks.par_iter().map(logits).collect())
    }

    /// The parameters of each network in PyTorch's order and shapes, flat, in network order.
    pub fn parameters(&self) -> impl Iterator<Item = Vec<Vec<f32>>> {
        self.networks.iter().map(|learner| learner.network.parameters())
    }
}

impl Learner {
    fn step(
        &mut self,
        batch: &OnHost,
        settings: SgdSettings,
        padding: &[Vec<usize>],
        rooms: &Spares<Room>,
    ) -> f32 {
        let Self { network, momentum, gradients } = self;
        let portions = portions(batch.count);
        while gradients.len() < portions {
            gradients.push(network.no_gradients());
        }
        let gradients = &mut gradients[..portions];
        gradients.par_iter_mut().enumerate().for_each(|(portion, own)| {
            let mut room = network.take_room(rooms, on_host::portion(batch.count));
            own.clear();
            for (pixels, target) in batch.portion(portion) {
                network.forward_backward(pixels, target, batch.share(), &mut room, own);
            }
            network.fold(&mut room, own);
            rooms.give(room);
        });
        let loss: f64 = gradients.iter().map(|own| own.loss).sum();
        descend(network.level, settings, gradients, &mut network.values, momentum);
        for (list, places) in network.values.lists_mut().into_iter().zip(padding) {
            for place in places {
                list[*place] = 0.0;
            }
        }
        network.update_kernels();
        loss as f32
    }
}

fn places_of_zero(list: &[f32]) -> Vec<usize> {
    (0..list.len()).filter(|place| list[*place] == 0.0).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Tensor};

    use super::*;
    use crate::nets::{self, Labels, layers::finite_differences::normal};
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    /// Rooms are used again for whatever comes next, by whichever thread is free.
    #[test]
    fn what_went_through_a_room_before_changes_nothing() {
        let spec = NetworkSpec { width: 16, depth: 2, ..NetworkSpec::default() };
        let network = ConvNet::new(&spec, [1, 16, 16], 3).unwrap();
        let mut random = stream(3, Purpose::NetworkInit, &[0]);
        let any = nets::Network::ConvNet(network.clone());
        let start = any.initialise(&mut random, &Device::flex(), DType::F32);
        let images = normal(8 * 256, 0).reshape([8, 1, 16, 16]).cast(DType::F32);
        let labels = Labels::Hard(Tensor::from_data([0, 1, 2, 0, 1, 2, 0, 1], &Device::flex()));
        let whole = Batch { images: images.clone(), labels: labels.clone() };
        let small = Batch { images: images.clone().narrow(0, 0, 2), labels: labels.narrow(0, 2) };
        let learned = |before: &dyn Fn(&mut Learners)| {
            let settings = SgdSettings::plain(0.1);
            let mut learners =
                Learners::new(&network, std::slice::from_ref(&start), settings).unwrap();
            before(&mut learners);
            learners.step(std::slice::from_ref(&whole)).unwrap();
            learners.parameters().next().unwrap().concat()
        };
        let fresh = learned(&|_| ());
        assert_eq!(learned(&|learners| drop(learners.logits(&images))), fresh);
        let idle = |learners: &mut Learners| {
            learners.set_rate(0.0);
            learners.step(std::slice::from_ref(&small));
            learners.new_optimiser(SgdSettings::plain(0.1));
        };
        assert_eq!(learned(&idle), fresh);
    }

    /// A sigmoid makes one half of the zeros in empty lanes, so their gradients are not zero by themselves.
    #[test]
    fn lanes_beyond_the_channels_stay_zero_and_missing_norms_the_identity() {
        let settings = SgdSettings { momentum: 0.9, weight_decay: 0.1, ..SgdSettings::plain(0.1) };
        for level in Level::available() {
            for norm in [Norm::None, Norm::Instance, Norm::Layer] {
                let (activation, pooling) = (Activation::Sigmoid, Pooling::Average);
                let spec = NetworkSpec {
                    width: 20,
                    depth: 2,
                    activation,
                    norm,
                    pooling,
                    ..NetworkSpec::default()
                };
                let network = ConvNet::new(&spec, [1, 8, 8], 3).unwrap();
                let mut random = stream(3, Purpose::NetworkInit, &[0]);
                let any = nets::Network::ConvNet(network.clone());
                let start = any.initialise(&mut random, &Device::flex(), DType::F32);
                let mut learners =
                    Learners::at_level(*level, &network, &[start], settings).unwrap();
                let images = normal(5 * 64, 0).reshape([5, 1, 8, 8]).cast(DType::F32);
                let labels = Labels::Hard(Tensor::from_data([0, 1, 2, 0, 1], &Device::flex()));
                for _ in 0..3 {
                    let batch = Batch { images: images.clone(), labels: labels.clone() };
                    assert!(learners.step(&[batch]).unwrap()[0].is_finite());
                }
                let learned = &learners.networks[0].network;
                let again = learned.with_parameters(&learned.parameters(), 1.0);
                let all = |values: &Values| {
                    let stages = values.stages.iter();
                    let affine = stages.flat_map(|own| [own.scale.clone(), own.shift.clone()]);
                    affine
                        .chain(values.lists().into_iter().map(<[f32]>::to_vec))
                        .collect::<Vec<_>>()
                };
                assert_eq!(all(&learned.values), all(&again.values), "{level:?} {norm}");
                let kernels = learned.forward.iter().chain(&learned.back[1..]);
                let fresh = again.forward.iter().chain(&again.back[1..]);
                assert!(kernels.eq(fresh), "{level:?} {norm}: kernels are not those of the values");
            }
        }
    }
}
