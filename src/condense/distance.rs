//! How far two sets of gradients are from each other, and the direction in which that changes.
//!
//! With a the synthetic and b the real gradients (DC, section 3.3; reference section 1.6):
//!
//! ```text
//! ours:  D = Σ over rows of every tensor of rank ≥ 2:  1 − ⟨a,b⟩ / (‖a‖‖b‖ + ε),   ε = 10⁻⁶
//! mse:   D = Σ (a − b)²                    over all parameters as one vector
//! cos:   D = 1 − ⟨a,b⟩ / (‖a‖‖b‖ + ε)      over all parameters as one vector
//! ```
//!
//! A row is what feeds one output: [out, in·kh·kw] of a convolution, [out, in] of a linear layer,
//! [channels, h·w] of layer normalisation. `ours` leaves out tensors of rank one: biases, and the affine
//! parameters of the other normalisations. Matching needs v = ∂D/∂a, which is as closed a formula:
//!
//! ```text
//! cosine c = ⟨a,b⟩ / d,  d = ‖a‖‖b‖ + ε:   v = ( c·‖b‖/‖a‖ · a − b ) / d
//! mse:                                     v = 2·(a − b)
//! ```
//!
//! A row of zeros has cosine 0: it contributes 1, and a/‖a‖ counts as 0, so that v stays finite and is
//! zero where both sides are (units that are dead for both).

use burn::tensor::Tensor;

use crate::nets::{Direction, Stacked};
use crate::spec::Distance;

/// What is added to the product of norms.
const EPSILON: f64 = 1e-6;

/// The distances of two stacks of gradients, still on the device.
#[derive(Debug, Clone)]
pub struct Matched {
    /// D of each batch, \[batches\].
    pub distances: Tensor<1>,
    /// v = ∂D/∂(synthetic gradients), one flat tensor [batches · length] per parameter; `None` where it is
    /// zero because the distance leaves the parameter out.
    pub direction: Direction,
}

/// Measures synthetic against real gradients of the same network and number of batches, both outside any
/// autodiff graph.
pub fn distance(metric: Distance, synthetic: &Stacked, real: &Stacked) -> Matched {
    match metric {
        Distance::Ours => by_rows(synthetic, real),
        Distance::Mse => squared(synthetic, real),
        Distance::Cos => by_angle(synthetic, real),
    }
}

fn pairs<'a>(
    synthetic: &'a Stacked,
    real: &'a Stacked,
) -> impl Iterator<Item = (Tensor<1>, Tensor<1>)> + 'a {
    synthetic.tensors.iter().cloned().zip(real.tensors.iter().cloned())
}

/// One minus cosine, from ⟨a,b⟩, ‖a‖² and ‖b‖² of the same shape.
struct Angle<const D: usize> {
    /// 1 − c.
    distance: Tensor<D>,
    /// What a is multiplied with in v.
    of_synthetic: Tensor<D>,
    /// What b is multiplied with in v.
    of_real: Tensor<D>,
}

fn angle<const D: usize>(product: Tensor<D>, squares: [Tensor<D>; 2]) -> Angle<D> {
    let [synthetic, real] = squares.map(Tensor::sqrt);
    let scale = (synthetic.clone() * real.clone() + EPSILON).recip();
    let cosine = product * scale.clone();
    let dead = synthetic.clone().equal_scalar(0);
    let of_synthetic = cosine.clone() * real / synthetic.mask_fill(dead, 1) * scale.clone();
    Angle { distance: -cosine + 1.0, of_synthetic, of_real: -scale }
}

/// The sum over each batch of a tensor [batches · n, …], \[batches\].
fn sums<const D: usize>(parts: Tensor<D>, batches: usize) -> Tensor<1> {
    if batches == 1 {
        return parts.sum();
    }
    let each = parts.dims().iter().product::<usize>() / batches;
    parts.reshape([batches, each]).sum_dim(1).reshape([batches])
}

