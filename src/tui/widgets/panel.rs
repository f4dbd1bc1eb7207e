//! A box with a title at its left and a figure at its right.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Padding},
};

use super::fit::width;
use crate::tui::look::{Look, Role};

/// Draws the box and returns what is inside: one cell of room at each side.
pub fn draw(frame: &mut Frame, area: Rect, look: Look, title: &str, figure: Line<'_>) -> Rect {
    draw_bordered(frame, area, look, title, figure, Role::Border)
}

/// The same for a box that lies over others.
pub fn draw_over(frame: &mut Frame, area: Rect, look: Look, title: &str, figure: Line<'_>) -> Rect {
    draw_bordered(frame, area, look, title, figure, Role::Focus)
}

fn draw_bordered(
    frame: &mut Frame,
    area: Rect,
    look: Look,
    title: &str,
    figure: Line<'_>,
    border: Role,
) -> Rect {
    let mut block = Block::bordered()
        .border_set(look.symbols().border)
        .border_style(look.style(border))
        // Titles stand in the border and are not as quiet as it.
        .title_style(Style::new().remove_modifier(Modifier::DIM))
        .padding(Padding::horizontal(1))
        .title(Line::from(vec![
            Span::raw(" "),
            Span::styled(title.to_owned(), look.style(Role::Title)),
            Span::raw(" "),
        ]));
    if figure.width() > 0 && has_room(area, title, &figure) {
        block = block.title(figure.right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Cells that stand in the upper border beside a title and a figure: corners, spaces, a piece of border.
pub const AROUND: usize = 8;

/// Whether a box of this area has room for a figure beside its title.
pub fn has_room(area: Rect, title: &str, figure: &Line<'_>) -> bool {
    width(title) + figure.width() + AROUND <= usize::from(area.width)
}

/// Writes in the lower border, at its right, what is measured across a chart in this box.
pub fn draw_foot(frame: &mut Frame, area: Rect, look: Look, text: &str) {
    let text = format!(" {text} ");
    let cells = width(&text) as u16;
    let Some(x) = area.right().checked_sub(cells + 2).filter(|x| *x > area.x) else { return };
    let place = Rect::new(x, area.bottom().saturating_sub(1), cells, 1);
    frame.render_widget(Line::styled(text, look.style(Role::Quiet)), place.intersection(area));
}

/// Writes a line in the middle of what is inside a box, where there is nothing else to show.
pub fn draw_middle(frame: &mut Frame, inside: Rect, line: Line<'_>) {
    let middle = Rect { y: inside.y + inside.height / 2, height: 1, ..inside };
    frame.render_widget(line.centered(), middle.intersection(inside));
}

/// What is inside a box of this area.
pub fn inside(area: Rect) -> Rect {
    Block::bordered().padding(Padding::horizontal(1)).inner(area)
}
