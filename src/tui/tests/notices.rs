//! Sentences for the user: which go by themselves, and what keys mean while something is asked.

use crossterm::event::KeyCode;

use super::{
    painted::text,
    recorded::{COLOUR, RUN, World, summary, worker},
};
use crate::{
    queue::{Command, RunState},
    tui::{
        key::Key,
        link::LinkNews,
        msg::{Effect, Later, Msg},
    },
    wire::message::{Answer, Message, Wish},
};

/// The end of the sentence that was told last.
fn end(world: &World) -> Option<Later> {
    world.terminal.iter().rev().find_map(|effect| match effect {
        Effect::Wait { then: then @ Later::Notice { .. }, .. } => Some(*then),
        _ => None,
    })
}

fn told(text: &str) -> Msg {
    let wish = Wish::Command(Command::Pause { run: RUN });
    Msg::here(LinkNews::Replied { wish, answer: Answer::Done { text: text.to_owned() } })
}

#[test]
fn a_good_sentence_goes_by_itself_and_a_bad_one_stays() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    world.send(told("run 12 pauses"));
    let first = end(&world).unwrap();
    world.press(Key::char('j'));
    world.send(told("run 12 pauses"));
    let second = end(&world).unwrap();
    assert_ne!(first, second, "the same sentence once more stands as long as the first");
    world.send(Msg::Due(first));
    assert!(text(&world).contains("run 12 pauses"));
    world.send(Msg::Due(second));
    assert_eq!(world.model.notice, None);
    world.terminal.clear();
    world.send(Msg::Written(Err("the disk is full".to_owned())));
    assert_eq!(end(&world), None);
    world.send(Msg::Due(second));
    assert!(text(&world).contains("the disk is full"));
}

#[test]
fn a_yes_that_comes_too_late_does_nothing() {
    let mut world = World::at_iteration(80, 24, COLOUR, 10);
    let running = RunState::Running { worker: worker() };
    let run = |state| Box::new(summary(RUN.number, "first light", state));
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: run(running) })));
    world.type_keys("c");
    assert!(text(&world).contains("Cancel run 12"), "{}", text(&world));
    let over = RunState::Finished { at: world.model.now };
    world.send(Msg::here(LinkNews::Pushed(Message::Run { run: run(over) })));
    assert!(text(&world).contains("Run 12 is finished now; there is nothing to cancel."));
    world.wishes.clear();
    world.press(Key::char('y'));
    assert!(world.model.overlay.is_none());
    assert!(world.wishes.is_empty(), "{:?}", world.wishes);
    world.press(Key::plain(KeyCode::Esc));
}
