//! A network case: logits, losses, parameter gradients, distances and image gradients.

use burn::tensor::{Int, Tensor};
use stillroom::condense::{ClassPair, GradientMatching, Side, distance};
use stillroom::nets::layers::cross_entropy::cross_entropy;
use stillroom::nets::{
    Batch, Capacity, ConvNet, Labels, Parameters, RunningStatistics, Statistics, Value, per_batch,
};
use stillroom::spec::{Distance, Precision};

use super::Ground;
use super::closeness::Closeness;
use super::fixture::{Fixture, norm_modules};

pub fn host<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.try_to_vec_as().unwrap()
}

/// Checks everything that the case holds; returns the largest error and where it was.
pub fn check(name: &str, ground: &Ground) -> (f64, String) {
    let fixture = Fixture::load(name);
    let network = fixture.network();
    let parameters = fixture.parameters(&network, "state", ground);
    let statistics = fixture.statistics(&network, "state", ground);
    let mut close = Closeness::new(name, ground.tolerance);
    check_statistics(&fixture, &network, &parameters, ground, &mut close);

    let names: Vec<String> = network.infos().iter().map(|info| info.name.clone()).collect();
    let class = fixture.values("real_y")[0] as usize;
    let matching = |metric| GradientMatching {
        network: &network,
        parameters: &parameters,
        statistics: &statistics,
        metric,
        real_precision: Precision::F32,
        capacity: Capacity::default(),
        watch: &(),
    };
    let mut gradients = Vec::new();
    for side in ["real", "syn"] {
        let images: Tensor<4> = fixture.tensor(&format!("{side}_x"), ground);
        let frozen = Statistics::Frozen(&statistics);
        let logits = network.forward(&parameters.values(), images.clone().into(), frozen);
        let expected = fixture.values(&format!("{side}_logits"));
        close.check(&format!("{side} logits"), &host(&logits.primal), &expected);
        let [n, ..] = images.dims();
        let labels = Tensor::<1, Int>::full([n], class as i64, &ground.device);
        let labels = Labels::Hard(labels);
        let loss = cross_entropy(logits, &labels).primal;
        let expected = fixture.entry["loss"][side].as_f64().unwrap();
        close.check(&format!("{side} loss"), &host(&loss), &[expected]);
        let batch = [Batch { images, labels }];
        let capacity = Capacity::default();
        let (precision, batch) = (Precision::F32, &batch);
        let found =
            per_batch::gradients(capacity, &network, &parameters, &statistics, batch, precision);
        let found = found.into_iter().next().unwrap();
        let expected = fixture.list(&network, &format!("grad_{side}"));
        let what = format!("{side} gradient");
        close.check_list(&what, &names, &found.of(0).to_host().unwrap(), &expected);
        gradients.push(found);
    }
    for &metric in Distance::ALL {
        let expected = fixture.entry["distance"][metric.word()].as_f64().unwrap();
        let found = distance(metric, &gradients[1], &gradients[0]).distances;
        close.check(&format!("distance {metric}"), &host(&found), &[expected]);
        let [real, synthetic] = ["real_x", "syn_x"].map(|key| fixture.tensor(key, ground));
        let (real, synthetic) = (Side::plain(real), Side::plain(synthetic));
        let step = matching(metric).step(&[ClassPair { class, real, synthetic }]);
        close.check(&format!("matched distance {metric}"), &host(&step.distances), &[expected]);
        let expected = fixture.values(&format!("dsyn_{metric}"));
        close.check(&format!("image gradient {metric}"), &host(&step.image_gradients), &expected);
    }
    check_embedding(&fixture, &network, &parameters, statistics, ground, &mut close);
    close.worst
}

/// Fresh running statistics after one look at the case's images.
fn check_statistics(
    fixture: &Fixture,
    network: &ConvNet,
    parameters: &Parameters,
    ground: &Ground,
    close: &mut Closeness,
) {
    if !network.has_batch_norm() {
        return;
    }
    let mut statistics = network.fresh_statistics(&ground.device, ground.dtype);
    network.gather_statistics(parameters, &mut statistics, fixture.tensor("batchnorm_x", ground));
    compare_statistics(fixture, network, "state", &statistics, close);
}

/// Running statistics against `prefix/….running_mean` and `…var`.
pub fn compare_statistics(
    fixture: &Fixture,
    network: &ConvNet,
    prefix: &str,
    statistics: &RunningStatistics,
    close: &mut Closeness,
) {
    for (module, layer) in norm_modules(network).iter().zip(&statistics.layers) {
        for (part, found) in [("running_mean", &layer.mean), ("running_var", &layer.variance)] {
            let key = format!("{prefix}/{module}.{part}");
            close.check(&key, &host(found), &fixture.values(&key));
        }
    }
}

/// The squared distance of mean embeddings in training mode, and its gradient: first order, through
/// everything but the last layer and, for batch normalisation, through the batch's own statistics.
fn check_embedding(
    fixture: &Fixture,
    network: &ConvNet,
    parameters: &Parameters,
    mut statistics: RunningStatistics,
    ground: &Ground,
    close: &mut Closeness,
) {
    let mut mean = |images: Tensor<4>| {
        let training = Statistics::Batch(&mut statistics);
        network.embed(&parameters.values(), Value::from(images), training).primal.mean_dim(0)
    };
    let goal = mean(fixture.tensor("real_x", ground));
    let pixels = fixture.tensor::<4>("syn_x", ground).autodiff().require_grad();
    let value = (mean(pixels.clone()) - goal).square().sum();
    let expected = fixture.entry["distance"]["dm"].as_f64().unwrap();
    close.check("distance of embeddings", &host(&value.clone().inner()), &[expected]);
    let gradient = pixels.grad_remove(&mut value.backward()).unwrap();
    close.check("image gradient of embeddings", &host(&gradient), &fixture.values("dsyn_dm"));
}
