//! A field of dots finer than cells: braille, eight to a cell, or two to a cell in ASCII. Several curves
//! share it: a cell has the dots of all of them and belongs to the one that was drawn there last.

/// Dots, cell by cell.
#[derive(Debug)]
pub struct Dots {
    columns: usize,
    rows: usize,
    ascii: bool,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    bits: u8,
    owner: u8,
}

/// No dot, the upper one, the lower one, both.
const ASCII: [char; 4] = [' ', '\'', '.', ':'];

/// The bits of a braille cell's dots from one height to another, in its left and in its right column.
const BRAILLE: [[[u8; 4]; 4]; 2] = {
    const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    let mut spans = [[[0; 4]; 4]; 2];
    let mut side = 0;
    while side < 2 {
        let mut from = 0;
        while from < 4 {
            let (mut to, mut bits) = (from, 0);
            while to < 4 {
                bits |= BITS[side][to];
                spans[side][from][to] = bits;
                to += 1;
            }
            from += 1;
        }
        side += 1;
    }
    spans
};
/// The same for the two dots of a cell in ASCII.
const HALVES: [[u8; 2]; 2] = [[1, 3], [0, 2]];

impl Dots {
    /// An empty field over so many cells.
    pub fn new(columns: u16, rows: u16, ascii: bool) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Self { columns, rows, ascii, cells: vec![Cell::default(); columns * rows] }
    }

    const fn per_cell(&self) -> (usize, usize) {
        if self.ascii { (1, 2) } else { (2, 4) }
    }

    /// Dots across and down.
    pub const fn size(&self) -> (usize, usize) {
        let (across, down) = self.per_cell();
        (self.columns * across, self.rows * down)
    }

    /// Sets the dots of column `x` between two heights, counted from the top, for a curve.
    pub fn vertical(&mut self, x: usize, from: usize, to: usize, owner: u8) {
        let (across, down) = self.per_cell();
        let column = x / across;
        if column >= self.columns || self.rows == 0 {
            return;
        }
        let (from, to) = (from.min(to), from.max(to).min(self.rows * down - 1));
        if from > to {
            return;
        }
        let (first, last) = (from / down, to / down);
        for row in first..=last {
            let top = if row == first { from % down } else { 0 };
            let bottom = if row == last { to % down } else { down - 1 };
            let bits =
                if self.ascii { HALVES[top][bottom] } else { BRAILLE[x % across][top][bottom] };
            if let Some(cell) = self.cells.get_mut(row * self.columns + column) {
                cell.bits |= bits;
                cell.owner = owner;
            }
        }
    }

    /// The character of a cell and the curve to which it belongs, if it has a dot.
    pub fn symbol(&self, column: usize, row: usize) -> Option<(char, u8)> {
        let Cell { bits, owner } = *self.cells.get(row * self.columns + column)?;
        let symbol = match (bits, self.ascii) {
            (0, _) => None,
            (bits, true) => ASCII.get(usize::from(bits)).copied(),
            (bits, false) => char::from_u32(0x2800 + u32::from(bits)),
        };
        Some((symbol?, owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(dots: &Dots, column: usize, row: usize) -> Option<char> {
        dots.symbol(column, row).map(|found| found.0)
    }

    #[test]
    fn dots_land_in_their_cells() {
        let mut dots = Dots::new(2, 2, false);
        assert_eq!(dots.size(), (4, 8));
        dots.vertical(0, 0, 7, 0);
        dots.vertical(3, 7, 7, 1);
        assert_eq!(shown(&dots, 0, 0), Some('⡇'));
        assert_eq!(shown(&dots, 0, 1), Some('⡇'));
        assert_eq!((shown(&dots, 1, 0), dots.symbol(1, 1)), (None, Some(('⢀', 1))));
    }

    #[test]
    fn a_cell_has_all_dots_and_belongs_to_the_last() {
        let mut dots = Dots::new(1, 1, false);
        dots.vertical(0, 0, 1, 0);
        dots.vertical(1, 2, 3, 1);
        assert_eq!(dots.symbol(0, 0), Some(('⢣', 1)));
    }

    #[test]
    fn ascii_has_two_dots_a_cell() {
        let mut dots = Dots::new(3, 1, true);
        dots.vertical(0, 0, 0, 0);
        dots.vertical(1, 1, 1, 0);
        dots.vertical(2, 0, 1, 0);
        let text: String = (0..3).filter_map(|column| shown(&dots, column, 0)).collect();
        assert_eq!(text, "'.:");
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut dots = Dots::new(1, 1, false);
        dots.vertical(5, 0, 3, 0);
        dots.vertical(0, 3, 99, 0);
        assert_eq!(shown(&dots, 0, 0), Some('⡀'));
        let mut none = Dots::new(0, 0, false);
        none.vertical(0, 0, 0, 0);
        assert_eq!(none.symbol(0, 0), None);
    }
}
