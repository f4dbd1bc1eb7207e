//! The hosts screen: what is asked while it is shown, and what it shows of machine, devices and link.

use jiff::SignedDuration;

use super::{
    painted::{at_every_size, text},
    recorded::{COLOUR, World, worker},
};
use crate::{
    machine::{Card, Figures},
    queue::{Command, HostName, RunId, RunState, Worker},
    tui::{
        key::Key,
        link::LinkNews,
        model::hosts::HostsModel,
        msg::{Effect, Msg},
        update::update,
    },
    wire::message::{Answer, DeviceSlots, Message, Wish},
};
use crossterm::event::KeyCode;

const GIB: u64 = 1 << 30;

fn figures(step: u64) -> Figures {
    let wave = (step % 40) as f64 / 40.0;
    let card = |name: &str, share: f64| Card {
        name: name.to_owned(),
        pci: String::new(),
        busy: Some(share),
        memory_used: Some((share * 80.0 * GIB as f64) as u64),
        memory_total: Some(80 * GIB),
        celsius: Some(40.0 + share * 50.0),
    };
    Figures {
        threads: 16,
        busy: wave,
        celsius: Some(61.0),
        memory_used: 31 * GIB,
        memory_total: 128 * GIB,
        load: Some([3.5, 2.25, 1.0]),
        cards: vec![card("NVIDIA H100 PCIe", 1.0 - wave * 0.2), card("NVIDIA T400", 0.02)],
        ..Figures::default()
    }
}

fn devices() -> Vec<DeviceSlots> {
    let device = |device: &str, name: &str, running| DeviceSlots {
        device: device.to_owned(),
        name: name.to_owned(),
        slots: 2,
        running,
        ..DeviceSlots::default()
    };
    let memory = Some(80 * GIB);
    vec![
        device("cpu", "16 threads", 1),
        DeviceSlots { memory, ..device("gpu:0", "NVIDIA H100 PCIe", 0) },
    ]
}

/// Eight minutes of figures.
fn watched(world: &mut World) {
    world.type_keys("4");
    let answer = Answer::Devices { devices: devices() };
    world.send(Msg::here(LinkNews::Replied { wish: Wish::Devices, answer }));
    for step in 0..240 {
        world.model.now += SignedDuration::from_secs(2);
        let figures = Box::new(figures(step));
        world.send(Msg::here(LinkNews::Pushed(Message::Machine { figures })));
    }
}

#[test]
fn the_machine_is_measured_only_while_it_is_shown() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    assert!(!world.wishes.contains(&Wish::WatchMachine));
    world.type_keys("4");
    assert_eq!(world.wishes[world.wishes.len() - 2..], [Wish::WatchMachine, Wish::Devices]);
    world.wishes.clear();
    world.type_keys("j4");
    assert!(world.wishes.is_empty(), "it is asked for once: {:?}", world.wishes);
    world.type_keys("1");
    assert_eq!(world.wishes, [Wish::UnwatchMachine]);
}

#[test]
fn a_new_connection_is_asked_anew() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    world.type_keys("4");
    world.send(Msg::here(LinkNews::Lost("gone".to_owned())));
    world.wishes.clear();
    world.connect();
    assert!(world.wishes.contains(&Wish::WatchMachine));
}

