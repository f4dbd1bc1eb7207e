//! The passes over several batches against the tape, one batch after the other, in f64.

use burn::tensor::{DType, Device, Int, Tensor};

use super::*;
use crate::nets::{
    Network, labels::Labels, layers::finite_differences::normal, parameters::ParameterInfo,
    per_batch,
};
use crate::random::{Purpose, stream};
use crate::spec::{Activation, NetworkSpec, Norm, Pooling, Precision};

/// A network with parameters and statistics that are not their starting values.
struct Case {
    network: ConvNet,
    parameters: Parameters,
    statistics: RunningStatistics,
    shape: [usize; 3],
}

impl Case {
    fn new(spec: &NetworkSpec, shape: [usize; 3]) -> Self {
        let network = ConvNet::new(spec, shape, 3).unwrap();
        let any = Network::ConvNet(network.clone());
        let (device, dtype) = (Device::flex(), DType::F64);
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let mut index = 50;
        let parameters = any.initialise(&mut random, &device, dtype).map(|parameter| {
            index += 1;
            let [length] = parameter.dims();
            parameter + normal(length, index) * 0.1
        });
        let mut statistics = any.fresh_statistics(&device, dtype);
        let shown = normal(6 * shape.iter().product::<usize>(), 40);
        let [channels, height, width] = shape;
        let shown = shown.reshape([6, channels, height, width]);
        any.gather_statistics(&parameters, &mut statistics, shown);
        Self { network, parameters, statistics, shape }
    }

    fn batches(&self, sizes: &[usize]) -> Vec<Batch> {
        let [channels, height, width] = self.shape;
        let batch = |(at, &n): (usize, &usize)| {
            let images = normal(n * self.shape.iter().product::<usize>(), 10 + at as u64);
            let labels = Tensor::<1, Int>::full([n], at as i64 % 3, &Device::flex());
            let images = images.reshape([n, channels, height, width]);
            Batch { images, labels: Labels::Hard(labels) }
        };
        sizes.iter().enumerate().map(batch).collect()
    }

    /// A direction for each batch, with every third parameter left out.
    fn direction(&self, batches: usize) -> Direction {
        let part = |(at, info): (usize, &ParameterInfo)| {
            (at % 3 != 1).then(|| normal(batches * info.len(), 100 + at as u64))
        };
        self.network.infos().iter().enumerate().map(part).collect()
    }

    /// Holds both derivatives against those of the tape.
    fn check(&self, capacity: Capacity, sizes: &[usize]) {
        let Self { network, parameters, statistics, .. } = self;
        let what = format!("{:?} of {sizes:?} images", network.spec());
        let batches = self.batches(sizes);
        let found = gradients(capacity, network, parameters, statistics, &batches, Precision::F32);
        let any = &Network::ConvNet(network.clone());
        let single = Precision::F32;
        let wanted = per_batch::gradients(capacity, any, parameters, statistics, &batches, single);
        assert_eq!((found.batches, wanted.len()), (sizes.len(), sizes.len()));
        for (at, wanted) in wanted.iter().enumerate() {
            let (found, wanted) = (found.of(at), wanted.of(0));
            let infos = network.infos();
            for ((info, found), wanted) in infos.iter().zip(found.tensors()).zip(wanted.tensors()) {
                close(&format!("{} in {what}", info.name), found.clone(), wanted.clone());
            }
        }
        let direction = self.direction(sizes.len());
        let own = |batch: usize| -> Direction {
            let part = |(info, part): (&ParameterInfo, &Option<Tensor<1>>)| {
                let part = part.clone()?;
                Some(part.narrow(0, batch * info.len(), info.len()))
            };
            network.infos().iter().zip(&direction).map(part).collect()
        };
        let alone: Vec<Direction> = (0..sizes.len()).map(own).collect();
        let found =
            image_gradients(capacity, network, parameters, statistics, &batches, &direction);
        let wanted =
            per_batch::image_gradients(capacity, any, parameters, statistics, &batches, &alone);
        for (found, wanted) in found.into_iter().zip(wanted) {
            assert_eq!(found.dims(), wanted.dims(), "{what}");
            let length: usize = wanted.dims().iter().product();
            close(
                &format!("image gradient in {what}"),
                found.reshape([length]),
                wanted.reshape([length]),
            );
        }
    }
}

fn close(what: &str, found: Tensor<1>, wanted: Tensor<1>) {
    assert!(!found.is_autodiff(), "{what}");
    let scale: f64 = wanted.clone().abs().max().into_scalar();
    let off: f64 = (found - wanted).abs().max().into_scalar();
    // A convolution's bias before a normalisation has no gradient but rounding.
    assert!(off < 1e-11 * scale.max(1e-3), "{what} is off by {off:e} of {scale:e}");
}

fn spec(norm: Norm, activation: Activation, pooling: Pooling) -> NetworkSpec {
    NetworkSpec { width: 4, depth: 2, activation, norm, pooling, ..NetworkSpec::default() }
}

