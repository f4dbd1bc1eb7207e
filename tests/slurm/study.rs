//! A study's runs are the tasks of one job.

use std::fs;

use super::{
    cluster::Cluster,
    home::{Home, until},
};

const STUDY: &str = r#"
title = "Two methods"
corner = "method"
rows = [
    { name = "DSA", set = { method = "dsa" } },
    { name = "DC", set = { method = "dc" } },
]
columns = [{ name = "1", set = { ipc = 1 } }]

[base]
device = "cpu"

[base.network]
width = 4

[base.condense]
iterations = 3
real_batch = 8

[base.evaluate]
networks = 1
epochs = 2
"#;

pub fn a_studys_runs_are_one_array_and_come_to_their_end() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "time = \"10:00\"\nwarning = 60\ncpus = 1");
    fs::create_dir_all(home.config().join("studies")).unwrap();
    fs::write(home.config().join("studies/mine.toml"), STUDY).unwrap();
    // Nothing is measured on the machine that hands runs over.
    home.prints(&["study", "add", "mine"]);
    for run in [1, 2] {
        let summary = home.wait(run, "finished");
        assert!(summary["digest"]["accuracy"][0].as_f64().unwrap() > 0.0);
        home.assert_one_writer(run);
    }
    let jobs: Vec<String> = [1, 2].iter().map(|run| home.started(*run)[0].job.clone()).collect();
    let (array, _) = jobs[0].split_once('_').unwrap();
    assert_eq!(jobs, [format!("{array}_1"), format!("{array}_2")]);
    let batches = home.data().join("slurm");
    until("nothing is left of its scripts", || (!batches.exists()).then_some(()));
    assert!(home.prints(&["study", "show", "mine"]).contains("DSA"));
    assert!(cluster.asks("squeue", &["-h", "-t", "all", "-o", "%j"]).contains("stillroom-mine"));
}
