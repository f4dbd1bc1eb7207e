//! What pieces of text are for: the words that themes give styles to.

/// How many series can be told apart.
pub const SERIES: usize = 8;
/// How many roles there are.
pub const ROLES: usize = NAMES.len() + SERIES;

/// What a piece of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What stands behind: units, labels.
    Quiet,
    /// Names of screens and panels.
    Title,
    /// What is selected, and keys in hints.
    Accent,
    /// The synthetic set's figures.
    Synthetic,
    /// The random baseline's figures.
    Random,
    /// Done and well.
    Good,
    /// Needs attention.
    Warning,
    /// Went wrong.
    Bad,
    /// Borders of panels.
    Border,
    /// The border of what lies over others or has the keys.
    Focus,
    /// The row that keys are about.
    Selection,
    /// What every cell without a style of its own has.
    Base,
    /// One of several curves, points or bars, from 0; they repeat after [`SERIES`]. Each has a sign too:
    /// [`Symbols::series`](super::Symbols::series).
    Series(usize),
}

/// The names in theme files, in the order of the enumeration; `series-1` and so on follow.
pub const NAMES: [&str; 13] = [
    "text",
    "quiet",
    "title",
    "accent",
    "synthetic",
    "random",
    "good",
    "warning",
    "bad",
    "border",
    "focus",
    "selection",
    "base",
];

impl Role {
    /// Its place in the tables of themes.
    pub const fn index(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Quiet => 1,
            Self::Title => 2,
            Self::Accent => 3,
            Self::Synthetic => 4,
            Self::Random => 5,
            Self::Good => 6,
            Self::Warning => 7,
            Self::Bad => 8,
            Self::Border => 9,
            Self::Focus => 10,
            Self::Selection => 11,
            Self::Base => 12,
            Self::Series(number) => NAMES.len() + number % SERIES,
        }
    }

    /// The place of a name in a theme file.
    pub fn index_of_name(name: &str) -> Option<usize> {
        if let Some(number) = name.strip_prefix("series-") {
            let number = number.parse::<usize>().ok().filter(|_| !number.starts_with('0'))?;
            return (1..=SERIES).contains(&number).then(|| NAMES.len() + number - 1);
        }
        NAMES.iter().position(|known| *known == name)
    }

    /// All names of theme files.
    pub fn names() -> Vec<String> {
        let series = (1..=SERIES).map(|number| format!("series-{number}"));
        NAMES.iter().map(|name| (*name).to_owned()).chain(series).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_place_of_its_own() {
        let places: Vec<_> =
            Role::names().iter().map(|name| Role::index_of_name(name).unwrap()).collect();
        assert_eq!(places, (0..ROLES).collect::<Vec<_>>());
        assert_eq!(Role::Series(0).index(), Role::index_of_name("series-1").unwrap());
        assert_eq!(Role::Series(8), Role::Series(8));
        assert_eq!(Role::Series(8).index(), Role::Series(0).index());
        assert_eq!(Role::Base.index(), Role::index_of_name("base").unwrap());
        for wrong in ["", "series-0", "series-9", "series-01", "Text"] {
            assert_eq!(Role::index_of_name(wrong), None, "{wrong}");
        }
    }
}
