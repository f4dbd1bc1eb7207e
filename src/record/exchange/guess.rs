//! What the pixels of another program's file are, when the file does not say it: a guess and its reason.

use super::constants::Known;
use crate::record::PixelSpace;

/// Who made a file, as far as its form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// DC, DSA and DM.
    Matching,
    /// MTT and its kin: bare tensors in the space of their training.
    Trajectories,
    /// Dataset distillation.
    Distillation,
}

/// The space in which `maker` keeps images with this many channels of the data set that the file's name
/// speaks of.
pub fn of(maker: Maker, known: Option<&Known>, channels: usize) -> (PixelSpace, String) {
    let (who, hedge) = match maker {
        Maker::Matching => ("DC, DSA and DM keep normalised pixels", ""),
        Maker::Trajectories => (
            "bare tensors are kept as they were trained on",
            "; they are whitened instead if that training used ZCA",
        ),
        Maker::Distillation => ("dataset distillation keeps normalised pixels", ""),
    };
    let space = |known: &Known| match maker {
        Maker::Distillation => known.distilled_space(),
        Maker::Matching | Maker::Trajectories => known.space(),
    };
    match known {
        Some(known) if known.channels() == channels => (
            PixelSpace::Normalised(space(known)),
            format!("{who}, and the name speaks of {}{hedge}", known.name),
        ),
        Some(known) => (
            PixelSpace::Unknown,
            format!("the name speaks of {}, whose images have other channels", known.name),
        ),
        None => (PixelSpace::Unknown, format!("{who}, but no name says of which data set")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_needs_a_name_that_fits_and_says_why() {
        let known = Known::find("cifar10");
        let (space, reason) = of(Maker::Matching, known, 3);
        assert!(
            matches!(space, PixelSpace::Normalised(space) if space.std == [0.2023, 0.1994, 0.2010])
        );
        assert!(reason.ends_with("the name speaks of cifar10"), "{reason}");
        let (space, _) = of(Maker::Distillation, known, 3);
        assert!(
            matches!(space, PixelSpace::Normalised(space) if space.std == [0.247, 0.243, 0.261])
        );
        assert!(of(Maker::Trajectories, known, 3).1.contains("ZCA"));
        assert_eq!(of(Maker::Matching, known, 1).0, PixelSpace::Unknown);
        assert_eq!(of(Maker::Matching, None, 3).0, PixelSpace::Unknown);
    }
}
