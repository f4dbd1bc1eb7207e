//! The frame: where one is, what it shows, what keys do. A pure function of the model.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Clear, Paragraph, Wrap},
};

use super::{
    figures::{clock, count},
    keymap,
    look::Role,
    model::{Link, Model, Overlay, Screen, queue::WORDS},
    overlays, screens,
    widgets::fit::{fit, fit_line, width},
};

/// Below this nothing useful can be shown.
pub const SMALLEST: (u16, u16) = (40, 12);

/// The frame's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameAreas {
    /// Where one is.
    pub header: Rect,
    /// The screen.
    pub body: Rect,
    /// What keys do.
    pub footer: Rect,
}

/// The frame's parts in the model's window.
pub const fn areas(model: &Model) -> FrameAreas {
    let (columns, rows) = (model.window.columns, model.window.rows);
    FrameAreas {
        header: Rect::new(0, 0, columns, 1),
        body: Rect::new(0, 1, columns, rows.saturating_sub(2)),
        footer: Rect::new(0, rows.saturating_sub(1), columns, 1),
    }
}

/// True when the window is large enough to show anything.
pub const fn is_large_enough(model: &Model) -> bool {
    model.window.columns >= SMALLEST.0 && model.window.rows >= SMALLEST.1
}

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame) {
    if !is_large_enough(model) {
        draw_too_small(model, frame);
        return;
    }
    let parts = areas(model);
    let notice = notice_area(model, parts);
    let overlay = overlays::area(model, parts.body);
    // Pictures lie above text on the terminal, so those that would be covered are not drawn at all.
    let covered: Vec<Rect> = [overlay, notice].into_iter().flatten().collect();
    draw_header(model, frame, parts.header);
    match model.screen {
        Screen::Queue => screens::queue::draw(model, frame, parts.body, &covered),
        Screen::Run => screens::run::draw(model, frame, parts.body, &covered),
        Screen::Presets => screens::new_run::draw(model, frame, parts.body),
        Screen::Form => screens::form::draw(model, frame, parts.body),
        Screen::Compare => screens::compare::draw(model, frame, &covered),
    }
    draw_footer(model, frame, parts.footer);
    if let Some(area) = notice {
        draw_notice(model, frame, area);
    }
    if let Some(area) = overlay {
        frame.render_widget(Clear, area);
        match &model.overlay {
            Some(Overlay::Help { offset }) => overlays::help::draw(model, frame, area, *offset),
            Some(Overlay::Question(question)) => {
                overlays::question::draw(model, frame, area, question);
            }
            None => {}
        }
    }
}

fn draw_too_small(model: &Model, frame: &mut Frame) {
    let (columns, rows) = (model.window.columns, model.window.rows);
    let text = format!(
        "Stillroom needs {} x {}, this is {columns} x {rows}. Enlarge the window, or q and `stillroom ls`.",
        SMALLEST.0, SMALLEST.1
    );
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), frame.area());
}

fn draw_header(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let symbols = look.symbols();
    let quiet = look.style(Role::Quiet);
    let title = look.style(Role::Title);
    let mut left = vec![Span::styled(" Stillroom", look.style(Role::Accent))];
    let step = format!(" {} ", symbols.step);
    let place = match (model.screen, model.open) {
        (Screen::Queue, _) => "Queue".to_owned(),
        (Screen::Presets | Screen::Form, _) => "New run".to_owned(),
        (Screen::Compare, _) => "Compare".to_owned(),
        (Screen::Run, Some(run)) => format!("Run {run}"),
        (Screen::Run, None) => "Run".to_owned(),
    };
    left.extend([Span::styled(step.clone(), quiet), Span::styled(place, title)]);
    if model.screen == Screen::Run
        && let Some(run) = model.subject()
    {
        left.extend([Span::styled(step, quiet), Span::styled(run.title.clone(), title)]);
    }
    let right = link_line(model);
    let room = usize::from(area.width).saturating_sub(right.width() + 2);
    let left = fit_line(Line::from(left), room, symbols.cut);
    frame.render_widget(left, area);
    let right_width = right.width() as u16;
    let at = Rect { x: area.right().saturating_sub(right_width + 1), width: right_width, ..area };
    frame.render_widget(right, at.intersection(area));
}

