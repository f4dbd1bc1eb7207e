//! The room that the database takes on disk: what living runs need, and a fixed slack.
//!
//! `SQLite` keeps the pages of deleted rows for rows to come. A database that has held many runs would stay as large
//! as it was, so pages beyond the slack are given back to the system, as many as are free and no others: the work is
//! that of the deletions. Its journal is a file for the time of a change alone.

use rusqlite::Connection;

/// Free pages that stay, 4 KiB each: the next changes need some.
const SLACK_PAGES: i64 = 64;
/// The word of `auto_vacuum` for "when it is told to".
const INCREMENTAL: i64 = 2;

/// Makes a database one that can give pages back. An older one is written anew for that, once it can be.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    if number(connection, "auto_vacuum")? == INCREMENTAL {
        return Ok(());
    }
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
    if number(connection, "page_count")? > 0
        && let Err(error) = connection.execute_batch("VACUUM")
    {
        // It takes room on the disk; without it the database works as it did.
        tracing::debug!("the database keeps its free pages: {error}");
    }
    Ok(())
}

/// Gives free pages beyond the slack back.
pub fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let beyond = number(connection, "freelist_count")? - SLACK_PAGES;
    if beyond > 0 {
        // One page at each step.
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({beyond})"))?;
        let mut steps = statement.query([])?;
        while steps.next()?.is_some() {}
    }
    Ok(())
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{
        super::{
            Store,
            tests::{entry, open},
        },
        *,
    };
    use crate::queue::run::{RunId, RunState};

    /// The bytes of all files of a database.
    fn bytes(folder: &Path) -> u64 {
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    }

    /// The bytes of a database that has never held anything but these runs.
    fn bytes_of(runs: std::ops::Range<u64>) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        store.save_all(&runs.map(|run| entry(run, 1)).collect::<Vec<_>>()).unwrap();
        bytes(folder.path())
    }

    const SLACK_BYTES: u64 = (SLACK_PAGES as u64 + 8) * 4096;

    fn save_many(store: &Store, runs: std::ops::Range<u64>) {
        let entries: Vec<_> = runs.map(|run| entry(run, run as i64)).collect();
        store.save_all(&entries).unwrap();
    }

    #[test]
    fn runs_that_are_deleted_give_their_room_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        let (living, mut largest) = (bytes_of(0..20), 0);
        save_many(&store, 0..20);
        for round in 1..=4 {
            let runs = round * 10_000..round * 10_000 + 3000;
            save_many(&store, runs.clone());
            largest = largest.max(bytes(folder.path()));
            store.connection.execute_batch("BEGIN").unwrap();
            for run in runs {
                store.connection.execute("DELETE FROM runs WHERE id = ?1", [run as i64]).unwrap();
            }
            store.connection.execute_batch("COMMIT").unwrap();
            store.delete(RunId::new(round * 10_000)).unwrap();
        }
        let left = bytes(folder.path());
        assert!(largest > living + 2 * SLACK_BYTES, "{largest} shows nothing");
        assert!(left <= living + SLACK_BYTES, "{left} bytes for runs that need {living}");
    }

    #[test]
    fn changes_of_a_run_take_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        let mut changed = entry(1, 1);
        let need = bytes_of(1..2);
        // Many in one go: a disk that is waited for shows nothing more.
        for round in 0..20 {
            store.connection.execute_batch("BEGIN").unwrap();
            for step in 0..1000_usize {
                let reason = "x".repeat(step % 500);
                changed.summary.state = RunState::Interrupted { at: changed.summary.added, reason };
                changed.summary.place = round;
                store.save(&changed).unwrap();
            }
            store.connection.execute_batch("COMMIT").unwrap();
        }
        let left = bytes(folder.path());
        assert!(left <= need + SLACK_BYTES, "{left} bytes for a run that needs {need}");
        drop(store);
        assert_eq!(open(folder.path()).unwrap().entries, [changed]);
    }

    #[test]
    fn a_database_of_before_gives_back_what_it_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let old = Connection::open(&path).unwrap();
        crate::queue::format::bring_up(&old).unwrap();
        old.execute_batch(
            "CREATE TABLE gone (x); INSERT INTO gone WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT \
             i + 1 FROM n WHERE i < 1000) SELECT zeroblob(4000) FROM n; DROP TABLE gone",
        )
        .unwrap();
        drop(old);
        assert!(bytes(folder.path()) > 4_000_000);
        let store = open(folder.path()).unwrap().store;
        store.save(&entry(1, 1)).unwrap();
        assert!(bytes(folder.path()) < SLACK_BYTES);
        drop(store);
        assert_eq!(open(folder.path()).unwrap().entries, [entry(1, 1)]);
    }
}
