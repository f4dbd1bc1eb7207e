//! A host lacks a data set that is here: the question, the way there, and what follows.

use super::{
    painted::{at_every_size, text},
    recorded::{COLOUR, World, set},
};
use crate::{
    data::State,
    queue::{Command, HostName},
    spec::{Method, defaults::published},
    tui::{
        key::Key,
        link::LinkNews,
        model::{Overlay, Screen, hosts::HostsModel, sending::SendNews},
        msg::{Effect, Msg},
        update::update,
    },
    wire::message::{Answer, PROTOCOL, StudyName, Wish},
};

fn there() -> HostName {
    HostName::new("box")
}

fn reply(world: &mut World, host: HostName, wish: Wish, answer: Answer) {
    world.send(Msg::Link(host, LinkNews::Replied { wish, answer }));
}

/// The form with a run of `mnist`, which this machine has and the host at hand lacks.
fn at_form(world: &mut World) {
    world.model.hosts = HostsModel::new([HostName::HERE, there()]);
    world.connect();
    world.join(there(), PROTOCOL);
    let sets = |state| vec![set("mnist-5k", State::Embedded), set("mnist", state)];
    let (own, far) = (sets(State::Present), sets(State::Absent));
    reply(world, HostName::HERE, Wish::DataSets, Answer::DataSets { sets: own });
    reply(world, there(), Wish::DataSets, Answer::DataSets { sets: far });
    world.type_keys("@");
    let text = published(Method::Dsa, "mnist", 1).to_toml();
    crate::tui::update::form::open(&mut world.model, "a test", &text);
}

fn press(world: &mut World, key: char) -> Vec<Effect> {
    update(&mut world.model, Msg::Key(Key::char(key)))
}

fn goes(world: &mut World, news: SendNews) -> Vec<Effect> {
    let set = "mnist".to_owned();
    update(&mut world.model, Msg::DataGoes { host: there(), set, news })
}

fn sends(effects: &[Effect]) -> bool {
    effects.iter().any(
        |effect| matches!(effect, Effect::SendData { host, set } if *host == there() && set == "mnist"),
    )
}

/// Runs that are added at the host.
fn added(effects: &[Effect]) -> usize {
    let is_it = |effect: &&Effect| matches!(effect, Effect::Ask(host, Wish::Command(Command::Add { .. })) if *host == there());
    effects.iter().filter(is_it).count()
}

#[test]
fn the_run_follows_when_all_is_there() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    at_form(&mut world);
    let asked = press(&mut world, 's');
    assert_eq!(added(&asked), 0, "{asked:?}");
    let shown = text(&world);
    assert!(shown.contains("box lacks the data set mnist (about 54.9 MB)"), "{shown}");
    let said_no = press(&mut world, 'n');
    assert!(!sends(&said_no) && world.model.overlay.is_none());
    press(&mut world, 's');
    let begun = press(&mut world, 'y');
    assert!(sends(&begun), "{begun:?}");
    goes(&mut world, SendNews::There { bytes: 13 << 20, of: 52 << 20 });
    assert!(text(&world).contains("mnist goes to box: 25 % of 54.5 MB"), "{}", text(&world));
    // Meanwhile no other is sent.
    press(&mut world, 's');
    assert!(world.model.overlay.is_none() && text(&world).contains("mnist is on its way to box"));
    let done = goes(&mut world, SendNews::Done("mnist is there".to_owned()));
    assert_eq!(added(&done), 1, "{done:?}");
    assert!(done.iter().any(|effect| matches!(effect, Effect::Ask(_, Wish::DataSets))));
    assert!(world.model.sending.is_none());
}

#[test]
fn pairs_wait_for_it_and_a_failure_is_told() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    at_form(&mut world);
    press(&mut world, 'S');
    assert!(matches!(world.model.overlay, Some(Overlay::SendData(_))));
    assert!(sends(&press(&mut world, 'y')));
    assert_eq!(world.model.screen, Screen::Compare);
    let pairs = world.model.awaited.as_ref().map(|awaited| awaited.left);
    goes(&mut world, SendNews::Failed("the connection to box broke".to_owned()));
    assert!(text(&world).contains("mnist did not get to box: the connection to box broke"));
    assert!(world.model.awaited.is_none() && world.model.sending.is_none());
    // Again, and through.
    world.model.screen = Screen::Form;
    press(&mut world, 'S');
    press(&mut world, 'y');
    let done = goes(&mut world, SendNews::Done(String::new()));
    assert_eq!(Some(added(&done)), pairs);
}

#[test]
fn a_host_that_has_it_is_not_asked_about() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    at_form(&mut world);
    let has = vec![set("mnist", State::Present)];
    reply(&mut world, there(), Wish::DataSets, Answer::DataSets { sets: has });
    assert_eq!(added(&press(&mut world, 's')), 1);
    // What is not here either is for the host to refuse.
    let none = vec![set("mnist", State::Absent)];
    for host in [HostName::HERE, there()] {
        reply(&mut world, host, Wish::DataSets, Answer::DataSets { sets: none.clone() });
    }
    world.model.screen = Screen::Form;
    assert_eq!(added(&press(&mut world, 's')), 1);
}

#[test]
fn what_a_study_needs_goes_first() {
    let mut world = World::at_iteration(120, 40, COLOUR, 10);
    at_form(&mut world);
    world.type_keys("\u{1b}2");
    world.model.screen = Screen::Studies;
    let study = StudyName::known("table-1-mnist".to_owned());
    let missing = vec![published(Method::Dsa, "mnist", 1).to_toml()];
    let told = Answer::StudyRuns { there: Vec::new(), missing, added: Vec::new() };
    reply(&mut world, there(), Wish::AddStudy { study: study.clone(), dry: true }, told);
    let shown = text(&world);
    assert!(shown.contains("It goes there first"), "{shown}");
    assert!(sends(&press(&mut world, 'y')));
    let done = goes(&mut world, SendNews::Done(String::new()));
    let add = Wish::AddStudy { study, dry: false };
    assert!(
        done.iter().any(|effect| matches!(effect, Effect::Ask(_, wish) if *wish == add)),
        "{done:?}"
    );
}

#[test]
fn the_question() {
    at_every_size("send-data", 10, |world| {
        at_form(world);
        press(world, 's');
    });
}
