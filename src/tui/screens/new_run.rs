//! A new run from a preset: the list, and what the selected one comes to before it starts.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::{
    spec::{Architecture, DeviceChoice, Method, Precision, Spec, loops::loops},
    tui::{
        figures::count,
        look::{Look, Role},
        model::Model,
        widgets::{
            fit::{fit, wrap},
            panel,
        },
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
        let height = (entries + 2).min(body.height * 2 / 5);
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

/// From here on there is room for what a preset is for.
const PURPOSE_FROM: u16 = 9;
/// Cells of the names of figures.
const NAME_CELLS: usize = 9;

fn draw_figures(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(entry) = model.presets.selected() else { return };
    let look = model.look;
    let inside = panel::draw(frame, area, look, entry.preset.name, Line::default());
    let room = usize::from(inside.width);
    let mut lines = Vec::new();
    let spacious = inside.height >= PURPOSE_FROM;
    if spacious {
        lines.extend(wrap(entry.preset.purpose(), room).into_iter().map(Line::raw));
        lines.push(Line::default());
    }
    match &entry.spec {
        Ok(spec) => {
            // The name of a preset says what it is about where there is no room to.
            for (name, value) in
                figures(model, spec, spacious).into_iter().skip(usize::from(!spacious))
            {
                lines.extend(rows(look, name, &value, room));
            }
            lines.push(Line::default());
            lines.push(Line::from(vec![
                Span::styled(look.symbols().enter, look.style(Role::Accent)),
                Span::raw(format!("  queues {} and opens its run", entry.preset.name)),
            ]));
        }
        Err(fault) => {
            let rows = wrap(fault, room).into_iter();
            lines.extend(rows.map(|row| Line::styled(row, look.style(Role::Bad))));
        }
    }
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// What the preset comes to, the most telling first.
fn figures(model: &Model, spec: &Spec, spacious: bool) -> [(&'static str, String); 9] {
    let symbols = model.look.symbols();
    let (times, dot) = (symbols.times, symbols.dot);
    let (condense, evaluate, network) = (&spec.condense, &spec.evaluate, &spec.network);
    let updates = count(condense.outer_steps as u64, "update");
    let epochs = count(condense.inner_epochs as u64, "inner epoch");
    let published = loops(spec.ipc);
    let is_published = (condense.outer_steps, condense.inner_epochs)
        == (published.outer_steps, published.inner_epochs);
    let reason = match (spacious, is_published) {
        (false, _) => String::new(),
        (true, true) => format!("; {}", published.reason),
        (true, false) => "; set by the preset".to_owned(),
    };
    let every = match evaluate.every {
        0 => "at the end".to_owned(),
        every => format!("every {every} iterations"),
    };
    let augmentation = if spec.augment.strategy.is_empty() {
        "none".to_owned()
    } else {
        let tokens = spec.augment.strategy.to_string().replace('_', " ");
        format!("{tokens}; {}", spec.augment.sharing)
    };
    let in_bf16 = match condense.real_precision {
        Precision::F32 => "",
        Precision::Bf16 => ", their gradients in bf16",
    };
    let baseline = if evaluate.random_baseline { "; random real images the same way" } else { "" };
    let scored = count(evaluate.networks as u64, "network");
    let trained = count(evaluate.epochs as u64, "epoch");
    [
        (
            "what",
            format!(
                "{} {dot} {} {dot} {} per class, from {}",
                spec.method.to_string().to_uppercase(),
                spec.continual.title(&spec.data.set),
                spec.ipc,
                spec.init
            ),
        ),
        (
            "loops",
            match spec.method {
                _ if condense.iterations == 0 => "none: images are chosen, not learned".to_owned(),
                method if method.trains_networks() => {
                    format!(
                        "{} iterations {times} {updates}, {epochs}{reason}",
                        condense.iterations
                    )
                }
                _ => format!("{} iterations {times} {updates}", condense.iterations),
            },
        ),
        (
            "batch",
            match spec.method {
                Method::Dd => format!("{} real images", spec.unroll.outer_batch),
                Method::Ld => format!("{} real images", spec.labels.outer_batch),
                _ => format!("{} real images per class{in_bf16}", condense.real_batch),
            },
        ),
        ("device", device(model, &spec.device)),
        ("score", format!("{scored} {times} {trained}, {every}{baseline}")),
        ("augment", augmentation),
        (
            "network",
            match network.architecture {
                Architecture::ConvNet => format!(
                    "ConvNet, {} blocks {times} {} channels, {}, {}",
                    network.depth, network.width, network.norm, network.activation
                ),
                _ => network.to_string(),
            },
        ),
        (
            "distance",
            match spec.method {
                Method::Dc | Method::Dsa => spec.condense.distance.to_string(),
                Method::Dm => "of mean embeddings, squared".to_owned(),
                Method::Dd => "loss after the training on the images".to_owned(),
                Method::Ld => "loss after a step on the labels".to_owned(),
                _ => "none".to_owned(),
            },
        ),
        ("seed", spec.seed.to_string()),
    ]
}

/// A figure, with its name before the first of its rows.
fn rows(look: Look, name: &str, value: &str, room: usize) -> Vec<Line<'static>> {
    let values = wrap(value, room.saturating_sub(NAME_CELLS)).into_iter().enumerate();
    let lines = values.map(|(index, row)| {
        let name = if index == 0 { name } else { "" };
        let name = format!("{name:<NAME_CELLS$}");
        Line::from(vec![Span::styled(name, look.style(Role::Quiet)), Span::raw(row)])
    });
    lines.collect()
}

/// The wish, and what the daemon's machine has for it.
fn device(model: &Model, wish: &DeviceChoice) -> String {
    let here: Vec<String> =
        model.devices.iter().map(|device| format!("{} ({})", device.device, device.name)).collect();
    if here.is_empty() { wish.to_string() } else { format!("{wish}; here: {}", here.join(", ")) }
}
