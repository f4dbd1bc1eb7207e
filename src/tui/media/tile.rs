//! A strip of images, scaled and encoded for the terminal: made off the event loop, drawn at no cost.
//!
//! A tile is named by its key: what it shows, how large, for which terminal. The same key means that
//! nothing has to be made or sent again.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use image::{
    DynamicImage, Rgba, RgbaImage,
    imageops::{self, FilterType},
};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    widgets::Widget,
};
use ratatui_image::{
    Image,
    protocol::{Protocol as Encoded, iterm2::Iterm2, kitty::Kitty, sixel::Sixel},
};

use super::{
    blocks::Blocks,
    canvas::Protocol,
    grid::{Grid, Scale},
    sheet::ClassImages,
    sixel,
};

/// How every tile of a grid is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePlan {
    protocol: Protocol,
    scale: Scale,
    images: usize,
    gap: u32,
    cells: (u16, u16),
    /// Which of the albums on the screen.
    album: u8,
    generation: u64,
}

impl TilePlan {
    /// The plan for the grid of an album, which has a number of its own on the screen. A new `generation` makes
    /// every tile anew: after the screen was given away, the terminal has forgotten its pictures.
    pub const fn new(grid: &Grid, protocol: Protocol, album: u8, generation: u64) -> Self {
        let Grid { scale, images, gap, picture, .. } = *grid;
        Self { protocol, scale, images, gap, cells: picture, album, generation }
    }

    /// The name of the tile that shows `images` by this plan.
    pub fn key(&self, images: &ClassImages) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self, images.hash).hash(&mut hasher);
        hasher.finish()
    }
}

/// A tile to be made.
#[derive(Debug, Clone)]
pub struct TileJob {
    /// Its place in the album.
    pub place: usize,
    /// What to show.
    pub images: Arc<ClassImages>,
    /// How.
    pub plan: TilePlan,
}

/// A tile that is ready to be drawn.
pub struct Tile {
    /// Its place in the album.
    pub place: usize,
    /// What it shows and how.
    pub key: u64,
    /// The cells that it takes.
    pub cells: (u16, u16),
    /// The bytes that it takes to send it, as far as they can be told.
    bytes: usize,
    body: Body,
}

impl std::fmt::Debug for Tile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tile")
            .field("place", &self.place)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

enum Body {
    Graphics(Encoded),
    Cells(Blocks),
    /// It could not be encoded, or shall not be shown.
    Nothing,
}

impl TileJob {
    /// Makes the tile. Takes about a millisecond.
    pub fn make(&self) -> Tile {
        let strip = compose(&self.images.images, &self.plan);
        // Four values a pixel, as base64.
        let raw = strip.as_raw().len() * 4 / 3;
        let (width, height) = self.plan.cells;
        let size = Size { width, height };
        let graphics = |encoded: Option<Encoded>| encoded.map_or(Body::Nothing, Body::Graphics);
        let body = match self.plan.protocol {
            Protocol::Sixel { colours, tmux } => {
                let text = [erase(width, height), sixel::encode(&strip, colours)].concat();
                let data = if tmux { sixel::through_tmux(&text) } else { text };
                graphics(Some(Encoded::Sixel(Sixel { data, size, is_tmux: tmux })))
            }
            Protocol::Kitty { tmux } => {
                let image = DynamicImage::ImageRgba8(strip);
                graphics(
                    Kitty::new(image, size, self.kitty_id(), tmux, false).ok().map(Encoded::Kitty),
                )
            }
            Protocol::Iterm2 { tmux } => {
                let image = DynamicImage::ImageRgba8(strip);
                graphics(Iterm2::new(image, size, tmux).ok().map(Encoded::ITerm2))
            }
            Protocol::Cells(cells) => Body::Cells(Blocks::paint(&strip, cells)),
            Protocol::None => Body::Nothing,
        };
        let bytes = match &body {
            Body::Graphics(Encoded::Sixel(sixel)) => sixel.data.len(),
            Body::Graphics(Encoded::ITerm2(iterm2)) => iterm2.data.len(),
            Body::Graphics(_) => raw,
            Body::Cells(_) => usize::from(width) * usize::from(height) * CELL_BYTES,
            Body::Nothing => 0,
        };
        let key = self.plan.key(&self.images);
        Tile { place: self.place, key, cells: self.plan.cells, bytes, body }
    }

    /// One number per place, so that a new picture takes the place of the old one in the terminal's memory.
    const fn kitty_id(&self) -> u32 {
        0x5372_0000 + ((self.plan.album as u32) << 12) + self.place as u32
    }
}

/// Bytes of a cell in two colours.
const CELL_BYTES: usize = 40;

