//! The machines that runs happen on: how they are reached, their devices with what is busy and waits there, and
//! processor, memory and graphics cards over the last ten minutes.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    machine::{Card, Figures},
    queue::{RunState, cards::card_of},
    spec::memory::Gibibytes,
    tui::{
        action::Action,
        figures::{clock, count},
        look::{Look, Role},
        model::{Link, Model, hosts::HostModel},
        view,
        widgets::{
            fit::{fit, fit_line, width, wrap},
            panel, spark,
        },
    },
    wire::message::DeviceSlots,
};

/// Cells of the names of figures, and of what they are now; more where there is room.
const NAME_CELLS: usize = 8;
const VALUE_CELLS: usize = 13;
const WIDE_VALUE_CELLS: usize = 34;
const WIDE_FROM: usize = 76;
/// The most rows of one figure.
const TALLEST: usize = 4;

/// One figure over time.
struct Metric<'a> {
    name: &'static str,
    value: String,
    role: Role,
    share: Share<'a>,
}

/// The share of its height that a figure has among the figures of a moment.
type Share<'a> = Box<dyn Fn(&Figures) -> Option<f64> + 'a>;

/// A heading and its figures.
struct Block<'a> {
    heading: Vec<Span<'static>>,
    metrics: Vec<Metric<'a>>,
}

/// Rows that do not fit into the window.
pub fn scrollable_rows(model: &Model) -> usize {
    let inside = panel::inside(view::areas(model).body);
    let Some(host) = model.hosts.at_hand() else { return 0 };
    lines(model, host, inside.width, inside.height).len().saturating_sub(usize::from(inside.height))
}

/// Rows that can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    usize::from(panel::inside(view::areas(model).body).height)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let Some(host) = model.hosts.at_hand() else { return };
    let look = model.look;
    let name = if model.hosts.are_several() {
        let turn = model.key(Action::NextHost);
        format!(
            "{} {} {} hosts, {turn}: next",
            host.name(),
            look.symbols().step,
            model.hosts.all.len()
        )
    } else if host.machine.is_empty() {
        "Hosts".to_owned()
    } else {
        host.machine.clone()
    };
    let title = fit(&name, usize::from(body.width) / 2, look.symbols().cut);
    let inside = panel::draw(frame, body, look, &title, link_line(model, host));
    let lines = lines(model, host, inside.width, inside.height);
    for (line, y) in lines.into_iter().skip(model.hosts.offset).zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// How the host is reached, and since when.
fn link_line(model: &Model, host: &HostModel) -> Line<'static> {
    let look = model.look;
    let [stands, lost] = look.symbols().link;
    let since = host.since.map(|since| format!(" since {}", clock(since, &model.zone)));
    let since = since.unwrap_or_default();
    match &host.link {
        Link::Connecting => Line::styled(" connecting ", look.style(Role::Quiet)),
        Link::Connected(_) => Line::from(vec![
            Span::styled(format!(" {stands} "), look.style(Role::Good)),
            Span::styled(format!("connected{since} "), look.style(Role::Quiet)),
        ]),
        Link::Lost { .. } => {
            Line::styled(format!(" {lost} not reached{since} "), look.style(Role::Warning))
        }
    }
}

fn lines(model: &Model, host: &HostModel, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let look = model.look;
    let room = usize::from(columns);
    let quiet = look.style(Role::Quiet);
    let mut lines = Vec::new();
    match &host.link {
        Link::Lost { reason, .. } => {
            let why = wrap(reason, room).into_iter();
            lines.extend(why.map(|row| Line::styled(row, look.style(Role::Warning))));
            // Of one that was never reached nothing stands here.
            let then = if host.machine.is_empty() {
                "The screen goes on trying by itself."
            } else {
                "Runs go on. The screen connects again by itself; what stands here is as old as that."
            };
            lines.extend(wrap(then, room).into_iter().map(|row| Line::styled(row, quiet)));
            if !host.host.is_here() {
                let key = model.key(Action::LogIn);
                let text = format!("{key} lets ssh ask you here, for a password or a new key.");
                lines.extend(wrap(&text, room).into_iter().map(|row| Line::styled(row, quiet)));
            }
            lines.push(Line::default());
        }
        Link::Connected(daemon) if rows >= 14 => {
            let text = format!(
                "Stillroom {}, process {}, keeps its runs in {}",
                daemon.program, daemon.pid, daemon.data_dir
            );
            lines.push(Line::styled(fit(&text, room, look.symbols().cut), quiet));
            lines.push(Line::default());
        }
        Link::Connected(_) | Link::Connecting => {}
    }
    let newest = host.newest().map(|(_, figures)| figures);
    let blocks = blocks(model, host, newest, room);
    let figures: usize = blocks.iter().map(|block| block.metrics.len()).sum();
    let is_spacious = usize::from(rows) >= lines.len() + figures + blocks.len() * 2;
    let others = lines.len() + blocks.len() * if is_spacious { 2 } else { 1 };
    let height = usize::from(rows).saturating_sub(others).checked_div(figures).unwrap_or(1);
    for (index, block) in blocks.into_iter().enumerate() {
        if index > 0 && is_spacious {
            lines.push(Line::default());
        }
        lines.push(fit_line(Line::from(block.heading), room, look.symbols().cut));
        for metric in block.metrics {
            lines.extend(metric_lines(model, host, &metric, room, height.clamp(1, TALLEST)));
        }
    }
    if newest.is_none() && matches!(&host.link, Link::Connected(_)) {
        lines.push(Line::styled("measuring", quiet));
    } else if newest.is_some() && usize::from(rows) >= lines.len() + 2 {
        lines.push(Line::default());
        lines.push(Line::styled("Bars are the last ten minutes, up to now at the right.", quiet));
    }
    lines
}

