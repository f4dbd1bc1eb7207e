//! The columns of the queue: which there is room for, and what a run shows in each.

use ratatui::{
    layout::Alignment,
    text::{Line, Span},
};

use crate::{
    queue::{RunId, RunSummary},
    tui::{
        figures::{bare_accuracy, duration},
        look::{Look, Role},
        model::{
            Model,
            queue::{
                Row,
                column::{Column, device},
            },
        },
        screens::state,
        widgets::{
            fit::{fit, fit_line, width},
            fit_name::fit_name,
            progress,
        },
    },
};

/// Columns in the order of the screen, with their width and how early they are given up (high first).
const COLUMNS: [(Column, u16, u8); 13] = [
    (Column::Number, 3, 0),
    (Column::State, 11, 0),
    (Column::Title, SHORTEST_TITLE, 0),
    (Column::Study, 12, 9),
    (Column::Method, 6, 6),
    (Column::Set, 13, 4),
    (Column::Ipc, 3, 5),
    (Column::Device, 8, 7),
    (Column::Progress, 5, 0),
    (Column::Used, 7, 8),
    (Column::Left, 8, 1),
    (Column::Accuracy, 10, 2),
    (Column::Random, 10, 3),
];

/// Columns that are given up as early as this, or earlier, are extras.
const FIRST_EXTRA: u8 = 7;
/// Cells between two columns.
pub const SPACE: u16 = 2;
/// What columns take of the room that is left over, in turn.
const WIDEST_NUMBER: u16 = 16;
const WIDEST_STATE: u16 = 13;
const SHORTEST_TITLE: u16 = 13;
const COMMON_TITLE: u16 = 20;
const WIDEST_BAR: u16 = 30;
const WIDEST_TITLE: u16 = 40;

/// Cells that the longest of all runs needs, where a column may be narrower or wider for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Longest {
    /// Of numbers, with the hosts that they are at.
    pub number: u16,
    /// Of titles.
    pub title: u16,
    /// Of states with their signs.
    pub state: u16,
    /// Of data sets.
    pub set: u16,
}

impl Longest {
    /// Of these runs.
    pub fn of(rows: &[Row], look: Look) -> Self {
        let mut all = Self::default();
        for Row { run, .. } in rows {
            let state = state::span(run, look);
            all.number = all.number.max(cells(&run.id.to_string()));
            all.title = all.title.max(cells(&run.title));
            all.state = all.state.max(state.width() as u16);
            all.set = all.set.max(cells(&run.set));
        }
        all
    }
}

fn cells(text: &str) -> u16 {
    width(text).min(usize::from(u16::MAX)) as u16
}

/// The columns that fit into `width` cells, with their widths; that of studies is asked for where no heading
/// names them. What others do not need is left to titles.
pub fn fitting(width: u16, with_study: bool, longest: Longest) -> Vec<(Column, u16)> {
    let mut kept = COLUMNS.to_vec();
    kept.retain(|column| with_study || column.0 != Column::Study);
    if let Some((set, most, _)) = kept.iter_mut().find(|column| column.0 == Column::Set) {
        *most = longest.set.max(cells(set.head())).min(*most);
    }
    if let Some((_, cells, _)) = kept.iter_mut().find(|column| column.0 == Column::Number) {
        *cells = longest.number.min(WIDEST_NUMBER).min(width / 5).max(*cells);
    }
    let total = |kept: &[(Column, u16, u8)]| {
        kept.iter().map(|column| column.1 + SPACE).sum::<u16>().saturating_sub(SPACE)
    };
    // What only adds to the rest is given up before titles are cut.
    let wanted = longest.title.min(COMMON_TITLE).saturating_sub(SHORTEST_TITLE);
    while let Some(first) = kept.iter().map(|column| column.2).max().filter(|first| *first > 0) {
        let more = if first >= FIRST_EXTRA { wanted } else { 0 };
        if total(&kept) + more <= width {
            break;
        }
        kept.retain(|column| column.2 != first);
    }
    let missing = total(&kept).saturating_sub(width);
    if let Some(title) = kept.iter_mut().find(|column| column.0 == Column::Title) {
        title.1 = title.1.saturating_sub(missing);
    }
    let mut free = width.saturating_sub(total(&kept));
    let growth = [
        (Column::State, longest.state.min(WIDEST_STATE)),
        (Column::Title, COMMON_TITLE),
        (Column::Title, longest.title.min(WIDEST_TITLE)),
        (Column::Progress, WIDEST_BAR),
        (Column::Title, WIDEST_TITLE),
    ];
    for (column, most) in growth {
        if let Some(entry) = kept.iter_mut().find(|entry| entry.0 == column) {
            let more = free.min(u16::saturating_sub(most, entry.1));
            entry.1 += more;
            free -= more;
        }
    }
    kept.into_iter().map(|column| (column.0, column.1)).collect()
}

