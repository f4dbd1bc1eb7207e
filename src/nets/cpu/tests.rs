//! Every level and every kind of network against the tensor library's reverse mode in double precision.

use burn::tensor::{Int, Tensor};

use super::*;
use crate::nets::{
    Statistics, Value,
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
    }
}

/// The largest difference of any gradient over that gradient's largest value.
fn error(level: Level, spec: &NetworkSpec, shape: [usize; 3], count: usize) -> f64 {
    let device = Device::flex();
    let network = ConvNet::new(spec, shape, 3).unwrap();
    let mut random = stream(3, Purpose::NetworkInit, &[0]);
    let exact = network.initialise(&mut random, &device, DType::F64);
    let [c, h, w] = shape;
    let images = normal(count * c * h * w, 0).reshape([count, c, h, w]);
    let labels: Vec<i64> = (0..count as i64).map(|image| image % 3).collect();
    let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &device));
    let mut running = network.fresh_statistics(&device, DType::F64);
    network.gather_statistics(&exact, &mut running, images.clone());

    let leaves = exact.require_grad();
    let value = Value::from(images.clone().autodiff());
    let logits = network.forward(&leaves.values(), value, Statistics::Frozen(&running));
    let loss = cross_entropy(logits, &labels).primal;
    let wanted_loss: f64 = loss.clone().inner().into_scalar();
    let wanted = leaves.take_gradients(&mut loss.backward()).to_host::<f64>().unwrap();

    let single = exact.map(|tensor| tensor.cast(DType::F32));
    let mut rounded = running.clone();
    for layer in &mut rounded.layers {
        layer.mean = layer.mean.clone().cast(DType::F32);
        layer.variance = layer.variance.clone().cast(DType::F32);
    }
    let (loss, found) =
        at_level(level, &network, &single, &rounded, &images.cast(DType::F32), &labels).unwrap();
    let found = found.to_host::<f64>().unwrap();
    let largest = wanted.iter().flatten().fold(1e-9, |most: f64, value| most.max(value.abs()));
    let off = wanted.iter().flatten().zip(found.iter().flatten());
    let off = off.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) / largest;
    off.max((loss.into_scalar::<f64>() - wanted_loss).abs())
}

#[test]
fn every_level_agrees_for_every_norm_activation_and_pooling() {
    for level in Level::available() {
        for norm in Norm::ALL {
            let found = error(*level, &NetworkSpec { norm: *norm, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-4, "{level:?} {norm}: {found}");
        }
        for activation in Activation::ALL {
            let found =
                error(*level, &NetworkSpec { activation: *activation, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-4, "{level:?} {activation}: {found}");
        }
        for pooling in Pooling::ALL {
            let found = error(*level, &NetworkSpec { pooling: *pooling, ..spec() }, [3, 16, 16], 5);
            assert!(found < 1e-4, "{level:?} {pooling}: {found}");
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
        let found = error(Level::best(), &spec, shape, count);
        assert!(found < 1e-4, "{width} {shape:?} {count}: {found}");
    }
}
