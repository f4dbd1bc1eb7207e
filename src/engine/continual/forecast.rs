//! How long a run over several tasks will take: the making of every memory, measured as for any run, and the
//! learning, from images counted as for its progress and from a first look at training.

use std::path::Path;

use crate::{
    engine::{
        devices::Chosen,
        failure::Failure,
        first_look::first_look,
        forecast::{Forecast, making},
        laboratory::Laboratory,
        memory::device_bytes,
    },
    spec::Spec,
};

use super::{memory::spec_of, shares::learning, tasks::Tasks};

/// Measures what `spec` asks for. A memory that is kept from before is counted as if it were to be made.
///
/// # Errors
/// When tasks or data are at fault, or the device fails.
pub fn forecast(spec: &Spec, data_dir: &Path, chosen: &Chosen) -> Result<Forecast, Failure> {
    let tasks = Tasks::open(spec, data_dir, "its spec");
    let tasks = tasks.map_err(|fault| Failure::of_faults(&[fault]))?;
    let (mut all, mut remembered, mut tested) = (Forecast::default(), 0, 0);
    for task in &tasks.all {
        let laboratory = Laboratory::over(task.data.clone(), spec_of(spec, task), chosen)?;
        let own = making(&laboratory)?;
        all.training_secs += own.training_secs;
        all.condensing_secs += own.condensing_secs;
        remembered += task.outputs.len() * spec.ipc;
        tested += task.data.test.len();
        let look = first_look(&laboratory, &laboratory.network, chosen.capacity)?;
        let secs = look.epoch_secs / laboratory.scored_images() as f64;
        all.evaluating_secs += secs * learning(spec, task, remembered, tested);
    }
    Ok(Forecast { device_bytes: device_bytes(&chosen.handle), ..all })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::devices::choose,
        spec::{DeviceChoice, Method, TaskTraining, defaults::published},
    };

    #[test]
    fn memories_and_learning_are_both_counted() {
        let mut spec = published(Method::Dm, "mnist-5k", 2);
        (spec.continual.steps, spec.continual.training) = (5, TaskTraining::EndToEnd);
        (spec.network.width, spec.condense.real_batch) = (4, 8);
        let chosen = choose(&DeviceChoice::Cpu).unwrap();
        let found = forecast(&spec, Path::new("/nowhere"), &chosen).unwrap();
        assert!(found.condensing_secs > 0.0 && found.evaluating_secs > 0.0, "{found:?}");
        assert!(found.training_secs.abs() < 1e-12);
    }
}
