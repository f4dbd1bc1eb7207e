//! Where new runs go: to the host at hand, or, where all are, to the one that suits them best.

use super::{Model, form::pairs::PAIR, hosts::HostModel};
use crate::{
    queue::HostName,
    spec::Spec,
    wire::anywhere::{Candidate, Offer, spread, waits},
};

/// That the daemon of a host does not answer.
pub fn nobody_to_ask(host: HostName) -> String {
    match host {
        HostName::HERE => "nobody to ask: the daemon does not answer".to_owned(),
        host => format!("nobody to ask: {host} does not answer"),
    }
}

/// What each host has, as far as it has told.
pub fn candidates(model: &Model) -> Vec<Candidate> {
    model.hosts.all.iter().map(|host| candidate(model, host)).collect()
}

fn candidate(model: &Model, known: &HostModel) -> Candidate {
    let host = known.host;
    if !known.is_connected() {
        return Candidate { host, offer: Err(format!("{host} does not answer")) };
    }
    let Some(sets) = known.sets.clone() else {
        return Candidate { host, offer: Err(format!("{host} has not told its data sets yet")) };
    };
    let mut devices = known.devices.clone();
    // They were told when the host was connected, and its queue is told as it changes.
    for device in &mut devices {
        device.running = model.queue.busy_on(host, &device.device) as u64;
        device.declared = model.queue.declared_on(host, &device.device);
    }
    let rows = model.queue.rows().iter().map(|row| &row.run);
    let waiting = rows.filter(|run| run.id.host == host && waits(run)).count();
    Candidate { host, offer: Ok(Offer { devices, sets, waiting }) }
}

/// The host that a run goes to; a sentence, where there is none.
pub fn destination(model: &Model, run: &Spec) -> Result<HostName, String> {
    if model.hosts.are_all_at_hand() {
        let mut placed = spread(candidates(model), std::slice::from_ref(run), 1);
        let none = || Err("no host is known".to_owned());
        return placed.pop().unwrap_or_else(none).map_err(|why| unsuited(&why));
    }
    let host = model.hosts.name_at_hand();
    if model.hosts.is_connected(host) { Ok(host) } else { Err(nobody_to_ask(host)) }
}

/// The same for each run of so many pairs, which are to be compared: both of a pair go to the same host.
pub fn destinations_of_pairs(
    model: &Model,
    run: &Spec,
    pairs: usize,
) -> Result<Vec<HostName>, String> {
    if !model.hosts.are_all_at_hand() {
        return Ok(vec![destination(model, run)?; pairs * PAIR]);
    }
    let placed = spread(candidates(model), &vec![run.clone(); pairs * PAIR], PAIR).into_iter();
    placed.collect::<Result<_, _>>().map_err(|why: String| unsuited(&why))
}

fn unsuited(why: &str) -> String {
    format!("no host suits this run: {}", why.replace('\n', "; "))
}
