//! The files of a run: what lies in its folder, how large it is, when it was written, and what it is for.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    tui::{
        figures::{bytes, clock, count},
        look::Role,
        model::{Model, panels::Panel, run::RunModel},
        widgets::{
            fit::{fit, fit_line, width},
            fit_name::fit_middle,
        },
    },
    wire::message::Listed,
};

/// The widest that paths are.
const PATH_CELLS: usize = 40;

/// Draws the list, with the folder as its title.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let cut = look.symbols().cut;
    let quiet = look.style(Role::Quiet);
    let folder = model.queue.row(run.id).map_or_else(String::new, |row| row.run.place());
    let room = usize::from(area.width).saturating_sub(width("Files") + 12);
    let folder = Line::styled(format!(" {} ", fit_middle(&folder, room, cut)), quiet);
    let inside = super::draw_panel(model, run, frame, area, Panel::Artefacts, "Files", folder);
    let listed = match &run.artefacts.told {
        Some(Ok(listed)) => listed,
        Some(Err(reason)) => {
            frame.render_widget(Line::styled(reason.clone(), look.style(Role::Bad)), inside);
            return;
        }
        None => {
            frame.render_widget(Line::styled("on their way", quiet), inside);
            return;
        }
    };
    let room = usize::from(inside.width);
    let longest = listed.iter().map(|row| width(&row.path)).max().unwrap_or(0);
    let path_cells = longest.min(PATH_CELLS).min(room / 2);
    let rows = listed.iter().skip(run.artefacts.below).zip(inside.top()..inside.bottom());
    for (row, y) in rows {
        let line = fit_line(line(model, row, path_cells), room, cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn line(model: &Model, row: &Listed, path_cells: usize) -> Line<'static> {
    let look = model.look;
    let path = fit(&row.path, path_cells, look.symbols().cut);
    let pad = " ".repeat(path_cells.saturating_sub(width(&path)));
    let many = match row.files {
        1 => String::new(),
        files => format!("{}, ", count(files, "file")),
    };
    Line::from(vec![
        Span::raw(format!("{path}{pad}  ")),
        Span::raw(format!("{:>9}  ", bytes(row.size))),
        Span::styled(
            format!("{}  {many}{}", clock(row.changed, &model.zone), purpose(&row.path)),
            look.style(Role::Quiet),
        ),
    ])
}

/// What a file of a run folder is for.
fn purpose(path: &str) -> &'static str {
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    match (folder, name) {
        (_, "spec.toml") => "the spec as resolved",
        (_, "origin.toml") => "the spec as it was typed",
        (_, "queue.json") => "what the queue says of it",
        (_, "events.jsonl") => "its log, a fact a line",
        (_, "history.json") => "the log, folded for the screen",
        (_, "control.json") => "what the daemon wishes of the worker",
        (_, "worker.lock") => "held by the worker",
        (_, "worker.log") => "what the worker printed",
        ("checkpoint", _) => "the state to go on from",
        ("snapshots", _) => "pictures of its course",
        ("result", "synthetic.safetensors") => "the synthetic set",
        _ if path.contains("result/images/") => "the synthetic set as pictures",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RunFolder;

    #[test]
    fn every_file_that_the_run_folder_knows_has_a_purpose() {
        let folder = RunFolder::new("run");
        let known = [
            folder.spec(),
            folder.origin(),
            folder.queue(),
            folder.events(),
            folder.history(),
            folder.control(),
            folder.worker_lock(),
            folder.worker_log(),
            folder.checkpoint(),
            folder.task_checkpoint(),
            folder.task(1).synthetic_set(),
            folder.path().join(RunFolder::snapshot_name(7)),
            folder.result().join("images/3/0.png"),
        ];
        for path in known {
            let path = path.strip_prefix("run").unwrap().display().to_string();
            assert!(!purpose(&path).is_empty(), "{path}");
        }
        assert_eq!(purpose("snapshots/"), "pictures of its course");
        assert_eq!(purpose("mine.txt"), "");
    }
}
