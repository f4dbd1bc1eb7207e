//! The queue as the daemon tells it, and which of its rows is selected.

use jiff::Timestamp;

use crate::queue::{RunId, RunState, RunSummary};

/// A run and when it was heard of.
#[derive(Debug, Clone)]
pub struct Row {
    /// What lists show.
    pub run: RunSummary,
    /// When this was received, by the clock of this machine.
    pub received: Timestamp,
}

/// All runs, in queue order.
#[derive(Debug, Default)]
pub struct QueueModel {
    rows: Vec<Row>,
    /// False until the daemon has told.
    pub is_known: bool,
    selected: Option<RunId>,
    /// The first row that is shown.
    pub offset: usize,
}

impl QueueModel {
    /// The rows, in queue order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of a run.
    pub fn row(&self, run: RunId) -> Option<&Row> {
        self.rows.iter().find(|row| row.run.id == run)
    }

    /// The whole queue, anew.
    pub fn take_all(&mut self, runs: Vec<RunSummary>, now: Timestamp) {
        self.rows = runs.into_iter().map(|run| Row { run, received: now }).collect();
        self.is_known = true;
        self.order();
    }

    /// A run that is new or has changed; says what it was before.
    pub fn take(&mut self, run: RunSummary, now: Timestamp) -> Option<RunState> {
        let before = self.rows.iter_mut().find(|row| row.run.id == run.id).map(|row| {
            row.received = now;
            std::mem::replace(&mut row.run, run.clone()).state
        });
        if before.is_none() {
            self.rows.push(Row { run, received: now });
        }
        self.order();
        before
    }

    /// A run that was deleted.
    pub fn remove(&mut self, run: RunId) {
        self.rows.retain(|row| row.run.id != run);
        self.order();
    }

    fn order(&mut self) {
        self.rows.sort_by_key(|row| (row.run.place, row.run.id));
        if self.selected().is_none() {
            // What is busy is what one came to see.
            let busy = self.rows.iter().find(|row| row.run.state.worker().is_some());
            self.selected = busy.or(self.rows.last()).map(|row| row.run.id);
        }
    }

    /// The index of the selected row.
    pub fn selected_index(&self) -> Option<usize> {
        let selected = self.selected?;
        self.rows.iter().position(|row| row.run.id == selected)
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&Row> {
        self.row(self.selected?)
    }

    /// Selects a run.
    pub fn select(&mut self, run: RunId) {
        self.selected = Some(run);
    }

    /// Selects the row at `index`, or the nearest there is.
    pub fn select_index(&mut self, index: usize) {
        let last = self.rows.len().saturating_sub(1);
        if let Some(row) = self.rows.get(index.min(last)) {
            self.selected = Some(row.run.id);
        }
    }

    /// Moves the shown rows so that the selected one is among `visible`.
    pub fn follow_selection(&mut self, visible: usize) {
        let index = self.selected_index().unwrap_or(0);
        let last_offset = self.rows.len().saturating_sub(visible);
        let lowest = (index + 1).saturating_sub(visible);
        self.offset = self.offset.clamp(lowest, index.max(lowest)).min(last_offset);
    }

    /// How many workers hold a slot of this device.
    pub fn busy_on(&self, device: &str) -> usize {
        let workers = self.rows.iter().filter_map(|row| row.run.state.worker());
        workers.filter(|worker| worker.device == device).count()
    }

    /// How many runs are in states of this word.
    pub fn count(&self, word: &str) -> usize {
        self.rows.iter().filter(|row| row.run.state.word() == word).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Digest;

    fn run(id: u64, place: i64) -> RunSummary {
        RunSummary {
            id: RunId(id),
            title: format!("run {id}"),
            state: RunState::Queued { since: Timestamp::UNIX_EPOCH },
            place,
            added: Timestamp::UNIX_EPOCH,
            method: "dsa".to_owned(),
            set: "mnist-5k".to_owned(),
            ipc: 1,
            seed: 0,
            network: "ConvNet".to_owned(),
            device: "auto".to_owned(),
            study: String::new(),
            folder: String::new(),
            digest: Digest::default(),
        }
    }

    fn queue(count: u64) -> QueueModel {
        let mut queue = QueueModel::default();
        queue.take_all((1..=count).map(|id| run(id, id as i64)).collect(), Timestamp::UNIX_EPOCH);
        queue
    }

    #[test]
    fn the_selection_stays_with_its_run_when_rows_move() {
        let mut queue = queue(3);
        queue.select(RunId(2));
        queue.take(run(2, 9), Timestamp::UNIX_EPOCH);
        assert_eq!((queue.selected_index(), queue.selected().unwrap().run.id), (Some(2), RunId(2)));
        queue.take(run(4, -1), Timestamp::UNIX_EPOCH);
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
    fn selecting_beyond_the_end_selects_the_last() {
        let mut queue = queue(3);
        queue.select_index(99);
        assert_eq!(queue.selected_index(), Some(2));
        let mut empty = QueueModel::default();
        empty.select_index(0);
        assert_eq!(empty.selected_index(), None);
    }
}
