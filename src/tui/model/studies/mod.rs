//! The studies: how far each is, and the open one as the daemon reduced it, with what is looked at in it.

pub mod adding;
pub mod cells;
pub mod memory;
pub mod news;
pub mod space;
pub mod tasks;
pub mod told;

use self::{adding::Adding, cells::Shows, memory::Memory, news::News, told::Told};
use super::queue::QueueModel;
use crate::{
    queue::RunId,
    study::{
        SearchTable, Stands, StudySummary, Table,
        search::{Proxy, Standing},
        table::{Columns, Content},
    },
    tui::{
        action::{Action, Context},
        widgets::text_field::TextField,
    },
};

/// A part of the open study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The table itself.
    Table,
    /// Pairs of rows held against each other.
    Comparisons,
    /// Accuracy against the tasks that are learned.
    Curves,
    /// What became of each task.
    Forgetting,
    /// The images that are kept of the tasks.
    Memory,
    /// Proxy accuracy against that of the reference.
    Scatter,
    /// Architectures by rank.
    Ranks,
    /// The best architecture found so far, over time.
    Search,
}

/// The list and the open study.
#[derive(Debug, Default)]
pub struct StudiesModel {
    /// All studies.
    pub list: Vec<StudySummary>,
    /// False until the daemon has told.
    pub is_known: bool,
    /// The selected row of the list.
    pub selected: usize,
    /// The open study.
    pub open: Option<OpenStudy>,
    /// What is asked before runs are added.
    pub adding: Option<Adding>,
    /// What to ask the daemon, and when.
    pub news: News,
    /// What hosts have told, where all are at hand.
    pub told: Told,
    /// Whether the open run was opened from here, and leads back to here.
    pub is_behind: bool,
}

impl StudiesModel {
    /// The studies of another host, or of all, are shown from now on; the open one stays open.
    pub fn begin_anew(&mut self) {
        if let Some(open) = &mut self.open {
            *open = OpenStudy { face: open.face, ..OpenStudy::new(&open.name) };
        }
        self.told = Told::default();
        self.list.clear();
        self.is_known = false;
        self.adding = None;
        self.news = News::default();
        self.news.mark_stale();
    }

    /// The selected study of the list.
    pub fn selected(&self) -> Option<&StudySummary> {
        self.list.get(self.selected)
    }

    /// Takes the list; the selection stays with its study.
    pub fn take_list(&mut self, list: Vec<StudySummary>) {
        let name = self.selected().map(|study| study.name.clone());
        let place = name.and_then(|name| list.iter().position(|study| study.name == name));
        self.selected = place.unwrap_or(self.selected).min(list.len().saturating_sub(1));
        self.list = list;
        self.is_known = true;
    }

    /// Where keys arrive.
    pub fn context(&self) -> Context {
        match &self.open {
            None => Context::Studies,
            Some(open) if open.is_typing => Context::StudyFilter,
            Some(_) => Context::Study,
        }
    }

    /// The line that characters are typed into now, if there is one.
    pub fn field_mut(&mut self) -> Option<&mut TextField> {
        let open = self.open.as_mut().filter(|open| open.is_typing)?;
        Some(&mut open.filter)
    }

    /// Whether an action could do something now.
    pub fn is_useful(&self, action: Action) -> bool {
        let Some(open) = &self.open else {
            return match action {
                Action::Up | Action::Down => self.list.len() > 1,
                Action::Open | Action::AddRuns | Action::EditStudy => self.selected().is_some(),
                _ => true,
            };
        };
        match action {
            Action::Open => !open.runs().is_empty(),
            Action::NextPanel => open.faces().len() > 1,
            Action::Shown => open.table().is_some_and(cells::has_published),
            Action::Search => open.search().is_some(),
            Action::ExportChart => open.stands.is_some(),
            _ => true,
        }
    }

    /// The name of the study that wishes are about.
    pub fn subject(&self) -> Option<&str> {
        match &self.open {
            Some(open) => Some(&open.name),
            None => self.selected().map(|study| study.name.as_str()),
        }
    }
}

/// A study that is looked at.
#[derive(Debug)]
pub struct OpenStudy {
    /// Its name.
    pub name: String,
    /// How it stands, once the daemon has told.
    pub stands: Option<Stands>,
    /// Why it cannot be shown.
    pub fault: Option<String>,
    /// The row of the cursor.
    pub row: usize,
    /// The column of the cursor.
    pub column: usize,
    /// The architecture under the cursor, by its place in the list.
    pub place: usize,
    /// What cells show; what fits, where nothing was chosen.
    pub shows: Option<Shows>,
    /// The part that keys are for.
    pub face: Face,
    /// What the run under the cursor keeps of its tasks.
    pub memory: Memory,
    /// Which architectures are shown.
    pub filter: TextField,
    /// Whether the filter is being typed.
    pub is_typing: bool,
}

