//! The screen: `Msg → update(&mut Model) → Vec<Effect>`, then `view(&Model)`.
//!
//! ```text
//! input · signals · link · workers ─► Msg ─► update ─► Model ─► view ─► terminal
//!                    ▲                          │
//!                    └──────── effects ◄────────┘
//! ```
//!
//! `update` is the one place where the model changes; it is synchronous and does no input or output.
//! `view` is a pure function of the model. [`event_loop`] draws when something changed, at most 30 times a
//! second (10 over SSH), and writes nothing while nothing does. Pictures are in [`media`], keys in
//! [`action`], the way to the daemon in [`link`].

pub mod action;
mod editor;
mod effects;
pub mod event_loop;
pub mod export;
pub mod figures;
pub mod fuzzy;
mod header;
mod input;
mod job_control;
pub mod key;
pub mod keymap;
pub mod link;
pub mod look;
pub mod media;
pub mod model;
pub mod msg;
mod outside;
mod overlays;
mod own_study;
mod panics;
mod screens;
pub mod settings;
mod signals;
mod terminal;
#[cfg(test)]
mod tests;
pub mod tty;
pub mod update;
pub mod view;
pub mod widgets;

use std::{collections::BTreeMap, io, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use tokio::{runtime, sync::mpsc};

use self::{
    effects::Effects,
    event_loop::EventLoop,
    keymap::Keymap,
    media::{Canvas, query},
    model::{Model, hosts::HostsModel, preferences::Preferences},
    settings::Environment,
    terminal::Screen,
};
use crate::{
    config::{Config, ConfigDir, NamedText},
    spec::Fault,
    wire::{Target, studies::Studies},
};

/// A screen that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no terminal.
    #[error(
        "the screen needs a terminal for its input and its output; `stillroom ls`, `add`, `show` and \
         `logs` work without one"
    )]
    NoTerminal,
    /// The terminal was never large enough.
    #[error(
        "the terminal is {columns} x {rows}; the screen needs at least {} x {}; `stillroom ls` works in any size",
        view::SMALLEST.0, view::SMALLEST.1
    )]
    TooSmall {
        /// Cells across.
        columns: u16,
        /// Cells down.
        rows: u16,
    },
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
}

/// Shows the screen of these daemons until the user leaves. Runs go on without it.
///
/// Call it outside any runtime: it brings its own. A panic of any thread while it runs restores the
/// terminal, is reported by the hook that was in place before, and ends the process.
pub fn run(targets: &[Target]) -> Result<(), TuiError> {
    if !tty::is_terminal() {
        return Err(TuiError::NoTerminal);
    }
    let get = |name: &str| std::env::var(name).ok();
    let mut config = Config::load(get);
    let presets = std::mem::take(&mut config.presets);
    let (preferences, keymap) = Preferences::new(config, Environment::new(get));
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    panics::install_hook();
    let shown = runtime.block_on(show(targets, preferences, keymap, presets));
    // A picture that is still being decoded is not waited for.
    runtime.shutdown_background();
    shown
}

async fn show(
    targets: &[Target],
    mut preferences: Preferences,
    keymap: Keymap,
    presets: Vec<NamedText>,
) -> Result<(), TuiError> {
    let settings = preferences.settings();
    let (messages, inbox) = mpsc::unbounded_channel();
    // Signals first: none of them may end the program between taking the terminal and giving it back.
    signals::start(&messages)?;
    let window = tty::window()?;
    let mut screen = Screen::enter(settings.mouse, window)?;
    let replies = query::query(settings.asks_kitty(), settings.over_ssh)?;
    // What a terminal without graphics made of the questions is wiped away.
    screen.clear(window)?;
    for msg in input::typed_early(&replies.typed) {
        // The other end is held here.
        let _ = messages.send(msg);
    }
    let canvas = Canvas::choose(&settings, &replies, window);
    preferences.replies = replies;
    let (zone, now) = (TimeZone::system(), Timestamp::now());
    let mut model = Model::new(preferences.look(), canvas, window, zone, now);
    let directory = preferences.directory.clone();
    model.hosts = HostsModel::new(targets.iter().map(Target::host));
    model.prefer(preferences, keymap);
    model.presets.add_own(&presets);
    model.test_panic = settings.test_panic;
    input::start(messages.clone())?;
    let (told, news) = link::news::channel(link::ROOM);
    let (mut wishes, mut remotes) = (BTreeMap::new(), BTreeMap::new());
    for target in targets {
        let (sender, wished) = mpsc::unbounded_channel();
        let host = target.host();
        if let Target::There(remote) = target {
            remotes.insert(host, remote.clone());
        }
        wishes.insert(host, sender);
        tokio::spawn(link::keep(target.clone(), wished, told.of(host)));
    }
    let studies = Arc::new(Studies::new(directory.as_ref().map(ConfigDir::studies)));
    let effects = Effects { messages, wishes, remotes, directory, studies };
    let remote = settings.over_ssh;
    let ended = EventLoop { model, screen, effects, messages: inbox, news, remote }.run().await;
    match ended {
        Ok(ended) if ended.has_shown => Ok(()),
        Ok(_) => {
            let window = tty::window()?;
            Err(TuiError::TooSmall { columns: window.columns, rows: window.rows })
        }
        // The terminal is gone, and with it the user: there is nobody to tell.
        Err(error) if error.raw_os_error() == Some(5) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with a configuration, what only the screen can tell about it included.
pub fn faults(config: Config) -> Vec<Fault> {
    Preferences::new(config, Environment::default()).0.faults
}
