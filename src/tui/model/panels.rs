//! The panels of the run screen: which there are, which of them has the focus, and in which order they stand.

use crate::record::History;

/// A part of the run screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// The synthetic images.
    #[default]
    Images,
    /// What the method lowers.
    Distance,
    /// Accuracies.
    Accuracy,
    /// The distance of every class, as heat.
    Classes,
    /// The loss of the inner training.
    InnerLoss,
    /// Iterations a second.
    Speed,
    /// Memory.
    Memory,
    /// The log.
    Log,
    /// Every evaluation.
    Scores,
    /// The spec.
    Spec,
    /// The files.
    Artefacts,
}

impl Panel {
    /// All, in the order in which the focus goes through them.
    pub const ALL: [Self; 11] = [
        Self::Images,
        Self::Distance,
        Self::Accuracy,
        Self::Classes,
        Self::InnerLoss,
        Self::Speed,
        Self::Memory,
        Self::Log,
        Self::Scores,
        Self::Spec,
        Self::Artefacts,
    ];

    /// True for what is drawn over iterations or time.
    pub const fn is_chart(self) -> bool {
        !self.is_text() && !matches!(self, Self::Images)
    }

    /// True for what is read line by line.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Log | Self::Scores | Self::Spec | Self::Artefacts)
    }
}

/// The panels that have, or will have, something to show of a run.
pub fn of_run(history: &History) -> Vec<Panel> {
    let buckets = history.curves.buckets();
    let has = |panel: &Panel| match panel {
        Panel::InnerLoss => buckets.iter().any(|bucket| !bucket.inner_loss.is_empty()),
        Panel::Memory => buckets.iter().any(|bucket| !bucket.memory.is_empty()),
        Panel::Classes => !history.heat.columns().is_empty(),
        Panel::Speed => !buckets.is_empty(),
        _ => true,
    };
    Panel::ALL.into_iter().filter(has).collect()
}

/// The focus of the run screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Focus {
    /// The panel that keys are about.
    pub panel: Panel,
    /// It has the screen for itself.
    pub alone: bool,
}

impl Focus {
    /// Moves the focus to the next of these panels, or to the one before.
    pub fn turn(&mut self, forward: bool, panels: &[Panel]) {
        let Some(last) = panels.len().checked_sub(1) else { return };
        let at = panels.iter().position(|panel| *panel == self.panel).unwrap_or(0);
        let next = match (forward, at) {
            (true, at) if at >= last => 0,
            (true, at) => at + 1,
            (false, 0) => last,
            (false, at) => at - 1,
        };
        self.panel = panels[next];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_goes_round_both_ways() {
        let panels = of_run(&History::default());
        assert_eq!(panels[..3], [Panel::Images, Panel::Distance, Panel::Accuracy]);
        assert!(!panels.contains(&Panel::Memory), "nothing is known of it yet");
        let mut focus = Focus::default();
        for panel in panels.iter().skip(1).chain(&panels[..1]) {
            focus.turn(true, &panels);
            assert_eq!(focus.panel, *panel);
        }
        focus.turn(false, &panels);
        assert_eq!(Some(&focus.panel), panels.last());
    }
}
