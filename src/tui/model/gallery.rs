//! The newest picture of a run's synthetic set, on its way from the run folder to tiles on the screen.
//!
//! ```text
//! announced ─► fetched, piece by piece ─► decoded ─► tiles made where they changed ─► drawn
//! ```
//!
//! One of each is under way at a time, and the newest wins: a snapshot that arrives while an older one is
//! fetched is next, and those between are skipped.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    record::event::Snapshot,
    tui::media::{Sheet, Tile, TileJob, TilePlan, grid},
};

/// A file that is being fetched.
#[derive(Debug)]
struct Fetch {
    snapshot: Snapshot,
    bytes: Vec<u8>,
}

/// What to do after a piece of a file came.
#[derive(Debug, PartialEq)]
pub enum Fetched {
    /// Ask for more, from this byte.
    More {
        /// The file, relative to the run folder.
        path: String,
        /// The first byte wanted.
        offset: u64,
    },
    /// The file is complete.
    Complete(Snapshot, Vec<u8>),
    /// It was not asked for.
    Unwanted,
}

/// The most bytes of a picture. A larger one is a mistake.
const LARGEST: u64 = 64 << 20;

/// The pictures of one run.
#[derive(Debug, Default)]
pub struct Gallery {
    newest: Option<Snapshot>,
    fetch: Option<Fetch>,
    decoding: bool,
    encoding: bool,
    /// The newest picture that is here.
    pub sheet: Option<Sheet>,
    /// Ready tiles, by class.
    tiles: Vec<Option<Tile>>,
    /// Why the newest picture is not shown.
    pub fault: Option<String>,
    /// A snapshot that could not be read; it is not asked for again.
    refused: Option<u64>,
    /// The class at which the shown page starts.
    pub first_class: usize,
}

impl Gallery {
    /// A picture was announced.
    pub fn announce(&mut self, snapshot: &Snapshot) {
        self.newest = Some(snapshot.clone());
    }

    /// The run starts from its beginning again: what was announced is of another life.
    pub fn forget_announced(&mut self) {
        self.newest = None;
    }

    /// The file to ask for now, if any, from its first byte.
    pub fn begin_fetch(&mut self) -> Option<String> {
        let snapshot = self.newest.as_ref()?;
        let shown = self.sheet.as_ref().is_some_and(|sheet| sheet.snapshot == *snapshot);
        if shown
            || self.fetch.is_some()
            || self.decoding
            || self.refused == Some(snapshot.iteration)
        {
            return None;
        }
        self.fetch = Some(Fetch { snapshot: snapshot.clone(), bytes: Vec::new() });
        Some(snapshot.path.clone())
    }

    /// The connection broke: what was asked for will not come.
    pub fn abandon_fetch(&mut self) {
        self.fetch = None;
    }

    /// A piece of a file came: `data` is base64, the file has `size` bytes.
    pub fn take_piece(&mut self, path: &str, offset: u64, size: u64, data: &str) -> Fetched {
        let Some(mut fetch) = self
            .fetch
            .take_if(|fetch| fetch.snapshot.path == path && fetch.bytes.len() as u64 == offset)
        else {
            return Fetched::Unwanted;
        };
        let piece = STANDARD.decode(data).unwrap_or_default();
        fetch.bytes.extend_from_slice(&piece);
        let have = fetch.bytes.len() as u64;
        if have >= size {
            self.decoding = true;
            Fetched::Complete(fetch.snapshot, fetch.bytes)
        } else if piece.is_empty() || size > LARGEST {
            self.refuse(
                &fetch.snapshot,
                format!("the picture {path} broke off at byte {have} of {size}"),
            );
            Fetched::Unwanted
        } else {
            self.fetch = Some(fetch);
            Fetched::More { path: path.to_owned(), offset: have }
        }
    }

    /// The daemon refused the file.
    pub fn refuse_fetch(&mut self, path: &str, reason: String) {
        if let Some(fetch) = self.fetch.take_if(|fetch| fetch.snapshot.path == path) {
            self.refuse(&fetch.snapshot, reason);
        }
    }

    fn refuse(&mut self, snapshot: &Snapshot, reason: String) {
        self.refused = Some(snapshot.iteration);
        self.fault = Some(reason);
    }

