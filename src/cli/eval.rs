//! `stillroom eval FILE`: how good the synthetic set of a file is, on any network.

use std::io::{self, Write};

use serde_json::json;

use super::{failure::Failure, figures, output, set_spec::SetArgs};
use crate::engine::file_evaluation::FileEvaluation;

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
    #[command(flatten)]
    set: SetArgs,
}

/// Evaluates the set.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let set = args.set.read(json)?;
    let laboratory = args.set.laboratory(&set)?;
    let of_set = |failure| args.set.of_set(failure);
    let evaluation = FileEvaluation::new(&laboratory, &set).map_err(of_set)?;
    let results = evaluation.run(&mut |network, done, of| {
        // Nobody may be there to read it, and that is no failure.
        let _ = writeln!(io::stderr(), "{network}: {done} of {of} networks");
    });
    let results = results.map_err(of_set)?;
    if json {
        return output::json(&json!({
            "file": args.set.path,
            "data": laboratory.spec.data.set,
            "augmentation": laboratory.spec.evaluate.augmentation.word(),
            "space": set.about.space.to_string(),
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
