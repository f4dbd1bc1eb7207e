use super::*;
use crate::config::DEFAULT_SETTINGS;

fn read(text: &str) -> (Starting, Vec<String>) {
    let starting = Starting::read("config.toml", text, &|_| None);
    let faults = starting.faults.iter().map(ToString::to_string).collect();
    (starting, faults)
}

#[test]
fn a_table_says_what_jobs_ask_for() {
    let (starting, faults) = read(
        "executor = \"slurm\"\n[slurm]\npartition = \"gpu,long\"\ntime = \"1-00:00:00\"\ngpus = 1\n\
         memory = \"16G\"\ncpus = 4\nconstraint = \"a100|h100\"\nmodules = [\"cuda/12.4\"]\n\
         lines = [\"#SBATCH --mail-type=FAIL\", \"ulimit -c 0\"]\njobs = 8\n",
    );
    assert_eq!(faults, [] as [&str; 0]);
    let table = starting.slurm;
    assert_eq!(starting.executor, Executor::Slurm);
    assert_eq!((table.gpus.as_str(), table.cpus, table.jobs), ("1", 4, 8));
    assert_eq!((table.warning, table.lines.len()), (180, 2));
}

#[test]
fn every_fault_names_its_line_and_its_key() {
    let (starting, faults) = read(
        "executor = \"slrum\"\n[slurm]\npartition = \"gpu; rm\"\naccount = \"a\\nb\"\ntime = \"soon\"\n\
         memory = \"16 GB\"\ncpus = 0\nmodules = [\"a b\"]\nlines = [\"a\\nb\", \"#SBATCH --array=1-9\"]\n\
         partitoin = \"x\"\nshell = \"bash\"\nqos = 3\n",
    );
    assert_eq!(starting, Starting { faults: starting.faults.clone(), ..Starting::default() });
    let starts = [
        "config.toml, line 1, `executor`: \"slrum\" is a string; allowed: local, slurm",
        "config.toml, line 3, `slurm.partition`: \"gpu; rm\" is a string; allowed: letters, digits",
        "config.toml, line 4, `slurm.account`",
        "config.toml, line 5, `slurm.time`: \"soon\" is a string; allowed: minutes,",
        "config.toml, line 6, `slurm.memory`",
        "config.toml, line 7, `slurm.cpus`: 0 is a whole number; allowed: a whole number from 1 to 65535",
        "config.toml, line 8, `slurm.modules`: \"a b\" cannot stand here",
        "config.toml, line 9, `slurm.lines`: \"a\\nb\" cannot stand here; allowed: one line each",
        "config.toml, line 9, `slurm.lines`: \"#SBATCH --array=1-9\" cannot",
        "config.toml, line 10, `slurm.partitoin`: unknown key; did you mean `partition`?",
        "config.toml, line 11, `slurm.shell`: \"bash\" is a string; allowed: an absolute path",
        "config.toml, line 12, `slurm.qos`: 3 is a whole number",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
    assert_eq!(
        read("slurm = 3").1[0],
        "config.toml, line 1, `slurm`: is no table; allowed: [slurm] and keys below it"
    );
}

#[test]
fn a_warning_comes_before_the_limit() {
    let faults = read("[slurm]\ntime = 2\nwarning = 120\n").1;
    assert_eq!(
        faults,
        [
            "config.toml, line 3, `slurm.warning`: 120 s leave nothing of a limit of 120 s; allowed: less than `time`"
        ]
    );
    assert!(read("[slurm]\ntime = \"3:00\"\nwarning = 120\n").1.is_empty());
}

#[test]
fn limits_are_read_as_slurm_reads_them() {
    let known = [
        ("90", 5400),
        ("1:30", 90),
        ("2:00:00", 7200),
        ("1-0", 86400),
        ("1-02:03", 93_780),
        ("0-00:00:10", 10),
    ];
    for (text, secs) in known {
        assert_eq!(seconds(text), Some(secs), "{text}");
    }
    for text in ["", "x", "1:2:3:4", "-5", "1-", "1:", "999999999999"] {
        assert_eq!(seconds(text), None, "{text}");
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let get = |word: &'static str| move |name: &str| (name == VARIABLE).then(|| word.to_owned());
    let text = "executor = \"slurm\"\n";
    assert_eq!(Starting::read("", text, &get("local")).executor, Executor::Local);
    assert_eq!(Starting::read("", text, &get("")).executor, Executor::Slurm);
    let wrong = Starting::read("", text, &get("pbs"));
    assert_eq!(
        wrong.faults[0].to_string(),
        "the environment, `STILLROOM_EXECUTOR`: `pbs` is not known; allowed: local, slurm"
    );
}

#[test]
fn the_embedded_file_lists_every_key_with_a_value_that_is_allowed() {
    let bare: String = DEFAULT_SETTINGS
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .filter(|line| !line.starts_with(' '))
        .flat_map(|line| [line, "\n"])
        .collect();
    let (starting, faults) = read(&bare);
    assert_eq!(faults, [] as [&str; 0]);
    assert_eq!(starting.executor, Executor::Local);
    let shown = starting.slurm;
    let usual = SlurmTable::default();
    assert_eq!(
        (shown.warning, shown.jobs, &shown.shell),
        (usual.warning, usual.jobs, &usual.shell)
    );
    let words = [
        &shown.partition,
        &shown.account,
        &shown.qos,
        &shown.reservation,
        &shown.time,
        &shown.memory,
        &shown.gpus,
        &shown.gres,
        &shown.constraint,
        &shown.exclude,
        &shown.program,
    ];
    assert!(words.iter().all(|word| !word.is_empty()), "an example of each");
    assert!(shown.cpus > 0 && !shown.modules.is_empty() && !shown.lines.is_empty());
}
