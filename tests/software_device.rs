//! Whole runs and their parts on a device that is not the CPU: Mesa's software Vulkan driver, in this
//! process, against the CPU.
//!
//! Without such a driver there is nothing to test: the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.
// Tests may fail loudly, and say why they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::{Arc, OnceLock};

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use rand::distr::Distribution;
use rand_distr::StandardNormal;
use stillroom::condense::{ClassPair, DistributionMatching, Side};
use stillroom::engine::control::Control;
use stillroom::engine::devices::{self, Chosen};
use stillroom::engine::journal::Journal;
use stillroom::engine::laboratory::Laboratory;
use stillroom::engine::run::Run;
use stillroom::nets::{
    Batch, Capacity, Direction, Labels, Network, NetworkState, ParameterInfo, SgdSettings,
    Training, per_batch,
};
use stillroom::random::{Purpose, stream};
use stillroom::record::event_log::{EventLog, Tail};
use stillroom::record::{Fact, RunFolder, SyntheticSet, event::Outcome};
use stillroom::spec::{Activation, DeviceChoice, NetworkSpec, Norm, Pooling, Precision, parse};

/// On the synthetic side 300 images, whose slopes are 441 KiB of tiles each on the way back through the
/// convolution: more than the 128 MiB that the driver takes as one tensor.
const SPEC: &str = r#"
method = "dsa"
ipc = 30
init = "real"
seed = 3

[network]
width = 64
depth = 1

[condense]
iterations = 1
outer_steps = 1
inner_epochs = 1
real_batch = 2

[evaluate]
networks = 1
epochs = 1
random_baseline = false
"#;

/// Does the run; the images that came out, and everything that was remarked on the way.
fn run(chosen: &Chosen) -> (Vec<f32>, Vec<String>) {
    let home = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(home.path());
    let typed = parse::Typed { source: "spec.toml", text: SPEC, set: &[] };
    let laboratory = Laboratory::prepare(parse::parse(&typed).unwrap(), home.path(), chosen);
    let laboratory = laboratory.unwrap();
    let mut journal = Journal::new(EventLog::open(&folder.events()).unwrap(), 0.0);
    let control = Control::new(folder.control(), Arc::default());
    let mut run = Run::begin(&laboratory, &folder, &mut journal, control, None).unwrap();
    assert_eq!(run.to_the_end().unwrap(), Outcome::Finished);
    let events = Tail::new(folder.events(), 0).more().unwrap();
    let note = |fact| if let Fact::Note { text } = fact { Some(text) } else { None };
    let notes = events.into_iter().filter_map(|event| note(event.fact)).collect();
    (SyntheticSet::read(&folder.synthetic_set()).unwrap().images, notes)
}

/// The driver, which a process can set up only once; `None` where there is none.
fn software() -> Option<&'static Chosen> {
    static CHOSEN: OnceLock<Result<Chosen, String>> = OnceLock::new();
    let choose = || devices::choose(&DeviceChoice::Software).map_err(|error| error.to_string());
    match CHOSEN.get_or_init(choose) {
        Ok(chosen) => Some(chosen),
        Err(error) => {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a software Vulkan driver is required, but: {error}");
            println!("skipped: {error}");
            None
        }
    }
}

/// What is too much for the device is done again with less, and comes out as on the CPU.
#[test]
fn a_run_that_meets_the_end_of_memory_goes_on_with_less() {
    let Some(chosen) = software() else { return };
    let (wanted, remarks) = run(&devices::choose(&DeviceChoice::Cpu).unwrap());
    assert!(remarks.is_empty(), "{remarks:?}");
    let Capacity { tensor, pass } = chosen.capacity;
    let capacity = Capacity { tensor: 2 * tensor, pass: 2 * pass };
    let (found, remarks) = run(&Chosen { capacity, ..chosen.clone() });
    assert_eq!(
        remarks,
        [
            "the device ran out of memory in iteration 1, which is done again with half as much on it at once"
        ]
    );
    assert_near(&found, &wanted);
}

/// A network on images that are pooled from 28 to 14, 7 and 3.
fn odd_network(norm: Norm, activation: Activation, pooling: Pooling) -> Network {
    let spec =
        NetworkSpec { width: 8, depth: 3, activation, norm, pooling, ..NetworkSpec::default() };
    Network::new(&spec, SHAPE, 3).unwrap()
}

const SHAPE: [usize; 3] = [3, 28, 28];

fn numbers(count: usize, index: u64) -> Vec<f32> {
    let mut random = stream(6, Purpose::SyntheticInit, &[index]);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn tensor(count: usize, index: u64, device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(numbers(count, index), [count]), device)
}