#[test]
fn every_network_gives_what_the_tape_gives() {
    for &norm in Norm::ALL {
        for &activation in Activation::ALL {
            for &pooling in Pooling::ALL {
                let case = Case::new(&spec(norm, activation, pooling), [2, 9, 7]);
                case.check(Capacity::default(), &[3, 3]);
            }
        }
    }
}

#[test]
fn sides_and_batches_may_be_odd_single_or_unequal() {
    for norm in [Norm::Instance, Norm::Layer, Norm::Batch] {
        let spec = NetworkSpec { depth: 3, ..spec(norm, Activation::Swish, Pooling::Average) };
        let case = Case::new(&spec, [1, 28, 28]);
        case.check(Capacity::default(), &[1]);
        case.check(Capacity::default(), &[2, 5, 1]);
    }
}

#[test]
fn groups_and_portions_change_nothing() {
    let spec = spec(Norm::Instance, Activation::Relu, Pooling::Max);
    let case = Case::new(&spec, [1, 9, 7]);
    let Footprint { largest_map, .. } = case.network.footprint(Order::First);
    for images in [1, 4, 8, 100] {
        let bytes = images * 4 * largest_map.max(case.network.footprint(Order::First).layout);
        let capacity = Capacity { tensor: bytes, pass: 1 << 30 };
        assert_eq!(capacity.images(&case.network, Order::First), images as usize);
        case.check(capacity, &[4, 4, 3, 4, 1]);
    }
}

#[test]
fn batches_are_grouped_whole_where_they_fit_and_in_even_portions_where_not() {
    let laid_out = |sizes: &[usize], most: usize| -> Vec<(Range<usize>, Vec<usize>)> {
        let group = |Group { batches, portions }: Group| {
            let ends = portions.iter().map(|portion| portion.end).collect();
            let starts: Vec<_> = portions.iter().map(|portion| portion.start).collect();
            assert!(
                starts[0] == 0
                    && starts[1..]
                        .iter()
                        .eq(portions.iter().map(|p| &p.end).take(starts.len() - 1))
            );
            (batches, ends)
        };
        by_size(sizes, most).into_iter().map(group).collect()
    };
    assert_eq!(laid_out(&[4, 4, 2], 9), [(0..2, vec![8]), (2..3, vec![2])]);
    assert_eq!(laid_out(&[5], 9), [(0..1, vec![5])]);
    assert_eq!(laid_out(&[7, 3], 3), [(0..1, vec![3, 6, 7]), (1..2, vec![3])]);
    assert_eq!(laid_out(&[2], 1), [(0..1, vec![1, 2])]);
    assert_eq!(laid_out(&[], 1), []);
}

/// Embeddings, and slopes of images from made-up ones of theirs, against the tape, at once and in groups.
#[test]
fn embeddings_there_and_back_are_those_of_the_tape() {
    for norm in [Norm::Instance, Norm::Layer, Norm::Batch] {
        let spec = NetworkSpec { width: 4, depth: 2, norm, ..NetworkSpec::default() };
        let case = Case::new(&spec, [2, 9, 7]);
        let Case { network, parameters, statistics, .. } = &case;
        let images = normal(7 * 2 * 63, 3).reshape([7, 2, 9, 7]);
        let slopes: Tensor<2> = normal(7 * network.features(), 4).reshape([7, network.features()]);
        let leaf = images.clone().autodiff().require_grad();
        let values = parameters.detach().values();
        let frozen = crate::nets::Statistics::Frozen(statistics);
        let wanted = network.embed(&values, leaf.clone().into(), frozen).primal;
        let mut pulled = (wanted.clone() * slopes.clone().autodiff()).sum().backward();
        let (wanted, back) = (wanted.inner(), leaf.grad_remove(&mut pulled).unwrap());
        let footprint = network.footprint(Order::First);
        let three =
            Capacity { tensor: 3 * 4 * footprint.largest_map.max(footprint.layout), pass: 1 << 30 };
        for capacity in [Capacity::default(), three] {
            let (found, slopes_of) =
                through_embeddings(capacity, network, parameters, statistics, &images, |rows| {
                    assert_eq!(rows.dims(), slopes.dims());
                    slopes.clone()
                });
            let off = |found: Tensor<1>, wanted: Tensor<1>| -> f64 {
                (found - wanted).abs().max().into_scalar()
            };
            let flat = |rows: Tensor<2>| rows.flatten::<1>(0, 1);
            assert!(off(flat(found), flat(wanted.clone())) < 1e-10, "{norm}");
            let flat = |maps: Tensor<4>| maps.flatten::<1>(0, 3);
            assert!(off(flat(slopes_of), flat(back.clone())) < 1e-10, "{norm}");
            let alone = embeddings(capacity, network, parameters, statistics, &images);
            assert!((alone - wanted.clone()).abs().max().into_scalar::<f64>() < 1e-10, "{norm}");
            let found = logits(capacity, network, parameters, statistics, &images);
            assert_eq!(found.dims(), [7, 3]);
        }
    }
}
