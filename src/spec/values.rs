//! A spec as keys and values, each by its key in full.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Spec;

/// Every value of a spec.
pub fn values(spec: &Spec) -> BTreeMap<String, Value> {
    Table::try_from(spec).map(|table| flat(&table)).unwrap_or_default()
}

/// The values of a table and of the tables in it.
pub fn flat(table: &Table) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(section) => {
                let own = section.iter();
                values.extend(own.map(|(name, value)| (format!("{key}.{name}"), value.clone())));
            }
            value => {
                values.insert(key.clone(), value.clone());
            }
        }
    }
    values
}

/// A value as people type it: text without its quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
