//! The images that a run keeps of its tasks, as far as a cell of its study goes: those of all tasks that it is behind,
//! put together from the newest picture of each task's memory.

use super::super::{
    gallery::album::{Album, Strip},
    run::RunModel,
};
use crate::{
    queue::RunId,
    record::{History, RunFolder, event::Snapshot},
    tui::media::Sheet,
};

/// The picture of one task's memory.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Awaited,
    Here(Sheet),
    Refused(String),
}

/// The memory that is shown.
#[derive(Debug, Default)]
pub struct Memory {
    run: Option<RunId>,
    pieces: Vec<(Snapshot, Piece)>,
    names: Vec<String>,
    /// A strip for each class, task after task.
    pub album: Album,
}

impl Memory {
    /// Whose it is.
    pub const fn run(&self) -> Option<RunId> {
        self.run
    }

    /// The name of a class by its place in the album.
    pub fn name(&self, class: usize) -> &str {
        self.names.get(class).map_or("", String::as_str)
    }

    /// The names of all classes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Why a part of it is not shown.
    pub fn fault(&self) -> Option<&str> {
        self.pieces.iter().find_map(|(_, piece)| match piece {
            Piece::Refused(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// True while pictures of it are on their way.
    pub fn is_awaited(&self) -> bool {
        self.pieces.iter().any(|(_, piece)| *piece == Piece::Awaited)
    }

    /// Shows what `run` keeps of its first `tasks` tasks, and has it fetch what is missing.
    pub fn follow(&mut self, run: &mut RunModel, tasks: usize) {
        let known = std::mem::take(&mut self.pieces);
        let is_same = self.run.replace(run.id) == Some(run.id);
        let piece = |snapshot: &Snapshot| {
            let known = known.iter().find(|(other, _)| is_same && other == snapshot);
            known.map_or(Piece::Awaited, |(_, piece)| piece.clone())
        };
        let newest = (0..tasks).filter_map(|task| newest(&run.history, task));
        self.pieces = newest.map(|snapshot| (snapshot.clone(), piece(snapshot))).collect();
        for (snapshot, piece) in &mut self.pieces {
            if *piece != Piece::Awaited {
                continue;
            }
            if let Some(sheet) = run.gallery.kept_sheet(snapshot) {
                *piece = Piece::Here(sheet.clone());
            } else if let Some(reason) = run.gallery.fetcher.fault(snapshot) {
                *piece = Piece::Refused(reason.to_owned());
            }
        }
        let mut awaited = self.pieces.iter().filter(|(_, piece)| *piece == Piece::Awaited);
        run.gallery.besides = awaited.next().map(|(snapshot, _)| snapshot.clone());
        if !is_same || known != self.pieces {
            self.fill(&run.history);
        }
    }

    fn fill(&mut self, history: &History) {
        let mut strips = Vec::new();
        self.names.clear();
        for (snapshot, piece) in &self.pieces {
            let Piece::Here(sheet) = piece else { continue };
            let names = history.classes_of(snapshot);
            for (class, images) in sheet.classes.iter().enumerate() {
                let name = names.get(class).cloned().unwrap_or_else(|| class.to_string());
                strips.push(Strip { class: self.names.len(), image: None, images: images.clone() });
                self.names.push(name);
            }
        }
        self.album.fill(strips);
    }
}

/// The newest picture of a task's memory, from 0.
fn newest(history: &History, task: usize) -> Option<&Snapshot> {
    let folder = RunFolder::task_name(task);
    history.snapshots.iter().rfind(|snapshot| snapshot.task_folder() == Some(&folder))
}
