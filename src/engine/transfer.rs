//! Between the device and the host: values that a checkpoint keeps, and numbers that a log shows.

use std::fmt::Display;

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::nets::{Network, NormStatistics, Parameters, RunningStatistics};

use super::{device_fault::DeviceFault, failure::Failure, laboratory::Laboratory};

/// All values of a tensor, row-major.
pub fn to_host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Failure> {
    tensor.try_into_vec_as().map_err(unreadable)
}

/// What the device said when it could not be read.
pub fn unreadable(reason: impl Display) -> Failure {
    DeviceFault::of(&reason.to_string()).into()
}

/// Parameters as one flat list.
pub fn parameters_to_host(parameters: &Parameters) -> Result<Vec<f32>, Failure> {
    let mut flat = Vec::new();
    for tensor in parameters.tensors() {
        flat.extend(to_host(tensor.clone())?);
    }
    Ok(flat)
}

/// Parameters of the laboratory's network from one flat list.
pub fn parameters(laboratory: &Laboratory, flat: Vec<f32>) -> Result<Parameters, Failure> {
    parameters_of(&laboratory.network, &laboratory.device, flat)
}

/// Parameters of a network from one flat list.
pub fn parameters_of(
    network: &Network,
    device: &Device,
    flat: Vec<f32>,
) -> Result<Parameters, Failure> {
    let infos = network.infos().clone();
    let mut rest = flat.into_iter();
    let values = infos.iter().map(|info| rest.by_ref().take(info.len()).collect()).collect();
    Parameters::from_host::<f32>(infos, values, device, DType::F32).map_err(Failure::plain)
}

/// Running statistics as one flat list: mean and variance of every layer.
pub fn statistics_to_host(statistics: &RunningStatistics) -> Result<Vec<f32>, Failure> {
    let mut flat = Vec::new();
    for layer in &statistics.layers {
        flat.extend(to_host(layer.mean.clone())?);
        flat.extend(to_host(layer.variance.clone())?);
    }
    Ok(flat)
}

/// Running statistics of the laboratory's network from one flat list.
pub fn statistics(laboratory: &Laboratory, flat: &[f32]) -> Result<RunningStatistics, Failure> {
    statistics_of(&laboratory.network, &laboratory.device, flat)
}

/// Running statistics of a network from one flat list.
pub fn statistics_of(
    network: &Network,
    device: &Device,
    flat: &[f32],
) -> Result<RunningStatistics, Failure> {
    let mut statistics = network.fresh_statistics(device, DType::F32);
    let mut rest = flat;
    for NormStatistics { mean, variance } in &mut statistics.layers {
        for tensor in [mean, variance] {
            let [count] = tensor.dims();
            let Some((values, behind)) = rest.split_at_checked(count) else {
                return Err(Failure::plain("the checkpoint's running statistics are too short"));
            };
            rest = behind;
            let data = TensorData::new(values.to_vec(), [count]);
            *tensor = Tensor::from_data(data, device);
        }
    }
    Ok(statistics)
}
