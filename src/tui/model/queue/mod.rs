//! The queue as the daemon tells it, how it is shown, and which of it is selected and marked.
//!
//! The lines of the screen are made when something changes, not when something is drawn: a thousand runs cost
//! a frame nothing.

pub mod column;
mod cursor;
pub mod lines;
mod marks;
pub mod moving;
pub mod query;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use self::{
    cursor::Cursor,
    lines::{Arrangement, Group, Line, lay_out},
    query::{Query, Search},
};
use crate::{
    queue::{CLUSTER, HostName, RunId, RunState, RunSummary},
    spec::memory::bytes_of,
    tui::widgets::text_field::TextField,
};

/// A run and when it was heard of.
#[derive(Debug, Clone)]
pub struct Row {
    /// What lists show.
    pub run: RunSummary,
    /// When this was received, by the clock of this machine.
    pub received: Timestamp,
    /// Whether the filter means it.
    pub is_meant: bool,
}

/// Which runs are shown.
#[derive(Debug, Default)]
pub struct Filter {
    /// What was typed.
    pub field: TextField,
    /// Whether keys go into it.
    pub is_typing: bool,
    /// What it asks for.
    pub query: Query,
}

/// The words of states, in the order in which they are counted.
pub const WORDS: [&str; 10] = [
    "running",
    "paused",
    "stopping",
    "pending",
    "queued",
    "stopped",
    "interrupted",
    "failed",
    "finished",
    "cancelled",
];

/// All runs, in queue order, and what is shown of them.
#[derive(Debug, Default)]
pub struct QueueModel {
    rows: Vec<Row>,
    places: HashMap<RunId, usize>,
    counts: [usize; WORDS.len()],
    /// False until the daemon has told.
    pub is_known: bool,
    /// Which runs are shown.
    pub filter: Filter,
    search: Search,
    arrangement: Arrangement,
    lines: Vec<Line>,
    groups: Vec<Group>,
    /// What the user has selected, which may be hidden for a while.
    cursor: Option<Cursor>,
    /// The line that counts as selected.
    at: usize,
    marked: BTreeSet<RunId>,
    /// The first line that is shown.
    pub offset: usize,
}

impl QueueModel {
    /// The rows, in queue order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of a run.
    pub fn row(&self, run: RunId) -> Option<&Row> {
        self.rows.get(*self.places.get(&run)?)
    }

    /// The lines that can be shown, one below the other.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The groups that headings name.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How the runs are shown.
    pub const fn arrangement(&self) -> &Arrangement {
        &self.arrangement
    }

    /// How many runs the filter means.
    pub fn hits(&self) -> usize {
        self.rows.iter().filter(|row| row.is_meant).count()
    }

    /// The whole queue of a host, anew.
    pub fn take_all(&mut self, host: HostName, runs: Vec<RunSummary>, now: Timestamp) {
        let rows = runs.into_iter().map(|run| Row { run, received: now, is_meant: true });
        self.rows.retain(|row| row.run.id.host != host);
        self.rows.extend(rows);
        self.is_known = true;
        let there: BTreeSet<RunId> = self.rows.iter().map(|row| row.run.id).collect();
        self.marked.retain(|run| there.contains(run));
        self.order();
        self.refilter();
        if self.cursor.is_none() {
            // What is busy is what one came to see.
            let busy = self.rows.iter().find(|row| row.run.state.worker().is_some());
            let first = self.lines.iter().find_map(|line| match line {
                Line::Run(row) => self.rows.get(*row),
                Line::Heading(_) => None,
            });
            self.cursor = busy.or(first).map(|row| Cursor::Run(row.run.id));
            self.find_cursor();
        }
    }

    /// A run that is new or has changed; says what it was before.
    pub fn take(&mut self, run: RunSummary, now: Timestamp) -> Option<RunState> {
        let is_meant = self.filter.query.means(&run, &mut self.search);
        let (id, place) = (run.id, run.place);
        let row = Row { run, received: now, is_meant };
        let known = self.places.get(&id).and_then(|at| self.rows.get_mut(*at));
        let before = if let Some(known) = known {
            Some(std::mem::replace(known, row).run)
        } else {
            self.rows.push(row);
            None
        };
        if before.as_ref().is_none_or(|before| before.place != place) {
            self.order();
        }
        self.show();
        if self.cursor.is_none() {
            self.select(id);
        }
        before.map(|before| before.state)
    }

