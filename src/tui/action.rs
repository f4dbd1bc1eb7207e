//! The one table of everything a key can do: footer, help and key map are made from it.

use std::fmt;

use crossterm::event::KeyCode;
use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value::Error},
};

use super::key::Key;

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

/// Where keys arrive. Its name in key files is the variant's, in small letters with dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// The list of runs.
    Queue,
    /// The line that the list of runs is filtered by.
    Filter,
    /// One run.
    Run,
    /// The list of presets.
    Presets,
    /// Runs side by side.
    Compare,
    /// The fields of a new run.
    Form,
    /// A line of text in the form.
    FormText,
    /// The list of studies.
    Studies,
    /// An open study.
    Study,
    /// The filter on a study's architectures.
    StudyFilter,
    /// The hosts.
    Hosts,
    /// What went wrong.
    Problems,
    /// The settings.
    Settings,
    /// The help.
    Help,
    /// The line of the help that is searched for.
    HelpSearch,
    /// The line of the palette.
    Palette,
    /// A question.
    Confirm,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Queue,
        Self::Filter,
        Self::Run,
        Self::Presets,
        Self::Compare,
        Self::Form,
        Self::FormText,
        Self::Studies,
        Self::Study,
        Self::StudyFilter,
        Self::Hosts,
        Self::Problems,
        Self::Settings,
        Self::Help,
        Self::HelpSearch,
        Self::Palette,
        Self::Confirm,
    ];

    /// Those of whole screens.
    pub const SCREENS: [Self; 10] = [
        Self::Queue,
        Self::Run,
        Self::Presets,
        Self::Compare,
        Self::Form,
        Self::Studies,
        Self::Study,
        Self::Hosts,
        Self::Problems,
        Self::Settings,
    ];

    /// The context of a name in a key file.
    pub fn of_name(name: &str) -> Option<Self> {
        let deserializer: serde::de::value::StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(deserializer).ok()
    }

    /// True where characters are text and do nothing.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Filter | Self::HelpSearch | Self::Palette | Self::FormText | Self::StudyFilter
        )
    }
}

/// The name in key files.
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// The keys, the one for hints first.
    pub keys: &'static [Key],
    /// One word or two for the footer; nothing for what help alone shows. Neighbours with the same word
    /// share one hint.
    pub hint: &'static str,
    /// One sentence for the help; nothing hides it there.
    pub help: &'static str,
    /// Where it works.
    pub contexts: &'static [Context],
}

const fn entry(
    action: Action,
    keys: &'static [Key],
    hint: &'static str,
    help: &'static str,
    contexts: &'static [Context],
) -> Entry {
    Entry { action, keys, hint, help, contexts }
}

const fn plain(code: KeyCode) -> Key {
    Key::plain(code)
}

use Context::{
    Compare, Confirm, Filter, Form, FormText, Help, HelpSearch, Hosts, Palette, Presets, Problems,
    Queue, Run, Settings, Studies, Study, StudyFilter,
};

const LISTS: &[Context] =
    &[Queue, Presets, Run, Compare, Form, Studies, Study, Hosts, Problems, Settings, Help];
const RUNS: &[Context] = &[Queue, Run];
const SCREENS: &[Context] = &Context::SCREENS;
/// Where pictures have a history.
const PICTURES: &[Context] = &[Run, Compare];
const TEXTS: &[Context] = &[Palette, HelpSearch];

