//! Ordinary training: networks of one architecture, side by side, each on batches of its own.
//!
//! The inner loop of condensation trains one network, an evaluation several. They take their steps
//! together, which matters for sets of tens of images: the step of one network is too small to fill a
//! machine. What a network learns does not depend on those beside it.
//!
//! On the CPU in single precision the networks stay in the layout of the kernels from the first step to
//! the last ([`cpu::Learners`]). All others, and batch normalisation, whose statistics come from the
//! batch, take the tensor library's reverse mode, one network after the other ([`train_step`]).

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{
    batch::Batch,
    convnet::ConvNet,
    cpu, inference,
    parameters::Parameters,
    sgd::{Sgd, SgdSettings},
    statistics::RunningStatistics,
    train_step::train_step,
};

/// Portions of batches that every thread of a CPU gets, so that none waits long for the last one.
const PORTIONS_A_THREAD: usize = 2;
/// Bytes that networks trained side by side may take.
const MOST_BYTES: usize = 1 << 30;

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
    network: &'a ConvNet,
    learners: Learners,
}

#[derive(Debug)]
enum Learners {
    /// On the CPU. Their statistics are empty.
    Packed(cpu::Learners),
    /// Anywhere.
    Tensors(Vec<(NetworkState, Sgd)>),
}

impl<'a> Training<'a> {
    /// Takes up the training of these networks, all on one device and of one precision, with optimisers
    /// before their first step.
    pub fn new(network: &'a ConvNet, starts: Vec<NetworkState>, settings: SgdSettings) -> Self {
        let packed = starts
            .iter()
            .all(|start| !network.has_batch_norm() && on_cpu(&start.parameters))
            .then(|| {
                let starts: Vec<_> = starts.iter().map(|start| start.parameters.clone()).collect();
                cpu::Learners::new(network, &starts, settings)
            })
            .flatten();
        let learners = match packed {
            Some(packed) => Learners::Packed(packed),
            None => Learners::Tensors(
                starts.into_iter().map(|start| (start, Sgd::new(settings))).collect(),
            ),
        };
        Self { network, learners }
    }

    /// How many networks to train side by side on batches of `images` images.
    ///
    /// On the CPU so many that every thread has two portions of their batches to work on, and their
    /// parameters, momentum and gradients fit into 1 GiB; but at least one. A step then takes hardly
    /// longer than that of a single network with all threads to itself would. Elsewhere one.
    pub fn at_once(network: &ConvNet, device: &Device, images: usize) -> usize {
        if *device != Device::flex() || network.has_batch_norm() {
            return 1;
        }
        let portions = rayon::current_num_threads() * PORTIONS_A_THREAD;
        let bytes = cpu::Learners::bytes(network.parameter_count(), images);
        portions.div_ceil(cpu::portions(images)).min(MOST_BYTES / bytes).max(1)
    }

    /// Goes on with new optimisers, before their first step.
    pub fn new_optimiser(&mut self, settings: SgdSettings) {
        match &mut self.learners {
            Learners::Packed(learners) => learners.new_optimiser(settings),
            Learners::Tensors(learners) => {
                for (_, sgd) in learners {
                    *sgd = Sgd::new(settings);
                }
            }
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
            Learners::Tensors(learners) => {
                let step = |((state, sgd), batch): (&mut (NetworkState, Sgd), Batch)| {
                    let NetworkState { parameters, statistics } = state;
                    let Batch { images, labels } = batch;
                    train_step(self.network, parameters, statistics, sgd, images, &labels)
                };
                Ok(Tensor::cat(learners.iter_mut().zip(batches).map(step).collect(), 0))
            }
        }
    }

    /// Logits `[n][classes]` of images [n, channels, h, w] in evaluation mode, from every network.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn logits(&self, images: &Tensor<4>) -> Result<Vec<Vec<f32>>, String> {
        match &self.learners {
            Learners::Packed(learners) => learners.logits(images).ok_or_else(unreadable),
            Learners::Tensors(learners) => {
                let logits = |(state, _): &(NetworkState, Sgd)| {
                    let NetworkState { parameters, statistics } = state;
                    inference::logits(self.network, parameters, statistics, images.clone())
                };
                learners.iter().map(logits).collect()
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

fn unreadable() -> String {
    "a batch on the CPU cannot be read".to_owned()
}
