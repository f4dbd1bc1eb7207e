//! The queue on disk: one `SQLite` table, one row per run.
//!
//! Every change is on disk before anybody is told of it. A damaged database is put aside and the queue
//! made anew from the run folders; one from a newer version is refused and left as it is.

mod room;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params};

use super::{
    entry::Entry,
    format::{self, FORMAT},
    run::{RunId, RunSummary},
};

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is from a newer version of the program.
    #[error(
        "{} was written by a newer Stillroom (format {found}; this one knows {FORMAT}). Use that version, \
         or another data directory (STILLROOM_DATA_DIR). Nothing was changed.", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// `SQLite` or the system says no.
    #[error("cannot use {}: {source}{}", path.display(), advice(source))]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// A damaged database could not be put aside.
    #[error("{} is damaged and could not be put aside: {source}", path.display())]
    Aside {
        /// The database.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => " — free some space",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            " — make the folder writable, or choose another data directory"
        }
        _ => "",
    }
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    runs: PathBuf,
    connection: Connection,
}

/// A database, and what stood in it.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    /// The runs in it, in queue order.
    pub entries: Vec<Entry>,
    /// Where a damaged database was put, if there was one.
    pub damaged: Option<PathBuf>,
}

impl Store {
    /// Opens the database at `path` for the run folders in `runs`, or makes it.
    pub fn open(path: &Path, runs: &Path) -> Result<Opened, StoreError> {
        refuse_newer(path)?;
        match Self::open_sound(path, runs) {
            Ok((store, entries)) => Ok(Opened { store, entries, damaged: None }),
            Err(error) if is_damage(&error) => {
                let aside = put_aside(path)
                    .map_err(|source| StoreError::Aside { path: path.to_owned(), source })?;
                let (store, entries) =
                    Self::open_sound(path, runs).map_err(|source| failed(path, source))?;
                Ok(Opened { store, entries, damaged: Some(aside) })
            }
            Err(source) => Err(failed(path, source)),
        }
    }

    fn open_sound(path: &Path, runs: &Path) -> rusqlite::Result<(Self, Vec<Entry>)> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(damage(verdict));
        }
        room::prepare(&connection)?;
        format::bring_up(&connection)?;
        let store = Self { path: path.to_owned(), runs: runs.to_owned(), connection };
        let entries = store.load()?;
        Ok((store, entries))
    }

    fn load(&self) -> rusqlite::Result<Vec<Entry>> {
        let mut statement = self.connection.prepare("SELECT * FROM runs ORDER BY place, id")?;
        let rows = statement.query_map([], |row| self.read(row))?;
        rows.collect()
    }

    fn read(&self, row: &Row<'_>) -> rusqlite::Result<Entry> {
        let added: String = row.get("added")?;
        let folder: String = row.get("folder")?;
        let state: String = row.get("state")?;
        let digest: String = row.get("digest")?;
        let summary = RunSummary {
            id: RunId::new(row.get::<_, i64>("id")? as u64),
            title: row.get("title")?,
            state: serde_json::from_str(&state).map_err(|error| damage(error.to_string()))?,
            place: row.get("place")?,
            added: added.parse::<Timestamp>().map_err(|error| damage(error.to_string()))?,
            method: row.get("method")?,
            set: row.get("data_set")?,
            ipc: row.get::<_, i64>("ipc")? as u64,
            seed: row.get::<_, i64>("seed")? as u64,
            network: row.get("network")?,
            device: row.get("device")?,
            memory: row.get("memory")?,
            study: row.get("study")?,
            waits_for: String::new(),
            folder: self.runs.join(folder).display().to_string(),
            // An older digest that no longer reads is made anew from the log.
            digest: serde_json::from_str(&digest).unwrap_or_default(),
        };
        let launched_after = row.get::<_, i64>("launched_after")? as u64;
        Ok(Entry::of(summary, launched_after, row.get::<_, i64>("snapshots")? as u64))
    }

    /// Writes an entry, new or changed.
    pub fn save(&self, entry: &Entry) -> Result<(), StoreError> {
        self.write(entry).map_err(|source| failed(&self.path, source))
    }

    /// Writes several entries, all of them or none.
    pub fn save_all<'a>(
        &self,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<(), StoreError> {
        let written = (|| {
            let transaction = self.connection.unchecked_transaction()?;
            entries.into_iter().try_for_each(|entry| self.write(entry))?;
            transaction.commit()
        })();
        written.map_err(|source| failed(&self.path, source))
    }

    /// Forgets a run, but not that its number is taken.
    pub fn delete(&self, run: RunId) -> Result<(), StoreError> {
        let deleted = (|| {
            let transaction = self.connection.unchecked_transaction()?;
            let id = run.number as i64;
            transaction.execute("UPDATE numbers SET given = max(given, ?1)", [id])?;
            transaction.execute("DELETE FROM runs WHERE id = ?1", [id])?;
            transaction.commit()
        })();
        deleted.map_err(|source| failed(&self.path, source))?;
        if let Err(error) = room::give_back(&self.connection) {
            // The run is deleted, and the next deletion tries again.
            tracing::debug!("the database keeps its size: {error}");
        }
        Ok(())
    }

    /// The highest number of a run that is deleted; 0 where there is none.
    pub fn highest_deleted(&self) -> Result<u64, StoreError> {
        let found = self.connection.query_row("SELECT max(given) FROM numbers", [], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.unwrap_or(0) as u64)
        });
        found.map_err(|source| failed(&self.path, source))
    }

    /// Writes a new entry once `make` has made its folder; neither is there unless both are.
    pub fn insert<E: From<StoreError>>(
        &mut self,
        entry: &Entry,
        make: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let begun = |store: &Self| {
            store.connection.execute_batch("BEGIN IMMEDIATE")?;
            store.write(entry)
        };
        let path = self.path.clone();
        let done = begun(self)
            .map_err(|source| E::from(failed(&path, source)))
            .and_then(|()| make())
            .and_then(|()| {
                let committed = self.connection.execute_batch("COMMIT");
                committed.map_err(|source| E::from(failed(&path, source)))
            });
        if done.is_err() && !self.connection.is_autocommit() {
            // The failure to report is the first one.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        done
    }

    fn write(&self, entry: &Entry) -> rusqlite::Result<()> {
        let run = &entry.summary;
        let json =
            |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
        let folder = Path::new(&run.folder).file_name().unwrap_or_default();
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO runs (id, place, added, folder, title, method, data_set, ipc, \
                 seed, device, state, digest, launched_after, snapshots, study, network, memory) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )?
            .execute(params![
                run.id.number as i64,
                run.place,
                run.added.to_string(),
                folder.to_string_lossy(),
                run.title,
                run.method,
                run.set,
                run.ipc as i64,
                run.seed as i64,
                run.device,
                serde_json::to_string(&run.state).map_err(json)?,
                serde_json::to_string(&run.digest).map_err(json)?,
                entry.launched_after as i64,
                entry.snapshots as i64,
                run.study,
                run.network,
                run.memory,
            ])?;
        Ok(())
    }
}

