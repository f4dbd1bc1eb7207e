//! The part of the queue that changes the order of runs.

use std::collections::BTreeSet;

use super::{
    keeper::{Done, Keeper, unknown},
    refusal::Refusal,
    run::RunId,
};

/// The order in which `moved` stand, as they are listed, before the run `before`, or behind all others
/// where none is named.
pub fn arranged(
    order: &[RunId],
    moved: &[RunId],
    before: Option<RunId>,
) -> Result<Vec<RunId>, Refusal> {
    let known: BTreeSet<RunId> = order.iter().copied().collect();
    if let Some(&absent) = moved.iter().chain(&before).find(|run| !known.contains(run)) {
        return Err(unknown(absent));
    }
    let mut taken = BTreeSet::new();
    let moved: Vec<RunId> = moved.iter().copied().filter(|run| taken.insert(*run)).collect();
    if moved.is_empty() {
        return Err(Refusal::plain("no run was named that is to be moved"));
    }
    if let Some(run) = before.filter(|run| taken.contains(run)) {
        let reason = format!("run {run} cannot stand before itself");
        return Err(Refusal::new(reason, "Name a run that is not moved."));
    }
    let mut others: Vec<RunId> = order.iter().copied().filter(|run| !taken.contains(run)).collect();
    let at = before.and_then(|before| others.iter().position(|run| *run == before));
    let at = at.unwrap_or(others.len());
    others.splice(at..at, moved);
    Ok(others)
}

/// As many places as there are runs, rising: those that there are, so that few runs get another one, or
/// new ones where two runs have the same.
fn rising(mut places: Vec<i64>) -> Vec<i64> {
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0] == pair[1]) {
        return (0..places.len() as i64).collect();
    }
    places
}

impl Keeper {
    /// Puts runs before another one, or last.
    pub(super) fn arrange(
        &mut self,
        moved: &[RunId],
        before: Option<RunId>,
    ) -> Result<Done, Refusal> {
        let order: Vec<RunId> = self.in_order().map(|run| run.id).collect();
        let places = rising(self.in_order().map(|run| run.place).collect());
        let order = arranged(&order, moved, before)?;
        let changed: Vec<_> = order
            .iter()
            .zip(places)
            .filter_map(|(run, place)| {
                let mut entry = self.entries.get(run).filter(|e| e.summary.place != place)?.clone();
                entry.summary.place = place;
                Some(entry)
            })
            .collect();
        self.store.save_all(&changed).map_err(Refusal::plain)?;
        for entry in changed {
            let run = entry.id();
            self.entries.insert(run, entry);
            // Many at a time, and only needed to make a lost database anew.
            self.unkept.insert(run);
            self.announce(run);
        }
        Ok(Done::Said(sentence(moved, before)))
    }
}

fn sentence(moved: &[RunId], before: Option<RunId>) -> String {
    let names: Vec<String> = moved.iter().map(ToString::to_string).collect();
    let (runs, stand) = if moved.len() == 1 { ("run", "stands") } else { ("runs", "stand") };
    let place = before.map_or_else(|| "last".to_owned(), |before| format!("before run {before}"));
    format!("{runs} {} {stand} {place}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(numbers: &[u64]) -> Vec<RunId> {
        numbers.iter().copied().map(RunId::new).collect()
    }

    fn order(moved: &[u64], before: Option<u64>) -> Result<Vec<u64>, String> {
        let order = arranged(&ids(&[1, 2, 3, 4, 5]), &ids(moved), before.map(RunId::new));
        order
            .map(|order| order.into_iter().map(|run| run.number).collect())
            .map_err(|refusal| refusal.reason)
    }

    #[test]
    fn runs_stand_where_they_are_put_in_the_order_they_are_named() {
        assert_eq!(order(&[5, 2], Some(1)), Ok(vec![5, 2, 1, 3, 4]));
        assert_eq!(order(&[1, 3], None), Ok(vec![2, 4, 5, 1, 3]));
        assert_eq!(order(&[4, 4], Some(3)), Ok(vec![1, 2, 4, 3, 5]));
        assert_eq!(order(&[1, 2, 3, 4, 5], None), Ok(vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(order(&[9], None), Err("there is no run 9".to_owned()));
        assert_eq!(order(&[1], Some(9)), Err("there is no run 9".to_owned()));
        assert_eq!(order(&[1, 2], Some(2)), Err("run 2 cannot stand before itself".to_owned()));
        assert_eq!(order(&[], None), Err("no run was named that is to be moved".to_owned()));
    }

    #[test]
    fn places_stay_unless_two_runs_have_the_same() {
        assert_eq!(rising(vec![7, -2, 3]), [-2, 3, 7]);
        assert_eq!(rising(vec![7, 3, 3]), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_the_others_keep_their_order(
            count in 1_u64..20,
            moved in prop::collection::vec(1_u64..20, 1..8),
            before in prop::option::of(1_u64..20),
        ) {
            let all: Vec<RunId> = (1..=count).map(RunId::new).collect();
            let moved = ids(&moved);
            let Ok(order) = arranged(&all, &moved, before.map(RunId::new)) else { return Ok(()) };
            let mut sorted = order.clone();
            sorted.sort();
            prop_assert_eq!(&sorted, &all);
            let others: Vec<_> = order.into_iter().filter(|run| !moved.contains(run)).collect();
            prop_assert!(others.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
