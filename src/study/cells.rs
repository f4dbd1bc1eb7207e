//! From a study to its cells: what each of them changes, laid over the common spec.

use crate::spec::{
    NetworkSpec, Spec,
    parse::{Typed, parse},
};

use super::{
    definition::{Definition, Exception, StudyFault},
    results::Scored,
};

/// One cell of a study's table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The place of its row.
    pub row: usize,
    /// The place of its column.
    pub column: usize,
    /// Its runs, one for each seed.
    pub specs: Vec<Spec>,
    /// What each of them comes to: a run that does the same fills the cell.
    pub works: Vec<Spec>,
    /// The accuracies of these runs that it is about.
    pub scored: Scored,
}

/// Every cell, row by row; messages call the study `source`.
///
/// # Errors
/// The first cell whose spec is at fault.
pub fn cells(study: &Definition, source: &str) -> Result<Vec<Cell>, StudyFault> {
    let others: Vec<&str> =
        study.columns.iter().map(|line| line.on.as_str()).filter(|on| !on.is_empty()).collect();
    let mut found = Vec::new();
    for (row, line) in study.rows.iter().enumerate() {
        for (column, over) in study.columns.iter().enumerate() {
            let fault = |problem: String| StudyFault::Cell {
                source_name: source.to_owned(),
                row: line.name.clone(),
                column: over.name.clone(),
                problem,
            };
            let mut table = study.base.clone();
            lay(&mut table, &line.set);
            lay(&mut table, &over.set);
            let own = |cell: &&Exception| (&cell.row, &cell.column) == (&line.name, &over.name);
            for exception in study.cells.iter().filter(own) {
                lay(&mut table, &exception.set);
            }
            let text = table.to_string();
            let specs = study.seeds.iter().map(|seed| -> Result<Spec, StudyFault> {
                let set =
                    [format!("seed={seed}"), format!("evaluate.also_on={}", others.join(" "))];
                let set = if others.is_empty() { &set[..1] } else { &set[..] };
                let typed = Typed { source: "its spec", text: &text, set };
                let mut spec = parse(&typed).map_err(|faults| {
                    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
                    fault(lines.join("; "))
                })?;
                if !others.is_empty() {
                    spec.evaluate.also_on = spec.evaluate.also_on.without(&spec.network);
                }
                Ok(spec)
            });
            let specs = specs.collect::<Result<Vec<_>, _>>()?;
            if over.after > 0 && !specs.iter().all(|spec| spec.continual.is_on()) {
                return Err(fault("`after` is for runs with `continual` tasks".to_owned()));
            }
            let network = match over.on.as_str() {
                "" => String::new(),
                on => {
                    let on: NetworkSpec = on.parse().map_err(fault)?;
                    let own = specs.first().map(|spec| spec.network.to_string());
                    let on = on.to_string();
                    if own.as_deref() == Some(on.as_str()) { String::new() } else { on }
                }
            };
            let scored = Scored { network, after: over.after };
            let works = specs.iter().map(Spec::work).collect();
            found.push(Cell { row, column, specs, works, scored });
        }
    }
    Ok(found)
}

/// Lays one table over another, section by section.
fn lay(under: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Method;

    const TEXT: &str = r#"
title = "t"
corner = "method"
seeds = [3, 4]
rows = [
    { name = "DSA", set = { method = "dsa" } },
    { name = "ConvNetBN", set = { method = "dc", network = { norm = "batchnorm" } } },
]
columns = [
    { name = "1", set = { ipc = 1 } },
    { name = "MLP", set = { ipc = 1 }, on = "MLP" },
    { name = "BN", set = { ipc = 1 }, on = "ConvNetBN" },
]

[[cells]]
row = "ConvNetBN"
column = "1"
set = { condense = { iterations = 7 } }

[base]
data = { set = "mnist-5k" }

[base.network]
width = 128
"#;

    fn study() -> Vec<Cell> {
        cells(&Definition::parse(TEXT, "a.toml").unwrap(), "a.toml").unwrap()
    }

    #[test]
    fn a_cell_is_base_row_and_column_for_every_seed() {
        let cells = study();
        assert_eq!(cells.len(), 6);
        let last = &cells[3];
        assert_eq!((last.row, last.column, last.specs.len()), (1, 0, 2));
        let spec = &last.specs[1];
        assert_eq!((spec.method, spec.seed, spec.ipc), (Method::Dc, 4, 1));
        assert_eq!(spec.network.to_string(), "ConvNetBN");
        // What this cell alone changes.
        assert_eq!((spec.condense.iterations, cells[4].specs[0].condense.iterations), (7, 1000));
    }

    #[test]
    fn columns_of_other_networks_share_one_run_and_leave_out_its_own() {
        let cells = study();
        let on: Vec<&str> = cells.iter().map(|cell| cell.scored.network.as_str()).collect();
        assert_eq!(on, ["", "MLP", "ConvNetBN", "", "MLP", ""]);
        assert_eq!(cells[0].specs, cells[1].specs);
        assert_eq!(cells[0].specs[0].evaluate.also_on.to_string(), "MLP ConvNetBN");
        assert_eq!(cells[3].specs[0].evaluate.also_on.to_string(), "MLP");
    }

    #[test]
    fn columns_behind_tasks_share_one_run() {
        let columns = "columns = [{ name = \"T1\", after = 1 }, { name = \"T2\", after = 2 }]";
        let base = "[base]\ncontinual = { steps = 2 }";
        let text = |base: &str| {
            format!(
                "title = \"t\"\ncorner = \"c\"\nrows = [{{ name = \"a\" }}]\n{columns}\n{base}\n"
            )
        };
        let of = |base: &str| cells(&Definition::parse(&text(base), "a.toml").unwrap(), "a.toml");
        let found = of(base).unwrap();
        assert_eq!(found[0].specs, found[1].specs);
        assert_eq!([found[0].scored.after, found[1].scored.after], [1, 2]);
        let fault = of("").unwrap_err().to_string();
        assert!(fault.contains("column `T1`: `after` is for runs"), "{fault}");
    }

    #[test]
    fn a_spec_at_fault_is_told_with_its_cell() {
        let text = TEXT.replace("method = \"dc\"", "method = \"dcc\"");
        let study = Definition::parse(&text, "a.toml").unwrap();
        let fault = cells(&study, "a.toml").unwrap_err().to_string();
        assert!(fault.starts_with("a.toml, row `ConvNetBN`, column `1`: its spec"), "{fault}");
        assert!(fault.contains("did you mean `dc`"), "{fault}");
    }
}
