//! A figure over time as bars side by side, in one row of cells or in several.

use crate::tui::look::Look;

/// Rows from the top to the bottom; values are shares of the height, 0 to 1, and nothing is drawn where there is
/// none. A value of 0 is a line at the bottom: it was measured.
pub fn rows(values: &[Option<f64>], height: usize, look: Look) -> Vec<String> {
    let levels = &look.symbols().spark;
    let steps = levels.len();
    let full = height * steps;
    let reach = |value: f64| {
        if value.is_finite() {
            ((value.clamp(0.0, 1.0) * full as f64).round() as usize).max(1)
        } else {
            0
        }
    };
    let reached: Vec<usize> = values.iter().map(|value| value.map_or(0, reach)).collect();
    let row = |above: usize| -> String {
        let cell = |reached: &usize| match reached.saturating_sub(above) {
            0 => " ",
            level => levels.get(level.min(steps) - 1).copied().unwrap_or(" "),
        };
        reached.iter().map(cell).collect()
    };
    (0..height).rev().map(|step| row(step * steps)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_as_high_as_their_values() {
        let values = [None, Some(0.0), Some(0.5), Some(1.0), Some(7.0), Some(f64::NAN)];
        let look = Look::bare(false, false);
        assert_eq!(rows(&values, 1, look), [" ▁▄██ "]);
        assert_eq!(rows(&values, 2, look), ["   ██ ", " ▁███ "]);
        assert_eq!(rows(&values, 1, Look::bare(true, false)), [" _=## "]);
        assert!(rows(&values, 0, look).is_empty());
    }
}
