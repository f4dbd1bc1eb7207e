//! `stillroom doctor`: what the program finds, and what is wrong with it.

use std::{
    env, fs,
    io::{self, IsTerminal},
    process::ExitCode,
    time::Duration,
};

use serde::Serialize;

use super::{data, failure::Failure, output, session};
use crate::{
    config::{Config, Executor},
    data as sets,
    queue::{Places, devices, executor::slurm::commands},
    spec::DeviceChoice,
    tui::{
        self, media,
        settings::{Environment, Settings},
    },
    wire::{self, socket},
};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// False when it keeps something from working.
    ok: bool,
    what: &'static str,
    found: String,
}

impl Finding {
    fn of(what: &'static str, found: Result<String, String>) -> Self {
        let ok = found.is_ok();
        Self { ok, what, found: found.unwrap_or_else(|problem| problem) }
    }
}

/// Looks at everything. The exit code is not 0 when something is wrong.
pub fn main(json: bool) -> Result<ExitCode, Failure> {
    let mut findings =
        vec![Finding::of("program", Ok(format!("stillroom {}", env!("CARGO_PKG_VERSION"))))];
    match Places::find() {
        Ok(places) => findings.extend(look_at(&places)),
        Err(error) => findings.push(Finding::of("data directory", Err(error.to_string()))),
    }
    findings.push(Finding::of("configuration", configuration()));
    findings.extend(slurm());
    findings.push(Finding::of("terminal", Ok(terminal())));
    findings.push(Finding::of("pictures", pictures()));
    if json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            let mark = if finding.ok { "ok " } else { "BAD" };
            let indented = finding.found.replace('\n', &format!("\n{:22}", ""));
            output::line(&format!("{mark}  {:<17}{indented}", finding.what))?;
        }
    }
    let sound = findings.iter().all(|finding| finding.ok);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look_at(places: &Places) -> Vec<Finding> {
    vec![
        Finding::of("data directory", writable(places)),
        Finding::of(
            "socket",
            socket::path(places)
                .map(|path| path.display().to_string())
                .map_err(|error| error.to_string()),
        ),
        Finding::of("daemon", daemon(places).map_err(|failure| failure.to_string())),
        Finding::of("devices", devices_found()),
        Finding::of("data sets", Ok(data_sets(places))),
    ]
}

fn writable(places: &Places) -> Result<String, String> {
    let path = places.data_dir();
    let probe = path.join(format!(".doctor.{}", std::process::id()));
    let written = fs::write(&probe, "x").and_then(|()| fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(path.display().to_string()),
        Err(error) => Err(format!("{} cannot be written to: {error}", path.display())),
    }
}

fn daemon(places: &Places) -> Result<String, Failure> {
    session::block_on(async {
        let mut client = wire::connect_or_start(places).await?;
        let runs = session::list(&mut client).await?;
        let (pid, program) = (client.daemon.pid, &client.daemon.program);
        Ok(format!("process {pid} of stillroom {program} serves {} runs", runs.len()))
    })
}

fn devices_found() -> Result<String, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let found = devices::ask(&program, Duration::from_secs(20))?;
    let has_gpu = found.iter().any(|known| matches!(known.device, DeviceChoice::Gpu(_)));
    let mut lines: Vec<_> = found
        .iter()
        .map(|known| {
            format!("{:<9} {}, through {}", known.device.to_string(), known.name, known.through)
        })
        .collect();
    lines.push(if has_gpu {
        "auto      takes the first hardware GPU that is free".to_owned()
    } else {
        "auto      takes the CPU, for no hardware GPU was found".to_owned()
    });
    Ok(lines.join("\n"))
}

fn data_sets(places: &Places) -> String {
    let lines = sets::list(places.data_dir()).into_iter().map(|set| {
        let path = set.path.filter(|_| set.state != sets::State::Absent);
        let path = path.map(|path| format!(" in {}", path.display())).unwrap_or_default();
        format!("{:<14}{}{path}", set.name, data::word(set.state))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The files of the configuration, and every fault in them.
fn configuration() -> Result<String, String> {
    let config = Config::of_process();
    let mut lines = match &config.directory {
        Some(directory) => super::config::files(directory),
        None => vec!["there is no home directory; every setting is its default".to_owned()],
    };
    let faults = tui::faults(config);
    lines.extend(faults.iter().map(ToString::to_string));
    let text = lines.join("\n");
    if faults.is_empty() { Ok(text) } else { Err(text) }
}

/// Whether jobs can be given to Slurm, where runs are to be done by it.
fn slurm() -> Option<Finding> {
    let starting = Config::of_process().starting;
    if starting.executor != Executor::Slurm {
        return None;
    }
    let partition = &starting.slurm.partition;
    let named = if partition.is_empty() {
        "its default partition".to_owned()
    } else {
        format!("partition `{partition}`")
    };
    let found = match commands::has_partition(partition) {
        Err(trouble) => Err(format!("Slurm does not answer: {}", trouble.words())),
        Ok(false) => Err(format!("Slurm has no {named}")),
        Ok(true) => commands::jobs()
            .map(|jobs| {
                format!("answers; runs go to {named}; {} jobs of yours are known", jobs.len())
            })
            .map_err(|trouble| format!("Slurm does not answer: {}", trouble.words())),
    };
    Some(Finding::of("slurm", found))
}

fn pictures() -> Result<String, String> {
    let get = |name: &str| env::var(name).ok();
    let settings = Settings::new(&Config::load(get).choices, &Environment::new(get));
    let found = media::describe(&settings).map_err(|error| error.to_string())?;
    let cell = found.cell.map(|(width, height)| format!(", cells of {width}x{height} pixels"));
    Ok(format!("{}{}: {}", found.protocol, cell.unwrap_or_default(), found.reason))
}

fn terminal() -> String {
    let variable = |name| env::var(name).unwrap_or_else(|_| "not set".to_owned());
    if !io::stdout().is_terminal() {
        return format!("output is no terminal; TERM is {}", variable("TERM"));
    }
    let size = match crossterm::terminal::size() {
        Ok((columns, rows)) => format!("{columns}x{rows}"),
        Err(error) => format!("of unknown size ({error})"),
    };
    format!(
        "{size}, TERM {}, COLORTERM {}, NO_COLOR {}",
        variable("TERM"),
        variable("COLORTERM"),
        variable("NO_COLOR")
    )
}
