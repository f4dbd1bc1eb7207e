//! Runs that are submitted together: a folder with the script, the list of their folders and what Slurm has to say.
//!
//! ```text
//! slurm/NAME/job.sh       the script
//! slurm/NAME/runs         the folders of its runs, one a line: that of a task's number is its run
//! slurm/NAME/slurm*.out   what Slurm itself says of a job; what its worker prints is in the run's folder
//! ```
//!
//! The list is there before the job is, and the job carries the batch's name as its comment, so that a daemon that
//! ends in between finds its jobs again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::script::{self, Work};
use crate::{config::SlurmTable, queue::RunId, record::atomic};

/// A batch, as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name, once in a data directory.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The name of its job.
    pub job_name: String,
    /// Its runs, in the order of the tasks.
    pub runs: Vec<RunId>,
}

impl Batch {
    /// The script of its job.
    pub fn script(&self) -> PathBuf {
        self.folder.join("job.sh")
    }

    /// What its job is known by.
    pub fn comment(&self, data_dir: &Path) -> String {
        format!("{}{}", mark(data_dir), self.name)
    }

    /// The number of the job that does a run, of a batch whose job has this number.
    pub fn job_of(&self, job: &str, run: RunId) -> Option<String> {
        let at = self.runs.iter().position(|known| *known == run)?;
        Some(if self.runs.len() > 1 { format!("{job}_{}", at + 1) } else { job.to_owned() })
    }
}

/// What the comments of all jobs of a data directory begin with.
pub fn mark(data_dir: &Path) -> String {
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    let tag = digest.iter().take(4).fold(0_u32, |tag, byte| tag << 8 | u32::from(*byte));
    format!("stillroom:{tag:08x}:")
}

/// The folder of all batches of a data directory.
pub fn place(data_dir: &Path) -> PathBuf {
    data_dir.join("slurm")
}

/// The list of the runs of the batch in a folder.
pub fn list(folder: &Path) -> PathBuf {
    folder.join("runs")
}

/// The file for what Slurm itself has to say of a task of an array, or of a job that is none.
pub fn output_name(task: Option<usize>) -> String {
    task.map_or_else(|| "slurm.out".to_owned(), |task| format!("slurm-{task}.out"))
}

/// When the batch of this name was made, in milliseconds of the clock; `None` for what is no batch's name.
pub fn made(name: &str) -> Option<u64> {
    let (first, made) = name.split_once('-')?;
    let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    u64::from_str_radix(made, 16).ok().filter(|_| is_number)
}

/// Writes a batch of runs, each with its folder; `study` is the one that all of them are for, if any.
pub fn write(
    data_dir: &Path,
    table: &SlurmTable,
    program: &Path,
    study: &str,
    runs: &[(RunId, PathBuf)],
) -> Result<Batch, String> {
    let first = runs.first().map(|(run, _)| run.number).unwrap_or_default();
    let name = format!("{first:04}-{:x}", Timestamp::now().as_millisecond());
    let folder = place(data_dir).join(&name);
    let list = list(&folder);
    let work = match runs {
        [(_, only)] => Work::Run(only),
        _ => Work::Listed(&list),
    };
    let text = script::text(script::Order { table, program, data_dir, work })?;
    let mut lines = String::new();
    for (_, folder) in runs {
        // The script has refused names that cannot be lines, but for those in the list.
        let line = folder.to_str().filter(|line| !line.contains('\n'));
        let line = line.ok_or_else(|| format!("{} cannot be a line", folder.display()))?;
        lines.push_str(line);
        lines.push('\n');
    }
    let written = atomic::create_folder(&folder)
        .and_then(|()| atomic::write(&list, lines.as_bytes()))
        .and_then(|()| atomic::write(&folder.join("job.sh"), text.as_bytes()));
    if let Err(error) = written {
        // The failure to report is the first one.
        let _ = fs::remove_dir_all(&folder);
        return Err(error.to_string());
    }
    let job_name = if study.is_empty() { format!("stillroom-{first}") } else { named(study) };
    let runs = runs.iter().map(|(run, _)| *run).collect();
    Ok(Batch { name, folder, job_name, runs })
}

/// The folder of the run that is the `part`th task, from 1, of a batch.
pub fn run_folder(data_dir: &Path, name: &str, part: usize) -> Option<PathBuf> {
    // A comment comes from outside and leads nowhere else.
    made(name)?;
    let list = fs::read_to_string(list(&place(data_dir).join(name))).ok()?;
    list.lines().nth(part.checked_sub(1)?).map(PathBuf::from)
}

/// A study's name as a part of a job's.
fn named(study: &str) -> String {
    let tame = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    format!("stillroom-{}", study.chars().map(tame).take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_leads_back_to_its_run() {
        let place = tempfile::tempdir().unwrap();
        let runs = [
            (RunId::new(7), place.path().join("runs/0007-a")),
            (RunId::new(9), place.path().join("runs/0009-b")),
        ];
        let table = SlurmTable::default();
        let batch = write(place.path(), &table, Path::new("/bin/x"), "table 1;", &runs).unwrap();
        assert_eq!((batch.job_name.as_str(), batch.runs.len()), ("stillroom-table-1-", 2));
        let comment = batch.comment(place.path());
        let name = comment.strip_prefix(&mark(place.path())).unwrap();
        assert_eq!(run_folder(place.path(), name, 2).unwrap(), runs[1].1);
        assert_eq!(run_folder(place.path(), name, 3), None);
        assert_eq!(batch.job_of("12", RunId::new(9)).as_deref(), Some("12_2"));
        assert!(fs::read_to_string(batch.script()).unwrap().contains("SLURM_ARRAY_TASK_ID"));
        let alone = write(place.path(), &table, Path::new("/bin/x"), "", &runs[..1]).unwrap();
        assert_eq!(
            (alone.job_of("13", RunId::new(7)).as_deref(), alone.job_name.as_str()),
            (Some("13"), "stillroom-7")
        );
        for foreign in ["../runs", "", "a/b", "/etc", "7-/etc", "-1", "7-"] {
            assert_eq!(run_folder(place.path(), foreign, 1), None);
        }
    }

    #[test]
    fn a_batch_that_cannot_be_written_is_a_sentence_and_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("slurm"), "a file").unwrap();
        let runs = [(RunId::new(1), place.path().join("runs/0001"))];
        let error = write(place.path(), &SlurmTable::default(), Path::new("/x"), "", &runs);
        assert!(error.unwrap_err().starts_with("cannot write "));
    }
}
