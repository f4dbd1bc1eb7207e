//! `stillroom --host any study`: a study whose runs are spread over this machine and all hosts of the configuration.

use std::sync::Arc;

use serde_json::json;

use crate::{
    cli::{
        all_hosts,
        failure::Failure,
        output,
        session::{Session, block_on, prompts},
    },
    config::{Config, ConfigDir},
    queue::{Command, HostName, RunId},
    spec::Spec,
    study::{Stands, StudySummary},
    wire::{
        Client, ClientError, Target,
        anywhere::{self, Candidate},
        client::unexpected,
        message::{Answer, FilledStudy, StudyName, Wish},
        ssh_sharing::Sharing,
        studies::Studies,
        studies_of_hosts::{StudyOfHosts, too_old},
    },
};

/// All hosts, and the studies that this machine knows.
#[derive(Debug)]
pub struct Everywhere {
    targets: Vec<Target>,
    studies: Arc<Studies>,
    /// Print JSON.
    pub json: bool,
}

/// A host that answers.
struct There {
    client: Client,
    host: HostName,
    told: Vec<FilledStudy>,
}

impl Everywhere {
    /// Of this process's configuration.
    pub fn new(json: bool) -> Result<Self, Failure> {
        let folder = Config::of_process().directory.as_ref().map(ConfigDir::studies);
        let studies = Arc::new(Studies::new(folder));
        Ok(Self { targets: Session::all_targets()?, studies, json })
    }

    /// All studies and how far they are.
    pub fn list(&self) -> Result<Vec<StudySummary>, Failure> {
        block_on(async { Ok(self.studies.list_of(&told(&self.ask(None, true).await?))) })
    }

    /// How a study stands.
    pub fn stands(&self, study: &StudyName) -> Result<Stands, Failure> {
        block_on(async {
            let there = self.ask(Some(study), false).await?;
            Ok(self.show(study, &there)?.stands)
        })
    }

    /// Adds the runs that none of the hosts has, each where it suits best.
    pub fn add(&self, typed: &str, study: &StudyName) -> Result<(), Failure> {
        block_on(async {
            let mut there = self.ask(Some(study), true).await?;
            let shown = self.show(study, &there)?;
            let mut candidates = Vec::new();
            for known in &mut there {
                let offer = anywhere::offer(&mut known.client).await;
                let offer = offer.map_err(|error| error.to_string());
                candidates.push(Candidate { host: known.host, offer });
            }
            let places = anywhere::spread(candidates, &shown.missing, 1);
            let (mut added, mut unplaced) = (Vec::new(), Vec::new());
            for (spec, place) in shown.missing.iter().zip(places) {
                match place {
                    Err(why) => {
                        unplaced.push(format!("{}: {}", spec.name, why.replace('\n', "; ")));
                    }
                    Ok(host) => {
                        let known = there.iter_mut().find(|known| known.host == host);
                        let Some(known) = known else { continue };
                        match add(&mut known.client, &shown.name, spec).await {
                            Ok(run) => added.push(run),
                            Err(error) => {
                                unplaced.push(format!("{}, at {host}: {error}", spec.name));
                            }
                        }
                    }
                }
            }
            self.say(typed, &added, shown.there.len(), &unplaced)
        })
    }

    fn say(
        &self,
        typed: &str,
        added: &[RunId],
        there: usize,
        unplaced: &[String],
    ) -> Result<(), Failure> {
        if self.json {
            let added: Vec<String> = added.iter().map(ToString::to_string).collect();
            output::json(&json!({ "added": added, "there": there, "unplaced": unplaced }))?;
        } else {
            for host in self.targets.iter().map(Target::host) {
                let count = added.iter().filter(|run| run.host == host).count();
                if count > 0 {
                    let runs = if count == 1 { "run" } else { "runs" };
                    output::line(&format!("{host}: {count} {runs} added"))?;
                }
            }
            let there =
                if there == 0 { String::new() } else { format!(", {there} are there already") };
            output::line(&format!(
                "{} runs added{there}\n`stillroom --host any study show {typed}` shows the table",
                added.len()
            ))?;
        }
        match unplaced {
            [] => Ok(()),
            runs => Err(Failure::Said(format!(
                "{} runs are at no host\n{}",
                runs.len(),
                runs.join("\n")
            ))),
        }
    }

    fn show(&self, study: &StudyName, there: &[There]) -> Result<StudyOfHosts, Failure> {
        let shown = self.studies.show_of(study.clone(), &told(there));
        shown.map_err(|refusal| ClientError::Refused(refusal).into())
    }

    /// Asks all hosts at once. Those that do not answer are named and left out.
    async fn ask(&self, only: Option<&StudyName>, brief: bool) -> Result<Vec<There>, Failure> {
        all_hosts::ask(&self.targets, |target| {
            one(target, Arc::clone(&self.studies), only.cloned(), brief)
        })
        .await
    }
}

async fn one(
    target: Target,
    known: Arc<Studies>,
    only: Option<StudyName>,
    brief: bool,
) -> Result<There, ClientError> {
    let mut client = target.connect(prompts(), Sharing::Allowed).await?;
    if let Some(refusal) = too_old(&client.daemon, target.host()) {
        return Err(refusal.into());
    }
    let studies = known.to_ask(only.as_ref(), &client.daemon.program);
    match client.ask(Wish::StudyRuns { studies, brief }).await? {
        Answer::StudiesFilled { studies: told } => Ok(There { client, host: target.host(), told }),
        other => Err(unexpected(&other)),
    }
}

fn told(there: &[There]) -> Vec<FilledStudy> {
    there.iter().flat_map(|known| known.told.clone()).collect()
}

async fn add(client: &mut Client, study: &str, spec: &Spec) -> Result<RunId, ClientError> {
    let source = format!("study {study}");
    let (spec, study) = (spec.to_toml(), study.to_owned());
    match client.ask(Wish::Command(Command::Add { spec, source, front: false, study })).await? {
        Answer::Added { run, .. } => Ok(run),
        other => Err(unexpected(&other)),
    }
}
