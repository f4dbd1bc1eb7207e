//! `stillroom eval FILE`: how good the synthetic set of a file is, on any network.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{
    failure::Failure,
    figures, output,
    set_reading::{Reading, taken_for},
};
use crate::{
    engine::{self, devices, file_evaluation::FileEvaluation, laboratory::Laboratory},
    queue::Places,
    record::SyntheticSet,
    spec::{
        Networks, Spec,
        parse::{Typed, parse},
    },
};

/// The arguments of `eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stillroom eval runs/0001-dsa-mnist-ipc1/result/synthetic.safetensors
  stillroom eval res_DSA_CIFAR10_ConvNet_10ipc.pt --data cifar10 --on 'ConvNet ResNet18 VGG11'
  stillroom eval images_best.pt --data cifar10 --space normalised:cifar10 --set evaluate.networks=3

Networks are trained from scratch on the set and tested on all test images of the data set, with the
augmentation and the epochs of the set's own run; of a set that none of our runs made, with those of DSA.")]
pub struct Args {
    /// A file (.safetensors, .npz, .pt, .pth) or a folder (PNG files by class, images.pt)
    path: PathBuf,
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

/// Evaluates the set.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let found = args.reading.read(&args.path)?;
    if !json {
        output::line(&taken_for(&args.path, &found))?;
    }
    let spec = spec(args, &found.set)?;
    let of_set = |failure: engine::failure::Failure| {
        let engine::failure::Failure { reason, advice, .. } = failure;
        let advice = if advice.is_empty() { advice } else { format!("\n{advice}") };
        Failure::Said(format!("{}: {reason}{advice}", args.path.display()))
    };
    devices::hold_cpu_level().map_err(|error| Failure::Said(error.to_string()))?;
    let chosen = devices::choose(&spec.device).map_err(|error| Failure::Said(error.to_string()))?;
    let laboratory =
        Laboratory::prepare(spec, Places::find()?.data_dir(), &chosen).map_err(of_set)?;
    let evaluation = FileEvaluation::new(&laboratory, &found.set).map_err(of_set)?;
    let results = evaluation.run(&mut |network, done, of| {
        // Nobody may be there to read it, and that is no failure.
        let _ = writeln!(io::stderr(), "{network}: {done} of {of} networks");
    });
    let results = results.map_err(of_set)?;
    if json {
        return output::json(&json!({
            "file": args.path,
            "data": laboratory.spec.data.set,
            "augmentation": laboratory.spec.evaluate.augmentation.word(),
            "space": found.set.about.space.to_string(),
            "results": results,
        }));
    }
    let mut rows = vec![["NETWORK", "ACCURACY", "NETWORKS", "TIME"].map(str::to_owned)];
    rows.extend(results.iter().map(|result| {
        [
            result.network.clone(),
            figures::accuracy(Some((result.summary.mean, result.summary.std))),
            result.summary.count.to_string(),
            figures::span(result.secs),
        ]
    }));
    output::table(&rows)
}

/// What is evaluated, and how: the spec of the set's own run, or DSA's for the data set that was named.
fn spec(args: &Args, set: &SyntheticSet) -> Result<Spec, Failure> {
    let source = args.path.display().to_string();
    let own = &set.about.spec;
    let Some(data) = args.data.clone().or_else(|| data_of(own, &args.path)) else {
        return Err(Failure::Said(format!(
            "{source} does not say which data set it is for: add `--data` with one that `stillroom data ls` \
             lists"
        )));
    };
    let images = set.shape[0].div_ceil(set.about.classes.len().max(1)).max(1);
    let mut changes = vec![
        format!("data.set={data}"),
        format!("ipc={images}"),
        "init=noise".to_owned(),
        "evaluate.random_baseline=false".to_owned(),
        "condense.real_batch=1".to_owned(),
        "condense.real_precision=f32".to_owned(),
    ];
    if args.data.is_some() {
        changes.push("data.path=".to_owned());
    }
    let on = args.on.clone().unwrap_or_default();
    let mut networks = on.list().iter().cloned();
    let first = networks.next();
    changes.extend(args.set.iter().cloned());
    let parsed = parse(&Typed { source: &source, text: own, set: &changes });
    let mut spec = parsed.map_err(Failure::Spec)?;
    if let Some(first) = first {
        spec.network = first;
        spec.evaluate.also_on = networks.collect();
    }
    Ok(spec)
}

/// The data set of the run that made a set, if one did.
fn data_of(spec: &str, path: &Path) -> Option<String> {
    if spec.is_empty() {
        return None;
    }
    let source = path.display().to_string();
    let spec = parse(&Typed { source: &source, text: spec, set: &[] }).ok()?;
    Some(spec.data.set)
}
