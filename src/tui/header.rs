//! The first row: where one is, where else one can go and by which key, and how the daemon is.
//!
//! The names of the screens stand there where all of them fit; elsewhere the one that is shown stands alone.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    action::Action,
    figures::clock,
    look::Role,
    model::{
        Link, Model, Screen,
        hosts::{HostModel, is_software},
        problems,
    },
    view,
    widgets::fit::{fit, fit_line},
};
use crate::queue::HostName;

/// The screens that can be gone to from anywhere, in the order of their keys.
const TABS: [(Screen, Action, &str); 6] = [
    (Screen::Queue, Action::GoQueue, "Queue"),
    (Screen::Studies, Action::GoStudies, "Studies"),
    (Screen::Compare, Action::GoCompare, "Compare"),
    (Screen::Hosts, Action::GoHosts, "Hosts"),
    (Screen::Problems, Action::GoProblems, "Problems"),
    (Screen::Settings, Action::GoSettings, "Settings"),
];

const NAME: &str = " Stillroom";

/// One name of a screen and where it stands.
struct Tab {
    action: Action,
    x: u16,
    spans: Vec<Span<'static>>,
}

impl Tab {
    fn width(&self) -> u16 {
        self.spans.iter().map(Span::width).sum::<usize>() as u16
    }
}

/// What the header is made of, in this window.
struct Parts {
    left: Line<'static>,
    tabs: Vec<Tab>,
    right: Line<'static>,
}

fn parts(model: &Model) -> Parts {
    let columns = usize::from(model.window.columns);
    let is_tab = TABS.iter().any(|tab| tab.0 == model.screen);
    let mut left = Line::from(vec![Span::styled(NAME, model.look.style(Role::Accent))]);
    if !is_tab {
        left.spans.extend(place(model));
    }
    // What is at the right gives way first, then the room between names, then the names.
    let ways = [(2, Detail::Devices), (2, Detail::Host), (1, Detail::Host), (1, Detail::Sign)];
    // Since when something is stale is worth more than the names.
    let is_lost = shown_host(model).is_some_and(|host| matches!(host.link, Link::Lost { .. }));
    for (gap, detail) in ways.into_iter().filter(|way| !(is_lost && way.1 == Detail::Sign)) {
        let first = left.width() as u16 + if is_tab { gap } else { gap + 2 };
        let tabs = tabs(model, first, gap);
        let right = link_line(model, detail);
        let end = tabs.last().map_or(0, |tab| usize::from(tab.x + tab.width()));
        if end + right.width() + 2 <= columns {
            return Parts { left, tabs, right };
        }
    }
    if is_tab {
        left.spans.extend(place(model));
    }
    let full = link_line(model, Detail::Devices);
    let is_wide = left.width() + full.width() + 2 <= columns && columns >= 70;
    let right = if is_wide { full } else { link_line(model, Detail::Host) };
    let room = columns.saturating_sub(right.width() + 2);
    let left = fit_line(left, room, model.look.symbols().cut);
    Parts { left, tabs: Vec::new(), right }
}

/// The names of all screens, from this column on, with `gap` cells between them.
fn tabs(model: &Model, from: u16, gap: u16) -> Vec<Tab> {
    let look = model.look;
    let symbols = look.symbols();
    let context = Model::screen_context(model.screen);
    let mut x = from;
    let unseen = problems::unseen(model);
    let tab = |(screen, action, name): (Screen, Action, &str)| {
        let is_shown = screen == model.screen;
        let key = model.keymap.key(context, action, symbols).unwrap_or_default();
        let (sign, role) =
            if is_shown { (symbols.step.to_owned(), Role::Title) } else { (key, Role::Quiet) };
        let sign_role = if is_shown { Role::Quiet } else { Role::Accent };
        let mut spans = Vec::new();
        if !sign.is_empty() {
            spans.push(Span::styled(format!("{sign} "), look.style(sign_role)));
        }
        spans.push(Span::styled(name.to_owned(), look.style(role)));
        if screen == Screen::Problems && unseen > 0 {
            spans.push(Span::styled(format!(" {unseen}"), look.style(Role::Warning)));
        }
        let tab = Tab { action, x, spans };
        x += tab.width() + gap;
        tab
    };
    TABS.into_iter().map(tab).collect()
}