impl OpenStudy {
    /// A study of which nothing is known yet.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            stands: None,
            fault: None,
            row: 0,
            column: 0,
            place: 0,
            shows: None,
            face: Face::Table,
            memory: Memory::default(),
            filter: TextField::default(),
            is_typing: false,
        }
    }

    /// Takes how it stands. The cursor stays where it is, as far as there is such a place.
    pub fn take(&mut self, stands: Stands) {
        self.fault = None;
        self.stands = Some(stands);
        self.row = self.row.min(self.rows().saturating_sub(1));
        self.column = self.column.min(self.columns().saturating_sub(1));
        if !self.faces().contains(&self.face) {
            self.face = Face::Table;
        }
    }

    /// Its table, where it is one of cells.
    pub fn table(&self) -> Option<&Table> {
        match &self.stands {
            Some(Stands::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Its table, where it is an architecture search.
    pub fn search(&self) -> Option<&SearchTable> {
        match &self.stands {
            Some(Stands::Search(table)) => Some(table),
            _ => None,
        }
    }

    /// What the row of the cursor found, in a search.
    pub fn proxy(&self) -> Option<&Proxy> {
        space::proxy(self.search()?, self.row)
    }

    /// Its parts.
    pub fn faces(&self) -> Vec<Face> {
        let mut faces = vec![Face::Table];
        match &self.stands {
            None => {}
            Some(Stands::Search(_)) => faces.extend([Face::Scatter, Face::Ranks, Face::Search]),
            Some(Stands::Table(table)) => {
                if table.columns_are == Columns::Tasks {
                    faces.extend([Face::Curves, Face::Forgetting, Face::Memory]);
                }
                if !table.comparisons.is_empty() {
                    faces.push(Face::Comparisons);
                }
            }
        }
        faces
    }

    /// The part that keys are for next.
    pub fn turn(&mut self) {
        let faces = self.faces();
        let now = faces.iter().position(|face| *face == self.face).unwrap_or(0);
        self.face = faces.get((now + 1) % faces.len().max(1)).copied().unwrap_or(Face::Table);
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        match &self.stands {
            None => 0,
            Some(Stands::Table(table)) => table.rows.len(),
            Some(Stands::Search(table)) => table.rows.len(),
        }
    }

    /// Columns of the table.
    pub fn columns(&self) -> usize {
        match &self.stands {
            None => 0,
            Some(Stands::Table(table)) => table.columns.len(),
            Some(Stands::Search(table)) => space::headings(table).len(),
        }
    }

    /// The runs that fill the cell under the cursor.
    pub fn runs(&self) -> &[RunId] {
        match &self.stands {
            None => &[],
            Some(Stands::Table(table)) => {
                let row = table.rows.get(self.row);
                row.and_then(|(_, entries)| entries.get(self.column))
                    .map_or(&[], |entry| &entry.runs)
            }
            Some(Stands::Search(table)) => table.rows.get(self.row).map_or(&[], |row| &row.runs),
        }
    }

    /// Of the runs under the cursor the one that tells most: the one that has failed, else one under way, else the
    /// first.
    pub fn telling_run(&self, queue: &QueueModel) -> Option<RunId> {
        let content = match &self.stands {
            Some(Stands::Table(table)) => {
                table.rows.get(self.row)?.1.get(self.column).map(|entry| &entry.ours)
            }
            Some(Stands::Search(table)) => match &table.rows.get(self.row)?.ours {
                Standing::Unfinished { progress } => Some(progress),
                Standing::Done(_) => None,
            },
            None => None,
        };
        if let Some(Content::Failed { run, .. }) = content {
            return Some(*run);
        }
        let runs = || self.runs().iter().copied();
        let is_busy =
            |run: &RunId| queue.row(*run).is_some_and(|row| row.run.state.worker().is_some());
        runs().find(is_busy).or_else(|| runs().next())
    }

    /// How many tasks the cell under the cursor is behind, where columns are tasks.
    pub fn tasks(&self) -> Option<usize> {
        let table = self.table().filter(|table| table.columns_are == Columns::Tasks)?;
        let entry = table.rows.get(self.row)?.1.get(self.column)?;
        // Before it is done, as many as there are columns up to it.
        Some(if entry.by_task.is_empty() { self.column + 1 } else { entry.by_task.len() })
    }

    /// Moves the cursor in the part that keys are for. Rows in lists of architectures are architectures.
    pub fn move_by(&mut self, rows: isize, columns: isize) {
        let moved = |at: usize, by: isize, count: usize| {
            at.saturating_add_signed(by).min(count.saturating_sub(1))
        };
        if matches!(self.face, Face::Scatter | Face::Ranks) {
            let count =
                self.proxy().map_or(0, |proxy| space::ranked(proxy, self.filter.text()).len());
            self.place = moved(self.place, rows, count);
            // To the sides lie the other proxies.
            self.row = moved(self.row, columns, self.rows());
            return;
        }
        self.row = moved(self.row, rows, self.rows());
        self.column = moved(self.column, columns, self.columns());
    }
}
