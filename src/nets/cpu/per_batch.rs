//! Gradients of several batches, each on its own, in one go over all threads.
//!
//! The batches of gradient matching are the classes. They share the network, which is packed once; each has
//! gradients of its own. Images of all batches queue up together, so threads wait for each other at the
//! very end only.

use std::sync::{Mutex, OnceLock};

use burn::tensor::{DType, Tensor, TensorData};

use crate::spec::Precision;

use crate::nets::{
    batch::Batch, convnet::ConvNet, parameters::Parameters, per_batch::Direction,
    statistics::RunningStatistics,
};

use super::{
    along,
    on_host::{OnHost, portion, portions},
    pass::{Gradients, Room},
    prepare,
    simd::{Level, Products},
    spread::{OrderedSum, Spares, spread},
};

/// The mean loss of each batch and its gradients in all parameters; batch normalisation uses `statistics`.
/// Products over tiles are in `precision`, everything else in single precision. `None` when the device
/// cannot be read.
pub fn gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    precision: Precision,
) -> Option<Vec<(Tensor<1>, Parameters)>> {
    gradients_at(Level::in_use(), network, parameters, statistics, batches, precision)
}

pub(super) fn gradients_at(
    level: Level,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    precision: Precision,
) -> Option<Vec<(Tensor<1>, Parameters)>> {
    let [_, shape @ ..] = batches.first()?.images.dims();
    let products = Products::of(precision, level);
    let ready = prepare(level, products, network, parameters, statistics, shape)?;
    let hosts = OnHost::read_all(batches, network.classes())?;
    let tasks: Vec<(usize, usize)> = hosts
        .iter()
        .enumerate()
        .flat_map(|(batch, host)| (0..portions(host.count)).map(move |portion| (batch, portion)))
        .collect();
    let rooms: Spares<Room> = Spares::new();
    let spares: Spares<Gradients> = Spares::new();
    let sums: Vec<OrderedSum<Gradients>> = hosts.iter().map(|_| OrderedSum::new()).collect();
    let found: Vec<OnceLock<(f64, Vec<Vec<f32>>)>> =
        hosts.iter().map(|_| OnceLock::new()).collect();
    spread(tasks.len(), |task| {
        let (batch, number) = tasks[task];
        let (host, sum) = (&hosts[batch], &sums[batch]);
        let mut room = ready.take_room(&rooms, portion(host.count));
        let mut own = spares.take(|| ready.no_gradients());
        own.clear();
        for (pixels, target) in host.portion(number) {
            ready.forward_backward(pixels, target, host.share(), &mut room, &mut own);
        }
        ready.fold(&mut room, &mut own);
        rooms.give(room);
        sum.add(number, own, Gradients::add, |own| spares.give(own));
        if sum.count() == portions(host.count)
            && let Some(total) = sum.take()
        {
            found[batch].get_or_init(|| (total.loss, ready.unpack(&total)));
            spares.give(total);
        }
    });
    let device = batches.first()?.images.device();
    found
        .into_iter()
        .map(|found| {
            let (loss, flat) = found.into_inner()?;
            let loss = Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device);
            let infos = parameters.infos().clone();
            Some((loss, Parameters::from_host(infos, flat, &device, DType::F32).ok()?))
        })
        .collect()
}

/// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images, along a direction v of its own. `None` when the device
/// cannot be read.
pub fn image_gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    directions: &[Direction],
) -> Option<Vec<Tensor<4>>> {
    image_gradients_at(Level::in_use(), network, parameters, statistics, batches, directions)
}

pub(super) fn image_gradients_at(
    level: Level,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    directions: &[Direction],
) -> Option<Vec<Tensor<4>>> {
    let [_, shape @ ..] = batches.first()?.images.dims();
    let ready = prepare(level, Products::SINGLE, network, parameters, statistics, shape)?;
    let hosts = OnHost::read_all(batches, network.classes())?;
    let along: Vec<OnceLock<along::Direction>> = hosts.iter().map(|_| OnceLock::new()).collect();
    let values: Vec<Vec<Vec<f32>>> =
        directions.iter().map(|direction| on_host(parameters, direction)).collect::<Option<_>>()?;
    spread(hosts.len(), |batch| {
        along[batch].get_or_init(|| ready.direction(&values[batch]));
    });
    let tasks: Vec<(usize, usize)> = hosts
        .iter()
        .enumerate()
        .flat_map(|(batch, host)| (0..host.count).map(move |image| (batch, image)))
        .collect();
    let pixels: usize = shape.iter().product();
    let found: Vec<Mutex<Vec<f32>>> = tasks.iter().map(|_| Mutex::default()).collect();
    let rooms = Spares::new();
    spread(tasks.len(), |task| {
        let (batch, image) = tasks[task];
        let (Some(along), host) = (along[batch].get(), &hosts[batch]) else { return };
        let mut room = rooms.take(|| ready.room_along());
        let mut gradient = vec![0.0; pixels];
        let (image, target) = host.image(image);
        ready.image_gradient_along(along, image, target, host.share(), &mut room, &mut gradient);
        rooms.give(room);
        if let Ok(mut found) = found[task].lock() {
            *found = gradient;
        }
    });
    let mut found = found.into_iter().map(|found| found.into_inner().ok());
    batches
        .iter()
        .map(|batch| {
            let shape @ [count, ..] = batch.images.dims();
            let values: Vec<Vec<f32>> = found.by_ref().take(count).collect::<Option<_>>()?;
            let data = TensorData::new(values.concat(), shape);
            Some(Tensor::from_data(data, &batch.images.device()))
        })
        .collect()
}

/// A direction's values, with zeros where it leaves a parameter out.
fn on_host(parameters: &Parameters, direction: &Direction) -> Option<Vec<Vec<f32>>> {
    let values = parameters.infos().iter().zip(direction).map(|(info, part)| match part {
        Some(part) => part.try_to_vec_as().ok(),
        None => Some(vec![0.0; info.len()]),
    });
    values.collect()
}
