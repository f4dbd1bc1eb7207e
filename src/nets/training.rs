//! Ordinary training: networks of one architecture, side by side, each on batches of its own.
//!
//! The inner loop of condensation trains one network, an evaluation several. They take their steps
//! together, which matters for sets of tens of images: the step of one network is too small to fill a
//! machine. What a network learns does not depend on those beside it.
//!
//! On the CPU in single precision `ConvNet`s stay in the layout of the kernels from the first step to the
//! last ([`cpu::Learners`]). On an accelerator each parameter of all of them is one tensor, and a step has as
//! many operations as that of one network ([`batched::Learners`]). Other networks, double precision on the
//! CPU, and batch normalisation, whose statistics come from the batch, take the tensor library's reverse
//! mode ([`train_step`]): on the CPU a thread for each network, since one network by itself keeps little more
//! than one busy, elsewhere one network after the other.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rayon::iter::{
    IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator,
};

use super::{
    batch::Batch,
    batched::{self, Capacity},
    convnet::ConvNet,
    cpu, inference,
    network::Network,
    parameters::Parameters,
    sgd::{Sgd, SgdSettings},
    statistics::RunningStatistics,
    train_step::train_step,
};

/// Portions of batches that every thread of a CPU gets, so that none waits long for the last one.
const PORTIONS_A_THREAD: usize = 2;
/// Bytes that networks trained side by side may take.
const MOST_BYTES: usize = 1 << 30;
/// Largest maps that the tape of a step with batch normalisation takes up, about.
const MAPS_ON_TAPE: usize = 8;

/// What training changes in a network.
#[derive(Debug, Clone)]
pub struct NetworkState {
    /// All parameters, outside any autodiff graph.
    pub parameters: Parameters,
    /// What its batch normalisations have gathered.
    pub statistics: RunningStatistics,
}

/// Networks in training, with an optimiser each.
#[derive(Debug)]
pub struct Training<'a> {
    network: &'a Network,
    learners: Learners<'a>,
}

#[derive(Debug)]
enum Learners<'a> {
    /// On the CPU. Their statistics are empty.
    Packed(cpu::Learners),
    /// On an accelerator. Their statistics are empty.
    Batched(&'a ConvNet, Box<batched::Learners>),
    /// Anywhere.
    Tensors(Vec<(NetworkState, Sgd)>),
}

impl<'a> Training<'a> {
    /// Takes up the training of these networks, all on one device and of one precision, with optimisers
    /// before their first step. `capacity` is what an accelerator takes at once.
    pub fn new(
        network: &'a Network,
        starts: Vec<NetworkState>,
        settings: SgdSettings,
        capacity: Capacity,
    ) -> Self {
        let parameters = || starts.iter().map(|start| start.parameters.clone()).collect::<Vec<_>>();
        let everywhere = |place: fn(&Parameters) -> bool| {
            !starts.is_empty() && starts.iter().all(|start| place(&start.parameters))
        };
        let learners = match network.convnet().filter(|_| !network.has_batch_norm()) {
            Some(convnet) if everywhere(on_cpu) => {
                cpu::Learners::new(convnet, &parameters(), settings).map(Learners::Packed)
            }
            Some(convnet) if everywhere(on_accelerator) => {
                batched::Learners::new(capacity, &parameters(), settings)
                    .map(|learners| Learners::Batched(convnet, Box::new(learners)))
            }
            _ => None,
        };
        let learners = learners.unwrap_or_else(|| {
            Learners::Tensors(starts.into_iter().map(|start| (start, Sgd::new(settings))).collect())
        });
        Self { network, learners }
    }

