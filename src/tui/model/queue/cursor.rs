//! What the cursor of the queue is on: a run or a heading, which it stays with while lines come, go and move, and
//! which of the lines are in sight.

use super::{
    QueueModel, Row,
    lines::{Group, Line},
};
use crate::queue::RunId;

/// What the cursor is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cursor {
    Run(RunId),
    Group(String),
}

impl QueueModel {
    /// Finds the selected line; the nearest one, while the selected one is hidden.
    pub(super) fn find_cursor(&mut self) {
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
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{NOW, queue, run, selected, studies, targets},
        *,
    };
    use crate::queue::{RunState, RunSummary};

    #[test]
    fn the_selection_stays_with_its_run_when_rows_move() {
        let mut queue = queue(3);
        queue.select(RunId::new(2));
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
        queue.select(RunId::new(4));
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
    fn a_folded_study_stands_for_its_runs() {
        let mut queue = studies();
        queue.select(RunId::new(4));
        queue.toggle_fold();
        let group = queue.selected_group().unwrap();
        assert_eq!((group.study.as_str(), group.is_folded), ("u", true));
        assert_eq!(targets(&queue), [3, 4]);
        assert_eq!(queue.lines().len(), 4);
        queue.toggle_fold();
        assert_eq!(queue.lines().len(), 6);
        queue.select(RunId::new(3));
        assert_eq!(targets(&queue), [3]);
    }

    #[test]
    fn neighbours_are_runs() {
        let queue = studies();
        let next = |run, steps| queue.neighbour(RunId::new(run), steps).map(|run| run.number);
        assert_eq!([next(2, 1), next(3, -1), next(4, 1), next(1, -9)], [3, 2, 4, 1].map(Some));
        assert_eq!(next(9, 1), None);
    }
}
