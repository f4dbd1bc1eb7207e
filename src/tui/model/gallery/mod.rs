//! The pictures of a run's synthetic set: the newest, or one of its history, on its way from the run folder to
//! tiles on the screen.
//!
//! ```text
//! announced ─► fetched, decoded ([`fetch`]) ─► kept ([`kept_sheets`])
//!                      shown, whole or in part ([`closeness`]) ─► tiles ([`album`]) ─► drawn
//! ```

pub mod album;
pub mod closeness;
pub mod fetch;
mod kept_sheets;

use self::{album::Album, closeness::Closeness, fetch::Fetcher, kept_sheets::KeptSheets};
use crate::{
    record::event::Snapshot,
    tui::media::{Sheet, grid::Pictures},
};

/// The pictures of one run.
#[derive(Debug, Default)]
pub struct Gallery {
    newest: Option<Snapshot>,
    /// One of the history; without one the newest is followed.
    chosen: Option<Snapshot>,
    /// What is under way.
    pub fetcher: Fetcher,
    kept: KeptSheets,
    /// One that is wanted besides, to be kept and not shown.
    pub besides: Option<Snapshot>,
    /// The picture that is shown.
    pub sheet: Option<Sheet>,
    closeness: Closeness,
    /// What of it is shown, as strips and tiles.
    pub album: Album,
    /// The history plays by itself.
    pub playing: bool,
    /// What plays becomes a film.
    pub filming: bool,
}

impl Gallery {
    /// A picture was announced.
    pub fn announce(&mut self, snapshot: &Snapshot) {
        self.newest = Some(snapshot.clone());
    }

    /// The run starts from its beginning again: what was announced is of another life.
    pub fn forget_announced(&mut self) {
        self.newest = None;
        self.chosen = None;
        self.kept.clear();
    }

    /// The picture that shall be shown.
    pub fn wanted(&self) -> Option<&Snapshot> {
        self.chosen.as_ref().or(self.newest.as_ref())
    }

    /// True while the newest picture is followed.
    pub const fn follows(&self) -> bool {
        self.chosen.is_none()
    }

    /// Why the wanted picture is not shown.
    pub fn fault(&self) -> Option<&str> {
        self.fetcher.fault(self.wanted()?)
    }

    /// Shows the picture so many before or behind the wanted one in `history`. Behind the last the newest is
    /// followed again.
    pub fn step(&mut self, history: &[Snapshot], by: isize) {
        let at = self.place(history) as isize + by;
        self.choose(history, at.max(0) as usize);
    }

    /// Shows the picture at a place of `history`; the last one, and what lies behind it, is the newest.
    pub fn choose(&mut self, history: &[Snapshot], place: usize) {
        let last = history.len().saturating_sub(1);
        self.chosen = history.get(place).filter(|_| place < last).cloned();
    }

    /// Shows the picture that was the newest after `iteration`.
    pub fn choose_at(&mut self, history: &[Snapshot], iteration: u64) {
        let behind = history.partition_point(|snapshot| snapshot.iteration <= iteration);
        self.choose(history, behind.saturating_sub(1));
    }

    /// The place of the wanted picture in `history`.
    pub fn place(&self, history: &[Snapshot]) -> usize {
        let last = history.len().saturating_sub(1);
        let chosen = self.chosen.as_ref();
        chosen.and_then(|one| history.iter().position(|other| other == one)).unwrap_or(last)
    }

    /// Goes on from what is kept, or asks for the wanted picture, then for the one besides: the file, from its first
    /// byte.
    pub fn begin_fetch(&mut self) -> Option<String> {
        self.begin_wanted().or_else(|| {
            let besides = self.besides.clone()?;
            let is_kept = self.kept.get(&besides).is_some();
            if is_kept { None } else { self.fetcher.begin(&besides) }
        })
    }

