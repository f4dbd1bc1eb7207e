//! The synthetic images of every class.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    look::Role,
    media::{Grid, Protocol},
    model::{
        Model,
        gallery::{
            album::{Album, Strip},
            closeness::Closeness,
        },
        panels::Panel,
        run::RunModel,
    },
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
    let inside = super::draw_panel(
        model,
        run,
        frame,
        area,
        Panel::Images,
        "Synthetic images",
        figure(model, run, grid.as_ref()),
    );
    let Some(grid) = grid.filter(|_| run.gallery.sheet.is_some()) else {
        let text = explain(model, run, grid.is_some());
        panel::draw_middle(frame, inside, Line::styled(text, look.style(Role::Quiet)));
        return;
    };
    draw_album(model, run, &run.gallery.album, frame, grid, covered);
}

/// Draws the tiles of an album of `run`'s classes with their labels.
pub fn draw_album(
    model: &Model,
    run: &RunModel,
    album: &Album,
    frame: &mut Frame,
    grid: Grid,
    covered: &[Rect],
) {
    draw_strips(model, album, frame, grid, covered, |strip| label(run, strip));
}

/// Draws the tiles of an album, each beside what it is called.
pub fn draw_strips(
    model: &Model,
    album: &Album,
    frame: &mut Frame,
    grid: Grid,
    covered: &[Rect],
    label: impl Fn(&Strip) -> String,
) {
    let look = model.look;
    let strips = album.strips().iter().enumerate();
    for (place, strip) in strips.skip(grid.first).take(grid.shown) {
        if let Some(area) = grid.label_area(place) {
            let name = fit(&label(strip), usize::from(area.width), look.symbols().cut);
            frame.render_widget(Span::styled(name, look.style(Role::Quiet)), area);
        }
        if let Some(area) = grid.picture_area(place)
            && let Some(tile) = album.tile(place, grid.picture)
            && !covered.iter().any(|cover| cover.intersects(area))
        {
            tile.draw(area, frame.buffer_mut());
        }
    }
}

/// The name of a class, or the number of a single image from 1.
fn label(run: &RunModel, strip: &Strip) -> String {
    match strip.image {
        Some(image) => (image + 1).to_string(),
        None => class_label(run, strip.class),
    }
}

fn class_label(run: &RunModel, class: usize) -> String {
    let sheet = run.gallery.sheet.as_ref();
    let names = sheet.map_or(&[][..], |sheet| run.history.classes_of(&sheet.snapshot));
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// Which picture it is, and what of it is shown.
fn figure(model: &Model, run: &RunModel, grid: Option<&Grid>) -> Line<'static> {
    let look = model.look;
    if let Some(fault) = run.gallery.fault() {
        return Line::styled(format!(" {fault} "), look.style(Role::Bad));
    }
    let Some(sheet) = &run.gallery.sheet else { return Line::default() };
    let mut parts = Vec::new();
    if let Some(grid) = grid {
        let (all, images) = (run.gallery.album.strips().len(), sheet.snapshot.columns as usize);
        let what = match run.gallery.closeness() {
            Closeness::All => "classes",
            Closeness::Class(class) | Closeness::Image(class, _) => {
                parts.push(class_label(run, class));
                "images"
            }
        };
        if let Closeness::Image(_, image) = run.gallery.closeness() {
            parts.push(format!("image {} of {images}", image + 1));
        }
        if grid.shown < all {
            let (first, last) = (grid.first + 1, grid.first + grid.shown);
            parts.push(format!("{what} {first}-{last} of {all}"));
        }
        if run.gallery.closeness() == Closeness::All && grid.images < images {
            parts.push(format!("{} of {images} images", grid.images));
        }
    }
    parts.push(format!("iteration {}", sheet.snapshot.iteration));
    if !run.gallery.follows() {
        let history = &run.history.snapshots;
        parts.push(format!("{} of {}", run.gallery.place(history) + 1, history.len()));
    }
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
