//! A trajectory case: three whole outer steps, with the pixels moved and the network trained between.

use burn::tensor::{Int, Tensor};
use serde_json::Value;
use stillroom::condense::{GradientMatching, ImageOptimiser, InnerTraining, Side};
use stillroom::nets::{Labels, Sgd, SgdSettings, train_step};
use stillroom::random::{Purpose, stream};
use stillroom::spec::Distance;

use super::Ground;
use super::augmentation::augmentation;
use super::closeness::{Closeness, norm};
use super::fixture::Fixture;
use super::network::{compare_statistics, host};

/// Applies a list of operations with explicit parameters, `[["rotate", [[6.5]]], …]`, to images.
pub type Augment<'a> = &'a dyn Fn(&Value, Tensor<4>) -> Tensor<4>;

/// For cases without augmentation.
pub fn no_augmentation(operations: &Value, images: Tensor<4>) -> Tensor<4> {
    assert_eq!(operations.as_array().map(Vec::len), Some(0), "this case augments");
    images
}

/// For cases that augment: with the parameters that the case names.
pub fn named_augmentation(operations: &Value, images: Tensor<4>) -> Tensor<4> {
    assert_ne!(operations.as_array().map(Vec::len), Some(0), "this case does not augment");
    augmentation(operations).apply(images)
}

/// Runs the case and checks distances, movement of images and parameters, and running statistics after
/// every outer step; returns the largest error and where it was.
pub fn check(name: &str, augment: Augment<'_>, ground: &Ground) -> (f64, String) {
    let fixture = Fixture::load(name);
    let network = fixture.network();
    let mut parameters = fixture.parameters(&network, "state/0", ground);
    let mut statistics = fixture.statistics(&network, "state/0", ground);
    let mut close = Closeness::new(name, ground.tolerance);

    let [ipc, classes, inner] = ["ipc", "classes", "inner"].map(|key| fixture.number(key));
    let [lr, momentum, lr_net] =
        ["lr_img", "momentum_img", "lr_net"].map(|key| fixture.entry[key].as_f64().unwrap());
    let labels: Vec<i64> = fixture.values("labels").iter().map(|label| *label as i64).collect();
    let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &ground.device));
    let mut images: Tensor<4> = fixture.tensor("images/0", ground);
    let mut pixels = ImageOptimiser::new(lr, momentum, None);
    let mut optimiser = Sgd::new(SgdSettings::plain(lr_net));

    let steps = fixture.entry["steps"].as_array().unwrap();
    for (at, step) in steps.iter().enumerate() {
        if network.has_batch_norm() {
            let shown = fixture.tensor(&format!("batchnorm_x/{at}"), ground);
            network.gather_statistics(&parameters, &mut statistics, shown);
        }
        let matching = GradientMatching {
            network: &network,
            parameters: &parameters,
            statistics: &statistics,
            metric: Distance::Ours,
        };
        let real: Tensor<5> = fixture.tensor(&format!("real/{at}"), ground);
        let [_, n, channels, height, width] = real.dims();
        let (mut total, mut gradients) = (0.0, Vec::new());
        for class in 0..classes {
            let operations = &step["matching"][class];
            let augment = |images: Tensor<4>| augment(operations, images);
            let real = real.clone().narrow(0, class, 1).reshape([n, channels, height, width]);
            let synthetic = images.clone().narrow(0, class * ipc, ipc);
            let done = matching.step(
                class,
                Side { images: real, augment: &augment },
                Side { images: synthetic, augment: &augment },
            );
            total += host(&done.distance)[0];
            gradients.push(done.image_gradient);
        }
        close.check(&format!("distance {at}"), &[total], &[step["distance"].as_f64().unwrap()]);
        images = pixels.step(images, Tensor::cat(gradients, 0));
        let start = fixture.values("images/0");
        let expected = fixture.values(&format!("images/{}", at + 1));
        let moved = norm(expected.iter().zip(&start).map(|(now, start)| now - start));
        let found = rounded(host(&images));
        close.check_on_scale(&format!("images {}", at + 1), &found, &expected, moved);

        if at + 1 < steps.len() {
            if step["training"].as_array().unwrap().iter().all(|list| list == &Value::Array(vec![]))
            {
                // One batch of everything: the order in it does not matter.
                let schedule = InnerTraining { epochs: inner, batch: labels.len() };
                let order = &mut stream(1, Purpose::InnerTraining, &[at as u64]);
                let (data, shown) = ((&images, &labels), |images| images);
                schedule.run(
                    &network,
                    &mut parameters,
                    &mut statistics,
                    &mut optimiser,
                    data.0,
                    data.1,
                    shown,
                    order,
                );
            } else {
                for operations in step["training"].as_array().unwrap() {
                    let shown = augment(operations, images.clone());
                    train_step(
                        &network,
                        &mut parameters,
                        &mut statistics,
                        &mut optimiser,
                        shown,
                        &labels,
                    );
                }
            }
        }
        let prefix = format!("state/{}", at + 1);
        compare_statistics(&fixture, &network, &prefix, &statistics, &mut close);
        let [start, expected] = ["state/0", &prefix].map(|prefix| fixture.list(&network, prefix));
        let names: Vec<String> = network.infos().iter().map(|info| info.name.clone()).collect();
        let found: Vec<_> = parameters.to_host().unwrap().into_iter().map(rounded).collect();
        let moved = |now: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let part = |(now, start): (&Vec<f64>, &Vec<f64>)| {
                now.iter().zip(start).map(|(now, start)| now - start).collect()
            };
            now.iter().zip(&start).map(part).collect()
        };
        if at + 1 < steps.len() {
            close.check_list(
                &format!("movement {}", at + 1),
                &names,
                &moved(&found),
                &moved(&expected),
            );
        }
    }
    close.worst
}

/// Rounded to f32 as the fixture's values are: movements are small beside what moves, and would show
/// hardly more than this rounding.
fn rounded(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| f64::from(value as f32)).collect()
}
