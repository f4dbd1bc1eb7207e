//! `stillroom eval FILE`: how good the synthetic set of a file is, on any network.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use serde_json::json;

use super::{
    failure::Failure,
    figures, output,
    set_reading::{Reading, taken_for},
    set_spec::{SpecWish, of_set},
};
use crate::{engine::file_evaluation::FileEvaluation, spec::Networks};

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
    let wish =
        SpecWish { path: &args.path, data: args.data.as_deref(), on: &args.on, set: &args.set };
    let spec = wish.spec(&found.set)?;
    let of_set = |failure| of_set(&args.path, failure);
    let laboratory = wish.laboratory(spec)?;
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
