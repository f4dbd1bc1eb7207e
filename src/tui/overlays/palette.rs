//! The palette: everything that can be done, found by a few letters, with the keys that do it: what this screen
//! does first, then what others do, each with the name of its screen.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::tui::{
    action::{Action, Context},
    fuzzy,
    look::Role,
    model::Model,
    widgets::{
        fit::{fit, width},
        panel,
        text_field::TextField,
    },
};

/// The state of the palette.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Palette {
    /// What is typed.
    pub field: TextField,
    /// The selected row of those that fit.
    pub selected: usize,
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What.
    pub action: Action,
    /// In words.
    pub label: &'static str,
    /// The keys that do it.
    pub keys: String,
    /// Whether it would do something now.
    pub is_useful: bool,
    /// The screen that does it, where this one does not.
    pub elsewhere: Option<Context>,
}

/// The widest that the palette is, and the most rows of offers.
const COLUMNS: u16 = 72;
const ROWS: u16 = 14;
/// Rows and columns of the frame, and the row that is typed into.
const FRAME: u16 = 2;
const FIELD: u16 = 1;

/// What fits what was typed, the best first; of equals, what is useful now, and what this screen does.
pub fn offers(model: &Model, query: &str) -> Vec<Offer> {
    let here = Model::screen_context(model.screen);
    let mut offers = of_context(model, here, None);
    for context in Context::SCREENS.into_iter().filter(|context| *context != here) {
        let others = of_context(model, context, Some(context)).into_iter();
        let new: Vec<Offer> = others
            .filter(|other| offers.iter().all(|known| known.action != other.action))
            .collect();
        offers.extend(new);
    }
    offers.sort_by_key(|offer| (offer.elsewhere.is_some(), !offer.is_useful));
    let texts: Vec<String> =
        offers.iter().map(|offer| format!("{} {}", offer.label, offer.action)).collect();
    let ranked = fuzzy::rank(query, &texts);
    ranked.into_iter().filter_map(|index| offers.get(index).cloned()).collect()
}

fn of_context(model: &Model, context: Context, elsewhere: Option<Context>) -> Vec<Offer> {
    let symbols = model.look.symbols();
    let mut offers: Vec<Offer> = Vec::new();
    for row in model.keymap.listed(context) {
        let action = row.entry.action;
        let known = offers.iter().position(|offer| offer.action == action);
        let keys = row.names(symbols).join("  ");
        match known.and_then(|index| offers.get_mut(index)) {
            // A further row of the same action has further keys.
            Some(offer) if !keys.is_empty() => offer.keys = [&offer.keys, "  ", &keys].concat(),
            Some(_) => {}
            None if action == Action::Palette => {}
            None => offers.push(Offer {
                action,
                label: row.entry.help,
                keys,
                is_useful: elsewhere.is_some() || model.is_useful(action),
                elsewhere,
            }),
        }
    }
    offers
}

/// Cells and rows that the palette would like to have; as many for few offers as for many, so that it does
/// not jump while one types.
pub fn size(model: &Model) -> (u16, u16) {
    let all = offers(model, "").len() as u16;
    (COLUMNS, all.min(ROWS) + FIELD + FRAME)
}

/// Offers that can be seen at once.
pub fn visible_rows(area: Rect) -> usize {
    usize::from(panel::inside(area).height.saturating_sub(FIELD)).max(1)
}

/// Draws the palette.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect, palette: &Palette) {
    let look = model.look;
    let symbols = look.symbols();
    let offers = offers(model, palette.field.text());
    let figure = format!(" {} ", offers.len());
    let figure = Line::styled(figure, look.style(Role::Quiet));
    let inside = panel::draw_over(frame, area, look, "Commands", figure);
    let prompt = Span::styled(
        model.keymap.key(Context::Queue, Action::Palette, symbols).unwrap_or_default(),
        look.style(Role::Accent),
    );
    let room = usize::from(inside.width).saturating_sub(prompt.width() + 1);
    let mut typed = palette.field.line(room, look);
    typed.spans.splice(0..0, [prompt, Span::raw(" ")]);
    frame.render_widget(typed, Rect { height: 1, ..inside });
    let rows = visible_rows(area);
    let first = (palette.selected + 1).saturating_sub(rows);
    let shown = offers.iter().enumerate().skip(first);
    for ((index, offer), y) in shown.zip(inside.top() + FIELD..inside.bottom()) {
        let selected = index == palette.selected;
        let is_of_here = offer.is_useful && offer.elsewhere.is_none();
        let style = look.style(if is_of_here { Role::Text } else { Role::Quiet });
        let style = if selected { style.add_modifier(Modifier::BOLD) } else { style };
        let marker = if selected { symbols.marker } else { " " };
        let keys = match offer.elsewhere {
            Some(context) => format!("{context}  {}", offer.keys),
            None => offer.keys.clone(),
        };
        let keys = fit(&keys, usize::from(inside.width) / 3, symbols.cut);
        let room = usize::from(inside.width).saturating_sub(width(&keys) + 3);
        let label = fit(offer.label, room, symbols.cut);
        let pad = " ".repeat(room.saturating_sub(width(&label)) + 1);
        let line = Line::from(vec![
            Span::styled(format!("{marker} "), look.style(Role::Accent)),
            Span::styled(label, style),
            Span::raw(pad),
            Span::styled(keys, look.style(Role::Accent)),
        ]);
        let place = Rect { y, height: 1, ..inside };
        frame.render_widget(line, place);
        if selected {
            frame.buffer_mut().set_style(place, look.style(Role::Selection));
        }
    }
    if offers.is_empty() {
        let nothing = Span::styled("nothing is called so", look.style(Role::Quiet));
        frame.render_widget(nothing, Rect { y: inside.y + FIELD, height: 1, ..inside });
    }
}
