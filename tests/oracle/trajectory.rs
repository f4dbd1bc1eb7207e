//! A trajectory case: three whole outer steps, with the pixels moved and the network trained between.

use burn::tensor::{Int, Tensor};
use serde_json::Value;
use stillroom::condense::{ClassPair, GradientMatching, ImageOptimiser, InnerTraining, Side};
use stillroom::nets::{Batch, Capacity, Labels, Network, NetworkState, SgdSettings, Training};
use stillroom::random::{Purpose, stream};
use stillroom::spec::{Distance, Precision};

use super::Ground;
use super::augmentation::augmentation;
use super::closeness::{Closeness, norm};
use super::fixture::Fixture;
use super::network::{compare_statistics, host};

/// Everything that a trajectory moves.
struct Run<'a> {
    fixture: &'a Fixture,
    ground: &'a Ground,
    network: Network,
    state: NetworkState,
    lr_net: f64,
    images: Tensor<4>,
    labels: Labels,
}

/// Runs the case and checks distances, movement of images and parameters, and running statistics after
/// every outer step; returns the largest error and where it was.
pub fn check(name: &str, ground: &Ground) -> (f64, String) {
    let fixture = Fixture::load(name);
    let mut close = Closeness::new(name, ground.tolerance);
    let [lr, momentum, lr_net] =
        ["lr_img", "momentum_img", "lr_net"].map(|key| fixture.entry[key].as_f64().unwrap());
    let network = fixture.network();
    let labels: Vec<i64> = fixture.values("labels").iter().map(|label| *label as i64).collect();
    let mut run = Run {
        state: NetworkState {
            parameters: fixture.parameters(&network, "state/0", ground),
            statistics: fixture.statistics(&network, "state/0", ground),
        },
        lr_net,
        images: fixture.tensor("images/0", ground),
        labels: Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &ground.device)),
        fixture: &fixture,
        ground,
        network,
    };
    let mut pixels = ImageOptimiser::new(lr, momentum, None);
    let steps = fixture.entry["steps"].as_array().unwrap();
    for (at, step) in steps.iter().enumerate() {
        let (distance, gradient) = run.matched(at, &step["matching"]);
        let expected = step["distance"].as_f64().unwrap();
        close.check(&format!("distance {at}"), &[distance], &[expected]);
        run.images = pixels.step(run.images, gradient);
        if at + 1 < steps.len() {
            run.train(at, step["training"].as_array().unwrap());
        }
        run.compare(at + 1, &mut close);
    }
    close.worst
}

impl Run<'_> {
    /// The distance summed over the classes, and the gradient of all images.
    fn matched(&mut self, at: usize, augmentations: &Value) -> (f64, Tensor<4>) {
        if self.network.has_batch_norm() {
            let shown = self.fixture.tensor(&format!("batchnorm_x/{at}"), self.ground);
            let NetworkState { parameters, statistics } = &mut self.state;
            self.network.gather_statistics(parameters, statistics, shown);
        }
        let matching = GradientMatching {
            network: &self.network,
            parameters: &self.state.parameters,
            statistics: &self.state.statistics,
            metric: Distance::Ours,
            real_precision: Precision::F32,
            capacity: Capacity::default(),
            watch: &(),
        };
        let real: Tensor<5> = self.fixture.tensor(&format!("real/{at}"), self.ground);
        let [classes, n, channels, height, width] = real.dims();
        let ipc = self.fixture.number("ipc");
        let augments: Vec<_> = (0..classes)
            .map(|class| {
                let augmentation = augmentation(&augmentations[class]);
                move |images: Tensor<4>| augmentation.apply(images)
            })
            .collect();
        let pair = |(class, augment)| {
            let images = real.clone().narrow(0, class, 1).reshape([n, channels, height, width]);
            let real = Side { images, augment };
            let images = self.images.clone().narrow(0, class * ipc, ipc);
            ClassPair { class, real, synthetic: Side { images, augment } }
        };
        let augments = augments.iter().map(|augment| augment as &dyn Fn(Tensor<4>) -> Tensor<4>);
        let pairs: Vec<_> = augments.enumerate().map(pair).collect();
        let done = matching.step(&pairs);
        (host(&done.distances).iter().sum(), done.image_gradients)
    }

    /// Trains the network, one step on all images for each augmentation.
    fn train(&mut self, at: usize, augmentations: &[Value]) {
        let Self { network, state, images, labels, .. } = self;
        let settings = SgdSettings::plain(self.lr_net);
        let mut training =
            Training::new(network, vec![state.clone()], settings, Capacity::default());
        if augmentations.iter().any(|operations| operations != &Value::Array(Vec::new())) {
            // Parameters belong to images, so here the order matters and the inner loop cannot shuffle.
            for operations in augmentations {
                let images = augmentation(operations).apply(images.clone());
                training.step(vec![Batch { images, labels: labels.clone() }]).unwrap();
            }
        } else {
            let schedule = InnerTraining { epochs: augmentations.len(), batch: labels.len() };
            let order = &mut stream(1, Purpose::InnerTraining, &[at as u64]);
            schedule.run(&mut training, images, labels, |images| images, order).unwrap();
        }
        self.state = training.into_states().unwrap().remove(0);
    }

    /// Holds images, statistics and parameters against those before outer step `at`.
    fn compare(&self, at: usize, close: &mut Closeness) {
        let (fixture, network, now) = (self.fixture, &self.network, format!("state/{at}"));
        let start = fixture.values("images/0");
        let expected = fixture.values(&format!("images/{at}"));
        let moved = norm(expected.iter().zip(&start).map(|(now, start)| now - start));
        let found = rounded(host(&self.images));
        close.check_on_scale(&format!("images {at}"), &found, &expected, moved);
        compare_statistics(fixture, network, &now, &self.state.statistics, close);

        let [start, expected] = ["state/0", &now].map(|prefix| fixture.list(network, prefix));
        let movement = |now: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            let part = |(now, start): (Vec<f64>, &Vec<f64>)| {
                now.iter().zip(start).map(|(now, start)| now - start).collect()
            };
            now.into_iter().zip(&start).map(part).collect()
        };
        let names: Vec<String> = network.infos().iter().map(|info| info.name.clone()).collect();
        let found = self.state.parameters.to_host().unwrap().into_iter().map(rounded).collect();
        let what = format!("movement {at}");
        close.check_list(&what, &names, &movement(found), &movement(expected));
    }
}

/// Rounded to f32 as the fixture's values are: movements are small beside what moves, and would show
/// hardly more than this rounding.
fn rounded(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| f64::from(value as f32)).collect()
}
