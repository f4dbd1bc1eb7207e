//! What is answered to each wish, and what everyone is told besides.

use base64::{Engine, engine::general_purpose::STANDARD};
use stillroom::{
    queue::{DeviceSlots, Refusal, RunId},
    wire::message::{Answer, Message, PROTOCOL, Wish},
};

use super::{State, commands, studies};

/// The most bytes of a file in one answer: few, so that every file comes in pieces.
const PIECE: usize = 1500;

pub fn answer(state: &mut State, wish: &Wish) -> (Answer, Vec<Message>) {
    let answer = match wish {
        Wish::Command(command) => return told(commands::perform(state, command)),
        Wish::AddStudy { study, dry } => return told(studies::add(state, study, *dry)),
        Wish::Studies => studies::list(state),
        Wish::Study(study) => studies::show(state, study).unwrap_or_else(refused),
        Wish::Hello { .. } => Answer::Hello {
            protocol: PROTOCOL,
            program: "0.1.0".to_owned(),
            host: "gauss".to_owned(),
            pid: 1,
            data_dir: state.data_dir.clone(),
        },
        Wish::List | Wish::WatchQueue => {
            state.runs.sort_by_key(|run| (run.place, run.id));
            Answer::Runs { runs: state.runs.clone() }
        }
        Wish::Devices => Answer::Devices { devices: vec![cpu(state)] },
        Wish::WatchHistory { run } | Wish::WatchRun { run, .. } => match state.run(*run) {
            Some(_) => done(format!("watching run {run}")),
            None => refused(commands::unknown(*run)),
        },
        Wish::UnwatchRun { run } => done(format!("no longer watching run {run}")),
        Wish::WatchMachine => done("watching the machine".to_owned()),
        Wish::UnwatchMachine => done("no longer watching the machine".to_owned()),
        Wish::DaemonLog { after } => {
            let text = state.daemon_log.get(*after as usize..).unwrap_or_default().to_owned();
            Answer::Log { text, end: state.daemon_log.len() as u64 }
        }
        Wish::Artefact { run, path, offset } => piece(state, *run, path, *offset as usize),
        _ => done("done as asked".to_owned()),
    };
    (answer, Vec::new())
}

fn told(outcome: Result<(Answer, Vec<Message>), Refusal>) -> (Answer, Vec<Message>) {
    outcome.unwrap_or_else(|refusal| (refused(refusal), Vec::new()))
}

fn refused(Refusal { reason, advice }: Refusal) -> Answer {
    Answer::Refused { reason, advice }
}

const fn done(text: String) -> Answer {
    Answer::Done { text }
}

fn cpu(state: &State) -> DeviceSlots {
    let running = state.runs.iter().filter(|run| run.state.worker().is_some()).count() as u64;
    let (device, name) = ("cpu".to_owned(), "2 threads".to_owned());
    DeviceSlots { device, name, slots: 1, running, ..DeviceSlots::default() }
}

fn piece(state: &State, run: RunId, path: &str, offset: usize) -> Answer {
    let spec = state.specs.get(&run).filter(|_| path == "spec.toml").map(String::as_bytes);
    let file = state.files.get(&(run, path.to_owned())).map(Vec::as_slice);
    let Some(file) = file.or(spec) else { return refused(Refusal::plain(format!("no {path}"))) };
    let rest = &file[offset..];
    // A spec is short, and comes whole.
    let most = if spec.is_some() { rest.len() } else { PIECE };
    Answer::Artefact {
        run,
        path: path.to_owned(),
        offset: offset as u64,
        size: file.len() as u64,
        data: STANDARD.encode(&rest[..rest.len().min(most)]),
    }
}