    /// How many networks to train side by side on batches of `images` images.
    ///
    /// On the CPU so many that every thread has two portions of their batches to work on, and their
    /// parameters, momentum and gradients fit into 1 GiB; but at least one. A step then takes hardly
    /// longer than that of a single network with all threads to itself would. On an accelerator so many
    /// that their batches go through together. With batch normalisation, and for other networks than
    /// `ConvNet`, as many as there are threads on the CPU if their maps fit into 1 GiB, and elsewhere one.
    pub fn at_once(network: &Network, device: &Device, capacity: Capacity, images: usize) -> usize {
        let Some(convnet) = network.convnet().filter(|_| !network.has_batch_norm()) else {
            let bytes = network.largest_map() * images * size_of::<f32>() * MAPS_ON_TAPE;
            // Without the batch's statistics a batch is taken in portions, which are small.
            let fit = if network.has_batch_norm() { MOST_BYTES / bytes.max(1) } else { usize::MAX };
            let threads = if *device == Device::flex() { rayon::current_num_threads() } else { 1 };
            return threads.min(fit).max(1);
        };
        if *device != Device::flex() {
            return capacity.networks(convnet, images);
        }
        let portions = rayon::current_num_threads() * PORTIONS_A_THREAD;
        let bytes = cpu::Learners::bytes(network.parameter_count(), images);
        portions.div_ceil(cpu::portions(images)).min(MOST_BYTES / bytes).max(1)
    }

    /// Whether such networks are trained on the tensor library's tape, which takes several times as long.
    pub fn is_on_tape(network: &Network) -> bool {
        network.convnet().is_none() || network.has_batch_norm()
    }

    /// Goes on with new optimisers, before their first step.
    pub fn new_optimiser(&mut self, settings: SgdSettings) {
        match &mut self.learners {
            Learners::Packed(learners) => learners.new_optimiser(settings),
            Learners::Batched(_, learners) => learners.new_optimiser(settings),
            Learners::Tensors(learners) => {
                for (_, sgd) in learners {
                    *sgd = Sgd::new(settings);
                }
            }
        }
    }

    /// Goes on at another learning rate, with the momentum that there is.
    pub fn set_rate(&mut self, lr: f64) {
        match &mut self.learners {
            Learners::Packed(learners) => learners.set_rate(lr),
            Learners::Batched(_, learners) => learners.set_rate(lr),
            Learners::Tensors(learners) => {
                for (_, sgd) in learners {
                    sgd.set_rate(lr);
                }
            }
        }
    }

    /// How many networks there are.
    pub fn networks(&self) -> usize {
        match &self.learners {
            Learners::Packed(learners) => learners.networks(),
            Learners::Batched(_, learners) => learners.networks(),
            Learners::Tensors(learners) => learners.len(),
        }
    }

    /// One step of every network on its own batch, in training mode: batch normalisation uses the
    /// batch's statistics and moves the running ones.
    ///
    /// Returns the losses before the step, \[networks\], still on the device and outside any graph, so
    /// that the caller decides when to wait for them.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn step(&mut self, batches: Vec<Batch>) -> Result<Tensor<1>, String> {
        match &mut self.learners {
            Learners::Packed(learners) => {
                let losses = learners.step(&batches).ok_or_else(unreadable)?;
                let count = losses.len();
                Ok(Tensor::from_data(TensorData::new(losses, [count]), &Device::flex()))
            }
            Learners::Batched(convnet, learners) => Ok(learners.step(convnet, &batches)),
            Learners::Tensors(learners) => {
                let step = |((state, sgd), batch): (&mut (NetworkState, Sgd), Batch)| {
                    let NetworkState { parameters, statistics } = state;
                    let Batch { images, labels } = batch;
                    train_step(self.network, parameters, statistics, sgd, images, &labels)
                };
                let on_host = |batch: &Batch| batch.images.device() == Device::flex();
                let losses = if batches.iter().all(on_host) {
                    learners.par_iter_mut().zip(batches).map(step).collect()
                } else {
                    learners.iter_mut().zip(batches).map(step).collect()
                };
                Ok(Tensor::cat(losses, 0))
            }
        }
    }

    /// The same step, for batches that lie one after the other: in `batch`, as many images for each network.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn step_together(&mut self, batch: &Batch) -> Result<Tensor<1>, String> {
        if let Learners::Batched(convnet, learners) = &mut self.learners {
            return Ok(learners.step_together(convnet, batch));
        }
        let n = batch.labels.len() / self.networks().max(1);
        let own = |at: usize| Batch {
            images: batch.images.clone().narrow(0, at * n, n),
            labels: batch.labels.narrow(at * n, n),
        };
        self.step((0..self.networks()).map(own).collect())
    }

    /// Logits `[n][classes]` of images [n, channels, h, w] in evaluation mode, from every network.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn logits(&self, images: &Tensor<4>) -> Result<Vec<Vec<f32>>, String> {
        match &self.learners {
            Learners::Packed(learners) => learners.logits(images).ok_or_else(unreadable),
            Learners::Batched(convnet, learners) => learners.logits(convnet, images),
            Learners::Tensors(learners) => {
                let logits = |(state, _): &(NetworkState, Sgd)| {
                    let NetworkState { parameters, statistics } = state;
                    inference::logits(self.network, parameters, statistics, images)
                };
                if images.device() == Device::flex() {
                    learners.par_iter().map(logits).collect()
                } else {
                    learners.iter().map(logits).collect()
                }
            }
        }
    }

    /// The networks as they are now.
    ///
    /// # Errors
    /// When values and network do not fit, which they do.
    pub fn into_states(self) -> Result<Vec<NetworkState>, String> {
        match self.learners {
            Learners::Packed(learners) => {
                let state = |values: Vec<Vec<f32>>| {
                    let (infos, device) = (self.network.infos().clone(), Device::flex());
                    let parameters = Parameters::from_host(infos, values, &device, DType::F32);
                    Ok(NetworkState {
                        parameters: parameters.map_err(|error| error.to_string())?,
                        statistics: RunningStatistics::default(),
                    })
                };
                learners.parameters().map(state).collect()
            }
            Learners::Batched(convnet, learners) => {
                let statistics = RunningStatistics::default;
                let state = |parameters| NetworkState { parameters, statistics: statistics() };
                Ok(learners.parameters(convnet).into_iter().map(state).collect())
            }
            Learners::Tensors(learners) => {
                Ok(learners.into_iter().map(|(state, _)| state).collect())
            }
        }
    }
}

