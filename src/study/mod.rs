//! Studies: a named set of runs that fills one table, with the published numbers beside ours.
//!
//! ```text
//! definition (TOML) ─► cells, each with its specs ─► runs in the queue ─► results ─► table
//! ```
//!
//! A study is data ([`definition`]): rows and columns say what they change in a common spec, so that a cell
//! is one run for each seed. Nothing links a run to a study but its spec: a run that was done before, for
//! whatever reason, fills the cell ([`cells()`]). What a table needs to know of a run comes from its log
//! ([`results`]); runs of several hosts may fill one table ([`filled`]). A cell whose runs are not through
//! says where they are ([`table()`]). An architecture search is a study whose runs are evaluated on a grid of
//! networks ([`search`]). [`Study`] holds all of one.
//!
//! This room is pure: it knows specs and facts, never a queue, a socket or a device.

pub mod catalogue;
pub mod cells;
pub mod costs;
pub mod csv;
pub mod definition;
pub mod figure;
pub mod filled;
pub mod results;
pub mod search;
pub mod search_definition;
pub mod table;

pub use catalogue::{Progress, Stands, Study, StudySummary};
pub use cells::{Cell, cells};
pub use costs::Costs;
pub use definition::{Definition, STUDIES, StudyFault};
pub use filled::Filled;
pub use results::{Known, Outcome, Score, Scored};
pub use search::{SearchTable, search_table};
pub use table::{Table, table};