fn batch(n: usize, index: u64, device: &Device) -> Batch {
    let [channels, height, width] = SHAPE;
    let images = tensor(n * SHAPE.iter().product::<usize>(), index, device);
    let labels: Vec<i32> = (0..n as i32).map(|image| (image + index as i32) % 3).collect();
    let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [n]), device);
    Batch { images: images.reshape([n, channels, height, width]), labels: Labels::Hard(labels) }
}

fn state(network: &Network, index: u64, device: &Device) -> NetworkState {
    let mut random = stream(1, Purpose::NetworkInit, &[index]);
    let parameters = network.initialise(&mut random, device, DType::F32);
    NetworkState { parameters, statistics: network.fresh_statistics(device, DType::F32) }
}

fn host<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.try_to_vec_as().unwrap()
}

/// Gradients of each batch, and those of its images along a direction of its own.
fn both_gradients(network: &Network, sizes: &[usize], chosen: &Chosen) -> Vec<Vec<f32>> {
    gradients_in(Precision::F32, network, sizes, chosen)
}

/// The same, the first from products of this precision.
fn gradients_in(
    precision: Precision,
    network: &Network,
    sizes: &[usize],
    chosen: &Chosen,
) -> Vec<Vec<f32>> {
    let Chosen { handle: device, capacity, .. } = chosen;
    let NetworkState { parameters, statistics } = state(network, 0, device);
    let batches: Vec<_> =
        sizes.iter().zip(0..).map(|(n, index)| batch(*n, index, device)).collect();
    let stacks =
        per_batch::gradients(*capacity, network, &parameters, &statistics, &batches, precision);
    let lists: Vec<_> = stacks
        .iter()
        .flat_map(|stack| (0..stack.batches).map(|at| stack.of(at).to_host::<f32>().unwrap()))
        .map(|list| list.concat())
        .collect();
    let mut first = 0;
    let directions: Vec<Direction> = stacks
        .iter()
        .map(|stack| {
            let own = first..first + stack.batches;
            first = own.end;
            let part = |(at, info): (usize, &ParameterInfo)| {
                let each = own
                    .clone()
                    .map(|batch| tensor(info.len(), 100 * (batch as u64 + 1) + at as u64, device));
                Some(Tensor::cat(each.collect(), 0))
            };
            stack.infos.iter().enumerate().map(part).collect()
        })
        .collect();
    let slopes = per_batch::image_gradients(
        *capacity,
        network,
        &parameters,
        &statistics,
        &batches,
        &directions,
    );
    lists.into_iter().chain(slopes.iter().map(host)).collect()
}

#[test]
fn odd_sides_single_images_and_unequal_batches_are_as_on_the_cpu() {
    let Some(chosen) = software() else { return };
    let cpu = devices::choose(&DeviceChoice::Cpu).unwrap();
    let network = odd_network(Norm::Instance, Activation::Swish, Pooling::Average);
    for sizes in [&[1][..], &[3, 1, 2]] {
        let wanted = both_gradients(&network, sizes, &cpu);
        let found = both_gradients(&network, sizes, chosen);
        assert_eq!(found.len(), 2 * sizes.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_near(found, wanted);
        }
    }
}

/// What kernels of our own do in one go, for every activation, pooling and normalisation that they know;
/// and one that they leave to the tape.
#[test]
fn every_kind_of_block_is_as_on_the_cpu() {
    let Some(chosen) = software() else { return };
    let cpu = devices::choose(&DeviceChoice::Cpu).unwrap();
    for (norm, activation, pooling) in [
        (Norm::Instance, Activation::Relu, Pooling::Average),
        (Norm::Instance, Activation::LeakyRelu, Pooling::Max),
        (Norm::Instance, Activation::Sigmoid, Pooling::None),
        (Norm::None, Activation::Swish, Pooling::Max),
        (Norm::None, Activation::Sigmoid, Pooling::Average),
        (Norm::Group, Activation::Relu, Pooling::Max),
    ] {
        let what = format!("{norm:?}, {activation:?}, {pooling:?}");
        let network = odd_network(norm, activation, pooling);
        let wanted = both_gradients(&network, &[2, 2], &cpu);
        let found = both_gradients(&network, &[2, 2], chosen);
        for (found, wanted) in found.iter().zip(&wanted) {
            println!("{what}: off by {:.1e}", off(found, wanted));
            assert_near(found, wanted);
        }
    }
}

