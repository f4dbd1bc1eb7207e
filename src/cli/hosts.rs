//! `stillroom hosts`: the machines that are reached through ssh.

use std::time::Instant;

use serde_json::json;

use super::{
    failure::Failure,
    output,
    question::confirmed,
    session::{Session, block_on, prompts, remote},
};
use crate::{
    config::{
        Config, ConfigDir, RemoteHost,
        remote_host::{PATIENCE, check_destination, check_name},
        save::{remove_host, save_host},
    },
    wire::{
        message::{Answer, DeviceSlots, Wish},
        ssh,
        ssh_install::{self, Progress},
        ssh_login,
        ssh_sharing::Sharing,
    },
};

/// The arguments of `hosts`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the hosts of config.toml
    Ls,
    /// Write a host into config.toml, in place of one of this name
    Add {
        /// What it is called here
        name: String,
        /// What ssh is given, where that is not the name: a name of its configuration, USER@MACHINE or
        /// ssh://USER@MACHINE:PORT
        #[arg(long, value_name = "DESTINATION")]
        ssh: Option<String>,
        /// The data directory there, where it is not the usual one
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<String>,
        /// How the program is called there, where it is not found as `stillroom`
        #[arg(long, value_name = "PATH")]
        program: Option<String>,
        /// How many seconds nothing may come from there until the connection counts as broken
        #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE, value_parser = clap::value_parser!(u64).range(1..=3600))]
        patience: u64,
    },
    /// Take a host out of config.toml; nothing changes at the host
    Rm {
        /// The host
        name: String,
    },
    /// Connect to a host and say what is there
    Check {
        /// A host of config.toml, or a name that ssh knows
        name: String,
    },
    /// Let ssh ask for a password or a new key at the terminal, and keep its connection for this program
    Login {
        /// A host of config.toml, or a name that ssh knows
        name: String,
    },
    /// Copy this program to a host of the same system, into ~/.local/bin, after a question
    Install {
        /// A host of config.toml, or a name that ssh knows
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Does what is asked.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    match &args.what {
        What::Ls => list(json),
        What::Add { name, ssh, data_dir, program, patience } => {
            let unfit = |unfit: crate::config::remote_host::Unfit| Failure::Said(unfit.to_string());
            check_name(name).map_err(unfit)?;
            let destination = ssh.as_deref().unwrap_or(name);
            check_destination(destination).map_err(unfit)?;
            let plain = RemoteHost::of_ssh(destination).map_err(unfit)?;
            let program = program.clone().unwrap_or(plain.program.clone());
            let host = RemoteHost {
                name: name.clone(),
                data_dir: data_dir.clone(),
                program,
                patience: *patience,
                ..plain
            };
            add(&host, json)
        }
        What::Rm { name } => remove(name, json),
        What::Check { name } => {
            let session = Session::new(Some(name.as_str()), json)?;
            check(&remote(name)?, json).map_err(|failure| session.failed(failure))
        }
        What::Login { name } => {
            ssh_login::log_in(&remote(name)?)?;
            if json {
                return output::json(&json!({ "host": name }));
            }
            output::line(&format!("{name} lets you in; the connection is kept while it is used"))
        }
        What::Install { name, yes } => install(&remote(name)?, *yes, json),
    }
}

fn list(json: bool) -> Result<(), Failure> {
    let hosts: Vec<RemoteHost> = Config::of_process().hosts.into_values().collect();
    let row = |host: &RemoteHost| {
        let data_dir = host.data_dir.clone().unwrap_or_default();
        [host.name.clone(), host.ssh.clone(), host.program.clone(), data_dir]
    };
    if json {
        let rows = hosts.iter().map(|host| {
            json!({ "name": host.name, "ssh": host.ssh, "program": host.program, "data_dir": host.data_dir })
        });
        return output::json(&rows.collect::<Vec<_>>());
    }
    if hosts.is_empty() {
        return output::line(
            "no hosts yet; `stillroom hosts add NAME` writes one into config.toml, and --host takes any name that \
             ssh knows",
        );
    }
    let mut rows = vec![["HOST", "SSH", "PROGRAM", "DATA DIRECTORY"].map(str::to_owned)];
    rows.extend(hosts.iter().map(row));
    output::table(&rows)
}