/// The devices with their figures, then the cards that are no device of a run.
fn blocks<'a>(
    model: &Model,
    host: &HostModel,
    newest: Option<&'a Figures>,
    room: usize,
) -> Vec<Block<'a>> {
    let cards = newest.map_or(&[][..], |figures| &figures.cards);
    let mut known = Vec::new();
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for device in &host.devices {
        let card = card_of(&host.devices, device, cards);
        known.extend(card);
        let metrics = match (device.device.as_str(), newest, card) {
            ("cpu", Some(figures), _) => processor_metrics(figures, room, model.look),
            (_, _, Some(index)) => cards
                .get(index)
                .map_or_else(Vec::new, |card| card_metrics(card, index, room, model.look)),
            _ => Vec::new(),
        };
        blocks.push(Block { heading: heading(model, host, device, room), metrics });
    }
    // A cluster's jobs are elsewhere; what is measured is the machine that hands them over.
    if let (Some(figures), true) = (newest, host.devices.iter().any(DeviceSlots::is_cluster)) {
        let look = model.look;
        let heading = vec![
            Span::styled(host.machine.clone(), look.style(Role::Title)),
            Span::styled("  the daemon's machine", look.style(Role::Quiet)),
        ];
        blocks.push(Block { heading, metrics: processor_metrics(figures, room, look) });
    }
    let others = cards.iter().enumerate().filter(|(index, _)| !known.contains(index));
    for (index, card) in others {
        let heading = vec![
            Span::styled(card.name.clone(), model.look.style(Role::Title)),
            Span::styled("  no device of a run", model.look.style(Role::Quiet)),
        ];
        blocks.push(Block { heading, metrics: card_metrics(card, index, room, model.look) });
    }
    blocks
}

/// A device, its slots and memory, what runs there and how many wait for it.
fn heading(
    model: &Model,
    host: &HostModel,
    device: &DeviceSlots,
    room: usize,
) -> Vec<Span<'static>> {
    let look = model.look;
    let symbols = look.symbols();
    let quiet = look.style(Role::Quiet);
    let rows = || model.queue.rows().iter().filter(|row| row.run.id.host == host.host);
    let running: Vec<_> = model.queue.on_device(host.host, &device.device).collect();
    let waits = |row: &&crate::tui::model::queue::Row| {
        matches!(row.run.state, RunState::Queued { .. }) && row.run.device == device.device
    };
    let queued = rows().filter(waits).count() as u64;
    let any = |row: &&crate::tui::model::queue::Row| {
        matches!(row.run.state, RunState::Queued { .. }) && row.run.device == "auto"
    };
    let auto = rows().filter(any).count() as u64;
    let busy = if running.is_empty() { Role::Quiet } else { Role::Accent };
    let slots = match device.slots {
        0 if running.is_empty() => "not used".to_owned(),
        0 => format!("not used, {} busy", running.len()),
        slots if device.is_cluster() => {
            format!("{} of at most {}", running.len(), count(slots, "job"))
        }
        slots => format!("{} of {} busy", running.len(), count(slots, "slot")),
    };
    let mut spans = vec![
        Span::styled(device.device.clone(), look.style(Role::Title)),
        Span::styled(format!("  {slots}"), look.style(busy)),
    ];
    if let Some(memory) = device.memory.filter(|_| device.is_used()) {
        let declared = Gibibytes(model.queue.declared_on(host.host, &device.device));
        let text = if room >= WIDE_FROM {
            format!("  {} of {} declared", declared.number(), Gibibytes(memory))
        } else {
            format!("  {}/{}", declared.number(), Gibibytes(memory))
        };
        spans.push(Span::styled(text, look.style(busy)));
    }
    let mut waiting = Vec::new();
    if queued > 0 {
        waiting.push(format!("{queued} queued"));
    }
    if auto > 0 {
        waiting.push(format!("{auto} for any"));
    }
    if !waiting.is_empty() {
        spans.push(Span::raw(format!("  {}", waiting.join(", "))));
    }
    // Of a cluster's jobs some may wait there.
    for run in running.into_iter().filter(|run| run.state.worker().is_some()) {
        let title = fit(&run.title, 24, symbols.cut);
        spans.push(Span::styled(format!("  run {} {title}", run.id), look.style(Role::Accent)));
    }
    spans.push(Span::styled(format!("  {}", device.name), quiet));
    spans
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Bytes of bytes, in one unit: `3.1 of 7.6 GiB`.
fn memory(used: u64, total: u64, room: usize) -> String {
    let gibibytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let (used, total) = (gibibytes(used), gibibytes(total));
    if room >= WIDE_FROM {
        format!("{used:.1} of {total:.1} GiB")
    } else {
        format!("{used:.0}/{total:.0} GiB")
    }
}

