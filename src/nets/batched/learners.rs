//! Networks that learn side by side in few large operations.
//!
//! The networks are of one shape. Each parameter of all of them is one flat tensor [networks · length], and
//! all these lie one after the other in a single one, and so do their gradients and their momentum. So a
//! step is one pass over a leading axis, and one descent on a single tensor. Everything stays on the
//! device: batches come as tensors, losses are left as one.

use std::ops::Range;

use burn::tensor::Tensor;

use crate::nets::{
    batch::Batch,
    convnet::ConvNet,
    parameters::Parameters,
    sgd::{Sgd, SgdSettings},
    statistics::RunningStatistics,
};
use crate::spec::Precision;

use super::{
    Group, added, by_size,
    capacity::{Capacity, Order},
    joined, narrow,
    pass::Pass,
    side_by_side, stack,
    weights::{Layers, Weights},
};

/// Each parameter begins at a multiple of so many numbers: 256 bytes in single precision, the widest
/// alignment that a device asks for, so that it can be used where it lies.
const ALIGNMENT: usize = 64;

/// Networks without batch normalisation, each with parameters and momentum of its own.
#[derive(Debug)]
pub struct Learners {
    networks: usize,
    capacity: Capacity,
    /// Where [networks · length] of each parameter lie in `values`, in network order.
    places: Vec<Range<usize>>,
    /// All parameters; what lies between them is zero and stays so.
    values: Tensor<1>,
    optimiser: Sgd,
}

impl Learners {
    /// Takes up training from these parameters, all on one device and of one precision, with an optimiser
    /// before its first step. `None` where there is no network, or all parameters together are more than
    /// the device takes as one tensor.
    pub fn new(capacity: Capacity, starts: &[Parameters], settings: SgdSettings) -> Option<Self> {
        let lists = starts.iter().map(|start| start.detach().into_tensors()).collect();
        let (networks, parts) = (starts.len(), side_by_side(lists));
        let mut end = 0;
        let place = |part: &Tensor<1>| {
            let start = end;
            let stop = start + part.dims()[0];
            end = stop.next_multiple_of(ALIGNMENT);
            start..stop
        };
        let places: Vec<_> = parts.iter().map(place).collect();
        let values = laid_out(&places, parts)?;
        let bytes = (values.dims()[0] * values.dtype().size()) as u64;
        let optimiser = Sgd::new(settings);
        (bytes <= capacity.tensor).then_some(Self { networks, capacity, places, values, optimiser })
    }

    /// Goes on with a new optimiser, whose momentum starts from nothing.
    pub fn new_optimiser(&mut self, settings: SgdSettings) {
        self.optimiser = Sgd::new(settings);
    }

    /// Goes on at another learning rate, with the momentum that there is.
    pub fn set_rate(&mut self, lr: f64) {
        self.optimiser.set_rate(lr);
    }

    /// How many there are.
    pub fn networks(&self) -> usize {
        self.networks
    }

    /// One step of every network on its own batch; returns the losses before it, \[networks\].
    pub fn step(&mut self, network: &ConvNet, batches: &[Batch]) -> Tensor<1> {
        let (images, targets) = stack(network, batches);
        self.descend(network, &images, &targets)
    }

    /// The same for batches that lie one after the other in one, as many images for each network.
    pub fn step_together(&mut self, network: &ConvNet, batch: &Batch) -> Tensor<1> {
        let images = batch.images.clone().inner();
        let n = images.dims()[0] / self.networks;
        let targets = batch.labels.probabilities(network.classes(), images.dtype()) / n as f64;
        self.descend(network, &images, &targets)
    }

    /// One step on images [networks · n, channels, h, w], whose weights in the loss are in the targets.
    fn descend(&mut self, network: &ConvNet, images: &Tensor<4>, targets: &Tensor<2>) -> Tensor<1> {
        let (networks, values) = (self.networks, self.lists());
        let n = images.dims()[0] / networks;
        let most = self.capacity.images(network, Order::First);
        let none = RunningStatistics::default();
        let groups = by_size(&vec![n; networks], most).into_iter().map(|group| {
            let Group { batches: range, portions } = group;
            let own = of_networks(&values, networks, &range);
            let pass = pass(network, &own, range.len(), &none);
            let start = range.start * n;
            added(portions.into_iter().map(|portion| {
                let portion = start + portion.start..start + portion.end;
                let targets = narrow(targets, &portion);
                let found = pass.first_order(narrow(images, &portion), targets.clone());
                let costs = found.log_probabilities.clone()
                    * targets.reshape(found.log_probabilities.dims());
                let [count, n, classes] = costs.dims();
                let losses = -costs.reshape([count, n * classes]).sum_dim(1).reshape([count]);
                let mut list = found.gradients;
                list.push(losses);
                list
            }))
        });
        let mut lists = side_by_side(groups.collect());
        let losses = lists.pop();
        drop(values);
        let gradients = laid_out(&self.places, lists).into_iter().collect();
        self.optimiser.step_list(std::slice::from_mut(&mut self.values), gradients);
        losses.unwrap_or_else(|| Tensor::zeros([0], &images.device()))
    }

