//! What a study is made of, as its TOML says it.

use serde::{Deserialize, Serialize};

use super::{
    figure::Kind,
    search_definition::{PublishedSearch, Search},
    table::Published,
};

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
    "nas-small",
    "continual-digits-small",
    "continual-cifar100-small",
    "table-1-mnist",
    "table-1-fashion-mnist",
    "table-1-svhn",
    "table-1-cifar10",
    "table-1-cifar100",
    "cross-architecture",
    "cross-architecture-dsa",
    "nas-720",
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

    /// What it is for.
    pub fn purpose(&self) -> &'static str {
        purpose(self.text)
    }
}

/// What the study of a text is for: its first comment line; nothing where it begins with none.
pub fn purpose(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix('#').unwrap_or_default().trim()
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
    /// What single cells change, over their row's and their column's changes.
    #[serde(default)]
    pub cells: Vec<Exception>,
    /// Pairs of rows that are held against each other, seed by seed.
    #[serde(default)]
    pub compare: Vec<[String; 2]>,
    /// How its table is drawn; an architecture search has a figure of its own.
    #[serde(default)]
    pub figure: Kind,
    /// What makes it an architecture search, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
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
    /// What was published about it, in a row of an architecture search.
    #[serde(default, skip_serializing_if = "PublishedSearch::is_empty")]
    pub published_search: PublishedSearch,
}

/// What a single cell changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The name of its row.
    pub row: String,
    /// The name of its column.
    pub column: String,
    /// What it changes in the spec.
    pub set: toml::Table,
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
        for Exception { row, column, .. } in &study.cells {
            let has = |lines: &[Line], name: &str| lines.iter().any(|line| line.name == name);
            if !(has(&study.rows, row) && has(&study.columns, column)) {
                return Err(fault(format!(
                    "`cells` names the row `{row}` and the column `{column}`, of which there is one at most"
                )));
            }
        }
        for name in study.compare.iter().flatten() {
            if !study.rows.iter().any(|row| row.name == *name) {
                return Err(fault(format!("`compare` names the row `{name}`, which there is not")));
            }
        }
        study.search_fault().map_or(Ok(()), |problem| Err(fault(problem)))?;
        Ok(study)
    }

    /// What is wrong with it as an architecture search.
    fn search_fault(&self) -> Option<String> {
        let Some(search) = &self.search else {
            let row = self.rows.iter().find(|row| !row.published_search.is_empty())?;
            return Some(format!(
                "row `{}` has `published_search`, and there is no `[search]`",
                row.name
            ));
        };
        if !self.rows.iter().any(|row| row.name == search.reference) {
            let name = &search.reference;
            return Some(format!("`search.reference` names the row `{name}`, which there is not"));
        }
        let plain = self.rows.iter().any(|row| !row.published.is_empty());
        if self.columns.len() != 1 || !self.columns[0].on.is_empty() || plain {
            return Some(
                "a search has one column without `on`; what was published is told by \
                 `published_search`"
                    .to_owned(),
            );
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{cells, search::space};

    #[test]
    fn every_study_that_ships_is_sound_and_says_what_it_is_for() {
        for study in STUDIES {
            let definition =
                Definition::parse(study.text, study.name).unwrap_or_else(|fault| panic!("{fault}"));
            let cells = cells(&definition, study.name).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(cells.len(), definition.rows.len() * definition.columns.len());
            if definition.search.is_some() {
                space(&definition, &cells, study.name).unwrap_or_else(|fault| panic!("{fault}"));
            }
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
        let text = format!("{sound}{columns}[[cells]]\nrow = \"a\"\ncolumn = \"3\"\n[cells.set]\n");
        assert!(fault(&text).contains("the column `3`"), "{}", fault(&text));
        assert!(fault(&format!("{sound}{columns}colour = 1\n")).contains("colour"));
        let search = "[search]\nreference = \"a\"\n";
        let told = fault(&format!("{sound}{columns}{search}"));
        assert!(told.contains("a search has one column"), "{told}");
        let one = "columns = [{ name = \"1\" }]\n";
        assert!(Definition::parse(&format!("{sound}{one}{search}"), "a.toml").is_ok());
        let other = search.replace("\"a\"", "\"b\"");
        let told = fault(&format!("{sound}{one}{other}"));
        assert!(told.contains("names the row `b`"), "{told}");
    }
}
