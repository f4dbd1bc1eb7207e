//! One command's conversation with the daemon.

use std::{
    future::Future,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use tokio::{runtime::Builder, time::sleep};

use super::{failure::Failure, output};
use crate::{
    config::{Config, RemoteHost},
    harmless::plain,
    queue::{HostName, Places, RunId, RunSummary},
    spec::Spec,
    wire::{
        Client, ClientError, Target, anywhere,
        client::unexpected,
        message::{Answer, Wish},
        ssh::Prompts,
        ssh_sharing::Sharing,
    },
};

/// Which daemon a command is for, and how it prints.
#[derive(Debug, Clone)]
pub struct Session {
    /// The daemon.
    pub target: Target,
    /// Print JSON.
    pub json: bool,
}

impl Session {
    /// For the host of this name, or for this machine.
    pub fn new(host: Option<&str>, json: bool) -> Result<Self, Failure> {
        let target = match host {
            None | Some("here") => Target::Here(Places::find()?),
            Some(name) => Target::There(remote(name)?),
        };
        Ok(Self { target, json })
    }

    /// This machine, and all hosts of the configuration.
    pub fn all_targets() -> Result<Vec<Target>, Failure> {
        let own = Target::Here(Places::find()?);
        Ok(std::iter::once(own).chain(all_hosts()).collect())
    }

    /// For the host that suits a run best, of this machine and those of the configuration.
    pub fn anywhere(spec: &Spec, json: bool) -> Result<Self, Failure> {
        let mut targets = Self::all_targets()?;
        let asked = block_on(async { Ok(anywhere::ask(&targets, prompts()).await) })?;
        let best = anywhere::best(&asked, spec)
            .map_err(|why| Failure::Said(format!("no host suits this run\n{why}")))?;
        Ok(Self { target: targets.swap_remove(best), json })
    }

    /// The host's name; `None` for this machine.
    pub fn host(&self) -> Option<&str> {
        match &self.target {
            Target::Here(_) => None,
            Target::There(host) => Some(&host.name),
        }
    }

    /// The run of this number at the session's host.
    pub fn own(&self, run: RunId) -> RunId {
        run.at(self.host().map_or(HostName::HERE, HostName::new))
    }

    /// A text for the user, in which commands are given as they are for the session's host.
    pub fn told(&self, text: &str) -> String {
        let Some(name) = self.host() else { return text.to_owned() };
        let mut parts = text.split("`stillroom ");
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let command = part.split('`').next().unwrap_or_default();
            // A run may say itself where it is, and some commands are for one machine alone.
            let word = command.split(' ').next().unwrap_or_default();
            let says = command.contains(&format!("{name}:")) || !OVER_HOST.contains(&word);
            told.push_str(if says { "`stillroom " } else { "`stillroom --host " });
            if !says {
                told.push_str(name);
                told.push(' ');
            }
            told.push_str(part);
        }
        told
    }

    /// Prints a line for the user.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        output::line(&self.told(text))
    }

    /// A failure in the same words.
    pub fn failed(&self, failure: Failure) -> Failure {
        match (self.host(), failure) {
            (None, failure) | (_, failure @ (Failure::OutputClosed | Failure::Host(_))) => failure,
            (_, Failure::Client(ClientError::Host(error))) => Failure::Host(error),
            // What goes wrong between two machines does not tell by itself which.
            (Some(name), Failure::Client(error)) if !matches!(error, ClientError::Refused(_)) => {
                Failure::Said(format!("{name}: {}", self.told(&error.to_string())))
            }
            (_, failure) => Failure::Said(self.told(&failure.to_string())),
        }
    }

    /// A path of the session's host, as `scp` would be given it.
    pub fn place(&self, path: &str) -> String {
        self.host().map_or_else(|| path.to_owned(), |name| format!("{name}:{path}"))
    }

    /// Connects to the daemon, which is started where it is missing. What ssh has to ask is asked at the terminal.
    pub async fn connect(&self) -> Result<Client, Failure> {
        Ok(self.target.connect(prompts(), Sharing::Allowed).await?)
    }

    /// Connects again after a connection was lost. A daemon here is soon there again or never; a host may be out
    /// of reach for as long as a network is, and is tried until it answers.
    pub async fn connect_again(
        &self,
        losses: &mut Losses,
        why: &ClientError,
    ) -> Result<Client, Failure> {
        let mut sharing = Sharing::Allowed.after(why);
        let mut why = why.to_string();
        loop {
            losses.0 += 1;
            match &self.target {
                Target::Here(_) if losses.0 > RECONNECTIONS => return Err(Failure::Said(why)),
                Target::Here(_) => sleep(Duration::from_millis(100) * losses.0).await,
                Target::There(host) => {
                    if losses.0 == 1 {
                        let (name, why) = (&host.name, plain(&why, output::SIGN));
                        // Nobody may be there to read it, and that is no failure.
                        let _ = writeln!(
                            io::stderr(),
                            "{why}; trying {name} again until it answers. Ctrl-C leaves, and what runs there goes on"
                        );
                    }
                    sleep(Duration::from_millis(500).saturating_mul(1 << losses.0.min(6))).await;
                }
            }
            let error = match self.target.connect(prompts(), sharing).await {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            let next = sharing.after(&error);
            // What asks whoever makes a connection may still let in over one that is there.
            let may_help = error.is_lost() || error.is_out_of_reach() || next != sharing;
            if !may_help {
                return Err(error.into());
            }
            (why, sharing) = (error.to_string(), next);
        }
    }

    /// One question, one answer.
    pub fn ask(&self, wish: Wish) -> Result<Answer, Failure> {
        block_on(async { Ok(self.connect().await?.ask(wish).await?) })
    }

    /// All runs, in queue order.
    pub fn list(&self) -> Result<Vec<RunSummary>, Failure> {
        block_on(async { list(&mut self.connect().await?).await })
    }
}

