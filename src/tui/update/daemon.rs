//! What the daemon tells.

use super::{
    actions, compare, gallery,
    queue::{draft, wishes},
    studies, studies_of_hosts,
};
use crate::{
    queue::{Command, Expected, HostName, RunId, RunState, RunSummary},
    tui::{
        link::LinkNews,
        model::{
            Link, Model, Notice, Screen, gallery::fetch::Fetched, hosts::is_software,
            run::RunModel, run_log::sentence, spec_text,
        },
        msg::Effect,
    },
    wire::message::{Answer, Message, Wish},
};

/// Takes in news of a host.
pub fn hear(model: &mut Model, host: HostName, news: LinkNews) -> Vec<Effect> {
    match news {
        LinkNews::Connected(daemon) => {
            let now = model.now;
            if let Some(known) = model.hosts.get_mut(host) {
                known.machine.clone_from(&daemon.host);
                known.since = Some(now);
                known.is_watched = false;
                known.link = Link::Connected(daemon);
            }
            // It knows nothing of what was watched before.
            model.runs.unwatch_all(host);
            if model.hosts.are_all_at_hand() {
                model.studies.news.mark_stale();
            } else if host == model.hosts.name_at_hand() {
                model.studies.news.is_answered();
                model.studies.news.mark_stale();
            }
            if host == model.hosts.name_at_hand() {
                model.problems.log.is_asked = false;
                model.awaited = None;
            }
            [Wish::WatchQueue, Wish::Devices, Wish::DataSets]
                .map(|wish| Effect::Ask(host, wish))
                .into()
        }
        LinkNews::Lost(reason) => {
            // One that is lost for a moment comes back at once; of a longer loss one wants to know. What only
            // says hello has not come back.
            let known = model.problems.lost_since(host);
            if known.is_some() && host == model.hosts.name_at_hand() {
                model.notice = Some(Notice { is_bad: true, text: reason.clone() });
            }
            let since = known.unwrap_or(model.now);
            let Some(lost) = model.hosts.get_mut(host) else { return Vec::new() };
            if !matches!(lost.link, Link::Lost { .. }) {
                lost.since = Some(since);
                model.problems.lose(host, model.now, &reason);
            }
            lost.link = Link::Lost { since, reason };
            model.bulk = model.bulk.take().filter(|bulk| !bulk.is_at(host));
            model.drafted = model.drafted.filter(|run| run.host != host);
            let of_host = model.runs.all_mut().filter(|run| run.id.host == host);
            of_host.for_each(RunModel::abandon_files);
            studies_of_hosts::lose(model, host)
        }
        LinkNews::Replied { wish, answer } => replied(model, host, wish, answer),
        LinkNews::Pushed(message) => pushed(model, host, message),
    }
}