    /// A run that was deleted.
    pub fn remove(&mut self, run: RunId) {
        self.rows.retain(|row| row.run.id != run);
        self.marked.remove(&run);
        self.order();
        self.show();
    }

    fn order(&mut self) {
        // The order of each host's queue; hosts one after the other.
        self.rows.sort_by_key(|row| (row.run.id.host, row.run.place, row.run.id));
        self.places = self.rows.iter().zip(0..).map(|(row, at)| (row.run.id, at)).collect();
    }

    /// The filter was changed: what is meant by it is looked for anew.
    pub fn refilter(&mut self) {
        self.filter.query = Query::parse(self.filter.field.text());
        for row in &mut self.rows {
            row.is_meant = self.filter.query.means(&row.run, &mut self.search);
        }
        self.show();
    }

    /// Shows the runs in another way.
    pub fn arrange(&mut self, change: impl FnOnce(&mut Arrangement)) {
        change(&mut self.arrangement);
        self.show();
    }

    /// Makes the lines anew.
    fn show(&mut self) {
        (self.lines, self.groups) = lay_out(&self.rows, &self.arrangement);
        self.counts = [0; WORDS.len()];
        for row in &self.rows {
            let word = row.run.state.word();
            if let Some(at) = WORDS.iter().position(|known| *known == word) {
                self.counts[at] += 1;
            }
        }
        self.find_cursor();
    }

    /// The runs that hold a slot of this device.
    pub fn on_device<'a>(
        &'a self,
        host: HostName,
        device: &'a str,
    ) -> impl Iterator<Item = &'a RunSummary> {
        let of_host = self.rows.iter().map(|row| &row.run).filter(move |run| run.id.host == host);
        of_host.filter(move |run| {
            // That of a job is on another machine.
            let own = run.state.worker().filter(|worker| worker.job.is_empty());
            let is_there = device == CLUSTER && run.state.job().is_some();
            is_there || own.is_some_and(|worker| worker.device == device)
        })
    }

    /// How many workers hold a slot of this device.
    pub fn busy_on(&self, host: HostName, device: &str) -> usize {
        self.on_device(host, device).count()
    }

    /// Bytes that the runs on this device declare.
    pub fn declared_on(&self, host: HostName, device: &str) -> u64 {
        let declared = self.on_device(host, device).map(|run| bytes_of(run.memory));
        declared.fold(0, u64::saturating_add)
    }

    /// How many runs are in states of this word.
    pub fn count(&self, word: &str) -> usize {
        WORDS.iter().position(|known| *known == word).map_or(0, |at| self.counts[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::recorded::summary;

    pub(super) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    pub(super) fn run(id: u64, place: i64) -> RunSummary {
        let state = RunState::Queued { since: NOW };
        RunSummary { place, ..summary(id, &format!("run {id}"), state) }
    }

    pub(super) fn queue(count: u64) -> QueueModel {
        let mut queue = QueueModel::default();
        queue.take_all(HostName::HERE, (1..=count).map(|id| run(id, id as i64)).collect(), NOW);
        queue
    }

    /// Two studies of two runs each.
    pub(super) fn studies() -> QueueModel {
        let mut queue = QueueModel::default();
        let runs = [(1, "t"), (2, "t"), (3, "u"), (4, "u")];
        let runs =
            runs.map(|(id, study)| RunSummary { study: study.to_owned(), ..run(id, id as i64) });
        queue.take_all(HostName::HERE, runs.into(), NOW);
        queue
    }

    pub(super) fn selected(queue: &QueueModel) -> Option<u64> {
        queue.selected().map(|row| row.run.id.number)
    }

    pub(super) fn targets(queue: &QueueModel) -> Vec<u64> {
        queue.targets().into_iter().map(|run| run.id.number).collect()
    }

    #[test]
    fn a_deleted_run_leaves_its_neighbour_selected_and_no_mark() {
        let mut queue = queue(3);
        queue.select(RunId::new(2));
        queue.toggle_mark(RunId::new(2));
        queue.remove(RunId::new(2));
        assert_eq!((selected(&queue), queue.marked().len()), (Some(3), 0));
        queue.remove(RunId::new(3));
        queue.remove(RunId::new(1));
        assert_eq!((selected(&queue), queue.selected_index()), (None, None));
        queue.take(run(7, 7), NOW);
        assert_eq!(selected(&queue), Some(7));
    }
}