/// Looks at the format without writing a byte.
fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    let format = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|connection| format::of(&connection));
    match format {
        Ok(found) if found > FORMAT => Err(StoreError::Newer { path: path.to_owned(), found }),
        // What is wrong with it otherwise shows when it is opened for use.
        _ => Ok(()),
    }
}

fn failed(path: &Path, source: rusqlite::Error) -> StoreError {
    StoreError::Sqlite { path: path.to_owned(), source }
}

/// A database that `SQLite` can read but that does not hold what it should.
fn damage(what: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error {
        code: ErrorCode::DatabaseCorrupt,
        extended_code: rusqlite::ffi::SQLITE_CORRUPT,
    };
    rusqlite::Error::SqliteFailure(code, Some(what))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(code, message) => {
            matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || message.as_deref().is_some_and(|text| text.starts_with("no such "))
        }
        E::InvalidColumnName(_) | E::InvalidColumnType(..) | E::FromSqlConversionFailure(..) => {
            true
        }
        _ => false,
    }
}

fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let stamp = Timestamp::now().as_second();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!("{name}.damaged-{stamp}"));
    fs::rename(path, &aside)?;
    // The journal of a damaged database must not be played into the new one.
    for suffix in ["-journal", "-wal", "-shm"] {
        let _ = fs::remove_file(path.with_file_name(format!("{name}{suffix}")));
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::{entry::Kept, run::RunState},
        spec::{Method, Spec, defaults},
    };

    pub(super) fn entry(id: u64, place: i64) -> Entry {
        let spec = Spec { memory: 1.5, ..defaults::published(Method::Dsa, "mnist-5k", 1) };
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let state = RunState::Interrupted { at, reason: "gone".to_owned() };
        let kept = Kept {
            launched_after: 5,
            snapshots: 2,
            study: "table-1".to_owned(),
            ..Kept::new(RunId::new(id), place, at, state)
        };
        Entry::new(kept, &spec, Path::new(&format!("/runs/{id:04}")))
    }

    pub(super) fn open(folder: &Path) -> Result<Opened, StoreError> {
        Store::open(&folder.join("queue.sqlite"), Path::new("/runs"))
    }

    #[test]
    fn what_is_saved_is_there_again_in_queue_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        let (mut first, second) = (entry(1, 7), entry(2, 3));
        store.save(&first).unwrap();
        store.save(&second).unwrap();
        first.summary.state = RunState::Finished { at: first.summary.added };
        first.summary.digest.accuracy = Some((0.5, 0.1));
        store.save(&first).unwrap();
        drop(store);
        let opened = open(folder.path()).unwrap();
        assert_eq!((opened.entries, opened.damaged), (vec![second, first], None));
    }

    #[test]
    fn several_entries_are_saved_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        let (first, second) = (entry(1, 1), entry(2, 2));
        store.save_all([&first, &second]).unwrap();
        let moved = entry(1, 5);
        store.connection.execute_batch("CREATE TEMP TRIGGER no BEFORE INSERT ON runs WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END").unwrap();
        assert!(store.save_all([&moved, &second]).is_err());
        drop(store);
        assert_eq!(open(folder.path()).unwrap().entries, [first, second]);
    }

    #[test]
    fn a_deleted_runs_number_stays_taken() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap().store;
        store.save_all([&entry(3, 1), &entry(7, 2)]).unwrap();
        assert_eq!(store.highest_deleted().unwrap(), 0);
        store.delete(RunId::new(7)).unwrap();
        store.delete(RunId::new(3)).unwrap();
        drop(store);
        let opened = open(folder.path()).unwrap();
        assert_eq!((opened.entries, opened.store.highest_deleted().unwrap()), (vec![], 7));
    }

    #[test]
    fn a_database_of_format_1_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let old = Connection::open(&path).unwrap();
        format::tests::of_format_1(&old);
        old.execute_batch(
            r#"INSERT INTO runs VALUES (1, 7, '2023-11-14T22:13:20Z', '0001', 'dsa mnist-5k ipc 1', 'dsa',
               'mnist-5k', 1, 0, 'auto', '{"state":"interrupted","at":"2023-11-14T22:13:20Z","reason":"gone"}',
               '{}', 5, 2)"#,
        )
        .unwrap();
        drop(old);
        let opened = open(folder.path()).unwrap();
        assert_eq!(opened.damaged, None);
        let mut expected = entry(1, 7);
        // The old program knew none of them.
        expected.summary.memory = 0.0;
        expected.summary.study.clear();
        expected.summary.network.clear();
        assert_eq!(opened.entries, [expected]);
        opened.store.save(&entry(1, 7)).unwrap();
        drop(opened);
        let opened = open(folder.path()).unwrap();
        assert_eq!((opened.entries, opened.damaged), (vec![entry(1, 7)], None));
    }

    #[test]
    fn without_its_folder_a_run_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap().store;
        let full = || StoreError::Aside {
            path: "x".into(),
            source: io::Error::from(io::ErrorKind::StorageFull),
        };
        assert!(store.insert(&entry(1, 1), || Err(full())).is_err());
        store.insert::<StoreError>(&entry(2, 2), || Ok(())).unwrap();
        drop(store);
        assert_eq!(open(folder.path()).unwrap().entries, [entry(2, 2)]);
    }

    #[test]
    fn a_newer_database_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let newer = Connection::open(&path).unwrap();
        newer.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 7").unwrap();
        drop(newer);
        let before = fs::read(&path).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("newer Stillroom (format 7"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_database_is_put_aside() {
        let broken_state = |path: &Path| {
            let opened = Store::open(path, Path::new("/runs")).unwrap();
            opened.store.save(&entry(1, 1)).unwrap();
            opened.store.connection.execute("UPDATE runs SET state = '{'", []).unwrap();
        };
        let foreign_tables = |path: &Path| {
            let other = Connection::open(path).unwrap();
            other.execute_batch("CREATE TABLE other (x); PRAGMA user_version = 1").unwrap();
        };
        let garbage = |path: &Path| fs::write(path, "no database at all".repeat(99)).unwrap();
        let ways: [&dyn Fn(&Path); 3] = [&broken_state, &foreign_tables, &garbage];
        for damage in ways {
            let folder = tempfile::tempdir().unwrap();
            damage(&folder.path().join("queue.sqlite"));
            let opened = open(folder.path()).unwrap();
            assert!(opened.entries.is_empty());
            assert!(opened.damaged.unwrap().exists());
            opened.store.save(&entry(3, 3)).unwrap();
        }
    }

    #[test]
    fn an_unwritable_place_is_a_sentence() {
        let error = open(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().ends_with("choose another data directory"), "{error}");
    }
}
