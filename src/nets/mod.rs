//! Networks: each written once, over values that are plain tensors or (value, tangent) pairs.
//!
//! A network is a description ([`Network`]: a [`ConvNet`], or a list of layers): it names its parameters and
//! maps images to logits. What changes lives outside of it, with the caller: the [`Parameters`] (flat tensors
//! in `PyTorch`'s order, fresh from [`initialisation`]) and the running statistics of batch normalisation
//! ([`RunningStatistics`]). Plain values in give plain logits, from which the tensor library's reverse
//! mode takes first derivatives; parameters with a tangent give logits with a tangent, from which it
//! takes second ones ([`value`]). [`per_batch`] gives both kinds for many batches at once, [`Training`] is
//! ordinary training of one or several networks; each takes the way that suits the device: [`cpu`] by
//! kernels of its own, [`batched`] in few large operations (with kernels for graphics adapters, [`gpu`]), the
//! tensor library's tape for the rest.
//!
//! This room knows tensors, never a data set, an experiment or a file.

pub mod adam;
pub mod along;
pub mod batch;
pub mod batched;
pub mod convnet;
pub mod cpu;
pub mod flops;
pub mod gpu;
pub mod inference;
pub mod initialisation;
pub mod labels;
pub mod layered;
pub mod layers;
pub mod network;
pub mod network_error;
pub mod parameters;
pub mod per_batch;
pub mod sgd;
pub mod statistics;
pub mod train_step;
pub mod training;
pub mod value;

pub use adam::{Adam, Betas};
pub use along::{Along, along, logits_along};
pub use batch::Batch;
pub use batched::Capacity;
pub use convnet::ConvNet;
pub use flops::Flops;
pub use labels::Labels;
pub use network::Network;
pub use network_error::NetworkError;
pub use parameters::{ParameterError, ParameterInfo, ParameterKind, Parameters};
pub use per_batch::{Direction, Stacked};
pub use sgd::{Sgd, SgdSettings};
pub use statistics::{NormStatistics, RunningStatistics, Statistics};
pub use train_step::train_step;
pub use training::{NetworkState, Training};
pub use value::Value;
