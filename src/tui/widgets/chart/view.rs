//! How a chart is looked at: which stretch of x, on which axes, how smooth, and where the cursor stands.

use super::smooth::HEAVIEST;

/// What is measured across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XBy {
    /// Iterations.
    #[default]
    Iteration,
    /// Seconds since the run began.
    Wall,
    /// Seconds that the run had its device.
    Device,
}

impl XBy {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Iteration => Self::Wall,
            Self::Wall => Self::Device,
            Self::Device => Self::Iteration,
        }
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iteration => "iteration",
            Self::Wall => "wall time",
            Self::Device => "device time",
        }
    }
}

/// What there is to look at, across.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Where the whole begins.
    pub low: f64,
    /// Where it ends, with what is still to come.
    pub high: f64,
    /// The newest x.
    pub last: f64,
}

/// How a chart is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ChartView {
    /// Logarithmic upwards.
    pub log: bool,
    /// The weight of smoothing, 0 for none.
    pub smooth: f64,
    /// The stretch of x that is shown; all of it where there is none.
    pub window: Option<(f64, f64)>,
    /// Whether the window moves on so that it ends at the newest x.
    pub follows: bool,
    /// Where values are read.
    pub cursor: Option<f64>,
    /// What is measured across.
    pub x_by: XBy,
}

/// The weights that keys go through.
const WEIGHTS: [f64; 6] = [0.0, 0.5, 0.8, 0.9, 0.95, HEAVIEST];
/// A window is not made narrower than this part of the whole.
const NARROWEST: f64 = 1e-5;

impl ChartView {
    /// The stretch of x that is shown.
    pub fn shown(&self, whole: Extent) -> (f64, f64) {
        match self.window {
            Some((low, high)) if low < high => {
                if self.follows {
                    (whole.last - (high - low), whole.last)
                } else {
                    (low, high)
                }
            }
            _ => (whole.low, whole.high),
        }
    }

    /// Half as wide, around the cursor, or ending at the newest x, or around the middle.
    pub fn zoom_in(&mut self, whole: Extent) {
        let (low, high) = self.shown(whole);
        let width = (high - low) / 2.0;
        if width < (whole.high - whole.low) * NARROWEST {
            return;
        }
        let at = self.cursor.filter(|at| (low..=high).contains(at));
        let middle = match at {
            Some(at) => at,
            // What is still to come is nothing to look into.
            None => f64::midpoint(low, high.min(whole.last).max(low + width)),
        };
        let low = (middle - width / 2.0).clamp(low, high - width);
        self.window = Some((low, low + width));
    }

    /// Twice as wide; all of it where that is no narrower.
    pub fn zoom_out(&mut self, whole: Extent) {
        let Some(_) = self.window else { return };
        let (low, high) = self.shown(whole);
        let width = (high - low) * 2.0;
        if width >= whole.high - whole.low {
            self.see_all();
            return;
        }
        let middle = self.cursor.filter(|at| (low..=high).contains(at));
        let middle = middle.unwrap_or(f64::midpoint(low, high));
        let low = (middle - width / 2.0).clamp(whole.low, whole.high - width);
        self.window = Some((low, low + width));
    }

    /// All of it.
    pub fn see_all(&mut self) {
        self.window = None;
        self.follows = false;
    }

    /// Moves the window by a part of its width: to the right above 0. It stops at both ends and does not
    /// follow any more.
    pub fn pan(&mut self, share: f64, whole: Extent) {
        let Some(_) = self.window else { return };
        let (low, high) = self.shown(whole);
        let width = high - low;
        let moved = low + share * width;
        // A window that followed may begin before the whole does.
        let first = whole.low.min(low);
        let low = moved.clamp(first, (whole.high - width).max(first));
        self.follows = false;
        self.window = Some((low, low + width));
    }

    /// Moves on with the newest x, or stays. A view of all becomes the newest quarter of it.
    pub fn toggle_follow(&mut self, whole: Extent) {
        if self.follows {
            self.window = Some(self.shown(whole));
            self.follows = false;
            return;
        }
        let (low, high) = self.shown(whole);
        let width = if self.window.is_some() { high - low } else { (whole.last - whole.low) / 4.0 };
        if width > 0.0 {
            self.window = Some((whole.last - width, whole.last));
            self.follows = true;
        }
    }

    /// Moves the cursor over those `xs`, ascending, at which there is something: so many steps, of at least
    /// `stride` each, to the right above 0. Without a cursor the newest x that is shown gets it. A window
    /// moves with it.
    pub fn move_cursor(&mut self, steps: i32, stride: f64, xs: &[f64], whole: Extent) {
        let (low, high) = self.shown(whole);
        let Some(last) = xs.len().checked_sub(1) else { return };
        let Some(at) = self.cursor else {
            let shown = xs.partition_point(|x| *x <= high);
            self.cursor = xs.get(shown.saturating_sub(1)).copied();
            return;
        };
        let stride = if stride.is_finite() { stride.max(0.0) } else { 0.0 };
        let mut index = xs.partition_point(|x| *x < at).min(last);
        for _ in 0..steps.unsigned_abs() {
            let from = xs[index];
            index = if steps > 0 {
                let next = xs.partition_point(|x| *x < from + stride).max(index + 1);
                next.min(last)
            } else {
                let until = xs.partition_point(|x| *x <= from - stride).min(index);
                until.saturating_sub(1)
            };
        }
        let at = xs[index];
        self.cursor = Some(at);
        if self.window.is_some() && !(low..=high).contains(&at) {
            let width = high - low;
            let low = if at < low { at } else { at - width };
            self.window = Some((low, low + width));
            self.follows = false;
        }
    }

