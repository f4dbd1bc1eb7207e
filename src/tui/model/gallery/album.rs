//! Pictures on their way from pixels to the terminal: strips of images, and the tiles that show them.
//!
//! A strip is a row of images under one label: a class, or a single image where one looks closer.

use std::{ops::Range, sync::Arc};

use crate::tui::media::{Tile, TileJob, TilePlan, grid::Pictures, sheet::ClassImages};

/// Images that are shown side by side.
#[derive(Debug, Clone)]
pub struct Strip {
    /// The class that they are of.
    pub class: usize,
    /// The place of a single image in its class.
    pub image: Option<usize>,
    /// The pixels.
    pub images: Arc<ClassImages>,
}

/// The strips, and the tiles that are ready.
#[derive(Debug, Default)]
pub struct Album {
    strips: Vec<Strip>,
    tiles: Vec<Option<Tile>>,
    encoding: bool,
    /// The strip at which the shown page starts.
    pub first: usize,
}

impl Album {
    /// Shows other strips. Tiles stay until theirs are ready.
    pub fn fill(&mut self, strips: Vec<Strip>) {
        self.tiles.resize_with(strips.len(), || None);
        self.first = self.first.min(strips.len().saturating_sub(1));
        self.strips = strips;
    }

    /// The strips.
    pub fn strips(&self) -> &[Strip] {
        &self.strips
    }

    /// What there is to place, with labels of so many cells; `None` while there is nothing.
    pub fn contents(&self, label: u16) -> Option<Pictures> {
        let images = self.strips.iter().map(|strip| strip.images.images.len()).max()?;
        let image = self.strips.iter().find_map(|strip| strip.images.images.first())?;
        let size = [image.width(), image.height()];
        Some(Pictures { classes: self.strips.len(), images, size, label })
    }

    /// The tiles to be made for these strips: those that show something else, or in another way.
    pub fn begin_encode(&mut self, plan: TilePlan, shown: Range<usize>) -> Vec<TileJob> {
        if self.encoding {
            return Vec::new();
        }
        let jobs: Vec<TileJob> = shown
            .filter_map(|place| {
                let images = &self.strips.get(place)?.images;
                let ready = self.tiles.get(place).and_then(Option::as_ref);
                let is_new = ready.is_none_or(|tile| tile.key != plan.key(images));
                is_new.then(|| TileJob { place, images: Arc::clone(images), plan })
            })
            .collect();
        self.encoding = !jobs.is_empty();
        jobs
    }

    /// Tiles are ready.
    pub fn take_tiles(&mut self, tiles: Vec<Tile>) {
        self.encoding = false;
        for tile in tiles {
            let place = tile.place;
            if let Some(slot) = self.tiles.get_mut(place) {
                *slot = Some(tile);
            }
        }
    }

    /// The tile of a strip, if it takes so many cells. It may show what the strip showed before.
    pub fn tile(&self, place: usize, cells: (u16, u16)) -> Option<&Tile> {
        self.tiles.get(place)?.as_ref().filter(|tile| tile.cells == cells)
    }
}
