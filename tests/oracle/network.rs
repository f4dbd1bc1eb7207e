//! A network case: logits, losses, parameter gradients, distances and image gradients.

use burn::tensor::{Int, Tensor};
use stillroom::condense::{ClassPair, DistributionMatching, GradientMatching, Side, distance};
use stillroom::nets::layers::cross_entropy::cross_entropy;
use stillroom::nets::{
    Batch, Capacity, Labels, Network, Parameters, RunningStatistics, Statistics, per_batch,
};
use stillroom::spec::{Distance, Precision};

use super::Ground;
use super::closeness::{Closeness, norm};
use super::fixture::{Fixture, norm_modules, uniform};

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
        let values: Vec<Vec<f64>> = found.of(0).to_host().unwrap();
        let what = format!("{side} gradient");
        if fixture.stores_parameters() {
            let expected = fixture.list(&network, &format!("grad_{side}"));
            close.check_list(&what, &names, &values, &expected);
        } else {
            check_summaries(&fixture, side, &names, &values, &mut close);
        }
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
    check_distributions(&fixture, &network, &parameters, &statistics, ground, &mut close);
    close.worst
}

/// The norm of each gradient, and its product with numbers of the recipe, on the scale of the norm.
fn check_summaries(
    fixture: &Fixture,
    side: &str,
    names: &[String],
    gradients: &[Vec<f64>],
    close: &mut Closeness,
) {
    let expected = |key: &str| -> Vec<f64> {
        serde_json::from_value(fixture.entry[key][side].clone()).unwrap()
    };
    let (norms, products) = (expected("grad_norm"), expected("grad_dot_u"));
    let floor = norms.iter().fold(0.0_f64, |largest, norm| largest.max(*norm)) * 1e-3;
    for (at, gradient) in gradients.iter().enumerate() {
        let scale = norms[at].max(floor);
        let found = norm(gradient.iter().copied());
        let what = format!("{side} gradient of {}", names[at]);
        close.check_on_scale(&format!("norm of the {what}"), &[found], &[norms[at]], scale);
        let numbers = uniform(at as u64, gradient.len());
        let product = gradient.iter().zip(numbers).map(|(value, u)| value * f64::from(u)).sum();
        close.check_on_scale(&format!("product of the {what}"), &[product], &[products[at]], scale);
    }
}

/// Fresh running statistics after one look at the case's images.
fn check_statistics(
    fixture: &Fixture,
    network: &Network,
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
    network: &Network,
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

/// Distribution matching: first order, through everything but the last layer and, for batch normalisation,
/// through the batch's own statistics.
fn check_distributions(
    fixture: &Fixture,
    network: &Network,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    ground: &Ground,
    close: &mut Closeness,
) {
    let matching = DistributionMatching { network, parameters, statistics, watch: &() };
    let [real, synthetic] = ["real_x", "syn_x"].map(|key| Side::plain(fixture.tensor(key, ground)));
    let done = matching.step(&[ClassPair { class: 0, real, synthetic }]);
    let expected = fixture.entry["distance"]["dm"].as_f64().unwrap();
    close.check("distance of embeddings", &host(&done.distances), &[expected]);
    let gradient = host(&done.image_gradients);
    close.check("image gradient of embeddings", &gradient, &fixture.values("dsyn_dm"));
}
