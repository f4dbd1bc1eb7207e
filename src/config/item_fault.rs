//! A fault of an item in a TOML file, with the line that it stands in.

use toml_edit::Item;

use crate::spec::{Fault, fault::line_of};

/// The fault of `item`, which is called `key`, in the text that came from `source`.
pub fn item_fault(
    source: &str,
    text: &str,
    item: &Item,
    key: &str,
    problem: impl Into<String>,
    allowed: impl Into<String>,
) -> Fault {
    let line = item.span().map(|span| line_of(text, span.start));
    Fault { line, ..Fault::new(source, key, problem, allowed) }
}
