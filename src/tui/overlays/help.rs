//! The help: every key that counts on the screen below, and where it comes from if not from the program.
//! It can be searched.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    action::{Action, Context},
    look::Role,
    model::Model,
    view,
    widgets::{
        fit::{fit, width},
        panel,
        text_field::TextField,
    },
};

/// The state of the help.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Help {
    /// The first row shown.
    pub offset: usize,
    /// What is searched for.
    pub query: TextField,
    /// Whether it is being typed.
    pub is_typing: bool,
}

impl Help {
    /// True where a row for the search is shown.
    const fn has_query(&self) -> bool {
        self.is_typing || !self.query.is_empty()
    }
}

/// Cells and rows of a box's border and padding.
const FRAME: (u16, u16) = (4, 2);
/// Cells between keys and sentence.
const GAP: usize = 2;

struct Row {
    keys: String,
    sentence: &'static str,
    source: Option<String>,
}

/// The rows with every word of the query in their keys, sentence or name.
fn rows(model: &Model, query: &str) -> Vec<Row> {
    let symbols = model.look.symbols();
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let context = Model::screen_context(model.screen);
    let listed = model.keymap.listed(context).into_iter();
    let rows = listed.filter_map(|binding| {
        let keys = match binding.names(symbols).join("  ") {
            keys if keys.is_empty() => symbols.absent.to_owned(),
            keys => keys,
        };
        let entry = binding.entry;
        let text = format!("{keys} {} {}", entry.help, entry.action).to_lowercase();
        let source = binding.source.as_ref().map(ToString::to_string);
        let row = Row { keys, sentence: entry.help, source };
        words.iter().all(|word| text.contains(word)).then_some(row)
    });
    rows.collect()
}

fn keys_width(rows: &[Row]) -> usize {
    rows.iter().map(|row| width(&row.keys)).max().unwrap_or(0)
}

/// Cells and rows that the help would like to have: as many for what was found as for all.
pub fn size(model: &Model) -> (u16, u16) {
    let rows = rows(model, "");
    let sentence = |row: &Row| {
        width(row.sentence) + row.source.as_ref().map_or(0, |source| width(source) + GAP)
    };
    let sentences = rows.iter().map(sentence).max().unwrap_or(0);
    ((keys_width(&rows) + GAP + sentences) as u16 + FRAME.0, rows.len() as u16 + FRAME.1 + 1)
}

/// Rows that can be seen at once.
fn visible(help: &Help, height: u16) -> usize {
    usize::from(height.saturating_sub(FRAME.1 + u16::from(help.has_query())))
}

/// Rows that do not fit.
pub fn scrollable_rows(model: &Model, help: &Help) -> usize {
    let height = view::areas(model).body.height.min(size(model).1);
    rows(model, help.query.text()).len().saturating_sub(visible(help, height))
}

/// Draws the help.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect, help: &Help) {
    let look = model.look;
    let symbols = look.symbols();
    let all = rows(model, "");
    let rows = rows(model, help.query.text());
    let more = rows.len().saturating_sub(help.offset + visible(help, area.height));
    let figure = match more {
        0 => String::new(),
        more => format!(" {more} below "),
    };
    let figure = Line::styled(figure, look.style(Role::Quiet));
    let mut inside = panel::draw_over(frame, area, look, "Keys", figure);
    if help.has_query() {
        draw_query(model, frame, Rect { height: 1, ..inside }, help);
        inside = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    }
    // As wide as for all rows, so that nothing moves while one types; a part of the room at most.
    let keys = keys_width(&all).min(usize::from(inside.width) * 2 / 5);
    let nothing = rows.is_empty();
    for (row, y) in rows.into_iter().skip(help.offset).zip(inside.top()..inside.bottom()) {
        let names = fit(&row.keys, keys, symbols.cut);
        let pad = " ".repeat(keys - width(&names) + GAP);
        let room = usize::from(inside.width).saturating_sub(keys + GAP);
        let source = row.source.map(|source| format!("  {source}"));
        let source = source.filter(|source| width(source) + 10 <= room).unwrap_or_default();
        let sentence = fit(row.sentence, room.saturating_sub(width(&source)), symbols.cut);
        let line = Line::from(vec![
            Span::styled(names, look.style(Role::Accent)),
            Span::raw(pad),
            Span::raw(sentence),
            Span::styled(source, look.style(Role::Quiet)),
        ]);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    if nothing {
        let text = Span::styled("no key does that here", look.style(Role::Quiet));
        frame.render_widget(text, Rect { height: 1, ..inside });
    }
}

fn draw_query(model: &Model, frame: &mut Frame, area: Rect, help: &Help) {
    let look = model.look;
    let key = model.keymap.key(Context::Help, Action::Search, look.symbols()).unwrap_or_default();
    let prompt = Span::styled(key, look.style(Role::Accent));
    let room = usize::from(area.width).saturating_sub(prompt.width() + 1);
    let typed = if help.is_typing {
        help.query.line(room, look)
    } else {
        Line::raw(fit(help.query.text(), room, look.symbols().cut))
    };
    let spans = [prompt, Span::raw(" ")].into_iter().chain(typed.spans);
    frame.render_widget(spans.collect::<Line<'_>>(), area);
}