/// The screen's name and what it shows.
fn place(model: &Model) -> Vec<Span<'static>> {
    let look = model.look;
    let (quiet, title) = (look.style(Role::Quiet), look.style(Role::Title));
    let step = format!(" {} ", look.symbols().step);
    let name = match (model.screen, model.open) {
        (Screen::Presets | Screen::Form, _) if model.hosts.are_several() => {
            format!("New run on {}", model.hosts.word_at_hand())
        }
        (Screen::Presets | Screen::Form, _) => "New run".to_owned(),
        (Screen::Run, Some(run)) => format!("Run {run}"),
        (Screen::Run, None) => "Run".to_owned(),
        (screen, _) => {
            let tab = TABS.iter().find(|tab| tab.0 == screen);
            tab.map_or("", |tab| tab.2).to_owned()
        }
    };
    let mut spans = vec![Span::styled(step.clone(), quiet), Span::styled(name, title)];
    if model.screen == Screen::Run
        && let Some(run) = model.subject()
    {
        // A title may be as long as its writer liked; the screens to go to have room beside it.
        let shown = fit(&run.title, 48, look.symbols().cut);
        spans.extend([Span::styled(step, quiet), Span::styled(shown, title)]);
    }
    spans
}

/// How much is said of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Whether it answers.
    Sign,
    /// Its host too, or since when it does not answer.
    Host,
    /// Its devices too.
    Devices,
}

/// The daemon and its devices; or since when there is none.
fn link_line(model: &Model, detail: Detail) -> Line<'static> {
    let is_full = detail == Detail::Devices;
    let Some(host) = shown_host(model) else {
        let mut line = Line::styled("any of", model.look.style(Role::Quiet));
        line.extend(others(model, None, detail != Detail::Sign));
        return line;
    };
    let others = others(model, Some(host.host), is_full);
    let mut line = own_line(model, host, detail, is_full);
    if detail != Detail::Sign {
        line.spans.extend(others);
    }
    line
}

/// The host that counts: on the screen of a run its own, elsewhere the one at hand; none where all are.
fn shown_host(model: &Model) -> Option<&HostModel> {
    let subject = model.open.filter(|_| model.screen == Screen::Run).map(|run| run.host);
    let shows_one = matches!(model.screen, Screen::Hosts | Screen::Problems);
    match subject {
        None if model.hosts.are_all_at_hand() && !shows_one => None,
        subject => model.hosts.get(subject.unwrap_or_else(|| model.hosts.name_at_hand())),
    }
}

/// Signs of the other hosts; their names too where there is room, and where they do not answer.
fn others(model: &Model, shown: Option<HostName>, with_names: bool) -> Vec<Span<'static>> {
    let look = model.look;
    let [stands, lost] = look.symbols().link;
    let others = model.hosts.all.iter().filter(|host| Some(host.host) != shown);
    let spans = others.map(|host| match host.link {
        Link::Connected(_) if with_names => {
            Span::styled(format!("  {stands} {}", host.host), look.style(Role::Quiet))
        }
        Link::Connected(_) => Span::styled(format!("  {stands}"), look.style(Role::Good)),
        Link::Connecting => Span::styled(format!("  {lost}"), look.style(Role::Quiet)),
        Link::Lost { .. } => {
            Span::styled(format!("  {lost} {}", host.host), look.style(Role::Warning))
        }
    });
    spans.collect()
}

