//! A field of dots finer than cells: braille, eight to a cell, or two to a cell in ASCII.

/// Dots, cell by cell.
#[derive(Debug)]
pub struct Dots {
    columns: usize,
    rows: usize,
    ascii: bool,
    cells: Vec<u8>,
}

/// The bit of each dot of a braille cell: two across, four down.
const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
/// No dot, the upper one, the lower one, both.
const ASCII: [char; 4] = [' ', '\'', '.', ':'];

impl Dots {
    /// An empty field over so many cells.
    pub fn new(columns: u16, rows: u16, ascii: bool) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Self { columns, rows, ascii, cells: vec![0; columns * rows] }
    }

    const fn per_cell(&self) -> (usize, usize) {
        if self.ascii { (1, 2) } else { (2, 4) }
    }

    /// Dots across and down.
    pub const fn size(&self) -> (usize, usize) {
        let (across, down) = self.per_cell();
        (self.columns * across, self.rows * down)
    }

    /// Sets the dots of column `x` between two heights, counted from the top.
    pub fn vertical(&mut self, x: usize, from: usize, to: usize) {
        let (across, down) = self.per_cell();
        let (_, height) = self.size();
        for y in from.min(to)..=from.max(to).min(height.saturating_sub(1)) {
            let bit = if self.ascii { 1 << (y % down) } else { BRAILLE[x % across][y % down] };
            let index = y / down * self.columns + x / across;
            if x / across < self.columns
                && let Some(cell) = self.cells.get_mut(index)
            {
                *cell |= bit;
            }
        }
    }

    /// The character of a cell, if it has a dot.
    pub fn symbol(&self, column: usize, row: usize) -> Option<char> {
        let bits = *self.cells.get(row * self.columns + column)?;
        match (bits, self.ascii) {
            (0, _) => None,
            (bits, true) => ASCII.get(usize::from(bits)).copied(),
            (bits, false) => char::from_u32(0x2800 + u32::from(bits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_land_in_their_cells() {
        let mut dots = Dots::new(2, 2, false);
        assert_eq!(dots.size(), (4, 8));
        dots.vertical(0, 0, 7);
        dots.vertical(3, 7, 7);
        assert_eq!(dots.symbol(0, 0), Some('⡇'));
        assert_eq!(dots.symbol(0, 1), Some('⡇'));
        assert_eq!((dots.symbol(1, 0), dots.symbol(1, 1)), (None, Some('⢀')));
    }

    #[test]
    fn ascii_has_two_dots_a_cell() {
        let mut dots = Dots::new(3, 1, true);
        dots.vertical(0, 0, 0);
        dots.vertical(1, 1, 1);
        dots.vertical(2, 0, 1);
        let text: String = (0..3).filter_map(|column| dots.symbol(column, 0)).collect();
        assert_eq!(text, "'.:");
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut dots = Dots::new(1, 1, false);
        dots.vertical(5, 0, 3);
        dots.vertical(0, 3, 99);
        assert_eq!(dots.symbol(0, 0), Some('⡀'));
        let mut none = Dots::new(0, 0, false);
        none.vertical(0, 0, 0);
        assert_eq!(none.symbol(0, 0), None);
    }
}