fn directory() -> Result<ConfigDir, Failure> {
    let text = "there is no home directory; set STILLROOM_CONFIG_DIR to a folder";
    Config::of_process().directory.ok_or_else(|| Failure::Said(text.to_owned()))
}

fn add(host: &RemoteHost, json: bool) -> Result<(), Failure> {
    let directory = directory()?;
    let said = |error: crate::config::save::SaveError| Failure::Said(error.to_string());
    save_host(&directory, host).map_err(said)?;
    let path = directory.settings();
    if json {
        return output::json(&json!({ "added": host.name, "file": path }));
    }
    output::line(&format!(
        "{} is in {}; `stillroom hosts check {}` tries it",
        host.name,
        path.display(),
        host.name
    ))
}

fn remove(name: &str, json: bool) -> Result<(), Failure> {
    let directory = directory()?;
    let said = |error: crate::config::save::SaveError| Failure::Said(error.to_string());
    if !remove_host(&directory, name).map_err(said)? {
        return Err(Failure::Said(format!(
            "{} has no host `{name}`",
            directory.settings().display()
        )));
    }
    if json {
        return output::json(&json!({ "removed": name }));
    }
    output::line(&format!("{name} is no longer in {}", directory.settings().display()))
}

fn check(host: &RemoteHost, json: bool) -> Result<(), Failure> {
    block_on(async {
        let begun = Instant::now();
        let mut client = ssh::connect(host, prompts(), Sharing::Allowed).await?;
        let connected = begun.elapsed();
        let mut trips = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            client.ask(Wish::Ping).await?;
            trips.push(begun.elapsed());
        }
        trips.sort();
        let trip = trips.get(trips.len() / 2).copied().unwrap_or_default();
        let devices = match client.ask(Wish::Devices).await? {
            Answer::Devices { devices } => devices,
            _ => Vec::new(),
        };
        let daemon = &client.daemon;
        if json {
            return output::json(&json!({
                "host": host.name,
                "machine": daemon.host,
                "program": daemon.program,
                "data_dir": daemon.data_dir,
                "connect_secs": connected.as_secs_f64(),
                "round_trip_secs": trip.as_secs_f64(),
                "devices": devices,
            }));
        }
        let own = env!("CARGO_PKG_VERSION");
        let program = if daemon.program == own {
            format!("stillroom {own}")
        } else {
            format!("stillroom {}, and {own} here", daemon.program)
        };
        let named = |device: &DeviceSlots| format!("{} ({})", device.device, device.name);
        let rows = [
            ["machine".to_owned(), daemon.host.clone()],
            ["program".to_owned(), program],
            ["data directory".to_owned(), daemon.data_dir.clone()],
            ["devices".to_owned(), devices.iter().map(named).collect::<Vec<_>>().join(", ")],
            ["connected".to_owned(), format!("in {:.2} s", connected.as_secs_f64())],
            ["round trip".to_owned(), format!("{:.2} ms", trip.as_secs_f64() * 1e3)],
        ];
        output::line(&format!("{} answers", host.name))?;
        output::text(&output::columns(&rows))
    })
}

fn install(host: &RemoteHost, yes: bool, json: bool) -> Result<(), Failure> {
    block_on(async {
        let plan = ssh_install::plan(host, prompts()).await?;
        let question = format!(
            "This copies {} ({} MiB) to {} as {}, in place of what is there. Go on? [y/N] ",
            plan.program.display(),
            plan.bytes >> 20,
            host.name,
            ssh_install::PLACE
        );
        if !yes && !confirmed(&question, "copying")? {
            return Err(Failure::Said("nothing was copied".to_owned()));
        }
        let mut shown = None;
        let show = |Progress { sent, of }: Progress| {
            let percent = sent * 100 / of.max(1);
            if !json && shown != Some(percent) && output::is_terminal() {
                shown = Some(percent);
                // A figure that cannot be shown changes nothing.
                drop(output::over(&format!("{percent} % of {} MiB", of >> 20)));
            }
        };
        let version = ssh_install::install(host, &plan, prompts(), show).await?;
        if json {
            return output::json(
                &json!({ "host": host.name, "path": ssh_install::PLACE, "version": version }),
            );
        }
        if output::is_terminal() {
            output::over("")?;
        }
        output::line(&format!(
            "{} has {version} as {}; `stillroom hosts check {}` tries it",
            host.name,
            ssh_install::PLACE,
            host.name
        ))
    })
}