#[test]
fn figures_of_machine_and_cards_stand_with_their_devices() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    watched(&mut world);
    let shown = text(&world);
    for part in [
        "gauss",
        "connected since 22:38:40",
        "cpu  1 of 2 slots busy",
        "2 for any",
        "run 12 first light",
        "98 %  16 threads  load 3.5 2.2 1.0",
        "31.0 of 128.0 GiB",
        "61 °C",
        "gpu:0  0 of 2 slots busy  0 of 80 GiB declared",
        "NVIDIA T400  no device of a run",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[test]
fn declared_memory_stands_with_the_slots_and_a_device_without_slots_is_not_used() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    watched(&mut world);
    for (run, memory) in [(12, 12.5), (7, 8.0)] {
        let mut run = world.runs.iter().find(|known| known.id == RunId::new(run)).unwrap().clone();
        run.memory = memory;
        let worker = Worker { device: "gpu:0".to_owned(), ..worker() };
        run.state = RunState::Running { worker };
        world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
    }
    let shown = text(&world);
    assert!(shown.contains("gpu:0  2 of 2 slots busy  20.5 of 80 GiB declared"), "{shown}");
    world.model.hosts.all[0].devices.iter_mut().for_each(|device| device.slots = 0);
    let shown = text(&world);
    assert!(
        shown.contains("cpu  not used") && shown.contains("gpu:0  not used, 2 busy"),
        "{shown}"
    );
}

#[test]
fn a_host_that_is_lost_says_since_when_and_why() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    watched(&mut world);
    world.send(Msg::here(LinkNews::Lost("the socket is gone".to_owned())));
    let shown = text(&world);
    assert!(shown.contains("not reached since 22:46:40"), "{shown}");
    assert!(shown.contains("the socket is gone") && shown.contains("Runs go on."), "{shown}");
}

#[test]
fn a_cluster_tells_its_jobs_and_the_machine_that_hands_them_over() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    world.type_keys("4");
    let cluster = DeviceSlots {
        device: "slurm".to_owned(),
        name: "partition gpu, gpus 1".to_owned(),
        slots: 100,
        ..DeviceSlots::default()
    };
    let answer = Answer::Devices { devices: vec![cluster] };
    world.send(Msg::here(LinkNews::Replied { wish: Wish::Devices, answer }));
    let mut run = world.runs[0].clone();
    run.state = RunState::Pending {
        job: "71".to_owned(),
        reason: "Priority".to_owned(),
        since: world.model.now,
    };
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: Box::new(run) })));
    let figures = Box::new(figures(3));
    world.send(Msg::here(LinkNews::Pushed(Message::Machine { figures })));
    let shown = text(&world);
    for part in
        ["slurm  1 of at most 100 jobs", "partition gpu, gpus 1", "gauss  the daemon's machine"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(shown.lines().next().unwrap().contains("slurm 1/100"), "{shown}");
}

#[test]
fn of_a_host_that_was_never_reached_nothing_is_explained() {
    let mut world = World::at_iteration(100, 30, COLOUR, 10);
    world.model.hosts = HostsModel::new([HostName::HERE, HostName::new(BOX)]);
    lose(&mut world, "box cannot be reached: no route to host");
    world.type_keys("4@");
    let shown = text(&world);
    assert!(shown.contains("no route to host") && shown.contains("goes on trying"), "{shown}");
    assert!(!shown.contains("as old as") && !shown.contains("Bars are"), "{shown}");
}

#[test]
fn what_does_not_fit_is_scrolled_to() {
    let mut world = World::at_iteration(40, 12, COLOUR, 10);
    watched(&mut world);
    assert!(!text(&world).contains("NVIDIA T400"));
    world.type_keys("G");
    assert!(text(&world).contains("no device of a run"), "{}", text(&world));
    world.press(Key::plain(KeyCode::Home));
    assert!(text(&world).contains("cpu  1 of 2"));
}

#[test]
fn hosts_screen() {
    at_every_size("hosts", 10, watched);
}

const BOX: &str = "box";

/// The recorded screen, and beside it a host that is called box, with a queue of its own.
fn two_hosts(columns: u16, rows: u16) -> World {
    let mut world = World::at_iteration(columns, rows, COLOUR, 10);
    let there = HostName::new(BOX);
    world.model.hosts = HostsModel::new([HostName::HERE, there]);
    world.connect();
    join(&mut world);
    world
}

fn join(world: &mut World) {
    world.join(HostName::new(BOX), 3);
}

fn lose(world: &mut World, reason: &str) {
    let lost = LinkNews::Lost(reason.to_owned());
    world.send(Msg::Link(HostName::new(BOX), lost));
}

