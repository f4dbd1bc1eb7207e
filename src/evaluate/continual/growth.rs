//! A network that gets outputs for classes it has not seen before.
//!
//! The softmax is over the classes seen so far: outputs for others are not there yet. What is there keeps its
//! weights; new rows of the last linear layer start as those of a fresh network do (reference section 3.7).

use burn::tensor::{DType, Device, Tensor};

use crate::{
    nets::{Network, NetworkState, Parameters},
    random::{Purpose, stream},
};

/// How `network`, with the outputs of all classes so far, starts into `task` (from 0): with all that `before`
/// knows, which has no more outputs than it, or fresh.
pub fn grown(
    network: &Network,
    before: Option<&NetworkState>,
    seed: u64,
    task: u64,
    device: &Device,
) -> NetworkState {
    let mut random = stream(seed, Purpose::TaskNetwork, &[task]);
    let fresh = network.initialise(&mut random, device, DType::F32);
    let Some(NetworkState { parameters, statistics }) = before else {
        let statistics = network.fresh_statistics(device, DType::F32);
        return NetworkState { parameters: fresh, statistics };
    };
    // Weight and bias of the last linear layer are the last two, and their rows the outputs: old ones first.
    let longer = |(old, fresh): (&Tensor<1>, &Tensor<1>)| {
        let ([known], [all]) = (old.dims(), fresh.dims());
        if known == all {
            return old.clone();
        }
        Tensor::cat(vec![old.clone(), fresh.clone().narrow(0, known, all - known)], 0)
    };
    let tensors = parameters.tensors().iter().zip(fresh.tensors()).map(longer).collect();
    let parameters = Parameters::new(network.infos().clone(), tensors);
    NetworkState { parameters, statistics: statistics.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        nets::{inference, layers::finite_differences::normal},
        spec::NetworkSpec,
    };

    #[test]
    fn a_grown_network_answers_as_before_and_has_fresh_outputs_beside() {
        let spec = NetworkSpec { width: 8, depth: 2, ..NetworkSpec::default() };
        let network = |classes| Network::new(&spec, [1, 8, 8], classes).unwrap();
        let (two, five, device) = (network(2), network(5), Device::flex());
        let before = grown(&two, None, 3, 0, &device);
        let after = grown(&five, Some(&before), 3, 1, &device);
        let images = normal(4 * 64, 0).reshape([4, 1, 8, 8]).cast(DType::F32);
        let logits = |network: &Network, state: &NetworkState| {
            let NetworkState { parameters, statistics } = state;
            inference::logits(network, parameters, statistics, &images).unwrap()
        };
        let (old, new) = (logits(&two, &before), logits(&five, &after));
        for (old, new) in old.chunks_exact(2).zip(new.chunks_exact(5)) {
            assert!(old.iter().zip(new).all(|(a, b)| (a - b).abs() < 1e-5), "{old:?} {new:?}");
            assert!(new[2..].iter().all(|logit| *logit != 0.0));
        }
        let fresh = grown(&five, None, 3, 1, &device);
        let last = |state: &NetworkState| state.parameters.to_host::<f32>().unwrap().pop().unwrap();
        assert_eq!(last(&after)[2..], last(&fresh)[2..]);
        assert_ne!(last(&after)[..2], last(&fresh)[..2]);
    }
}
