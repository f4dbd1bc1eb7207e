//! What is kept of a task: a few images of each of its classes, chosen or learned as the run's method does it.
//!
//! It is made by the loop of an ordinary run, with checkpoints and pictures, in a folder of its own below the run
//! folder. That takes long and depends on nothing but the task and the method, so a finished memory is also kept
//! in the data directory: a run that learns the same tasks in another way finds it there.

use std::path::PathBuf;

use crate::{
    data::Normalisation,
    record::{
        Labels, PixelSpace, RunFolder, Space, SyntheticSet, atomic,
        contact_sheet::{self, PADDING, Pixels},
        event::{Fact, Outcome, Snapshot},
    },
    spec::{Spec, defaults::published},
};

use super::{
    super::{
        control::Control,
        devices::Chosen,
        failure::Failure,
        journal::Journal,
        kept,
        laboratory::Laboratory,
        run::{Run, is_text_of, usable_checkpoint},
    },
    tasks::Task,
};

/// The images that are kept of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Normalised, `[images, channels, height, width]`.
    pub images: Vec<f32>,
    /// The class of each, as the task counts its classes.
    pub classes: Vec<usize>,
}

/// Where memories are made and kept.
pub struct Shelf<'a> {
    /// The run folder.
    pub folder: &'a RunFolder,
    /// Where finished memories of all runs are kept.
    pub memories: PathBuf,
    /// Where networks trained on all data are kept, for coresets.
    pub networks: PathBuf,
    /// Where the work is done.
    pub chosen: &'a Chosen,
}

/// The spec of the run that makes a task's memory. It is scored with those of the other tasks, not by itself.
///
/// A task is augmented as its own data set is where the run says nothing else than what its first one asks for:
/// digits are not mirrored, clothes are.
pub fn spec_of(spec: &Spec, task: &Task) -> Spec {
    let mut own = spec.clone();
    let usual = |set: &str| published(spec.method, set, spec.ipc);
    let set = &task.data.info.name;
    if own.augment.strategy == usual(&spec.data.set).augment.strategy {
        own.augment.strategy = usual(set).augment.strategy;
    }
    own.name.clone_from(&task.name);
    own.data.set.clone_from(set);
    own.continual = usual(set).continual;
    own.evaluate = usual(set).evaluate;
    own.evaluate.random_baseline = false;
    own
}

