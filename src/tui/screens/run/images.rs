//! The synthetic images of every class.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    look::Role,
    media::{Grid, Protocol},
    model::{Model, run::RunModel},
    widgets::{
        fit::{fit, width},
        panel,
    },
};

/// The longest name of a class, in cells.
pub fn label_width(run: &RunModel) -> u16 {
    let names = run.plan().into_iter().flat_map(|plan| &plan.classes);
    names.map(|name| width(name)).max().unwrap_or(1) as u16
}

/// Draws the images; those under `covered` stay away, so that nothing is drawn over by them.
pub fn draw(
    model: &Model,
    run: &RunModel,
    frame: &mut Frame,
    area: Rect,
    grid: Option<Grid>,
    covered: &[Rect],
) {
    let look = model.look;
    let inside =
        panel::draw(frame, area, look, "Synthetic images", figure(model, run, grid.as_ref()));
    let Some(grid) = grid.filter(|_| run.gallery.sheet.is_some()) else {
        let text = explain(model, run, grid.is_some());
        let line = Line::styled(text, look.style(Role::Quiet)).centered();
        frame.render_widget(line, Rect { y: inside.y + inside.height / 2, height: 1, ..inside });
        return;
    };
    for class in grid.first..grid.first + grid.shown {
        if let Some(place) = grid.label_area(class) {
            let name = run.class_name(class).map_or_else(|| class.to_string(), ToOwned::to_owned);
            let name = fit(&name, usize::from(place.width), look.symbols().cut);
            frame.render_widget(Span::styled(name, look.style(Role::Quiet)), place);
        }
        if let Some(place) = grid.picture_area(class)
            && let Some(tile) = run.gallery.tile(class, grid.picture)
            && !covered.iter().any(|cover| cover.intersects(place))
        {
            tile.draw(place, frame.buffer_mut());
        }
    }
}

/// Which picture it is, and what of it is shown.
fn figure(model: &Model, run: &RunModel, grid: Option<&Grid>) -> Line<'static> {
    let look = model.look;
    if let Some(fault) = &run.gallery.fault {
        return Line::styled(format!(" {fault} "), look.style(Role::Bad));
    }
    let Some(sheet) = &run.gallery.sheet else { return Line::default() };
    let mut parts = Vec::new();
    if let Some(grid) = grid {
        let (classes, images) = (sheet.classes.len(), sheet.snapshot.columns as usize);
        if grid.shown < classes {
            parts.push(format!(
                "classes {}-{} of {classes}",
                grid.first + 1,
                grid.first + grid.shown
            ));
        }
        if grid.images < images {
            parts.push(format!("{} of {images} images", grid.images));
        }
    }
    parts.push(format!("iteration {}", sheet.snapshot.iteration));
    let text = parts.join(&format!(" {} ", look.symbols().dot));
    Line::styled(format!(" {text} "), look.style(Role::Quiet))
}

fn explain(model: &Model, run: &RunModel, fits: bool) -> &'static str {
    if model.canvas.protocol == Protocol::None {
        "pictures are switched off by STILLROOM_IMAGES"
    } else if run.gallery.sheet.is_none() {
        "no picture yet"
    } else if fits {
        ""
    } else {
        "no room for a picture"
    }
}
