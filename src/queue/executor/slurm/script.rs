//! The script of a job. Pure: what it asks for and what it does come in, text goes out.
//!
//! The worker takes the place of the script's shell (`exec`), so that the signals that Slurm sends to the script
//! reach it. Paths stand in quotes; values of options are checked where the configuration is read; the user's own
//! `lines` stand as they are.

use std::path::Path;

use super::super::local::ALLOCATOR;
use crate::config::SlurmTable;

/// What a script does.
#[derive(Debug, Clone, Copy)]
pub enum Work<'a> {
    /// The run in this folder.
    Run(&'a Path),
    /// One of the runs whose folders are listed in this file, line by line: that of the task's number.
    Listed(&'a Path),
}

/// What a script is made from.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What jobs ask for.
    pub table: &'a SlurmTable,
    /// The program.
    pub program: &'a Path,
    /// The data directory.
    pub data_dir: &'a Path,
    /// What it does.
    pub work: Work<'a>,
}

/// The script, or why there can be none.
pub fn text(order: Order<'_>) -> Result<String, String> {
    let Order { table, program, data_dir, work } = order;
    let mut lines = vec![format!("#!{}", table.shell)];
    lines.extend(options(table).into_iter().map(|option| format!("#SBATCH {option}")));
    let (own_options, own_lines): (Vec<&String>, Vec<&String>) =
        table.lines.iter().partition(|line| line.starts_with("#SBATCH"));
    lines.extend(own_options.into_iter().cloned());
    lines.push(String::new());
    let job = match work {
        Work::Run(folder) => {
            lines.push(format!("folder={}", quoted(folder)?));
            "$SLURM_JOB_ID"
        }
        Work::Listed(list) => {
            lines.push(format!("folder=$(sed -n \"${{SLURM_ARRAY_TASK_ID}}p\" {})", quoted(list)?));
            // The list is cleared when no run waits for its job any more.
            lines.push(": \"${folder:?no run is left for this task}\"".to_owned());
            "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
        }
    };
    lines.push("exec >>\"$folder/worker.log\" 2>&1".to_owned());
    lines.push(format!("export STILLROOM_DATA_DIR={}", quoted(data_dir)?));
    lines.extend(ALLOCATOR.map(|(name, value)| format!("export {name}={value}")));
    if table.cpus > 0 {
        lines.push(format!("export RAYON_NUM_THREADS={}", table.cpus));
    }
    lines.extend(table.modules.iter().map(|module| format!("module load {}", single(module))));
    lines.extend(own_lines.into_iter().cloned());
    let program = if table.program.is_empty() { quoted(program)? } else { single(&table.program) };
    lines.push(format!("exec {program} worker \"$folder\" --device auto --job \"{job}\""));
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// What a table asks for, as options of `sbatch`.
fn options(table: &SlurmTable) -> Vec<String> {
    let gpus = (!table.gpus.is_empty()).then(|| format!("gpu:{}", table.gpus));
    let gres = gpus.into_iter().chain(Some(table.gres.clone()).filter(|gres| !gres.is_empty()));
    let gres = gres.collect::<Vec<_>>().join(",");
    let cpus = if table.cpus > 0 { table.cpus.to_string() } else { String::new() };
    let mut options = vec!["--nodes=1".to_owned(), "--ntasks=1".to_owned()];
    let words = [
        ("partition", &table.partition),
        ("account", &table.account),
        ("qos", &table.qos),
        ("reservation", &table.reservation),
        ("time", &table.time),
        ("mem", &table.memory),
        ("cpus-per-task", &cpus),
        ("gres", &gres),
        ("constraint", &table.constraint),
        ("exclude", &table.exclude),
    ];
    let given = words.into_iter().filter(|(_, value)| !value.is_empty());
    options.extend(given.map(|(option, value)| format!("--{option}=\"{value}\"")));
    options
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> Result<String, String> {
    match path.to_str() {
        Some(text) if !text.contains(char::is_control) => Ok(single(text)),
        _ => Err(format!(
            "{} cannot stand in a script; choose a path without line breaks and other controls",
            path.display()
        )),
    }
}

/// A text as one word of a shell.
fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn table() -> SlurmTable {
        SlurmTable {
            partition: "gpu".to_owned(),
            time: "1-00:00:00".to_owned(),
            memory: "16G".to_owned(),
            cpus: 4,
            gpus: "a100:1".to_owned(),
            gres: "shard:2".to_owned(),
            constraint: "a&b".to_owned(),
            modules: vec!["cuda/12.4".to_owned()],
            lines: vec!["ulimit -c 0".to_owned(), "#SBATCH --mail-type=FAIL".to_owned()],
            ..SlurmTable::default()
        }
    }

    fn order<'a>(table: &'a SlurmTable, work: Work<'a>) -> Order<'a> {
        Order {
            table,
            program: Path::new("/opt/still room/stillroom"),
            data_dir: Path::new("/home/o'neill/data"),
            work,
        }
    }

    #[test]
    fn a_script_asks_and_then_becomes_the_worker() {
        let table = table();
        let run = Path::new("/home/o'neill/data/runs/0007-dsa");
        assert_eq!(
            text(order(&table, Work::Run(run))).unwrap(),
            r#"#!/bin/bash -l
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --partition="gpu"
#SBATCH --time="1-00:00:00"
#SBATCH --mem="16G"
#SBATCH --cpus-per-task="4"
#SBATCH --gres="gpu:a100:1,shard:2"
#SBATCH --constraint="a&b"
#SBATCH --mail-type=FAIL

folder='/home/o'\''neill/data/runs/0007-dsa'
exec >>"$folder/worker.log" 2>&1
export STILLROOM_DATA_DIR='/home/o'\''neill/data'
export MALLOC_MMAP_MAX_=0
export MALLOC_TRIM_THRESHOLD_=17179869184
export MALLOC_TOP_PAD_=67108864
export RAYON_NUM_THREADS=4
module load 'cuda/12.4'
ulimit -c 0
exec '/opt/still room/stillroom' worker "$folder" --device auto --job "$SLURM_JOB_ID"
"#
        );
    }

    #[test]
    fn a_task_of_an_array_takes_its_line_of_the_list_whatever_stands_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = place.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let folders = [folder("0001-a"), folder("0002 $(touch x) 'b'")];
        let list = place.path().join("runs");
        let listed: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        std::fs::write(&list, listed.join("\n") + "\n").unwrap();
        let table = SlurmTable { shell: "/bin/sh".to_owned(), ..SlurmTable::default() };
        let order = Order {
            table: &table,
            program: Path::new("/bin/echo"),
            data_dir: place.path(),
            work: Work::Listed(&list),
        };
        let script = place.path().join("job.sh");
        std::fs::write(&script, text(order).unwrap()).unwrap();
        let status = Command::new("/bin/sh")
            .arg(&script)
            .envs([("SLURM_ARRAY_JOB_ID", "12"), ("SLURM_ARRAY_TASK_ID", "2")])
            .current_dir(place.path())
            .status()
            .unwrap();
        assert!(status.success());
        let said = std::fs::read_to_string(folders[1].join("worker.log")).unwrap();
        assert_eq!(said, format!("worker {} --device auto --job 12_2\n", listed[1]));
        assert!(!place.path().join("x").exists());
        std::fs::remove_file(&list).unwrap();
        let end = Command::new("/bin/sh").arg(&script).env("SLURM_ARRAY_TASK_ID", "2").output();
        let end = end.unwrap();
        assert!(!end.status.success());
        assert!(String::from_utf8_lossy(&end.stderr).contains("no run is left for this task"));
        assert_eq!(std::fs::read_to_string(folders[1].join("worker.log")).unwrap(), said);
    }

    #[test]
    fn a_path_with_a_line_break_is_refused() {
        let table = SlurmTable::default();
        let error = text(order(&table, Work::Run(Path::new("/a\nb")))).unwrap_err();
        assert!(error.contains("without line breaks"), "{error}");
    }
}
