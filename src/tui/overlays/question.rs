//! The question before something that takes its time or cannot be taken back.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::tui::{
    action::{Action, Context},
    look::Role,
    model::{Model, Overlay, question::Question, sending::SendQuestion},
    widgets::{fit::wrap, panel},
};

const COLUMNS: u16 = 66;
/// Rows of the frame and of the answers.
const OTHERS: u16 = 3;

/// What stands in a question.
#[derive(Debug)]
pub struct Asked<'a> {
    title: &'a str,
    question: String,
    lines: Vec<String>,
    /// What `yes` does; none where there is nothing left to ask.
    yes: Option<&'a str>,
    no: &'a str,
}

impl<'a> Asked<'a> {
    /// What an overlay asks; none for one that is no such question.
    pub fn by(overlay: &'a Overlay) -> Option<Self> {
        match overlay {
            Overlay::Question(question) => Some(Self::about_runs(question)),
            Overlay::SendData(question) => Some(Self::about_data(question)),
            Overlay::Help(_) | Overlay::Palette(_) | Overlay::AddRuns => None,
        }
    }

    /// Whether to cancel or delete runs.
    fn about_runs(question: &'a Question) -> Self {
        Self {
            title: &question.title,
            question: question.asked.clone(),
            lines: question.lines.clone(),
            yes: (!question.commands.is_empty()).then_some(question.yes.as_str()),
            no: &question.no,
        }
    }

    /// Whether to send data sets.
    fn about_data(question: &SendQuestion) -> Self {
        Self {
            title: "Send data",
            question: question.asked(),
            lines: vec![question.consequence()],
            yes: Some("send"),
            no: "leave it",
        }
    }
}

/// What is asked, and what follows, in rows of so many cells.
fn rows(question: &Asked<'_>, room: usize) -> [Vec<String>; 2] {
    let lines = question.lines.iter().flat_map(|line| wrap(line, room));
    [wrap(&question.question, room), lines.collect()]
}

/// Cells and rows that the question would like to have.
pub fn size(model: &Model, question: &Asked<'_>) -> (u16, u16) {
    let columns = COLUMNS.min(model.window.columns);
    let room = usize::from(columns.saturating_sub(4)).max(1);
    let [asked, lines] = rows(question, room);
    // A row stays empty between the two, and one before the answers.
    (columns, (asked.len() + lines.len() + 2) as u16 + OTHERS)
}

/// Draws the question.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect, question: &Asked<'_>) {
    let look = model.look;
    let inside = panel::draw_over(frame, area, look, question.title, Line::default());
    let [asked, lines] = rows(question, usize::from(inside.width).max(1));
    let spare = area.height >= size(model, question).1;
    let mut text: Vec<Line> =
        asked.into_iter().map(|row| Line::styled(row, look.style(Role::Title))).collect();
    if spare {
        text.push(Line::default());
    }
    text.extend(lines.into_iter().map(Line::raw));
    let room = Rect { height: inside.height.saturating_sub(1), ..inside };
    frame.render_widget(Paragraph::new(text), room);
    let last = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..inside };
    frame.render_widget(answers(model, question.yes, question.no), last);
}

/// The answers to a question, with their keys; without a yes there is only the other one.
pub fn answers(model: &Model, yes: Option<&str>, no: &str) -> Line<'static> {
    let look = model.look;
    let key = |action| {
        let key = model.keymap.key(Context::Confirm, action, look.symbols());
        Span::styled(key.unwrap_or_else(|| action.to_string()), look.style(Role::Accent))
    };
    let mut answers = Line::default();
    if let Some(yes) = yes {
        answers.push_span(key(Action::Yes));
        answers.push_span(Span::raw(format!("  {yes}     ")));
    }
    answers.push_span(key(Action::No));
    answers.push_span(Span::raw(format!("  {no}")));
    answers
}
