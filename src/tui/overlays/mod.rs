//! What lies over a screen: the help, the palette, and questions.

pub mod help;
pub mod palette;
pub mod question;
pub mod study;

use ratatui::layout::Rect;

use self::question::Asked;
use super::model::{Model, Overlay};

/// Where the overlay lies, if there is one.
pub fn area(model: &Model, body: Rect) -> Option<Rect> {
    let (columns, rows) = match &model.overlay {
        None => return None,
        Some(Overlay::Help(_)) => help::size(model),
        Some(Overlay::Palette(_)) => palette::size(model),
        Some(overlay @ (Overlay::Question(_) | Overlay::SendData(_))) => {
            question::size(model, &Asked::by(overlay)?)
        }
        Some(Overlay::AddRuns) => study::size(model),
    };
    let (width, height) = (columns.min(body.width), rows.min(body.height));
    Some(Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    })
}
