//! A new run from a preset: the list, and what the selected one comes to before it starts.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::{
    spec::{DeviceChoice, Spec, loops::loops},
    tui::{
        figures::count,
        look::{Look, Role},
        model::{Model, presets::Entry},
        widgets::{fit::fit, panel},
    },
};

/// Cells of the list of names beside the figures, and the window from which both stand side by side.
const LIST_CELLS: u16 = 28;
const SIDE_BY_SIDE_FROM: u16 = 76;

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let (list, figures) = if body.width >= SIDE_BY_SIDE_FROM {
        (
            Rect { width: LIST_CELLS, ..body },
            Rect { x: body.x + LIST_CELLS, width: body.width - LIST_CELLS, ..body },
        )
    } else {
        let entries = model.presets.entries.len() as u16;
        let height = (entries + 2).min(body.height / 2);
        (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
    };
    draw_list(model, frame, list);
    draw_figures(model, frame, figures);
}

fn draw_list(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, "Presets", Line::default());
    let rows = usize::from(inside.height);
    let offset = (model.presets.selected + 1).saturating_sub(rows);
    let entries = model.presets.entries.iter().enumerate().skip(offset);
    for ((index, entry), y) in entries.zip(inside.top()..inside.bottom()) {
        let selected = index == model.presets.selected;
        let (marker, modifier) = if selected {
            (look.symbols().marker, Modifier::BOLD)
        } else {
            (" ", Modifier::empty())
        };
        let name =
            fit(entry.preset.name, usize::from(inside.width).saturating_sub(2), look.symbols().cut);
        let line = Line::from(vec![
            Span::styled(format!("{marker} "), look.style(Role::Accent)),
            Span::raw(name).patch_style(modifier),
        ]);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn draw_figures(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(entry) = model.presets.selected() else { return };
    let look = model.look;
    let inside = panel::draw(frame, area, look, entry.preset.name, Line::default());
    let mut lines = vec![Line::raw(entry.preset.purpose()), Line::default()];
    match &entry.spec {
        Ok(spec) => lines.extend(figures(model, entry, spec)),
        Err(fault) => lines.push(Line::styled(fault.clone(), look.style(Role::Bad))),
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inside);
}

fn figures(model: &Model, entry: &Entry, spec: &Spec) -> Vec<Line<'static>> {
    let look = model.look;
    let times = look.symbols().times;
    let dot = look.symbols().dot;
    let (condense, evaluate, network) = (&spec.condense, &spec.evaluate, &spec.network);
    let updates = count(condense.outer_steps as u64, "update");
    let epochs = count(condense.inner_epochs as u64, "inner epoch");
    let published = loops(spec.ipc);
    let typed = (condense.outer_steps, condense.inner_epochs)
        != (published.outer_steps, published.inner_epochs);
    let reason = if typed { "set by the preset" } else { published.reason };
    let every = match evaluate.every {
        0 => "at the end".to_owned(),
        every => format!("every {every} iterations"),
    };
    let augmentation = if spec.augment.strategy.is_empty() {
        "none".to_owned()
    } else {
        format!("{}, {}", spec.augment.strategy.to_string().replace('_', " "), spec.augment.sharing)
    };
    let baseline = if evaluate.random_baseline { ", random real images too" } else { "" };
    let rows = [
        ("method", format!("{} {dot} {}", spec.method.to_string().to_uppercase(), spec.data.set)),
        ("images", format!("{} per class, from {}", spec.ipc, spec.init)),
        (
            "loops",
            format!("{} iterations {times} {updates}, {epochs} between", condense.iterations),
        ),
        ("", reason.to_owned()),
        ("batch", format!("{} real images per class", condense.real_batch)),
        (
            "network",
            format!(
                "ConvNet {times} {} blocks, {} channels, {} norm",
                network.depth, network.width, network.norm
            ),
        ),
        ("augment", augmentation),
        (
            "score",
            format!(
                "{}, {} {every}{baseline}",
                count(evaluate.networks as u64, "network"),
                count(evaluate.epochs as u64, "epoch")
            ),
        ),
        ("device", device(model, &spec.device)),
        ("seed", spec.seed.to_string()),
    ];
    let mut lines: Vec<Line<'static>> =
        rows.into_iter().map(|(name, value)| row(look, name, value)).collect();
    lines.push(Line::default());
    lines.push(Line::from(vec![
        Span::styled(look.symbols().enter, look.style(Role::Accent)),
        Span::raw(format!("  queues {} and opens its run", entry.preset.name)),
    ]));
    lines
}

fn row(look: Look, name: &str, value: String) -> Line<'static> {
    Line::from(vec![Span::styled(format!("{name:<9}"), look.style(Role::Quiet)), Span::raw(value)])
}

/// The wish, and what the daemon's machine has for it.
fn device(model: &Model, wish: &DeviceChoice) -> String {
    let here: Vec<String> =
        model.devices.iter().map(|device| format!("{} ({})", device.device, device.name)).collect();
    if here.is_empty() { wish.to_string() } else { format!("{wish}; here: {}", here.join(", ")) }
}
