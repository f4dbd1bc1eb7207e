//! Studies of all hosts together: each host is asked which places its runs fill, what they tell is put together off this
//! thread, and missing runs are spread over them.

use super::{queue::wishes::send_to, studies};
use crate::{
    queue::{Command, HostName},
    tui::{
        model::{
            Link, Model, Notice,
            placement::candidates,
            studies::adding::{Adding, Spread},
        },
        msg::{Effect, Unite, United},
    },
    wire::{
        anywhere::spread,
        message::Answer,
        studies_of_hosts::{StudyOfHosts, too_old},
    },
};

/// Asks all that are connected for what is shown, where it may not be so any more.
pub fn ask(model: &mut Model) -> Option<Effect> {
    let (mut hosts, mut old) = (Vec::new(), Vec::new());
    for known in &model.hosts.all {
        if let Link::Connected(daemon) = &known.link {
            match too_old(daemon, known.host) {
                None => hosts.push((known.host, daemon.program.clone())),
                Some(refusal) => old.push((known.host, refusal.reason)),
            }
        }
    }
    if hosts.is_empty() || !model.studies.news.begin() {
        return None;
    }
    let studies = &mut model.studies;
    let only = studies.open.as_ref().map(|open| open.name.clone());
    let names: Vec<HostName> = hosts.iter().map(|host| host.0).collect();
    studies.told.begin(only.as_deref(), &names);
    for (host, why) in old {
        studies.told.leave_out(host, Some(why));
    }
    Some(Effect::AskStudies { hosts, only })
}

/// A host has told of its runs, or does not.
pub fn told(model: &mut Model, host: HostName, answer: Answer) -> Vec<Effect> {
    let told = &mut model.studies.told;
    let are_all = match answer {
        Answer::StudiesFilled { studies } => told.take(host, studies),
        Answer::Refused { reason, .. } => told.leave_out(host, Some(format!("{host}: {reason}"))),
        _ => false,
    };
    if are_all { unite(model) } else { Vec::new() }
}

/// All hosts have told what they were asked, or are lost.
fn unite(model: &mut Model) -> Vec<Effect> {
    let told = &model.studies.told;
    let what = told.only().map_or(Unite::List, |name| Unite::Open(name.to_owned()));
    let Some(told) = told.all() else {
        model.studies.news.is_answered();
        return Vec::new();
    };
    vec![Effect::Unite { what, told }]
}

/// A host is lost: it is not waited for.
pub fn lose(model: &mut Model, host: HostName) -> Vec<Effect> {
    if model.studies.told.leave_out(host, None) { unite(model) } else { Vec::new() }
}

/// Takes in studies of all hosts.
pub fn united(model: &mut Model, united: United) -> Vec<Effect> {
    if !model.hosts.are_all_at_hand() {
        return Vec::new();
    }
    match united {
        United::List(list) => {
            model.studies.news.is_answered();
            model.studies.take_list(list);
        }
        United::Open(shown) => {
            model.studies.news.is_answered();
            if let Some(open) = &mut model.studies.open {
                match *shown {
                    Ok(shown) if shown.name == open.name => open.take(shown.stands),
                    Ok(_) => {}
                    Err(fault) => {
                        open.stands = None;
                        open.fault = Some(fault);
                    }
                }
            }
        }
        United::Adding(shown) => match *shown {
            Ok(shown) => ask_spreading(model, &shown),
            Err(fault) => model.notice = Some(Notice { is_bad: true, text: fault }),
        },
    }
    Vec::new()
}

/// Puts the question whether to add runs to all hosts.
fn ask_spreading(model: &mut Model, shown: &StudyOfHosts) {
    let places = spread(candidates(model), &shown.missing, 1);
    let mut spread = Spread::default();
    let mut specs = Vec::new();
    for (spec, place) in shown.missing.iter().zip(places) {
        match place {
            Ok(host) => {
                spread.placed.push((host, spec.to_toml()));
                specs.push(spec.clone());
            }
            Err(why) => spread.unplaced.push(format!("{}: {}", spec.name, why.replace('\n', "; "))),
        }
    }
    if let (Some(why), true) = (spread.unplaced.first(), spread.placed.is_empty()) {
        let text = format!("no host suits a run of {}; {why}", shown.name);
        model.notice = Some(Notice { is_bad: true, text });
        return;
    }
    let count = specs.len();
    let adding = Adding::new(&model.queue, &shown.name, count, &specs, shown.there.len());
    studies::question(model, Adding { spread: Some(spread), ..adding });
}

/// Adds the runs of a study where each was placed.
pub fn add(model: &mut Model, study: &str, placed: Vec<(HostName, String)>) -> Vec<Effect> {
    model.studies.news.mark_stale();
    let add = |spec: String| Command::Add {
        spec,
        source: format!("study {study}"),
        front: false,
        study: study.to_owned(),
    };
    send_to(model, placed.into_iter().map(|(host, spec)| (host, add(spec))).collect())
}
