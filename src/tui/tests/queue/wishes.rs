//! What is wished of the runs that are marked or selected: it is asked about where it cannot be taken back, sent,
//! and told of.

use super::*;

#[test]
fn wishes_are_about_all_that_is_marked_and_are_told_of_in_one_sentence() {
    let mut world = world(80, 24);
    world.model.queue.select(RunId::new(9));
    // Interrupted, stopped; then finished, which cannot be resumed.
    world.type_keys(" ");
    world.model.queue.select(RunId::new(10));
    world.type_keys(" ");
    world.model.queue.select(RunId::new(7));
    world.type_keys(" r");
    let wished = [Command::Resume { run: RunId::new(9) }, Command::Resume { run: RunId::new(10) }];
    assert_eq!(commands(&world), wished);
    let refused = Answer::Refused { reason: "run 10 is gone".to_owned(), advice: String::new() };
    let [first, second] = wished.map(Wish::Command);
    reply(&mut world, second, refused);
    assert_eq!(notice(&world), "");
    reply(&mut world, first, Answer::Done { text: "run 9 is queued".to_owned() });
    assert_eq!(notice(&world), "1 run goes on; 1 wish refused: run 10 is gone");
    world.type_keys("s");
    assert_eq!(notice(&world), "none of the 3 runs can be stopped now");
    world.press(ESCAPE);
    assert!(world.model.queue.marked().is_empty());
}

#[test]
fn runs_are_deleted_only_after_a_question_that_says_how_many() {
    let mut world = world(80, 24);
    world.type_keys("vD");
    let asked = question(&world);
    // The recorded run has a worker.
    assert!(asked.starts_with("Delete 7 runs? Their 7 folders go for good"), "{asked}");
    assert!(asked.contains("1 more has a worker and stays"), "{asked}");
    world.type_keys("n");
    assert!(commands(&world).is_empty());
    world.type_keys("Dy");
    assert_eq!(commands(&world).len(), 7);
    assert!(!commands(&world).contains(&Command::Remove { run: RUN }));
    for command in commands(&world) {
        let Command::Remove { run } = command else { panic!("{command:?}") };
        let removed = Answer::Removed { run, folder: String::new(), bytes: 9 };
        reply(&mut world, Wish::Command(command), removed);
        world.send(Msg::here(LinkNews::Pushed(Message::Gone { run })));
    }
    assert_eq!(notice(&world), "7 runs are deleted, with their folders");
    assert_eq!((world.model.queue.rows().len(), selected(&world)), (1, RUN.number));
}

#[test]
fn what_cannot_be_deleted_is_explained_by_the_daemon() {
    let mut world = world(80, 24);
    world.model.queue.select(RUN);
    world.type_keys("D");
    assert_eq!((&world.model.overlay, commands(&world).len()), (&None, 1));
}

#[test]
fn an_open_question_follows_its_runs() {
    let mut world = world(80, 24);
    world.type_keys("vc");
    let before = question(&world);
    assert!(before.contains("1 worker writes a checkpoint"), "{before}");
    let time = at("2026-11-23T22:31:00Z");
    push(&mut world, summary(RUN.number, "first light", RunState::Finished { at: time }));
    assert!(!question(&world).contains("worker"), "{}", question(&world));
    for run in [9, 10, 13, 14] {
        push(&mut world, summary(run, "over", RunState::Finished { at: time }));
    }
    assert!(question(&world).contains("there is nothing to cancel"), "{}", question(&world));
    world.type_keys("y");
    assert_eq!((&world.model.overlay, commands(&world).len()), (&None, 0));
}

#[test]
fn a_clone_is_queued_and_the_queue_stays() {
    let mut world = world(80, 24);
    world.model.queue.select(RunId::new(9));
    world.type_keys("y");
    let clone = Command::Clone { run: RunId::new(9), set: Vec::new() };
    assert_eq!(commands(&world), std::slice::from_ref(&clone));
    let added = Answer::Added { run: RunId::new(15), folder: String::new() };
    reply(&mut world, Wish::Command(clone), added);
    assert_eq!(world.model.screen, Screen::Queue);
    assert_eq!(notice(&world), "run 15 is queued, a clone of run 9");
}

#[test]
fn a_clone_is_edited_in_the_form() {
    let mut world = world(80, 24);
    world.model.queue.select(RunId::new(9));
    let wish = Wish::Artefact { run: RunId::new(9), path: "spec.toml".to_owned(), offset: 0 };
    let effects = update(&mut world.model, Msg::Key(Key::char('e')));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(_, asked) if *asked == wish)));
    let spec = crate::spec::defaults::published(crate::spec::Method::Dm, "mnist-5k", 1).to_toml();
    let answer = Answer::Artefact {
        run: RunId::new(9),
        path: "spec.toml".to_owned(),
        offset: 0,
        size: spec.len() as u64,
        data: STANDARD.encode(spec),
    };
    reply(&mut world, wish.clone(), answer);
    assert_eq!(world.model.screen, Screen::Form);
    let form = world.model.form.as_ref().unwrap();
    assert_eq!((form.draft.source.as_str(), form.sound().unwrap().ipc), ("run 9", 1));
    assert_eq!(form.draft.to_toml(), "method = \"dm\"\nipc = 1\n\n[data]\nset = \"mnist-5k\"\n");

    // It leads back to where it was opened, and a new run's to the presets.
    world.press(ESCAPE);
    assert_eq!(world.model.screen, Screen::Queue);
    world.type_keys("ne");
    world.press(ESCAPE);
    assert_eq!(world.model.screen, Screen::Presets);
    world.press(ESCAPE);
    update(&mut world.model, Msg::Key(Key::char('e')));
    let refused = Answer::Refused { reason: "no such file".to_owned(), advice: String::new() };
    reply(&mut world, wish, refused);
    assert_eq!(notice(&world), "the spec of run 9 cannot be read: no such file");
}

#[test]
fn a_deleted_run_is_left_behind() {
    let mut world = world(80, 24);
    world.model.queue.select(RUN);
    world.press(ENTER);
    assert_eq!(world.model.screen, Screen::Run);
    world.send(Msg::here(LinkNews::Pushed(Message::Gone { run: RUN })));
    assert_eq!((world.model.screen, world.model.open), (Screen::Queue, None));
    assert_eq!(notice(&world), "run 12 was deleted");
    picture(&world);
}