/// A share that is nearly everything is worth a look.
fn share_role(share: f64) -> Role {
    if share >= 0.95 { Role::Warning } else { Role::Text }
}

/// From here on, hardware begins to slow itself down.
fn heat_role(celsius: f64) -> Role {
    if celsius >= 85.0 { Role::Warning } else { Role::Text }
}

fn degrees(celsius: f64, look: Look) -> String {
    let sign = if look.ascii { "" } else { "\u{b0}" };
    format!("{celsius:.0} {sign}C")
}

fn share_of(used: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| used as f64 / total as f64)
}

fn processor_metrics<'a>(figures: &Figures, room: usize, look: Look) -> Vec<Metric<'a>> {
    let mut value = vec![percent(figures.busy)];
    if room >= WIDE_FROM {
        value.push(count(figures.threads, "thread"));
        let load = figures.load;
        value.extend(
            load.map(|[one, five, fifteen]| format!("load {one:.1} {five:.1} {fifteen:.1}")),
        );
    }
    let value = value.join("  ");
    let used = share_of(figures.memory_used, figures.memory_total).unwrap_or(0.0);
    let mut metrics = vec![
        Metric {
            name: "busy",
            value,
            role: Role::Text,
            share: Box::new(|figures| Some(figures.busy)),
        },
        Metric {
            name: "memory",
            value: memory(figures.memory_used, figures.memory_total, room),
            role: share_role(used),
            share: Box::new(|figures| share_of(figures.memory_used, figures.memory_total)),
        },
    ];
    metrics.extend(figures.celsius.map(|celsius| Metric {
        name: "heat",
        value: degrees(celsius, look),
        role: heat_role(celsius),
        share: Box::new(|figures| Some(figures.celsius? / 100.0)),
    }));
    metrics
}

/// The figures of a card, and where they stand among those of the machine.
fn card_metrics<'a>(card: &Card, index: usize, room: usize, look: Look) -> Vec<Metric<'a>> {
    let of = move |figures: &Figures, figure: fn(&Card) -> Option<f64>| {
        figures.cards.get(index).and_then(figure)
    };
    let used = |card: &Card| share_of(card.memory_used?, card.memory_total?);
    let mut metrics = Vec::new();
    metrics.extend(card.busy.map(|busy| Metric {
        name: "busy",
        value: percent(busy),
        role: Role::Text,
        share: Box::new(move |figures| of(figures, |card| card.busy)),
    }));
    metrics.extend(card.memory_used.zip(card.memory_total).map(|(bytes, total)| Metric {
        name: "memory",
        value: memory(bytes, total, room),
        role: share_role(used(card).unwrap_or(0.0)),
        share: Box::new(move |figures| of(figures, used)),
    }));
    metrics.extend(card.celsius.map(|celsius| Metric {
        name: "heat",
        value: degrees(celsius, look),
        role: heat_role(celsius),
        share: Box::new(move |figures| of(figures, |card| Some(card.celsius? / 100.0))),
    }));
    metrics
}

fn metric_lines(
    model: &Model,
    host: &HostModel,
    metric: &Metric<'_>,
    room: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let look = model.look;
    let value_cells = if room >= WIDE_FROM { WIDE_VALUE_CELLS } else { VALUE_CELLS };
    let columns = room.saturating_sub(NAME_CELLS + value_cells + 3);
    let values = host.columns(columns, model.now, &metric.share);
    let rows = spark::rows(&values, height, look).into_iter().enumerate();
    let lines = rows.map(|(index, bars)| {
        // What it is stands beside the lowest row.
        let is_last = index + 1 == height;
        let (name, value) = if is_last { (metric.name, metric.value.as_str()) } else { ("", "") };
        let value = fit(value, value_cells, look.symbols().cut);
        let pad = " ".repeat(columns.saturating_sub(width(&bars)));
        Line::from(vec![
            Span::styled(format!("  {name:<NAME_CELLS$}"), look.style(Role::Quiet)),
            Span::styled(bars, look.style(Role::Synthetic)),
            Span::raw(format!("{pad} ")),
            Span::styled(value, look.style(metric.role)),
        ])
    });
    lines.collect()
}
