//! The progress of a run as one line, for a terminal of any width.

use super::{
    event_text,
    figures::{accuracy, distance, percent, span},
};
use crate::{queue::RunSummary, record::Digest, spec::Method};

/// Cells of the bar.
const BAR: usize = 20;

/// The line: what fits into `width` cells, the most important first.
pub fn line(run: &RunSummary, width: usize) -> String {
    let mut line = String::new();
    let mut cells = 0;
    for part in parts(run) {
        let length = part.chars().count() + if line.is_empty() { 0 } else { 2 };
        if cells + length > width {
            break;
        }
        if !line.is_empty() {
            line.push_str("  ");
        }
        line.push_str(&part);
        cells += length;
    }
    line
}

fn parts(run: &RunSummary) -> Vec<String> {
    let digest = &run.digest;
    let mut parts =
        vec![activity(run), bar(digest.share), format!("{:>3} %", percent(digest.share))];
    if let Some(left) = digest.left_secs {
        parts.push(format!("{} left", span(left)));
    }
    if let Some(all) = digest.iterations.filter(|all| *all > 0) {
        parts.push(format!("iteration {}/{all}", digest.iteration));
    }
    let others = &digest.others;
    if others.done > 0 && others.are_many() {
        parts.push(format!("networks {}/{}", others.done, others.of));
    }
    if let Some(value) = digest.distance {
        let is_loss = run.method.parse().is_ok_and(|method: Method| !method.matches());
        let what = if is_loss { "loss" } else { "distance" };
        parts.push(format!("{what} {}", distance(value)));
    }
    if digest.accuracy.is_some() {
        parts.push(format!("accuracy {}", accuracy(digest.accuracy)));
    }
    if digest.random.is_some() {
        parts.push(format!("random {}", accuracy(digest.random)));
    }
    parts
}

fn activity(run: &RunSummary) -> String {
    match (run.word(), run.digest.phase) {
        ("running", Some(phase)) => event_text::phase(phase).to_owned(),
        ("running", None) => "starting".to_owned(),
        (word, _) => word.to_owned(),
    }
}

fn bar(share: f64) -> String {
    let done = (share.clamp(0.0, 1.0) * BAR as f64) as usize;
    format!("[{}{}]", "#".repeat(done), "-".repeat(BAR - done))
}

/// Where output is no terminal a line is printed only when this changes: what the run is busy with, and
/// the tenth of it that is done.
pub fn milestone(run: &RunSummary) -> (String, u64) {
    let digest: &Digest = &run.digest;
    (activity(run), percent(digest.share) / 10)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        queue::{
            RunId, RunState, Worker,
            entry::{Entry, Kept},
        },
        record::event::Phase,
        spec::{Method, defaults},
    };

    fn run() -> RunSummary {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let worker = Worker { pid: 1, device: "cpu".to_owned(), since: at, job: String::new() };
        let kept = Kept::new(RunId::new(1), 0, at, RunState::Running { worker });
        let spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let mut run = Entry::new(kept, &spec, Path::new("/r")).summary;
        run.digest.phase = Some(Phase::Condensing);
        run.digest.share = 0.429;
        run.digest.iteration = 42;
        run.digest.iterations = Some(100);
        run.digest.left_secs = Some(58.0);
        run.digest.distance = Some(3.2141);
        run.digest.accuracy = Some((0.712, 0.005));
        run.digest.random = Some((0.489, 0.01));
        run
    }

    #[test]
    fn the_line_shows_what_fits() {
        let whole = "condensing  [########------------]   42 %  58 s left  iteration 42/100  \
                     distance 3.214  accuracy 71.2 ± 0.5 %  random 48.9 ± 1.0 %";
        assert_eq!(line(&run(), 200), whole);
        assert_eq!(line(&run(), 54), "condensing  [########------------]   42 %  58 s left");
        for width in 0..140 {
            assert!(line(&run(), width).chars().count() <= width);
        }
    }

    #[test]
    fn a_run_says_what_it_waits_for() {
        let mut run = run();
        let RunState::Running { worker } = run.state.clone() else { panic!() };
        run.digest.phase = None;
        assert!(line(&run, 80).starts_with("starting  ["));
        run.state = RunState::Paused { worker };
        assert!(line(&run, 80).starts_with("pausing  ["));
        run.digest.paused = true;
        assert_eq!(milestone(&run), ("paused".to_owned(), 4));
    }
}
