//! What the program asks of an accelerator, counted: kernels that it launches, and what it reads back.
//!
//! On Mesa's software Vulkan driver, whose launches and reads are those of any other adapter. Launches are
//! counted where the runtime issues them, reads where the graphics library maps a buffer for the host, so
//! none is missed that goes past this program's own borders. Without such a driver there is nothing to
//! test: the test says so and passes, unless `STILLROOM_REQUIRE_REAL_PARTS` is set.
// Tests may fail loudly, and say what they counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use burn::tensor::{Device, Distribution, Int, Tensor};
use cubecl_runtime::logging::{LaunchObservation, LaunchObserver};
use stillroom::condense::{ClassPair, GradientMatching, Side};
use stillroom::engine::condensation::{Condensation, Went};
use stillroom::engine::devices::{self, Chosen};
use stillroom::engine::estimate::Pace;
use stillroom::engine::laboratory::Laboratory;
use stillroom::engine::lesson::Lesson;
use stillroom::engine::scoring::{self, Scored};
use stillroom::nets::{
    Batch, Capacity, Direction, Labels, Network, NetworkState, RunningStatistics, SgdSettings,
    Training, per_batch,
};
use stillroom::random::{Purpose, stream};
use stillroom::record::event::Subject;
use stillroom::spec::{
    Activation, DeviceChoice, Distance, NetworkSpec, Norm, Pooling, Precision, parse,
};

/// Launches of each kernel.
type Launches = BTreeMap<&'static str, usize>;

#[derive(Default)]
struct Counter(Mutex<Launches>);

impl LaunchObserver for Counter {
    fn launched(&self, kernel: &'static str) {
        *self.0.lock().unwrap().entry(kernel).or_default() += 1;
    }
}

/// The launches that `work` asks for.
fn launches<T>(work: impl FnOnce() -> T) -> (T, Launches) {
    let counter = Arc::new(Counter::default());
    let watching = LaunchObservation::new(counter.clone());
    let done = work();
    drop(watching);
    let counted = std::mem::take(&mut *counter.0.lock().unwrap());
    (done, counted)
}

/// Counts the graphics library's words about buffers that are mapped for the host to read.
struct Reads(AtomicUsize);

static READS: Reads = Reads(AtomicUsize::new(0));

impl log::Log for Reads {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("wgpu_core")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let said = record.args().to_string();
            if said.starts_with("Buffer::map_async") && said.contains("Read") {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn flush(&self) {}
}

/// How often `work` reads from the device.
fn reads<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = READS.0.load(Ordering::SeqCst);
    let done = work();
    (done, READS.0.load(Ordering::SeqCst) - before)
}

fn total(launches: &Launches) -> usize {
    launches.values().sum()
}

fn assert_same(what: &str, few: &Launches, many: &Launches) {
    let count = |launches: &Launches, kernel| launches.get(kernel).copied().unwrap_or(0);
    let names: std::collections::BTreeSet<_> = few.keys().chain(many.keys()).collect();
    let differ: Vec<_> = names
        .into_iter()
        .map(|name| (name, count(few, name), count(many, name)))
        .filter(|(_, few, many)| few != many)
        .collect();
    assert!(differ.is_empty(), "{what}: {differ:#?}");
}

/// Without the copies that lay batches side by side.
fn without_copies(launches: &Launches) -> Launches {
    let copies = |name: &str| name.contains("slice_assign") || name.contains("SliceAssign");
    launches.iter().filter(|(name, _)| !copies(name)).map(|(name, count)| (*name, *count)).collect()
}

fn network() -> Network {
    let spec = NetworkSpec {
        width: 16,
        depth: 2,
        activation: Activation::Relu,
        norm: Norm::Instance,
        pooling: Pooling::Average,
        ..NetworkSpec::default()
    };
    Network::new(&spec, [3, 16, 16], 8).unwrap()
}

fn start(network: &Network, index: u64, device: &Device) -> NetworkState {
    let mut random = stream(1, Purpose::NetworkInit, &[index]);
    NetworkState {
        parameters: network.initialise(&mut random, device, burn::tensor::DType::F32),
        statistics: RunningStatistics::default(),
    }
}

/// `n` random images of a class, drawn on the host.
fn batch(n: usize, class: i64, device: &Device) -> Batch {
    let images = Tensor::<4>::random([n, 3, 16, 16], Distribution::Default, &Device::flex());
    let images = Tensor::from_data(images.into_data(), device);
    let labels = Tensor::<1, Int>::full([n], class, device);
    Batch { images, labels: Labels::Hard(labels) }
}

#[test]
fn launches_do_not_grow_and_nothing_is_read_between_events() {
    let chosen = match devices::choose(&DeviceChoice::Software) {
        Ok(chosen) => chosen,
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped: {error}");
            return;
        }
    };
    log::set_logger(&READS).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let ones = Tensor::<1>::ones([3], &chosen.handle);
    let (found, seen) = reads(|| ones.try_into_vec_as::<f32>().unwrap());
    assert_eq!((found, seen), (vec![1.0; 3], 1), "a read is counted");

    gradients_of_more_classes(&chosen.handle);
    matching_of_more_classes(&chosen.handle);
    steps_of_more_networks(&chosen.handle);
    outer_steps_read_nothing(&chosen);
    evaluations_read_when_they_look(&chosen);
}