fn own_line(model: &Model, host: &HostModel, detail: Detail, is_full: bool) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let are_several = model.hosts.are_several();
    match &host.link {
        Link::Connecting | Link::Lost { .. } if detail == Detail::Sign => {
            Line::styled(symbols.link[1], look.style(Role::Warning))
        }
        Link::Connecting if are_several => {
            Line::styled(format!("{} connecting", host.host), look.style(Role::Quiet))
        }
        Link::Connecting => Line::styled("connecting", look.style(Role::Quiet)),
        Link::Lost { since, .. } => {
            let text = format!("{} as of {}", symbols.link[1], clock(*since, &model.zone));
            let text = match (are_several, is_full) {
                (true, _) => format!("{text} {}", host.host),
                (false, true) => format!("{text}, daemon does not answer"),
                (false, false) => text,
            };
            Line::styled(text, look.style(Role::Warning))
        }
        Link::Connected(_) => {
            let mut spans = Vec::new();
            let quiet = look.style(Role::Quiet);
            for device in host.devices.iter().filter(|_| is_full) {
                let busy = model.queue.busy_on(host.host, &device.device);
                if busy == 0 && (is_software(device) || !device.is_used()) {
                    continue;
                }
                let text = format!("{} {busy}/{}", device.device, device.slots);
                spans.push(Span::styled(format!("{text}  "), quiet));
            }
            spans.push(Span::styled(symbols.link[0], look.style(Role::Good)));
            if detail == Detail::Sign {
                return Line::from(spans);
            }
            let name = fit(host.name(), 20, symbols.cut);
            spans.push(Span::styled(format!(" {name}"), quiet));
            Line::from(spans)
        }
    }
}

/// Draws the header.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let Parts { left, tabs, right } = parts(model);
    frame.render_widget(left, area);
    for tab in tabs {
        let place = Rect { x: area.x + tab.x, width: tab.width(), ..area };
        frame.render_widget(Line::from(tab.spans), place.intersection(area));
    }
    let right_width = right.width() as u16;
    let at = Rect { x: area.right().saturating_sub(right_width + 1), width: right_width, ..area };
    frame.render_widget(right, at.intersection(area));
}

/// What a click at a cell of the screen goes to.
pub fn tab_at(model: &Model, column: u16, row: u16) -> Option<Action> {
    if row != view::areas(model).header.y {
        return None;
    }
    let tabs = parts(model).tabs;
    let tab = tabs.iter().find(|tab| (tab.x..tab.x + tab.width()).contains(&column))?;
    Some(tab.action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::{RunState, Worker},
        tui::{
            link::LinkNews,
            msg::Msg,
            tests::recorded::{COLOUR, RUN, World, worker},
        },
        wire::message::{Answer, DeviceSlots, Message, Wish},
    };

    #[test]
    fn a_software_driver_is_shown_while_it_is_used() {
        let mut world = World::at_iteration(160, 24, COLOUR, 10);
        let software = DeviceSlots {
            device: "software".to_owned(),
            name: "llvmpipe".to_owned(),
            slots: 1,
            ..DeviceSlots::default()
        };
        let cpu = world.model.hosts.all[0].devices[0].clone();
        let answer = Answer::Devices { devices: vec![software, cpu] };
        world.send(Msg::here(LinkNews::Replied { wish: Wish::Devices, answer }));
        assert_eq!(world.model.hosts.all[0].devices[0].device, "cpu");
        let told = |world: &World| link_line(&world.model, Detail::Devices).to_string();
        assert!(told(&world).contains("cpu 1/1") && !told(&world).contains("software"));
        let mut run = world.runs.iter().find(|run| run.id == RUN).unwrap().clone();
        run.state =
            RunState::Running { worker: Worker { device: "software".to_owned(), ..worker() } };
        world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
        assert!(told(&world).contains("software 1/1"), "{}", told(&world));
    }

    #[test]
    fn names_stand_where_all_fit() {
        let mut stood = false;
        for columns in 40..200 {
            let world = World::at_iteration(columns, 24, COLOUR, 0);
            let Parts { left, tabs, right } = parts(&world.model);
            let end = tabs.last().map_or(left.width() as u16, |tab| tab.x + tab.width());
            assert!(usize::from(end) + right.width() < usize::from(columns), "{columns}");
            assert!(tabs.is_empty() || tabs.len() == TABS.len());
            assert!(!(stood && tabs.is_empty()), "{columns}");
            stood = !tabs.is_empty();
            assert!(stood || columns < 80, "{columns}");
        }
    }
}
