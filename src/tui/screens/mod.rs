//! The screens: each draws its part of the model into the body of the frame, and says where things lie.

pub mod compare;
pub mod form;
pub mod hosts;
pub mod new_run;
pub mod problems;
pub mod queue;
pub mod run;
pub mod run_series;
pub mod settings;
mod spec_figures;
mod state;
pub mod studies;

use super::{
    media::Grid,
    model::{Model, Screen},
    msg::AlbumOf,
    widgets::borders::{Border, Borders},
};

/// The borders between parts of the screen that can be moved.
pub fn borders(model: &Model) -> Vec<Border> {
    let mut borders = Borders::new(&model.preferences.choices);
    match model.screen {
        Screen::Queue => queue::find_borders(model, &mut borders),
        Screen::Run => run::find_borders(model, &mut borders),
        Screen::Compare => compare::find_borders(model, &mut borders),
        Screen::Studies => studies::find_borders(model, &mut borders),
        Screen::Form => form::find_borders(model, &mut borders),
        Screen::Presets | Screen::Hosts | Screen::Problems | Screen::Settings => {}
    }
    borders.all
}

/// The pictures that the screen shows now, and where.
pub fn grids(model: &Model) -> Vec<(AlbumOf, Grid)> {
    let of_run = || Some((AlbumOf::Run(model.open?), run::grid(model)?));
    match model.screen {
        Screen::Run => of_run().into_iter().collect(),
        Screen::Compare => compare::grids(model),
        Screen::Queue => queue::grids(model),
        Screen::Studies => studies::memory::grids(model),
        _ => Vec::new(),
    }
}