    /// Logits `[n][classes]` of images [n, channels, h, w] from every network.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn logits(&self, network: &ConvNet, images: &Tensor<4>) -> Result<Vec<Vec<f32>>, String> {
        let (networks, values) = (self.networks, self.lists());
        let [n, ..] = images.dims();
        let images = images.clone().inner();
        let most = self.capacity.images(network, Order::Zeroth);
        let none = RunningStatistics::default();
        let groups = by_size(&vec![n; networks], most).into_iter().map(|group| {
            let Group { batches: range, portions } = group;
            let own = of_networks(&values, networks, &range);
            let pass = pass(network, &own, range.len(), &none);
            // Every network is shown the same images, and several of them all of these at once.
            let of_one =
                |portion: &Range<usize>| portion.start..portion.end - (range.len() - 1) * n;
            let parts = portions.iter().map(|portion| {
                let shown = narrow(&images, &of_one(portion)).repeat_dim(0, range.len());
                let logits = pass.logits(shown);
                let [count, n, classes] = logits.dims();
                logits.reshape([count * n * classes])
            });
            joined(parts.collect())
        });
        let logits: Vec<f32> =
            joined(groups.collect()).try_into_vec_as().map_err(|error| error.to_string())?;
        Ok(logits.chunks_exact(n * network.classes()).map(<[f32]>::to_vec).collect())
    }

    /// The parameters of each network.
    pub fn parameters(&self, network: &ConvNet) -> Vec<Parameters> {
        let values = self.lists();
        let one = |at: usize| {
            let own = of_networks(&values, self.networks, &(at..at + 1));
            Parameters::new(network.infos().clone(), own)
        };
        (0..self.networks).map(one).collect()
    }

    /// Each parameter, [networks · length].
    fn lists(&self) -> Vec<Tensor<1>> {
        self.places.iter().map(|place| narrow(&self.values, place)).collect()
    }
}

/// Tensors at their places in a single one, with zeros between them; `None` without any.
fn laid_out(places: &[Range<usize>], parts: Vec<Tensor<1>>) -> Option<Tensor<1>> {
    let options = parts.first().map(|first| (first.device(), first.dtype()))?;
    let all = Tensor::zeros([places.last()?.end], (&options.0, options.1));
    let parts = places.iter().zip(parts);
    Some(parts.fold(all, |all, (place, part)| all.slice_assign([place.clone()], part)))
}

/// The parts of tensors [networks · length] that belong to these networks.
fn of_networks(values: &[Tensor<1>], networks: usize, range: &Range<usize>) -> Vec<Tensor<1>> {
    let part = |values: &Tensor<1>| {
        let length = values.dims()[0] / networks;
        narrow(values, &(range.start * length..range.end * length))
    };
    values.iter().map(part).collect()
}