    /// Linear or logarithmic.
    pub const fn toggle_log(&mut self) {
        self.log = !self.log;
    }

    /// The next heavier weight of smoothing, or the next lighter one.
    pub fn step_smoothing(&mut self, heavier: bool) {
        let at = WEIGHTS.partition_point(|weight| *weight < self.smooth - 1e-9);
        let at = if heavier {
            WEIGHTS.partition_point(|weight| *weight <= self.smooth + 1e-9)
        } else {
            at.saturating_sub(1)
        };
        self.smooth = WEIGHTS[at.min(WEIGHTS.len() - 1)];
    }

    /// The next thing to measure across. The window means nothing there; the cursor stays at what it reads, which
    /// stands at `cursor` there.
    pub fn next_x(&mut self, cursor: Option<f64>) {
        self.x_by = self.x_by.next();
        self.see_all();
        self.cursor = cursor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Extent = Extent { low: 0.0, high: 100.0, last: 80.0 };

    #[test]
    fn zooming_halves_and_doubles_around_the_cursor() {
        let mut view = ChartView { cursor: Some(20.0), ..ChartView::default() };
        assert_eq!(view.shown(WHOLE), (0.0, 100.0));
        view.zoom_in(WHOLE);
        assert_eq!(view.shown(WHOLE), (0.0, 50.0));
        view.zoom_in(WHOLE);
        assert_eq!(view.shown(WHOLE), (7.5, 32.5));
        view.zoom_out(WHOLE);
        assert_eq!(view.shown(WHOLE), (0.0, 50.0));
        view.zoom_out(WHOLE);
        assert_eq!(view.window, None);
        view.zoom_out(WHOLE);
        assert_eq!(view.shown(WHOLE), (0.0, 100.0));
        (0..200).for_each(|_| view.zoom_in(WHOLE));
        let (low, high) = view.shown(WHOLE);
        assert!(low < high && (low..=high).contains(&20.0));
    }

    #[test]
    fn a_window_moves_stops_at_the_ends_and_follows() {
        let mut view = ChartView::default();
        view.pan(1.0, WHOLE);
        assert_eq!(view.window, None, "there is nowhere to go");
        view.zoom_in(WHOLE);
        assert_eq!(view.shown(WHOLE), (15.0, 65.0));
        view.pan(0.5, WHOLE);
        view.pan(0.5, WHOLE);
        assert_eq!(view.shown(WHOLE), (50.0, 100.0));
        view.pan(-9.0, WHOLE);
        assert_eq!(view.shown(WHOLE), (0.0, 50.0));
        view.toggle_follow(WHOLE);
        assert_eq!(view.shown(WHOLE), (30.0, 80.0));
        let later = Extent { last: 95.0, ..WHOLE };
        assert_eq!(view.shown(later), (45.0, 95.0));
        view.toggle_follow(later);
        assert_eq!(view.shown(Extent { last: 99.0, ..WHOLE }), (45.0, 95.0));
        let mut whole = ChartView::default();
        whole.toggle_follow(WHOLE);
        assert_eq!(whole.shown(WHOLE), (60.0, 80.0));
    }

    #[test]
    fn the_cursor_goes_from_x_to_x_and_takes_the_window_along() {
        let xs: Vec<f64> = (0..=80).map(f64::from).collect();
        let mut view = ChartView::default();
        let mut go = |steps, stride| {
            view.move_cursor(steps, stride, &xs, WHOLE);
            view.cursor
        };
        assert_eq!(go(-1, 0.0), Some(80.0), "the newest");
        assert_eq!(go(-1, 0.0), Some(79.0));
        assert_eq!(go(-2, 5.0), Some(69.0));
        assert_eq!(go(1, 2.5), Some(72.0));
        assert_eq!(go(50, 2.0), Some(80.0));
        assert_eq!(go(-999, 1.0), Some(0.0));
        let mut narrow = ChartView { window: Some((10.0, 20.0)), ..ChartView::default() };
        narrow.move_cursor(1, 0.0, &xs, WHOLE);
        assert_eq!(narrow.cursor, Some(20.0));
        narrow.move_cursor(1, 0.0, &xs, WHOLE);
        assert_eq!((narrow.cursor, narrow.window), (Some(21.0), Some((11.0, 21.0))));
        narrow.move_cursor(1, 0.0, &[], WHOLE);
        assert_eq!(narrow.cursor, Some(21.0));
    }

    #[test]
    fn smoothing_goes_through_its_weights() {
        let mut view = ChartView::default();
        let mut go = |heavier| {
            view.step_smoothing(heavier);
            view.smooth
        };
        let up: Vec<f64> = (0..7).map(|_| go(true)).collect();
        assert_eq!(up, [0.5, 0.8, 0.9, 0.95, 0.99, 0.99, 0.99]);
        let down: Vec<f64> = (0..6).map(|_| go(false)).collect();
        assert_eq!(down, [0.95, 0.9, 0.8, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn another_x_shows_all_of_it() {
        let mut view = ChartView { cursor: Some(3.0), ..ChartView::default() };
        view.zoom_in(WHOLE);
        view.next_x(Some(1.5));
        assert_eq!((view.x_by, view.window, view.cursor), (XBy::Wall, None, Some(1.5)));
        view.next_x(None);
        view.next_x(None);
        assert_eq!(view.x_by, XBy::Iteration);
    }
}