/// Everything a key can do, in the order of hints and help.
pub const ACTIONS: &[Entry] = &[
    entry(Action::NewRun, &[Key::char('n')], "new run", "A new run from a preset", &[Queue]),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l')],
        "open",
        "Open the selected run; on a study, hide or show its runs",
        &[Queue],
    ),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter)],
        "open",
        "Open the run that the problem is about",
        &[Problems],
    ),
    entry(
        Action::NextValue,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l'), Key::char(' ')],
        "change",
        "The next value of the selected setting",
        &[Settings],
    ),
    entry(
        Action::PreviousValue,
        &[plain(KeyCode::Left), Key::char('h')],
        "",
        "The value before",
        &[Settings],
    ),
    entry(
        Action::ResetValue,
        &[Key::char('x'), plain(KeyCode::Delete)],
        "default",
        "Back to the default of the selected setting",
        &[Settings],
    ),
    entry(
        Action::Start,
        &[plain(KeyCode::Enter)],
        "start",
        "Queue the selected preset and open its run",
        &[Presets],
    ),
    entry(
        Action::Customise,
        &[Key::char('e'), plain(KeyCode::Right), Key::char('l')],
        "change",
        "Change the selected preset before it is queued",
        &[Presets],
    ),
    entry(
        Action::EditField,
        &[plain(KeyCode::Enter)],
        "edit",
        "The next choice of the selected field, or type its value",
        &[Form],
    ),
    entry(
        Action::Submit,
        &[Key::control('s'), Key::char('s')],
        "queue it",
        "Queue the run and open it",
        &[Form],
    ),
    entry(
        Action::SubmitPairs,
        &[Key::char('S')],
        "siamese/independent",
        "Queue siamese and independent runs with paired seeds, and compare them",
        &[Form],
    ),
    entry(
        Action::MorePairs,
        &[Key::char('+'), Key::char('=')],
        "",
        "One pair of siamese and independent runs more",
        &[Form],
    ),
    entry(Action::FewerPairs, &[Key::char('-')], "", "One pair fewer", &[Form]),
    entry(
        Action::Measure,
        &[Key::char('m')],
        "measure",
        "Measure a few steps on the device: time and memory of the whole",
        &[Form],
    ),
    entry(
        Action::Toml,
        &[Key::char('t'), plain(KeyCode::Tab)],
        "TOML",
        "The spec as TOML, or what it comes to",
        &[Form],
    ),
    entry(
        Action::NextValue,
        &[plain(KeyCode::Right), Key::char('l'), Key::char(' ')],
        "",
        "The next choice of the selected field",
        &[Form],
    ),
    entry(
        Action::PreviousValue,
        &[plain(KeyCode::Left), Key::char('h')],
        "",
        "The choice before",
        &[Form],
    ),
    entry(
        Action::TypeField,
        &[Key::char('i')],
        "",
        "Type the value of the selected field",
        &[Form],
    ),
    entry(
        Action::ResetValue,
        &[Key::char('x'), plain(KeyCode::Delete)],
        "",
        "Take a change of the selected field back",
        &[Form],
    ),
    entry(
        Action::AllFields,
        &[Key::char('a')],
        "",
        "All fields, or only those that make a difference",
        &[Form],
    ),
    entry(Action::Search, &[Key::char('/')], "", "Find a field by its name", &[Form]),
    entry(Action::CopySpec, &[Key::char('y')], "", "Copy the TOML to the clipboard", &[Form]),
    entry(
        Action::SavePreset,
        &[Key::char('w')],
        "",
        "Keep what stands here as a preset of your own",
        &[Form],
    ),
    entry(
        Action::OpenEditor,
        &[Key::char('E')],
        "",
        "Change the TOML in the editor that EDITOR names",
        &[Form],
    ),
    entry(
        Action::Accept,
        &[plain(KeyCode::Enter)],
        "keep",
        "Keep what was typed",
        &[FormText, StudyFilter],
    ),
    entry(Action::Close, &[plain(KeyCode::Esc)], "drop", "Leave it as it was", &[FormText]),
    entry(
        Action::Close,
        &[plain(KeyCode::Esc)],
        "show all",
        "Show all architectures again",
        &[StudyFilter],
    ),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l')],
        "open",
        "Open the selected study",
        &[Studies],
    ),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter)],
        "open run",
        "Open the run of the cell, the one that has failed or is under way first",
        &[Study],
    ),
    entry(
        Action::Left,
        &[plain(KeyCode::Left), Key::char('h')],
        "move",
        "One column to the left; in ranks, the proxy before",
        &[Study],
    ),
    entry(
        Action::Right,
        &[plain(KeyCode::Right), Key::char('l')],
        "move",
        "One column to the right; in ranks, the next proxy",
        &[Study],
    ),
    entry(
        Action::AddRuns,
        &[Key::char('a')],
        "add runs",
        "Add the runs that the study lacks, after a question",
        &[Studies, Study],
    ),
    entry(
        Action::Shown,
        &[Key::char('m')],
        "show",
        "Show ours, the published numbers, or how far they lie apart",
        &[Study],
    ),
    entry(
        Action::Search,
        &[Key::char('/')],
        "filter",
        "Show some architectures: those with all words in their names, and none after !",
        &[Study],
    ),
    entry(
        Action::ExportChart,
        &[Key::char('x'), Key::char('X')],
        "write",
        "Write the figure as SVG, PNG and CSV into this folder",
        &[Study],
    ),
    entry(Action::NextPanel, &[plain(KeyCode::Tab)], "part", "The next part", &[Study]),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Backspace)],
        "back",
        "One screen back; what was changed is kept",
        &[Form],
    ),
    entry(Action::NextPanel, &[plain(KeyCode::Tab)], "panel", "The next panel", PICTURES),
    entry(Action::PreviousPanel, &[plain(KeyCode::BackTab)], "", "The panel before", &[Run]),
    entry(
        Action::Maximise,
        &[Key::char('f'), plain(KeyCode::Enter)],
        "full",
        "The panel that has the focus alone, or among the others again",
        &[Run],
    ),
    entry(
        Action::CursorLeft,
        &[plain(KeyCode::Left), Key::char('h')],
        "cursor",
        "Read charts at a cursor, and move it to the left",
        PICTURES,
    ),
    entry(
        Action::CursorRight,
        &[plain(KeyCode::Right), Key::char('l')],
        "cursor",
        "The cursor of charts to the right",
        PICTURES,
    ),
    entry(
        Action::ZoomIn,
        &[Key::char('+'), Key::char('=')],
        "",
        "A shorter stretch of the charts, around the cursor",
        PICTURES,
    ),
    entry(Action::ZoomOut, &[Key::char('-')], "", "A longer stretch of the charts", PICTURES),
    entry(Action::SeeAll, &[Key::char('0')], "", "All of the charts, without a cursor", PICTURES),
    entry(Action::PanLeft, &[Key::char('(')], "", "What comes before in the charts", PICTURES),
    entry(Action::PanRight, &[Key::char(')')], "", "What comes next in the charts", PICTURES),
    entry(
        Action::FollowChart,
        &[Key::char('F')],
        "",
        "The newest stretch of the charts, moving on with it",
        PICTURES,
    ),
    entry(Action::Smoother, &[Key::char('w')], "", "Smoother curves over the raw ones", PICTURES),
    entry(Action::Rougher, &[Key::char('W')], "", "Rougher curves", PICTURES),
    entry(
        Action::XAxis,
        &[Key::char('x')],
        "",
        "Iterations, wall time or device time across",
        PICTURES,
    ),
    entry(
        Action::ExportChart,
        &[Key::char('X')],
        "",
        "Write the chart as SVG, PNG and CSV, or the picture as PNG, into this folder",
        &[Run],
    ),
    entry(
        Action::Pause,
        &[Key::char('p')],
        "pause",
        "Let the run wait at its next control point, or go on",
        RUNS,
    ),
    entry(
        Action::Resume,
        &[Key::char('r')],
        "resume",
        "Go on from the last checkpoint, or try again",
        RUNS,
    ),
    entry(
        Action::Stop,
        &[Key::char('s')],
        "stop",
        "Stop with a checkpoint, to be resumed later",
        RUNS,
    ),
    entry(Action::Cancel, &[Key::char('c')], "cancel", "Give the run up, after a question", RUNS),
    entry(
        Action::Search,
        &[Key::char('/')],
        "filter",
        "Show some runs: words, method:dsa ipc:10 state:run set:mnist acc>90",
        &[Queue],
    ),
    entry(
        Action::Mark,
        &[Key::char(' ')],
        "mark",
        "Mark the run or study: wishes are about all that is marked",
        &[Queue],
    ),
    entry(Action::MarkAll, &[Key::char('v')], "", "Mark all runs that are shown", &[Queue]),
    entry(
        Action::Unmark,
        &[plain(KeyCode::Esc)],
        "",
        "Take all marks away; where there are none, show all runs",
        &[Queue],
    ),
    entry(Action::Order, &[Key::char('o')], "", "Sort by the next column, or as queued", &[Queue]),
    entry(Action::ReverseOrder, &[Key::char('O')], "", "Sort the other way round", &[Queue]),
    entry(
        Action::MoveUp,
        &[Key::char('K')],
        "reorder",
        "Further to the front of the queue",
        &[Queue],
    ),
    entry(
        Action::MoveDown,
        &[Key::char('J')],
        "reorder",
        "Further to the end of the queue",
        &[Queue],
    ),
    entry(Action::Fold, &[plain(KeyCode::Tab)], "", "Hide or show the runs of the study", &[Queue]),
    entry(Action::Group, &[Key::char('t')], "", "Group by study, or do not", &[Queue]),
    entry(
        Action::Compare,
        &[Key::char('C')],
        "compare",
        "Show the marked runs side by side",
        &[Queue],
    ),
    entry(Action::Clone, &[Key::char('y')], "clone", "Queue the same run once more", &[Queue]),
    entry(
        Action::EditClone,
        &[Key::char('e')],
        "edit",
        "Queue the same run once more, with changes",
        &[Queue],
    ),
    entry(
        Action::Delete,
        &[Key::char('D')],
        "delete",
        "Delete the run with its folder, after a question",
        &[Queue],
    ),
    entry(Action::Up, &[plain(KeyCode::Up)], "move", "", &[Filter]),
    entry(Action::Down, &[plain(KeyCode::Down)], "move", "", &[Filter]),
    entry(Action::PageUp, &[plain(KeyCode::PageUp)], "", "", &[Filter]),
    entry(Action::PageDown, &[plain(KeyCode::PageDown)], "", "", &[Filter]),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "keep", "", &[Filter]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "show all", "", &[Filter]),
    entry(
        Action::Up,
        &[plain(KeyCode::Up), Key::char('k')],
        "move",
        "One row up; in a run, the log; in a comparison, the side before",
        LISTS,
    ),
    entry(Action::Down, &[plain(KeyCode::Down), Key::char('j')], "move", "One row down", LISTS),
    entry(Action::PageUp, &[plain(KeyCode::PageUp), Key::control('u')], "", "One page up", LISTS),
    entry(
        Action::PageDown,
        &[plain(KeyCode::PageDown), Key::control('d')],
        "",
        "One page down",
        LISTS,
    ),
    entry(
        Action::First,
        &[Key::char('g'), plain(KeyCode::Home)],
        "",
        "To the first row",
        &[Queue, Presets, Form, Studies, Study, Hosts, Problems, Settings, Help],
    ),
    entry(
        Action::Last,
        &[Key::char('G'), plain(KeyCode::End)],
        "",
        "To the last row",
        &[Queue, Presets, Form, Studies, Study, Hosts, Problems, Settings, Help],
    ),
    entry(Action::First, &[Key::char('g')], "", "To the beginning of the log", &[Run]),
    entry(Action::Last, &[Key::char('G')], "", "To the end of the log", &[Run]),
    entry(
        Action::Picture,
        &[Key::char('i')],
        "images now",
        "A picture now, at the next control point",
        &[Run],
    ),
    entry(
        Action::PreviousPicture,
        &[Key::char('[')],
        "history",
        "The picture before this one in the run's history",
        PICTURES,
    ),
    entry(Action::NextPicture, &[Key::char(']')], "history", "The next picture", PICTURES),
    entry(Action::FirstPicture, &[plain(KeyCode::Home)], "", "The first picture", PICTURES),
    entry(
        Action::NewestPicture,
        &[plain(KeyCode::End)],
        "",
        "The newest picture, and every newer one that comes",
        PICTURES,
    ),
    entry(
        Action::Play,
        &[Key::char(' ')],
        "play",
        "Play the history of the images from here, or stop",
        &[Run],
    ),
    entry(
        Action::Film,
        &[Key::char('v')],
        "",
        "Play the history from its beginning, and write it as GIF into this folder",
        &[Run],
    ),
    entry(
        Action::Closer,
        &[Key::char('z')],
        "zoom",
        "Look at one class, then at one image, then at all again",
        &[Run],
    ),
    entry(
        Action::PreviousImage,
        &[Key::char(',')],
        "turn",
        "The class or image before, where one looks close; in a comparison, the pair before",
        PICTURES,
    ),
    entry(
        Action::NextImage,
        &[Key::char('.')],
        "turn",
        "The next class or image, where one looks close; in a comparison, the next pair",
        PICTURES,
    ),
    entry(
        Action::PreviousClasses,
        &[Key::char('{')],
        "classes",
        "The classes before, where not all of them fit",
        &[Run],
    ),
    entry(
        Action::NextClasses,
        &[Key::char('}')],
        "classes",
        "More classes, where not all of them fit",
        &[Run],
    ),
    entry(
        Action::PreviousRun,
        &[Key::char('K'), Key::char('<')],
        "",
        "The run before in the queue",
        &[Run],
    ),
    entry(Action::NextRun, &[Key::char('J'), Key::char('>')], "", "The next run", &[Run]),
    entry(
        Action::LogAxis,
        &[Key::char('L')],
        "",
        "Matching distance on a logarithmic or a linear axis",
        PICTURES,
    ),
    entry(Action::NewRun, &[Key::char('n')], "", "A new run from a preset", &[Run]),
    entry(Action::Yes, &[Key::char('y')], "yes", "", &[Confirm]),
    entry(Action::No, &[Key::char('n'), plain(KeyCode::Esc), Key::char('q')], "no", "", &[Confirm]),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Left), Key::char('h'), plain(KeyCode::Backspace)],
        "back",
        "One screen back",
        &[Presets, Studies, Hosts, Problems],
    ),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Backspace)],
        "back",
        "One screen back",
        &[Run, Compare, Study, Settings],
    ),
    entry(Action::GoQueue, &[Key::char('1')], "", "Queue: all runs", SCREENS),
    entry(
        Action::GoStudies,
        &[Key::char('2')],
        "",
        "Studies: the papers' tables, and how far each is",
        SCREENS,
    ),
    entry(Action::GoCompare, &[Key::char('3')], "", "Compare: runs side by side", SCREENS),
    entry(
        Action::GoHosts,
        &[Key::char('4')],
        "",
        "Hosts: devices, their slots, memory, utilisation and temperature",
        SCREENS,
    ),
    entry(
        Action::GoProblems,
        &[Key::char('5')],
        "",
        "Problems: what went wrong, and what to do about it",
        SCREENS,
    ),
    entry(Action::GoSettings, &[Key::char('6')], "", "Settings: what can be set", SCREENS),
    entry(
        Action::Palette,
        &[Key::char(':'), Key::control('p')],
        "commands",
        "Find anything that can be done by its name",
        SCREENS,
    ),
    entry(
        Action::ToggleMouse,
        &[Key::alt('m')],
        "",
        "Listen to the mouse, or leave it to the terminal",
        SCREENS,
    ),
    entry(Action::Search, &[Key::char('/')], "search", "Search the keys", &[Help]),
    entry(Action::Up, &[plain(KeyCode::Up), Key::control('k')], "move", "", TEXTS),
    entry(Action::Down, &[plain(KeyCode::Down), Key::control('j')], "move", "", TEXTS),
    entry(Action::PageUp, &[plain(KeyCode::PageUp)], "", "", TEXTS),
    entry(Action::PageDown, &[plain(KeyCode::PageDown)], "", "", TEXTS),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "do it", "Do what is selected", &[Palette]),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "keep", "Keep what was found", &[HelpSearch]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "close", "Close the palette", &[Palette]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "close", "Show all keys again", &[HelpSearch]),
    entry(
        Action::Help,
        &[Key::char('?'), plain(KeyCode::F(1))],
        "help",
        "Show or hide this help",
        SCREENS,
    ),
    entry(
        Action::Help,
        &[Key::char('?'), plain(KeyCode::Esc), Key::char('q'), plain(KeyCode::Enter)],
        "close",
        "",
        &[Help],
    ),
    entry(Action::Quit, &[Key::char('q')], "quit", "Leave; runs go on without the screen", SCREENS),
    entry(Action::Quit, &[Key::control('c')], "", "Leave, from anywhere", &Context::ALL),
    entry(
        Action::Suspend,
        &[Key::control('z')],
        "",
        "Back to the shell; `fg` returns",
        &Context::ALL,
    ),
    entry(Action::Redraw, &[Key::control('l')], "", "Draw the screen anew", &Context::ALL),
    entry(Action::Panic, &[plain(KeyCode::F(12))], "", "", &Context::ALL),
];