    /// The picture was taken apart, or could not be.
    pub fn take_sheet(&mut self, result: Result<Sheet, String>) {
        self.decoding = false;
        match result {
            Ok(sheet) => {
                self.tiles.resize_with(sheet.classes.len(), || None);
                self.sheet = Some(sheet);
                self.fault = None;
            }
            Err(reason) => {
                self.refused = self.newest.as_ref().map(|snapshot| snapshot.iteration);
                self.fault = Some(reason);
            }
        }
    }

    /// What the newest picture shows, for a grid; as announced, where it is not here yet.
    pub fn contents(&self, label: u16) -> Option<grid::Pictures> {
        let here = self.sheet.as_ref().map(|sheet| &sheet.snapshot);
        let snapshot = here.or(self.newest.as_ref())?;
        Some(grid::Pictures {
            classes: snapshot.rows as usize,
            images: snapshot.columns as usize,
            size: snapshot.tile,
            label,
        })
    }

    /// The tiles to be made for these classes: those that show something else, or in another way.
    pub fn begin_encode(
        &mut self,
        plan: TilePlan,
        classes: std::ops::Range<usize>,
    ) -> Vec<TileJob> {
        let Some(sheet) = self.sheet.as_ref().filter(|_| !self.encoding) else { return Vec::new() };
        let jobs: Vec<TileJob> = classes
            .filter_map(|class| {
                let images = sheet.classes.get(class)?;
                let ready = self.tiles.get(class).and_then(Option::as_ref);
                let key = plan.key(images);
                (ready.is_none_or(|tile| tile.key != key)).then(|| TileJob {
                    class,
                    images: images.clone(),
                    plan,
                })
            })
            .collect();
        self.encoding = !jobs.is_empty();
        jobs
    }

    /// Tiles are ready.
    pub fn take_tiles(&mut self, tiles: Vec<Tile>) {
        self.encoding = false;
        for tile in tiles {
            if let Some(place) = self.tiles.get_mut(tile.class) {
                *place = Some(tile);
            }
        }
    }

    /// The tile of a class, if it takes so many cells. It may show the picture before the newest one.
    pub fn tile(&self, class: usize, cells: (u16, u16)) -> Option<&Tile> {
        self.tiles.get(class)?.as_ref().filter(|tile| tile.cells == cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let more = gallery.take_piece(&path, 0, 5, &STANDARD.encode("abc"));
        assert_eq!(more, Fetched::More { path: path.clone(), offset: 3 });
        assert_eq!(gallery.take_piece(&path, 0, 5, &STANDARD.encode("abc")), Fetched::Unwanted);
        let done = gallery.take_piece(&path, 3, 5, &STANDARD.encode("de"));
        assert_eq!(done, Fetched::Complete(snapshot(2), b"abcde".to_vec()));
    }

    #[test]
    fn the_newest_wins_and_those_between_are_skipped() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        let path = gallery.begin_fetch().unwrap();
        gallery.announce(&snapshot(4));
        gallery.announce(&snapshot(6));
        let done = gallery.take_piece(&path, 0, 1, &STANDARD.encode("a"));
        assert!(matches!(done, Fetched::Complete(..)));
        assert_eq!(gallery.begin_fetch(), None, "the first is still being decoded");
        gallery.take_sheet(Ok(sheet(2)));
        assert_eq!(gallery.begin_fetch(), Some(snapshot(6).path));
    }

    #[test]
    fn what_is_shown_is_not_fetched_again() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        gallery.begin_fetch();
        gallery.abandon_fetch();
        assert!(gallery.begin_fetch().is_some(), "a broken connection is tried again");
        gallery.abandon_fetch();
        gallery.take_sheet(Ok(sheet(2)));
        assert_eq!(gallery.begin_fetch(), None);
    }

    #[test]
    fn a_picture_that_cannot_be_read_is_told_and_left() {
        let mut gallery = Gallery::default();
        gallery.announce(&snapshot(2));
        let path = gallery.begin_fetch().unwrap();
        gallery.refuse_fetch(&path, "no such file".to_owned());
        assert_eq!((gallery.begin_fetch(), gallery.fault.as_deref()), (None, Some("no such file")));
        gallery.announce(&snapshot(4));
        assert!(gallery.begin_fetch().is_some());
        // A file that is shorter than told ends, too.
        let path = snapshot(4).path;
        assert_eq!(gallery.take_piece(&path, 0, 9, ""), Fetched::Unwanted);
        assert_eq!(gallery.begin_fetch(), None);
    }
}
