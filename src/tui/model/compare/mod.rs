//! Runs that are looked at side by side: which, up to which iteration, and which pair shows its pictures.

pub mod difference;
pub mod sides;

use self::{
    difference::Difference,
    sides::{Side, shared_seeds},
};
use super::open_runs::OpenRuns;
use crate::{
    queue::RunId,
    tui::{action::Action, widgets::chart::ChartView},
};

/// A part of the screen: keys are about the one that has the focus, and a small terminal shows it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The sides, their scores, and what they differ by.
    #[default]
    Verdict,
    /// The images of a pair.
    Images,
    /// What the runs lower.
    Distance,
    /// Accuracies.
    Accuracy,
}

impl Part {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Verdict => Self::Images,
            Self::Images => Self::Distance,
            Self::Distance => Self::Accuracy,
            Self::Accuracy => Self::Verdict,
        }
    }

    /// The one before it.
    #[must_use]
    pub const fn previous(self) -> Self {
        match self {
            Self::Verdict => Self::Accuracy,
            Self::Images => Self::Verdict,
            Self::Distance => Self::Images,
            Self::Accuracy => Self::Distance,
        }
    }
}

/// The most runs that are compared at once.
pub const MOST: usize = 24;

/// The comparison.
#[derive(Debug, Default)]
pub struct CompareModel {
    /// The runs, in the order in which they were chosen.
    pub runs: Vec<RunId>,
    /// The sides, as far as the specs of the runs are known.
    pub sides: Vec<Side>,
    /// How many specs the sides were made of.
    known: usize,
    /// The side that is held against the first one.
    pub against: usize,
    /// Which of the pairs shows its pictures.
    pub pair: usize,
    /// The iteration up to which pictures are shown; the newest where there is none.
    pub at: Option<u64>,
    /// The pictures of the two runs against each other.
    pub difference: Difference,
    /// How its charts are looked at.
    pub view: ChartView,
    /// The part that has the focus; a small window shows no other.
    pub part: Part,
    /// It has the screen for itself.
    pub alone: bool,
    /// The history of the pair's pictures plays by itself.
    pub playing: bool,
}

impl CompareModel {
    /// Compares these runs, as many of them as can be.
    pub fn of(mut runs: Vec<RunId>) -> Self {
        runs.truncate(MOST);
        Self { runs, against: 1, ..Self::default() }
    }

    /// Makes the sides anew where more specs are known than before.
    pub fn refresh(&mut self, open: &OpenRuns) {
        let known = self.runs.iter().filter_map(|run| Some((*run, open.get(*run)?.spec.known()?)));
        let known: Vec<_> = known.collect();
        if known.len() != self.known {
            self.known = known.len();
            self.sides = sides::sides(&known);
        }
    }

    /// Whether an action could do something now, in a window that `hides_parts` or does not.
    pub fn is_useful(&self, action: Action, hides_parts: bool) -> bool {
        match action {
            Action::NextPanel
            | Action::PreviousPanel
            | Action::CursorLeft
            | Action::CursorRight
            | Action::ExportChart => !self.sides.is_empty(),
            Action::Maximise => !self.sides.is_empty() && !hides_parts,
            Action::NextPicture | Action::PreviousPicture | Action::Play => {
                self.shown_pair().is_some()
            }
            Action::NextImage | Action::PreviousImage => self.pairs() > 1,
            Action::Up | Action::Down => self.sides.len() > 2,
            _ => true,
        }
    }

    /// True while the specs of some runs are not known.
    pub const fn is_incomplete(&self) -> bool {
        self.known < self.runs.len()
    }

    /// The side against which the first one is held.
    fn both(&self) -> Option<(&Side, &Side)> {
        Some((self.sides.first()?, self.sides.get(self.against)?))
    }

    /// How many pairs share their seeds.
    pub fn pairs(&self) -> usize {
        self.both().map_or(0, |(first, second)| shared_seeds(first, second).len())
    }

    /// The seed of the pair that is shown, where the sides share one.
    pub fn shown_seed(&self) -> Option<u64> {
        let (first, second) = self.both()?;
        let seeds = shared_seeds(first, second);
        seeds.get(self.pair % seeds.len().max(1)).copied()
    }

    /// The run of a side that is shown: that with the shown seed, or its first.
    pub fn shown_run(&self, side: &Side) -> Option<RunId> {
        let with_seed = self.shown_seed().and_then(|seed| side.runs.get(&seed));
        with_seed.or(side.runs.values().next()).copied()
    }

    /// The runs whose pictures are shown: a pair with the same seed, or the first of each side.
    pub fn shown_pair(&self) -> Option<(RunId, RunId)> {
        let (first, second) = self.both()?;
        Some((self.shown_run(first)?, self.shown_run(second)?))
    }
}