impl Tile {
    /// The bytes that it takes to send it.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Draws the tile, if it fits.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        match &self.body {
            Body::Graphics(encoded) => Image::new(encoded).render(area, buffer),
            Body::Cells(blocks) => blocks.draw(area, buffer),
            Body::Nothing => {}
        }
    }
}

/// The images side by side at their scale. Magnified pixels stay squares; between images it is clear.
fn compose(images: &[image::RgbImage], plan: &TilePlan) -> RgbaImage {
    let Some(first) = images.first() else { return RgbaImage::new(1, 1) };
    let (width, height) = (plan.scale.apply(first.width()), plan.scale.apply(first.height()));
    let shown = images.len().min(plan.images) as u32;
    let strip_width = width * shown + plan.gap * shown.saturating_sub(1);
    let mut strip = RgbaImage::from_pixel(strip_width, height, Rgba([0; 4]));
    let filter = match plan.scale {
        Scale::Times(_) => FilterType::Nearest,
        Scale::Part(_) => FilterType::Triangle,
    };
    for (index, image) in images.iter().take(shown as usize).enumerate() {
        let scaled = imageops::resize(image, width, height, filter);
        let scaled = DynamicImage::ImageRgb8(scaled).to_rgba8();
        let x = index as u32 * (width + plan.gap);
        imageops::replace(&mut strip, &scaled, i64::from(x), 0);
    }
    strip
}

/// Erases the picture's cells first: what stood there would show through where it is clear.
fn erase(width: u16, height: u16) -> String {
    let row = format!("\x1b[{width}X\x1b[1B");
    format!("{}\x1b[{height}A", row.repeat(usize::from(height)))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::tui::{media::canvas::Cells, tty::CellPixels};

    fn images(value: u8) -> Arc<ClassImages> {
        let image = RgbImage::from_fn(4, 4, |x, y| Rgb([value, (x * 60) as u8, (y * 60) as u8]));
        Arc::new(ClassImages { images: vec![image.clone(), image], hash: u64::from(value) })
    }

    fn plan(protocol: Protocol, cell: CellPixels) -> TilePlan {
        let pictures =
            super::super::grid::Pictures { classes: 1, images: 2, size: [4, 4], label: 1 };
        let grid = Grid::fit(pictures, Rect::new(0, 0, 12, 4), cell, 0).unwrap();
        TilePlan::new(&grid, protocol, 0, 0)
    }

    const SIXEL: Protocol = Protocol::Sixel { colours: 255, tmux: false };
    const CELL: CellPixels = CellPixels { width: 8, height: 15 };

    #[test]
    fn a_sixel_tile_is_its_source_magnified() {
        let plan = plan(SIXEL, CELL);
        let Scale::Times(factor) = plan.scale else { panic!("{plan:?}") };
        let tile = TileJob { place: 0, images: images(200), plan }.make();
        let Body::Graphics(Encoded::Sixel(sixel)) = &tile.body else { panic!() };
        let picture = sixel::tests::decode(&sixel.data[sixel.data.find("\x1bP").unwrap()..]);
        assert!(factor > 1 && picture.height() == 4 * factor);
        for (index, source) in images(200).images.iter().enumerate() {
            let left = index as u32 * (4 * factor + plan.gap);
            for (x, y) in (0..4 * factor).flat_map(|y| (0..4 * factor).map(move |x| (x, y))) {
                let found = picture.get_pixel(left + x, y).0;
                let wanted = source.get_pixel(x / factor, y / factor).0;
                assert!(wanted.iter().zip(found).all(|(a, b)| a.abs_diff(b) < 4), "{x} {y}");
            }
        }
        // The gap is clear.
        assert_eq!(picture.get_pixel(4 * factor, 0).0[3], 0);
    }

    #[test]
    fn a_key_changes_with_pixels_size_and_generation_and_with_nothing_else() {
        let sixel = plan(SIXEL, CELL);
        let larger = plan(SIXEL, CellPixels { width: 12, height: 24 });
        let again = TilePlan { generation: 1, ..sixel };
        assert_eq!(sixel.key(&images(1)), sixel.key(&images(1)));
        let keys = [
            sixel.key(&images(1)),
            sixel.key(&images(2)),
            larger.key(&images(1)),
            again.key(&images(1)),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn a_tile_of_cells_is_drawn_inside_its_area() {
        let plan = plan(Protocol::Cells(Cells::HalfBlocks), CellPixels { width: 1, height: 2 });
        let tile = TileJob { place: 0, images: images(9), plan }.make();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 4));
        tile.draw(Rect::new(1, 1, 3, 2), &mut buffer);
        let painted = |x, y| {
            buffer[(x, y)].symbol() != " " || buffer[(x, y)].bg != ratatui::style::Color::Reset
        };
        assert!(painted(1, 1) && painted(3, 2) && !painted(4, 1) && !painted(1, 3));
    }
}
