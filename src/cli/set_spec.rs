//! What a command that trains on the set of a file works with: the spec of the set's own run, as far as it has
//! one, and what the user wants otherwise.

use std::path::{Path, PathBuf};

use super::{
    failure::Failure,
    output,
    set_reading::{Reading, taken_for},
};
use crate::{
    engine::{self, devices, laboratory::Laboratory},
    queue::Places,
    record::SyntheticSet,
    spec::{
        Method, Networks, Spec,
        parse::{Typed, parse},
    },
};

/// A set in a file, and what is wished of its evaluation.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// A file (.safetensors, .npz, .pt, .pth) or a folder (PNG files by class, images.pt)
    pub path: PathBuf,
    /// The data set to test on [default: that of the set's own run]
    #[arg(long, value_name = "NAME")]
    data: Option<String>,
    /// The networks to train, by the papers' names with spaces between [default: that of the set's own run]
    #[arg(long, value_name = "NETWORKS")]
    on: Option<Networks>,
    /// Change a value of the spec, such as `evaluate.networks=3` or `device=cpu`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    reading: Reading,
}

impl SetArgs {
    /// Reads the set; says what it is taken for, unless it is to be silent.
    pub fn read(&self, silent: bool) -> Result<SyntheticSet, Failure> {
        let found = self.reading.read(&self.path)?;
        if !silent {
            output::line(&taken_for(&self.path, &found))?;
        }
        Ok(found.set)
    }

    /// What a set is evaluated with.
    pub fn laboratory(&self, set: &SyntheticSet) -> Result<Laboratory, Failure> {
        let spec = self.spec(set)?;
        devices::hold_cpu_level().map_err(|error| Failure::Said(error.to_string()))?;
        let chosen =
            devices::choose(&spec.device).map_err(|error| Failure::Said(error.to_string()))?;
        Laboratory::prepare(spec, Places::find()?.data_dir(), &chosen)
            .map_err(|failure| self.of_set(failure))
    }

    /// A failure of the engine with the set.
    pub fn of_set(&self, failure: engine::failure::Failure) -> Failure {
        let engine::failure::Failure { reason, advice, .. } = failure;
        let advice = if advice.is_empty() { advice } else { format!("\n{advice}") };
        Failure::Said(format!("{}: {reason}{advice}", self.path.display()))
    }

    /// What is evaluated, and how: the spec of the set's own run, or DSA's for the data set that was named.
    fn spec(&self, set: &SyntheticSet) -> Result<Spec, Failure> {
        let source = self.path.display().to_string();
        let (text, own) = (&set.about.spec, own_spec(&set.about.spec, &self.path));
        let Some(data) = self.data.as_ref().map_or_else(
            || own.as_ref().map(|own| own.data.set.clone()),
            |data| Some(data.to_owned()),
        ) else {
            return Err(Failure::Said(format!(
                "{source} does not say which data set it is for: add `--data` with one that `stillroom data ls` \
             lists"
            )));
        };
        let images = set.shape[0].div_ceil(set.about.classes.len().max(1)).max(1);
        let mut changes = vec![
            format!("data.set={data}"),
            format!("ipc={images}"),
            "evaluate.random_baseline=false".to_owned(),
            "condense.real_batch=1".to_owned(),
            "condense.real_precision=f32".to_owned(),
        ];
        // Nothing is drawn from a class, which may have fewer images than the set; labels alone are learned for
        // real images.
        if own.is_none_or(|own| own.method != Method::Ld) {
            changes.push("init=noise".to_owned());
        }
        if self.data.is_some() {
            changes.push("data.path=".to_owned());
        }
        let on = self.on.clone().unwrap_or_default();
        let mut networks = on.list().iter().cloned();
        let first = networks.next();
        changes.extend(self.set.iter().cloned());
        let parsed = parse(&Typed { source: &source, text, set: &changes });
        let mut spec = parsed.map_err(Failure::Spec)?;
        if let Some(first) = first {
            spec.network = first;
            spec.evaluate.also_on = networks.collect();
        }
        Ok(spec)
    }
}

/// The spec of the run that made a set, if one did.
fn own_spec(text: &str, path: &Path) -> Option<Spec> {
    if text.is_empty() {
        return None;
    }
    let source = path.display().to_string();
    parse(&Typed { source: &source, text, set: &[] }).ok()
}
