//! What a spec comes to before it is run: loops, batches, network, scores, in the words of lists and forms.

use ratatui::text::{Line, Span};

use crate::{
    spec::{
        Architecture, DeviceChoice, EvaluationAugmentation, Method, Precision, Spec,
        defaults::published,
        loops::loops,
        memory::{Gibibytes, bytes_of},
    },
    tui::{
        figures::count,
        look::{Look, Role},
        model::{Model, hosts::is_software},
        widgets::fit::wrap,
    },
    wire::message::DeviceSlots,
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

/// What the spec comes to, the most telling first; what makes no difference with its method stays out.
fn figures(model: &Model, spec: &Spec, spacious: bool) -> Vec<(&'static str, String)> {
    let symbols = model.look.symbols();
    let (times, dot) = (symbols.times, symbols.dot);
    let (condense, evaluate, network) = (&spec.condense, &spec.evaluate, &spec.network);
    let updates = count(condense.outer_steps as u64, "update");
    let epochs = count(condense.inner_epochs as u64, "inner epoch");
    let usual = published(spec.method, &spec.data.set, spec.ipc);
    let known = loops(spec.ipc);
    let are_known =
        (condense.outer_steps, condense.inner_epochs) == (known.outer_steps, known.inner_epochs);
    let reason = match condense.iterations == usual.condense.iterations {
        _ if !spacious => String::new(),
        _ if !are_known => "; set by hand".to_owned(),
        true => format!("; {}", known.reason),
        false => format!("; updates and epochs {}", known.reason),
    };
    let learns = spec.method.learns();
    let every = match evaluate.every {
        // What is chosen once is scored once.
        _ if !learns => "at the end".to_owned(),
        0 => "at the end".to_owned(),
        every => format!("every {every} iterations"),
    };
    let tokens = spec.augment.strategy.to_string().replace('_', " ");
    let augmentation = match evaluate.augmentation {
        _ if learns && spec.augment.strategy.is_empty() => "none".to_owned(),
        _ if learns => format!("{tokens}; {}", spec.augment.sharing),
        // Nothing is matched; what networks are trained with is augmented.
        EvaluationAugmentation::Differentiable => tokens,
        other => other.to_string(),
    };
    let in_precision = match condense.real_precision {
        Precision::F32 => String::new(),
        other => format!(", their gradients in {other}"),
    };
    let baseline = if evaluate.random_baseline { "; random real images the same way" } else { "" };
    let scored = count(evaluate.networks as u64, "network");
    let trained = count(evaluate.epochs as u64, "epoch");
    let images = match spec.method {
        Method::Whole => "all images".to_owned(),
        _ if learns => format!("{} per class, from {}", spec.ipc, spec.init),
        _ => format!("{} per class", spec.ipc),
    };
    let all = [
        (
            "what",
            format!(
                "{} {dot} {} {dot} {images}",
                spec.method.to_string().to_uppercase(),
                spec.continual.title(&spec.data.set),
            ),
        ),
        (
            "loops",
            match spec.method {
                Method::Whole => "none: networks learn from all there is".to_owned(),
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
                _ => format!("{} real images per class{in_precision}", condense.real_batch),
            },
        ),
        ("device", device(model, spec)),
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
    ];
    let matters = |name: &str| learns || !matches!(name, "batch" | "distance");
    all.into_iter().filter(|(name, _)| matters(name)).collect()
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

/// The wish, and what the daemon's machine has for it: the device that `auto` takes, or the one that is
/// wished; and the memory that is declared of it.
fn device(model: &Model, Spec { device: wish, memory, .. }: &Spec) -> String {
    let (word, memory) = (wish.to_string(), bytes_of(*memory));
    let declared = |of: Option<u64>| match of {
        _ if memory == 0 => String::new(),
        Some(of) => format!("; {} of {} declared", Gibibytes(memory).number(), Gibibytes(of)),
        None => format!("; {} declared", Gibibytes(memory)),
    };
    let named = |device: &DeviceSlots| format!("{} ({})", device.device, device.name);
    if model.hosts.are_all_at_hand() {
        return format!("{word}; on the host that suits it best");
    }
    let host = model.hosts.at_hand();
    let (devices, at) = host.map_or((&[][..], "here"), |host| (&host.devices, host.host.word()));
    if *wish == DeviceChoice::Auto {
        // Graphics cards come first, and a software driver is never taken unasked.
        let mut used = devices.iter().filter(|device| device.is_used() && !is_software(device));
        let first = used.clone().next();
        let taken = used.find(|device| device.memory.is_none_or(|own| memory <= own)).or(first);
        return taken.map_or(word + &declared(None), |device| {
            format!("auto; {at}: {}{}", named(device), declared(device.memory))
        });
    }
    match devices.iter().find(|device| device.device == word) {
        Some(device) if !device.is_used() => format!("{}, which is not used", named(device)),
        Some(device) => named(device) + &declared(device.memory),
        None if devices.is_empty() => word + &declared(None),
        None => {
            let here: Vec<String> = devices.iter().map(named).collect();
            format!(
                "{word}, which is not {}; {at}: {}",
                if at == "here" { at } else { "there" },
                here.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::recorded::{COLOUR, World};

    fn slots(device: &str) -> DeviceSlots {
        let (device, name) = (device.to_owned(), "its name".to_owned());
        DeviceSlots { device, name, slots: 1, ..DeviceSlots::default() }
    }

    #[test]
    fn a_method_that_learns_nothing_has_no_figures_of_learning() {
        let world = World::at_iteration(80, 24, COLOUR, 0);
        let told = |method: Method| {
            let figures = figures(&world.model, &published(method, "mnist", 1), true);
            let lines: Vec<String> =
                figures.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
            lines.join("\n")
        };
        let whole = told(Method::Whole);
        assert!(whole.contains("all images") && whole.contains("epochs, at the end"), "{whole}");
        for text in [whole, told(Method::Herding)] {
            for word in ["distance", "batch", "from real", "every", "siamese"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
        let dsa = told(Method::Dsa);
        assert!(dsa.contains("1 per class, from") && dsa.contains("siamese"), "{dsa}");
    }

    #[test]
    fn loops_are_called_published_as_far_as_they_are() {
        let world = World::at_iteration(80, 24, COLOUR, 0);
        let mut spec = published(Method::Dsa, "mnist", 1);
        let told = |spec: &Spec| figures(&world.model, spec, true)[1].1.clone();
        assert!(told(&spec).ends_with("1 inner epoch; published for this ipc"));
        spec.condense.iterations = 60;
        assert!(told(&spec).ends_with("; updates and epochs published for this ipc"));
        spec.condense.outer_steps = 3;
        assert!(told(&spec).ends_with("; set by hand"));
    }

    #[test]
    fn the_device_is_the_one_that_would_be_taken() {
        let mut world = World::at_iteration(80, 24, COLOUR, 0);
        world.model.hosts.all[0].devices = ["software", "cpu"].map(slots).into();
        let wish = |device: DeviceChoice, memory: f64| Spec {
            device,
            memory,
            ..published(Method::Dsa, "mnist", 1)
        };
        let auto = wish(DeviceChoice::Auto, 0.0);
        assert_eq!(device(&world.model, &auto), "auto; here: cpu (its name)");
        assert_eq!(device(&world.model, &wish(DeviceChoice::Cpu, 0.0)), "cpu (its name)");
        let gpu = device(&world.model, &wish(DeviceChoice::Gpu(0), 0.0));
        assert!(gpu.starts_with("gpu:0, which is not here; here: software"), "{gpu}");
        let devices = &mut world.model.hosts.all[0].devices;
        for (number, memory) in [("gpu:0", 24), ("gpu:1", 48)] {
            devices.insert(0, DeviceSlots { memory: Some(memory << 30), ..slots(number) });
        }
        devices.swap(0, 1);
        assert_eq!(device(&world.model, &auto), "auto; here: gpu:0 (its name)");
        let large = wish(DeviceChoice::Auto, 40.0);
        assert_eq!(
            device(&world.model, &large),
            "auto; here: gpu:1 (its name); 40 of 48 GiB declared"
        );
        let small = wish(DeviceChoice::Gpu(0), 1.5);
        assert_eq!(device(&world.model, &small), "gpu:0 (its name); 1.5 of 24 GiB declared");
        // One that is not used is passed over.
        world.model.hosts.all[0].devices[0].slots = 0;
        assert_eq!(device(&world.model, &auto), "auto; here: gpu:1 (its name)");
        assert_eq!(device(&world.model, &small), "gpu:0 (its name), which is not used");
    }
}
