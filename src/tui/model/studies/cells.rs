//! What stands in a cell of a table: ours, the published number, or how far they lie apart.

use crate::{
    study::table::{Content, Entry, Table},
    tui::look::{Look, Role, Symbols},
};

/// What cells show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Ours, and the published number in brackets.
    Both,
    /// Ours.
    Ours,
    /// The published number.
    Published,
    /// Ours minus the published number.
    Difference,
}

impl Shows {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Both => Self::Ours,
            Self::Ours => Self::Published,
            Self::Published => Self::Difference,
            Self::Difference => Self::Both,
        }
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "ours (published)",
            Self::Ours => "ours",
            Self::Published => "published",
            Self::Difference => "ours minus published",
        }
    }
}

/// True when a paper told a number for one of the cells.
pub fn has_published(table: &Table) -> bool {
    table.rows.iter().flat_map(|(_, entries)| entries).any(|entry| entry.published.value.is_some())
}

/// Ours in per cent, where it is done.
pub fn mean(entry: &Entry) -> Option<f64> {
    match &entry.ours {
        Content::Done { summary, .. } => Some(100.0 * summary.mean),
        _ => None,
    }
}

/// Ours minus the published number, in points.
pub fn difference(entry: &Entry) -> Option<f64> {
    Some(mean(entry)? - entry.published.value?.0)
}

/// The sign of what stands in a cell that is not done.
pub const fn sign(content: &Content, symbols: &Symbols) -> &'static str {
    match content {
        Content::Missing | Content::Done { .. } => symbols.absent,
        Content::Pending => symbols.states.queued,
        Content::Running { .. } => symbols.states.running,
        Content::Failed { .. } => symbols.states.failed,
    }
}

/// Ours, or where its runs are.
pub fn ours(content: &Content, symbols: &Symbols) -> String {
    let sign = sign(content, symbols);
    match content {
        Content::Missing => sign.to_owned(),
        Content::Pending => format!("{sign} queued"),
        Content::Running { share } => format!("{sign} {:.0} %", (100.0 * share).floor()),
        Content::Failed { .. } => format!("{sign} failed"),
        Content::Done { summary, .. } => {
            let (mean, std) = (100.0 * summary.mean, 100.0 * summary.std);
            format!("{mean:.1}{}{std:.1}", symbols.plus_minus)
        }
    }
}

/// The role of what stands in a cell.
pub const fn role(content: &Content) -> Role {
    match content {
        Content::Missing | Content::Pending => Role::Quiet,
        Content::Running { .. } => Role::Accent,
        Content::Failed { .. } => Role::Bad,
        Content::Done { .. } => Role::Text,
    }
}

/// The published number; with `?` where it was not read in a source.
pub fn published(entry: &Entry, symbols: &Symbols) -> String {
    match entry.published.value {
        None => symbols.absent.to_owned(),
        Some(_) => entry.published.to_string().replace('±', symbols.plus_minus),
    }
}

/// The text of a cell and its role.
pub fn text(entry: &Entry, shows: Shows, look: Look) -> (String, Role) {
    let symbols = look.symbols();
    let absent = || (symbols.absent.to_owned(), Role::Quiet);
    let own = || (ours(&entry.ours, symbols), role(&entry.ours));
    match shows {
        Shows::Ours => own(),
        Shows::Both => {
            let (text, role) = own();
            let told = entry.published.value.map(|_| published(entry, symbols));
            (told.map_or_else(|| text.clone(), |told| format!("{text} ({told})")), role)
        }
        Shows::Published => match entry.published.value {
            None => absent(),
            Some(_) => (published(entry, symbols), Role::Text),
        },
        Shows::Difference => match (difference(entry), &entry.ours) {
            (Some(points), _) => (format!("{points:+.1}"), Role::Text),
            (None, Content::Done { .. }) => absent(),
            (None, _) => own(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Summary;
    use crate::queue::RunId;

    fn entry(ours: Content, published: &str) -> Entry {
        Entry {
            ours,
            published: published.parse().unwrap(),
            runs: vec![RunId::new(3)],
            by_task: Vec::new(),
        }
    }

    #[test]
    fn a_cell_shows_what_is_wanted_or_where_its_runs_are() {
        let done = Content::Done {
            summary: Summary { mean: 0.885, std: 0.005, count: 3 },
            seeds: vec![vec![0.885; 3]],
        };
        let look = Look::bare(false, true);
        let all = |entry: &Entry| {
            [Shows::Both, Shows::Ours, Shows::Published, Shows::Difference]
                .map(|shows| text(entry, shows, look).0)
        };
        let told = entry(done.clone(), "88.7±0.6?");
        assert_eq!(all(&told), ["88.5±0.5 (88.7±0.6?)", "88.5±0.5", "88.7±0.6?", "-0.2"]);
        let untold = entry(done, "-");
        assert_eq!(all(&untold), ["88.5±0.5", "88.5±0.5", "–", "–"]);
        let runs = entry(Content::Running { share: 0.259 }, "88.7");
        assert_eq!(all(&runs), ["● 25 % (88.7)", "● 25 %", "88.7", "● 25 %"]);
        let ascii = Look::bare(true, false);
        let failed =
            entry(Content::Failed { run: RunId::new(3), reason: "x".to_owned() }, "88.7±0.6");
        assert_eq!(
            text(&failed, Shows::Both, ascii),
            ("X failed (88.7+-0.6)".to_owned(), Role::Bad)
        );
    }
}