/// Both gradients of matching, for two classes and for six.
fn gradients_of_more_classes(device: &Device) {
    let network = network();
    let NetworkState { parameters, statistics } = start(&network, 0, device);
    let capacity = Capacity::default();
    let counted = |classes: i64| {
        let batches: Vec<_> = (0..classes).map(|class| batch(4, class, device)).collect();
        let (found, first) = launches(|| {
            per_batch::gradients(
                capacity,
                &network,
                &parameters,
                &statistics,
                &batches,
                Precision::F32,
            )
        });
        let direction: Direction = found[0].tensors.iter().cloned().map(Some).collect();
        let (_, second) = launches(|| {
            let (network, along) = (&network, &[direction][..]);
            per_batch::image_gradients(capacity, network, &parameters, &statistics, &batches, along)
        });
        [first, second]
    };
    for (what, (few, many)) in
        ["gradients", "image gradients"].iter().zip(counted(2).into_iter().zip(counted(6)))
    {
        println!("{what}: {} launches for 2 classes, {} for 6", total(&few), total(&many));
        assert!(total(&few) > 20, "{few:?}");
        assert_same(what, &without_copies(&few), &without_copies(&many));
        // A class's images and labels are laid beside those of the others.
        assert!(total(&many) - total(&few) <= 2 * 4, "{what}: {few:?} and {many:?}");
    }
}

/// A whole step of matching without augmentation, for two classes and for six.
fn matching_of_more_classes(device: &Device) {
    let network = network();
    let NetworkState { parameters, statistics } = start(&network, 0, device);
    let matching = GradientMatching {
        network: &network,
        parameters: &parameters,
        statistics: &statistics,
        metric: Distance::Ours,
        real_precision: Precision::F32,
        capacity: Capacity::default(),
        watch: &(),
    };
    let counted = |classes: i64| {
        let images = |n| batch(n, 0, device).images;
        let pair = |class: i64| ClassPair {
            class: class as usize,
            real: Side::plain(images(4)),
            synthetic: Side::plain(images(1)),
        };
        let pairs: Vec<_> = (0..classes).map(pair).collect();
        launches(|| matching.step(&pairs)).1
    };
    let [few, many] = [2, 6].map(counted);
    println!("matching: {} launches for 2 classes, {} for 6", total(&few), total(&many));
    // Labels of both sides, three times images and labels beside the others', the part of the image gradient
    // that is the class's, and the way back through its augmentation.
    assert!(total(&many) - total(&few) <= PER_CLASS * 4, "{few:?} and {many:?}");
}

/// Launches that each class of a matching step adds.
const PER_CLASS: usize = 12;

/// A training step of two networks, and of six.
fn steps_of_more_networks(device: &Device) {
    let network = network();
    let settings = SgdSettings { momentum: 0.9, weight_decay: 5e-4, ..SgdSettings::plain(0.01) };
    let counted = |networks: usize| {
        let starts = (0..networks as u64).map(|index| start(&network, index, device)).collect();
        let mut training = Training::new(&network, starts, settings, Capacity::default());
        let all = batch(networks * 5, 1, device);
        training.step_together(&all).unwrap();
        let (losses, counted) = launches(|| training.step_together(&all).unwrap());
        assert_eq!(losses.dims(), [networks]);
        counted
    };
    let [one, few, many] = [1, 2, 6].map(counted);
    println!("a step: {} launches for 1 network, {} for 2", total(&one), total(&few));
    assert_eq!(total(&few), total(&many), "{few:?} and {many:?}");
}

const SPEC: &str = r#"
method = "dsa"
ipc = 1
init = "real"
seed = 3

[network]
width = 4
depth = 1

[condense]
iterations = 2
outer_steps = 3
inner_epochs = 2
real_batch = 2
train_batch = 5

[evaluate]
networks = 2
epochs = 10
batch = 100
random_baseline = false
"#;

fn laboratory(chosen: &Chosen) -> Laboratory {
    let typed = parse::Typed { source: "spec.toml", text: SPEC, set: &[] };
    Laboratory::prepare(parse::parse(&typed).unwrap(), Path::new("/nowhere"), chosen).unwrap()
}

/// An iteration is read once, at its end.
fn outer_steps_read_nothing(chosen: &Chosen) {
    let laboratory = laboratory(chosen);
    let mut condensation = Condensation::begin(&laboratory);
    for _ in 0..2 {
        for _ in 0..3 {
            let (went, seen) = reads(|| condensation.outer_step(&laboratory, &mut || false));
            assert_eq!((went.unwrap(), seen), (Went::Through, 0));
        }
        let (done, seen) = reads(|| condensation.finish_iteration(&laboratory).unwrap());
        assert!(done.distance.is_finite());
        assert_eq!(seen, 1);
    }
}

/// Networks are trained with a look at their losses every ten epochs, and tested with one read for a batch of
/// images.
fn evaluations_read_when_they_look(chosen: &Chosen) {
    let laboratory = laboratory(chosen);
    let lesson = &[Lesson::of_real(&laboratory, laboratory.initial_images())];
    let mut told = 0;
    let mut heard = |_, _: &Pace| {
        told += 1;
        true
    };
    let (scores, seen) = reads(|| {
        let (own, capacity) = (Scored::own(Subject::Synthetic), Capacity::default());
        let pace = &mut Pace::default();
        scoring::score(&laboratory, own, capacity, lesson, 0..2, pace, &mut heard)
    });
    assert_eq!(scores.unwrap().unwrap().len(), 2);
    // Looks after the epochs 0 and 10, of one step each.
    let batches = laboratory.data.test.len().div_ceil(100);
    assert_eq!((seen, told), (2 + batches, 11 + batches));
}
