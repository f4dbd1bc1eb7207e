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
        action::Action,
        figures::{accuracy, count, duration, points},
        look::{Look, Role},
        model::{Model, run::RunModel, run_log::sentence},
        screens::state,
        widgets::{
            fit::{fit, fit_line},
            panel, progress,
        },
    },
};

/// Cells of a bar that words do not take room from.
const SHORTEST_BAR: usize = 10;

/// Draws the head.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect, boxed: bool) {
    let summary = model.queue.row(run.id).map(|row| &row.run);
    let digest = digest(run, summary);
    let dot = format!(" {} ", model.look.symbols().dot);
    let (inside, lines) = if boxed {
        let title = match summary {
            Some(summary) => what(summary).join(&dot),
            None => format!("Run {}", run.id),
        };
        let title = fit(&title, usize::from(area.width) * 2 / 3, model.look.symbols().cut);
        let inside = panel::draw(frame, area, model.look, &title, badge(summary, model.look));
        let lines = vec![
            progress_line(model, run, summary, digest, inside.width, boxed),
            Line::raw(plan(model, run).join(&dot)),
            device_line(model, run, summary),
            score_line(model, summary, digest, inside.width),
        ];
        (inside, lines)
    } else {
        let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let mut parts = summary.map(what).unwrap_or_default();
        if let Some(started) = run.started() {
            parts.push(format!("{}: {}", started.device, started.device_reason));
        }
        let lines = vec![
            progress_line(model, run, summary, digest, inside.width, boxed),
            Line::raw(parts.join(&dot)),
            score_line(model, summary, digest, inside.width),
        ];
        (inside, lines)
    };
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        let line = fit_line(line, usize::from(inside.width), model.look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// The run's own events know most; before the first of them, its summary does.
fn digest<'a>(run: &'a RunModel, summary: Option<&'a RunSummary>) -> &'a Digest {
    match summary {
        Some(summary) if summary.digest.seq > run.digest().seq => &summary.digest,
        _ => run.digest(),
    }
}

fn badge(summary: Option<&RunSummary>, look: Look) -> Line<'static> {
    let Some(summary) = summary else { return Line::default() };
    Line::from(vec![Span::raw(" "), state::span(summary, look), Span::raw(" ")])
}

/// How far it is and how long it takes. In a narrow window the time left stands alone, and where there is
/// no box the line begins with the state.
fn progress_line(
    model: &Model,
    run: &RunModel,
    summary: Option<&RunSummary>,
    digest: &Digest,
    width: u16,
    boxed: bool,
) -> Line<'static> {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let narrow = width < 60;
    let since = summary.map_or(0.0, |summary| model.secs_since(run.received, summary));
    let busy = summary.is_some_and(|summary| summary.state.worker().is_some());
    let left = state::left(digest, since).filter(|_| busy);
    let mut spans = Vec::new();
    if let Some(summary) = summary.filter(|_| !boxed) {
        spans.extend([state::span(summary, look), Span::raw("  ")]);
    }
    // Where nothing is learned there are no iterations to count, or another run has done them.
    let counts = digest.iterations != Some(0) && digest.set_of.is_none();
    if let Some(phase) =
        digest.phase.filter(|_| busy).map(state::phase).or(counts.then_some("iteration"))
        && !narrow
    {
        spans.push(Span::styled(format!("{phase} "), quiet));
    }
    if let Some(other) = &digest.set_of {
        spans.push(Span::raw(format!("set of run {other}")));
    } else if counts {
        let of = digest.iterations.map_or_else(String::new, |of| format!("/{of}"));
        spans.push(Span::raw(format!("{}{of}", digest.iteration)));
    }
    let used = duration(digest.used_secs + since);
    let mut tail = Vec::new();
    if narrow {
        tail.push(Span::raw(left.unwrap_or(used)));
    } else {
        spans.push(Span::raw("  "));
        tail.extend([Span::styled("used ", quiet), Span::raw(used)]);
        if let Some(left) = left {
            tail.extend([Span::styled("  left ", quiet), Span::raw(left)]);
        }
    }
    let taken: usize = spans.iter().chain(&tail).map(Span::width).sum();
    let room = usize::from(width).saturating_sub(taken);
    // Iterations are not all there is to do; how much is said of that depends on the room.
    let share = percent(digest.share);
    let differs = of_iterations(digest).is_some_and(|part| counts && part != share);
    let words: &[&str] =
        if differs { &[" of all, evaluation included  ", " of all  ", " of all "] } else { &[] };
    let bar_room = if narrow { 0 } else { SHORTEST_BAR };
    let mut percents = words.iter().map(|words| format!("  {share} %{words}"));
    let fitting = percents.find(|text| text.len() + bar_room <= room);
    let percent = fitting.unwrap_or_else(|| format!("  {share} %  "));
    let bar = room.saturating_sub(percent.len());
    if !narrow && bar >= 4 {
        spans.extend(progress::bar(digest.share, bar.min(60), look, Role::Accent));
    }
    spans.push(Span::raw(percent));
    spans.extend(tail);
    Line::from(spans)
}

