//! The format of the queue's database, kept in its `user_version`, and the steps from one to the next.
//!
//! A new database goes through all of them, an older one through those that it lacks, each whole or not
//! at all.

use rusqlite::Connection;

/// The format that this program reads and writes.
pub const FORMAT: i64 = STEPS.len() as i64;

/// What leads to format 1, 2, …
const STEPS: [&str; 4] = [RUNS, STUDIES_AND_NUMBERS, PENDING, MEMORY];

const RUNS: &str = "
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
    added TEXT NOT NULL,
    folder TEXT NOT NULL UNIQUE, -- its name in runs/
    title TEXT NOT NULL,
    method TEXT NOT NULL,
    data_set TEXT NOT NULL,
    ipc INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    device TEXT NOT NULL,
    state TEXT NOT NULL,         -- JSON
    digest TEXT NOT NULL,        -- JSON
    launched_after INTEGER NOT NULL,
    snapshots INTEGER NOT NULL
) STRICT;
";

const STUDIES_AND_NUMBERS: &str = "
ALTER TABLE runs ADD COLUMN study TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE TABLE numbers (
    given INTEGER NOT NULL       -- the highest number of a run that is deleted
) STRICT;
INSERT INTO numbers VALUES (0);
";

/// A state may be `pending`. Programs of the formats before would take the database for a damaged one.
const PENDING: &str = "";

const MEMORY: &str = "
ALTER TABLE runs ADD COLUMN memory REAL NOT NULL DEFAULT 0; -- GiB
";

/// The format of a database.
pub fn of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a database to [`FORMAT`].
pub fn bring_up(connection: &Connection) -> rusqlite::Result<()> {
    let from = of(connection)?;
    let missing = STEPS.iter().zip(1_i64..).filter(|(_, format)| *format > from);
    for (step, format) in missing {
        let step = format!("BEGIN IMMEDIATE; {step} PRAGMA user_version = {format}; COMMIT;");
        connection.execute_batch(&step)?;
    }
    Ok(())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A database as the program of format 1 left it.
    pub fn of_format_1(connection: &Connection) {
        connection.execute_batch(&format!("{RUNS} PRAGMA user_version = 1;")).unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_format_before() {
        let connection = Connection::open_in_memory().unwrap();
        of_format_1(&connection);
        // It stands in the way of the second step's last part.
        connection.execute_batch("CREATE TABLE numbers (x)").unwrap();
        bring_up(&connection).unwrap_err();
        connection.execute_batch("ROLLBACK; DROP TABLE numbers").unwrap();
        assert_eq!(of(&connection).unwrap(), 1);
        bring_up(&connection).unwrap();
        assert_eq!(of(&connection).unwrap(), FORMAT);
    }
}
