//! All hosts at hand together: where new runs go, and studies whose runs are at several.

use crossterm::event::KeyCode;

use super::{
    painted::{at_every_size, text},
    recorded::{COLOUR, World, set},
};
use crate::{
    data::State,
    queue::{Command, HostName, RunId},
    study::{Known, Outcome, Study, definition::Shipped},
    tui::{
        key::Key,
        link::LinkNews,
        model::{Overlay, hosts::HostsModel},
        msg::{Effect, Msg, Unite, United},
        update::update,
    },
    wire::{
        message::{Answer, DeviceSlots, FilledStudy, PROTOCOL, StudyName, Wish},
        studies::Studies,
    },
};

const STUDY: &str = "cross-architecture-small";

fn there() -> HostName {
    HostName::new("box")
}

fn reply(world: &mut World, host: HostName, wish: Wish, answer: Answer) -> Vec<Effect> {
    update(&mut world.model, Msg::Link(host, LinkNews::Replied { wish, answer }))
}

/// This machine with a processor, a box with two GPUs, and all of it at hand.
fn at_hand(world: &mut World) {
    world.model.hosts = HostsModel::new([HostName::HERE, there()]);
    world.connect();
    world.join(there(), PROTOCOL);
    let device = |device: &str| DeviceSlots {
        device: device.to_owned(),
        name: device.to_owned(),
        slots: 1,
        ..DeviceSlots::default()
    };
    let sets = ["mnist-5k", "mnist"].map(|name| set(name, State::Present));
    let devices = [vec![device("cpu")], vec![device("gpu:0"), device("gpu:1"), device("cpu")]];
    for (host, devices) in [HostName::HERE, there()].into_iter().zip(devices) {
        reply(world, host, Wish::Devices, Answer::Devices { devices });
        reply(world, host, Wish::DataSets, Answer::DataSets { sets: sets.to_vec() });
    }
    world.type_keys("@@");
}

fn world() -> World {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    at_hand(&mut world);
    world
}

fn study() -> Study {
    Study::read(STUDY, Shipped::find(STUDY).unwrap().text).unwrap()
}

/// What a host tells of a run that does what this cell wants.
fn told(host: HostName, run: u64, cell: usize) -> Answer {
    let study = study();
    let spec = &study.cells[cell].specs[0];
    let known = Known::new(RunId::new(run), spec, Outcome::Running(0.25));
    let mut filled = study.filled(&[known], &[], true);
    for known in &mut filled {
        known.label(host);
    }
    let study = FilledStudy { name: STUDY.to_owned(), fault: String::new(), filled };
    Answer::StudiesFilled { studies: vec![study] }
}

fn asked() -> Wish {
    Wish::StudyRuns { studies: Vec::new(), brief: true }
}

/// What is put together of what hosts have told.
fn unite(effects: &[Effect]) -> Msg {
    let [Effect::Unite { what, told }] = effects else { panic!("{effects:?}") };
    let show = |name: &str| {
        let shown = Studies::default().show_of(StudyName::known(name.to_owned()), told);
        Box::new(shown.map_err(|refusal| refusal.reason))
    };
    Msg::United(match what {
        Unite::List => United::List(Studies::default().list_of(told)),
        Unite::Open(name) => United::Open(show(name)),
        Unite::Adding(name) => United::Adding(show(name)),
    })
}

/// The studies screen, at the study.
fn open_study(world: &mut World) {
    world.type_keys("2");
    assert!(reply(world, HostName::HERE, asked(), told(HostName::HERE, 12, 0)).is_empty());
    let united = unite(&reply(world, there(), asked(), told(there(), 7, 3)));
    world.send(united);
    let place = world.model.studies.list.iter().position(|study| study.name == STUDY).unwrap();
    world.model.studies.selected = place;
    world.model.studies.news.has_rested();
    let asks = update(&mut world.model, Msg::Key(Key::plain(KeyCode::Enter)));
    assert!(
        asks.iter().any(|effect| matches!(
            effect, Effect::AskStudies { only: Some(name), hosts } if name == STUDY && hosts.len() == 2
        )),
        "{asks:?}"
    );
    reply(world, HostName::HERE, asked(), told(HostName::HERE, 12, 0));
    let united = unite(&reply(world, there(), asked(), told(there(), 7, 3)));
    world.send(united);
}

