//! A learner as a checkpoint keeps it: named lists of numbers, and what it knows beside them.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    engine::{failure::Failure, laboratory::Laboratory, transfer},
    nets::{Adam, Betas, NetworkState},
};

const ADVICE: &str = "remove the checkpoint folder to start the run from the beginning";

/// What is written down and read again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// Lists by their names.
    pub lists: BTreeMap<String, Vec<f32>>,
    /// All else.
    pub about: Value,
}

impl Stored {
    /// Adds a tensor.
    pub fn put<const D: usize>(&mut self, name: &str, tensor: &Tensor<D>) -> Result<(), Failure> {
        self.lists.insert(name.to_owned(), transfer::to_host(tensor.clone())?);
        Ok(())
    }

    /// Adds a network.
    pub fn put_network(&mut self, state: &NetworkState) -> Result<(), Failure> {
        let NetworkState { parameters, statistics } = state;
        let mut put = |name: &str, list| self.lists.insert(name.to_owned(), list);
        put("parameters", transfer::parameters_to_host(parameters)?);
        put("statistics", transfer::statistics_to_host(statistics)?);
        Ok(())
    }

    /// Adds an optimiser, its moments as one list.
    pub fn put_adam(&mut self, name: &str, adam: &Adam) -> Result<(), Failure> {
        let mut flat = vec![adam.steps as f32];
        for moment in &adam.moments {
            flat.extend(transfer::to_host(moment.clone())?);
        }
        self.lists.insert(name.to_owned(), flat);
        Ok(())
    }

    /// The list with this name, if there is one that holds anything.
    pub fn take(&mut self, name: &str) -> Option<Vec<f32>> {
        self.lists.remove(name).filter(|list| !list.is_empty())
    }

    /// The list with this name as a tensor of `shape`.
    pub fn tensor<const D: usize>(
        &mut self,
        laboratory: &Laboratory,
        name: &str,
        shape: [usize; D],
    ) -> Result<Option<Tensor<D>>, Failure> {
        let Some(list) = self.take(name) else { return Ok(None) };
        let found = list.len();
        if found != shape.iter().product::<usize>() {
            let reason = format!("the checkpoint's `{name}` holds {found} values for {shape:?}");
            return Err(Failure::new(reason, ADVICE));
        }
        Ok(Some(Tensor::from_data(TensorData::new(list, shape), &laboratory.device)))
    }

    /// The network, if there is one.
    pub fn network(&mut self, laboratory: &Laboratory) -> Result<Option<NetworkState>, Failure> {
        let Some(parameters) = self.take("parameters") else { return Ok(None) };
        let statistics = self.take("statistics").unwrap_or_default();
        Ok(Some(NetworkState {
            parameters: transfer::parameters(laboratory, parameters)?,
            statistics: transfer::statistics(laboratory, &statistics)?,
        }))
    }

    /// The optimiser of tensors with these lengths.
    pub fn adam(
        &mut self,
        laboratory: &Laboratory,
        name: &str,
        betas: Betas,
        lengths: &[usize],
    ) -> Result<Adam, Failure> {
        let Some(list) = self.take(name) else { return Ok(Adam::new(betas)) };
        let (steps, mut rest) = (list[0] as u64, &list[1..]);
        let mut moments = Vec::new();
        if !rest.is_empty() {
            for length in lengths.iter().chain(lengths) {
                let Some((values, behind)) = rest.split_at_checked(*length) else {
                    let reason = format!("the checkpoint's `{name}` is too short");
                    return Err(Failure::new(reason, ADVICE));
                };
                rest = behind;
                let data = TensorData::new(values.to_vec(), [*length]);
                moments.push(Tensor::from_data(data, &laboratory.device));
            }
        }
        Ok(Adam::restored(betas, steps, moments))
    }

    /// What was said beside the numbers.
    pub fn said<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_value(self.about.clone())
            .map_err(|error| Failure::new(format!("the checkpoint is damaged: {error}"), ADVICE))
    }

    /// Says something beside the numbers.
    pub fn say(&mut self, what: &impl Serialize) -> Result<(), Failure> {
        self.about = serde_json::to_value(what).map_err(Failure::plain)?;
        Ok(())
    }
}
