//! The characters that carry meaning or draw lines, as one set in Unicode and one in ASCII.
//!
//! Only characters one cell wide that common fonts have, and none with an emoji form.

use ratatui::symbols::border;

use super::role::SERIES;
use crate::queue::RunState;

/// The signs of a run's states.
#[derive(Debug)]
pub struct StateSigns {
    /// Waits for a slot.
    pub queued: &'static str,
    /// Waits in Slurm.
    pub pending: &'static str,
    /// Has a worker.
    pub running: &'static str,
    /// Has one that waits.
    pub paused: &'static str,
    /// Has one that leaves.
    pub stopping: &'static str,
    /// Was stopped.
    pub stopped: &'static str,
    /// Lost its worker.
    pub interrupted: &'static str,
    /// Is done.
    pub finished: &'static str,
    /// Went wrong.
    pub failed: &'static str,
    /// Was given up.
    pub cancelled: &'static str,
}

/// A set of characters.
#[derive(Debug)]
pub struct Symbols {
    /// Borders of panels.
    pub border: border::Set<'static>,
    /// Before the selected row.
    pub marker: &'static str,
    /// Before a marked row.
    pub mark: &'static str,
    /// Before a heading whose rows are shown, and one whose rows are hidden.
    pub fold: [&'static str; 2],
    /// Beside the column that rows are sorted by: up, and down.
    pub sorted: [&'static str; 2],
    /// Between parts of a line.
    pub dot: &'static str,
    /// Between a screen and what it shows.
    pub step: &'static str,
    /// For a value that is not there yet.
    pub absent: &'static str,
    /// For text that was cut.
    pub cut: &'static str,
    /// Between mean and standard deviation.
    pub plus_minus: &'static str,
    /// Spearman's rank correlation, and Kendall's.
    pub correlations: [&'static str; 2],
    /// Between factors.
    pub times: &'static str,
    /// A finished piece, and the rest, of a progress bar.
    pub bar: [&'static str; 2],
    /// Between the two, half done.
    pub bar_half: &'static str,
    /// A connection that stands, and one that is lost.
    pub link: [&'static str; 2],
    /// A measured point with spread.
    pub point: &'static str,
    /// A point that stands out.
    pub ring: &'static str,
    /// A point under the cursor.
    pub target: &'static str,
    /// More to the left, and more to the right.
    pub beyond: [&'static str; 2],
    /// The spread's bar.
    pub spread: &'static str,
    /// A horizontal line of reference.
    pub dash: &'static str,
    /// A chart's cursor: its line, and its foot on the axis.
    pub cursor: [&'static str; 2],
    /// A value that is not a number.
    pub nan: &'static str,
    /// Axis: line down, tick, corner, line across.
    pub axis: [&'static str; 4],
    /// Notes, problems, checkpoints, evaluations, the worker's coming and going.
    pub log: [&'static str; 5],
    /// Up, down, left and right arrow keys.
    pub arrows: [&'static str; 4],
    /// The enter key.
    pub enter: &'static str,
    /// What tells series apart without colour.
    pub series: [&'static str; SERIES],
    /// From nothing to full, for figures over time in one row.
    pub spark: [&'static str; 8],
    /// For what cannot be shown: a control character, a mark that would turn text around.
    pub unshown: &'static str,
    /// Before the word of a run's state.
    pub states: StateSigns,
}

/// For terminals of today.
pub const UNICODE: Symbols = Symbols {
    border: border::ROUNDED,
    marker: "▸",
    mark: "*",
    fold: ["▾", "▹"],
    sorted: ["▴", "▾"],
    dot: "·",
    step: "›",
    absent: "–",
    cut: "…",
    plus_minus: "±",
    correlations: ["ρ", "τ"],
    times: "×",
    bar: ["━", "─"],
    bar_half: "╸",
    link: ["●", "○"],
    point: "●",
    ring: "◎",
    target: "◆",
    beyond: ["‹", "›"],
    spread: "│",
    dash: "╌",
    cursor: ["┊", "▴"],
    nan: "✗",
    axis: ["│", "┤", "└", "─"],
    log: ["·", "!", "✓", "◆", "›"],
    arrows: ["↑", "↓", "←", "→"],
    enter: "⏎",
    series: ["●", "■", "▲", "◆", "○", "□", "△", "◇"],
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    unshown: "\u{fffd}",
    states: StateSigns {
        queued: "○",
        pending: "◔",
        running: "●",
        paused: "‖",
        stopping: "◌",
        stopped: "■",
        interrupted: "!",
        finished: "✓",
        failed: "✗",
        cancelled: "⊘",
    },
};

/// For terminals, fonts and readers that know no more.
pub const ASCII: Symbols = Symbols {
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    marker: ">",
    mark: "*",
    fold: ["v", "+"],
    sorted: ["^", "v"],
    dot: "|",
    step: ">",
    absent: "-",
    cut: "~",
    plus_minus: "+-",
    correlations: ["rho", "tau"],
    times: "x",
    bar: ["#", "."],
    bar_half: "#",
    link: ["*", "o"],
    point: "o",
    ring: "@",
    target: "#",
    beyond: ["<", ">"],
    spread: "|",
    dash: "-",
    cursor: ["!", "^"],
    nan: "X",
    axis: ["|", "+", "+", "-"],
    log: [".", "!", "+", "*", ">"],
    arrows: ["Up", "Down", "Left", "Right"],
    enter: "Enter",
    series: ["o", "x", "+", "*", "#", "@", "%", "&"],
    spark: ["_", ".", "-", "=", "+", "*", "%", "#"],
    unshown: "?",
    states: StateSigns {
        queued: ".",
        pending: ":",
        running: ">",
        paused: "=",
        stopping: "~",
        stopped: "#",
        interrupted: "!",
        finished: "+",
        failed: "X",
        cancelled: "-",
    },
};

impl Symbols {
    /// The sign of a run's state, which stands before its word.
    pub const fn state(&self, state: &RunState) -> &'static str {
        let signs = &self.states;
        match state {
            RunState::Queued { .. } => signs.queued,
            RunState::Pending { .. } => signs.pending,
            RunState::Running { .. } => signs.running,
            RunState::Paused { .. } => signs.paused,
            RunState::Stopping { .. } => signs.stopping,
            RunState::Stopped { .. } => signs.stopped,
            RunState::Interrupted { .. } => signs.interrupted,
            RunState::Finished { .. } => signs.finished,
            RunState::Failed { .. } => signs.failed,
            RunState::Cancelled { .. } => signs.cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn series_have_signs_of_their_own() {
        for set in [&UNICODE, &ASCII] {
            let mut signs = set.series.to_vec();
            signs.sort_unstable();
            signs.dedup();
            assert_eq!(signs.len(), SERIES);
        }
    }

    #[test]
    fn every_drawn_symbol_is_one_cell_wide() {
        for set in [&UNICODE, &ASCII] {
            let drawn =
                [set.marker, set.point, set.spread, set.dash, set.nan, set.bar_half, set.cut];
            let more = set.series.iter().chain(&set.spark).chain([&set.unshown]).chain(&set.cursor);
            let more = more.chain(&set.fold).chain(&set.sorted).chain([&set.mark]);
            for symbol in drawn.iter().chain(&set.bar).chain(&set.axis).chain(&set.log).chain(more)
            {
                assert_eq!(symbol.width(), 1, "{symbol}");
            }
        }
    }
}
