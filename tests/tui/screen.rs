//! What a test reads off the screen: the runs of the list, the box with a title, the colours in it.

use std::ops::Range;

use vt100::Color;

use super::terminal::{Terminal, until};

/// A run in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub run: u64,
    pub has_cursor: bool,
    pub is_marked: bool,
    pub text: String,
}

/// The inside of a box.
#[derive(Debug, Clone)]
pub struct Inside {
    pub rows: Range<u16>,
    pub columns: Range<u16>,
}

impl Terminal {
    pub fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        until(|| holds(&self.text()), || format!("{what} in\n{}", self.text()));
    }

    pub fn wait_for_all(&self, words: &[&str]) {
        for words in words {
            self.wait_for(words);
        }
    }

    pub fn wait_without(&self, words: &str) {
        self.wait_until(&format!("no `{words}`"), |shown| !shown.contains(words));
    }

    /// The line with these words, once there is one.
    pub fn line(&self, words: &str) -> String {
        self.wait_for(words);
        self.text().lines().find(|line| line.contains(words)).unwrap_or_default().to_owned()
    }

    /// The runs of the list, from top to bottom.
    pub fn listed(&self) -> Vec<Listed> {
        listed(&self.text())
    }

    /// Waits until the list shows these runs, and no others, in this order.
    pub fn wait_for_runs(&self, runs: &[u64]) {
        let shown =
            |text: &str| listed(text).into_iter().map(|line| line.run).eq(runs.iter().copied());
        self.wait_until(&format!("the runs {runs:?}"), shown);
    }

    /// Waits until the line of a run has these words.
    pub fn wait_for_run(&self, run: u64, words: &str) {
        let shown = |text: &str| {
            listed(text).iter().any(|line| line.run == run && line.text.contains(words))
        };
        self.wait_until(&format!("`{words}` of run {run}"), shown);
    }

    /// Waits until the cursor is on a run.
    pub fn wait_for_cursor(&self, run: u64) {
        let shown = |text: &str| listed(text).iter().any(|line| line.run == run && line.has_cursor);
        self.wait_until(&format!("the cursor at run {run}"), shown);
    }

    /// The box whose upper border has this title.
    pub fn inside(&self, title: &str) -> Inside {
        let corner = format!("╭ {title}");
        self.wait_for(&corner);
        let text = self.text();
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let (top, line) =
            text.lines().enumerate().find(|(_, line)| line.contains(&corner)).unwrap();
        let before = line.split(&corner).next().unwrap_or_default();
        let left = before.chars().count();
        let right = rows[top].iter().skip(left).position(|cell| *cell == '╮').unwrap() + left;
        let bottom =
            rows.iter().skip(top).position(|row| row.get(left) == Some(&'╰')).unwrap() + top;
        let between = |from: usize, to: usize| from as u16 + 1..to as u16;
        Inside { rows: between(top, bottom), columns: between(left, right) }
    }

    /// The colours of the half-blocks in a box, each once.
    pub fn colours(&self, inside: &Inside) -> Vec<Color> {
        self.look(|screen| {
            let cells = inside.rows.clone().flat_map(|row| {
                let columns = inside.columns.clone();
                columns.filter_map(move |column| screen.cell(row, column))
            });
            let blocks = cells.filter(|cell| cell.contents() == "▀");
            let mut colours: Vec<Color> =
                blocks.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).collect();
            colours.sort_by_key(|colour| format!("{colour:?}"));
            colours.dedup();
            // Where a picture ends in the middle of a cell, the other half is that of the terminal.
            colours.retain(|colour| *colour != Color::Default);
            colours
        })
    }
}

/// Lines such as `│ ▸* 12  ● running …`: in front of the number stand cursor and mark.
fn listed(shown: &str) -> Vec<Listed> {
    if !shown.lines().next().is_some_and(|header| header.contains("› Queue")) {
        return Vec::new();
    }
    // Below the header stand the border and the heads of the columns.
    let lines = shown.lines().skip(3).take_while(|line| !line.starts_with('╰'));
    let runs = lines.filter_map(|line| {
        let text = line.strip_prefix('│')?;
        let number = text.find(|letter: char| letter.is_ascii_digit())?;
        let before: String = text[..number].split_whitespace().collect();
        let run = text[number..].split_whitespace().next()?.parse().ok()?;
        ["", "▸", "*", "▸*"].contains(&before.as_str()).then(|| Listed {
            run,
            has_cursor: before.contains('▸'),
            is_marked: before.contains('*'),
            text: text.to_owned(),
        })
    });
    runs.collect()
}
