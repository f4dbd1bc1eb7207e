//! Text from outside that tries to change the terminal, to turn text around or to hide: none of it gets out.

use super::{
    painted::{SIZES, drawn},
    recorded::{COLOUR, RUN, World, summary, worker},
};
use crate::{
    machine::{Card, Figures},
    queue::RunState,
    record::{Event, Fact, event::VERSION},
    tui::{link::LinkNews, msg::Msg, widgets::plain::is_harmful},
    wire::{
        client::Daemon,
        message::{Answer, DeviceSlots, Message, Wish},
    },
};

const HOSTILE: &str = "x\x1b[2J\x1b]0;pwned\x07\r\n\u{202e}gnp\u{2066}\u{200b}\u{feff}\u{9b}31m蒸👨\u{200d}👩e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";

fn attack(world: &mut World) {
    let host = HOSTILE.to_owned();
    world.send(Msg::here(LinkNews::Connected(Daemon {
        protocol: 3,
        program: HOSTILE.to_owned(),
        host,
        pid: 9,
        data_dir: HOSTILE.to_owned(),
    })));
    let mut run = summary(RUN.number, HOSTILE, RunState::Running { worker: worker() });
    run.method = HOSTILE.to_owned();
    run.set = HOSTILE.to_owned();
    run.folder = HOSTILE.to_owned();
    run.digest.device = Some(HOSTILE.to_owned());
    let mut failed = summary(
        13,
        HOSTILE,
        RunState::Failed {
            at: world.model.now,
            reason: HOSTILE.to_owned(),
            advice: HOSTILE.to_owned(),
        },
    );
    failed.set = HOSTILE.to_owned();
    for run in [run, failed] {
        world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
    }
    let device = DeviceSlots {
        device: HOSTILE.to_owned(),
        name: HOSTILE.to_owned(),
        slots: 1,
        running: 1,
        memory: Some(u64::MAX),
        declared: u64::MAX,
        pci: HOSTILE.to_owned(),
    };
    let card = Card { name: HOSTILE.to_owned(), busy: Some(f64::NAN), ..Card::default() };
    let figures = Figures { cards: vec![card], busy: f64::INFINITY, ..Figures::default() };
    let message = Message::Machine { figures: Box::new(figures) };
    world.send(Msg::here(LinkNews::Pushed(message)));
    let wish = Wish::DaemonLog { after: 0 };
    let log = Answer::Log { text: HOSTILE.repeat(3), end: 9 };
    world.send(Msg::here(LinkNews::Replied { wish, answer: log }));
    let answer = Answer::Devices { devices: vec![device] };
    world.send(Msg::here(LinkNews::Replied { wish: Wish::Devices, answer }));
}

#[test]
fn no_screen_lets_harmful_text_out() {
    for (columns, rows) in SIZES {
        for keys in ["", "l", "n", "4", "5", "6", ":", "?", "c", "j"] {
            let mut world = World::at_iteration(columns, rows, COLOUR, 10);
            attack(&mut world);
            world.type_keys(keys);
            let fact = Fact::Note { text: HOSTILE.repeat(9) };
            let event = Event { v: VERSION, seq: 100_000, at: world.model.now, fact };
            let events = Message::Events { run: RUN, events: vec![event] };
            world.send(Msg::here(LinkNews::Pushed(events)));
            let refused = Answer::Refused { reason: HOSTILE.to_owned(), advice: String::new() };
            world.send(Msg::here(LinkNews::Replied { wish: Wish::Devices, answer: refused }));
            let buffer = drawn(&world);
            for cell in buffer.content() {
                assert!(!cell.symbol().contains(is_harmful), "{keys}: {:?}", cell.symbol());
            }
        }
    }
}
