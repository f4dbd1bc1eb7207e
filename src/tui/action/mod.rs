//! Everything that a key can do ([`Action`]), and where ([`Context`]); the table of both with their keys, from which
//! footer, help and key map are made, is [`ACTIONS`].

mod context;
mod table;

use std::fmt;

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value::Error},
};

pub use self::{
    context::Context,
    table::{ACTIONS, Entry},
};

/// Something that a key does. Its name in key files is the variant's, in small letters with dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Open the selected run.
    Open,
    /// Put the selected preset into the queue and open its run.
    Start,
    /// To the list of presets.
    NewRun,
    /// Let the run wait, or go on.
    Pause,
    /// Stop the run with a checkpoint.
    Stop,
    /// Go on with a run, or try it again.
    Resume,
    /// Give the run up, after a question.
    Cancel,
    /// A picture of the synthetic set now.
    Picture,
    /// Delete runs with their folders, after a question.
    Delete,
    /// Queue the same run once more.
    Clone,
    /// Queue the same run once more, after its spec was edited.
    EditClone,
    /// Mark what is selected, or take its mark away.
    Mark,
    /// Mark everything that is shown.
    MarkAll,
    /// Take all marks away; where there are none, show everything.
    Unmark,
    /// Put runs further to the front of the queue.
    MoveUp,
    /// Put runs further to the end of the queue.
    MoveDown,
    /// Sort by the next column, or by none.
    Order,
    /// Sort the other way round.
    ReverseOrder,
    /// Hide or show the runs of a study.
    Fold,
    /// Group runs by study, or do not.
    Group,
    /// Compare runs side by side.
    Compare,
    /// The next panel, where not all fit.
    NextPanel,
    /// The panel before.
    PreviousPanel,
    /// The panel alone on the screen, or among the others.
    Maximise,
    /// Linear or logarithmic axis.
    LogAxis,
    /// A shorter stretch of a chart.
    ZoomIn,
    /// A longer stretch of a chart.
    ZoomOut,
    /// All of a chart.
    SeeAll,
    /// What comes before in a chart.
    PanLeft,
    /// What comes next in a chart.
    PanRight,
    /// The newest stretch of a chart, moving on with it.
    FollowChart,
    /// The cursor of charts to the left.
    CursorLeft,
    /// The cursor of charts to the right.
    CursorRight,
    /// A smoother curve.
    Smoother,
    /// A rougher curve.
    Rougher,
    /// Iterations, wall time or device time across.
    XAxis,
    /// Write a chart into files.
    ExportChart,
    /// The next page of classes.
    NextClasses,
    /// The page of classes before.
    PreviousClasses,
    /// The next picture of the history.
    NextPicture,
    /// The picture before.
    PreviousPicture,
    /// The first picture of the history.
    FirstPicture,
    /// The newest picture, which is followed.
    NewestPicture,
    /// Play the history, or stop.
    Play,
    /// Make a film of the history.
    Film,
    /// Look at one class, then at one image, then at all.
    Closer,
    /// The next class or image where one looks close.
    NextImage,
    /// The class or image before.
    PreviousImage,
    /// The next run of the queue.
    NextRun,
    /// The run before.
    PreviousRun,
    /// Change the selected preset before it is queued.
    Customise,
    /// Take the next choice of a field, or type its value.
    EditField,
    /// Type the value of a field.
    TypeField,
    /// Show the fields that make no difference too, or hide them.
    AllFields,
    /// The draft as TOML, or what it comes to.
    Toml,
    /// One pair more.
    MorePairs,
    /// One pair fewer.
    FewerPairs,
    /// Measure time and memory.
    Measure,
    /// Queue the draft.
    Submit,
    /// Queue siamese and independent runs with paired seeds, and compare them.
    SubmitPairs,
    /// Change the draft in the user's editor.
    OpenEditor,
    /// Change a copy of a study, or one of one's own, in the user's editor.
    EditStudy,
    /// The path of a run's folder into the clipboard.
    CopyFolder,
    /// The draft's TOML into the clipboard.
    CopySpec,
    /// Keep the draft as a preset.
    SavePreset,
    /// Yes to a question.
    Yes,
    /// No to a question.
    No,
    /// One screen back.
    Back,
    /// To the queue.
    GoQueue,
    /// To the studies.
    GoStudies,
    /// To the comparison.
    GoCompare,
    /// To the hosts.
    GoHosts,
    /// Another host at hand.
    NextHost,
    /// The terminal for ssh, which may have to ask something.
    LogIn,
    /// To the problems.
    GoProblems,
    /// To the settings.
    GoSettings,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Ours, published, or the difference.
    Shown,
    /// Add the runs that a study lacks, after a question.
    AddRuns,
    /// The next value of a setting.
    NextValue,
    /// The value before.
    PreviousValue,
    /// The default of a setting.
    ResetValue,
    /// Every action by name.
    Palette,
    /// Search in what is shown.
    Search,
    /// Take what is selected or typed.
    Accept,
    /// Leave what lies over the screen.
    Close,
    /// Listen to the mouse, or leave it to the terminal.
    ToggleMouse,
    /// Show or hide the help.
    Help,
    /// Draw the screen anew.
    Redraw,
    /// Stop the program and give the terminal back to the shell.
    Suspend,
    /// Leave. Runs go on.
    Quit,
    /// Panic, where a test asked for it.
    Panic,
}

impl Action {
    /// The action of a name in a key file.
    pub fn of_name(name: &str) -> Option<Self> {
        let deserializer: serde::de::value::StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(deserializer).ok()
    }
}

/// The name in key files.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
