//! Everything the screen is drawn from. It changes in `update` alone, and holds no file, no socket and no
//! clock.

pub mod artefacts;
pub mod bulk;
pub mod compare;
pub mod form;
pub mod gallery;
pub mod hosts;
pub mod notice_end;
pub mod open_runs;
pub mod panels;
pub mod picture_budget;
pub mod placement;
pub mod possible;
pub mod preferences;
pub mod presets;
pub mod preview;
pub mod problems;
pub mod question;
pub mod queue;
pub mod run;
pub mod run_log;
pub mod sending;
pub mod spec_text;
pub mod studies;

use jiff::{Timestamp, tz::TimeZone};

use self::{
    bulk::Bulk,
    compare::CompareModel,
    form::FormModel,
    gallery::album::Album,
    hosts::HostsModel,
    notice_end::NoticeEnd,
    open_runs::OpenRuns,
    picture_budget::PictureBudget,
    preferences::Preferences,
    presets::PresetsModel,
    preview::Preview,
    problems::ProblemsModel,
    question::Question,
    queue::QueueModel,
    run::RunModel,
    sending::{SendQuestion, Sending},
    studies::StudiesModel,
};
use super::{
    action::{Action, Context},
    keymap::Keymap,
    look::Look,
    media::Canvas,
    msg::AlbumOf,
    overlays::{help::Help, palette::Palette},
    tty::Window,
    widgets::{borders::Border, text_field::TextField},
};
use crate::{
    config::{Setting, Value},
    queue::{RunId, RunSummary},
    wire::client::Daemon,
};

/// The screen that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// All runs.
    Queue,
    /// The open run.
    Run,
    /// The presets.
    Presets,
    /// Runs side by side.
    Compare,
    /// The fields of a new run.
    Form,
    /// The studies, or one of them.
    Studies,
    /// The hosts.
    Hosts,
    /// What went wrong.
    Problems,
    /// What can be set.
    Settings,
}

/// Runs that are being added one by one and are compared once all of them are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// How many answers are still to come.
    pub left: usize,
    /// Those that were added.
    pub runs: Vec<RunId>,
}

/// What lies over the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The keys of the screen below.
    Help(Help),
    /// Everything that can be done, by name.
    Palette(Palette),
    /// A question before something that cannot be taken back.
    Question(Box<Question>),
    /// Whether to add the runs that a study lacks.
    AddRuns,
    /// Whether to send data sets that a host lacks.
    SendData(Box<SendQuestion>),
}

/// A border that the mouse holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Which, where it was taken.
    pub border: Border,
    /// What the file said of it then.
    pub before: Option<Value>,
}

/// The way to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Not there yet.
    Connecting,
    /// It answers.
    Connected(Daemon),
    /// It does not; what is shown is as old as this.
    Lost {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: String,
    },
}

/// A sentence for the user, shown until the next key; one that is not bad goes by itself after a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether something did not work.
    pub is_bad: bool,
    /// The sentence.
    pub text: String,
}

impl Notice {
    /// Something was put into the clipboard of the terminal, which does not say whether it took it.
    pub fn copied(what: &str) -> Self {
        let text = format!("{what} is in the clipboard, if the terminal lets programs write there");
        Self { is_bad: false, text }
    }
}

