//! `stillroom doctor`: what the program finds, and what is wrong with it.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, IsTerminal},
    process::ExitCode,
    time::Duration,
};

use serde::Serialize;

use super::{data, failure::Failure, output, session};
use crate::{
    config::{Config, DeviceUse, Executor},
    data as sets,
    engine::visible::VARIABLE,
    queue::{
        Places,
        devices::{self, Listed},
        executor::slurm::commands,
    },
    spec::{DeviceChoice, memory::Gibibytes},
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
    let visible = env::var(VARIABLE).ok();
    Ok(devices_told(&found, &Config::of_process().starting.slots, visible.as_deref()).join("\n"))
}

/// The devices, what they are used for, and who says so where that is somebody.
fn devices_told(
    found: &[Listed],
    uses: &BTreeMap<String, DeviceUse>,
    visible: Option<&str>,
) -> Vec<String> {
    let of = |known: &Listed| uses.get(&known.device.to_string()).copied().unwrap_or_default();
    let mut lines: Vec<_> = found
        .iter()
        .map(|known| {
            let DeviceUse { runs, memory_bytes } = of(known);
            let memory = memory_bytes.or(known.memory);
            let memory = memory.map(|bytes| format!(", {}", Gibibytes(bytes))).unwrap_or_default();
            let (device, name, through) = (known.device.to_string(), &known.name, &known.through);
            let uses = match runs {
                0 => "; not used, by [slots] of config.toml".to_owned(),
                1 => String::new(),
                runs => format!("; {runs} runs at a time, by [slots] of config.toml"),
            };
            format!("{device:<9} {name}{memory}, through {through}{uses}")
        })
        .collect();
    let is_gpu = |known: &&Listed| matches!(known.device, DeviceChoice::Gpu(_));
    let gpus: Vec<u64> = found.iter().filter(is_gpu).map(|known| of(known).runs).collect();
    lines.push(match gpus.iter().max() {
        None => "auto      takes the CPU, for no hardware GPU was found".to_owned(),
        Some(0) => "auto      takes the CPU, for no hardware GPU is used".to_owned(),
        Some(_) => "auto      takes the first hardware GPU that is free".to_owned(),
    });
    lines.extend(visible.map(|visible| {
        format!(
            "limited   by {VARIABLE}=\"{visible}\" as it stands here; a daemon and its workers keep what it was \
             when the daemon was started"
        )
    }));
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_devices_are_used_for_is_told_with_who_says_so() {
        let gpu = |number| Listed {
            device: DeviceChoice::Gpu(number),
            name: "H100".to_owned(),
            through: "wgpu".to_owned(),
            pci: String::new(),
            memory: Some(80 << 30),
        };
        let found = [gpu(0), gpu(1), gpu(2)];
        let used = |runs, memory_bytes| DeviceUse { runs, memory_bytes };
        let some =
            [("gpu:1".to_owned(), used(2, Some(40 << 30))), ("gpu:2".to_owned(), used(0, None))];
        assert_eq!(
            devices_told(&found, &some.into(), Some("3,1")),
            [
                "gpu:0     H100, 80 GiB, through wgpu",
                "gpu:1     H100, 40 GiB, through wgpu; 2 runs at a time, by [slots] of config.toml",
                "gpu:2     H100, 80 GiB, through wgpu; not used, by [slots] of config.toml",
                "auto      takes the first hardware GPU that is free",
                "limited   by STILLROOM_VISIBLE_DEVICES=\"3,1\" as it stands here; a daemon and its workers keep \
                 what it was when the daemon was started",
            ]
        );
        let none = ["gpu:0", "gpu:1"].map(|device| (device.to_owned(), used(0, None)));
        let auto =
            |found: &[Listed]| devices_told(found, &none.clone().into(), None).pop().unwrap();
        assert!(auto(&found[..2]).ends_with("takes the CPU, for no hardware GPU is used"));
        assert!(auto(&[]).ends_with("takes the CPU, for no hardware GPU was found"));
    }
}
