//! What makes a study an architecture search, as its TOML says it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The `[search]` table of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The row that ranks truly: the one that trains on all data.
    pub reference: String,
    /// Parts of its ranking over which correlations are told, beside the whole.
    #[serde(default)]
    pub top: Vec<Top>,
    /// The part that published correlations are of.
    #[serde(default)]
    pub published_top: Option<Top>,
}

/// The best of a ranking: so many, or a share of them. Written `10` or `"5 %"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub enum Top {
    /// So many.
    Count(usize),
    /// So many in a hundred.
    Share(f64),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Count(usize),
    Share(String),
}

impl Top {
    /// How many of `all`.
    pub fn count(self, all: usize) -> usize {
        match self {
            Self::Count(count) => count.min(all),
            Self::Share(share) => (all as f64 * share / 100.0).round() as usize,
        }
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => f.pad(&format!("top {count}")),
            Self::Share(share) => f.pad(&format!("top {share} %")),
        }
    }
}

impl From<Top> for Written {
    fn from(top: Top) -> Self {
        match top {
            Top::Count(count) => Self::Count(count),
            Top::Share(share) => Self::Share(format!("{share} %")),
        }
    }
}

impl TryFrom<Written> for Top {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Count(count) if count > 1 => Ok(Self::Count(count)),
            Written::Count(count) => {
                Err(format!("the top {count} cannot be ranked; 2 or more can"))
            }
            Written::Share(text) => text.parse(),
        }
    }
}

impl FromStr for Top {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.strip_suffix('%').and_then(|share| share.trim().parse::<f64>().ok());
        let share = share.filter(|share| (0.0..=100.0).contains(share));
        share.map(Self::Share).ok_or_else(|| format!("`{text}` is no share such as \"5 %\""))
    }
}

/// What was published about a row of a search.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishedSearch {
    /// Accuracy of the architecture found, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance: Option<f64>,
    /// Spearman's correlation over the top that the study names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    /// Minutes for all architectures, on their machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Images to store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
}

impl PublishedSearch {
    /// True where nothing was published.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_counts_or_shares() {
        let read = |text: &str| toml::from_str::<Search>(&format!("reference = \"W\"\n{text}"));
        let search = read("top = [5, \"5 %\", \"12.5%\"]\npublished_top = 10").unwrap();
        assert_eq!(search.top, [Top::Count(5), Top::Share(5.0), Top::Share(12.5)]);
        assert_eq!(search.published_top, Some(Top::Count(10)));
        assert_eq!(search.top[1].to_string(), "top 5 %");
        assert_eq!(search.top.iter().map(|top| top.count(720)).collect::<Vec<_>>(), [5, 36, 90]);
        assert_eq!(Top::Count(50).count(24), 24);
        assert_eq!(toml::from_str::<Search>(&toml::to_string(&search).unwrap()).unwrap(), search);
        for text in ["top = [1]", "top = [\"5\"]", "top = [\"200 %\"]", "tops = [3]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
