//! A table of texts with a cursor, and a paper behind each whose colour says how high its value is. Without
//! colours ink stands beside the text instead. What does not fit is scrolled to the cursor.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    widgets::Widget,
};

use super::{
    fit::{fit, width},
    ramp::Ramp,
};
use crate::tui::look::{Look, Role};

/// One cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatCell {
    /// What stands in it.
    pub text: String,
    /// How high its value is, 0 to 1; none for a cell without a value.
    pub share: Option<f64>,
    /// The style of the text where there is no paper.
    pub style: Style,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub struct HeatTable<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// How values are shown.
    pub ramp: Ramp,
    /// What the rows are.
    pub corner: &'a str,
    /// Names of the columns.
    pub columns: &'a [String],
    /// Names of the rows.
    pub rows: &'a [String],
    /// Row by row.
    pub cells: &'a [HeatCell],
    /// The row and the column of the cursor.
    pub cursor: Option<(usize, usize)>,
}

/// Where things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layout {
    /// Cells of the names of rows.
    names: u16,
    /// The first row, and how many are shown.
    rows: (usize, usize),
    /// The shown columns: which, where, how wide.
    columns: Vec<(usize, u16, u16)>,
    /// Whether there are columns to the left and to the right of them.
    beyond: [bool; 2],
}

/// Cells between columns.
const GAP: u16 = 1;
/// No heading makes its column wider than this.
const HEADING_CELLS: usize = 14;

impl HeatTable<'_> {
    fn cell(&self, row: usize, column: usize) -> Option<&HeatCell> {
        self.cells.get(row * self.columns.len() + column)
    }

    /// Cells of a column: its widest text, and its heading as far as that is short.
    fn column_width(&self, column: usize) -> u16 {
        let texts = (0..self.rows.len()).filter_map(|row| self.cell(row, column));
        let texts = texts.map(|cell| {
            let ink = cell.share.and_then(|share| self.ramp.ink(share)).map_or(0, |_| 2);
            width(&cell.text) + ink
        });
        let heading = self.columns.get(column).map_or(0, |name| width(name)).min(HEADING_CELLS);
        // A cell of paper at each side.
        texts.max().unwrap_or(0).max(heading) as u16 + 2
    }

    /// Cells across that show all of it.
    pub fn width(&self) -> u16 {
        let longest = self.rows.iter().map(|name| width(name)).max().unwrap_or(0);
        let names = longest.max(width(self.corner)) as u16;
        let columns = (0..self.columns.len()).map(|at| self.column_width(at) + GAP);
        columns.fold(names, u16::saturating_add)
    }

    fn layout(&self, area: Rect) -> Layout {
        let longest = self.rows.iter().map(|name| width(name)).max().unwrap_or(0);
        let names = (longest.max(width(self.corner)) as u16).min(area.width / 3);
        let room = area.width.saturating_sub(names + GAP);
        let (cursor_row, cursor_column) = self.cursor.unwrap_or((0, 0));
        let visible = usize::from(area.height.saturating_sub(1)).min(self.rows.len());
        let first_row = (cursor_row + 1).saturating_sub(visible.max(1));
        let widths: Vec<u16> = (0..self.columns.len()).map(|at| self.column_width(at)).collect();
        let needed = |from: usize, to: usize| -> u32 {
            let part = widths.get(from..=to).unwrap_or_default();
            part.iter().map(|cells| u32::from(*cells + GAP)).sum()
        };
        let last = cursor_column.min(self.columns.len().saturating_sub(1));
        let first = (0..=last).find(|from| needed(*from, last) <= u32::from(room) + 1);
        let first = first.unwrap_or(last);
        let mut columns = Vec::new();
        let mut x = area.x + names + GAP;
        for (at, cells) in widths.iter().enumerate().skip(first) {
            let left = area.right().saturating_sub(x);
            if *cells > left && (at > first || left < 3) {
                break;
            }
            columns.push((at, x, (*cells).min(left)));
            x = x.saturating_add(cells + GAP);
        }
        let shown = columns.len();
        let beyond = [first > 0, first + shown < self.columns.len()];
        Layout { names, rows: (first_row, visible), columns, beyond }
    }

    /// The row and the column of the cell that is drawn at a place of the screen.
    pub fn cell_at(&self, area: Rect, place: Position) -> Option<(usize, usize)> {
        let layout = self.layout(area);
        let row = usize::from(place.y.checked_sub(area.y + 1)?);
        let (first, visible) = layout.rows;
        let mut columns = layout.columns.iter();
        let (column, ..) = columns.find(|(_, x, cells)| (*x..x + cells).contains(&place.x))?;
        (row < visible).then_some((first + row, *column))
    }

    fn draw_cell(&self, (row, column): (usize, usize), at: Rect, buffer: &mut Buffer) {
        let Some(cell) = self.cell(row, column) else { return };
        let cut = self.look.symbols().cut;
        let (mut style, mut text) = (cell.style, cell.text.clone());
        if let Some(share) = cell.share {
            style = style.patch(self.ramp.paper(share));
            if let Some(ink) = self.ramp.ink(share) {
                text = format!("{ink} {text}");
            }
        }
        let has_cursor = self.cursor == Some((row, column));
        if has_cursor {
            style = style.add_modifier(Modifier::BOLD | Modifier::REVERSED);
        }
        let text = fit(&text, usize::from(at.width.saturating_sub(2)), cut);
        let [left, right] = if has_cursor { ["[", "]"] } else { [" ", " "] };
        buffer.set_style(at, style);
        // Numbers end below each other.
        let start = at.right().saturating_sub(1 + width(&text) as u16);
        buffer.set_string(start, at.y, text, style);
        buffer.set_string(at.x, at.y, left, style);
        buffer.set_string(at.right().saturating_sub(1), at.y, right, style);
    }
}

