//! Ten hosts with a thousand runs each.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use rusqlite::Connection;
use serde_json::Value;

use super::{
    ended::ended,
    home::{Home, kill},
    pair::Pair,
    parts,
};

const RUNS: u64 = 1000;
const HOSTS: usize = 10;

/// Fills a home's queue with copies of a run that has failed.
fn fill(home: &Home) {
    // No machine has it, so no worker starts.
    let run = home.add(3, &["device=gpu:7"]);
    home.wait(run, "failed");
    let (folder, database) = (home.run_folder(run), home.data().join("queue.sqlite"));
    kill(home.daemon_pid().unwrap());
    let mut database = Connection::open(database).unwrap();
    let all = database.transaction().unwrap();
    all.execute_batch("CREATE TEMP TABLE one AS SELECT * FROM runs").unwrap();
    for run in 2..=RUNS {
        let name = format!("{run:04}-a-copy");
        let to = folder.with_file_name(&name);
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            if file.path().is_file() {
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        all.execute("UPDATE one SET id = ?1, place = ?1, folder = ?2", (run as i64, name)).unwrap();
        all.execute("INSERT INTO runs SELECT * FROM one", ()).unwrap();
    }
    all.execute_batch("DROP TABLE one").unwrap();
    all.commit().unwrap();
}

/// Data directories that are as this one, each with a daemon of its own later.
struct Copies(Vec<PathBuf>);

impl Drop for Copies {
    fn drop(&mut self) {
        for data in &self.0 {
            let lock = fs::read_to_string(data.join("daemon.lock")).unwrap_or_default();
            if let Some(pid) = lock.lines().next().and_then(|pid| pid.parse().ok()) {
                kill(pid);
            }
        }
    }
}

#[test]
fn ten_hosts_with_a_thousand_runs_each_are_listed() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let begun = Instant::now();
    fill(&pair.far);
    eprintln!("{RUNS} runs are made in {:.1?}", begun.elapsed());
    let names: Vec<String> = (0..HOSTS).map(|host| format!("host-{host}")).collect();
    let folder = pair.far.folder.path().to_owned();
    let copies =
        Copies(names.iter().map(|name| copy(&pair.far.data(), &folder.join(name))).collect());
    let program = Path::new(env!("CARGO_BIN_EXE_stillroom"));
    let hosts = names.iter().zip(&copies.0);
    pair.hosts(
        &hosts.map(|(name, data)| (name.as_str(), data.as_path(), program)).collect::<Vec<_>>(),
    );
    let here = copy(&pair.far.data(), &pair.near.data());
    assert_eq!(here, pair.near.data());

    let list = |host: &str| {
        let done = ended(&mut pair.program(&["--host", host, "ls"]));
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(done.printed.lines().count() as u64, RUNS + 1);
        done
    };
    let begun = Instant::now();
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| list(name));
        }
    });
    eprintln!("ten hosts at once, each with its daemon's start: {:.1?}", begun.elapsed());
    let begun = Instant::now();
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| list(name));
        }
    });
    eprintln!("ten hosts at once: {:.1?}", begun.elapsed());
    for (host, words) in
        [("host-3", "one host"), ("here", "here, with the daemon's start"), ("here", "here")]
    {
        let done = list(host);
        eprintln!(
            "{words}: {:.2?}, {} KiB, {} MiB of memory",
            done.took,
            done.printed.len() >> 10,
            done.peak_mebibytes
        );
    }
    let json = ended(&mut pair.program(&["--host", "host-7", "ls", "--json"])).printed;
    let runs: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(runs.as_array().unwrap().len() as u64, RUNS);
}

/// Another data directory with the same runs in its queue. Their folders are shared: nobody writes into them.
fn copy(data: &Path, to: &Path) -> PathBuf {
    fs::create_dir(to).unwrap();
    fs::copy(data.join("queue.sqlite"), to.join("queue.sqlite")).unwrap();
    symlink(data.join("runs"), to.join("runs")).unwrap();
    to.to_owned()
}
