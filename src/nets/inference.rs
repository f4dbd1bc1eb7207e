//! What a network says about a batch: its logits, and the embedding that they come from.

use burn::tensor::{Tensor, TensorData};

use super::{
    batched::{self, Capacity},
    cpu, gpu,
    network::Network,
    parameters::Parameters,
    statistics::{RunningStatistics, Statistics},
    value::Value,
};

/// Logits `[n][classes]` of images [n, channels, h, w] in evaluation mode.
///
/// # Errors
/// What the device says when it can no longer be read.
pub fn logits(
    network: &Network,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
) -> Result<Vec<f32>, String> {
    let served = network
        .convnet()
        .filter(|_| cpu::serves(images))
        .and_then(|convnet| cpu::logits(convnet, parameters, statistics, images));
    if let Some(logits) = served {
        return Ok(logits);
    }
    if let Some(convnet) = network.convnet().filter(|_| gpu::serves(images)) {
        let logits = batched::logits(Capacity::default(), convnet, parameters, statistics, images);
        return logits.try_into_vec_as::<f32>().map_err(|error| error.to_string());
    }
    let values = parameters.values();
    let (n, at_once) = (images.dims()[0], network.images_at_once(&images.device().inner()));
    let mut found = Vec::with_capacity(n * network.classes());
    for start in (0..n).step_by(at_once.min(n.max(1))) {
        let images = images.clone().narrow(0, start, at_once.min(n - start));
        let frozen = Statistics::Frozen(statistics);
        let logits = network.forward(&values, Value::from(images), frozen).primal;
        found.extend(logits.try_into_vec_as::<f32>().map_err(|error| error.to_string())?);
    }
    Ok(found)
}

/// Embeddings [n, features] of images [n, channels, h, w] in evaluation mode, on their device and outside
/// any graph: what the last linear layer sees (reference section 3.8).
pub fn embeddings(
    network: &Network,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: Tensor<4>,
) -> Tensor<2> {
    let images = images.inner();
    let (n, device) = (images.dims()[0], images.device());
    let served = network
        .convnet()
        .filter(|_| cpu::serves(&images))
        .and_then(|convnet| cpu::embeddings(convnet, parameters, statistics, &images));
    if let Some(values) = served {
        let data = TensorData::new(values, [n, network.features()]);
        return Tensor::from_data(data, &device);
    }
    if let Some(convnet) = network.convnet().filter(|_| gpu::serves(&images)) {
        return batched::embeddings(Capacity::default(), convnet, parameters, statistics, &images);
    }
    let (values, at_once) = (parameters.detach().values(), network.images_at_once(&device));
    let parts = (0..n).step_by(at_once.min(n.max(1))).map(|start| {
        let images = images.clone().narrow(0, start, at_once.min(n - start));
        network.embed(&values, Value::from(images), Statistics::Frozen(statistics)).primal
    });
    Tensor::cat(parts.collect(), 0)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::nets::layers::finite_differences::normal;
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    #[test]
    fn single_precision_agrees_with_double() {
        let spec = NetworkSpec {
            width: 12,
            depth: 2,
            activation: Activation::Swish,
            norm: Norm::Batch,
            pooling: Pooling::Max,
            ..NetworkSpec::default()
        };
        let (network, device) = (Network::new(&spec, [1, 28, 28], 4).unwrap(), Device::flex());
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let exact = network.initialise(&mut random, &device, DType::F64);
        let images = normal(21 * 28 * 28, 0).reshape([21, 1, 28, 28]);
        let statistics = network.fresh_statistics(&device, DType::F64);
        let wanted = logits(&network, &exact, &statistics, &images).unwrap();
        let single = exact.map(|tensor| tensor.cast(DType::F32));
        let statistics = network.fresh_statistics(&device, DType::F32);
        let found = logits(&network, &single, &statistics, &images.cast(DType::F32)).unwrap();
        assert_eq!(found.len(), 21 * 4);
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn packed_embeddings_are_in_the_order_of_the_tape() {
        let spec = NetworkSpec { width: 20, depth: 2, ..NetworkSpec::default() };
        let (network, device) = (Network::new(&spec, [3, 10, 14], 4).unwrap(), Device::flex());
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let exact = network.initialise(&mut random, &device, DType::F64);
        let images = normal(21 * 3 * 140, 0).reshape([21, 3, 10, 14]);
        let none = RunningStatistics::default();
        let wanted = embeddings(&network, &exact, &none, images.clone());
        let single = exact.map(|tensor| tensor.cast(DType::F32));
        let found = embeddings(&network, &single, &none, images.cast(DType::F32));
        assert_eq!(found.dims(), [21, network.features()]);
        let off: f64 = (found.cast(DType::F64) - wanted).abs().max().into_scalar();
        assert!(off < 1e-4, "{off}");
    }
}