/// The state of the screen.
#[derive(Debug)]
pub struct Model {
    /// What is shown.
    pub screen: Screen,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// All runs.
    pub queue: QueueModel,
    /// Which run the queue shows in detail.
    pub preview: Preview,
    /// Several wishes under way.
    pub bulk: Option<Bulk>,
    /// The run whose spec was asked for, to be edited.
    pub drafted: Option<RunId>,
    /// Runs of which more is known than the queue shows, by number.
    pub runs: OpenRuns,
    /// The run that its screen shows, or showed last.
    pub open: Option<RunId>,
    /// Runs side by side.
    pub compare: CompareModel,
    /// The form for a new run, as it was left.
    pub form: Option<FormModel>,
    /// Runs that are being added to be compared.
    pub awaited: Option<Awaited>,
    /// Data sets on their way to a host.
    pub sending: Option<Sending>,
    /// The studies.
    pub studies: StudiesModel,
    /// The presets.
    pub presets: PresetsModel,
    /// The hosts, and the ways to their daemons.
    pub hosts: HostsModel,
    /// What went wrong.
    pub problems: ProblemsModel,
    /// The last sentence for the user.
    pub notice: Option<Notice>,
    /// When it goes.
    pub notice_end: NoticeEnd,
    /// The window.
    pub window: Window,
    /// What every key does.
    pub keymap: Keymap,
    /// What is set.
    pub preferences: Preferences,
    /// The border that the mouse holds.
    pub held: Option<Held>,
    /// Whether the terminal has the focus, once it has told.
    pub focus: Option<bool>,
    /// Colours and symbols.
    pub look: Look,
    /// How pictures are drawn.
    pub canvas: Canvas,
    /// What pictures may cost over a slow way.
    pub picture_budget: PictureBudget,
    /// Counts how often the terminal has forgotten its pictures.
    pub generation: u64,
    /// The time zone of the clock.
    pub zone: TimeZone,
    /// The time.
    pub now: Timestamp,
    /// The hidden key that panics works.
    pub test_panic: bool,
}

impl Model {
    /// A screen that knows nothing yet.
    pub fn new(look: Look, canvas: Canvas, window: Window, zone: TimeZone, now: Timestamp) -> Self {
        Self {
            screen: Screen::Queue,
            overlay: None,
            queue: QueueModel::default(),
            preview: Preview::default(),
            bulk: None,
            drafted: None,
            runs: OpenRuns::default(),
            open: None,
            compare: CompareModel::default(),
            form: None,
            awaited: None,
            sending: None,
            studies: StudiesModel::default(),
            presets: PresetsModel::new(),
            hosts: HostsModel::default(),
            problems: ProblemsModel::new(now),
            notice: None,
            notice_end: NoticeEnd::default(),
            window,
            keymap: Keymap::default(),
            preferences: Preferences::default(),
            held: None,
            focus: None,
            look,
            canvas,
            picture_budget: PictureBudget::default(),
            generation: 0,
            zone,
            now,
            test_panic: false,
        }
    }

    /// What is set, and what keys do. What is wrong with it is told once.
    pub fn prefer(&mut self, preferences: Preferences, keymap: Keymap) {
        if let Some(first) = preferences.faults.first() {
            let text = match preferences.faults.len() {
                1 => first.to_string(),
                more => format!("{first} ({} more in Problems)", more - 1),
            };
            self.notice = Some(Notice { is_bad: true, text });
        }
        self.runs.smooth(preferences.choices.number(Setting::Smoothing));
        self.preferences = preferences;
        self.keymap = keymap;
    }

    /// Where keys arrive.
    pub fn context(&self) -> Context {
        let types = self.form.as_ref().is_some_and(|form| form.typing.is_some());
        match (&self.overlay, self.screen) {
            (None, Screen::Form) if types => Context::FormText,
            (Some(Overlay::Help(Help { is_typing: true, .. })), _) => Context::HelpSearch,
            (Some(Overlay::Help(_)), _) => Context::Help,
            (Some(Overlay::Palette(_)), _) => Context::Palette,
            (Some(Overlay::Question(_) | Overlay::AddRuns | Overlay::SendData(_)), _) => {
                Context::Confirm
            }
            (None, Screen::Queue) if self.queue.filter.is_typing => Context::Filter,
            (None, Screen::Studies) => self.studies.context(),
            (None, screen) => Self::screen_context(screen),
        }
    }

    /// Where the keys of a screen arrive.
    pub const fn screen_context(screen: Screen) -> Context {
        match screen {
            Screen::Queue => Context::Queue,
            Screen::Run => Context::Run,
            Screen::Presets => Context::Presets,
            Screen::Compare => Context::Compare,
            Screen::Form => Context::Form,
            Screen::Studies => Context::Studies,
            Screen::Hosts => Context::Hosts,
            Screen::Problems => Context::Problems,
            Screen::Settings => Context::Settings,
        }
    }

