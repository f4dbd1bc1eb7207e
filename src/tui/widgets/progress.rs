//! A bar for how far something is.

use ratatui::text::Span;

use crate::tui::look::{Look, Role};

/// A bar of `width` cells for a share between 0 and 1; `role` is that of the share.
pub fn bar(share: f64, width: usize, look: Look, role: Role) -> Vec<Span<'static>> {
    let symbols = look.symbols();
    let halves = (share.clamp(0.0, 1.0) * width as f64 * 2.0).floor() as usize;
    let (whole, half) = (halves / 2, halves % 2);
    let done = symbols.bar[0].repeat(whole) + &symbols.bar_half.repeat(half);
    let rest = symbols.bar[1].repeat(width - whole - half);
    vec![Span::styled(done, look.style(role)), Span::styled(rest, look.style(Role::Quiet))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(share: f64) -> String {
        let look = Look::bare(false, false);
        bar(share, 8, look, Role::Accent)
            .into_iter()
            .map(|span| span.content.into_owned())
            .collect()
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        assert_eq!(text(0.0), "────────");
        assert_eq!(text(0.5), "━━━━────");
        assert_eq!(text(0.57), "━━━━╸───");
        assert_eq!(text(0.999), "━━━━━━━╸");
        assert_eq!(text(1.0), "━━━━━━━━");
        assert_eq!(text(7.0), "━━━━━━━━");
        assert_eq!(text(f64::NAN), "────────");
    }
}
