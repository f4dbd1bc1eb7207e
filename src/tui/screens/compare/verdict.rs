//! The sides of a comparison with their scores, what they differ by, and what the difference is worth.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    evaluate::Summary,
    queue::{RunId, RunState},
    record::event::Subject,
    tui::{
        figures::{accuracy, count},
        look::Role,
        model::{
            Model,
            compare::{
                Part,
                sides::{Differing, Side, Verdict, differing, shared_seeds, verdict},
            },
        },
        widgets::fit::{fit, fit_line, width},
    },
};

/// Rows that all there is to say takes, borders included.
pub fn rows(sides: &[Side]) -> u16 {
    let settings = differing(sides).len().min(8);
    (sides.len() + settings + 5) as u16
}

/// The letter of a side.
pub fn letter(place: usize) -> char {
    char::from(b'A' + (place % 26) as u8)
}

/// The colour of a side, which is that of its curves.
pub fn style(model: &Model, place: usize) -> Style {
    model.look.style(Role::Series(place))
}

/// Draws the sides and what they come to.
pub fn draw(model: &Model, sides: &[Side], frame: &mut Frame, area: Rect) {
    let look = model.look;
    let runs = model.compare.runs.len();
    let title = format!("{} against each other", count(runs as u64, "run"));
    let inside = super::draw_panel(model, frame, area, Part::Verdict, &title, Line::default());
    let quiet = look.style(Role::Quiet);
    let mut lines = Vec::new();
    let known: usize = sides.iter().map(|side| side.runs.len()).sum();
    if known == 0 {
        lines.push(Line::styled("their specs are on the way", quiet));
    }
    let names = sides.iter().map(|side| width(&side.name)).max().unwrap_or(0).min(28);
    for (place, side) in sides.iter().enumerate() {
        let marker = if place > 0 && place == model.compare.against && sides.len() > 2 {
            look.symbols().marker
        } else {
            " "
        };
        let name = fit(&side.name, names, look.symbols().cut);
        let pad = " ".repeat(names.saturating_sub(width(&name)) + 2);
        let mut spans = vec![
            Span::styled(format!("{marker} "), look.style(Role::Accent)),
            Span::styled(format!("{} {name}", letter(place)), style(model, place)),
            Span::raw(pad),
        ];
        spans.extend(standing(model, side));
        lines.push(Line::from(spans));
    }
    if let (Some(first), Some(second)) = (sides.first(), sides.get(model.compare.against)) {
        lines.push(Line::default());
        lines.push(outcome(model, first, second));
    } else if sides.len() == 1 {
        lines.push(Line::default());
        let text = "these runs differ in nothing but their seeds";
        lines.push(Line::styled(text, quiet));
    }
    lines.extend(settings(model, sides, usize::from(inside.width)));
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        let line = fit_line(line, usize::from(inside.width), look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// The accuracies of a finished run's networks.
fn accuracies(model: &Model, run: RunId) -> Option<&[f64]> {
    let row = model.queue.row(run)?;
    if !matches!(row.run.state, RunState::Finished { .. }) {
        return None;
    }
    let scores = model.runs.get(run)?.history.scores.iter();
    let own = |subject: Subject| subject == Subject::Synthetic;
    let last = scores.rev().find(|score| own(score.subject) && score.network.is_empty())?;
    Some(&last.accuracies)
}

/// How many runs of a side are through, and their accuracy over all networks.
fn standing(model: &Model, side: &Side) -> Vec<Span<'static>> {
    let look = model.look;
    let all: Vec<&[f64]> = side.runs.values().filter_map(|run| accuracies(model, *run)).collect();
    let (done, of) = (all.len(), side.runs.len());
    let networks = all.concat();
    let mut spans = Vec::new();
    match Summary::of(&networks) {
        Some(Summary { mean, std, .. }) => {
            let text = accuracy((mean, std), look.symbols());
            spans.push(Span::styled(text, look.style(Role::Title)));
            let over = format!("  over {}", count(networks.len() as u64, "network"));
            spans.push(Span::styled(over, look.style(Role::Quiet)));
        }
        None => spans.push(Span::styled(look.symbols().absent, look.style(Role::Quiet))),
    }
    let shares = side.runs.values().filter_map(|run| model.queue.row(*run));
    let share = shares.map(|row| row.run.digest.share).sum::<f64>() / of.max(1) as f64;
    let text = match done == of {
        true if of == 1 => String::new(),
        true => format!(" of {}", count(of as u64, "seed")),
        false => format!("  {done} of {} done, {:.0} %", count(of as u64, "run"), share * 100.0),
    };
    spans.push(Span::styled(text, look.style(Role::Quiet)));
    spans
}

/// What the difference of two sides is worth.
fn outcome(model: &Model, first: &Side, second: &Side) -> Line<'static> {
    let look = model.look;
    let mean = |run: RunId| Some(Summary::of(accuracies(model, run)?)?.mean);
    let name = format!("A - {}", letter(model.compare.against));
    let title = Span::styled(format!("  {name}  "), look.style(Role::Title));
    let quiet = look.style(Role::Quiet);
    let text = match verdict(first, second, mean) {
        Verdict::None => {
            let why = Span::styled(why_none(model, first, second), quiet);
            return Line::from(vec![title, why]);
        }
        Verdict::One(difference) => {
            let points = Span::raw(format!("{:+.2} points", difference * 100.0));
            let why = "  of one pair: another seed may turn it round";
            return Line::from(vec![title, points, Span::styled(why, quiet)]);
        }
        Verdict::Paired(paired) => paired,
    };
    let plus_minus = look.symbols().plus_minus;
    let (difference, half) = (text.difference * 100.0, text.half_width * 100.0);
    let role = match (text.p_value < 0.05, text.difference > 0.0) {
        (true, true) => Role::Good,
        (true, false) => Role::Bad,
        (false, _) => Role::Text,
    };
    let points = format!("{difference:+.2} {plus_minus} {half:.2} points");
    let p_value = if text.p_value < 1e-4 {
        "p < 0.0001".to_owned()
    } else {
        format!("p = {:.4}", text.p_value)
    };
    let rest =
        format!("  (95 %), {p_value}, {} sharing their seeds", count(text.pairs as u64, "pair"));
    Line::from(vec![
        title,
        Span::styled(points, look.style(role).patch(look.style(Role::Title))),
        Span::raw(rest),
    ])
}

