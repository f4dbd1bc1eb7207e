//! The questions of a study: whether to add the runs that it lacks, and as what to write its figure.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::tui::{
    figures::{count, duration},
    look::Role,
    model::{Model, studies::adding::Adding},
    widgets::{fit::width, panel},
};

const COLUMNS: u16 = 62;

/// What follows from adding the runs, sentence by sentence.
fn consequences(adding: &Adding) -> Vec<String> {
    let mut sentences =
        vec![format!("{} go to the end of the queue.", capitalised(adding.missing))];
    match adding.there {
        0 => {}
        1 => sentences.push("1 run that it needs is there already.".to_owned()),
        more => sentences.push(format!("{more} runs that it needs are there already.")),
    }
    match adding.expected {
        None => sentences.push("Nothing is known yet of how long they take.".to_owned()),
        Some(expected) => {
            let time = duration(expected.secs);
            let of = if expected.known == adding.missing {
                "One after the other they take".to_owned()
            } else {
                format!("{} of them, one after the other, take", expected.known)
            };
            sentences.push(format!("{of} about {time}, by what runs like them took."));
        }
    }
    sentences
}

fn capitalised(runs: usize) -> String {
    count(runs as u64, "run")
}

/// Columns and rows of the question whether to add runs.
pub fn size_of_adding(model: &Model) -> (u16, u16) {
    let sentences = model.studies.adding.as_ref().map(consequences).unwrap_or_default();
    let room = usize::from(COLUMNS - 4);
    let rows: usize = sentences.iter().map(|text| width(text).div_ceil(room)).sum();
    (COLUMNS, rows as u16 + 6)
}

/// Draws the question whether to add runs.
pub fn draw_adding(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(adding) = &model.studies.adding else { return };
    let look = model.look;
    let inside = panel::draw_over(frame, area, look, "Add runs", Line::default());
    let key = |key: &str| Span::styled(key.to_owned(), look.style(Role::Accent));
    let mut lines = vec![
        Line::styled(format!("Add the missing runs of {}?", adding.study), look.style(Role::Title)),
        Line::default(),
    ];
    lines.extend(consequences(adding).into_iter().map(Line::raw));
    lines.push(Line::default());
    let add = format!(" add {}   ", count(adding.missing as u64, "run"));
    lines.push(Line::from(vec![key("y"), Span::raw(add), key("n"), Span::raw(" leave it")]));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inside);
}

/// Columns and rows of the question for a format.
pub const fn size_of_export() -> (u16, u16) {
    (44, 8)
}

/// Draws the question for a format.
pub fn draw_export(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = panel::draw_over(frame, area, look, "Write to a file", Line::default());
    let formats =
        [("s", "SVG, lines and texts at any size"), ("p", "PNG, pixels"), ("c", "CSV, the values")];
    let mut lines: Vec<Line<'_>> = formats
        .into_iter()
        .map(|(key, text)| {
            Line::from(vec![
                Span::styled(key, look.style(Role::Accent)),
                Span::raw(format!("  {text}")),
            ])
        })
        .collect();
    lines.push(Line::default());
    let quiet = look.style(Role::Quiet);
    lines.push(Line::styled("It goes into the folder of this program's", quiet));
    lines.push(Line::styled("start, beside what is there.", quiet));
    frame.render_widget(Paragraph::new(lines), inside);
}
