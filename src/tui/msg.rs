//! Everything that can happen to the screen, and everything that it can want.

use super::{
    key::Key,
    link::LinkNews,
    media::{Sheet, Tile, TileJob},
    model::sending::SendNews,
    tty::Window,
};
use crate::{
    config::{Setting, Value},
    queue::{HostName, RunId},
    record::event::Snapshot,
    study::{Stands, StudySummary},
    wire::{
        message::{FilledStudy, Wish},
        studies_of_hosts::StudyOfHosts,
    },
};

/// Whose pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlbumOf {
    /// Those of a run.
    Run(RunId),
    /// The differences between two runs.
    Difference,
    /// What a run of the open study keeps of its tasks.
    Memory,
}

/// Studies of all hosts together, as far as the hosts have told.
#[derive(Debug)]
pub enum United {
    /// How far each is.
    List(Vec<StudySummary>),
    /// How one stands, or why it cannot be shown.
    Open(Box<Result<StudyOfHosts, String>>),
    /// The same, because the user wants its missing runs to be added.
    Adding(Box<Result<StudyOfHosts, String>>),
}

/// What of them is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unite {
    /// How far each is.
    List,
    /// How the one of this name stands.
    Open(String),
    /// The same, because its missing runs shall be added.
    Adding(String),
}

/// Something to be done later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// The next picture of a history that plays.
    NextPicture,
    /// The cursor of the queue may have rested on a run.
    Preview {
        /// Which time it came to one.
        visit: u64,
    },
    /// Pictures may be sent again.
    Pictures,
    /// A second after the daemon was asked about studies.
    Studies,
    /// A sentence that needs nothing done has stood long enough.
    Notice {
        /// Which, counted.
        turn: u64,
    },
}

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// The user's editor gave a text back, or could not be had.
    Edited(Result<String, String>),
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
    /// The mouse was moved with the left button held.
    Drag {
        /// From the left, from 0.
        column: u16,
        /// From the top, from 0.
        row: u16,
    },
    /// The left button was let go.
    Release {
        /// From the left, from 0.
        column: u16,
        /// From the top, from 0.
        row: u16,
    },
    /// Text was pasted.
    Paste(String),
    /// The terminal has gained the focus, or lost it.
    Focus(bool),
    /// A setting was written down, or why not.
    Saved(Result<(), String>),
    /// The window has, or may have, another size.
    WindowChanged,
    /// The window's size as measured.
    Measured(Window),
    /// A second has passed.
    Tick,
    /// The daemon of a host, or the way to it.
    Link(HostName, LinkNews),
    /// A snapshot's picture was taken apart, or could not be.
    Decoded {
        /// The run.
        run: RunId,
        /// The picture; or why not.
        result: Result<Sheet, String>,
    },
    /// Tiles are ready.
    Encoded {
        /// What they are for.
        album: AlbumOf,
        /// Those that were asked for.
        tiles: Vec<Tile>,
    },
    /// Files were written, or could not be: a sentence.
    Written(Result<String, String>),
    /// How a data set comes on that is sent to a host.
    DataGoes {
        /// The host.
        host: HostName,
        /// The data set.
        set: String,
        /// What there is to tell.
        news: SendNews,
    },
    /// What hosts have told of studies was put together.
    United(United),
    /// It is time for what was to be done later.
    Due(Later),
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

impl Msg {
    /// News of this machine's daemon.
    pub const fn here(news: LinkNews) -> Self {
        Self::Link(HostName::HERE, news)
    }
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask the daemon of a host.
    Ask(HostName, Wish),
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
        /// What they are for.
        album: AlbumOf,
        /// Which.
        jobs: Vec<TileJob>,
    },
    /// Say after a while that it is time.
    Wait {
        /// How long.
        millis: u64,
        /// For what.
        then: Later,
    },
    /// Send a data set of this machine to a host.
    SendData {
        /// The host.
        host: HostName,
        /// The data set.
        set: String,
    },
    /// Ask these hosts about the runs of a study, or of all. Each comes with the version of its program.
    AskStudies {
        /// The hosts.
        hosts: Vec<(HostName, String)>,
        /// The study; none for all, in brief.
        only: Option<String>,
    },
    /// Put together what hosts have told of studies.
    Unite {
        /// What of it.
        what: Unite,
        /// What they have told.
        told: Vec<FilledStudy>,
    },
    /// Draw the figure of a study and write it, and its values, as with [`Effect::Write`].
    WriteStudy {
        /// Its name, which the files get.
        name: String,
        /// How it stands.
        stands: Box<Stands>,
    },
    /// Write files, by their names, into the folder that the program was started in.
    Write(Vec<(String, Vec<u8>)>),
    /// Make a film of these pictures, and write it.
    Film {
        /// The run that they are of.
        run: RunId,
        /// The pictures, in order.
        sheets: Vec<Sheet>,
    },
    /// Write a preset of the user's own into the configuration directory.
    SavePreset {
        /// Its name.
        name: String,
        /// TOML.
        text: String,
    },
    /// Let the user change a text in their editor.
    Edit(String),
    /// Let ssh ask the user what a host wants to know.
    LogIn(HostName),
    /// Let the user change a copy of a study in their editor, or one of their own, and keep it.
    EditStudy {
        /// Its name.
        name: String,
    },
    /// Write a setting into the configuration file; nothing takes it out.
    Save {
        /// Which.
        setting: Setting,
        /// What it is.
        value: Option<Value>,
    },
    /// Put a text into the clipboard of the terminal.
    Copy(String),
    /// Tell the user, who looks elsewhere, by a notification or the bell.
    Notify {
        /// A few words.
        title: String,
        /// A sentence.
        body: String,
    },
    /// Listen to the mouse, or leave it to the terminal.
    ListenToMouse(bool),
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
