//! Wishes about runs: about one, or about all that are marked.

use crate::{
    queue::{Command, HostName, RunSummary, transition::Happening},
    tui::{
        action::Action,
        model::{
            Model, Notice, Overlay,
            bulk::Bulk,
            placement::nobody_to_ask,
            possible::{self, is_possible},
            question::Question,
        },
        msg::Effect,
        update::{sending, studies},
    },
    wire::message::Wish,
};

/// Wishes what an action says of the runs that it is about; asks the user before what cannot be taken back.
pub fn wish(model: &mut Model, action: Action) -> Vec<Effect> {
    let runs = model.targets();
    let question = match action {
        Action::Cancel => Question::cancel(&runs),
        Action::Delete => Question::delete(&runs),
        _ => None,
    };
    if question.is_some() {
        model.overlay = question.map(Box::new).map(Overlay::Question);
        return Vec::new();
    }
    let commands = match (commands(action, &runs), &runs[..]) {
        (_, []) => return Vec::new(),
        // Where it cannot be done, the daemon says why.
        (commands, [run]) if commands.is_empty() => {
            possible::command(action, run).into_iter().collect()
        }
        (commands, _) => commands,
    };
    if commands.is_empty() {
        let text = format!("none of the {} runs can be {} now", runs.len(), participle(action));
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    send(model, commands)
}

/// What an action means for those of some runs that it can be done to.
fn commands(action: Action, runs: &[&RunSummary]) -> Vec<Command> {
    let can = |run: &RunSummary, happening| is_possible(run, happening);
    let each = |command: &dyn Fn(&RunSummary) -> Option<Command>| {
        runs.iter().filter_map(|run| command(run)).collect::<Vec<_>>()
    };
    match action {
        Action::Pause => {
            let pause =
                each(&|run| can(run, Happening::Pause).then_some(Command::Pause { run: run.id }));
            if !pause.is_empty() {
                return pause;
            }
            each(&|run| {
                let is_paused = run.state.word() == "paused";
                is_paused.then_some(Command::Resume { run: run.id })
            })
        }
        Action::Resume => each(&|run| match run.id {
            id if can(run, Happening::Retry) => Some(Command::Retry { run: id }),
            id if can(run, Happening::Resume) => Some(Command::Resume { run: id }),
            _ => None,
        }),
        Action::Stop => {
            each(&|run| can(run, Happening::Stop).then_some(Command::Stop { run: run.id }))
        }
        Action::Picture => {
            each(&|run| can(run, Happening::Snapshot).then_some(Command::Snapshot { run: run.id }))
        }
        Action::Clone => each(&|run| Some(Command::Clone { run: run.id, set: Vec::new() })),
        _ => Vec::new(),
    }
}

const fn participle(action: Action) -> &'static str {
    match action {
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Stop => "stopped",
        Action::Cancel => "cancelled",
        Action::Delete => "deleted; cancel them first",
        _ => "pictured",
    }
}

/// Does what the user has said yes to.
pub fn confirm(model: &mut Model) -> Vec<Effect> {
    match model.overlay.take() {
        Some(Overlay::Question(question)) => send(model, question.commands),
        Some(Overlay::AddRuns) => studies::add(model),
        Some(Overlay::SendData(question)) => sending::begin(model, *question),
        _ => Vec::new(),
    }
}

/// Sends wishes to the daemon, if it can be asked.
pub fn send(model: &mut Model, commands: Vec<Command>) -> Vec<Effect> {
    let at = |command: &Command| command.host().unwrap_or_else(|| model.hosts.name_at_hand());
    let away = commands.iter().map(at).find(|host| !model.hosts.is_connected(*host));
    if let Some(host) = away {
        let text = format!("{}; what runs goes on", nobody_to_ask(host));
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    let hosts: Vec<HostName> = commands.iter().map(at).collect();
    send_to(model, hosts.into_iter().zip(commands).collect())
}

/// Sends each wish to its host. What comes of several is told once.
pub fn send_to(model: &mut Model, commands: Vec<(HostName, Command)>) -> Vec<Effect> {
    if commands.len() > 1 {
        model.bulk = Some(Bulk::new(&commands));
    }
    let wishes = commands.into_iter();
    wishes.map(|(host, command)| Effect::Ask(host, Wish::Command(command))).collect()
}

/// Puts an open question anew when a run that it is about has changed.
pub fn follow_question(model: &mut Model, changed: crate::queue::RunId) {
    let Some(Overlay::Question(question)) = &model.overlay else { return };
    if !question.about.contains(&changed) {
        return;
    }
    let rows = question.about.iter().filter_map(|run| model.queue.row(*run));
    let runs: Vec<&RunSummary> = rows.map(|row| &row.run).collect();
    let anew = question.put_anew(&runs);
    model.overlay = Some(Overlay::Question(Box::new(anew)));
}
