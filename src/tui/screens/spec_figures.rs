//! What a spec comes to before it is run: loops, batches, network, scores, in the words of lists and forms.

use ratatui::text::{Line, Span};

use crate::{
    spec::{Architecture, DeviceChoice, Method, Precision, Spec, loops::loops},
    tui::{
        figures::count,
        look::{Look, Role},
        model::Model,
        widgets::fit::wrap,
    },
};

/// Cells of the names of figures.
const NAME_CELLS: usize = 9;

/// All figures, a row or more each.
pub fn lines(model: &Model, spec: &Spec, room: usize) -> Vec<Line<'static>> {
    let figures = figures(model, spec, true).into_iter();
    figures.flat_map(|(name, value)| rows(model.look, name, &value, room)).collect()
}

/// The same without reasons, and without what the name of a preset says.
pub fn short_lines(model: &Model, spec: &Spec, room: usize) -> Vec<Line<'static>> {
    let figures = figures(model, spec, false).into_iter().skip(1);
    figures.flat_map(|(name, value)| rows(model.look, name, &value, room)).collect()
}

/// What the spec comes to, the most telling first.
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
        (true, false) => "; set by hand".to_owned(),
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
