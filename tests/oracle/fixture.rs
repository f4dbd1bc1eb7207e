//! One case of the fixtures: its entry in the index, and its tensors.

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use stillroom::nets::{Network, NormStatistics, Parameters, RunningStatistics};
use stillroom::nets::{ParameterInfo, ParameterKind};
use stillroom::spec::{Architecture, NetworkSpec};

use super::Ground;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/parity");

/// The names of all cases of a kind: `network` or `trajectory`.
pub fn names(kind: &str) -> Vec<String> {
    let cases = index();
    let of_kind = cases.iter().filter(|case| case["kind"] == kind);
    of_kind.map(|case| case["name"].as_str().unwrap().to_owned()).collect()
}

fn index() -> Vec<Value> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&text).unwrap();
    index["cases"].as_array().unwrap().clone()
}

pub struct Fixture {
    pub entry: Value,
    bytes: Vec<u8>,
}

impl Fixture {
    pub fn load(name: &str) -> Self {
        let entry = index().into_iter().find(|case| case["name"] == name).unwrap();
        let file = Path::new(FOLDER).join(entry["file"].as_str().unwrap());
        Self { entry, bytes: std::fs::read(file).unwrap() }
    }

    pub fn number(&self, key: &str) -> usize {
        self.entry[key].as_u64().unwrap() as usize
    }

    pub fn values(&self, key: &str) -> Vec<f64> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = tensors.tensor(key).unwrap_or_else(|error| panic!("{key}: {error}"));
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => bytes
                .chunks_exact(4)
                .map(|word| f64::from(f32::from_le_bytes(word.try_into().unwrap())))
                .collect(),
            Dtype::I64 => bytes
                .chunks_exact(8)
                .map(|word| i64::from_le_bytes(word.try_into().unwrap()) as f64)
                .collect(),
            other => panic!("{key} is {other:?}"),
        }
    }

    pub fn tensor<const D: usize>(&self, key: &str, ground: &Ground) -> Tensor<D> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let shape = tensors.tensor(key).unwrap().shape().to_vec();
        Tensor::from_data(TensorData::new(self.values(key), shape), (&ground.device, ground.dtype))
    }

    /// The network that the case is about; its parameters have to be `PyTorch`'s in name, order and shape.
    pub fn network(&self) -> Network {
        let shape: Vec<usize> = serde_json::from_value(self.entry["shape"].clone()).unwrap();
        let mut spec: NetworkSpec = self.entry["network"].as_str().unwrap().parse().unwrap();
        if spec.architecture == Architecture::ConvNet {
            spec.width = self.number("width");
        }
        let network =
            Network::new(&spec, shape.try_into().unwrap(), self.number("classes")).unwrap();
        if let Some(parameters) = self.entry["parameters"].as_object() {
            assert_eq!(network.infos().len(), parameters.len());
            for info in network.infos().iter() {
                let shape: Vec<usize> =
                    serde_json::from_value(parameters[&info.name].clone()).unwrap();
                assert_eq!(info.shape, shape, "{}", info.name);
            }
        }
        network
    }

    /// The tensors `prefix/name` for every parameter of the network, in its order.
    pub fn list(&self, network: &Network, prefix: &str) -> Vec<Vec<f64>> {
        network.infos().iter().map(|info| self.values(&format!("{prefix}/{}", info.name))).collect()
    }

    pub fn parameters(&self, network: &Network, prefix: &str, ground: &Ground) -> Parameters {
        let values = if self.stores_parameters() {
            self.list(network, prefix)
        } else {
            self.made_up(network)
        };
        Parameters::from_host(network.infos().clone(), values, &ground.device, ground.dtype)
            .unwrap()
    }

    /// Whether parameters and their gradients are in the file; of large networks they are not.
    pub fn stores_parameters(&self) -> bool {
        self.entry["parameters_stored"].as_bool().unwrap_or(true)
    }

    /// The parameters that the index has a recipe for.
    fn made_up(&self, network: &Network) -> Vec<Vec<f64>> {
        let seed = self.entry["seed"].as_u64().unwrap();
        let tensor = |(at, info): (usize, &ParameterInfo)| -> Vec<f64> {
            let u = uniform(1000 * seed + at as u64, info.len());
            let single = |value: f32| f64::from(value);
            match info.kind {
                ParameterKind::Affine { fan_in } if info.name.ends_with("weight") => {
                    let gain = (2.0 / (fan_in as f64).sqrt()) as f32;
                    u.map(|u| single(u * gain)).collect()
                }
                ParameterKind::NormWeight => u.map(|u| single(1.0 + u / 4.0)).collect(),
                ParameterKind::Affine { .. } | ParameterKind::NormBias => {
                    u.map(|u| single(u / 8.0)).collect()
                }
            }
        };
        network.infos().iter().enumerate().map(tensor).collect()
    }

    /// The running statistics `prefix/….running_mean` and `…var`, in network order.
    pub fn statistics(
        &self,
        network: &Network,
        prefix: &str,
        ground: &Ground,
    ) -> RunningStatistics {
        let modules = norm_modules(network);
        let layer = |module: &String| NormStatistics {
            mean: self.tensor(&format!("{prefix}/{module}.running_mean"), ground),
            variance: self.tensor(&format!("{prefix}/{module}.running_var"), ground),
        };
        RunningStatistics { layers: modules.iter().map(layer).collect() }
    }
}

/// The modules that are batch normalisations.
pub fn norm_modules(network: &Network) -> Vec<String> {
    let norms = network.infos().iter().filter(|info| {
        network.has_batch_norm() && info.shape.len() == 1 && info.name.ends_with("weight")
    });
    norms.map(|info| info.name.trim_end_matches(".weight").to_owned()).collect()
}

/// The recipe's numbers between -1 and 1: as many as a tensor of that stream has.
pub fn uniform(stream: u64, count: usize) -> impl Iterator<Item = f32> {
    (1..=count as u64).map(move |element| {
        let z = ((stream << 32) + element).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) >> 40) as f32 / 8_388_608.0 - 1.0
    })
}
