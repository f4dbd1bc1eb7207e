//! Pictures that were looked at, so that going back and forth through a run's history fetches each once.

use crate::{record::event::Snapshot, tui::media::Sheet};

/// The most bytes of pixels that are kept.
const MOST_BYTES: usize = 24 << 20;

/// The pictures, the one looked at last at the end.
#[derive(Debug, Default)]
pub struct KeptSheets(Vec<Sheet>);

impl KeptSheets {
    /// The picture that a snapshot announced.
    pub fn get(&mut self, snapshot: &Snapshot) -> Option<&Sheet> {
        let at = self.0.iter().position(|sheet| sheet.snapshot == *snapshot)?;
        let sheet = self.0.remove(at);
        self.0.push(sheet);
        self.0.last()
    }

    /// Keeps a picture, and forgets those that were not looked at for longest. The last one stays, however large.
    pub fn keep(&mut self, sheet: Sheet) {
        self.0.retain(|kept| kept.snapshot != sheet.snapshot);
        self.0.push(sheet);
        let mut bytes: usize = self.0.iter().map(bytes).sum();
        while bytes > MOST_BYTES && self.0.len() > 1 {
            bytes -= self::bytes(&self.0.remove(0));
        }
    }

    /// All of them, by iteration.
    pub fn by_iteration(&self) -> Vec<Sheet> {
        let mut all = self.0.clone();
        all.sort_by_key(|sheet| sheet.snapshot.iteration);
        all
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn bytes(sheet: &Sheet) -> usize {
    let images = sheet.classes.iter().flat_map(|class| &class.images);
    images.map(|image| image.as_raw().len()).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::RgbImage;

    use super::*;
    use crate::tui::media::sheet::ClassImages;

    fn sheet(iteration: u64, side: u32) -> Sheet {
        let path = iteration.to_string();
        let snapshot =
            Snapshot { iteration, path, rows: 1, columns: 1, tile: [side, side], padding: 0 };
        let images = vec![RgbImage::new(side, side)];
        Sheet { snapshot, classes: vec![Arc::new(ClassImages::new(images))] }
    }

    #[test]
    fn what_was_looked_at_least_recently_goes_first() {
        let mut kept = KeptSheets::default();
        // Three of these are just too many.
        let side = 1800;
        kept.keep(sheet(1, side));
        kept.keep(sheet(2, side));
        assert!(kept.get(&sheet(1, side).snapshot).is_some());
        kept.keep(sheet(3, side));
        let there = [1, 2, 3].map(|iteration| kept.get(&sheet(iteration, side).snapshot).is_some());
        assert_eq!(there, [true, false, true]);
        kept.keep(sheet(4, 6000));
        assert!(kept.get(&sheet(4, 6000).snapshot).is_some());
    }
}