    /// The line that characters are typed into now, if there is one.
    pub fn field_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.overlay {
            None if self.screen == Screen::Queue && self.queue.filter.is_typing => {
                Some(&mut self.queue.filter.field)
            }
            None if self.screen == Screen::Form => self.form.as_mut()?.text_field_mut(),
            None if self.screen == Screen::Studies => self.studies.field_mut(),
            Some(Overlay::Help(Help { is_typing: true, query, .. })) => Some(query),
            Some(Overlay::Palette(palette)) => Some(&mut palette.field),
            _ => None,
        }
    }

    /// The key that does this on the screen that is shown, in the words of hints; its name where no key does.
    pub fn key(&self, action: Action) -> String {
        self.key_in(Self::screen_context(self.screen), action)
    }

    /// The same where keys arrive at `context`.
    pub fn key_in(&self, context: Context, action: Action) -> String {
        let key = self.keymap.key(context, action, self.look.symbols());
        key.unwrap_or_else(|| format!(":{action}"))
    }

    /// False when the user is known to look at another window, or when that cannot be known.
    pub fn is_looked_at(&self) -> bool {
        self.focus.unwrap_or(self.preferences.replies.tells_focus != Some(false))
    }

    /// The run that wishes are about: the open one, or the selected one.
    pub fn subject(&self) -> Option<&RunSummary> {
        let row = match self.screen {
            Screen::Queue => self.queue.selected(),
            Screen::Run => self.queue.row(self.open?),
            Screen::Presets
            | Screen::Compare
            | Screen::Form
            | Screen::Studies
            | Screen::Hosts
            | Screen::Problems
            | Screen::Settings => None,
        };
        row.map(|row| &row.run)
    }

    /// The runs that wishes are about: the open one, or all that are marked or selected in the queue.
    pub fn targets(&self) -> Vec<&RunSummary> {
        match self.screen {
            Screen::Queue => self.queue.targets(),
            _ => self.subject().into_iter().collect(),
        }
    }

    /// The run that its screen shows, or showed last.
    pub fn open_run(&self) -> Option<&RunModel> {
        self.runs.get(self.open?)
    }

    /// The same, to be changed.
    pub fn open_run_mut(&mut self) -> Option<&mut RunModel> {
        self.runs.get_mut(self.open?)
    }

    /// The runs that the screen shows in detail now.
    pub fn shown_runs(&self) -> Vec<RunId> {
        match self.screen {
            Screen::Run => self.open.into_iter().collect(),
            Screen::Queue | Screen::Studies => self.preview.run().into_iter().collect(),
            Screen::Compare => self.compare.runs.clone(),
            Screen::Presets
            | Screen::Form
            | Screen::Hosts
            | Screen::Problems
            | Screen::Settings => Vec::new(),
        }
    }

    /// The pictures of a run, or what else is shown as pictures.
    pub fn album_mut(&mut self, of: AlbumOf) -> Option<&mut Album> {
        match of {
            AlbumOf::Run(run) => self.runs.get_mut(run).map(|run| &mut run.gallery.album),
            AlbumOf::Difference => Some(&mut self.compare.difference.album),
            AlbumOf::Memory => self.studies.open.as_mut().map(|open| &mut open.memory.album),
        }
    }

    /// True when a second that passes changes what is shown: something runs, and news of it come.
    pub fn ticks(&self) -> bool {
        self.hosts.all.iter().any(hosts::HostModel::is_connected) && self.queue.count("running") > 0
    }

    /// Seconds since `received`, to be added to what was told then; 0 where nothing goes on.
    pub fn secs_since(&self, received: Timestamp, run: &RunSummary) -> f64 {
        if run.state.word() == "running" && self.ticks() {
            self.now.duration_since(received).as_secs_f64().max(0.0)
        } else {
            0.0
        }
    }
}