/// A pass through so many networks with these parameters. A network alone is one whose parameters all its
/// batches share.
fn pass<'a>(
    network: &'a ConvNet,
    own: &'a [Tensor<1>],
    networks: usize,
    statistics: &'a RunningStatistics,
) -> Pass<'a> {
    let weights = if networks == 1 { Weights::Shared(own) } else { Weights::Each(own) };
    let layers = Layers { weights, batches: networks };
    Pass { network, layers, statistics, precision: Precision::F32 }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;
    use crate::nets::{
        Labels, Network, inference,
        initialisation::{Start, initialise},
        layers::finite_differences::normal,
        train_step::train_step,
    };
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    const NETWORKS: usize = 3;
    const MOMENTUM: SgdSettings =
        SgdSettings { lr: 0.05, momentum: 0.9, weight_decay: 5e-3, nesterov: false };

    fn network(norm: Norm, activation: Activation, pooling: Pooling, shape: [usize; 3]) -> ConvNet {
        let spec =
            NetworkSpec { width: 4, depth: 2, activation, norm, pooling, ..NetworkSpec::default() };
        ConvNet::new(&spec, shape, 3).unwrap()
    }

    fn starts(network: &ConvNet) -> Vec<Parameters> {
        let start = |index: usize| {
            let mut random = stream(1, Purpose::NetworkInit, &[index as u64]);
            initialise(network.infos(), Start::Uniform, &mut random, &Device::flex(), DType::F64)
        };
        (0..NETWORKS).map(start).collect()
    }

    /// Images of all classes, and soft labels in every other batch.
    fn batch(network: &ConvNet, n: usize, index: u64) -> Batch {
        let [channels, height, width] = network.shape();
        let images = normal(n * channels * height * width, index);
        let labels: Vec<i64> = (0..n as i64).map(|image| (image + index as i64) % 3).collect();
        let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &Device::flex()));
        let labels = match index % 2 {
            0 => labels,
            _ => Labels::Soft(labels.probabilities(3, DType::F64) * 0.7 + 0.1),
        };
        Batch { images: images.reshape([n, channels, height, width]), labels }
    }

    /// What networks side by side have after some steps against each of them on the tape: losses, logits and
    /// parameters.
    fn check(network: &ConvNet, capacity: Capacity, sizes: &[[usize; NETWORKS]]) {
        let what = format!("{:?} on {:?} at {capacity:?}", network.spec(), network.shape());
        let any = Network::ConvNet(network.clone());
        let mut learners = Learners::new(capacity, &starts(network), MOMENTUM).unwrap();
        let mut alone: Vec<_> =
            starts(network).into_iter().map(|start| (start, Sgd::new(MOMENTUM))).collect();
        for (step, sizes) in sizes.iter().enumerate() {
            if step == 2 {
                let settings = SgdSettings { lr: 0.02, ..MOMENTUM };
                learners.new_optimiser(settings);
                for (_, sgd) in &mut alone {
                    *sgd = Sgd::new(settings);
                }
            }
            let batches: Vec<_> = sizes
                .iter()
                .enumerate()
                .map(|(at, n)| batch(network, *n, (NETWORKS * step + at) as u64))
                .collect();
            let found = learners.step(network, &batches);
            assert_eq!(found.dims(), [NETWORKS]);
            let wanted = alone.iter_mut().zip(batches).map(|((parameters, sgd), batch)| {
                let Batch { images, labels } = batch;
                let mut none = RunningStatistics::default();
                train_step(&any, parameters, &mut none, sgd, images, &labels)
            });
            close(&format!("losses of {what}"), found, Tensor::cat(wanted.collect(), 0));
        }
        for ((info, found), at) in network.infos().iter().zip(&learners.lists()).zip(0..) {
            let wanted = alone.iter().map(|(parameters, _)| parameters.tensors()[at].clone());
            close(
                &format!("{} of {what}", info.name),
                found.clone(),
                Tensor::cat(wanted.collect(), 0),
            );
        }
        let shown = batch(network, 5, 99).images;
        let found = learners.logits(network, &shown).unwrap();
        for (found, (parameters, _)) in found.iter().zip(&alone) {
            let none = RunningStatistics::default();
            let wanted = inference::logits(&any, parameters, &none, &shown).unwrap();
            assert_eq!(found.len(), wanted.len());
            assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6));
        }
        let back = learners.parameters(network);
        for (own, (wanted, _)) in back.iter().zip(&alone) {
            for (own, wanted) in own.tensors().iter().zip(wanted.tensors()) {
                close(&format!("a part of {what}"), own.clone(), wanted.clone());
            }
        }
    }

    fn close(what: &str, found: Tensor<1>, wanted: Tensor<1>) {
        let off: f64 = (found - wanted).abs().max().into_scalar();
        assert!(off < 1e-10, "{what} is off by {off:e}");
    }

    #[test]
    fn every_network_learns_what_it_learns_alone() {
        for &norm in Norm::ALL.iter().filter(|norm| **norm != Norm::Batch) {
            for &activation in Activation::ALL {
                for &pooling in Pooling::ALL {
                    let network = network(norm, activation, pooling, [2, 9, 7]);
                    check(&network, Capacity::default(), &[[3; 3], [2; 3], [3; 3]]);
                }
            }
        }
    }

    #[test]
    fn batches_may_be_odd_single_or_unequal_and_a_device_small() {
        let network = network(Norm::Instance, Activation::Swish, Pooling::Average, [1, 28, 28]);
        let small = |images: u64| {
            let largest = 4 * network.footprint(Order::First).layout;
            Capacity { tensor: images * largest, pass: 1 << 30 }
        };
        assert_eq!(small(4).images(&network, Order::First), 4);
        for capacity in [Capacity::default(), small(1), small(4), small(9)] {
            check(&network, capacity, &[[1; 3], [4; 3], [2, 5, 1]]);
        }
    }

    #[test]
    fn batches_in_one_tensor_are_the_batches() {
        let network = network(Norm::Group, Activation::Relu, Pooling::Max, [2, 9, 7]);
        let batches: Vec<_> = (0..NETWORKS).map(|at| batch(&network, 4, 2 * at as u64)).collect();
        let (images, labels): (Vec<_>, Vec<_>) =
            batches.iter().map(|batch| (batch.images.clone(), batch.labels.clone())).unzip();
        let labels = Labels::joined(&labels).unwrap();
        let one = Batch { images: Tensor::cat(images, 0), labels };
        let capacity = Capacity::default();
        let learners = || Learners::new(capacity, &starts(&network), MOMENTUM).unwrap();
        let (mut apart, mut together) = (learners(), learners());
        close("losses", apart.step(&network, &batches), together.step_together(&network, &one));
        for (own, wanted) in together.lists().iter().zip(&apart.lists()) {
            close("parameters", own.clone(), wanted.clone());
        }
    }
}
