//! `stillroom rank FILE`: DD-Ranking's scores of the synthetic set of a file.

use std::io::{self, Write};

use serde_json::json;

use super::{failure::Failure, output, set_spec::SetArgs};
use crate::{
    engine::set_ranking::rank,
    evaluate::{Accuracies, Ranking},
};

/// The arguments of `rank`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Accuracies are means over `evaluate.networks` networks. A set's own recipe is the training that it was made
for: its soft labels, its learned step sizes, or else ordinary training.

  HLR  accuracy after all real data less that after the set with hard labels; lower is better
  IOR  accuracy after the set by its own recipe less that after as many random real images; higher is better
  LRS  both in one score from 0 to 1
  ARS  what the set wins over random images with and without augmentation, as a score from 0 to 1")]
pub struct Args {
    #[command(flatten)]
    set: SetArgs,
    /// Epochs of training on all real data
    #[arg(long, value_name = "N", default_value_t = 50)]
    whole_epochs: usize,
}

/// Ranks the set.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let set = args.set.read(json)?;
    let mut laboratory = args.set.laboratory(&set)?;
    let measured = rank(&mut laboratory, &set, args.whole_epochs, &mut |done, of, what| {
        // Nobody may be there to read it, and that is no failure.
        let _ = writeln!(io::stderr(), "{} of {of}: {what}", done + 1);
    });
    let (accuracies, ranking) = measured.map_err(|failure| args.set.of_set(failure))?;
    if json {
        return output::json(&json!({
            "file": args.set.path,
            "data": laboratory.spec.data.set,
            "network": laboratory.spec.network.to_string(),
            "networks": laboratory.spec.evaluate.networks,
            "accuracies": accuracies,
            "ranking": ranking,
        }));
    }
    output::text(&in_text(&accuracies, &ranking))
}

fn in_text(found: &Accuracies, ranking: &Ranking) -> String {
    let percent = |accuracy: f64| format!("{:.1} %", 100.0 * accuracy);
    let rows = [
        ["ACCURACY AFTER", "THE SET", "RANDOM REAL IMAGES"].map(str::to_owned),
        ["its own recipe".to_owned(), percent(found.own_recipe), percent(found.random_own_recipe)],
        ["hard labels".to_owned(), percent(found.hard_labels), String::new()],
        [
            "differentiable augmentation".to_owned(),
            percent(found.augmented),
            percent(found.random_augmented),
        ],
        ["no augmentation".to_owned(), percent(found.plain), percent(found.random_plain)],
        ["all real images".to_owned(), String::new(), percent(found.whole)],
    ];
    let points = |value: f64| format!("{:+.1} points", 100.0 * value);
    let Ranking { hlr, ior, lrs, ars } = *ranking;
    let scores = [
        ["HLR".to_owned(), points(hlr), "lower is better".to_owned()],
        ["IOR".to_owned(), points(ior), "higher is better".to_owned()],
        ["LRS".to_owned(), format!("{lrs:.3}"), "0 to 1".to_owned()],
        ["ARS".to_owned(), format!("{ars:.3}"), "0 to 1".to_owned()],
    ];
    let rows: Vec<Vec<String>> = rows.map(Vec::from).into();
    let scores: Vec<Vec<String>> = scores.map(Vec::from).into();
    format!("{}\n{}", output::columns(&rows), output::columns(&scores))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_as_text() {
        let found = Accuracies {
            whole: 0.974,
            hard_labels: 0.88,
            own_recipe: 0.875,
            random_own_recipe: 0.689,
            augmented: 0.88,
            random_augmented: 0.7,
            plain: 0.61,
            random_plain: 0.55,
        };
        insta::assert_snapshot!(in_text(&found, &found.into()));
    }
}
