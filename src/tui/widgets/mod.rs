//! Pieces that screens are put together from. Each draws values into an area and knows no model.

pub mod borders;
pub mod chart;
pub mod fit;
pub mod fit_name;
pub mod heat_strip;
pub mod heat_table;
pub mod panel;
pub mod plain;
pub mod progress;
pub mod ramp;
pub mod scatter;
pub mod spark;
pub mod split;
pub mod text_field;
