//! What a reader may be told about a file that does not say it itself.

use std::{path::PathBuf, str::FromStr};

use super::constants::Known;
use crate::record::{PixelSpace, Space, labels::Meaning};

/// What a user says about a file. Nothing said means: as the file says, or as its kind usually is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// The space of its pixels.
    pub space: Option<SpaceWish>,
    /// The file of the labels, where it is not beside that of the images.
    pub labels: Option<PathBuf>,
    /// What soft labels are.
    pub meaning: Option<Meaning>,
    /// Which experiment of a file with several, from 1; the last one if nothing is said.
    pub experiment: Option<usize>,
    /// Into how many rows and columns of smaller images each stored image is to be taken apart (IDC).
    pub factor: Option<usize>,
}

/// A pixel space in a user's words.
#[derive(Debug, Clone, PartialEq)]
pub enum SpaceWish {
    /// `normalised`: with the constants of the data set that the file's name speaks of.
    Normalised,
    /// `unit`, `whitened`, `unknown`, `normalised:cifar10` or `normalised:M,M,M/S,S,S`.
    This(PixelSpace),
}

impl FromStr for SpaceWish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "unit" => Self::This(PixelSpace::Unit),
            "whitened" => Self::This(PixelSpace::Whitened),
            "unknown" => Self::This(PixelSpace::Unknown),
            "normalised" | "normalized" => Self::Normalised,
            _ => {
                let constants = text
                    .strip_prefix("normalised:")
                    .or_else(|| text.strip_prefix("normalized:"))
                    .ok_or_else(|| {
                        format!(
                            "`{text}` is not one of normalised, normalised:DATASET, \
                             normalised:MEAN,…/STD,…, unit, whitened, unknown"
                        )
                    })?;
                Self::This(PixelSpace::Normalised(parse_constants(constants)?))
            }
        })
    }
}

fn parse_constants(text: &str) -> Result<Space, String> {
    if let Some(set) = Known::find(text) {
        return Ok(set.space());
    }
    let Some((mean, std)) = text.split_once('/') else {
        let names = Known::names().join(", ");
        return Err(format!("`{text}` is neither MEAN,…/STD,… nor one of {names}"));
    };
    let numbers = |list: &str| {
        let number = |word: &str| {
            let value = word.trim().parse::<f32>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| format!("`{word}` is not a number"))
        };
        list.split(',').map(number).collect::<Result<Vec<_>, String>>()
    };
    let space = Space { mean: numbers(mean)?, std: numbers(std)? };
    PixelSpace::Normalised(space.clone()).check(space.mean.len())?;
    Ok(space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_a_word_a_data_set_or_constants() {
        let parse = |text: &str| text.parse::<SpaceWish>();
        assert_eq!(parse("unit"), Ok(SpaceWish::This(PixelSpace::Unit)));
        assert_eq!(parse("normalized"), Ok(SpaceWish::Normalised));
        let constants = Space { mean: vec![0.5, -1.0], std: vec![0.25, 2.0] };
        assert_eq!(
            parse("normalised:0.5,-1/0.25,2"),
            Ok(SpaceWish::This(PixelSpace::Normalised(constants)))
        );
        assert_eq!(parse("normalised:CIFAR-10"), parse("normalised:cifar10"));
        assert!(parse("normalised:cifar10").is_ok());
        for (text, words) in [
            ("0..1", "is not one of"),
            ("normalised:cifar11", "nor one of"),
            ("normalised:0.5/0", "above 0"),
            ("normalised:0.5,x/1,1", "`x` is not a number"),
            ("normalised:0.5,0.5/1", "per channel"),
        ] {
            assert!(parse(text).unwrap_err().contains(words), "{text}");
        }
    }
}
