//! Siamese against independent augmentation: the same run twice for every seed, so that the two differ in
//! nothing but who shares the parameters of augmentations (paper section 4.5, the Siamese ablation).

use super::draft::Draft;
use crate::spec::{Sharing, Spec, field::find};

/// Runs of a pair.
pub const PAIR: usize = 2;

/// The specs of the pairs as TOML, pair by pair, siamese first.
///
/// # Errors
/// A sentence, when the draft has faults or its method does not augment while it matches.
pub fn siamese_pairs(draft: &Draft, pairs: u64) -> Result<Vec<String>, String> {
    let spec = draft.checked()?;
    refuse_without_augmentation(spec)?;
    let name = without_pair(&spec.name);
    let mut texts = Vec::new();
    for seed in (spec.seed..).take(pairs as usize) {
        for sharing in [Sharing::Siamese, Sharing::Independent] {
            let mut one = draft.clone();
            let name = match name {
                "" => format!("{sharing}, seed {seed}"),
                name => format!("{name}, {sharing}, seed {seed}"),
            };
            let changes = [
                ("name", name),
                ("seed", seed.to_string()),
                ("augment.sharing", sharing.to_string()),
            ];
            for (key, value) in changes {
                if let Some(field) = find(key) {
                    one.change(field, &value);
                }
            }
            texts.push(one.to_toml());
        }
    }
    Ok(texts)
}

/// A run's name without what an earlier pair has put behind it.
fn without_pair(mut name: &str) -> &str {
    loop {
        let rest = name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix("seed ");
        let rest = rest.filter(|_| name.ends_with(|c: char| c.is_ascii_digit()));
        let rest = rest.and_then(|rest| {
            let of = |sharing: Sharing| rest.strip_suffix(&format!("{sharing}, "));
            of(Sharing::Siamese).or_else(|| of(Sharing::Independent))
        });
        match rest.map(|rest| rest.strip_suffix(", ").unwrap_or(rest)) {
            Some(rest) if rest.is_empty() || name.starts_with(&format!("{rest}, ")) => name = rest,
            _ => return name,
        }
    }
}

fn refuse_without_augmentation(spec: &Spec) -> Result<(), String> {
    if spec.method.learns() && !spec.augment.strategy.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} matches without augmentation here, so there is nothing to share; choose dsa, or a strategy",
        spec.method
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse::{Typed, parse};

    #[test]
    fn a_pair_shares_its_seed_and_differs_in_sharing_alone() {
        let draft = Draft::new("preset", "name = \"mine\"\nmethod = \"dsa\"\nipc = 1\nseed = 3\n");
        let texts = siamese_pairs(&draft, 2).unwrap();
        let specs: Vec<Spec> = texts
            .iter()
            .map(|text| parse(&Typed { source: "pair", text, set: &[] }).unwrap())
            .collect();
        let seeds: Vec<u64> = specs.iter().map(|spec| spec.seed).collect();
        assert_eq!(seeds, [3, 3, 4, 4]);
        assert_eq!(specs[0].name, "mine, siamese, seed 3");
        for pair in specs.chunks(2) {
            assert_eq!(pair[0].augment.sharing, Sharing::Siamese);
            assert_eq!(pair[1].augment.sharing, Sharing::Independent);
            let mut alike = pair[1].clone();
            alike.augment.sharing = Sharing::Siamese;
            alike.name.clone_from(&pair[0].name);
            assert_eq!(alike, pair[0]);
        }
    }

    #[test]
    fn pairs_of_a_pairs_run_are_named_once() {
        let names = [
            ("mine", "mine"),
            ("mine, siamese, seed 3", "mine"),
            ("mine, siamese, seed 0, independent, seed 12", "mine"),
            ("independent, seed 12", ""),
            ("a siamese, seed 3", "a siamese, seed 3"),
            ("mine, seed 3", "mine, seed 3"),
            ("siamese, seed ", "siamese, seed "),
        ];
        for (name, rest) in names {
            assert_eq!(without_pair(name), rest);
        }
        let draft = "name = \"mine, independent, seed 0\"\nmethod = \"dsa\"\nipc = 1\n";
        let texts = siamese_pairs(&Draft::new("run 3", draft), 1).unwrap();
        assert!(texts[0].contains("\"mine, siamese, seed 0\""), "{}", texts[0]);
    }

    #[test]
    fn without_augmentation_there_is_nothing_to_compare() {
        let draft = Draft::new("preset", "method = \"dc\"\nipc = 1\n");
        assert!(siamese_pairs(&draft, 2).unwrap_err().contains("nothing to share"));
        let draft = Draft::new("preset", "method = \"herding\"\n");
        assert!(siamese_pairs(&draft, 2).is_err());
        assert!(siamese_pairs(&Draft::new("preset", "ipc = 0"), 2).is_err());
    }
}
