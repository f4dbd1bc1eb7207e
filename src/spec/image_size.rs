//! The size that real images are brought to before they are condensed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest side that is accepted: larger synthetic images fit no device.
pub const LONGEST_SIDE: usize = 1024;

/// Width and height in pixels, written `64x48`; a square may be written `64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ImageSize {
    /// The size that the images have.
    #[default]
    Own,
    /// This size.
    Of {
        /// Pixels from left to right.
        width: usize,
        /// Pixels from top to bottom.
        height: usize,
    },
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.pad("own"),
            Self::Of { width, height } => f.pad(&format!("{width}x{height}")),
        }
    }
}

impl FromStr for ImageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "own" {
            return Ok(Self::Own);
        }
        let (width, height) = text.split_once(['x', '\u{d7}']).unwrap_or((text, text));
        let side = |digits: &str| {
            let side = digits.parse().ok();
            side.filter(|side| (1..=LONGEST_SIDE).contains(side))
        };
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Self::Of { width, height }),
            _ => Err(format!(
                "`{text}` is no size; write WIDTHxHEIGHT, such as 64x64, with sides from 1 to \
                 {LONGEST_SIDE}, or own"
            )),
        }
    }
}

impl From<ImageSize> for String {
    fn from(size: ImageSize) -> Self {
        size.to_string()
    }
}

impl TryFrom<String> for ImageSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_as_it_is_written() {
        for text in ["own", "64x64", "640x48", "1x1"] {
            assert_eq!(text.parse::<ImageSize>().unwrap().to_string(), text);
        }
        assert_eq!("32".parse(), Ok(ImageSize::Of { width: 32, height: 32 }));
        for text in ["", "0", "x", "32x", "32x32x3", "-1", "1025x2", "99999999999999999999x2"] {
            assert!(text.parse::<ImageSize>().is_err(), "{text}");
        }
    }
}