fn replied(model: &mut Model, host: HostName, wish: Wish, answer: Answer) -> Vec<Effect> {
    if is_one_of_many(model, host, &wish, &answer) {
        return Vec::new();
    }
    match (wish, answer) {
        (Wish::Command(Command::Clone { run: original, .. }), Answer::Added { run, .. }) => {
            let text = format!("run {run} is queued, a clone of run {original}");
            model.notice = Some(Notice { is_bad: false, text });
            Vec::new()
        }
        (wish @ (Wish::Studies | Wish::Study(_) | Wish::StudyRuns { .. }), answer)
        | (wish @ Wish::AddStudy { .. }, answer @ Answer::StudyRuns { .. }) => {
            studies::replied(model, host, &wish, answer)
        }
        (_, Answer::Runs { runs }) => {
            model.queue.take_all(host, runs, model.now);
            if model.problems.find(host, model.now) {
                let text = match host {
                    HostName::HERE => "the daemon answers again".to_owned(),
                    host => format!("{host} answers again"),
                };
                model.notice = Some(Notice { is_bad: false, text });
            }
            Vec::new()
        }
        (_, Answer::Devices { mut devices }) => {
            devices.sort_by_key(is_software);
            if let Some(host) = model.hosts.get_mut(host) {
                host.devices = devices;
            }
            Vec::new()
        }
        (_, Answer::DataSets { sets }) => {
            if let Some(host) = model.hosts.get_mut(host) {
                host.sets = Some(sets);
            }
            Vec::new()
        }
        // A daemon that does not know its data sets by this wish.
        (Wish::DataSets, _) => Vec::new(),
        (_, Answer::Added { run, .. }) => added(model, Some(run)),
        (Wish::Command(Command::Add { .. }), Answer::Refused { reason, advice })
            if model.awaited.is_some() =>
        {
            model.notice = Some(Notice { is_bad: true, text: sentence(&reason, &advice) });
            added(model, None)
        }
        (_, Answer::Estimate { expected }) => estimated(model, Ok(expected)),
        (Wish::Estimate { .. }, Answer::Refused { reason, advice }) => {
            estimated(model, Err(sentence(&reason, &advice)))
        }
        (wish @ (Wish::Artefact { .. } | Wish::Artefacts { .. }), answer) => {
            file_replied(model, wish, answer)
        }
        (_, Answer::Log { text, end }) => {
            if model.problems.log.host == host {
                model.problems.log.take(&text, end);
            }
            Vec::new()
        }
        (Wish::DaemonLog { .. }, Answer::Refused { reason, .. }) => {
            model.problems.log.refused = Some(reason);
            Vec::new()
        }
        (_, Answer::Refused { reason, advice }) => {
            let text = sentence(&reason, &advice);
            model.problems.refuse(model.now, &text);
            model.notice = Some(Notice { is_bad: true, text });
            Vec::new()
        }
        // What has another place is seen there.
        (Wish::Command(Command::Add { .. } | Command::Arrange { .. }), Answer::Done { .. })
        | (_, Answer::Studies { .. } | Answer::Study { .. } | Answer::StudyRuns { .. }) => {
            Vec::new()
        }
        (Wish::Command(_), Answer::Done { text }) => {
            model.notice = Some(Notice { is_bad: false, text });
            Vec::new()
        }
        (_, Answer::Removed { run, .. }) => {
            let text = format!("run {run} is deleted, with its folder");
            model.notice = Some(Notice { is_bad: false, text });
            Vec::new()
        }
        (
            _,
            Answer::Done { .. }
            | Answer::Artefact { .. }
            | Answer::Artefacts { .. }
            | Answer::Hello { .. }
            // The link puts them together.
            | Answer::SomeRuns { .. }
            | Answer::DataThere { .. }
            | Answer::StudiesFilled { .. },
        ) => Vec::new(),
    }
}

