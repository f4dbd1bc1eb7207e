//! How a fresh network starts.
//!
//! `PyTorch`'s defaults (reference section 3.7): weights and biases of convolutions and linear layers are
//! uniform in ±1/√`fan_in`. Dataset distillation's (5.6): weights are normal with variance
//! 2 / (`fan_in` + `fan_out`), after Xavier Glorot, and biases 0. Normalisations start as the identity, weight 1
//! and bias 0. All numbers are drawn on the host, in network order, so a seed gives the same network on
//! every device.

use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::{Rng, RngExt, distr::Distribution};
use rand_distr::StandardNormal;

use super::parameters::{ParameterInfo, ParameterKind, Parameters};

/// What weights are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// `PyTorch`'s intervals.
    #[default]
    Uniform,
    /// Glorot's normal distributions.
    Xavier,
}

/// Draws fresh parameters as f32 and puts them on `device` as `dtype`.
pub fn initialise(
    infos: &Arc<[ParameterInfo]>,
    start: Start,
    random: &mut impl Rng,
    device: &Device,
    dtype: DType,
) -> Parameters {
    let tensor = |info: &ParameterInfo| {
        let data = TensorData::new(draw(info, start, random), [info.len()]);
        Tensor::from_data(data, (device, dtype))
    };
    let tensors = infos.iter().map(tensor).collect();
    Parameters::new(Arc::clone(infos), tensors)
}

fn draw(info: &ParameterInfo, start: Start, random: &mut impl Rng) -> Vec<f32> {
    match info.kind {
        ParameterKind::Affine { .. } if start == Start::Xavier && info.shape.len() < 2 => {
            vec![0.0; info.len()]
        }
        ParameterKind::Affine { fan_in } if start == Start::Xavier => {
            // [out, in, …]: as many values meet in an input as in an output, but for their numbers.
            let fan_out = info.len() / info.shape[1].max(1);
            let std = (2.0 / (fan_in + fan_out) as f32).sqrt();
            let normal = |_| -> f32 { StandardNormal.sample(random) };
            (0..info.len()).map(normal).map(|value| value * std).collect()
        }
        ParameterKind::Affine { fan_in } => {
            let bound = 1.0 / (fan_in as f32).sqrt();
            (0..info.len()).map(|_| (random.random::<f32>() * 2.0 - 1.0) * bound).collect()
        }
        ParameterKind::NormWeight => vec![1.0; info.len()],
        ParameterKind::NormBias => vec![0.0; info.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    fn info(shape: &[usize], kind: ParameterKind) -> ParameterInfo {
        ParameterInfo { name: "p".into(), shape: shape.to_vec(), kind }
    }

    #[test]
    fn affine_parameters_fill_their_interval_evenly() {
        let info = info(&[64, 4, 5, 5], ParameterKind::Affine { fan_in: 100 });
        let values = draw(&info, Start::Uniform, &mut stream(3, Purpose::NetworkInit, &[0]));
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert_eq!(values.len(), 6400);
        assert!(values.iter().all(|v| v.abs() <= 0.1) && values.iter().any(|v| v.abs() > 0.099));
        // A uniform variable on ±0.1 has variance 0.01/3; six standard errors of 6400 draws.
        assert!(mean.abs() < 6.0 * 0.0577 / 80.0, "{mean}");
        assert!((variance - 0.01 / 3.0).abs() < 6.0 * 0.00298 / 80.0, "{variance}");
    }

    #[test]
    fn a_seed_gives_the_same_network_and_another_seed_another() {
        let infos: Arc<[_]> = [
            info(&[2, 3], ParameterKind::Affine { fan_in: 3 }),
            info(&[2], ParameterKind::NormWeight),
            info(&[2], ParameterKind::NormBias),
        ]
        .into();
        let network = |seed| {
            let mut random = stream(seed, Purpose::NetworkInit, &[0]);
            initialise(&infos, Start::Uniform, &mut random, &Device::flex(), DType::F32)
                .to_host::<f32>()
                .unwrap()
        };
        assert_eq!(network(1), network(1));
        assert_ne!(network(1)[0], network(2)[0]);
        assert_eq!(network(1)[1..], [vec![1.0; 2], vec![0.0; 2]]);
    }

    #[test]
    fn glorots_variance_counts_both_fans_and_biases_are_zero() {
        let random = || stream(3, Purpose::NetworkInit, &[0]);
        let weight = info(&[64, 4, 5, 5], ParameterKind::Affine { fan_in: 100 });
        let values = draw(&weight, Start::Xavier, &mut random());
        let variance = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        // 64·25 outputs' worth of values meet in an input; the variance's relative error is √(2/6400).
        let wanted = 2.0 / (100.0 + 1600.0);
        assert!((variance / wanted - 1.0).abs() < 6.0 * 0.0177, "{variance}");
        let bias = info(&[64], ParameterKind::Affine { fan_in: 100 });
        assert_eq!(draw(&bias, Start::Xavier, &mut random()), [0.0; 64]);
    }
}
