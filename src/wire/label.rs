//! What a daemon tells, with its runs labelled by the host that it is at: it knows them by their numbers alone.

use super::message::{Answer, Message};
use crate::queue::{HostName, RunId};

/// Labels the runs of an answer.
pub fn answer(answer: &mut Answer, host: HostName) {
    let label = |run: &mut RunId| *run = run.at(host);
    match answer {
        Answer::Added { run, .. }
        | Answer::Removed { run, .. }
        | Answer::Artefact { run, .. }
        | Answer::Artefacts { run, .. } => label(run),
        Answer::Runs { runs } | Answer::SomeRuns { runs } => {
            for run in runs {
                label(&mut run.id);
            }
        }
        Answer::StudyRuns { there, added, .. } => there.iter_mut().chain(added).for_each(label),
        Answer::StudiesFilled { studies } => {
            let filled = studies.iter_mut().flat_map(|study| &mut study.filled);
            filled.for_each(|filled| filled.label(host));
        }
        Answer::Study { stands, .. } => stands.label(host),
        Answer::Hello { .. }
        | Answer::Done { .. }
        | Answer::Devices { .. }
        | Answer::Studies { .. }
        | Answer::Estimate { .. }
        | Answer::DataSets { .. }
        | Answer::DataThere { .. }
        | Answer::Log { .. }
        | Answer::Refused { .. } => {}
    }
}

/// Labels the runs of a message.
pub fn message(message: &mut Message, host: HostName) {
    let label = |run: &mut RunId| *run = run.at(host);
    match message {
        Message::Reply { answer: told, .. } => answer(told, host),
        Message::Run { run } => label(&mut run.id),
        Message::Gone { run } | Message::History { run, .. } | Message::Events { run, .. } => {
            label(run);
        }
        Message::Machine { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::{Request, Wish};

    #[test]
    fn runs_are_labelled_on_the_way_in_and_numbers_alone_go_out() {
        let host = HostName::new("box");
        let mut gone = Message::Gone { run: RunId::new(7) };
        message(&mut gone, host);
        let Message::Gone { run } = gone else { unreachable!() };
        assert_eq!((run, run.to_string()), (RunId::new(7).at(host), "box:7".to_owned()));
        let mut told = Answer::StudyRuns {
            there: vec![RunId::new(1)],
            missing: Vec::new(),
            added: vec![RunId::new(2)],
        };
        answer(&mut told, host);
        let Answer::StudyRuns { there, added, .. } = told else { unreachable!() };
        assert_eq!([there, added].concat(), [1, 2].map(|run| RunId::new(run).at(host)));
        let wish =
            serde_json::to_string(&Request { id: 1, wish: Wish::UnwatchRun { run } }).unwrap();
        assert_eq!(wish, r#"{"id":1,"ask":"unwatch_run","run":7}"#);
    }
}