fn by_rows(synthetic: &Stacked, real: &Stacked) -> Matched {
    let batches = synthetic.batches;
    let mut total: Option<Tensor<1>> = None;
    let mut direction = Vec::with_capacity(synthetic.infos.len());
    for (info, (a, b)) in synthetic.infos.iter().zip(pairs(synthetic, real)) {
        if info.shape.len() < 2 {
            direction.push(None);
            continue;
        }
        let rows = [batches * info.shape[0], info.len() / info.shape[0]];
        let [a, b]: [Tensor<2>; 2] = [a, b].map(|part| part.reshape(rows));
        let product = (a.clone() * b.clone()).sum_dim(1);
        let squares = [a.clone(), b.clone()].map(|part| part.square().sum_dim(1));
        let angle = angle(product, squares);
        let distances = sums(angle.distance, batches);
        total = Some(total.map_or(distances.clone(), |total| total + distances));
        let along = a * angle.of_synthetic + b * angle.of_real;
        direction.push(Some(along.reshape([batches * info.len()])));
    }
    Matched { distances: total.unwrap_or_else(|| zeros(synthetic)), direction }
}

fn squared(synthetic: &Stacked, real: &Stacked) -> Matched {
    let differences: Vec<_> = pairs(synthetic, real).map(|(a, b)| a - b).collect();
    let squares =
        differences.iter().map(|difference| sums(difference.clone().square(), synthetic.batches));
    Matched {
        distances: squares.reduce(|total, part| total + part).unwrap_or_else(|| zeros(synthetic)),
        direction: differences.into_iter().map(|difference| Some(difference * 2.0)).collect(),
    }
}

fn by_angle(synthetic: &Stacked, real: &Stacked) -> Matched {
    let batches = synthetic.batches;
    let mut totals = [zeros(synthetic), zeros(synthetic), zeros(synthetic)];
    for (a, b) in pairs(synthetic, real) {
        let parts = [a.clone() * b.clone(), a.square(), b.square()];
        for (total, part) in totals.iter_mut().zip(parts) {
            total.inplace(|total| total + sums(part, batches));
        }
    }
    let [product, of_synthetic, of_real] = totals;
    let angle = angle(product, [of_synthetic, of_real]);
    let [of_synthetic, of_real] =
        [angle.of_synthetic, angle.of_real].map(|factor| factor.reshape([batches, 1]));
    let along = |(a, b): (Tensor<1>, Tensor<1>)| {
        let length = a.dims()[0];
        let [a, b]: [Tensor<2>; 2] = [a, b].map(|part| part.reshape([batches, length / batches]));
        Some((a * of_synthetic.clone() + b * of_real.clone()).reshape([length]))
    };
    Matched { distances: angle.distance, direction: pairs(synthetic, real).map(along).collect() }
}

