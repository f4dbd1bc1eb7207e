//! Every level and every kind of network against the tensor library's reverse mode in double precision.

use burn::tensor::{Int, Tensor};

use super::*;
use crate::nets::{
    self, Batch, Statistics, Value,
    layers::{cross_entropy::cross_entropy, finite_differences::normal},
};
use crate::random::{Purpose, stream};
use crate::spec::{Activation, NetworkSpec, Norm, Pooling, Precision};

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

    /// The loss and the gradients of all parameters by the tensor library's reverse mode in double
    /// precision.
    fn exact(&self) -> (f64, Vec<Vec<f64>>) {
        let Self { network, parameters: [exact, _], statistics, batch: [batch, _] } = self;
        let leaves = exact.require_grad();
        let value = Value::from(batch.images.clone().autodiff());
        let frozen = Statistics::Frozen(&statistics[0]);
        let any = nets::Network::ConvNet(network.clone());
        let logits = any.forward(&leaves.values(), value, frozen);
        let loss = cross_entropy(logits, &batch.labels).primal;
        let value = loss.clone().inner().into_scalar();
        (value, leaves.take_gradients(&mut loss.backward()).to_host().unwrap())
    }

    /// The same by the kernels of a level.
    fn found(&self, level: Level, precision: Precision) -> (f64, Vec<Vec<f64>>) {
        let Self { network, parameters: [_, single], statistics, batch: [_, rounded] } = self;
        let batches = std::slice::from_ref(rounded);
        let found =
            per_batch::gradients_at(level, network, single, &statistics[1], batches, precision);
        let [(loss, found)] = found.unwrap().try_into().unwrap();
        (loss.into_scalar(), found.to_host().unwrap())
    }

    /// The largest error of any parameter's gradient over the largest gradient, or that of the loss.
    fn error(&self, level: Level) -> f64 {
        let (wanted_loss, wanted) = self.exact();
        let (loss, found) = self.found(level, Precision::F32);
        (loss - wanted_loss).abs().max(largest_error(&found.concat(), &wanted.concat()))
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
        let any = nets::Network::ConvNet(network.clone());
        let logits = any.forward(&values, Value::from(pixels.clone()), frozen);
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
    let levels = Level::available().iter();
    let kinds = levels.flat_map(|level| Precision::ALL.iter().map(move |kind| (level, *kind)));
    for (level, precision) in kinds {
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
                        precision,
                    );
                    let [(loss, gradients)] = found.unwrap().try_into().unwrap();
                    assert!(
                        loss.into_scalar::<f32>().is_nan(),
                        "{level:?} {precision} {bad} {spec:?}"
                    );
                    let first = &gradients.to_host::<f32>().unwrap()[0];
                    assert!(
                        first.iter().all(|value| value.is_nan()),
                        "{level:?} {precision} {bad} {spec:?}"
                    );

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

/// The largest error of a tensor in the Euclidean norm, over the norm of what is wanted. A bias before a
/// norm that takes it away again has no gradient to speak of, and is left out.
fn relative_error(found: &[Vec<f64>], wanted: &[Vec<f64>]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let size = |values: &Vec<f64>| norm(&mut values.iter().copied());
    let least = 1e-5 * wanted.iter().map(size).fold(0.0, f64::max);
    let tensors = found.iter().zip(wanted).filter(|(_, wanted)| size(wanted) > least);
    let errors = tensors.map(|(found, wanted)| {
        norm(&mut found.iter().zip(wanted).map(|(a, b)| a - b)) / size(wanted)
    });
    errors.fold(0.0, f64::max)
}

/// Networks, images and batches that kernels find awkward: lanes beyond the channels, a tile without a
/// partner, more than one channel of padding, single images, one portion and several.
const AWKWARD: [(usize, [usize; 3], usize); 5] = [
    (20, [3, 16, 16], 5),
    (36, [3, 12, 20], 9),
    (8, [1, 28, 28], 1),
    (16, [20, 16, 16], 17),
    (40, [3, 32, 32], 16),
];

/// How far bf16 is off. A product of two rounded values is off by at most 2·2⁻⁸ of itself, and five such
/// convolutions in tiles follow one another (two forward, two back, the gradient of the weights), so all
/// together are off by 5·2⁻⁷ if every one errs the same way. That holds where the activation is smooth;
/// one with a kink takes another slope where its argument, off by δ of itself, changes sign: as many as δ
/// of all slopes, in the Euclidean norm √δ.
const OFF: f64 = 5.0 / 128.0;

#[test]
fn bf16_is_off_by_its_rounding_at_every_level() {
    for norm in Norm::ALL {
        for (width, shape, count) in AWKWARD {
            let spec = NetworkSpec { width, norm: *norm, activation: Activation::Swish, ..spec() };
            let case = Case::new(&spec, shape, count);
            let (loss, wanted) = case.exact();
            let name = format!("{norm} {width} {shape:?} {count}");
            let single = case.found(Level::in_use(), Precision::F32).1;
            assert!(relative_error(&single, &wanted) < 1e-4, "{name} in f32");
            for level in Level::available() {
                let (found_loss, found) = case.found(*level, Precision::Bf16);
                let off = relative_error(&found, &wanted);
                // More than single precision is off by: it was rounded, and not by more than it may be.
                assert!(off > 1e-3 && off < OFF, "{name} {level:?}: {off}");
                assert!((found_loss - loss).abs() < OFF * loss, "{name} {level:?}: {found_loss}");
            }
        }
    }
}

#[test]
fn bf16_through_a_kink_is_off_by_the_root_of_its_rounding() {
    for activation in [Activation::Relu, Activation::LeakyRelu] {
        for norm in Norm::ALL {
            let spec = NetworkSpec { width: 64, norm: *norm, activation, ..spec() };
            let case = Case::new(&spec, [3, 32, 32], 16);
            let (_, found) = case.found(Level::in_use(), Precision::Bf16);
            let off = relative_error(&found, &case.exact().1);
            assert!(off < OFF.sqrt(), "{norm} {activation}: {off}");
        }
    }
}

/// Sums over portions and threads do not depend on who is first.
#[test]
fn bf16_gives_the_same_bits_on_any_number_of_threads() {
    let case = Case::new(&spec(), [3, 16, 16], 13);
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (loss, found) = pool.install(|| case.found(Level::in_use(), Precision::Bf16));
        let bits: Vec<u64> = found.concat().iter().map(|value| value.to_bits()).collect();
        (loss.to_bits(), bits)
    };
    assert_eq!(bits(1), bits(3));
}

/// Classes may have fewer images than others, and take their turns on the same threads.
#[test]
fn the_gradients_of_a_batch_do_not_depend_on_those_beside_it() {
    let case = Case::new(&spec(), [3, 16, 16], 13);
    let whole = &case.batch[1];
    let few =
        Batch { images: whole.images.clone().narrow(0, 0, 2), labels: whole.labels.narrow(0, 2) };
    let last = |batches: &[Batch]| {
        let (parameters, running) = (&case.parameters[1], &case.statistics[1]);
        let found = gradients(&case.network, parameters, running, batches, Precision::F32).unwrap();
        found.last().unwrap().1.to_host::<f32>().unwrap().concat()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let [alone, beside] =
        pool.install(|| [last(std::slice::from_ref(whole)), last(&[few, whole.clone()])]);
    assert_eq!(alone, beside);
}
