//! Tangent rules held against finite differences, in f64.
//!
//! For a rule f, inputs x, a direction t and a cotangent c it is checked, for every choice of inputs that
//! carry a tangent, that
//! - f'(x)·t is the central difference of f along t,
//! - the pair's primal is what the plain rule gives,
//! - the reverse pass through ⟨c, f'(x)·t⟩ is the central difference of it along a direction in x: the
//!   second derivative that matching rests on.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand_distr::{Distribution, StandardNormal};

use crate::nets::value::Value;
use crate::random::{Purpose, stream};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-7;

/// A flat f64 tensor of normal numbers; equal indices give equal numbers.
pub fn normal(length: usize, index: u64) -> Tensor<1> {
    let mut random = stream(5, Purpose::SyntheticInit, &[index]);
    let values: Vec<f64> = (0..length).map(|_| StandardNormal.sample(&mut random)).collect();
    Tensor::from_data(TensorData::new(values, [length]), (&Device::flex(), DType::F64))
}

fn normals(lengths: &[usize], first: u64) -> Vec<Tensor<1>> {
    lengths.iter().zip(first..).map(|(&length, index)| normal(length, index)).collect()
}

fn host(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.try_to_vec_as().unwrap()
}

fn assert_close(what: &str, found: &Tensor<1>, expected: &Tensor<1>) {
    let (found, expected) = (host(found), host(expected));
    let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= TOLERANCE * scale, "{what}: {found} is not {expected}");
    }
}

fn moved(inputs: &[Tensor<1>], along: &[Tensor<1>], step: f64) -> Vec<Tensor<1>> {
    inputs.iter().zip(along).map(|(input, along)| input.clone() + along.clone() * step).collect()
}

/// Checks a rule whose flat inputs have these lengths.
pub fn assert_tangent_rule<const D: usize>(
    lengths: &[usize],
    rule: impl Fn(&[Value<1>]) -> Value<D>,
) {
    let inputs = normals(lengths, 0);
    for chosen in 1..1_u32 << lengths.len() {
        let mut direction = normals(lengths, 100);
        for (at, part) in direction.iter_mut().enumerate() {
            if chosen >> at & 1 == 0 {
                part.inplace(|part| part * 0.0);
            }
        }
        let pair = |inputs: &[Tensor<1>]| {
            let values =
                inputs.iter().zip(&direction).enumerate().map(|(at, (input, along))| Value {
                    primal: input.clone(),
                    tangent: (chosen >> at & 1 == 1).then(|| along.clone()),
                });
            let value = rule(&values.collect::<Vec<_>>());
            (flat(value.primal), flat(value.tangent.unwrap()))
        };
        let plain = |inputs: &[Tensor<1>]| {
            let values: Vec<_> = inputs.iter().cloned().map(Value::from).collect();
            let value = rule(&values);
            assert!(value.tangent.is_none());
            flat(value.primal)
        };

        let (primal, tangent) = pair(&inputs);
        assert_close("primal", &primal, &plain(&inputs));
        let ahead = plain(&moved(&inputs, &direction, STEP));
        let behind = plain(&moved(&inputs, &direction, -STEP));
        assert_close("tangent", &tangent, &((ahead - behind) / (2.0 * STEP)));

        let cotangent = normal(tangent.dims()[0], 200);
        let along = normals(lengths, 300);
        let scalar = |inputs: &[Tensor<1>]| (pair(inputs).1 * cotangent.clone()).sum();
        let leaves: Vec<_> = inputs.iter().map(|x| x.clone().autodiff().require_grad()).collect();
        let mut second = Tensor::zeros([1], (&Device::flex(), DType::F64));
        let value = scalar(&leaves);
        if value.is_tracked() {
            let mut gradients = value.backward();
            for (leaf, along) in leaves.iter().zip(&along) {
                // An input may enter the tangent linearly or not at all.
                if let Some(gradient) = leaf.grad_remove(&mut gradients) {
                    second = second + (gradient * along.clone()).sum();
                }
            }
        }
        let ahead = scalar(&moved(&inputs, &along, STEP));
        let behind = scalar(&moved(&inputs, &along, -STEP));
        assert_close("second derivative", &second, &((ahead - behind) / (2.0 * STEP)));
    }
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let length: usize = tensor.dims().iter().product();
    tensor.reshape([length])
}