    fn begin_wanted(&mut self) -> Option<String> {
        let wanted = self.wanted()?.clone();
        if self.sheet.as_ref().is_some_and(|sheet| sheet.snapshot == wanted) {
            return None;
        }
        if let Some(sheet) = self.kept.get(&wanted).cloned() {
            self.show(sheet);
            return None;
        }
        self.fetcher.begin(&wanted)
    }

    /// The picture was taken apart, or could not be.
    pub fn take_sheet(&mut self, result: Result<Sheet, String>) {
        match result {
            Ok(sheet) => {
                self.fetcher.decoded(None);
                self.kept.keep(sheet.clone());
                let is = |other: Option<&Snapshot>| other == Some(&sheet.snapshot);
                // One that is no longer wanted is shown all the same: it is nearer than what is there.
                if is(self.wanted()) || !is(self.besides.as_ref()) {
                    self.show(sheet);
                }
            }
            Err(reason) => self.fetcher.decoded(Some(reason)),
        }
    }

    fn show(&mut self, sheet: Sheet) {
        self.album.fill(self.closeness.strips(&sheet.classes));
        self.sheet = Some(sheet);
    }

    /// A picture, if it is kept.
    pub fn kept_sheet(&mut self, snapshot: &Snapshot) -> Option<&Sheet> {
        self.kept.get(snapshot)
    }

    /// The pictures that were looked at and are kept, by iteration.
    pub fn kept(&self) -> Vec<Sheet> {
        self.kept.by_iteration()
    }

    /// How close one looks.
    pub const fn closeness(&self) -> Closeness {
        self.closeness
    }

    /// Looks closer or farther.
    pub fn look(&mut self, closeness: Closeness) {
        self.closeness = closeness;
        if let Some(sheet) = &self.sheet {
            self.album.fill(closeness.strips(&sheet.classes));
        }
    }

    /// The next class or image where one looks close.
    pub fn turn(&mut self, forward: bool) {
        let classes = self.sheet.as_ref().map_or(&[][..], |sheet| &sheet.classes);
        self.look(self.closeness.turned(forward, classes));
    }

    /// What there is to place, with labels of so many cells; as announced, where it is not here yet.
    pub fn contents(&self, label: u16) -> Option<Pictures> {
        if self.sheet.is_some() {
            return self.album.contents(label);
        }
        let snapshot = self.wanted()?;
        let (classes, images) = (snapshot.rows as usize, snapshot.columns as usize);
        Some(Pictures { classes, images, size: snapshot.tile, label })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::{fetch::Fetched, *};

    fn snapshot(iteration: u64) -> Snapshot {
        let path = format!("snapshots/{iteration:07}.png");
        Snapshot { iteration, path, rows: 2, columns: 1, tile: [4, 4], padding: 2 }
    }

    fn sheet(iteration: u64) -> Sheet {
        Sheet { snapshot: snapshot(iteration), classes: Vec::new() }
    }

    #[test]
    fn a_file_is_asked_for_piece_by_piece() {
        let mut gallery = Gallery::default();
        assert_eq!(gallery.begin_fetch(), None);
        gallery.announce(&snapshot(2));
        let path = gallery.begin_fetch().unwrap();
        assert_eq!(gallery.begin_fetch(), None, "one at a time");
        let fetcher = &mut gallery.fetcher;
        let more = fetcher.take_piece(&path, 0, 5, &STANDARD.encode("abc"));
        assert_eq!(more, Fetched::More { path: path.clone(), offset: 3 });
        assert_eq!(fetcher.take_piece(&path, 0, 5, &STANDARD.encode("abc")), Fetched::Unwanted);
        let done = fetcher.take_piece(&path, 3, 5, &STANDARD.encode("de"));
        assert_eq!(done, Fetched::Complete(snapshot(2), b"abcde".to_vec()));
    }

    #[test]
    fn the_newest_wins_and_those_between_are_skipped() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        let path = gallery.begin_fetch().unwrap();
        gallery.announce(&snapshot(4));
        gallery.announce(&snapshot(6));
        let done = gallery.fetcher.take_piece(&path, 0, 1, &STANDARD.encode("a"));
        assert!(matches!(done, Fetched::Complete(..)));
        assert_eq!(gallery.begin_fetch(), None, "the first is still being decoded");
        gallery.take_sheet(Ok(sheet(2)));
        assert_eq!(gallery.begin_fetch(), Some(snapshot(6).path));
    }

