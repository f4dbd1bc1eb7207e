//! Jobs that are warned of their time limit again and again.

use rustix::process::{Pid, Signal, kill_process};
use stillroom::record::{Fact, event::Outcome};

use super::{
    SPEC,
    run::{Run, is_iteration},
};

/// A worker in a job that is warned once its `count`th event of some kind is there; gives its exit code.
fn warned(run: &Run, what: impl Fn(&Fact) -> bool, count: usize) -> i32 {
    let mut worker = run.start_in_job("12");
    run.wait_for(what, count);
    let pid = Pid::from_raw(i32::try_from(worker.id()).unwrap()).unwrap();
    kill_process(pid, Signal::USR1).unwrap();
    worker.wait().unwrap().code().unwrap()
}

fn is_started(fact: &Fact) -> bool {
    matches!(fact, Fact::Started(_))
}

/// Whether each worker that left for another one had got nowhere.
fn in_vain(run: &Run) -> Vec<bool> {
    let yielded = run.events().into_iter().filter_map(|event| match event.fact {
        Fact::Yielded { in_vain, near_limit, .. } => {
            assert!(near_limit);
            Some(in_vain)
        }
        _ => None,
    });
    yielded.collect()
}

#[test]
fn a_run_that_gets_nowhere_before_its_limit_is_given_up_and_can_be_tried_again() {
    // Its first step takes longer than it takes to warn it.
    let run = Run::new(&SPEC.replace("width = 4", "width = 64"));
    let codes = [1, 2, 3].map(|count| warned(&run, is_started, count));
    assert_eq!((codes, in_vain(&run)), ([75, 75, 1], vec![true, true]));
    let Outcome::Failed { reason, advice } = run.outcome() else { panic!("{:?}", run.outcome()) };
    assert!(reason.contains("3 times and the run has not done its first iteration"), "{reason}");
    assert!(advice.contains("more `time`, or less `warning`"), "{advice}");
    // Whoever tries it again begins to count anew.
    assert_eq!(warned(&run, is_started, 4), 75);
}

#[test]
fn a_run_that_gets_further_each_time_goes_on() {
    let quick = SPEC.replace("outer_steps = 3", "outer_steps = 1");
    let run = Run::new(&quick.replace("iterations = 6", "iterations = 6000"));
    let mut done = 0;
    for _ in 0..4 {
        assert_eq!(warned(&run, is_iteration, done + 1), 75);
        done = run.events().iter().filter(|event| is_iteration(&event.fact)).count();
    }
    assert_eq!(in_vain(&run), [false; 4]);
}
