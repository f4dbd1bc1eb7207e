//! From a study to its cells: what each of them changes, laid over the common spec.

use crate::spec::{
    ContinualSpec, DeviceChoice, EvaluateSpec, Method, NetworkSpec, Regime, Spec,
    defaults::published,
    parse::{Typed, parse},
};

use super::{
    definition::{Definition, StudyFault},
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
                let own = spec.network.to_string();
                spec.evaluate.also_on.0.retain(|other| other.to_string() != own);
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
            found.push(Cell { row, column, specs, scored });
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

/// Whether a run with `other` does what `spec` asks for: they differ in nothing that matters to a result, such
/// as name, device or how often something is written down.
pub fn same_work(spec: &Spec, other: &Spec) -> bool {
    let plain = |spec: &Spec| {
        let (name, device) = (String::new(), DeviceChoice::Auto);
        let mut plain = Spec { name, device, ..spec.clone() };
        // Settings of what does not happen.
        let usual = published(plain.method, &plain.data.set, 1);
        if plain.method == Method::Whole {
            plain.ipc = 1;
        }
        if !plain.method.learns() {
            plain.condense = usual.condense;
        }
        if !plain.init.is_coreset() {
            plain.coreset = usual.coreset;
        }
        plain.continual = continual(&plain.continual, &usual.continual);
        if plain.continual.is_on() && plain.continual.training == Regime::EndToEnd {
            let EvaluateSpec { batch, augmentation, .. } = plain.evaluate;
            plain.evaluate = EvaluateSpec { batch, augmentation, ..usual.evaluate };
        }
        plain.record.snapshot_every = 0;
        plain.record.checkpoint_every = 0;
        plain.record.checkpoint_secs = 0;
        plain
    };
    plain(spec) == plain(other)
}

/// What of the settings of continual learning matters.
fn continual(spec: &ContinualSpec, usual: &ContinualSpec) -> ContinualSpec {
    let mut plain = spec.clone();
    if plain.steps == 0 {
        plain.order = usual.order;
    }
    match plain.training {
        _ if !plain.is_on() => plain = usual.clone(),
        Regime::EndToEnd if !plain.distillation => {
            (plain.temperature, plain.weight) = (usual.temperature, usual.weight);
        }
        Regime::EndToEnd => {}
        Regime::FromScratch => {
            let ContinualSpec { tasks, steps, order, training, .. } = plain;
            plain = ContinualSpec { tasks, steps, order, training, ..usual.clone() };
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn runs_that_do_the_same_work_are_the_same() {
        let spec = study()[0].specs[0].clone();
        let mut other = spec.clone();
        other.name = "mine".to_owned();
        other.device = DeviceChoice::Cpu;
        other.record.snapshot_every = 3;
        assert!(same_work(&spec, &other));
        other.seed += 1;
        assert!(!same_work(&spec, &other));
        other.seed = spec.seed;
        other.continual.lr = 7.0;
        assert!(same_work(&spec, &other), "what does not happen does not matter");
        other.continual.steps = 5;
        assert!(!same_work(&spec, &other));
        let with = |change: fn(&mut Spec)| {
            let mut with = other.clone();
            change(&mut with);
            with
        };
        assert!(same_work(&other, &with(|spec| spec.evaluate.epochs = 3)));
        assert!(!same_work(&other, &with(|spec| spec.continual.distillation = false)));
        assert!(!same_work(&other, &with(|spec| spec.continual.order = 9)));
        // All data are all data, whatever the images per class.
        let whole = |ipc| Spec { method: Method::Whole, ipc, ..spec.clone() };
        assert!(same_work(&whole(1), &whole(10)));
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
