//! The head of the run screen: state, progress and time; what is done; where and why there; the scores.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    queue::{RunState, RunSummary},
    record::Digest,
    tui::{
        figures::{accuracy, count, duration, points},
        look::{Look, Role},
        model::{Model, run::RunModel, run_log::sentence},
        screens::state,
        widgets::{fit::fit, panel, progress},
    },
};

/// Draws the head.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect, boxed: bool) {
    let summary = model.queue.row(run.id).map(|row| &row.run);
    let title = summary.map_or_else(String::new, |summary| summary.title.clone());
    let inside = if boxed {
        let title = format!("Run {} {title}", run.id);
        let title = fit(title.trim(), usize::from(area.width) / 2, model.look.symbols().cut);
        panel::draw(frame, area, model.look, &title, badge(summary, model.look))
    } else {
        Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
    };
    let digest = digest(run, summary);
    let mut lines = vec![progress_line(model, run, summary, digest, inside.width)];
    if inside.height > 3 {
        lines.extend([what_line(model, run, summary), device_line(model, run, summary)]);
    } else {
        lines.push(short_line(model, run, summary));
    }
    lines.push(score_line(model, summary, digest, inside.width));
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// The run's own events know most; before the first of them, its summary does.
fn digest<'a>(run: &'a RunModel, summary: Option<&'a RunSummary>) -> &'a Digest {
    match summary {
        Some(summary) if summary.digest.seq > run.digest.seq => &summary.digest,
        _ => &run.digest,
    }
}

fn badge(summary: Option<&RunSummary>, look: Look) -> Line<'static> {
    let Some(summary) = summary else { return Line::default() };
    Line::from(vec![Span::raw(" "), state::span(&summary.state, look), Span::raw(" ")])
}

fn progress_line(
    model: &Model,
    run: &RunModel,
    summary: Option<&RunSummary>,
    digest: &Digest,
    width: u16,
) -> Line<'static> {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let since = summary.map_or(0.0, |summary| model.secs_since(run.received, summary));
    let mut spans = Vec::new();
    if let Some(summary) = summary.filter(|_| width < 60) {
        spans.extend([state::span(&summary.state, look), Span::raw("  ")]);
    }
    let of = digest.iterations.map_or_else(String::new, |of| format!("/{of}"));
    let busy = summary.is_some_and(|summary| summary.state.worker().is_some());
    let phase = digest.phase.filter(|_| busy).map_or("iteration", state::phase);
    if width >= 60 {
        spans.push(Span::styled(format!("{phase} "), quiet));
    }
    spans.push(Span::raw(format!("{}{of}  ", digest.iteration)));
    let mut tail = vec![
        Span::raw(format!("  {:.0} %", (digest.share * 100.0).floor())),
        Span::styled("   used ", quiet),
        Span::raw(duration(digest.used_secs + since)),
    ];
    if let Some(left) = state::left(digest, since).filter(|_| busy) {
        tail.extend([Span::styled("   left ", quiet), Span::raw(left)]);
    }
    let taken: usize = spans.iter().chain(&tail).map(Span::width).sum();
    let bar = usize::from(width).saturating_sub(taken);
    if bar >= 4 {
        spans.extend(progress::bar(digest.share, bar.min(60), look));
    }
    spans.extend(tail);
    Line::from(spans)
}

fn what_line(model: &Model, run: &RunModel, summary: Option<&RunSummary>) -> Line<'static> {
    let dot = format!(" {} ", model.look.symbols().dot);
    let mut parts = what(summary);
    if let Some(plan) = &run.plan {
        let times = model.look.symbols().times;
        let [channels, height, width] = plan.shape;
        parts.push(format!(
            "{} of {width}{times}{height}{times}{channels}",
            count(plan.classes.len() as u64, "class").replace("classs", "classes")
        ));
        parts.push(format!(
            "{} and {} an iteration, {}",
            count(plan.outer_steps, "update"),
            count(plan.inner_epochs, "inner epoch"),
            plan.loops_reason
        ));
    }
    Line::raw(parts.join(&dot))
}

fn what(summary: Option<&RunSummary>) -> Vec<String> {
    let Some(summary) = summary else { return Vec::new() };
    vec![
        summary.method.to_uppercase(),
        summary.set.clone(),
        format!("{} per class", count(summary.ipc, "image")),
        format!("seed {}", summary.seed),
    ]
}

fn device_line(model: &Model, run: &RunModel, summary: Option<&RunSummary>) -> Line<'static> {
    let quiet = model.look.style(Role::Quiet);
    match (&run.started, summary) {
        (Some(started), _) => Line::from(vec![
            Span::raw(format!("{} on {}", started.device, started.host)),
            Span::styled(format!("  {}: {}", started.device_name, started.device_reason), quiet),
        ]),
        (None, Some(summary)) => {
            Line::styled(format!("device {}; waits for a worker", summary.device), quiet)
        }
        (None, None) => Line::default(),
    }
}

/// What is done and where, for a head of three lines.
fn short_line(model: &Model, run: &RunModel, summary: Option<&RunSummary>) -> Line<'static> {
    let dot = format!(" {} ", model.look.symbols().dot);
    let mut parts = what(summary);
    if let Some(started) = &run.started {
        parts.push(format!("{}: {}", started.device, started.device_reason));
    }
    Line::raw(parts.join(&dot))
}

/// The scores, or why there are none.
fn score_line(
    model: &Model,
    summary: Option<&RunSummary>,
    digest: &Digest,
    width: u16,
) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let fault = summary.and_then(|summary| match &summary.state {
        RunState::Failed { reason, advice, .. } => Some((sentence(reason, advice), Role::Bad)),
        RunState::Interrupted { reason, .. } => {
            Some((format!("interrupted: {reason}; r goes on from the checkpoint"), Role::Warning))
        }
        _ => None,
    });
    if let Some((text, role)) = fault {
        return Line::styled(text, look.style(role));
    }
    let bold = look.style(Role::Title);
    let quiet = look.style(Role::Quiet);
    let score = |score: Option<(f64, f64)>, role| match score {
        Some(score) => Span::styled(accuracy(score, symbols), look.style(role).patch(bold)),
        None => Span::styled(symbols.absent, quiet),
    };
    let mut spans = vec![
        Span::styled("synthetic ", quiet),
        score(digest.accuracy, Role::Synthetic),
        Span::styled("  random ", quiet),
        score(digest.random, Role::Random),
    ];
    if let Some((synthetic, random)) = digest.accuracy.zip(digest.random) {
        let gain = format!("({})", points(random.0, synthetic.0));
        let role = if synthetic.0 > random.0 { Role::Good } else { Role::Warning };
        let taken: usize = spans.iter().map(Span::width).sum();
        if taken + gain.len() + 2 <= usize::from(width) {
            spans.push(Span::styled(format!("  {gain}"), look.style(role).patch(bold)));
        }
    }
    Line::from(spans)
}