    #[test]
    fn one_besides_comes_after_the_wanted_one_and_is_not_shown() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(9));
        gallery.besides = Some(snapshot(4));
        assert_eq!(gallery.begin_fetch(), Some(snapshot(9).path));
        gallery.fetcher.abandon();
        gallery.take_sheet(Ok(sheet(9)));
        assert_eq!(gallery.begin_fetch(), Some(snapshot(4).path));
        gallery.fetcher.abandon();
        gallery.take_sheet(Ok(sheet(4)));
        assert_eq!(gallery.sheet, Some(sheet(9)));
        assert_eq!(gallery.kept_sheet(&snapshot(4)), Some(&sheet(4)));
        assert_eq!(gallery.begin_fetch(), None);
    }

    #[test]
    fn what_is_shown_is_not_fetched_again() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        gallery.begin_fetch();
        gallery.fetcher.abandon();
        assert!(gallery.begin_fetch().is_some(), "a broken connection is tried again");
        gallery.fetcher.abandon();
        gallery.take_sheet(Ok(sheet(2)));
        assert_eq!(gallery.begin_fetch(), None);
    }

    #[test]
    fn a_picture_that_cannot_be_read_is_told_and_left() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        let path = gallery.begin_fetch().unwrap();
        gallery.fetcher.refuse(&path, "no such file".to_owned());
        assert_eq!((gallery.begin_fetch(), gallery.fault()), (None, Some("no such file")));
        gallery.announce(&snapshot(4));
        assert_eq!(gallery.fault(), None);
        assert!(gallery.begin_fetch().is_some());
        // A file that is shorter than told ends, too.
        let path = snapshot(4).path;
        assert_eq!(gallery.fetcher.take_piece(&path, 0, 9, ""), Fetched::Unwanted);
        assert_eq!(gallery.begin_fetch(), None);
        assert!(gallery.fault().unwrap().contains("broke off at byte 0 of 9"));
    }

    #[test]
    fn one_goes_back_through_the_history_and_meets_the_newest_at_its_end() {
        let history: Vec<Snapshot> = (0..5).map(|step| snapshot(step * 10)).collect();
        let mut gallery = Gallery::default();
        for snapshot in &history {
            gallery.announce(snapshot);
        }
        gallery.step(&history, -1);
        assert_eq!(gallery.wanted(), Some(&history[3]));
        gallery.step(&history, -9);
        assert_eq!(gallery.wanted(), Some(&history[0]));
        gallery.choose_at(&history, 29);
        assert_eq!(gallery.wanted(), Some(&history[2]));
        // A new picture does not take the place of the one that is looked at.
        gallery.announce(&snapshot(50));
        assert_eq!((gallery.wanted(), gallery.follows()), (Some(&history[2]), false));
        gallery.step(&history, 9);
        assert_eq!((gallery.wanted(), gallery.follows()), (Some(&snapshot(50)), true));
    }

    #[test]
    fn a_picture_that_was_looked_at_is_there_at_once() {
        let history: Vec<Snapshot> = (0..3).map(snapshot).collect();
        let mut gallery = Gallery::default();
        gallery.announce(&history[2]);
        gallery.take_sheet(Ok(sheet(1)));
        gallery.take_sheet(Ok(sheet(2)));
        gallery.choose(&history, 1);
        assert_eq!(gallery.begin_fetch(), None);
        assert_eq!(gallery.sheet.as_ref().map(|sheet| sheet.snapshot.iteration), Some(1));
        gallery.choose(&history, 0);
        assert_eq!(gallery.begin_fetch(), Some(snapshot(0).path));
    }
}
