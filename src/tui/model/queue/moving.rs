//! Where runs go that are moved by one step among those that are shown. Only runs that wait are moved, past others
//! that wait: what is busy or over has its place by its state.

use std::collections::BTreeSet;

use super::{Line, QueueModel, lines::waits};
use crate::queue::RunId;

/// Runs, and the run that they are put before; none puts them last.
pub type Move = (Vec<RunId>, Option<RunId>);

/// The move by one step of what is marked or under the cursor, within its group; a heading moves past the
/// next one. None at the end of the way.
pub fn step(queue: &QueueModel, down: bool) -> Option<Move> {
    let waits = |row: &usize| queue.rows.get(*row).is_some_and(|row| waits(&row.run));
    let host = |row: usize| queue.rows.get(row).map(|row| row.run.id.host);
    let mut moved: Vec<usize> = queue.target_rows().into_iter().filter(waits).collect();
    // Each host has a queue of its own.
    let own = host(*moved.first()?);
    moved.retain(|row| host(*row) == own);
    let taken: BTreeSet<usize> = moved.iter().copied().collect();
    let passed: Vec<usize> = match queue.lines.get(queue.at).filter(|_| queue.marked().is_empty()) {
        Some(Line::Heading(group)) => {
            let beside = group_beside(queue, *group, down)?.iter().copied();
            beside.filter(waits).collect()
        }
        _ => vec![row_beside(queue, &taken, down).filter(waits)?],
    };
    let edge = if down { passed.iter().max()? + 1 } else { *passed.iter().min()? };
    if passed.iter().any(|row| host(*row) != own) {
        return None;
    }
    let before = (edge..queue.rows.len()).find(|row| !taken.contains(row));
    let before = before.filter(|row| host(*row) == own);
    let id = |row: usize| queue.rows[row].run.id;
    Some((moved.into_iter().map(id).collect(), before.map(id)))
}

fn group_beside(queue: &QueueModel, group: usize, down: bool) -> Option<&[usize]> {
    let beside = if down { group + 1 } else { group.checked_sub(1)? };
    queue.groups.get(beside).map(|group| group.rows.as_slice())
}

/// The nearest shown run beyond those that are taken, if it is of the group that they end in.
fn row_beside(queue: &QueueModel, taken: &BTreeSet<usize>, down: bool) -> Option<usize> {
    let is_taken = |line: &Line| matches!(line, Line::Run(row) if taken.contains(row));
    let beyond = if down {
        let last = queue.lines.iter().rposition(is_taken)?;
        queue.lines.get(last + 1)
    } else {
        let first = queue.lines.iter().position(is_taken)?;
        first.checked_sub(1).and_then(|above| queue.lines.get(above))
    };
    match beyond {
        Some(Line::Run(row)) => Some(*row),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        queue::{HostName, RunState},
        tui::tests::recorded::summary,
    };

    /// Runs 1 to 6; the studies are those of the letters.
    fn queue(studies: &str) -> QueueModel {
        let at = Timestamp::UNIX_EPOCH;
        let mut queue = QueueModel::default();
        let runs = studies.chars().zip(1..).map(|(study, id)| {
            let mut run = summary(id, "r", RunState::Queued { since: at });
            run.study = study.to_string().trim().to_owned();
            run
        });
        queue.take_all(HostName::HERE, runs.collect(), at);
        queue
    }

    fn moved(queue: &QueueModel, down: bool) -> Option<(Vec<u64>, Option<u64>)> {
        let (runs, before) = step(queue, down)?;
        Some((runs.into_iter().map(|run| run.number).collect(), before.map(|run| run.number)))
    }

    #[test]
    fn the_run_under_the_cursor_changes_places_with_its_neighbour() {
        let mut queue = queue("      ");
        queue.select(RunId::new(3));
        assert_eq!(moved(&queue, false), Some((vec![3], Some(2))));
        assert_eq!(moved(&queue, true), Some((vec![3], Some(5))));
        queue.select(RunId::new(5));
        assert_eq!(moved(&queue, true), Some((vec![5], None)));
        queue.select(RunId::new(6));
        assert_eq!(moved(&queue, true), None);
        queue.select(RunId::new(1));
        assert_eq!(moved(&queue, false), None);
    }

    #[test]
    fn marked_runs_move_together() {
        let mut queue = queue("      ");
        queue.toggle_mark(RunId::new(5));
        queue.toggle_mark(RunId::new(2));
        assert_eq!(moved(&queue, false), Some((vec![2, 5], Some(1))));
        assert_eq!(moved(&queue, true), Some((vec![2, 5], None)));
    }

    #[test]
    fn runs_stay_in_their_group_and_headings_pass_each_other() {
        let mut queue = queue("aabbab");
        queue.select(RunId::new(5));
        assert_eq!(moved(&queue, false), Some((vec![5], Some(2))));
        assert_eq!(moved(&queue, true), None, "below is another study");
        queue.select_index(0);
        assert_eq!(moved(&queue, true), Some((vec![1, 2, 5], None)));
        assert_eq!(moved(&queue, false), None);
        // The second heading passes the first.
        queue.select_index(4);
        assert_eq!(moved(&queue, false), Some((vec![3, 4, 6], Some(1))));
    }

    #[test]
    fn only_what_waits_is_moved() {
        let mut queue = queue("      ");
        let at = Timestamp::UNIX_EPOCH;
        for run in [1, 3] {
            queue.take(summary(run, "over", RunState::Finished { at }), at);
        }
        // They stand in the order 2, 4, 5, 6, 3, 1.
        queue.select(RunId::new(4));
        assert_eq!(moved(&queue, false), Some((vec![4], Some(2))));
        queue.select(RunId::new(2));
        assert_eq!(moved(&queue, true), Some((vec![2], Some(5))));
        queue.select(RunId::new(6));
        assert_eq!(moved(&queue, true), None, "below is what is over");
        queue.select(RunId::new(3));
        assert_eq!((moved(&queue, true), moved(&queue, false)), (None, None));
        queue.toggle_mark(RunId::new(1));
        queue.toggle_mark(RunId::new(5));
        assert_eq!(moved(&queue, false), Some((vec![5], Some(4))));
    }

    #[test]
    fn neighbours_are_those_that_are_shown() {
        let mut queue = queue("      ");
        queue.filter.field.insert("!run:3");
        queue.refilter();
        queue.select(RunId::new(2));
        assert_eq!(moved(&queue, true), Some((vec![2], Some(5))));
        assert_eq!(moved(&queue, false), Some((vec![2], Some(1))));
    }
}
