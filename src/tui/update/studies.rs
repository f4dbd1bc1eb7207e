//! What the studies do: the daemon is asked for what is shown, cells are gone through, and missing runs are added.

use super::{actions, sending, studies_of_hosts};
use crate::{
    queue::{HostName, RunSummary},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    tui::{
        action::{Action, Context},
        model::{
            Model, Notice, Overlay, Screen,
            placement::nobody_to_ask,
            sending::{SendQuestion, Then, lacked},
            studies::{
                Face, OpenStudy,
                adding::{Adding, Spread},
                cells::Shows,
                memory::Memory,
            },
        },
        msg::{Effect, Later, Unite},
        screens,
    },
    wire::message::{Answer, StudyName, Wish},
};

/// Milliseconds between two questions about studies.
const REST_MILLIS: u64 = 1000;

/// Shows the studies.
pub fn show(model: &mut Model) -> Vec<Effect> {
    model.screen = Screen::Studies;
    model.studies.news.mark_stale();
    Vec::new()
}

/// Asks the daemon, or all, for what is shown and may not be so any more. Called after every message.
pub fn step(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Studies {
        return Vec::new();
    }
    let asked =
        if model.hosts.are_all_at_hand() { studies_of_hosts::ask(model) } else { ask_one(model) };
    let rest =
        asked.is_some().then_some(Effect::Wait { millis: REST_MILLIS, then: Later::Studies });
    asked.into_iter().chain(rest).collect()
}

fn ask_one(model: &mut Model) -> Option<Effect> {
    let host = model.hosts.name_at_hand();
    if !model.hosts.is_connected(host) || !model.studies.news.begin() {
        return None;
    }
    let wish = match &model.studies.open {
        None => Wish::Studies,
        Some(open) => Wish::Study(StudyName::known(open.name.clone())),
    };
    Some(Effect::Ask(host, wish))
}

/// The memory that is shown is that of the run under the cursor, once it is known. Called after every message.
pub fn follow_memory(model: &mut Model) {
    let under_cursor = screens::studies::memory::run(model);
    let Some(open) = &mut model.studies.open else { return };
    let tasks = open.tasks().unwrap_or(0);
    let rested = model.preview.run().filter(|run| under_cursor == Some(*run));
    match rested.and_then(|run| model.runs.get_mut(run)) {
        Some(run) => open.memory.follow(run, tasks),
        None if open.memory.run() == under_cursor => {}
        None => open.memory = Memory::default(),
    }
}

/// A run is new, is gone or has changed: tables may look otherwise.
pub fn hear_of(model: &mut Model, run: &RunSummary) {
    let percent = |run: &RunSummary| (run.digest.share * 100.0) as u8;
    let known = model.queue.row(run.id).map(|row| (row.run.state.word(), percent(&row.run)));
    if known != Some((run.state.word(), percent(run))) {
        model.studies.news.mark_stale();
    }
}

/// Takes an answer about studies.
pub fn replied(model: &mut Model, host: HostName, wish: &Wish, answer: Answer) -> Vec<Effect> {
    if let (Wish::StudyRuns { .. }, true) = (wish, model.hosts.are_all_at_hand()) {
        return studies_of_hosts::told(model, host, answer);
    }
    // Another host may have come to hand since.
    if host != model.hosts.name_at_hand() || model.hosts.are_all_at_hand() {
        return Vec::new();
    }
    match (wish, answer) {
        (Wish::Studies, answer) => {
            model.studies.news.is_answered();
            if let Answer::Studies { studies } = answer {
                model.studies.take_list(studies);
            }
        }
        (Wish::Study(asked), answer) => {
            model.studies.news.is_answered();
            let open = model.studies.open.as_mut().filter(|open| open.name == asked.name);
            match (open, answer) {
                (Some(open), Answer::Study { stands, .. }) => open.take(*stands),
                (Some(open), Answer::Refused { reason, .. }) => {
                    open.stands = None;
                    open.fault = Some(reason);
                }
                _ => {}
            }
        }
        (Wish::AddStudy { study, dry: true }, Answer::StudyRuns { there, missing, .. }) => {
            ask_adding(model, &study.name, &missing, there.len());
        }
        (Wish::AddStudy { study, .. }, Answer::StudyRuns { added, .. }) => {
            let runs = crate::tui::figures::count(added.len() as u64, "run");
            let text = format!("{runs} of {} added", study.name);
            model.notice = Some(Notice { is_bad: false, text });
            model.studies.news.mark_stale();
        }
        _ => {}
    }
    Vec::new()
}

/// Asks whether to add the runs that the host at hand lacks.
fn ask_adding(model: &mut Model, study: &str, missing: &[String], there: usize) {
    let read = |text: &String| parse(&Typed { source: "a spec", text, set: &[] }).ok();
    let specs: Vec<Spec> = missing.iter().filter_map(read).collect();
    let adding = Adding::new(&model.queue, study, missing.len(), &specs, there);
    let lacked = lacked(model, model.hosts.name_at_hand(), &specs);
    question(model, Adding { lacked, ..adding });
}

/// Puts the question whether to add runs; a notice, where there are none to add.
pub fn question(model: &mut Model, adding: Adding) {
    if model.screen != Screen::Studies || model.overlay.is_some() {
        return;
    }
    if adding.missing == 0 {
        let text = format!("all runs of {} are there", adding.study);
        model.notice = Some(Notice { is_bad: false, text });
        return;
    }
    model.studies.adding = Some(adding);
    model.overlay = Some(Overlay::AddRuns);
}

