//! The head of a study in the list: its name, what its runs are at, and how far they are.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::tui::{
    figures::{accuracy, count},
    look::{Look, Role},
    model::{
        Model,
        queue::{Row, WORDS, lines::Group},
    },
    widgets::{
        fit::{fit, fit_line, width},
        progress,
    },
};

/// What the runs of a group come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// How many there are.
    pub runs: u64,
    /// How many are in states of each word, those that there are.
    pub states: Vec<(&'static str, u64)>,
    /// The share of the work that is done; a run that is over for other reasons counts as far as it came.
    pub share: f64,
}

impl Tally {
    /// The tally of some runs.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut counts = [0; WORDS.len()];
        let (mut runs, mut share) = (0, 0.0);
        for row in rows {
            runs += 1;
            let word = row.run.state.word();
            share += if word == "finished" { 1.0 } else { row.run.digest.share.clamp(0.0, 1.0) };
            if let Some(at) = WORDS.iter().position(|known| *known == word) {
                counts[at] += 1;
            }
        }
        let states = WORDS.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect();
        Self { runs, states, share: if runs == 0 { 0.0 } else { share / runs as f64 } }
    }

    /// In words, as many as fit into `room` cells.
    fn in_words(&self, room: usize, look: Look) -> String {
        let dot = format!(" {} ", look.symbols().dot);
        let mut text = count(self.runs, "run");
        for (word, count) in &self.states {
            let more = format!("{text}{dot}{count} {word}");
            if width(&more) > room {
                break;
            }
            text = more;
        }
        text
    }
}

/// The name of a group.
pub fn name(group: &Group) -> &str {
    if group.study.is_empty() { "no study" } else { &group.study }
}

/// Cells of the bar and of the share behind it.
const BAR: usize = 12;
const PERCENT: usize = 7;

/// Draws the head of a group into a row.
pub fn draw(model: &Model, frame: &mut Frame, place: Rect, group: &Group, is_selected: bool) {
    let look = model.look;
    let symbols = look.symbols();
    let room = usize::from(place.width);
    let tally = Tally::of(group.rows.iter().filter_map(|row| model.queue.rows().get(*row)));
    let fold = symbols.fold[usize::from(group.is_folded)];
    let percent = format!(" {:>4.0} %", (tally.share * 100.0).floor());
    let bar = if room >= 60 { BAR } else { 0 };
    let left = room.saturating_sub(bar + PERCENT + 1);
    let name = fit(name(group), left.saturating_sub(2), symbols.cut);
    let words = tally.in_words(left.saturating_sub(width(&name) + 4), look);
    let emphasis = if is_selected { Modifier::BOLD } else { Modifier::empty() };
    let head = Line::from(vec![
        Span::styled(format!("{fold} "), look.style(Role::Accent)),
        Span::styled(name, look.style(Role::Title).add_modifier(emphasis)),
        Span::styled(format!("  {words}"), look.style(Role::Quiet)),
    ]);
    frame.render_widget(fit_line(head, left, symbols.cut), place);
    let is_busy = tally.states.iter().any(|(word, _)| *word == "running");
    let role = if is_busy { Role::Accent } else { Role::Quiet };
    let mut spans = progress::bar(tally.share, bar, look, role);
    spans.push(Span::raw(percent));
    let cells = (bar + PERCENT).min(room) as u16;
    let right = Rect { x: place.right() - cells, width: cells, ..place };
    frame.render_widget(Line::from(spans), right);
}

/// What is to know about a selected study, beyond its line.
pub fn detail(model: &Model, group: &Group) -> Vec<Line<'static>> {
    let look = model.look;
    let rows = || group.rows.iter().filter_map(|row| model.queue.rows().get(*row));
    let tally = Tally::of(rows());
    let words = tally.in_words(usize::MAX, look);
    let best = rows()
        .filter_map(|row| Some((row.run.digest.accuracy?, &row.run)))
        .max_by(|first, second| first.0.0.total_cmp(&second.0.0));
    let mut lines = vec![Line::raw(words)];
    if let Some((score, run)) = best {
        let score = accuracy(score, look.symbols());
        lines.push(Line::raw(format!("best so far: {score}, run {} {}", run.id, run.title)));
    }
    if !group.study.is_empty() {
        let text = format!("`stillroom study show {}` prints its table", group.study);
        lines.push(Line::styled(text, look.style(Role::Quiet)));
    }
    lines
}

/// The title of the panel about a selected study.
pub fn title(group: &Group) -> String {
    match group.study.as_str() {
        "" => "Runs of no study".to_owned(),
        study => format!("Study {study}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::RunState,
        tui::tests::recorded::{at, summary, worker},
    };

    #[test]
    fn a_study_is_as_far_as_its_runs_are() {
        let time = at("2026-11-23T22:31:00Z");
        let states = [
            (RunState::Finished { at: time }, 0.98),
            (RunState::Running { worker: worker() }, 0.5),
            (RunState::Queued { since: time }, 0.0),
            (RunState::Cancelled { at: time }, 0.5),
        ];
        let rows: Vec<Row> = states
            .into_iter()
            .map(|(state, share)| {
                let mut run = summary(1, "r", state);
                run.digest.share = share;
                Row { run, received: time, is_meant: true }
            })
            .collect();
        let tally = Tally::of(rows.iter());
        assert!((tally.share - 0.5).abs() < 1e-9);
        let look = Look::bare(true, false);
        assert_eq!(
            tally.in_words(99, look),
            "4 runs | 1 running | 1 queued | 1 finished | 1 cancelled"
        );
        assert_eq!(tally.in_words(20, look), "4 runs | 1 running");
        assert!(Tally::of([].iter()).share < 1e-9);
    }
}
