//! What a trained network says about a batch, on the host.

use burn::tensor::Tensor;

use super::{
    cpu,
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
    images: Tensor<4>,
) -> Result<Vec<f32>, String> {
    let served = network
        .convnet()
        .filter(|_| cpu::serves(&images))
        .and_then(|convnet| cpu::logits(convnet, parameters, statistics, &images));
    if let Some(logits) = served {
        return Ok(logits);
    }
    let values = parameters.values();
    let logits = network.forward(&values, Value::from(images), Statistics::Frozen(statistics));
    logits.primal.try_into_vec_as().map_err(|error| error.to_string())
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
        let wanted = logits(&network, &exact, &statistics, images.clone()).unwrap();
        let single = exact.map(|tensor| tensor.cast(DType::F32));
        let statistics = network.fresh_statistics(&device, DType::F32);
        let found = logits(&network, &single, &statistics, images.cast(DType::F32)).unwrap();
        assert_eq!(found.len(), 21 * 4);
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