impl Widget for &HeatTable<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width < 8 || area.height < 2 {
            return;
        }
        let layout = self.layout(area);
        let (quiet, title) = (self.look.style(Role::Quiet), self.look.style(Role::Title));
        let symbols = self.look.symbols();
        let names = usize::from(layout.names);
        buffer.set_string(area.x, area.y, fit(self.corner, names, symbols.cut), quiet);
        for (column, x, cells) in &layout.columns {
            let Some(name) = self.columns.get(*column) else { continue };
            let name = fit(name, usize::from(cells.saturating_sub(1)), symbols.cut);
            let start = (x + cells).saturating_sub(1 + width(&name) as u16).max(*x);
            let is_read = self.cursor.is_some_and(|cursor| cursor.1 == *column);
            buffer.set_string(start, area.y, name, if is_read { title } else { quiet });
        }
        let [left, right] = layout.beyond;
        if left {
            buffer.set_string(area.x + layout.names, area.y, symbols.beyond[0], quiet);
        }
        if right {
            buffer.set_string(area.right() - 1, area.y, symbols.beyond[1], quiet);
        }
        let (first, visible) = layout.rows;
        for (row, y) in (first..first + visible).zip(area.y + 1..) {
            let Some(name) = self.rows.get(row) else { continue };
            let is_read = self.cursor.is_some_and(|cursor| cursor.0 == row);
            let style = if is_read { title } else { Style::new() };
            buffer.set_string(area.x, y, fit(name, names, symbols.cut), style);
            for (column, x, cells) in &layout.columns {
                let at = Rect { x: *x, y, width: *cells, height: 1 };
                self.draw_cell((row, *column), at, buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn cells(count: usize) -> Vec<HeatCell> {
        (0..count)
            .map(|at| HeatCell {
                text: format!("{:.1}", 60.0 + at as f64 * 2.5),
                share: Some(at as f64 / count as f64),
                style: Style::new(),
            })
            .collect()
    }

    fn draw(table: &HeatTable<'_>, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        table.render(area, &mut buffer);
        (0..rows)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>())
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn a_table_has_its_numbers_and_how_high_they_are() {
        let (rows, columns) = (names(&["ConvNet", "AlexNet"]), names(&["MLP", "LeNet", "VGG11"]));
        let mut all = cells(6);
        all[4] = HeatCell { text: "pending".to_owned(), ..HeatCell::default() };
        let mut table = HeatTable {
            look: Look::bare(true, false),
            ramp: Ramp::Ascii,
            corner: "learned on",
            columns: &columns,
            rows: &rows,
            cells: &all,
            cursor: Some((1, 1)),
        };
        insta::assert_snapshot!("heat-table", draw(&table, 50, 4).join("\n"));
        table.ramp = Ramp::True;
        let area = Rect::new(0, 0, 50, 4);
        let mut buffer = Buffer::empty(area);
        table.render(area, &mut buffer);
        let papers: Vec<_> = (0..50).map(|x| buffer[(x, 1)].bg).collect();
        let mut different = papers.clone();
        different.dedup();
        assert!(different.len() >= 6, "{papers:?}");
        let room = table.width();
        let lines = draw(&table, room, 4);
        assert!(lines.concat().contains("[pending]") && !lines[0].contains('>'), "{lines:#?}");
        assert!(draw(&table, room - 1, 4)[0].contains('>'));
    }

    #[test]
    fn the_cursor_is_always_shown_and_clicks_find_their_cell() {
        let rows: Vec<String> = (0..40).map(|at| format!("row {at}")).collect();
        let columns: Vec<String> = (0..30).map(|at| format!("column {at}")).collect();
        let all = cells(40 * 30);
        let table = |cursor| HeatTable {
            look: Look::bare(true, false),
            ramp: Ramp::True,
            corner: "",
            columns: &columns,
            rows: &rows,
            cells: &all,
            cursor: Some(cursor),
        };
        let area = Rect::new(0, 0, 60, 10);
        for cursor in [(0, 0), (0, 29), (39, 0), (39, 29), (20, 15)] {
            let lines = draw(&table(cursor), 60, 10);
            let shown = lines.iter().position(|line| line.contains('[')).unwrap();
            let x = lines[shown].find('[').unwrap() as u16;
            let found = table(cursor).cell_at(area, Position { x, y: shown as u16 });
            assert_eq!(found, Some(cursor), "{lines:#?}");
        }
        assert_eq!(table((0, 0)).cell_at(area, Position { x: 0, y: 0 }), None);
        assert!(draw(&table((0, 15)), 60, 10)[0].contains('<'));
    }

    #[test]
    fn no_size_is_too_small() {
        let (rows, columns) = (names(&["one", "蒸留所"]), names(&["a long heading", "b"]));
        let all = cells(4);
        for ramp in [Ramp::Shades, Ramp::True] {
            let table = HeatTable {
                look: Look::bare(false, true),
                ramp,
                corner: "method",
                columns: &columns,
                rows: &rows,
                cells: &all,
                cursor: Some((1, 1)),
            };
            for (columns, rows) in (0..50).flat_map(|x| (0..6).map(move |y| (x, y))) {
                draw(&table, columns, rows);
            }
            let none = HeatTable { columns: &[], rows: &[], cells: &[], ..table };
            draw(&none, 40, 5);
        }
    }
}