/// Products of rounded values in an adapter's matrix units, where it has them and the program was built for
/// them: a driver of Mesa 26 and the feature `spirv`.
#[test]
fn gradients_from_rounded_values_are_near_those_in_single_precision() {
    let Some(chosen) = software() else { return };
    let cpu = devices::choose(&DeviceChoice::Cpu).unwrap();
    let network = odd_network(Norm::Instance, Activation::Swish, Pooling::Average);
    let sizes = [3, 1, 2];
    let wanted = both_gradients(&network, &sizes, &cpu);
    let rounded = chosen.precisions.iter().filter(|precision| **precision != Precision::F32);
    let mut seen = 0;
    for &precision in rounded {
        let found = gradients_in(precision, &network, &sizes, chosen);
        for (found, wanted) in found.iter().zip(&wanted).take(sizes.len()) {
            let off = off(found, wanted);
            println!("{precision}: off by {off:.1e}");
            assert!((1e-6..2e-2).contains(&off), "{precision}: off by {off}");
        }
        seen += 1;
    }
    if seen == 0 {
        println!("skipped: {} has no matrix units that this program reaches", chosen.name);
    }
}

/// Distances and image gradients of matched distributions, for classes of unequal size.
#[test]
fn distributions_are_matched_as_on_the_cpu() {
    let Some(chosen) = software() else { return };
    let network = odd_network(Norm::Instance, Activation::Relu, Pooling::Average);
    let step = |device: &Device| {
        let NetworkState { parameters, statistics } = state(&network, 0, device);
        let (parameters, statistics) = (&parameters, &statistics);
        let matching =
            DistributionMatching { network: &network, parameters, statistics, watch: &() };
        let halved = |images: Tensor<4>| images.flip([3]) * 0.5;
        let plain = |images: Tensor<4>| images;
        let side = |n, index, augment| Side { images: batch(n, index, device).images, augment };
        let pairs = [
            ClassPair { class: 0, real: side(5, 0, &halved), synthetic: side(2, 1, &halved) },
            ClassPair { class: 1, real: side(4, 2, &plain), synthetic: side(3, 3, &plain) },
        ];
        let steps = matching.step(&pairs);
        assert_eq!(steps.image_gradients.dims(), [5, 3, 28, 28]);
        [host(&steps.distances), host(&steps.image_gradients)]
    };
    let wanted = step(&devices::choose(&DeviceChoice::Cpu).unwrap().handle);
    for (found, wanted) in step(&chosen.handle).iter().zip(&wanted) {
        assert_near(found, wanted);
    }
}

/// Losses, logits and parameters of networks after steps on batches of one image and of several.
fn trained(network: &Network, chosen: &Chosen) -> Vec<Vec<f32>> {
    let Chosen { handle: device, capacity, .. } = chosen;
    let starts = (0..3).map(|index| state(network, index, device)).collect();
    let settings = SgdSettings { momentum: 0.9, weight_decay: 5e-3, ..SgdSettings::plain(0.05) };
    let mut training = Training::new(network, starts, settings, *capacity);
    let mut found = Vec::new();
    for (step, n) in [3, 1, 3].into_iter().enumerate() {
        let batches = (0..3).map(|of| batch(n, 10 * step as u64 + of, device)).collect();
        found.push(host(&training.step(batches).unwrap()));
    }
    let all = &batch(3 * 2, 50, device);
    found.push(host(&training.step_together(all).unwrap()));
    found.extend(training.logits(&batch(5, 99, device).images).unwrap());
    let states = training.into_states().unwrap();
    found.extend(states.iter().map(|state| state.parameters.to_host::<f32>().unwrap().concat()));
    found
}

#[test]
fn networks_side_by_side_learn_what_they_learn_on_the_cpu() {
    let Some(chosen) = software() else { return };
    let cpu = devices::choose(&DeviceChoice::Cpu).unwrap();
    let one_at_a_time = Capacity { tensor: 4 << 20, ..chosen.capacity };
    for (norm, capacity) in [
        (Norm::Layer, chosen.capacity),
        (Norm::Layer, one_at_a_time),
        (Norm::Instance, chosen.capacity),
    ] {
        let network = odd_network(norm, Activation::Swish, Pooling::Average);
        let wanted = trained(&network, &cpu);
        let found = trained(&network, &Chosen { capacity, ..chosen.clone() });
        assert_eq!(found.len(), 4 + 3 + 3);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_near(found, wanted);
        }
    }
}

fn assert_near(found: &[f32], wanted: &[f32]) {
    let off = off(found, wanted);
    assert!(off < 1e-3, "off by {off}");
}

/// The length of the difference, in lengths of what is wanted.
fn off(found: &[f32], wanted: &[f32]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let square = |value: f32| f64::from(value).powi(2);
    let off: f64 = found.iter().zip(wanted).map(|(found, wanted)| square(found - wanted)).sum();
    let scale: f64 = wanted.iter().copied().map(square).sum();
    (off / scale).sqrt()
}