/// Figures stand right, words left.
pub const fn alignment(column: Column) -> Alignment {
    match column {
        Column::Number
        | Column::Ipc
        | Column::Used
        | Column::Left
        | Column::Accuracy
        | Column::Random => Alignment::Right,
        _ => Alignment::Left,
    }
}

/// What a run shows among others with these titles.
pub fn cell(
    column: Column,
    row: &Row,
    titles: &[&str],
    model: &Model,
    width: u16,
) -> Line<'static> {
    let (run, look) = (&row.run, model.look);
    let symbols = look.symbols();
    let digest = &run.digest;
    let quiet = look.style(Role::Quiet);
    let absent = || Span::styled(symbols.absent, quiet);
    let text = |text: &str| {
        let text = fit(text, usize::from(width), symbols.cut);
        Span::styled(text, state::style(&run.state, look))
    };
    let score = |score: Option<(f64, f64)>, role| match score {
        Some(score) => Span::styled(bare_accuracy(score, look), look.style(role)),
        None => absent(),
    };
    let since = model.secs_since(row.received, run);
    match column {
        Column::Number => text(&number(run.id, width, symbols.cut)).into(),
        Column::State => {
            let state = Line::from(state::span(run, look));
            fit_line(state, usize::from(width), symbols.cut)
        }
        Column::Title => {
            let titles = titles.iter().copied();
            let title = fit_name(&run.title, titles, usize::from(width), symbols.cut);
            Span::styled(title, state::style(&run.state, look)).into()
        }
        Column::Study => text(&run.study).into(),
        Column::Method => text(&run.method).into(),
        Column::Set => text(&run.set).into(),
        Column::Ipc => text(&run.ipc.to_string()).into(),
        Column::Device => text(device(run)).into(),
        Column::Progress => {
            // What moves is what one looks for.
            let busy = run.state.worker().is_some();
            done(run, width, look, if busy { Role::Accent } else { Role::Quiet })
        }
        Column::Used if digest.used_secs > 0.0 => text(&duration(digest.used_secs + since)).into(),
        Column::Left => match state::left(digest, since) {
            Some(left) if run.state.worker().is_some() => text(&left).into(),
            _ => absent().into(),
        },
        Column::Used => absent().into(),
        Column::Accuracy => score(digest.accuracy, Role::Synthetic).into(),
        Column::Random => score(digest.random, Role::Random).into(),
    }
}

/// The number with the host that it is at; of a name that is too long its beginning, and always the whole number.
fn number(run: RunId, cells: u16, cut: &str) -> String {
    let number = run.number.to_string();
    if run.host.is_here() {
        return number;
    }
    let room = usize::from(cells).saturating_sub(number.len() + 1);
    format!("{}:{number}", fit(run.host.word(), room, cut))
}

/// A bar where there is room for one, and the share in percent.
fn done(run: &RunSummary, width: u16, look: Look, role: Role) -> Line<'static> {
    let Some(share) = state::share(run) else {
        return Span::styled(look.symbols().absent, look.style(Role::Quiet)).into();
    };
    let percent = format!("{:>3.0} %", (share * 100.0).floor());
    let bar = usize::from(width).saturating_sub(percent.len() + 1);
    if bar < 4 {
        return Line::from(percent);
    }
    let mut spans = progress::bar(share, bar, look, role);
    spans.push(Span::raw(format!(" {percent}")));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Longest = Longest { number: 2, title: 90, state: 13, set: 20 };

    fn names(width: u16) -> Vec<Column> {
        fitting(width, true, LONGEST).into_iter().map(|column| column.0).collect()
    }

    #[test]
    fn what_matters_most_stays_longest() {
        assert_eq!(names(34), [Column::Number, Column::State, Column::Title, Column::Progress]);
        assert!(names(74).contains(&Column::Accuracy) && names(74).contains(&Column::Left));
        assert_eq!(names(196).len(), COLUMNS.len());
    }

    #[test]
    fn extras_are_given_up_before_titles_are_cut() {
        let at_114 = |longest: Longest| {
            let all = fitting(114, false, longest);
            let title = all.iter().find(|column| column.0 == Column::Title).unwrap().1;
            let extras = [Column::Device, Column::Used];
            (title, extras.map(|extra| all.iter().any(|column| column.0 == extra)))
        };
        let (title, extras) = at_114(LONGEST);
        assert!(title >= COMMON_TITLE && extras == [false, false], "{title} {extras:?}");
        // What data sets do not need is room too.
        let (title, extras) = at_114(Longest { set: 8, ..LONGEST });
        assert!(title >= COMMON_TITLE && extras == [true, false], "{title} {extras:?}");
        let (_, extras) = at_114(Longest { number: 2, title: 9, state: 10, set: 8 });
        assert_eq!(extras, [true, true], "short titles need nothing");
    }

    #[test]
    fn the_columns_never_exceed_the_width() {
        for width in 34..250 {
            let columns = fitting(width, true, LONGEST);
            let total: u16 = columns.iter().map(|column| column.1 + SPACE).sum();
            assert!(total - SPACE <= width, "{width}");
        }
    }
}