/// The commands that can be given for another machine, by --host.
pub const OVER_HOST: [&str; 17] = [
    "run", "add", "ls", "show", "logs", "pull", "pause", "resume", "stop", "cancel", "retry", "rm",
    "move", "clone", "snapshot", "study", "estimate",
];

/// How often a connection was lost since it was last good for something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Losses(u32);

impl Losses {
    /// Something has come.
    pub const fn mend(&mut self) {
        self.0 = 0;
    }
}

/// How often a connection to a daemon here is made again before giving up.
const RECONNECTIONS: u32 = 5;

/// Whether anybody sits at a terminal to answer what ssh asks.
pub fn prompts() -> Prompts {
    let sits = io::stdin().is_terminal() && io::stderr().is_terminal();
    if sits { Prompts::Terminal } else { Prompts::Nobody }
}

/// All hosts of the configuration.
pub fn all_hosts() -> Vec<Target> {
    Config::of_process().hosts.into_values().map(Target::There).collect()
}

/// The host of this name, from the configuration or from ssh's.
pub fn remote(name: &str) -> Result<RemoteHost, Failure> {
    let config = Config::of_process();
    let source = format!("hosts.{name}");
    // A table with a fault is not taken for a name of ssh's.
    if let Some(fault) = config.faults.iter().find(|fault| fault.key.starts_with(&source)) {
        return Err(Failure::Spec(vec![fault.clone()]));
    }
    RemoteHost::find(name, &config.hosts).map_err(|unfit| Failure::Said(unfit.to_string()))
}

/// Runs a conversation to its end.
pub fn block_on<T>(talk: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|source| Failure::System { what: "the program cannot run", source })?
        .block_on(talk)
}

/// All runs, in queue order.
pub async fn list(client: &mut Client) -> Result<Vec<RunSummary>, Failure> {
    match client.ask(Wish::List).await? {
        Answer::Runs { runs } => Ok(runs),
        other => Err(unexpected(&other).into()),
    }
}

/// One run.
pub async fn find(client: &mut Client, run: RunId) -> Result<RunSummary, Failure> {
    let runs = list(client).await?;
    runs.into_iter().find(|found| found.id == run).ok_or_else(|| {
        Failure::Said(format!("there is no run {run}\n`stillroom ls` lists the runs."))
    })
}

/// A whole file of a run folder.
pub async fn file(client: &mut Client, run: RunId, path: &str) -> Result<Vec<u8>, ClientError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut bytes = Vec::new();
    loop {
        let offset = bytes.len() as u64;
        match client.ask(Wish::Artefact { run, path: path.to_owned(), offset }).await? {
            Answer::Artefact { data, size, .. } => {
                let part = STANDARD
                    .decode(data)
                    .map_err(|error| ClientError::Unexpected(error.to_string()))?;
                bytes.extend(&part);
                if part.is_empty() || bytes.len() as u64 >= size {
                    return Ok(bytes);
                }
            }
            other => return Err(unexpected(&other)),
        }
    }
}
