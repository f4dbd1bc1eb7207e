//! What a study is made of, as its TOML says it.

use serde::{Deserialize, Serialize};

use super::table::Published;

/// A study under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The name that `study` takes.
    pub name: &'static str,
    /// TOML; its first comment line says what it is for.
    pub text: &'static str,
}

macro_rules! studies {
    ($($name:literal),+ $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../../configs/studies/", $name, ".toml")) }),+]
    };
}

/// Every study that comes with the program.
pub const STUDIES: &[Shipped] = studies![
    "table-1-small",
    "ablation-siamese-small",
    "ablation-strategy-small",
    "cross-architecture-small",
    "continual-digits-small",
    "continual-cifar100-small",
    "table-1-mnist",
    "table-1-cifar10",
    "cross-architecture",
    "ablation-siamese",
    "ablation-strategy",
    "continual-digits",
    "continual-cifar100",
];

impl Shipped {
    /// The study with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        STUDIES.iter().find(|study| study.name == name)
    }

    /// What it is for: its first comment line.
    pub fn purpose(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// A study that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyFault {
    /// The text is not what a study is.
    #[error("{source_name}: {problem}")]
    Text {
        /// How the text is called.
        source_name: String,
        /// What is wrong, with its line where that is known.
        problem: String,
    },
    /// The spec of a cell is at fault.
    #[error("{source_name}, row `{row}`, column `{column}`: {problem}")]
    Cell {
        /// How the text is called.
        source_name: String,
        /// The cell's row.
        row: String,
        /// Its column.
        column: String,
        /// The spec's faults.
        problem: String,
    },
}

/// Rows, columns and what is common to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The heading of the table.
    pub title: String,
    /// What the rows are, over their names.
    pub corner: String,
    /// One run of every cell for each of these seeds.
    #[serde(default = "one_seed")]
    pub seeds: Vec<u64>,
    /// The spec that all cells share, as far as it is not the published one.
    #[serde(default)]
    pub base: toml::Table,
    /// The rows, from top to bottom.
    pub rows: Vec<Line>,
    /// The columns, from left to right.
    pub columns: Vec<Line>,
    /// Pairs of rows that are held against each other, seed by seed.
    #[serde(default)]
    pub compare: Vec<[String; 2]>,
}

/// A row or a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What stands before the row, or over the column.
    pub name: String,
    /// What it changes in the spec; a column's changes go over a row's.
    #[serde(default)]
    pub set: toml::Table,
    /// The network that the set is evaluated on, in a column; the run's own where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub on: String,
    /// The task that the accuracy is after, in a column, from 1; the run's end where it is left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    /// Published values, in a row: one for each column, `-` where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
}

// The signature that serde asks for.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(after: &u64) -> bool {
    *after == 0
}

fn one_seed() -> Vec<u64> {
    vec![0]
}

impl Definition {
    /// Reads a study; messages call the text `source`.
    ///
    /// # Errors
    /// When it is no TOML, lacks something, or its published values are not as many as its columns.
    pub fn parse(text: &str, source: &str) -> Result<Self, StudyFault> {
        let fault = |problem: String| StudyFault::Text { source_name: source.to_owned(), problem };
        let study: Self =
            toml::from_str(text).map_err(|error| fault(error.to_string().trim().to_owned()))?;
        if study.rows.is_empty() || study.columns.is_empty() || study.seeds.is_empty() {
            return Err(fault("a study has at least one row, one column and one seed".to_owned()));
        }
        let columns = study.columns.len();
        for row in &study.rows {
            let published = row.published.len();
            if published != 0 && published != columns {
                return Err(fault(format!(
                    "row `{}` has {published} published values for {columns} columns",
                    row.name
                )));
            }
        }
        for name in study.compare.iter().flatten() {
            if !study.rows.iter().any(|row| row.name == *name) {
                return Err(fault(format!("`compare` names the row `{name}`, which there is not")));
            }
        }
        Ok(study)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::cells;

    #[test]
    fn every_study_that_ships_is_sound_and_says_what_it_is_for() {
        for study in STUDIES {
            let definition =
                Definition::parse(study.text, study.name).unwrap_or_else(|fault| panic!("{fault}"));
            let cells = cells(&definition, study.name).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(cells.len(), definition.rows.len() * definition.columns.len());
            assert!(study.purpose().len() > 20, "{}", study.name);
        }
    }

    #[test]
    fn faults_say_what_is_wrong() {
        let fault = |text: &str| Definition::parse(text, "a.toml").unwrap_err().to_string();
        let sound = "title = \"t\"\ncorner = \"c\"\nrows = [{ name = \"a\" }]\n";
        assert!(fault("title = 3").starts_with("a.toml: "));
        assert!(fault(&format!("{sound}columns = []")).contains("at least one row"));
        let columns = "columns = [{ name = \"1\" }, { name = \"2\" }]\n";
        let text = format!(
            "title = \"t\"\ncorner = \"c\"\nrows = [{{ name = \"a\", published = [\"1\"] }}]\n{columns}"
        );
        assert_eq!(fault(&text), "a.toml: row `a` has 1 published values for 2 columns");
        let text = format!("{sound}{columns}compare = [[\"a\", \"b\"]]\n");
        assert!(fault(&text).contains("names the row `b`"), "{}", fault(&text));
        assert!(fault(&format!("{sound}{columns}colour = 1\n")).contains("colour"));
    }
}