/// A file of a run came, or cannot be had; or the list of them.
fn file_replied(model: &mut Model, wish: Wish, answer: Answer) -> Vec<Effect> {
    match (wish, answer) {
        (_, Answer::Artefact { run, path, data, .. }) if draft::is_wanted(model, run, &path) => {
            draft::take(model, run, &data)
        }
        (_, Answer::Artefact { run, path, offset, size, data }) => {
            piece(model, run, &path, offset, size, &data)
        }
        (Wish::Artefact { run, path, .. }, Answer::Refused { reason, .. })
            if draft::is_wanted(model, run, &path) =>
        {
            draft::refuse(model, run, &reason)
        }
        (Wish::Artefact { run, path, .. }, Answer::Refused { reason, .. }) => {
            if let Some(open) = model.runs.get_mut(run) {
                if path == spec_text::PATH {
                    open.spec.refuse(reason);
                } else {
                    open.gallery.fetcher.refuse(&path, reason);
                }
            }
            Vec::new()
        }
        (_, Answer::Artefacts { run, listed }) => {
            if let Some(open) = model.runs.get_mut(run) {
                open.artefacts.told = Some(Ok(listed));
            }
            Vec::new()
        }
        (Wish::Artefacts { run, .. }, Answer::Refused { reason, .. }) => {
            if let Some(open) = model.runs.get_mut(run) {
                open.artefacts.told = Some(Err(reason));
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Whether it answers one of several wishes, whose answers are told together.
fn is_one_of_many(model: &mut Model, host: HostName, wish: &Wish, answer: &Answer) -> bool {
    let (Wish::Command(command), Some(bulk)) = (wish, &mut model.bulk) else { return false };
    let refused = match answer {
        Answer::Refused { reason, advice } => Some(sentence(reason, advice)),
        _ => None,
    };
    if !bulk.take(host, command, refused) {
        return false;
    }
    if let Some(outcome) = bulk.outcome() {
        model.notice = Some(outcome);
        model.bulk = None;
    }
    true
}

/// A run was added, or could not be: it is opened, or compared with others once they are added too.
fn added(model: &mut Model, run: Option<RunId>) -> Vec<Effect> {
    let Some(awaited) = &mut model.awaited else {
        let Some(run) = run else { return Vec::new() };
        if matches!(model.screen, Screen::Form | Screen::Presets) {
            return actions::open(model, run);
        }
        // Somebody who has gone elsewhere meanwhile is told.
        let text = format!("run {run} is queued");
        model.notice = Some(Notice { is_bad: false, text });
        return Vec::new();
    };
    awaited.runs.extend(run);
    awaited.left = awaited.left.saturating_sub(1);
    if awaited.left > 0 {
        return Vec::new();
    }
    let runs = model.awaited.take().map(|awaited| awaited.runs).unwrap_or_default();
    compare::arrived(model, runs)
}

fn estimated(model: &mut Model, answer: Result<Expected, String>) -> Vec<Effect> {
    if let Some(form) = &mut model.form {
        form.estimate.take(answer);
    }
    Vec::new()
}

fn piece(
    model: &mut Model,
    run: RunId,
    path: &str,
    offset: u64,
    size: u64,
    data: &str,
) -> Vec<Effect> {
    gallery::came(model, run.host, data.len());
    let Some(open) = model.runs.get_mut(run) else { return Vec::new() };
    if path == spec_text::PATH {
        open.spec.take(data);
        return Vec::new();
    }
    match open.gallery.fetcher.take_piece(path, offset, size, data) {
        Fetched::More { path, offset } => {
            vec![Effect::Ask(run.host, Wish::Artefact { run, path, offset })]
        }
        Fetched::Complete(snapshot, bytes) => vec![Effect::Decode { run, snapshot, bytes }],
        Fetched::Unwanted => Vec::new(),
    }
}

fn pushed(model: &mut Model, host: HostName, message: Message) -> Vec<Effect> {
    match message {
        Message::Run { run } => {
            let after = run.state.clone();
            let name = format!("run {} ({})", run.id, run.title);
            let is_open = model.screen == Screen::Run && is_subject(model, &run);
            let id = run.id;
            studies::hear_of(model, &run);
            let before = model.queue.take(*run, model.now);
            wishes::follow_question(model, id);
            model.problems.log.is_asked = false;
            if before.is_some_and(|before| before.word() != after.word())
                && let Some(notice) = news_of_end(&name, &after)
            {
                let body = notice.text.clone();
                if !is_open {
                    model.notice = Some(notice);
                }
                if !model.is_looked_at() {
                    return vec![Effect::Notify { title: "Stillroom".to_owned(), body }];
                }
            }
        }
        Message::Events { run, events } => {
            let symbols = model.look.symbols();
            let now = model.now;
            if let Some(open) = model.runs.get_mut(run) {
                open.take(&events, now, symbols);
            }
        }
        Message::Gone { run } => gone(model, run),
        Message::History { run, history } => {
            let symbols = model.look.symbols();
            let now = model.now;
            if let Some(open) = model.runs.get_mut(run) {
                open.take_history(*history, now, symbols);
            }
        }
        Message::Machine { figures } => {
            let now = model.now;
            if let Some(host) = model.hosts.get_mut(host) {
                host.take(*figures, now);
            }
        }
        Message::Reply { .. } => {}
    }
    Vec::new()
}

/// A run was deleted, here or by somebody else.
fn gone(model: &mut Model, run: RunId) {
    model.queue.remove(run);
    model.studies.news.mark_stale();
    model.runs.forget(run);
    wishes::follow_question(model, run);
    if model.open == Some(run) {
        model.open = None;
        if model.screen == Screen::Run {
            model.screen = Screen::Queue;
            let text = format!("run {run} was deleted");
            model.notice = Some(Notice { is_bad: false, text });
        }
    }
}

fn is_subject(model: &Model, run: &RunSummary) -> bool {
    model.open == Some(run.id)
}

/// That a run which is not looked at has ended is worth a sentence.
fn news_of_end(name: &str, state: &RunState) -> Option<Notice> {
    let (is_bad, text) = match state {
        RunState::Finished { .. } => (false, format!("{name} has finished")),
        RunState::Failed { reason, .. } => (true, format!("{name} has failed: {reason}")),
        RunState::Interrupted { reason, .. } => (true, format!("{name} was interrupted: {reason}")),
        _ => return None,
    };
    Some(Notice { is_bad, text })
}