#[test]
fn runs_of_two_hosts_are_told_apart_and_wishes_go_to_their_own() {
    let mut world = two_hosts(120, 40);
    let there = HostName::new(BOX);
    let all = world.model.queue.rows().len();
    assert_eq!(all, 2 * world.runs.len());
    let shown = text(&world);
    assert!(shown.contains("box:12") && shown.contains("box:7"), "{shown}");
    world.model.queue.select(RunId::new(12).at(there));
    let effects = update(&mut world.model, Msg::Key(Key::char('p')));
    let pause = Wish::Command(Command::Pause { run: RunId::new(12).at(there) });
    assert!(
        effects.iter().any(
            |effect| matches!(effect, Effect::Ask(host, wish) if *host == there && *wish == pause)
        ),
        "{effects:?}"
    );
    world.type_keys("/host:box\r");
    assert_eq!(world.model.queue.hits(), world.runs.len());
}

#[test]
fn a_host_that_is_lost_says_since_when_and_its_rows_stay_while_the_others_go_on() {
    let mut world = two_hosts(120, 40);
    let rows = world.model.queue.rows().len();
    lose(&mut world, "the connection to box broke");
    assert_eq!(world.model.queue.rows().len(), rows);
    assert!(text(&world).lines().next().unwrap().contains("box"), "{}", text(&world));
    assert!(world.model.hosts.is_connected(HostName::HERE));
    // A run of that host says as of when it is shown.
    world.model.queue.select(RunId::new(12).at(HostName::new(BOX)));
    world.press(Key::plain(KeyCode::Enter));
    assert!(text(&world).lines().next().unwrap().contains("as of 22:38"), "{}", text(&world));
    world.type_keys("5");
    assert!(text(&world).contains("the connection to box broke"));
    // It comes back with one run less, and only that one is gone.
    world.runs.pop();
    join(&mut world);
    assert_eq!(world.model.queue.rows().len(), rows - 1);
}

#[test]
fn the_host_at_hand_gets_new_runs_and_its_studies_and_log_are_shown() {
    let mut world = two_hosts(120, 40);
    let there = HostName::new(BOX);
    let asked = |world: &mut World, keys: &str| {
        let mut asked = Vec::new();
        for key in keys.chars() {
            let effects = update(&mut world.model, Msg::Key(Key::char(key)));
            asked.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::Ask(host, wish) => Some((host, wish)),
                _ => None,
            }));
        }
        asked
    };
    assert!(asked(&mut world, "2").contains(&(HostName::HERE, Wish::Studies)));
    assert!(asked(&mut world, "@").contains(&(there, Wish::Studies)));
    assert!(asked(&mut world, "4").contains(&(there, Wish::WatchMachine)));
    assert!(asked(&mut world, "5").contains(&(there, Wish::DaemonLog { after: 0 })));
    let added = asked(&mut world, "1nes");
    assert!(
        added.iter().any(
            |(host, wish)| *host == there && matches!(wish, Wish::Command(Command::Add { .. }))
        ),
        "{added:?}"
    );
    assert!(asked(&mut world, "4").contains(&(there, Wish::WatchMachine)));
    let turned = asked(&mut world, "@");
    assert!(turned.contains(&(there, Wish::UnwatchMachine)), "{turned:?}");
    assert!(turned.contains(&(HostName::HERE, Wish::WatchMachine)));
}

#[test]
fn the_queue_of_two_hosts() {
    at_every_size("two-hosts", 10, |world| {
        let there = HostName::new(BOX);
        world.model.hosts = HostsModel::new([HostName::HERE, there, HostName::new("lab")]);
        world.connect();
        join(world);
        let lost =
            LinkNews::Lost("lab cannot be reached: ssh: connect to host lab port 22".to_owned());
        world.send(Msg::Link(HostName::new("lab"), lost));
    });
}
