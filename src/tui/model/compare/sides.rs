//! The sides of a comparison: runs that do the same but for their seeds are one side, and two sides are held
//! against each other pair by pair, where a pair shares its seed.

use std::collections::BTreeMap;

use crate::{
    evaluate::Paired,
    queue::RunId,
    spec::{
        Spec,
        values::{plain, values},
    },
};

/// Runs that differ in nothing but their seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// What tells it from the others, in a word or two.
    pub name: String,
    /// Its runs by seed.
    pub runs: BTreeMap<u64, RunId>,
    /// Every setting that matters to a result, by key.
    settings: BTreeMap<String, String>,
}

/// A setting in which sides differ, with its value on each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The key of the spec.
    pub key: String,
    /// One value for each side; none where a side has no such setting.
    pub values: Vec<Option<String>>,
}

/// The sides of these runs, in the order in which they are named. Of two runs of a side with the same seed the
/// later one counts.
pub fn sides(runs: &[(RunId, &Spec)]) -> Vec<Side> {
    let mut sides: Vec<Side> = Vec::new();
    for (run, spec) in runs {
        let settings = settings(spec);
        if let Some(side) = sides.iter_mut().find(|side| side.settings == settings) {
            side.runs.insert(spec.seed, *run);
        } else {
            let runs = BTreeMap::from([(spec.seed, *run)]);
            sides.push(Side { name: String::new(), runs, settings });
        }
    }
    let differing = differing(&sides);
    for (place, side) in sides.iter_mut().enumerate() {
        let words = differing
            .iter()
            .filter_map(|setting| Some(word(&setting.key, setting.values.get(place)?.as_deref()?)));
        let words: Vec<String> = words.take(3).collect();
        side.name = if words.is_empty() { "all".to_owned() } else { words.join(", ") };
    }
    sides
}

/// What a value tells beside others. A number or a yes says nothing without the name of its setting.
fn word(key: &str, value: &str) -> String {
    let is_bare = value.parse::<f64>().is_ok() || value.parse::<bool>().is_ok();
    match key.rsplit('.').next() {
        Some(name) if is_bare => format!("{name} {value}"),
        _ => value.to_owned(),
    }
}

/// The settings in which the sides differ.
pub fn differing(sides: &[Side]) -> Vec<Differing> {
    let mut keys: Vec<&String> = sides.iter().flat_map(|side| side.settings.keys()).collect();
    keys.sort();
    keys.dedup();
    let all = keys.into_iter().map(|key| Differing {
        key: key.clone(),
        values: sides.iter().map(|side| side.settings.get(key).cloned()).collect(),
    });
    all.filter(|setting| setting.values.windows(2).any(|pair| pair[0] != pair[1])).collect()
}

/// The seeds that both sides have a run with.
pub fn shared_seeds(first: &Side, second: &Side) -> Vec<u64> {
    first.runs.keys().copied().filter(|seed| second.runs.contains_key(seed)).collect()
}

/// What two sides differ by in what `score` says of their runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// No pair has both of its scores.
    None,
    /// One pair has: a difference, and nothing to judge it by.
    One(f64),
    /// Several pairs.
    Paired(Paired),
}

/// Holds `first` against `second`: positive where the first is higher.
pub fn verdict(first: &Side, second: &Side, score: impl Fn(RunId) -> Option<f64>) -> Verdict {
    let pairs = shared_seeds(first, second).into_iter().filter_map(|seed| {
        let score = |side: &Side| side.runs.get(&seed).and_then(|run| score(*run));
        score(first).zip(score(second))
    });
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.unzip();
    match (Paired::of(&first, &second), first.first().zip(second.first())) {
        (Some(paired), _) => Verdict::Paired(paired),
        (None, Some((first, second))) => Verdict::One(first - second),
        (None, None) => Verdict::None,
    }
}

/// Every setting of a spec but its seed, by its key in full.
fn settings(spec: &Spec) -> BTreeMap<String, String> {
    let values = values(&spec.work()).into_iter().filter(|(key, _)| key != "seed");
    values.map(|(key, value)| (key, plain(&value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, Sharing, defaults::published};

    fn spec(sharing: Sharing, seed: u64) -> Spec {
        let mut spec = published(Method::Dsa, "mnist-5k", 1);
        spec.augment.sharing = sharing;
        spec.seed = seed;
        spec.name = format!("{seed}");
        spec
    }

    fn ten() -> Vec<(RunId, Spec)> {
        let runs = (0..5).flat_map(|seed| {
            [
                (RunId::new(2 * seed), spec(Sharing::Siamese, seed)),
                (RunId::new(2 * seed + 1), spec(Sharing::Independent, seed)),
            ]
        });
        runs.collect()
    }

    fn two_sides(runs: &[(RunId, Spec)]) -> Vec<Side> {
        sides(&runs.iter().map(|(run, spec)| (*run, spec)).collect::<Vec<_>>())
    }

    #[test]
    fn runs_that_differ_in_their_seeds_are_one_side() {
        let runs = ten();
        let sides = two_sides(&runs);
        let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
        assert_eq!(names, ["siamese", "independent"]);
        assert_eq!(
            sides[0].runs.values().map(|run| run.number).collect::<Vec<_>>(),
            [0, 2, 4, 6, 8]
        );
        let settings = differing(&sides);
        assert_eq!(settings.len(), 1);
        assert_eq!(settings[0].key, "augment.sharing");
        assert_eq!(shared_seeds(&sides[0], &sides[1]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_number_is_named_after_its_setting() {
        let runs = [250, 60].map(|iterations| {
            let mut spec = spec(Sharing::Siamese, 0);
            spec.condense.iterations = iterations;
            (RunId::new(iterations as u64), spec)
        });
        let names: Vec<String> = two_sides(&runs).into_iter().map(|side| side.name).collect();
        assert_eq!(names, ["iterations 250", "iterations 60"]);
    }

    #[test]
    fn seeds_of_one_spec_are_one_side_without_differences() {
        let runs = [
            (RunId::new(1), spec(Sharing::Siamese, 0)),
            (RunId::new(2), spec(Sharing::Siamese, 1)),
        ];
        let sides = two_sides(&runs);
        assert_eq!((sides.len(), sides[0].name.as_str(), differing(&sides).len()), (1, "all", 0));
    }

    #[test]
    fn only_pairs_with_both_scores_count() {
        let runs = ten();
        let sides = two_sides(&runs);
        let score = |run: RunId| match run.number {
            0 => Some(0.90),
            1 => Some(0.88),
            2 => Some(0.91),
            3 => Some(0.87),
            4 => Some(0.95),
            _ => None,
        };
        let Verdict::Paired(paired) = verdict(&sides[0], &sides[1], score) else { panic!() };
        assert_eq!(paired.pairs, 2);
        assert!((paired.difference - 0.03).abs() < 1e-12);
        let one = verdict(&sides[0], &sides[1], |run| score(run).filter(|_| run.number < 2));
        assert!(matches!(one, Verdict::One(difference) if (difference - 0.02).abs() < 1e-12));
        assert_eq!(verdict(&sides[0], &sides[1], |_| None), Verdict::None);
    }
}