fn percent(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 100.0).floor() as u64
}

/// Percent of the iterations that are done.
fn of_iterations(digest: &Digest) -> Option<u64> {
    let all = digest.iterations.filter(|all| *all > 0)?;
    Some(percent(digest.iteration as f64 / all as f64))
}

/// Method, data set, images per class and seed.
fn what(summary: &RunSummary) -> Vec<String> {
    vec![
        summary.method.to_uppercase(),
        summary.set.clone(),
        format!("{} per class", summary.ipc),
        format!("seed {}", summary.seed),
    ]
}

/// What the run is going to do, and why so.
fn plan(model: &Model, run: &RunModel) -> Vec<String> {
    let Some(plan) = run.plan() else { return vec!["no plan yet".to_owned()] };
    let [channels, height, width] = plan.shape;
    let colours = if channels == 1 { "grey" } else { "RGB" };
    let times = model.look.symbols().times;
    let updates = count(plan.outer_steps, "update");
    let epochs = count(plan.inner_epochs, "inner epoch");
    vec![
        format!("{} classes of {width}{times}{height} {colours}", plan.classes.len()),
        match plan.inner_epochs {
            _ if plan.iterations == 0 => "images are chosen, not learned".to_owned(),
            0 => format!("{updates} an iteration, {}", plan.loops_reason),
            _ => format!("{updates} and {epochs} an iteration, {}", plan.loops_reason),
        },
    ]
}

fn device_line(model: &Model, run: &RunModel, summary: Option<&RunSummary>) -> Line<'static> {
    let quiet = model.look.style(Role::Quiet);
    match (run.started(), summary) {
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
            let resume = model.key(Action::Resume);
            Some((format!("{reason}; {resume} goes on from the checkpoint"), Role::Warning))
        }
        _ => state::waits_for(summary, &model.zone),
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
    if digest.accuracy.is_none() && digest.random.is_none() {
        return Line::styled("not scored yet", quiet);
    }
    let mut spans = Vec::new();
    if width >= 44 {
        spans.push(Span::styled("synthetic ", quiet));
    }
    spans.extend([
        score(digest.accuracy, Role::Synthetic),
        Span::styled("  random ", quiet),
        score(digest.random, Role::Random),
    ]);
    if let Some((synthetic, random)) = digest.accuracy.zip(digest.random) {
        let gain = format!("  ({})", points(random.0, synthetic.0));
        let role = if synthetic.0 > random.0 { Role::Good } else { Role::Warning };
        let taken: usize = spans.iter().map(Span::width).sum();
        if taken + gain.len() <= usize::from(width) {
            spans.push(Span::styled(gain, look.style(role).patch(bold)));
        }
    }
    if digest.others.are_many() {
        spans.push(Span::styled(format!("  {}", digest.others.in_words()), quiet));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use crate::tui::tests::{
        painted::text,
        recorded::{COLOUR, RUN, World},
    };

    /// The screen of a run that has done so many of 100 iterations, and of everything so much.
    fn shown(columns: u16, iteration: u64, share: f64, set_of: Option<&str>) -> String {
        let mut world = World::at_iteration(columns, 24, COLOUR, 10);
        world.type_keys("l");
        let mut run = world.model.queue.row(RUN).unwrap().run.clone();
        run.digest.seq += 1000;
        (run.digest.iteration, run.digest.iterations) = (iteration, Some(100));
        (run.digest.share, run.digest.set_of) = (share, set_of.map(ToOwned::to_owned));
        world.model.queue.take(run, world.model.now);
        text(&world)
    }

    #[test]
    fn a_share_of_everything_is_not_taken_for_that_of_the_iterations() {
        let wide = shown(120, 82, 0.59, None);
        assert!(
            wide.contains("82/100") && wide.contains("59 % of all, evaluation included"),
            "{wide}"
        );
        let narrow = shown(50, 82, 0.59, None);
        assert!(narrow.contains("82/100  59 % of all"), "{narrow}");
        let same = shown(120, 59, 0.593, None);
        assert!(same.contains("59 %") && !same.contains("of all"), "{same}");
    }

    #[test]
    fn iterations_of_another_run_are_not_counted() {
        let text = shown(120, 100, 1.0, Some("3"));
        assert!(text.contains("set of run 3") && !text.contains("100/100"), "{text}");
    }
}
