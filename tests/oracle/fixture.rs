//! One case of the fixtures: its entry in the index, and its tensors.

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use stillroom::nets::{ConvNet, NormStatistics, Parameters, RunningStatistics};
use stillroom::spec::{Activation, NetworkSpec, Norm, Pooling};

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

    /// The network that the case is about; its parameters have to be PyTorch's in name, order and shape.
    pub fn network(&self) -> ConvNet {
        let shape: Vec<usize> = serde_json::from_value(self.entry["shape"].clone()).unwrap();
        let spec = spec(self.entry["network"].as_str().unwrap(), self.number("width"));
        let network =
            ConvNet::new(&spec, shape.try_into().unwrap(), self.number("classes")).unwrap();
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
    pub fn list(&self, network: &ConvNet, prefix: &str) -> Vec<Vec<f64>> {
        network.infos().iter().map(|info| self.values(&format!("{prefix}/{}", info.name))).collect()
    }

    pub fn parameters(&self, network: &ConvNet, prefix: &str, ground: &Ground) -> Parameters {
        let values = self.list(network, prefix);
        Parameters::from_host(network.infos().clone(), values, &ground.device, ground.dtype)
            .unwrap()
    }

    /// The running statistics `prefix/….running_mean` and `…var`, in network order.
    pub fn statistics(
        &self,
        network: &ConvNet,
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
pub fn norm_modules(network: &ConvNet) -> Vec<String> {
    let norms = network.infos().iter().filter(|info| {
        network.has_batch_norm() && info.shape.len() == 1 && info.name.ends_with("weight")
    });
    norms.map(|info| info.name.trim_end_matches(".weight").to_owned()).collect()
}

/// The options behind a name such as `ConvNetASwishBN`.
fn spec(name: &str, width: usize) -> NetworkSpec {
    let mut spec = NetworkSpec {
        width,
        depth: 3,
        activation: Activation::Relu,
        norm: Norm::Instance,
        pooling: Pooling::Average,
    };
    match name.strip_prefix("ConvNet").unwrap() {
        "" => {}
        "D1" => spec.depth = 1,
        "D4" => spec.depth = 4,
        "AS" => spec.activation = Activation::Sigmoid,
        "AL" => spec.activation = Activation::LeakyRelu,
        "ASwish" => spec.activation = Activation::Swish,
        "ASwishBN" => (spec.activation, spec.norm) = (Activation::Swish, Norm::Batch),
        "NN" => spec.norm = Norm::None,
        "BN" => spec.norm = Norm::Batch,
        "LN" => spec.norm = Norm::Layer,
        "GN" => spec.norm = Norm::Group,
        "NP" => spec.pooling = Pooling::None,
        "MP" => spec.pooling = Pooling::Max,
        other => panic!("ConvNet{other} is not in the fixtures"),
    }
    spec
}
