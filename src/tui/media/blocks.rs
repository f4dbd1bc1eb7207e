//! Pictures in text cells: two pixels a cell in colours, or their brightness as a character.

use image::{Rgba, RgbaImage};
use ratatui::{buffer::Buffer, layout::Rect, style::Color};

use super::canvas::Cells;

const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
const ASCII_SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// Opaque from here on.
const OPAQUE: u8 = 128;

/// One painted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaintedCell {
    symbol: char,
    foreground: Color,
    background: Color,
}

/// A picture in cells, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Cells across.
    pub width: u16,
    /// Cells down.
    pub height: u16,
    cells: Vec<PaintedCell>,
}

impl Blocks {
    /// Paints a picture: a column of pixels is a column of cells, two rows are one.
    pub fn paint(image: &RgbaImage, cells: Cells) -> Self {
        let (width, height) = (image.width(), image.height().div_ceil(2));
        let pixel = |x, y| image.get_pixel_checked(x, y).copied().filter(|p| p.0[3] >= OPAQUE);
        let positions = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let painted = positions.map(|(x, y)| paint(pixel(x, 2 * y), pixel(x, 2 * y + 1), cells));
        Self { width: width as u16, height: height as u16, cells: painted.collect() }
    }

    /// Draws what fits into `area`.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        for (row, cells) in self.cells.chunks(usize::from(self.width).max(1)).enumerate() {
            for (column, painted) in cells.iter().enumerate() {
                let (x, y) = (area.x + column as u16, area.y + row as u16);
                if x < area.right()
                    && y < area.bottom()
                    && let Some(cell) = buffer.cell_mut((x, y))
                {
                    cell.set_char(painted.symbol);
                    cell.set_fg(painted.foreground).set_bg(painted.background);
                }
            }
        }
    }
}

fn paint(upper: Option<Rgba<u8>>, lower: Option<Rgba<u8>>, cells: Cells) -> PaintedCell {
    let colour = |pixel: Rgba<u8>| {
        let [red, green, blue, _] = pixel.0;
        if cells == Cells::IndexedHalfBlocks {
            Color::Indexed(indexed([red, green, blue]))
        } else {
            Color::Rgb(red, green, blue)
        }
    };
    let painted = |symbol, foreground, background| PaintedCell { symbol, foreground, background };
    match (cells, upper.map(colour), lower.map(colour)) {
        (Cells::Shades, ..) => painted(shade(upper, lower, &SHADES), Color::Reset, Color::Reset),
        (Cells::AsciiShades, ..) => {
            painted(shade(upper, lower, &ASCII_SHADES), Color::Reset, Color::Reset)
        }
        (_, None, None) => painted(' ', Color::Reset, Color::Reset),
        (_, Some(upper), None) => painted('▀', upper, Color::Reset),
        (_, None, Some(lower)) => painted('▄', lower, Color::Reset),
        (_, Some(upper), Some(lower)) if upper == lower => painted(' ', Color::Reset, upper),
        (_, Some(upper), Some(lower)) => painted('▀', upper, lower),
    }
}

fn shade(upper: Option<Rgba<u8>>, lower: Option<Rgba<u8>>, shades: &[char]) -> char {
    let brightness: Vec<u32> = [upper, lower]
        .into_iter()
        .flatten()
        .map(|pixel| {
            let [red, green, blue, _] = pixel.0.map(u32::from);
            (2126 * red + 7152 * green + 722 * blue) / 10_000
        })
        .collect();
    let mean = brightness.iter().sum::<u32>().checked_div(brightness.len() as u32).unwrap_or(0);
    let index = mean as usize * shades.len() / 256;
    shades.get(index).copied().unwrap_or(' ')
}

/// The levels of the colour cube of xterm's 256 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of xterm's 256 colours: from the cube, or from the ramp of greys.
fn indexed(rgb: [u8; 3]) -> u8 {
    let level = |value: u8| {
        let nearest = LEVELS.iter().enumerate().min_by_key(|level| level.1.abs_diff(value));
        nearest.map_or(0, |level| level.0)
    };
    let [red, green, blue] = rgb.map(level);
    let cube = [LEVELS[red], LEVELS[green], LEVELS[blue]];
    let mean = (rgb.iter().map(|value| u32::from(*value)).sum::<u32>() / 3) as u8;
    let step = (mean.saturating_sub(3) / 10).min(23);
    let grey = [8 + 10 * step; 3];
    let distance = |other: [u8; 3]| -> u32 {
        rgb.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    if distance(grey) < distance(cube) {
        232 + step
    } else {
        (16 + 36 * red + 6 * green + blue) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Option<Rgba<u8>> = Some(Rgba([255; 4]));
    const BLACK: Option<Rgba<u8>> = Some(Rgba([0, 0, 0, 255]));

    #[test]
    fn a_cell_shows_two_pixels() {
        let cell = paint(WHITE, BLACK, Cells::HalfBlocks);
        let (white, black) = (Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0));
        assert_eq!((cell.symbol, cell.foreground, cell.background), ('▀', white, black));
        assert_eq!(paint(None, WHITE, Cells::HalfBlocks).symbol, '▄');
        assert_eq!(paint(WHITE, WHITE, Cells::HalfBlocks).background, white);
    }

    #[test]
    fn brightness_is_a_character_without_colour() {
        let cell = paint(WHITE, WHITE, Cells::Shades);
        assert_eq!(
            (cell.symbol, cell.foreground, cell.background),
            ('█', Color::Reset, Color::Reset)
        );
        assert_eq!(paint(WHITE, BLACK, Cells::Shades).symbol, '▒');
        assert_eq!(paint(BLACK, BLACK, Cells::AsciiShades).symbol, ' ');
        assert_eq!(paint(WHITE, WHITE, Cells::AsciiShades).symbol, '@');
    }

    #[test]
    fn xterms_colours_are_near() {
        assert_eq!(indexed([255, 0, 0]), 196);
        assert_eq!(indexed([0, 0, 0]), 16);
        assert_eq!(indexed([118, 118, 118]), 243);
    }

    #[test]
    fn an_odd_last_row_is_half_a_cell() {
        let image = RgbaImage::from_pixel(2, 3, Rgba([9, 9, 9, 255]));
        let blocks = Blocks::paint(&image, Cells::HalfBlocks);
        assert_eq!((blocks.width, blocks.height), (2, 2));
        assert_eq!(blocks.cells[2].background, Color::Reset);
    }
}
