//! Figures on paper: a sheet of any size is drawn once, and written as SVG or as PNG.
//!
//! What a figure shows is a [`Picture`]; what all of them have, heading, legend, remark and marks, is in
//! [`layout`] and [`mark`]. Rows have a colour and a mark each, which are told apart without colours too. Bytes
//! come out; whoever asks writes the file.

pub mod layout;
pub mod mark;

use std::{io::Cursor, sync::OnceLock};

use image::{ImageFormat, RgbImage};
use plotters::{
    prelude::*,
    style::{FontStyle, register_font},
};

use self::layout::Area;

/// The font of all texts. The reader of an SVG has one of that name; that of a PNG comes with the program.
pub const FONT: &str = "sans-serif";

/// A figure that could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the figure cannot be drawn: {0}")]
pub struct FigureError(String);

impl FigureError {
    /// Because of this.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// What a figure is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines and texts, at any size.
    Svg,
    /// Pixels.
    Png,
}

impl Format {
    /// How the names of its files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Something that can be drawn on a sheet.
pub trait Picture {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it.
    ///
    /// # Errors
    /// When the drawing library gives up, which it does for values that are no numbers.
    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError>;
}

/// Draws a picture; the bytes of its file.
///
/// # Errors
/// As [`Picture::draw`].
pub fn write(picture: &impl Picture, format: Format) -> Result<Vec<u8>, FigureError> {
    register()?;
    let (width, height) = picture.size();
    match format {
        Format::Svg => {
            let mut svg = String::new();
            fill(SVGBackend::with_string(&mut svg, (width, height)), picture)?;
            Ok(svg.into_bytes())
        }
        Format::Png => {
            let mut pixels = vec![0; width as usize * height as usize * 3];
            fill(BitMapBackend::with_buffer(&mut pixels, (width, height)), picture)?;
            let image = RgbImage::from_raw(width, height, pixels);
            let image = image.ok_or_else(|| FigureError::of("it has no such size"))?;
            let mut png = Cursor::new(Vec::new());
            image.write_to(&mut png, ImageFormat::Png).map_err(FigureError::of)?;
            Ok(png.into_inner())
        }
    }
}

fn fill<B: DrawingBackend>(backend: B, picture: &impl Picture) -> Result<(), FigureError> {
    let sheet = backend.into_drawing_area();
    sheet.fill(&WHITE).map_err(FigureError::of)?;
    picture.draw(&sheet)?;
    sheet.present().map_err(FigureError::of)
}

/// Gives the drawing library its font, once.
fn register() -> Result<(), FigureError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let font = epaint_default_fonts::UBUNTU_LIGHT;
    let done = DONE.get_or_init(|| register_font(FONT, FontStyle::Normal, font).is_ok());
    if *done { Ok(()) } else { Err(FigureError::of("its font cannot be read")) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    struct Square;

    impl Picture for Square {
        fn size(&self) -> (u32, u32) {
            (80, 40)
        }

        fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
            let square = Rectangle::new([(10, 10), (19, 19)], RED.filled());
            sheet.draw(&square).map_err(FigureError::of)?;
            layout::text(sheet, "<\u{3c1}>", (30, 20), 20, layout::Side::Right)
        }
    }

    /// The SVG of a picture.
    pub fn svg(picture: &impl Picture) -> String {
        String::from_utf8(write(picture, Format::Svg).unwrap()).unwrap()
    }

    /// The pixels of a picture, from its PNG.
    pub fn pixels(picture: &impl Picture) -> RgbImage {
        let png = write(picture, Format::Png).unwrap();
        image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().to_rgb8()
    }

    #[test]
    fn a_picture_is_the_same_as_lines_and_as_pixels() {
        let svg = svg(&Square);
        assert!(svg.contains("&lt;\u{3c1}&gt;") && svg.contains("#FF0000"), "{svg}");
        let image = pixels(&Square);
        assert_eq!(image.dimensions(), (80, 40));
        let red = image.pixels().filter(|pixel| pixel.0 == [255, 0, 0]).count();
        assert!((81..=100).contains(&red), "{red}");
        // The text is there, in the font that comes along.
        let dark = image.enumerate_pixels().filter(|(x, _, pixel)| *x > 29 && pixel.0[0] < 128);
        assert!(dark.count() > 20);
    }
}
