//! The frame: where one is, what it shows, what keys do. A pure function of the model.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style},
    text::{Line, Span},
    widgets::{Clear, Paragraph, Wrap},
};

use super::{
    action::Action,
    figures::count,
    header,
    keymap::Hint,
    look::Role,
    model::{Model, Overlay, Screen, queue::WORDS},
    overlays, screens,
    widgets::{fit::width, plain},
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
    header::draw(model, frame, parts.header);
    match model.screen {
        Screen::Queue => screens::queue::draw(model, frame, parts.body, &covered),
        Screen::Run => screens::run::draw(model, frame, parts.body, &covered),
        Screen::Presets => screens::new_run::draw(model, frame, parts.body),
        Screen::Form => screens::form::draw(model, frame),
        Screen::Compare => screens::compare::draw(model, frame, &covered),
        Screen::Studies => screens::studies::draw(model, frame, parts.body, &covered),
        Screen::Hosts => screens::hosts::draw(model, frame, parts.body),
        Screen::Problems => screens::problems::draw(model, frame, parts.body),
        Screen::Settings => screens::settings::draw(model, frame, parts.body),
    }
    draw_footer(model, frame, parts.footer);
    if let Some(area) = notice {
        draw_notice(model, frame, area);
    }
    if let Some(area) = overlay {
        frame.render_widget(Clear, area);
        match &model.overlay {
            Some(Overlay::Help(help)) => overlays::help::draw(model, frame, area, help),
            Some(Overlay::Palette(palette)) => {
                overlays::palette::draw(model, frame, area, palette);
            }
            Some(overlay @ (Overlay::Question(_) | Overlay::SendData(_))) => {
                if let Some(asked) = overlays::question::Asked::by(overlay) {
                    overlays::question::draw(model, frame, area, &asked);
                }
            }
            Some(Overlay::AddRuns) => overlays::study::draw(model, frame, area),
            None => {}
        }
    }
    finish(model, frame);
}

/// What holds for every cell, whoever drew it: the theme's base, and nothing harmful.
fn finish(model: &Model, frame: &mut Frame) {
    let look = model.look;
    let buffer = frame.buffer_mut();
    plain::cleanse(buffer, look.ascii, look.symbols().unshown);
    let base = look.style(Role::Base);
    if base.fg.is_none() && base.bg.is_none() {
        return;
    }
    for cell in &mut buffer.content {
        if cell.fg == Color::Reset {
            cell.fg = base.fg.unwrap_or(Color::Reset);
        }
        if cell.bg == Color::Reset {
            cell.bg = base.bg.unwrap_or(Color::Reset);
        }
    }
}

fn draw_too_small(model: &Model, frame: &mut Frame) {
    let (columns, rows) = (model.window.columns, model.window.rows);
    let quit = model.key(Action::Quit);
    let text = format!(
        "Stillroom needs {} x {}, this is {columns} x {rows}. Enlarge the window, or {quit} and `stillroom ls`.",
        SMALLEST.0, SMALLEST.1
    );
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), frame.area());
}

fn draw_footer(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let hints =
        model.keymap.hints(model.context(), look.symbols(), |action| model.is_useful(action));
    // Help, back and quit must never fall off the edge, so the others give way, from the last.
    let keep = |label: &str| matches!(label, "help" | "back" | "quit" | "yes" | "no" | "close");
    let cost = |hint: &Hint| width(&hint.keys) + 1 + width(hint.label) + 2;
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
