//! What only a look at the tasks can find wrong with a spec that has some.

use std::path::Path;

use crate::{
    engine::admit::admit,
    spec::{Fault, Method, Norm, Spec, TaskTraining},
};

use super::{memory, tasks::Tasks};

/// Every fault of such a spec; messages call it `source`.
pub fn faults(spec: &Spec, data_dir: &Path, source: &str) -> Vec<Fault> {
    match Tasks::open(spec, data_dir, source) {
        Ok(tasks) => faults_with(spec, &tasks, source),
        Err(fault) => vec![fault],
    }
}

/// The same once its tasks are known.
pub fn faults_with(spec: &Spec, tasks: &Tasks, source: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if spec.method == Method::Whole {
        let problem = "all images are no memory: a task's are forgotten behind it".to_owned();
        faults.push(Fault::new(
            source,
            "method",
            problem,
            "a method that chooses or learns images",
        ));
    }
    if matches!(spec.method, Method::Dd | Method::Ld) {
        let problem = format!("what {} makes is more than images with a class each", spec.method);
        faults.push(Fault::new(source, "method", problem, "a method whose labels stay"));
    }
    if !spec.evaluate.also_on.list().is_empty() {
        let problem = "other networks do not learn tasks beside the run's own".to_owned();
        faults.push(Fault::new(source, "evaluate.also_on", problem, "nothing"));
    }
    let continual = &spec.continual;
    let is_taught = continual.distillation && continual.training == TaskTraining::EndToEnd;
    if is_taught && spec.network.norm == Norm::Batch {
        // A teacher's answer is held against that of the network as it is scored.
        let problem = "with batch normalisation a network in training answers otherwise than \
                       when it is asked, so none can be taught";
        let allowed = "false, or another network.norm";
        faults.push(Fault::new(source, "continual.distillation", problem.to_owned(), allowed));
    }
    // What is wrong for one task is mostly wrong for the next as well.
    let of_a_task = tasks.all.iter().map(|task| {
        let per_class = task.data.train.per_class();
        admit(&memory::spec_of(spec, task), &task.data.info, &per_class, source)
    });
    faults.extend(of_a_task.filter(|found| !found.is_empty()).take(1).flatten());
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::defaults;

    fn found(change: impl FnOnce(&mut Spec)) -> Vec<String> {
        let mut spec = defaults::published(Method::Herding, "mnist-5k", 10);
        spec.continual.steps = 5;
        change(&mut spec);
        let faults = faults(&spec, Path::new("/nowhere"), "a.toml");
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sound_tasks_are_admitted_and_what_is_unsound_is_told_once() {
        assert_eq!(found(|_| ()), [""; 0]);
        let many = found(|spec| spec.ipc = 500);
        assert_eq!(many.len(), 1);
        assert!(many[0].starts_with("a.toml, `ipc`: 500 images"), "{many:?}");
        assert_eq!(found(|spec| spec.method = Method::Whole).len(), 1);
        assert_eq!(found(|spec| spec.evaluate.also_on = "MLP".parse().unwrap()).len(), 1);
    }

    #[test]
    fn nobody_is_taught_under_batch_normalisation() {
        let taught = found(|spec| spec.network.norm = Norm::Batch);
        assert!(taught[0].contains("`continual.distillation`"), "{taught:?}");
        let untaught = found(|spec| {
            (spec.network.norm, spec.continual.distillation) = (Norm::Batch, false);
        });
        assert_eq!(untaught, [""; 0]);
    }
}