#[test]
fn behind_the_last_host_all_are_at_hand() {
    let mut world = world();
    assert!(text(&world).lines().next().unwrap().contains("any of"), "{}", text(&world));
    world.type_keys("n");
    assert!(text(&world).contains("New run on any host"), "{}", text(&world));
    // One is shown there.
    world.press(Key::plain(KeyCode::Esc));
    world.type_keys("4");
    assert!(!text(&world).lines().next().unwrap().contains("any of"));
    world.type_keys("@");
    assert!(text(&world).contains("box"), "{}", text(&world));
    assert!(!world.model.hosts.are_all_at_hand());
}

#[test]
fn a_new_run_goes_where_it_suits_best_and_a_pair_stays_together() {
    let mut world = world();
    let added = |world: &mut World, keys: &str| {
        let mut hosts = Vec::new();
        for key in keys.chars() {
            let key = if key == '\r' { Key::plain(KeyCode::Enter) } else { Key::char(key) };
            for effect in update(&mut world.model, Msg::Key(key)) {
                if let Effect::Ask(host, Wish::Command(Command::Add { .. })) = effect {
                    hosts.push(host);
                }
            }
        }
        hosts
    };
    assert_eq!(added(&mut world, "nes"), [there()], "it has free GPUs");
    assert_eq!(added(&mut world, "1n\r"), [there()], "a preset as it is");
    // Four pairs; this machine is busy, and runs wait here.
    assert_eq!(added(&mut world, "1ne-S"), [there(); 8]);
    // Where the box is lost, this machine is all there is.
    world.send(Msg::Link(there(), LinkNews::Lost("gone".to_owned())));
    assert_eq!(added(&mut world, "1nes"), [HostName::HERE]);
    world.send(Msg::here(LinkNews::Lost("gone".to_owned())));
    assert_eq!(added(&mut world, "1nes"), []);
    assert!(text(&world).contains("no host suits this run"), "{}", text(&world));
}

#[test]
fn one_table_has_the_runs_of_all() {
    let mut world = world();
    open_study(&mut world);
    let shown = text(&world);
    assert!(shown.contains("25 %"), "{shown}");
    world.type_keys("j");
    assert!(text(&world).contains("box:7"), "{}", text(&world));
    // Another host alone has none of this.
    world.type_keys("@");
    assert!(world.model.studies.open.as_ref().unwrap().stands.is_none());
}

#[test]
fn missing_runs_are_spread_after_a_question() {
    let mut world = world();
    open_study(&mut world);
    let united = unite(&update(&mut world.model, Msg::Key(Key::char('a'))));
    world.send(united);
    assert!(matches!(world.model.overlay, Some(Overlay::AddRuns)));
    let shown = text(&world);
    assert!(shown.contains("1 run goes to box.") && shown.contains("2 runs that it"), "{shown}");
    let effects = update(&mut world.model, Msg::Key(Key::char('y')));
    let adds = effects.iter().filter_map(|effect| match effect {
        Effect::Ask(host, Wish::Command(Command::Add { study, spec, .. })) => {
            Some((*host, study.as_str(), spec.as_str()))
        }
        _ => None,
    });
    let adds: Vec<_> = adds.collect();
    assert_eq!((adds.len(), adds[0].0, adds[0].1), (1, there(), STUDY), "{effects:?}");
}

#[test]
fn a_host_that_is_lost_or_old_does_not_hold_the_others_up() {
    let mut world = world();
    world.type_keys("2");
    assert!(reply(&mut world, HostName::HERE, asked(), told(HostName::HERE, 12, 0)).is_empty());
    let lost = Msg::Link(there(), LinkNews::Lost("gone".to_owned()));
    let united = unite(&update(&mut world.model, lost));
    world.send(united);
    let shown = text(&world);
    assert!(shown.contains("Studies of all hosts") && shown.contains(STUDY), "{shown}");
    assert!(shown.contains("not up to date: box"), "{shown}");
    // It comes back with a program of before.
    world.join(there(), 3);
    world.model.studies.news.has_rested();
    let asks = update(&mut world.model, Msg::Tick);
    assert!(
        asks.iter().any(|effect| matches!(
            effect, Effect::AskStudies { hosts, .. } if hosts.len() == 1
        )),
        "{asks:?}"
    );
    assert!(text(&world).contains("Stillroom at box is"), "{}", text(&world));
}

#[test]
fn a_study_of_all_hosts() {
    at_every_size("all-hosts", 10, |world| {
        at_hand(world);
        open_study(world);
        let united = unite(&update(&mut world.model, Msg::Key(Key::char('a'))));
        world.send(united);
    });
}