/// What a yes to the question leads to.
pub fn add(model: &mut Model) -> Vec<Effect> {
    let Some(Adding { study, spread, lacked, .. }) = model.studies.adding.take() else {
        return Vec::new();
    };
    let Some(Spread { placed, .. }) = spread else {
        let wish = Wish::AddStudy { study: StudyName::known(study), dry: false };
        if lacked.is_empty() {
            return ask(model, wish);
        }
        let then = Then { wishes: vec![wish], compares: false };
        let host = model.hosts.name_at_hand();
        return sending::begin(model, SendQuestion { host, lacked, then });
    };
    studies_of_hosts::add(model, &study, placed)
}

fn ask(model: &mut Model, wish: Wish) -> Vec<Effect> {
    let host = model.hosts.name_at_hand();
    if model.hosts.is_connected(host) {
        return vec![Effect::Ask(host, wish)];
    }
    let text = nobody_to_ask(host);
    model.notice = Some(Notice { is_bad: true, text });
    Vec::new()
}

/// Does what an action means here; `None` for one that means the same everywhere.
pub fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if model.screen != Screen::Studies || model.overlay.is_some() {
        return None;
    }
    match action {
        Action::AddRuns => {
            let name = model.studies.subject()?.to_owned();
            if !model.hosts.are_all_at_hand() {
                let study = StudyName::known(name);
                return Some(ask(model, Wish::AddStudy { study, dry: true }));
            }
            let Some(told) = model.studies.told.all() else {
                let text = "the hosts have not told their runs yet".to_owned();
                model.notice = Some(Notice { is_bad: true, text });
                return Some(Vec::new());
            };
            return Some(vec![Effect::Unite { what: Unite::Adding(name), told }]);
        }
        Action::EditStudy => {
            let name = model.studies.subject()?.to_owned();
            return Some(vec![Effect::EditStudy { name }]);
        }
        Action::Open => return Some(open(model)),
        Action::Back => {
            if model.studies.open.take().is_some() {
                model.studies.news.mark_stale();
            } else {
                model.screen = Screen::Queue;
            }
        }
        _ => {
            let open = model.studies.open.as_mut()?;
            match action {
                Action::ExportChart => return Some(export(open)),
                Action::Left => open.move_by(0, -1),
                Action::Right => open.move_by(0, 1),
                Action::NextPanel => open.turn(),
                Action::Shown => {
                    open.shows = Some(open.shows.map_or(Shows::Ours, Shows::next));
                }
                Action::Search => search(open),
                Action::Accept => open.is_typing = false,
                Action::Close => {
                    open.is_typing = false;
                    open.filter.clear();
                    open.place = 0;
                }
                _ => return None,
            }
        }
    }
    Some(Vec::new())
}

/// Begins to type the filter, where there is something to filter in sight.
fn search(open: &mut OpenStudy) {
    if open.search().is_some() {
        open.is_typing = true;
        if !matches!(open.face, Face::Scatter | Face::Ranks) {
            open.face = Face::Ranks;
        }
    }
}

/// Opens the selected study, or the run of the cell.
fn open(model: &mut Model) -> Vec<Effect> {
    let Some(open) = &model.studies.open else {
        let Some(study) = model.studies.selected() else { return Vec::new() };
        model.studies.open = Some(OpenStudy::new(&study.name));
        model.studies.news.mark_stale();
        return Vec::new();
    };
    let Some(run) = open.telling_run(&model.queue) else {
        let add = model.key_in(Context::Study, Action::AddRuns);
        let text =
            format!("no run has been added for this cell; {add} adds those that are missing");
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    };
    if model.queue.row(run).is_none() {
        let text = format!("run {run} is gone");
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    let effects = actions::open(model, run);
    model.studies.is_behind = true;
    effects
}

/// Writes the figure of the open study, and its values.
fn export(open: &OpenStudy) -> Vec<Effect> {
    let Some(stands) = &open.stands else { return Vec::new() };
    let stands = Box::new(stands.clone());
    vec![Effect::WriteStudy { name: open.name.clone(), stands }]
}

/// Moves the selection, or the cursor.
pub fn move_by(model: &mut Model, rows: isize) {
    let studies = &mut model.studies;
    if let Some(open) = &mut studies.open {
        open.move_by(rows, 0);
    } else {
        // Before the list has come, keys count all the same.
        let last = if studies.is_known { studies.list.len().saturating_sub(1) } else { usize::MAX };
        studies.selected = studies.selected.saturating_add_signed(rows).min(last);
    }
}

/// A click selects; on what is selected it opens.
pub fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if model.studies.open.is_none() {
        let Some(place) = screens::studies::list::row_at(model, column, row) else {
            return Vec::new();
        };
        if model.studies.selected == place {
            return open(model);
        }
        model.studies.selected = place;
        return Vec::new();
    }
    let (cell, face) = (
        screens::studies::cell_at(model, column, row),
        screens::studies::face_at(model, column, row),
    );
    let Some(study) = &mut model.studies.open else { return Vec::new() };
    if let Some(face) = face {
        study.face = face;
    }
    match cell {
        Some(cell) if cell == (study.row, study.column) => open(model),
        Some((row, column)) => {
            (study.row, study.column) = (row, column);
            Vec::new()
        }
        None => Vec::new(),
    }
}
