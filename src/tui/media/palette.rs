//! Few colours for a picture: all of them where they are few enough, else those that are nearest to most.
//!
//! Colours are in percent of red, green and blue, as sixel graphics name them; so at most 101 greys exist,
//! and a grey picture is exact with a palette of that size. Too many colours are parted by median cut and
//! drawn to the means of their parts.

use std::collections::BTreeMap;

/// A colour in percent.
pub type Percent = [u8; 3];

/// A few colours, and which of them each pixel has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// The colours, at most 255.
    pub colours: Vec<Percent>,
    /// For each pixel the index of its colour; `None` where the picture is transparent.
    pub pixels: Vec<Option<u8>>,
}

/// Rounds of drawing colours to the means of their pixels.
const ROUNDS: usize = 3;

/// Reduces pixels (`None` is transparent) to at most `most` colours.
pub fn reduce(pixels: impl Iterator<Item = Option<[u8; 3]>>, most: u16) -> Indexed {
    let pixels: Vec<Option<Percent>> =
        pixels.map(|pixel| pixel.map(|rgb| rgb.map(percent))).collect();
    let mut counts: BTreeMap<Percent, u32> = BTreeMap::new();
    for colour in pixels.iter().flatten() {
        *counts.entry(*colour).or_default() += 1;
    }
    let counts: Vec<(Percent, u32)> = counts.into_iter().collect();
    let most = usize::from(most.clamp(2, 255));
    let colours: Vec<Percent> = if counts.len() <= most {
        counts.iter().map(|entry| entry.0).collect()
    } else {
        refine(&counts, median_cut(&counts, most))
    };
    let index: BTreeMap<Percent, u8> =
        counts.iter().map(|entry| (entry.0, nearest(&colours, entry.0) as u8)).collect();
    let pixels = pixels
        .into_iter()
        .map(|pixel| pixel.and_then(|colour| index.get(&colour).copied()))
        .collect();
    Indexed { colours, pixels }
}

const fn percent(value: u8) -> u8 {
    ((value as u32 * 100 + 127) / 255) as u8
}

fn distance(a: Percent, b: Percent) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

fn nearest(colours: &[Percent], colour: Percent) -> usize {
    let near = colours.iter().enumerate().min_by_key(|entry| distance(*entry.1, colour));
    near.map_or(0, |entry| entry.0)
}

/// Parts the colours `most` ways: each time the part with the widest spread at its middle pixel.
fn median_cut(counts: &[(Percent, u32)], most: usize) -> Vec<Percent> {
    let mut parts = vec![counts.to_vec()];
    while parts.len() < most {
        let widest = parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                let (spread, channel) = spread(part);
                let pixels: u32 = part.iter().map(|entry| entry.1).sum();
                (u64::from(spread).pow(2) * u64::from(pixels), index, channel)
            })
            .max();
        let Some((weight, index, channel)) = widest else { break };
        if weight == 0 {
            break;
        }
        let mut part = parts.swap_remove(index);
        part.sort_by_key(|entry| entry.0[channel]);
        let half = part.iter().map(|entry| entry.1).sum::<u32>() / 2;
        let mut seen = 0;
        let middle = part.iter().position(|entry| {
            seen += entry.1;
            seen > half
        });
        let rest = part.split_off(middle.unwrap_or(1).clamp(1, part.len() - 1));
        parts.extend([part, rest]);
    }
    parts.iter().map(|part| mean(part.iter())).collect()
}

/// The widest spread of a part and its channel.
fn spread(part: &[(Percent, u32)]) -> (u8, usize) {
    let widest = (0..3).map(|channel| {
        let values = part.iter().map(|entry| entry.0[channel]);
        let (low, high) = (values.clone().min().unwrap_or(0), values.max().unwrap_or(0));
        (high - low, channel)
    });
    widest.max().unwrap_or((0, 0))
}

fn mean<'a>(part: impl Iterator<Item = &'a (Percent, u32)>) -> Percent {
    let mut sums = [0_u32; 3];
    let mut pixels = 0;
    for (colour, count) in part {
        for (sum, value) in sums.iter_mut().zip(colour) {
            *sum += u32::from(*value) * count;
        }
        pixels += count;
    }
    sums.map(|sum| (sum + pixels / 2).checked_div(pixels).unwrap_or(0) as u8)
}

fn refine(counts: &[(Percent, u32)], mut colours: Vec<Percent>) -> Vec<Percent> {
    for _ in 0..ROUNDS {
        let mut parts = vec![Vec::new(); colours.len()];
        for entry in counts {
            parts[nearest(&colours, entry.0)].push(entry);
        }
        for (colour, part) in colours.iter_mut().zip(parts) {
            if !part.is_empty() {
                *colour = mean(part.into_iter());
            }
        }
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greys() -> impl Iterator<Item = Option<[u8; 3]>> {
        (0..=255).map(|value| Some([value; 3]))
    }

    fn worst(pixels: impl Iterator<Item = Option<[u8; 3]>> + Clone, most: u16) -> u32 {
        let indexed = reduce(pixels.clone(), most);
        assert!(indexed.colours.len() <= usize::from(most));
        let pairs = pixels.zip(&indexed.pixels);
        pairs
            .map(|(pixel, index)| {
                distance(pixel.unwrap().map(percent), indexed.colours[usize::from(index.unwrap())])
            })
            .max()
            .unwrap()
    }

    #[test]
    fn greys_are_exact_with_a_hundred_and_one_colours() {
        assert_eq!(worst(greys().collect::<Vec<_>>().into_iter(), 101), 0);
    }

    #[test]
    fn sixteen_greys_are_within_four_percent() {
        assert!(worst(greys().collect::<Vec<_>>().into_iter(), 16) <= 3 * 4 * 4);
    }

    #[test]
    fn distinct_colours_keep_their_own() {
        let pixels = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]].map(Some);
        let indexed = reduce(pixels.into_iter().chain([None]), 4);
        let found: Vec<_> = indexed
            .pixels
            .iter()
            .map(|index| index.map(|index| indexed.colours[usize::from(index)]))
            .collect();
        let wanted = [[100, 0, 0], [0, 100, 0], [0, 0, 100], [100, 100, 100]];
        assert_eq!(found[..4], wanted.map(Some));
        assert_eq!(found[4], None);
    }

    #[test]
    fn nothing_is_no_colours() {
        assert_eq!(reduce(std::iter::empty(), 16), Indexed { colours: vec![], pixels: vec![] });
    }
}
