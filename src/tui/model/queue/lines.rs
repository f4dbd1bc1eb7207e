//! From the runs to the lines of the screen: filtered, in order, grouped by study.

use std::collections::{BTreeSet, HashMap};

use super::{Row, column::Column};
use crate::queue::{RunState, RunSummary};

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The head of a group, by its number.
    Heading(usize),
    /// A run, by the number of its row.
    Run(usize),
}

/// The runs of one study; or those of none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// The study; empty for the runs of none.
    pub study: String,
    /// The rows of its runs that are meant, in the order of the screen.
    pub rows: Vec<usize>,
    /// Whether its runs are hidden.
    pub is_folded: bool,
}

/// In which order runs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// The column that they are sorted by; none for the order of the queue: what is busy, what waits in the order
    /// in which it will be done, and then what is over or was laid aside, the newest first.
    pub column: Option<Column>,
    /// From the end.
    pub is_reversed: bool,
}

impl Order {
    /// True for the order of the queue itself, the one in which runs can be moved.
    pub const fn is_the_queues(self) -> bool {
        self.column.is_none() && !self.is_reversed
    }

    /// The next one that can be chosen: that of the queue, then column by column.
    #[must_use]
    pub fn next(self) -> Self {
        let column = match self.column {
            None => Column::ALL.first().copied(),
            Some(column) => {
                let at = Column::ALL.iter().position(|other| *other == column);
                at.and_then(|at| Column::ALL.get(at + 1)).copied()
            }
        };
        Self { column, is_reversed: false }
    }
}

/// How the runs are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// Their order.
    pub order: Order,
    /// Whether they are grouped by study, where there are studies.
    pub is_grouped: bool,
    /// Studies whose runs are hidden.
    pub folded: BTreeSet<String>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self { order: Order::default(), is_grouped: true, folded: BTreeSet::new() }
    }
}

/// True for a run that waits for its turn: of those alone the queue's order means something.
pub const fn waits(run: &RunSummary) -> bool {
    matches!(run.state, RunState::Queued { .. })
}

/// Where a run stands in the order of the queue, small numbers first.
fn standing(run: &RunSummary) -> (u8, i64, i64) {
    let id = run.id.number.cast_signed();
    match &run.state {
        RunState::Running { .. } | RunState::Paused { .. } | RunState::Stopping { .. } => {
            (0, run.place, id)
        }
        RunState::Pending { .. } => (1, run.place, id),
        RunState::Queued { .. } => (2, run.place, id),
        RunState::Stopped { at }
        | RunState::Interrupted { at, .. }
        | RunState::Finished { at }
        | RunState::Failed { at, .. }
        | RunState::Cancelled { at } => (3, -at.as_microsecond(), -id),
    }
}

/// The lines for `rows`, which are in the order of their places, with their groups.
pub fn lay_out(rows: &[Row], arrangement: &Arrangement) -> (Vec<Line>, Vec<Group>) {
    let mut meant: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].is_meant).collect();
    meant.sort_by_key(|index| standing(&rows[*index].run));
    let Order { column, is_reversed } = arrangement.order;
    match column {
        Some(column) => meant.sort_by(|first, second| {
            column.compare(&rows[*first].run, &rows[*second].run, is_reversed)
        }),
        None if is_reversed => meant.reverse(),
        None => {}
    }
    if !arrangement.is_grouped || rows.iter().all(|row| row.run.study.is_empty()) {
        return (meant.into_iter().map(Line::Run).collect(), Vec::new());
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for index in meant {
        let study = rows[index].run.study.as_str();
        let number = *numbers.entry(study).or_insert_with(|| {
            let is_folded = arrangement.folded.contains(study);
            groups.push(Group { study: study.to_owned(), is_folded, ..Group::default() });
            groups.len() - 1
        });
        groups[number].rows.push(index);
    }
    let mut lines = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        lines.push(Line::Heading(number));
        if !group.is_folded {
            lines.extend(group.rows.iter().copied().map(Line::Run));
        }
    }
    (lines, groups)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::tui::tests::recorded::{summary, worker};

    fn rows() -> Vec<Row> {
        let at = Timestamp::UNIX_EPOCH;
        let studies = ["", "t", "u", "t", ""];
        let rows = studies.iter().zip(1..).map(|(study, id)| {
            let mut run = summary(id, &format!("run {}", 9 - id), RunState::Queued { since: at });
            run.study = (*study).to_owned();
            Row { run, received: at, is_meant: true }
        });
        rows.collect()
    }

    fn shown(arrangement: &Arrangement) -> String {
        let rows = rows();
        let (lines, groups) = lay_out(&rows, arrangement);
        let names = lines.iter().map(|line| match line {
            Line::Heading(number) => format!("[{}]", groups[*number].study),
            Line::Run(row) => rows[*row].run.id.to_string(),
        });
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn studies_stand_together_where_their_first_run_stands() {
        let mut arrangement = Arrangement::default();
        assert_eq!(shown(&arrangement), "[] 1 5 [t] 2 4 [u] 3");
        arrangement.folded.insert("t".to_owned());
        assert_eq!(shown(&arrangement), "[] 1 5 [t] [u] 3");
        arrangement.is_grouped = false;
        assert_eq!(shown(&arrangement), "1 2 3 4 5");
    }

    #[test]
    fn what_is_busy_stands_first_and_of_what_is_over_the_newest() {
        let at = |secs| Timestamp::from_second(secs).unwrap();
        let mut rows = rows();
        rows[0].run.state = RunState::Finished { at: at(50) };
        rows[1].run.state = RunState::Finished { at: at(90) };
        rows[3].run.state = RunState::Running { worker: worker() };
        rows[4].run.place = -1;
        let order = |arrangement: &Arrangement| {
            let (lines, _) = lay_out(&rows, arrangement);
            let runs = lines.iter().filter_map(|line| match line {
                Line::Run(row) => Some(rows[*row].run.id.number),
                Line::Heading(_) => None,
            });
            runs.collect::<Vec<_>>()
        };
        let mut arrangement = Arrangement { is_grouped: false, ..Arrangement::default() };
        assert_eq!(order(&arrangement), [4, 5, 3, 2, 1]);
        arrangement.is_grouped = true;
        // Study t is the one that is busy.
        assert_eq!(order(&arrangement), [4, 2, 5, 1, 3]);
        arrangement.order.is_reversed = true;
        arrangement.is_grouped = false;
        assert_eq!(order(&arrangement), [1, 2, 3, 5, 4]);
    }

    #[test]
    fn without_studies_there_are_no_headings() {
        let mut rows = rows();
        for row in &mut rows {
            row.run.study.clear();
        }
        let (lines, groups) = lay_out(&rows, &Arrangement::default());
        assert_eq!((lines.len(), groups.len()), (5, 0));
    }

    #[test]
    fn any_column_orders_runs_and_the_queue_comes_round_again() {
        let mut arrangement = Arrangement { is_grouped: false, ..Arrangement::default() };
        arrangement.order.is_reversed = true;
        assert_eq!(shown(&arrangement), "5 4 3 2 1");
        assert!(!arrangement.order.is_the_queues());
        arrangement.order = Order { column: Some(Column::Title), is_reversed: false };
        assert_eq!(shown(&arrangement), "5 4 3 2 1");
        let mut order = Order::default();
        let mut columns = Vec::new();
        loop {
            order = order.next();
            let Some(column) = order.column else { break };
            columns.push(column);
        }
        assert_eq!(columns, Column::ALL);
        assert!(order.is_the_queues());
    }
}
