//! Every level and every kind of network against the tensor library's reverse mode in double precision.

use burn::tensor::{Int, Tensor};

use super::*;
use crate::nets::{
    self, Batch, Statistics, Value,
    layers::{cross_entropy::cross_entropy, finite_differences::normal},
};
use crate::random::{Purpose, stream};
use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

fn spec() -> NetworkSpec {
    NetworkSpec {
        width: 20,
        depth: 3,
        activation: Activation::Relu,
        norm: Norm::Instance,
        pooling: Pooling::Average,
        ..NetworkSpec::default()
    }
}

/// A network and a batch, once in double and once in single precision.
struct Case {
    network: ConvNet,
    parameters: [Parameters; 2],
    statistics: [RunningStatistics; 2],
    batch: [Batch; 2],
}

impl Case {
    fn new(spec: &NetworkSpec, shape: [usize; 3], count: usize) -> Self {
        let device = Device::flex();
        let network = ConvNet::new(spec, shape, 3).unwrap();
        let any = nets::Network::ConvNet(network.clone());
        let mut random = stream(3, Purpose::NetworkInit, &[0]);
        let exact = any.initialise(&mut random, &device, DType::F64);
        let [c, h, w] = shape;
        let images = normal(count * c * h * w, 0).reshape([count, c, h, w]);
        let labels: Vec<i64> = (0..count as i64).map(|image| image % 3).collect();
        let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &device));
        let mut running = any.fresh_statistics(&device, DType::F64);
        any.gather_statistics(&exact, &mut running, images.clone());
        let mut rounded = running.clone();
        for layer in &mut rounded.layers {
            layer.mean = layer.mean.clone().cast(DType::F32);
            layer.variance = layer.variance.clone().cast(DType::F32);
        }
        let single = Batch { images: images.clone().cast(DType::F32), labels: labels.clone() };
        Self {
            network,
            parameters: [exact.clone(), exact.map(|tensor| tensor.cast(DType::F32))],
            statistics: [running, rounded],
            batch: [Batch { images, labels }, single],
        }
    }

    /// The largest error of any parameter's gradient over the largest gradient, or that of the loss.
    fn error(&self, level: Level) -> f64 {
        let Self { network, parameters: [exact, single], statistics, batch: [batch, rounded] } =
            self;
        let leaves = exact.require_grad();
        let value = Value::from(batch.images.clone().autodiff());
        let frozen = Statistics::Frozen(&statistics[0]);
        let logits = network.forward(&leaves.values(), value, frozen);
        let loss = cross_entropy(logits, &batch.labels).primal;
        let wanted_loss: f64 = loss.clone().inner().into_scalar();
        let wanted = leaves.take_gradients(&mut loss.backward()).to_host::<f64>().unwrap();

        let [(loss, found)] = per_batch::gradients_at(
            level,
            network,
            single,
            &statistics[1],
            std::slice::from_ref(rounded),
        )
        .unwrap()
        .try_into()
        .unwrap();
        let found = found.to_host::<f64>().unwrap().concat();
        let off = (loss.into_scalar::<f64>() - wanted_loss).abs();
        off.max(largest_error(&found, &wanted.concat()))
    }

    /// The largest error of any pixel's gradient along a direction, over the largest such gradient.
    fn error_along(&self, level: Level) -> f64 {
        let Self { network, parameters: [exact, single], statistics, batch: [batch, rounded] } =
            self;
        let direction: Vec<_> = network
            .infos()
            .iter()
            .zip(1..)
            .map(|(info, index)| {
                (info.shape.len() > 1 || index > 6).then(|| normal(info.len(), index) * 0.1)
            })
            .collect();
        let rough = direction.iter().map(|part| part.clone().map(|part| part.cast(DType::F32)));
        let rough: Vec<_> = rough.collect();
        let pixels = batch.images.clone().autodiff().require_grad();
        let frozen = Statistics::Frozen(&statistics[0]);
        let values = exact.values_along(&direction);
        let logits = network.forward(&values, Value::from(pixels.clone()), frozen);
        let loss = cross_entropy(logits, &batch.labels).tangent.unwrap();
        let wanted = pixels.grad_remove(&mut loss.backward()).unwrap();
        let [found] = per_batch::image_gradients_at(
            level,
            network,
            single,
            &statistics[1],
            std::slice::from_ref(rounded),
            &[rough],
        )
        .unwrap()
        .try_into()
        .unwrap();
        largest_error(&found.try_into_vec_as().unwrap(), &wanted.try_into_vec_as().unwrap())
    }
}

