//! Everything that can happen to the screen, and everything that it can want.

use std::time::Duration;

use super::{
    key::Key,
    link::LinkNews,
    media::{Sheet, Tile, TileJob},
    tty::Window,
};
use crate::{queue::RunId, record::event::Snapshot, wire::message::Wish};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// The wheel was turned.
    Wheel {
        /// Towards the user.
        down: bool,
    },
    /// The left button was pressed.
    Click {
        /// From the left, from 0.
        column: u16,
        /// From the top, from 0.
        row: u16,
    },
    /// The window has, or may have, another size.
    WindowChanged,
    /// The window's size as measured.
    Measured(Window),
    /// A second has passed.
    Tick,
    /// Some time has passed since the cursor of the queue came to a run.
    Rested {
        /// Which time it came to one.
        visit: u64,
    },
    /// The daemon, or the way to it.
    Link(LinkNews),
    /// A snapshot's picture was taken apart, or could not be.
    Decoded {
        /// The run.
        run: RunId,
        /// The picture; or why not.
        result: Result<Sheet, String>,
    },
    /// Tiles are ready.
    Encoded {
        /// The run.
        run: RunId,
        /// Those that were asked for.
        tiles: Vec<Tile>,
    },
    /// A signal to end.
    AskedToEnd,
    /// A signal to stop for a while.
    AskedToSuspend,
    /// There is no shell to stop for.
    NoShell,
    /// The program was stopped and goes on.
    WokenUp,
    /// There is no terminal any more.
    TerminalGone,
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask the daemon.
    Ask(Wish),
    /// Take a snapshot's picture apart.
    Decode {
        /// The run.
        run: RunId,
        /// What announced the picture.
        snapshot: Snapshot,
        /// The file.
        bytes: Vec<u8>,
    },
    /// Make tiles.
    Encode {
        /// The run.
        run: RunId,
        /// Which.
        jobs: Vec<TileJob>,
    },
    /// Send a message after some time.
    After(Duration, Box<Msg>),
    /// Measure the window.
    Measure,
    /// Draw the whole screen anew.
    Redraw,
    /// Give the terminal to the shell and stop.
    Suspend,
    /// Take the terminal again after a stop.
    Reenter,
    /// Leave.
    Quit,
    /// Panic in a thread of its own: for tests of what a panic leaves behind.
    Panic,
}
