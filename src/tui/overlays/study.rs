//! The question before the runs that a study lacks are added: how many they are, and how long they take.

use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::question::answers;
use crate::queue::HostName;
use crate::tui::{
    figures::{count, duration},
    look::Role,
    model::{
        Model,
        sending::sentence,
        studies::adding::{Adding, Spread},
    },
    widgets::{fit::width, panel},
};

const COLUMNS: u16 = 62;

/// What follows from adding the runs, sentence by sentence.
fn consequences(adding: &Adding, host: HostName) -> Vec<String> {
    let mut sentences = match &adding.spread {
        None => vec![format!("{} go to the end of the queue.", runs(adding.missing))],
        Some(spread) => spread_over(spread),
    };
    if !adding.lacked.is_empty() {
        let go = if adding.lacked.len() == 1 { "It goes" } else { "They go" };
        sentences.push(format!("{} {go} there first.", sentence(host, &adding.lacked)));
    }
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

fn runs(runs: usize) -> String {
    count(runs as u64, "run")
}

/// Where runs go, and why some go nowhere.
fn spread_over(spread: &Spread) -> Vec<String> {
    let counts = spread.counts();
    let mut sentences: Vec<String> = counts
        .iter()
        .map(|(host, number)| {
            let go = if *number == 1 { "goes" } else { "go" };
            format!("{} {go} to {host}.", runs(*number))
        })
        .collect();
    if let Some(first) = spread.unplaced.first() {
        let number = runs(spread.unplaced.len());
        sentences.push(format!("For {number} there is no host; {first}."));
    }
    sentences
}

/// Columns and rows of the question.
pub fn size(model: &Model) -> (u16, u16) {
    let sentences = model.studies.adding.as_ref();
    let host = model.hosts.name_at_hand();
    let sentences = sentences.map(|adding| consequences(adding, host)).unwrap_or_default();
    let room = usize::from(COLUMNS - 4);
    let rows: usize = sentences.iter().map(|text| width(text).div_ceil(room)).sum();
    (COLUMNS, rows as u16 + 6)
}

/// Draws the question.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(adding) = &model.studies.adding else { return };
    let look = model.look;
    let inside = panel::draw_over(frame, area, look, "Add runs", Line::default());
    let mut lines = vec![
        Line::styled(format!("Add the missing runs of {}?", adding.study), look.style(Role::Title)),
        Line::default(),
    ];
    lines.extend(consequences(adding, model.hosts.name_at_hand()).into_iter().map(Line::raw));
    lines.push(Line::default());
    let add = format!("add {}", count(adding.missing as u64, "run"));
    lines.push(answers(model, Some(&add), "leave it"));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inside);
}
