//! What is on the screen, as files: charts as CSV, SVG and PNG, images as PNG and as GIF over iterations.
//!
//! Data in and bytes out; writing them is an effect like any other.

mod chart;
mod heat;
mod images;
mod study;

pub use self::{
    chart::ChartFigure,
    heat::HeatFigure,
    images::{ExportError, gif, png, side_by_side},
    study::study,
};
use crate::figure::FigureError;

/// What a chart is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its values, as comma-separated values.
    Csv,
    /// Lines and texts.
    Svg,
    /// Pixels.
    Png,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Svg, Self::Png, Self::Csv];

    /// How the names of its files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// The figure of a picture, or these values.
    fn write(
        self,
        picture: &impl crate::figure::Picture,
        values: impl FnOnce() -> String,
    ) -> Result<Vec<u8>, FigureError> {
        use crate::figure::{Format, write};
        match self {
            Self::Csv => Ok(values().into_bytes()),
            Self::Svg => write(picture, Format::Svg),
            Self::Png => write(picture, Format::Png),
        }
    }
}

/// A name for a file, of letters, digits and dashes: `run 3, Accuracy` becomes `run-3-accuracy.svg`.
pub fn file_name(title: &str, extension: &str) -> String {
    const MOST: usize = 80;
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(MOST);
    let name = name.trim_end_matches('-');
    let name = if name.is_empty() { "stillroom" } else { name };
    format!("{name}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_harmless() {
        assert_eq!(file_name("run 3, Accuracy", "svg"), "run-3-accuracy.svg");
        assert_eq!(file_name("../../etc/\u{1b}passwd", "png"), "etc-passwd.png");
        assert_eq!(file_name("蒸留所", "csv"), "stillroom.csv");
        assert!(file_name(&"x".repeat(999), "csv").len() < 90);
    }
}
