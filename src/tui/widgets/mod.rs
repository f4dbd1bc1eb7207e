//! Pieces that screens are put together from. Each draws values into an area and knows no model.

pub mod chart;
pub mod fit;
pub mod panel;
pub mod plain;
pub mod progress;
pub mod text_field;