/// The daemon and its devices; or since when there is none.
fn link_line(model: &Model) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let wide = model.window.columns >= 70;
    match &model.link {
        Link::Connecting => Line::styled("connecting", look.style(Role::Quiet)),
        Link::Lost { since, .. } => {
            let text = format!("{} as of {}", symbols.link[1], clock(*since, &model.zone));
            let text = if wide { format!("{text}, daemon does not answer") } else { text };
            Line::styled(text, look.style(Role::Warning))
        }
        Link::Connected(daemon) => {
            let mut spans = Vec::new();
            let quiet = look.style(Role::Quiet);
            for device in model.devices.iter().filter(|_| wide) {
                let busy = model.queue.busy_on(&device.device);
                let text = format!("{} {busy}/{}", device.device, device.slots);
                spans.push(Span::styled(format!("{text}  "), quiet));
            }
            spans.push(Span::styled(symbols.link[0], look.style(Role::Good)));
            let host = fit(&daemon.host, 20, symbols.cut);
            spans.push(Span::styled(format!(" {host}"), quiet));
            Line::from(spans)
        }
    }
}

fn draw_footer(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let hints = keymap::hints(model.context(), look.symbols(), |action| model.is_useful(action));
    // Help, back and quit must never fall off the edge, so the others give way, from the last.
    let keep = |label: &str| matches!(label, "help" | "back" | "quit" | "yes" | "no" | "close");
    let cost = |hint: &keymap::Hint| width(&hint.keys) + 1 + width(hint.label) + 2;
    let mut room = usize::from(area.width).saturating_sub(1);
    room = room.saturating_sub(hints.iter().filter(|hint| keep(hint.label)).map(cost).sum());
    let mut spans = vec![Span::raw(" ")];
    for hint in hints {
        if !keep(hint.label) {
            if cost(&hint) > room {
                continue;
            }
            room -= cost(&hint);
        }
        spans.push(Span::styled(hint.keys, look.style(Role::Accent)));
        spans.push(Span::styled(format!(" {}  ", hint.label), look.style(Role::Quiet)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// A notice takes the footer's row, and rows above it where it is long.
fn notice_area(model: &Model, parts: FrameAreas) -> Option<Rect> {
    let notice = model.notice.as_ref()?;
    let room = usize::from(parts.footer.width.saturating_sub(4)).max(1);
    // Words that do not fit into a row leave it partly empty.
    let rows = (width(&notice.text) * 10 / 9).div_ceil(room).clamp(1, 4) as u16;
    let y = parts.footer.bottom().saturating_sub(rows);
    Some(Rect { y, height: rows, ..parts.footer })
}

fn draw_notice(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(notice) = &model.notice else { return };
    let look = model.look;
    let [_, problem, done, ..] = look.symbols().log;
    let (sign, role) = if notice.is_bad { (problem, Role::Bad) } else { (done, Role::Good) };
    frame.render_widget(Clear, area);
    frame.render_widget(
        Span::styled(sign, look.style(role)),
        Rect { x: 1, width: 1, height: 1, ..area },
    );
    let text = Rect { x: area.x + 3, width: area.width.saturating_sub(4), ..area };
    frame.render_widget(Paragraph::new(notice.text.as_str()).wrap(Wrap { trim: true }), text);
}

/// What the queue holds, in words: `1 running · 3 queued · 4 finished`.
pub fn tally(model: &Model) -> Line<'static> {
    let look = model.look;
    let parts: Vec<String> = WORDS
        .into_iter()
        .filter_map(|word| {
            let number = model.queue.count(word);
            (number > 0).then(|| format!("{number} {word}"))
        })
        .collect();
    let text = if parts.is_empty() {
        count(0, "run")
    } else {
        parts.join(&format!(" {} ", look.symbols().dot))
    };
    Line::styled(format!(" {text} "), Style::new().patch(look.style(Role::Quiet)))
}