fn largest_error(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(1e-9, |most: f64, value| most.max(value.abs()));
    let off = wanted.iter().zip(found).map(|(a, b)| (a - b).abs());
    off.fold(0.0, f64::max) / largest
}

/// The larger error of first and second order.
fn error(level: Level, spec: &NetworkSpec, shape: [usize; 3], count: usize) -> f64 {
    let case = Case::new(spec, shape, count);
    case.error(level).max(case.error_along(level))
}

#[test]
fn every_level_agrees_for_every_norm_activation_and_pooling() {
    for level in Level::available() {
        for norm in Norm::ALL {
            let found = error(*level, &NetworkSpec { norm: *norm, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-5, "{level:?} {norm}: {found}");
        }
        for activation in Activation::ALL {
            let found =
                error(*level, &NetworkSpec { activation: *activation, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-5, "{level:?} {activation}: {found}");
        }
        for pooling in Pooling::ALL {
            let found = error(*level, &NetworkSpec { pooling: *pooling, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-5, "{level:?} {pooling}: {found}");
        }
    }
}

#[test]
fn odd_sizes_odd_widths_and_single_images_are_served() {
    for (width, shape, count) in [
        (4, [1, 28, 28], 1),
        (33, [3, 15, 13], 3),
        (16, [1, 9, 11], 2),
        (1, [3, 8, 8], 17),
        (8, [20, 8, 8], 2),
    ] {
        let spec = NetworkSpec { width, depth: 2, ..spec() };
        let found = error(Level::in_use(), &spec, shape, count);
        assert!(found < 1e-5, "{width} {shape:?} {count}: {found}");
    }
}

/// What is no number anywhere in a batch is no number in its loss and in everything that depends on it.
#[test]
fn nan_and_infinity_pass_through() {
    for level in Level::available() {
        for bad in [f32::NAN, f32::INFINITY] {
            for pooling in Pooling::ALL {
                for norm in [Norm::Instance, Norm::None] {
                    let spec = NetworkSpec { norm, pooling: *pooling, ..spec() };
                    let mut case = Case::new(&spec, [3, 16, 16], 5);
                    let images = &mut case.batch[1].images;
                    *images = images.clone().slice_fill([2..3, 0..1, 7..8, 8..9], bad);
                    let (network, parameters) = (&case.network, &case.parameters[1]);
                    let running = &case.statistics[1];
                    let found = per_batch::gradients_at(
                        *level,
                        network,
                        parameters,
                        running,
                        &case.batch[1..],
                    );
                    let [(loss, gradients)] = found.unwrap().try_into().unwrap();
                    assert!(loss.into_scalar::<f32>().is_nan(), "{level:?} {bad} {spec:?}");
                    let first = &gradients.to_host::<f32>().unwrap()[0];
                    assert!(first.iter().all(|value| value.is_nan()), "{level:?} {bad} {spec:?}");

                    let direction = parameters.tensors().iter().cloned().map(Some).collect();
                    let found = per_batch::image_gradients_at(
                        *level,
                        network,
                        parameters,
                        running,
                        &case.batch[1..],
                        &[direction],
                    )
                    .unwrap();
                    let found: Vec<f32> = found[0].try_to_vec_as().unwrap();
                    let bad: Vec<bool> = found
                        .chunks_exact(3 * 16 * 16)
                        .map(|image| image.iter().any(|value| value.is_nan()))
                        .collect();
                    assert_eq!(bad, [false, false, true, false, false], "{level:?} {spec:?}");
                }
            }
        }
    }
}
