//! The marked runs of the queue, and with them what wishes are about.

use std::collections::BTreeSet;

use super::{QueueModel, lines::Line};
use crate::queue::{RunId, RunSummary};

impl QueueModel {
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
    pub(super) fn target_rows(&self) -> Vec<usize> {
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
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{selected, studies, targets},
        *,
    };

    #[test]
    fn marks_are_what_wishes_are_about() {
        let mut queue = studies();
        queue.select(RunId::new(1));
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
}