impl Shelf<'_> {
    /// The memory of a task, from 0, if this run has it already.
    fn of_this_run(&self, at: usize, own: &Spec) -> Option<SyntheticSet> {
        let set = SyntheticSet::read(&self.folder.task(at).synthetic_set()).ok()?;
        is_text_of(own, &set.about.spec).then_some(set)
    }

    /// Where a task's memory is kept for all runs.
    fn place(&self, own: &Spec, task: &Task) -> PathBuf {
        // The images themselves are in the digest.
        let data = published(own.method, &own.data.set, own.ipc).data;
        let plain = Spec { data, ..own.condensation() };
        let name = format!("{}-{}-ipc{}", own.method, own.data.set, own.ipc);
        kept::path(&self.memories, &name, &format!("1 {}", plain.to_toml()), &task.data)
    }

    /// The memory of a task, from 0: that which is there, or one made now; none when a stop was wished.
    pub fn memory(
        &self,
        spec: &Spec,
        at: usize,
        task: &Task,
        journal: &mut Journal,
        control: Control,
    ) -> Result<Option<Memory>, Failure> {
        let own = spec_of(spec, task);
        if let Some(set) = self.of_this_run(at, &own) {
            return Memory::of(set).map(Some);
        }
        let place = self.place(&own, task);
        if let Ok(kept) = SyntheticSet::read(&place) {
            let set = self.take_over(kept, &own, at, journal)?;
            return Memory::of(set).map(Some);
        }
        let folder = self.folder.task(at);
        atomic::create_folder(folder.path())?;
        let checkpoint = usable_checkpoint(&folder, &own)?;
        let mut laboratory = Laboratory::over(task.data.clone(), own, self.chosen)?;
        laboratory.is_scored = false;
        laboratory.trained_networks = Some(self.networks.clone());
        let mut run = Run::begin(&laboratory, &folder, journal, control, checkpoint)?;
        if run.to_the_end()? == Outcome::Stopped {
            return Ok(None);
        }
        let set = SyntheticSet::read(&folder.synthetic_set())?;
        atomic::create_folder(&self.memories)?;
        set.write(&place)?;
        Memory::of(set).map(Some)
    }

    /// Makes a memory that an earlier run has made this run's own, with its picture.
    fn take_over(
        &self,
        kept: SyntheticSet,
        own: &Spec,
        at: usize,
        journal: &mut Journal,
    ) -> Result<SyntheticSet, Failure> {
        let mut set = kept;
        set.about.spec = own.to_toml();
        let folder = self.folder.task(at);
        journal.guard()?;
        atomic::create_folder(&folder.result())?;
        set.write(&folder.synthetic_set())?;
        set.write_pictures(&folder.result().join("images"))?;
        let [images, channels, height, width] = set.shape;
        let shape = [channels, height, width];
        let sheet = contact_sheet::lay_out(Pixels { bytes: &set.display_bytes(), shape }, own.ipc);
        let png = contact_sheet::png(&sheet).map_err(Failure::plain)?;
        let iteration = own.condense.iterations as u64;
        let path = RunFolder::snapshot_name(iteration);
        atomic::create_folder(&folder.path().join("snapshots"))?;
        atomic::write(&folder.path().join(&path), &png)?;
        let text = format!("the memory of {}, {images} images, is kept from before", own.name);
        journal.fact(Fact::Note { text })?;
        journal.fact(Fact::Snapshot(Snapshot {
            iteration,
            path,
            rows: set.about.classes.len() as u32,
            columns: own.ipc as u32,
            tile: [width as u32, height as u32],
            padding: PADDING,
        }))?;
        Ok(set)
    }
}

impl Memory {
    fn of(set: SyntheticSet) -> Result<Self, Failure> {
        let Labels::Hard(labels) = set.labels else {
            let reason =
                "the images of a memory must have one class each, and these have soft labels";
            return Err(Failure::new(reason, "take another method"));
        };
        let classes = labels.into_iter().map(|label| label as usize).collect();
        Ok(Self { images: set.images, classes })
    }
}

/// The memories of several tasks as one set, whose classes are the outputs of the network and whose images are
/// sorted by them.
pub fn joined(
    memories: &[(Memory, Vec<usize>)],
    outputs: Vec<String>,
    shape: [usize; 3],
    normalisation: &Normalisation,
) -> SyntheticSet {
    let values: usize = shape.iter().product();
    let mut images: Vec<(usize, &[f32])> = Vec::new();
    for (memory, of) in memories {
        let own = memory.classes.iter().map(|class| of[*class]);
        images.extend(own.zip(memory.images.chunks_exact(values.max(1))));
    }
    images.sort_by_key(|(output, _)| *output);
    let [channels, height, width] = shape;
    let Normalisation { mean, std } = normalisation.clone();
    SyntheticSet {
        images: images.iter().flat_map(|(_, image)| image.iter().copied()).collect(),
        shape: [images.len(), channels, height, width],
        labels: Labels::Hard(images.iter().map(|(output, _)| *output as i64).collect()),
        steps: None,
        about: crate::record::synthetic_set::About::new(
            PixelSpace::Normalised(Space { mean, std }),
            outputs,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_of_shared_outputs_lie_side_by_side() {
        let memory = |first: f32, classes: &[usize]| Memory {
            images: (0..classes.len()).map(|at| first + at as f32).collect(),
            classes: classes.to_vec(),
        };
        let memories =
            [(memory(0.0, &[0, 0, 1]), vec![0, 1]), (memory(10.0, &[0, 1, 1]), vec![1, 2])];
        let normalisation = Normalisation { mean: vec![0.5], std: vec![0.2] };
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let set = joined(&memories, names, [1, 1, 1], &normalisation);
        assert_eq!(set.images, [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
        assert_eq!(set.labels, Labels::Hard(vec![0, 0, 1, 1, 2, 2]));
        assert_eq!(set.check(), Ok(()));
    }
}
