//! From a share between 0 and 1 to what a cell looks like: a colour where there are enough of them, a shade of
//! ink where there are not.
//!
//! The colours are those of matplotlib's viridis: their lightness rises evenly, so that they are in order on
//! a printed page and to every kind of colour vision.

use ratatui::style::{Color, Style};

use crate::tui::settings::ColourDepth;

/// Viridis at nine shares that lie evenly.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
const INKS: [&str; 8] = [" ", ".", ":", "-", "=", "+", "*", "#"];

/// How shares are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ramp {
    /// Colours of 24 bits.
    True,
    /// Colours of xterm's 256.
    Indexed,
    /// Blocks of more and more ink.
    Shades,
    /// Characters of more and more ink.
    Ascii,
}

/// The colour of a share, as red, green and blue. What is no number has that of 0.
pub fn colour(share: f64) -> [u8; 3] {
    let at = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let at = if at.is_nan() { 0.0 } else { at };
    let low = (at.floor() as usize).min(VIRIDIS.len() - 2);
    let part = at - low as f64;
    let mix = |channel: usize| {
        let (from, to) = (VIRIDIS[low][channel], VIRIDIS[low + 1][channel]);
        (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// Whether black is read better on a colour than white.
pub fn is_light([red, green, blue]: [u8; 3]) -> bool {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    299 * red + 587 * green + 114 * blue > 128_000
}

impl Ramp {
    /// The best that a terminal can show.
    pub const fn new(depth: ColourDepth, ascii: bool) -> Self {
        match (depth, ascii) {
            (ColourDepth::True, _) => Self::True,
            (ColourDepth::Indexed, _) => Self::Indexed,
            (_, false) => Self::Shades,
            (_, true) => Self::Ascii,
        }
    }

    /// A cell of a share: its character and its style.
    pub fn cell(self, share: f64) -> (&'static str, Style) {
        let of = |inks: &[&'static str]| {
            let at = (share.clamp(0.0, 1.0) * (inks.len() - 1) as f64).round() as usize;
            inks.get(at).copied().unwrap_or(" ")
        };
        match self {
            Self::Shades => (of(&SHADES), Style::new()),
            Self::Ascii => (of(&INKS), Style::new()),
            _ => (" ", self.paper(share)),
        }
    }

    /// The paper under a text of a share, and an ink that is read on it; nothing without colours.
    pub fn paper(self, share: f64) -> Style {
        let rgb = colour(share);
        let ink = |light: bool| if light { [0, 0, 0] } else { [255, 255, 255] };
        let paint = |[red, green, blue]: [u8; 3]| match self {
            Self::True => Some(Color::Rgb(red, green, blue)),
            Self::Indexed => Some(Color::Indexed(nearest([red, green, blue]))),
            _ => None,
        };
        match (paint(rgb), paint(ink(is_light(rgb)))) {
            (Some(paper), Some(ink)) => Style::new().bg(paper).fg(ink),
            _ => Style::new(),
        }
    }

    /// The character that stands beside a text of a share where there is no colour.
    pub fn ink(self, share: f64) -> Option<&'static str> {
        matches!(self, Self::Shades | Self::Ascii).then(|| self.cell(share).0)
    }
}

/// The nearest colour of xterm's cube of 6 x 6 x 6.
fn nearest(rgb: [u8; 3]) -> u8 {
    const LEVELS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let distance = |level: &i32| (level - i32::from(value)).abs();
        let found = (0..6_u8).min_by_key(|at| distance(&LEVELS[usize::from(*at)]));
        found.unwrap_or(0)
    };
    16 + 36 * level(rgb[0]) + 6 * level(rgb[1]) + level(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lightness_rises_with_the_share() {
        let light = |share: f64| {
            let [red, green, blue] = colour(share).map(f64::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        };
        let all: Vec<f64> = (0..=50).map(|at| light(f64::from(at) / 50.0)).collect();
        assert!(all.is_sorted(), "{all:?}");
        assert_eq!((colour(0.0), colour(1.0), colour(9.0)), (VIRIDIS[0], VIRIDIS[8], VIRIDIS[8]));
        assert_eq!(colour(f64::NAN), VIRIDIS[0]);
    }

    #[test]
    fn a_terminal_gets_what_it_can_show() {
        assert_eq!(Ramp::new(ColourDepth::True, true), Ramp::True);
        assert_eq!(Ramp::new(ColourDepth::Named, false), Ramp::Shades);
        assert_eq!(Ramp::new(ColourDepth::None, true), Ramp::Ascii);
        assert_eq!(
            Ramp::True.cell(1.0),
            (" ", Style::new().bg(Color::Rgb(253, 231, 37)).fg(Color::Rgb(0, 0, 0)))
        );
        let Some(Color::Indexed(paper)) = Ramp::Indexed.paper(1.0).bg else { panic!() };
        assert_eq!(paper, 16 + 36 * 5 + 6 * 4);
        assert_eq!([0.0, 0.5, 1.0].map(|share| Ramp::Shades.cell(share).0), [" ", "▒", "█"]);
        assert_eq!(Ramp::Ascii.ink(1.0), Some("#"));
        assert_eq!((Ramp::True.ink(1.0), Ramp::Ascii.paper(1.0)), (None, Style::new()));
    }
}
