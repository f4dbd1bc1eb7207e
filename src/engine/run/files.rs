//! What a run writes into its folder beside its log: pictures, checkpoints, the result.

use std::time::Instant;

use super::{super::failure::Failure, Run};
use crate::{
    record::{
        Checkpoint, PixelSpace, RunFolder, SyntheticSet, atomic,
        contact_sheet::{self, PADDING, Pixels},
        event::{Fact, Snapshot},
        synthetic_set::About,
    },
    spec::{
        Method, Spec,
        parse::{Typed, parse},
    },
};

/// The checkpoint of `folder`, if it has one for this very spec.
pub fn usable_checkpoint(folder: &RunFolder, spec: &Spec) -> Result<Option<Checkpoint>, Failure> {
    let path = folder.checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let advice = "remove the checkpoint folder to start the run from the beginning";
    let checkpoint = Checkpoint::read(&path).map_err(|error| Failure::new(error, advice))?;
    if !is_text_of(spec, &checkpoint.place.spec) {
        let reason = format!("{} was written for another spec than spec.toml", path.display());
        return Err(Failure::new(reason, advice));
    }
    Ok(Some(checkpoint))
}

/// Whether `text` is this spec, if need be as a version wrote it that knew fewer keys.
pub(in crate::engine) fn is_text_of(spec: &Spec, text: &str) -> bool {
    let typed = Typed { source: "checkpoint", text, set: &[] };
    text == spec.to_toml() || parse(&typed).is_ok_and(|written| written == *spec)
}

impl Run<'_> {
    /// Writes a picture of the set as it is.
    pub fn take_picture(&mut self) -> Result<(), Failure> {
        self.journal.guard()?;
        let [_, channels, height, width] = self.laboratory.shape();
        let bytes =
            self.laboratory.space().to_bytes(&self.condensation.images_on_host()?, height * width);
        let ipc = self.laboratory.spec.ipc;
        let sheet =
            contact_sheet::lay_out(Pixels { bytes: &bytes, shape: [channels, height, width] }, ipc);
        let png = contact_sheet::png(&sheet).map_err(Failure::plain)?;
        let name = RunFolder::snapshot_name(self.iteration());
        let path = self.folder.path().join(&name);
        atomic::create_folder(&self.folder.path().join("snapshots"))?;
        atomic::write(&path, &png)?;
        self.journal.fact(Fact::Snapshot(Snapshot {
            iteration: self.iteration(),
            path: name,
            rows: self.laboratory.classes() as u32,
            columns: ipc as u32,
            tile: [width as u32, height as u32],
            padding: PADDING,
        }))?;
        Ok(())
    }

    /// So that a run that is killed loses little.
    pub(super) fn write_checkpoint_if_due(&mut self) -> Result<(), Failure> {
        let limit = self.laboratory.spec.record.checkpoint_secs;
        if limit > 0 && self.safe_since.elapsed().as_secs() >= limit {
            self.write_checkpoint()?;
        }
        Ok(())
    }

    pub(super) fn write_checkpoint(&mut self) -> Result<(), Failure> {
        self.condensation.place.used_secs = self.journal.used_secs();
        let checkpoint = self.condensation.checkpoint(self.laboratory)?;
        self.journal.guard()?;
        checkpoint.write(&self.folder.checkpoint())?;
        self.safe_since = Instant::now();
        let iteration = self.iteration();
        Ok(self.journal.fact(Fact::Checkpoint { iteration })?)
    }

    /// Writes the set, unless it is the whole data set.
    pub(super) fn write_result(&self) -> Result<(), Failure> {
        if self.laboratory.spec.method == Method::Whole {
            return Ok(());
        }
        let place = &self.condensation.place;
        let product = self.condensation.product(self.laboratory)?;
        self.journal.guard()?;
        let space = PixelSpace::Normalised(self.laboratory.space());
        let pixels = self.condensation.images_on_host()?;
        let images = match &product.order {
            Some(order) => {
                let image = pixels.len() / self.laboratory.images().max(1);
                order.iter().flat_map(|at| &pixels[at * image..(at + 1) * image]).copied().collect()
            }
            None => pixels,
        };
        let set = SyntheticSet {
            images,
            shape: self.laboratory.shape(),
            labels: product.labels,
            steps: product.steps,
            about: About {
                iteration: place.iteration,
                spec: self.laboratory.spec.to_toml(),
                network: self.laboratory.spec.network.to_string(),
                adam_steps: product.adam_steps,
                evaluations: place.evaluations.clone(),
                ..About::new(space, self.laboratory.data.info.classes.clone())
            },
        };
        atomic::create_folder(&self.folder.result())?;
        set.write(&self.folder.synthetic_set())?;
        Ok(set.write_pictures(&self.folder.result().join("images"))?)
    }
}