/// Single precision on the CPU.
fn on_cpu(parameters: &Parameters) -> bool {
    parameters
        .tensors()
        .iter()
        .all(|tensor| tensor.dtype() == DType::F32 && tensor.device() == Device::flex())
}

fn on_accelerator(parameters: &Parameters) -> bool {
    parameters.tensors().iter().all(|tensor| tensor.device() != Device::flex())
}

fn unreadable() -> String {
    "a batch on the CPU cannot be read".to_owned()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Int;

    use super::*;
    use crate::nets::{Labels, layers::finite_differences::normal};
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    const SHAPE: [usize; 3] = [3, 10, 10];
    const MOMENTUM: SgdSettings =
        SgdSettings { lr: 0.05, momentum: 0.9, weight_decay: 5e-3, nesterov: false };

    /// A smooth network whose width leaves lanes of the last vector empty.
    fn network(norm: Norm, activation: Activation) -> Network {
        let pooling = Pooling::Average;
        let spec = NetworkSpec {
            width: 20,
            depth: 2,
            activation,
            norm,
            pooling,
            ..NetworkSpec::default()
        };
        Network::new(&spec, SHAPE, 3).unwrap()
    }

    fn start(network: &Network, index: u64, dtype: DType) -> NetworkState {
        let mut random = stream(3, Purpose::NetworkInit, &[index]);
        NetworkState {
            parameters: network.initialise(&mut random, &Device::flex(), dtype),
            statistics: network.fresh_statistics(&Device::flex(), dtype),
        }
    }

    fn batch(count: usize, index: u64, dtype: DType) -> Batch {
        let [c, h, w] = SHAPE;
        let images = normal(count * c * h * w, index).reshape([count, c, h, w]).cast(dtype);
        let labels: Vec<i64> = (0..count as i64).map(|image| image % 3).collect();
        let labels = Tensor::<1, Int>::from_data(labels.as_slice(), &Device::flex());
        Batch { images, labels: Labels::Hard(labels) }
    }

    /// What two networks have after steps on batches of several sizes under two optimisers: all losses,
    /// then the logits of some images, then the parameters.
    fn trained(network: &Network, dtype: DType) -> [Vec<f64>; 3] {
        let starts = (0..2).map(|index| start(network, index, dtype)).collect();
        let mut training = Training::new(network, starts, MOMENTUM, Capacity::default());
        let mut losses = Vec::new();
        for (step, count) in [9, 9, 2, 9, 9, 2].into_iter().enumerate() {
            if step == 3 {
                training.new_optimiser(SgdSettings { lr: 0.02, nesterov: true, ..MOMENTUM });
            }
            if step == 5 {
                training.set_rate(0.01);
            }
            let batches = (0..2).map(|of| batch(count, 10 * step as u64 + of, dtype)).collect();
            let found: Vec<f64> = training.step(batches).unwrap().try_into_vec_as().unwrap();
            assert_eq!(found.len(), 2);
            losses.extend(found);
        }
        let logits = training.logits(&batch(5, 99, dtype).images).unwrap().concat();
        let states = training.into_states().unwrap();
        let parameters = states.iter().map(|state| state.parameters.to_host::<f64>().unwrap());
        let parameters = parameters.flatten().flatten().collect();
        [losses, logits.into_iter().map(f64::from).collect(), parameters]
    }

    #[test]
    fn packed_networks_learn_what_tensors_learn_in_double_precision() {
        for norm in Norm::ALL {
            for activation in [Activation::Sigmoid, Activation::Swish] {
                let network = network(*norm, activation);
                let (found, wanted) =
                    (trained(&network, DType::F32), trained(&network, DType::F64));
                for (found, wanted) in found.iter().zip(&wanted) {
                    let off = found.iter().zip(wanted).map(|(a, b)| (a - b).abs());
                    let off = off.fold(0.0, f64::max);
                    assert!(
                        found.len() == wanted.len() && off < 1e-5,
                        "{norm} {activation}: {off}"
                    );
                }
            }
        }
    }

    #[test]
    fn networks_come_back_as_they_went() {
        for norm in Norm::ALL {
            let network = network(*norm, Activation::Relu);
            let start = start(&network, 0, DType::F32);
            let training =
                Training::new(&network, vec![start.clone()], MOMENTUM, Capacity::default());
            let packed = matches!(training.learners, Learners::Packed(_));
            assert_eq!(packed, *norm != Norm::Batch);
            let back = training.into_states().unwrap().remove(0);
            let host = |state: &NetworkState| state.parameters.to_host::<f32>().unwrap();
            assert_eq!(host(&back), host(&start));
            assert_eq!(back.statistics.layers.len(), start.statistics.layers.len());
        }
    }

    #[test]
    fn a_batch_with_infinity_has_a_loss_that_is_not_finite() {
        let network = network(Norm::Instance, Activation::Relu);
        let starts = (0..2).map(|index| start(&network, index, DType::F32)).collect();
        let mut training = Training::new(&network, starts, MOMENTUM, Capacity::default());
        let mut bad = batch(4, 0, DType::F32);
        bad.images = bad.images.slice_fill([1..2, 0..1, 3..4, 3..4], f32::INFINITY);
        let both = || vec![batch(4, 1, DType::F32), bad.clone()];
        for _ in 0..2 {
            let losses: Vec<f32> = training.step(both()).unwrap().try_into_vec_as().unwrap();
            assert!(losses[0].is_finite() && losses[1].is_nan(), "{losses:?}");
        }
    }

    #[test]
    fn as_many_networks_are_taken_at_once_as_the_threads_have_use_for() {
        let small = network(Norm::Instance, Activation::Relu);
        let at_once = |network: &Network, threads: usize, images: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let capacity = Capacity::default();
            pool.install(|| Training::at_once(network, &Device::flex(), capacity, images))
        };
        // Ten images are two portions, a hundred fifteen.
        assert_eq!([1, 2, 16].map(|threads| at_once(&small, threads, 10)), [1, 2, 16]);
        assert_eq!([1, 2, 16].map(|threads| at_once(&small, threads, 100)), [1, 1, 3]);
        // On the tape each has a thread, unless the maps of their batches are too large.
        let batch_norm = network(Norm::Batch, Activation::Relu);
        assert_eq!([1, 16].map(|threads| at_once(&batch_norm, threads, 10)), [1, 16]);
        assert_eq!(at_once(&batch_norm, 16, 10_000), 1);
        // 60 million parameters: one network alone fills the memory that may be taken.
        let spec = NetworkSpec { width: 2600, ..small.spec().clone() };
        assert_eq!(at_once(&Network::new(&spec, SHAPE, 3).unwrap(), 16, 10), 1);
    }
}
