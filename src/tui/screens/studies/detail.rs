//! What is to say about the cell under the cursor: its figures, the published ones, its runs, and why it has
//! failed.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    queue::RunId,
    study::{SearchTable, Table, search::Standing, table::Content},
    tui::{
        action::{Action, Context},
        figures::count,
        look::Role,
        model::{
            Model,
            studies::{Face, OpenStudy, cells, space},
        },
        widgets::{
            fit::{fit, fit_line},
            panel,
        },
    },
};

/// Runs that are named one by one.
const NAMED: usize = 6;

/// Draws it.
pub fn draw(model: &Model, open: &OpenStudy, frame: &mut Frame, area: Rect, is_boxed: bool) {
    let look = model.look;
    let (title, lines) = match (open.table(), open.search()) {
        (Some(table), _) => of_cell(model, open, table),
        (_, Some(search)) if matches!(open.face, Face::Scatter | Face::Ranks) => {
            of_architecture(model, open, search)
        }
        (_, Some(search)) => of_proxy(model, open, search),
        (None, None) => return,
    };
    let cut = look.symbols().cut;
    let (inside, lines) = if is_boxed {
        let title = fit(&title, usize::from(area.width * 2 / 3), cut);
        (panel::draw(frame, area, look, &title, Line::default()), lines)
    } else {
        // Where there is no box, the title goes before the first line.
        let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let mut lines = lines;
        if let Some(first) = lines.first_mut() {
            let mut spans = vec![Span::styled(format!("{title}  "), look.style(Role::Title))];
            spans.append(&mut first.spans);
            *first = Line::from(spans);
        }
        (inside, lines)
    };
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        let line = fit_line(line, usize::from(inside.width), cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn of_cell(model: &Model, open: &OpenStudy, table: &Table) -> (String, Vec<Line<'static>>) {
    let look = model.look;
    let symbols = look.symbols();
    let cell = table.rows.get(open.row).zip(table.columns.get(open.column));
    let Some(((row, entries), column)) = cell else { return (String::new(), Vec::new()) };
    let Some(entry) = entries.get(open.column) else { return (String::new(), Vec::new()) };
    let quiet = look.style(Role::Quiet);
    let mut spans = vec![Span::styled("ours ", quiet)];
    let role = cells::role(&entry.ours);
    spans.push(Span::styled(cells::ours(&entry.ours, symbols), look.style(role)));
    if let Content::Done { summary, seeds } = &entry.ours {
        let networks = count(summary.count as u64, "network");
        let seeds = count(seeds.len() as u64, "seed");
        spans.push(Span::styled(format!(" %, {networks} of {seeds}"), quiet));
    }
    if entry.published.value.is_some() {
        let text = cells::published(entry, symbols);
        spans.extend([Span::styled("  published ", quiet), Span::raw(text)]);
        if entry.published.unverified {
            spans.push(Span::styled(" not checked against its source", quiet));
        }
    }
    if let Some(points) = cells::difference(entry) {
        let text = format!("{points:+.1} points");
        let style = look.style(Role::Title);
        spans.extend([Span::styled("  difference ", quiet), Span::styled(text, style)]);
    }
    (
        format!("{row}, {column}"),
        vec![Line::from(spans), runs_or_fault(model, Some(&entry.ours), &entry.runs)],
    )
}

/// Why a run has failed, where one has; else all runs.
fn runs_or_fault(model: &Model, ours: Option<&Content>, runs: &[RunId]) -> Line<'static> {
    let Some(Content::Failed { run, reason }) = ours else { return self::runs(model, runs) };
    let text = format!("run {run} failed: {reason}");
    Line::styled(fit(&text, 2000, model.look.symbols().cut), model.look.style(Role::Bad))
}

/// The runs by their names, each with the sign of its state.
fn runs(model: &Model, runs: &[RunId]) -> Line<'static> {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let mut known = runs.to_vec();
    known.dedup();
    if known.is_empty() {
        let add = model.key_in(Context::Study, Action::AddRuns);
        return Line::styled(format!("no runs yet; {add} adds those that are missing"), quiet);
    }
    let word = if known.len() == 1 { "run" } else { "runs" };
    let mut spans = vec![Span::styled(format!("{word} "), quiet)];
    for run in known.iter().take(NAMED) {
        let state = model.queue.row(*run).map(|row| &row.run.state);
        let sign = state.map_or("", |state| look.symbols().state(state));
        let role = state.map_or(Role::Text, crate::tui::screens::state::role);
        spans.push(Span::styled(format!("{sign} "), look.style(role)));
        spans.push(Span::raw(format!("{run}  ")));
    }
    if known.len() > NAMED {
        spans.push(Span::styled(format!("and {} more", known.len() - NAMED), quiet));
    }
    Line::from(spans)
}

fn of_proxy(model: &Model, open: &OpenStudy, table: &SearchTable) -> (String, Vec<Line<'static>>) {
    let look = model.look;
    let Some(row) = table.rows.get(open.row) else { return (String::new(), Vec::new()) };
    let heading = space::headings(table).get(open.column).cloned().unwrap_or_default();
    let meaning = space::meanings(table).get(open.column).cloned().unwrap_or_default();
    let figure = space::figures(table, row, look).get(open.column).cloned();
    let (text, role) = figure.unwrap_or_else(|| (String::new(), Role::Text));
    let quiet = look.style(Role::Quiet);
    let line = Line::from(vec![
        Span::styled(format!("{heading}: "), quiet),
        Span::styled(text, look.style(role)),
        Span::styled(format!("  {meaning}"), quiet),
    ]);
    let progress = match &row.ours {
        Standing::Unfinished { progress } => Some(progress),
        Standing::Done(_) => None,
    };
    (row.name.clone(), vec![line, runs_or_fault(model, progress, &row.runs)])
}

fn of_architecture(
    model: &Model,
    open: &OpenStudy,
    table: &SearchTable,
) -> (String, Vec<Line<'static>>) {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let name = table.rows.get(open.row).map_or("", |row| row.name.as_str());
    let Some(proxy) = open.proxy() else {
        return (name.to_owned(), vec![Line::styled("not done yet", quiet)]);
    };
    let ranked = space::ranked(proxy, open.filter.text());
    let Some(one) = ranked.get(open.place) else {
        let text = "no architecture has these words in its name";
        return (name.to_owned(), vec![Line::styled(text, quiet)]);
    };
    let (mean, std) = (100.0 * one.point.accuracy.mean, 100.0 * one.point.accuracy.std);
    let between = look.symbols().plus_minus;
    let mut spans = vec![
        Span::styled(format!("{name} "), quiet),
        Span::raw(format!("{mean:.1}{between}{std:.1} %, rank {} of {}", one.rank, ranked.len())),
    ];
    if let (Some(truth), Some(rank)) = (one.point.reference, one.true_rank) {
        spans.push(Span::styled(format!("  {} ", table.reference), quiet));
        spans.push(Span::raw(format!("{:.1} %, rank {rank}", 100.0 * truth)));
    }
    let agreement = space::agreement(&ranked).map_or_else(
        || Line::styled("fewer than two to hold against each other", quiet),
        |found| {
            let agreement = space::in_words(found, look.symbols());
            Line::styled(format!("{agreement} over these (Spearman, Kendall)"), quiet)
        },
    );
    (one.point.architecture.clone(), vec![Line::from(spans), agreement])
}
