//! The queue as the daemon tells it, how it is shown, and which of it is selected and marked.
//!
//! The lines of the screen are made when something changes, not when something is drawn: a thousand runs cost
//! a frame nothing.

pub mod column;
pub mod lines;
pub mod moving;
pub mod query;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use self::{
    lines::{Arrangement, Group, Line, lay_out},
    query::{Query, Search},
};
use crate::{
    queue::{RunId, RunState, RunSummary},
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

/// What the cursor is on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cursor {
    Run(RunId),
    Group(String),
}

/// The words of states, in the order in which they are counted.
pub const WORDS: [&str; 9] = [
    "running",
    "paused",
    "stopping",
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

    /// The whole queue, anew.
    pub fn take_all(&mut self, runs: Vec<RunSummary>, now: Timestamp) {
        let rows = runs.into_iter().map(|run| Row { run, received: now, is_meant: true });
        self.rows = rows.collect();
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
        self.rows.sort_by_key(|row| (row.run.place, row.run.id));
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

    /// Finds the selected line; the nearest one, while the selected one is hidden.
    fn find_cursor(&mut self) {
        let last = self.lines.len().saturating_sub(1);
        let found = match &self.cursor {
            None => None,
            Some(Cursor::Group(study)) => self.heading_of(study),
            Some(Cursor::Run(run)) => {
                let row = self.places.get(run).copied();
                let line = row.and_then(|row| self.line_of(row));
                // A folded study stands for its runs.
                let study = row.and_then(|row| self.rows.get(row)).map(|row| &row.run.study);
                line.or_else(|| study.and_then(|study| self.heading_of(study)))
            }
        };
        self.at = found.unwrap_or(self.at).min(last);
        let is_gone = match &self.cursor {
            Some(Cursor::Run(run)) => !self.places.contains_key(run),
            _ => false,
        };
        if is_gone {
            self.select_index(self.at);
        }
    }

    fn line_of(&self, row: usize) -> Option<usize> {
        self.lines.iter().position(|line| *line == Line::Run(row))
    }

    fn heading_of(&self, study: &str) -> Option<usize> {
        let group = self.groups.iter().position(|group| group.study == study)?;
        self.lines.iter().position(|line| *line == Line::Heading(group))
    }

    /// The number of the selected line.
    pub fn selected_index(&self) -> Option<usize> {
        (!self.lines.is_empty()).then_some(self.at)
    }

    /// The row of the selected run; none while a heading is selected.
    pub fn selected(&self) -> Option<&Row> {
        match self.lines.get(self.at)? {
            Line::Run(row) => self.rows.get(*row),
            Line::Heading(_) => None,
        }
    }

    /// The selected group; none while a run is selected.
    pub fn selected_group(&self) -> Option<&Group> {
        match self.lines.get(self.at)? {
            Line::Heading(group) => self.groups.get(*group),
            Line::Run(_) => None,
        }
    }

    /// Selects a run.
    pub fn select(&mut self, run: RunId) {
        self.cursor = Some(Cursor::Run(run));
        self.find_cursor();
    }

    /// Selects the line at `index`, or the nearest there is.
    pub fn select_index(&mut self, index: usize) {
        self.at = index.min(self.lines.len().saturating_sub(1));
        self.cursor = match self.lines.get(self.at) {
            Some(Line::Run(row)) => self.rows.get(*row).map(|row| Cursor::Run(row.run.id)),
            Some(Line::Heading(group)) => {
                self.groups.get(*group).map(|group| Cursor::Group(group.study.clone()))
            }
            None => None,
        };
    }

    /// The shown run so many steps from another one, or the last on the way; headings are passed over.
    pub fn neighbour(&self, run: RunId, steps: isize) -> Option<RunId> {
        let runs: Vec<usize> = self
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Run(row) => Some(*row),
                Line::Heading(_) => None,
            })
            .collect();
        let row = self.places.get(&run)?;
        let at = runs.iter().position(|other| other == row).unwrap_or(0);
        let last = runs.len().checked_sub(1)?;
        let to = at.saturating_add_signed(steps).min(last);
        self.rows.get(*runs.get(to)?).map(|row| row.run.id)
    }

    /// Hides or shows the runs of the selected study, or of the study that the selected run is of.
    pub fn toggle_fold(&mut self) {
        let Some(study) = self.study_at_cursor() else { return };
        self.cursor = Some(Cursor::Group(study.clone()));
        self.arrange(|arrangement| {
            if !arrangement.folded.remove(&study) {
                arrangement.folded.insert(study);
            }
        });
    }

    fn study_at_cursor(&self) -> Option<String> {
        if self.groups.is_empty() {
            return None;
        }
        let group = self.selected_group().map(|group| group.study.clone());
        group.or_else(|| self.selected().map(|row| row.run.study.clone()))
    }

    /// The marked runs.
    pub const fn marked(&self) -> &BTreeSet<RunId> {
        &self.marked
    }

    /// Marks a run, or takes its mark away.
    pub fn toggle_mark(&mut self, run: RunId) {
        if !self.marked.remove(&run) {
            self.marked.insert(run);
        }
    }

    /// Marks what is selected and goes on to the next line; takes marks away where all of it has one.
    pub fn toggle_marks_at_cursor(&mut self) {
        let rows = match self.lines.get(self.at) {
            Some(Line::Run(row)) => vec![*row],
            Some(Line::Heading(group)) => self.groups[*group].rows.clone(),
            None => return,
        };
        let runs: Vec<RunId> = rows.into_iter().map(|row| self.rows[row].run.id).collect();
        if runs.iter().all(|run| self.marked.contains(run)) {
            self.marked.retain(|run| !runs.contains(run));
        } else {
            self.marked.extend(runs);
        }
        self.select_index(self.at + 1);
    }

    /// Marks every run that the filter means.
    pub fn mark_all(&mut self) {
        let meant = self.rows.iter().filter(|row| row.is_meant);
        self.marked.extend(meant.map(|row| row.run.id));
    }

    /// Takes all marks away.
    pub fn unmark(&mut self) {
        self.marked.clear();
    }

    /// The rows that wishes are about, in queue order: the marked runs, or else what is selected.
    fn target_rows(&self) -> Vec<usize> {
        if !self.marked.is_empty() {
            let mut rows: Vec<usize> =
                self.marked.iter().filter_map(|run| self.places.get(run).copied()).collect();
            rows.sort_unstable();
            return rows;
        }
        match self.lines.get(self.at) {
            Some(Line::Run(row)) => vec![*row],
            Some(Line::Heading(group)) => {
                let mut rows = self.groups.get(*group).map_or_else(Vec::new, |g| g.rows.clone());
                rows.sort_unstable();
                rows
            }
            None => Vec::new(),
        }
    }

    /// The runs that wishes are about, in queue order: the marked ones, or else what is selected.
    pub fn targets(&self) -> Vec<&RunSummary> {
        self.target_rows().into_iter().map(|row| &self.rows[row].run).collect()
    }

    /// Moves the shown lines so that the selected one is among `visible`.
    pub fn follow_selection(&mut self, visible: usize) {
        let last_offset = self.lines.len().saturating_sub(visible);
        let lowest = (self.at + 1).saturating_sub(visible);
        self.offset = self.offset.clamp(lowest, self.at.max(lowest)).min(last_offset);
    }

    /// Moves the shown lines by so many, of which `visible` are seen; the selection stays among them.
    pub fn scroll(&mut self, lines: isize, visible: usize) {
        let last_offset = self.lines.len().saturating_sub(visible);
        self.offset = self.offset.saturating_add_signed(lines).min(last_offset);
        let last = self.offset + visible.saturating_sub(1);
        if !(self.offset..=last).contains(&self.at) {
            self.select_index(self.at.clamp(self.offset, last));
        }
    }

    /// How many workers hold a slot of this device.
    pub fn busy_on(&self, device: &str) -> usize {
        let workers = self.rows.iter().filter_map(|row| row.run.state.worker());
        workers.filter(|worker| worker.device == device).count()
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

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn run(id: u64, place: i64) -> RunSummary {
        let state = RunState::Queued { since: NOW };
        RunSummary { place, ..summary(id, &format!("run {id}"), state) }
    }

    fn queue(count: u64) -> QueueModel {
        let mut queue = QueueModel::default();
        queue.take_all((1..=count).map(|id| run(id, id as i64)).collect(), NOW);
        queue
    }

    /// Two studies of two runs each.
    fn studies() -> QueueModel {
        let mut queue = QueueModel::default();
        let runs = [(1, "t"), (2, "t"), (3, "u"), (4, "u")];
        let runs =
            runs.map(|(id, study)| RunSummary { study: study.to_owned(), ..run(id, id as i64) });
        queue.take_all(runs.into(), NOW);
        queue
    }

    fn selected(queue: &QueueModel) -> Option<u64> {
        queue.selected().map(|row| row.run.id.0)
    }

    fn targets(queue: &QueueModel) -> Vec<u64> {
        queue.targets().into_iter().map(|run| run.id.0).collect()
    }

    #[test]
    fn the_selection_stays_with_its_run_when_rows_move() {
        let mut queue = queue(3);
        queue.select(RunId(2));
        queue.take(run(2, 9), NOW);
        assert_eq!((queue.selected_index(), selected(&queue)), (Some(2), Some(2)));
        queue.take(run(4, -1), NOW);
        assert_eq!(queue.selected_index(), Some(3));
    }

    #[test]
    fn the_selected_row_is_always_shown() {
        let mut queue = queue(50);
        for (index, offset) in [(0, 0), (9, 0), (10, 1), (49, 40), (45, 40), (39, 39), (3, 3)] {
            queue.select_index(index);
            queue.follow_selection(10);
            assert_eq!(queue.offset, offset, "row {index}");
        }
        // A larger window shows more rows rather than empty ones.
        queue.select_index(49);
        queue.follow_selection(60);
        assert_eq!(queue.offset, 0);
    }

    #[test]
    fn scrolling_takes_the_selection_along_only_where_it_must() {
        let mut queue = queue(50);
        queue.select_index(5);
        for (lines, offset, at) in [(3, 3, 5), (3, 6, 6), (-6, 0, 6), (-3, 0, 6), (99, 40, 40)] {
            queue.scroll(lines, 10);
            queue.follow_selection(10);
            assert_eq!((queue.offset, queue.selected_index()), (offset, Some(at)), "{lines}");
        }
    }

    #[test]
    fn selecting_beyond_the_end_selects_the_last() {
        let mut queue = queue(3);
        queue.select_index(99);
        assert_eq!(queue.selected_index(), Some(2));
        let mut empty = QueueModel::default();
        empty.select_index(0);
        assert_eq!(empty.selected_index(), None);
    }

    #[test]
    fn a_hidden_selection_comes_back_with_its_run() {
        let mut queue = queue(5);
        queue.select(RunId(4));
        queue.filter.field.insert("run<3");
        queue.refilter();
        assert_eq!((queue.hits(), selected(&queue)), (2, Some(2)));
        queue.filter.field.clear();
        queue.refilter();
        assert_eq!(selected(&queue), Some(4));
        // A run that changes is looked at anew.
        queue.filter.field.insert("state:cancelled");
        queue.refilter();
        assert_eq!(selected(&queue), None);
        queue.take(RunSummary { state: RunState::Cancelled { at: NOW }, ..run(2, 2) }, NOW);
        assert_eq!((queue.hits(), selected(&queue)), (1, Some(2)));
    }

    #[test]
    fn a_deleted_run_leaves_its_neighbour_selected_and_no_mark() {
        let mut queue = queue(3);
        queue.select(RunId(2));
        queue.toggle_mark(RunId(2));
        queue.remove(RunId(2));
        assert_eq!((selected(&queue), queue.marked().len()), (Some(3), 0));
        queue.remove(RunId(3));
        queue.remove(RunId(1));
        assert_eq!((selected(&queue), queue.selected_index()), (None, None));
        queue.take(run(7, 7), NOW);
        assert_eq!(selected(&queue), Some(7));
    }

    #[test]
    fn a_folded_study_stands_for_its_runs() {
        let mut queue = studies();
        queue.select(RunId(4));
        queue.toggle_fold();
        let group = queue.selected_group().unwrap();
        assert_eq!((group.study.as_str(), group.is_folded), ("u", true));
        assert_eq!(targets(&queue), [3, 4]);
        assert_eq!(queue.lines().len(), 4);
        queue.toggle_fold();
        assert_eq!(queue.lines().len(), 6);
        queue.select(RunId(3));
        assert_eq!(targets(&queue), [3]);
    }

    #[test]
    fn marks_are_what_wishes_are_about() {
        let mut queue = studies();
        queue.select(RunId(1));
        queue.toggle_marks_at_cursor();
        assert_eq!((targets(&queue), selected(&queue)), (vec![1], Some(2)));
        // A heading marks all of its study.
        queue.select_index(3);
        queue.toggle_marks_at_cursor();
        assert_eq!(targets(&queue), [1, 3, 4]);
        queue.select_index(3);
        queue.toggle_marks_at_cursor();
        assert_eq!(targets(&queue), [1]);
        queue.filter.field.insert("study:t");
        queue.refilter();
        queue.unmark();
        queue.mark_all();
        assert_eq!(targets(&queue), [1, 2]);
    }

    #[test]
    fn neighbours_are_runs() {
        let queue = studies();
        let next = |run, steps| queue.neighbour(RunId(run), steps).map(|run| run.0);
        assert_eq!([next(2, 1), next(3, -1), next(4, 1), next(1, -9)], [3, 2, 4, 1].map(Some));
        assert_eq!(next(9, 1), None);
    }
}
