//! A search of five small networks, one of them the run's own, worked out by hand.

use std::collections::BTreeMap;

use super::*;
use crate::study::cells::cells;

const TEXT: &str = r#"
title = "t"
corner = "proxy"
columns = [{ name = "search" }]
rows = [
    { name = "DC", set = { method = "dc" }, published_search = { correlation = 0.79 } },
    { name = "Random", set = { method = "random" } },
    { name = "Whole", set = { method = "whole" } },
]

[search]
reference = "Whole"
top = [3, "40 %"]

[base]
ipc = 10
network = { width = 8 }
evaluate = { also_on = "ConvNetW8{|BN|LN} MLP LeNet" }
"#;

/// The grid: the run's own, then these.
const OTHERS: [&str; 4] = ["ConvNetW8BN", "ConvNetW8LN", "MLP", "LeNet"];

struct Study {
    definition: Definition,
    cells: Vec<Cell>,
    space: Vec<NetworkSpec>,
}

fn study(text: &str) -> Result<Study, StudyFault> {
    let definition = Definition::parse(text, "a.toml")?;
    let cells = cells(&definition, "a.toml")?;
    let space = space(&definition, &cells, "a.toml")?;
    Ok(Study { definition, cells, space })
}

impl Study {
    /// A run of this row that has these accuracies, two networks each, a tenth of a point around them.
    fn finished(&self, row: usize, means: [f64; 5]) -> (Known, Costs) {
        let names = [""].into_iter().chain(OTHERS);
        let around = |mean: f64| vec![mean - 0.001, mean + 0.001].into();
        let scored = |name: &str| Scored { network: name.to_owned(), after: 0 };
        let accuracies: BTreeMap<_, _> =
            names.clone().zip(means).map(|(name, mean)| (scored(name), around(mean))).collect();
        let evaluation_secs = names.map(|name| (name.to_owned(), 12.0)).collect();
        let run = RunId::new(row as u64 + 1);
        let spec = &self.cells[row].specs[0];
        let known = Known::new(run, spec, Outcome::Finished(accuracies));
        (known, Costs { run, evaluation_secs, making_secs: 90.0, images: Some(100) })
    }

    fn table(&self, done: &[(Known, Costs)]) -> SearchTable {
        let (runs, costs): (Vec<_>, Vec<_>) = done.iter().cloned().unzip();
        let search = self.definition.search.as_ref().unwrap();
        search_table(&self.definition, search, &self.space, &self.cells, &runs, &costs)
    }
}

fn proxy(table: &SearchTable, row: usize) -> &Proxy {
    match &table.rows[row].ours {
        Standing::Done(proxy) => proxy,
        other @ Standing::Unfinished { .. } => panic!("{other:?}"),
    }
}

fn near(found: Option<f64>, wanted: f64) {
    assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-9), "{found:?} {wanted}");
}

#[test]
fn a_proxy_is_told_by_what_it_finds_and_how_it_ranks() {
    let study = study(TEXT).unwrap();
    let done = [
        study.finished(0, [0.50, 0.40, 0.30, 0.20, 0.10]),
        study.finished(2, [0.80, 0.90, 0.70, 0.60, 0.50]),
    ];
    let table = study.table(&done);
    assert_eq!((table.architectures, table.reference.as_str()), (5, "Whole"));
    let dc = proxy(&table, 0);
    // It prefers the run's own network, the second best.
    assert_eq!(dc.best, ["ConvNetW8"]);
    near(dc.performance, 0.8);
    // One neighbouring pair of five is swapped: ρ = 1 − 6·2/(5·24), τ = (9 − 1)/10; of the top 3, which
    // are the first three by the reference, ρ = 1 − 6·2/(3·8), τ = (2 − 1)/3; the top 2 are the swapped pair.
    near(dc.overall.map(|found| found.spearman), 0.9);
    near(dc.overall.map(|found| found.kendall), 0.8);
    near(dc.tops[0].map(|found| found.spearman), 0.5);
    near(dc.tops[0].map(|found| found.kendall), 1.0 / 3.0);
    near(dc.tops[1].map(|found| found.spearman), -1.0);
    near(Some(dc.minutes), 1.0);
    near(Some(dc.making_minutes), 1.5);
    assert_eq!(dc.images, Some(100));
    assert_eq!(dc.points[1].architecture, "ConvNetW8BN");
    assert_eq!((dc.points[1].accuracy.count, dc.points[1].reference.is_some()), (2, true));
    let whole = proxy(&table, 2);
    assert_eq!(whole.best, ["ConvNetW8BN"]);
    near(whole.overall.map(|found| found.kendall), 1.0);
    assert_eq!(table.rows[1].ours, Standing::Unfinished { progress: Content::Missing });
    assert_eq!(table.rows[0].published.correlation, Some(0.79));
    assert_eq!((&table.rows[0].runs[..], &table.rows[1].runs[..]), (&[RunId::new(1)][..], &[][..]));
    let text = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<SearchTable>(&text).unwrap(), table);
}

#[test]
fn a_proxy_that_cannot_tell_is_worth_the_mean_of_what_it_finds() {
    let study = study(TEXT).unwrap();
    let truth = study.finished(2, [0.80, 0.90, 0.70, 0.60, 0.50]);
    let table = study.table(&[study.finished(1, [0.1; 5]), truth]);
    let random = proxy(&table, 1);
    assert_eq!(random.best.len(), 5);
    near(random.performance, 0.7);
    assert_eq!((random.overall, random.tops[0]), (None, None));
}

#[test]
fn before_the_reference_is_done_nothing_is_held_against_it() {
    let study = study(TEXT).unwrap();
    let table = study.table(&[study.finished(0, [0.5, 0.4, 0.3, 0.2, 0.1])]);
    let dc = proxy(&table, 0);
    assert_eq!((dc.best.len(), dc.performance, dc.overall), (1, None, None));
    assert!(dc.points.iter().all(|point| point.reference.is_none()));
}

#[test]
fn rows_that_search_elsewhere_are_refused() {
    let other = TEXT.replace(
        "set = { method = \"random\" }",
        "set = { method = \"random\", evaluate = { also_on = \"MLP LeNet\" } }",
    );
    let fault = study(&other).map(|_| ()).unwrap_err().to_string();
    assert!(fault.contains("those of `Random` are others than those of `DC`"), "{fault}");
    let none = TEXT.replace("ConvNetW8{|BN|LN} MLP LeNet", "MLP");
    let fault = study(&none).map(|_| ()).unwrap_err().to_string();
    assert!(fault.contains("needs several networks"), "{fault}");
}
