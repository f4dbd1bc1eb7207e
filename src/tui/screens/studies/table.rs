//! The table of an open study as cells on the screen; that of sets on other networks on papers of heat.

use ratatui::style::Style;

use crate::{
    study::{SearchTable, Table, table::Columns},
    tui::{
        model::{
            Model,
            studies::{
                OpenStudy,
                cells::{self, Shows},
                space,
            },
        },
        widgets::heat_table::{HeatCell, HeatTable},
    },
};

/// A table's names and cells, which a [`HeatTable`] borrows.
#[derive(Debug)]
pub struct Sheet {
    corner: String,
    columns: Vec<String>,
    rows: Vec<String>,
    cells: Vec<HeatCell>,
    cursor: (usize, usize),
}

impl Sheet {
    /// The table as a widget.
    pub fn widget<'a>(&'a self, model: &Model) -> HeatTable<'a> {
        HeatTable {
            look: model.look,
            ramp: model.look.ramp(),
            corner: &self.corner,
            columns: &self.columns,
            rows: &self.rows,
            cells: &self.cells,
            cursor: Some(self.cursor),
        }
    }
}

/// The sheet of a study's table in so many cells, and what its cells show.
pub fn sheet(model: &Model, open: &OpenStudy, room: u16) -> Option<(Sheet, Option<Shows>)> {
    if let Some(search) = open.search() {
        return Some((of_search(model, open, search), None));
    }
    let table = open.table()?;
    if !cells::has_published(table) {
        return Some((of_table(model, open, table, Shows::Ours), None));
    }
    if let Some(shows) = open.shows {
        return Some((of_table(model, open, table, shows), Some(shows)));
    }
    let both = of_table(model, open, table, Shows::Both);
    if both.widget(model).width() <= room {
        return Some((both, Some(Shows::Both)));
    }
    Some((of_table(model, open, table, Shows::Ours), Some(Shows::Ours)))
}

fn of_table(model: &Model, open: &OpenStudy, table: &Table, shows: Shows) -> Sheet {
    let look = model.look;
    let entries = || table.rows.iter().flat_map(|(_, entries)| entries);
    let ends = range(entries().filter_map(cells::mean));
    let has_heat =
        table.columns_are == Columns::Networks && matches!(shows, Shows::Ours | Shows::Both);
    let cells = entries().map(|entry| {
        let (text, role) = cells::text(entry, shows, look);
        let mean = cells::mean(entry).filter(|_| has_heat);
        let share = ends.zip(mean).map(|(ends, mean)| share(ends, mean));
        HeatCell { text, share, style: look.style(role) }
    });
    Sheet {
        corner: table.corner.clone(),
        columns: table.columns.clone(),
        rows: table.rows.iter().map(|(name, _)| name.clone()).collect(),
        cells: cells.collect(),
        cursor: (open.row, open.column),
    }
}

/// The lowest and the highest of some values, where they differ.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold(ends, |(low, high), value| (low.min(value), high.max(value)));
    (low < high).then_some((low, high))
}

/// Where a value lies between two.
fn share((low, high): (f64, f64), value: f64) -> f64 {
    (value - low) / (high - low)
}

fn of_search(model: &Model, open: &OpenStudy, table: &SearchTable) -> Sheet {
    let look = model.look;
    let rows = table.rows.iter();
    let cells = rows
        .clone()
        .flat_map(|row| space::figures(table, row, look))
        .map(|(text, role)| HeatCell { text, share: None, style: look.style(role) });
    Sheet {
        corner: table.corner.clone(),
        columns: space::headings(table),
        rows: rows.map(|row| row.name.clone()).collect(),
        cells: cells.collect(),
        cursor: (open.row, open.column),
    }
}

/// A sheet of figures under names of columns, without papers where `share` gives none.
pub fn figures(
    corner: &str,
    columns: Vec<String>,
    rows: Vec<(String, Vec<Option<f64>>)>,
    cursor: (usize, usize),
    absent: &str,
) -> Sheet {
    let ends = range(rows.iter().flat_map(|(_, values)| values.iter().flatten().copied()));
    let cells = rows.iter().flat_map(|(_, values)| values).map(|value| match value {
        Some(value) => HeatCell {
            text: format!("{value:.1}"),
            share: ends.map(|ends| share(ends, *value)),
            style: Style::new(),
        },
        None => HeatCell { text: absent.to_owned(), share: None, style: Style::new() },
    });
    let cells = cells.collect();
    let rows = rows.into_iter().map(|(name, _)| name).collect();
    Sheet { corner: corner.to_owned(), columns, rows, cells, cursor }
}
