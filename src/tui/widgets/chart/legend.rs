//! The rows above a chart: the sign and the name of every series, and at the cursor its value.

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::{Chart, Series};
use crate::tui::{
    look::Role,
    widgets::fit::{fit, fit_line, width},
};

/// Names are cut to the first of these widths at which all fit.
const NAME_CELLS: [usize; 5] = [32, 20, 12, 6, 0];
/// Cells between two entries.
const GAP: usize = 2;

/// The sign of the series at this place: a letter, so that series differ by more than colour.
pub fn sign(place: usize) -> char {
    let letters = ('A'..='Z').chain('a'..='z');
    letters.clone().nth(place % letters.count()).unwrap_or('A')
}

/// The rows, at most `most` of at most `room` cells; none where there is nothing to tell apart or to read.
pub fn rows(chart: &Chart<'_>, room: usize, most: usize) -> Vec<Line<'static>> {
    if most == 0 || (chart.series.len() < 2 && chart.view.cursor.is_none()) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for cells in NAME_CELLS {
        rows = flow(entries(chart, cells), room);
        if rows.len() <= most {
            break;
        }
    }
    let is_cut = rows.len() > most;
    rows.truncate(most);
    if let Some(last) = rows.last_mut().filter(|_| is_cut) {
        last.push_span(Span::raw(format!("  {}", chart.look.symbols().cut)));
    }
    let cut = chart.look.symbols().cut;
    rows.into_iter().map(|row| fit_line(row, room, cut)).collect()
}

/// Entries one after the other, in rows.
fn flow(entries: Vec<Vec<Span<'static>>>, room: usize) -> Vec<Line<'static>> {
    let mut rows: Vec<Line<'static>> = Vec::new();
    for entry in entries {
        let cells: usize = entry.iter().map(Span::width).sum();
        match rows.last_mut() {
            Some(row) if row.width() + GAP + cells <= room => {
                row.push_span(Span::raw(" ".repeat(GAP)));
                row.extend(entry);
            }
            _ => rows.push(Line::from(entry)),
        }
    }
    rows
}

fn entries(chart: &Chart<'_>, cells: usize) -> Vec<Vec<Span<'static>>> {
    let look = chart.look;
    let quiet = look.style(Role::Quiet);
    let mut entries = Vec::new();
    if let Some(at) = chart.view.cursor {
        let place = chart.x.place(at);
        let text = format!("{} {place}", look.symbols().cursor[1]);
        entries.push(vec![Span::styled(text, look.style(Role::Accent))]);
    }
    for (place, series) in chart.series.iter().enumerate() {
        let mut spans = Vec::new();
        if chart.series.len() > 1 {
            let style = series.style.add_modifier(Modifier::BOLD);
            spans.push(Span::styled(sign(place).to_string(), style));
        }
        let name = fit(&series.name, cells, look.symbols().cut);
        if width(&name) > 0 {
            let space = if spans.is_empty() { "" } else { " " };
            spans.push(Span::styled(format!("{space}{name}"), quiet));
        }
        if let Some(at) = chart.view.cursor {
            // A name may be a number itself: `A ipc 10: 23.34`.
            let before = match (spans.is_empty(), width(&name)) {
                (true, _) => "",
                (false, 0) => " ",
                (false, _) => ": ",
            };
            spans.push(Span::raw(format!("{before}{}", value(chart, series, at))));
        }
        entries.push(spans);
    }
    if let (Some(at), [first, second]) = (chart.view.cursor, chart.series.as_slice()) {
        let difference = first.value_at(at).zip(second.value_at(at));
        if let Some((first, second)) = difference {
            let text = format!(" {}", chart.unit.difference(first - second));
            entries.push(vec![Span::styled("A-B", quiet), Span::raw(text)]);
        }
    }
    entries
}

fn value(chart: &Chart<'_>, series: &Series<'_>, at: f64) -> String {
    let absent = || chart.look.symbols().absent.to_owned();
    series.value_at(at).map_or_else(absent, |value| chart.unit.value(value))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{chart, curve};
    use super::*;

    fn text(chart: &Chart<'_>, room: usize, most: usize) -> Vec<String> {
        rows(chart, room, most).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_single_series_needs_no_legend_before_it_is_read() {
        let mut one = chart(vec![curve("dsa", &[(1.0, 2.0), (3.0, 4.0)])]);
        assert_eq!(text(&one, 40, 2), [""; 0]);
        one.view.cursor = Some(2.0);
        assert_eq!(text(&one, 40, 2), ["^ 2  dsa: 2.00"]);
    }

    #[test]
    fn two_series_are_read_with_their_difference() {
        let both = vec![curve("dsa", &[(1.0, 2.0)]), curve("dc", &[(1.0, 3.5), (5.0, 1.0)])];
        let mut both = chart(both);
        assert_eq!(text(&both, 40, 1), ["A dsa  B dc"]);
        both.view.cursor = Some(1.0);
        assert_eq!(text(&both, 60, 1), ["^ 1  A dsa: 2.00  B dc: 3.50  A-B -1.50"]);
        both.view.cursor = Some(0.0);
        assert_eq!(text(&both, 60, 1), ["^ 0  A dsa: -  B dc: -"]);
    }

    #[test]
    fn behind_the_end_of_the_shorter_one_nothing_is_invented() {
        let both = vec![curve("60", &[(1.0, 2.0)]), curve("250", &[(1.0, 3.5), (5.0, 1.0)])];
        let mut both = chart(both);
        both.view.cursor = Some(4.0);
        assert_eq!(text(&both, 60, 1), ["^ 4  A 60: -  B 250: 3.50"]);
    }

    #[test]
    fn names_give_way_before_values_do() {
        let long = "a very long name of a run that nobody reads to its end";
        let mut many = chart((0..8).map(|_| curve(long, &[(1.0, 2.0)])).collect());
        many.view.cursor = Some(1.0);
        let rows = text(&many, 38, 2);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| width(row) <= 38), "{rows:#?}");
        assert_eq!(rows.concat().matches("2.00").count(), 8, "{rows:#?}");
        let one = text(&many, 38, 1);
        assert!(one.len() == 1 && one[0].ends_with('~') && width(&one[0]) <= 38, "{one:#?}");
    }

    #[test]
    fn signs_are_letters() {
        let signs: String = [0, 1, 25, 26, 51, 52].map(sign).iter().collect();
        assert_eq!(signs, "ABZazA");
    }
}
