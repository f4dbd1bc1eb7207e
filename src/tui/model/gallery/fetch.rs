//! The way of one picture from the run folder to its pixels: fetched piece by piece, then decoded.
//!
//! One is under way at a time, and the one that is wanted when it is through comes next, so that pictures
//! which were wanted for a moment only are skipped.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::record::event::Snapshot;

/// The most bytes of a picture. A larger one is a mistake.
const LARGEST: u64 = 64 << 20;

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

/// A file that is being fetched.
#[derive(Debug)]
struct Fetch {
    snapshot: Snapshot,
    bytes: Vec<u8>,
}

/// What is under way, and what went wrong.
#[derive(Debug, Default)]
pub struct Fetcher {
    fetch: Option<Fetch>,
    decoding: Option<Snapshot>,
    /// A picture that could not be read, and why; it is not asked for again.
    refused: Option<(Snapshot, String)>,
}

impl Fetcher {
    /// Begins with a picture, if nothing is under way; the file to ask for, from its first byte.
    pub fn begin(&mut self, wanted: &Snapshot) -> Option<String> {
        let busy = self.fetch.is_some() || self.decoding.is_some();
        if busy || self.fault(wanted).is_some() {
            return None;
        }
        self.fetch = Some(Fetch { snapshot: wanted.clone(), bytes: Vec::new() });
        Some(wanted.path.clone())
    }

    /// The connection broke: what was asked for will not come.
    pub fn abandon(&mut self) {
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
            self.decoding = Some(fetch.snapshot.clone());
            Fetched::Complete(fetch.snapshot, fetch.bytes)
        } else if piece.is_empty() || size > LARGEST {
            let reason = format!("the picture {path} broke off at byte {have} of {size}");
            self.refused = Some((fetch.snapshot, reason));
            Fetched::Unwanted
        } else {
            self.fetch = Some(fetch);
            Fetched::More { path: path.to_owned(), offset: have }
        }
    }

    /// The daemon refused the file.
    pub fn refuse(&mut self, path: &str, reason: String) {
        if let Some(fetch) = self.fetch.take_if(|fetch| fetch.snapshot.path == path) {
            self.refused = Some((fetch.snapshot, reason));
        }
    }

    /// The picture was decoded, or could not be.
    pub fn decoded(&mut self, fault: Option<String>) {
        let snapshot = self.decoding.take();
        self.refused = snapshot.zip(fault);
    }

    /// Why this picture cannot be had.
    pub fn fault(&self, wanted: &Snapshot) -> Option<&str> {
        let (_, reason) = self.refused.as_ref().filter(|refused| refused.0 == *wanted)?;
        Some(reason)
    }
}