/// A zero for each batch, of the gradients' device and dtype.
fn zeros(like: &Stacked) -> Tensor<1> {
    like.tensors.first().map_or_else(
        || Tensor::zeros([like.batches], &burn::tensor::Device::flex()),
        |tensor| Tensor::zeros([like.batches], (&tensor.device(), tensor.dtype())),
    )
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;
    use crate::nets::{ParameterInfo, ParameterKind, Parameters};
    use crate::random::{Purpose, stream};

    const SHAPES: [&[usize]; 4] = [&[3, 2, 2, 2], &[3], &[2, 3, 2], &[4, 5]];

    fn gradients(index: u64) -> Vec<Vec<f64>> {
        let mut random = stream(1, Purpose::RealBatch, &[index]);
        let mut draw = |_| StandardNormal.sample(&mut random);
        SHAPES.iter().map(|shape| (0..shape.iter().product()).map(&mut draw).collect()).collect()
    }

    fn list(values: &[Vec<f64>]) -> Stacked {
        let kind = ParameterKind::NormBias;
        let info =
            |shape: &&[usize]| ParameterInfo { name: "p".into(), shape: shape.to_vec(), kind };
        let infos: Vec<_> = SHAPES.iter().map(info).collect();
        Parameters::from_host(infos.into(), values.to_vec(), &Device::flex(), DType::F64)
            .unwrap()
            .into()
    }

    fn value(metric: Distance, a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
        distance(metric, &list(a), &list(b)).distances.into_scalar()
    }

    fn direction(metric: Distance, a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Option<Vec<f64>>> {
        let direction = distance(metric, &list(a), &list(b)).direction;
        direction.into_iter().map(|part| part.map(|v| v.try_into_vec_as().unwrap())).collect()
    }

    #[test]
    fn the_direction_is_the_derivative_of_the_distance() {
        let (a, b, along) = (gradients(0), gradients(1), gradients(2));
        let moved = |step: f64| -> Vec<Vec<f64>> {
            let part = |(a, along): (&Vec<f64>, &Vec<f64>)| {
                a.iter().zip(along).map(|(a, along)| a + step * along).collect()
            };
            a.iter().zip(&along).map(part).collect()
        };
        for &metric in Distance::ALL {
            let step = 1e-5;
            let ahead = value(metric, &moved(step), &b);
            let numeric = (ahead - value(metric, &moved(-step), &b)) / (2.0 * step);
            let parts = direction(metric, &a, &b);
            assert_eq!(
                parts.iter().filter(|part| part.is_none()).count(),
                match metric {
                    Distance::Ours => 1,
                    Distance::Mse | Distance::Cos => 0,
                }
            );
            let exact: f64 = parts
                .iter()
                .zip(&along)
                .filter_map(|(v, along)| Some((v.as_ref()?, along)))
                .flat_map(|(v, along)| v.iter().zip(along).map(|(v, along)| v * along))
                .sum();
            assert!((exact - numeric).abs() < 1e-8 * numeric.abs().max(1.0), "{metric}");
        }
    }

    #[test]
    fn equal_gradients_are_no_distance_apart_and_opposite_ones_two_a_row() {
        let a = gradients(0);
        let opposite: Vec<Vec<f64>> =
            a.iter().map(|part| part.iter().map(|value| -value).collect()).collect();
        // 3 rows of the convolution, 2 of the layer norm and 4 of the linear layer; rank one is left out.
        assert!(value(Distance::Ours, &a, &a).abs() < 1e-5);
        assert!((value(Distance::Ours, &a, &opposite) - 18.0).abs() < 1e-5);
        assert!((value(Distance::Cos, &a, &opposite) - 2.0).abs() < 1e-6);
        let squares: f64 = a.iter().flatten().map(|value| value * value).sum();
        assert!((value(Distance::Mse, &a, &opposite) - 4.0 * squares).abs() < 1e-9);
        assert!(value(Distance::Mse, &a, &a).abs() < 1e-15);
    }

    #[test]
    fn dead_rows_contribute_one_and_no_direction() {
        let zeros: Vec<Vec<f64>> = gradients(0).iter().map(|part| vec![0.0; part.len()]).collect();
        assert!((value(Distance::Ours, &zeros, &zeros) - 9.0).abs() < 1e-15);
        assert!((value(Distance::Cos, &zeros, &zeros) - 1.0).abs() < 1e-15);
        for &metric in Distance::ALL {
            let parts = direction(metric, &zeros, &zeros);
            assert!(parts.iter().flatten().flatten().all(|v| *v == 0.0), "{metric}");
            let parts = direction(metric, &zeros, &gradients(1));
            assert!(parts.iter().flatten().flatten().all(|v| v.is_finite()), "{metric}");
        }
    }

    #[test]
    fn batches_side_by_side_are_measured_each_on_its_own() {
        let side_by_side = |index: u64| -> (Vec<Vec<Vec<f64>>>, Stacked) {
            let alone: Vec<_> = (0..3).map(|batch| gradients(10 * index + batch)).collect();
            let tensors = (0..SHAPES.len()).map(|at| {
                let values = alone.iter().flat_map(|batch| batch[at].clone()).collect::<Vec<_>>();
                Tensor::from_data(values.as_slice(), (&Device::flex(), DType::F64))
            });
            let tensors = tensors.collect();
            let infos = list(&alone[0]).infos;
            (alone, Stacked { batches: 3, infos, tensors })
        };
        let ((a, synthetic), (b, real)) = (side_by_side(1), side_by_side(2));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs().max(1.0);
        for &metric in Distance::ALL {
            let together = distance(metric, &synthetic, &real);
            let distances: Vec<f64> = together.distances.try_into_vec_as().unwrap();
            for batch in 0..3 {
                assert!(near(distances[batch], value(metric, &a[batch], &b[batch])), "{metric}");
                let alone = direction(metric, &a[batch], &b[batch]);
                for (together, alone) in together.direction.iter().zip(alone) {
                    let (Some(together), Some(alone)) = (together, &alone) else {
                        assert!(together.is_none() && alone.is_none());
                        continue;
                    };
                    let own = together.clone().narrow(0, batch * alone.len(), alone.len());
                    let own: Vec<f64> = own.try_into_vec_as().unwrap();
                    assert!(own.iter().zip(alone).all(|(a, b)| near(*a, *b)), "{metric}");
                }
            }
        }
    }
}