/// Why there is no difference to tell: it is still to come, or it never will.
fn why_none(model: &Model, first: &Side, second: &Side) -> &'static str {
    let seeds = shared_seeds(first, second);
    if seeds.is_empty() {
        return if model.compare.is_incomplete() {
            "the specs of some runs are on the way"
        } else {
            "no two runs share a seed; queue both sides with the same seeds"
        };
    }
    let has_failed = |run: Option<&RunId>| {
        let state = run.and_then(|run| model.queue.row(*run)).map(|row| &row.run.state);
        matches!(state, Some(RunState::Failed { .. } | RunState::Cancelled { .. }))
    };
    let is_lost =
        |seed: &u64| has_failed(first.runs.get(seed)) || has_failed(second.runs.get(seed));
    if seeds.iter().all(is_lost) {
        "of every pair a run has failed or was given up"
    } else {
        "no pair is through yet"
    }
}

/// The settings in which the sides differ, one a line.
fn settings(model: &Model, sides: &[Side], room: usize) -> Vec<Line<'static>> {
    let look = model.look;
    let differing = differing(sides);
    let keys = differing.iter().map(|setting| width(&setting.key)).max().unwrap_or(0);
    let each = room.saturating_sub(keys + 4) / sides.len().max(1);
    let line = |setting: &Differing| {
        let pad = " ".repeat(keys - width(&setting.key) + 2);
        let mut spans =
            vec![Span::styled(format!("  {}{pad}", setting.key), look.style(Role::Quiet))];
        for (place, value) in setting.values.iter().enumerate() {
            let value = value.as_deref().unwrap_or(look.symbols().absent);
            let value = if value.is_empty() { "nothing" } else { value };
            let text = fit(value, each.saturating_sub(4), look.symbols().cut);
            let text = format!("{} {text}", letter(place));
            let pad = each.saturating_sub(width(&text));
            spans.push(Span::styled(text, style(model, place)));
            spans.push(Span::raw(" ".repeat(pad.min(30))));
        }
        Line::from(spans)
    };
    differing.iter().map(line).collect()
}
