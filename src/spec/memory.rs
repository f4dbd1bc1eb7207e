//! Amounts of memory: people say and read them in GiB, the program counts bytes.

use std::fmt;

/// Bytes of a GiB.
const GIBIBYTE: f64 = (1_u64 << 30) as f64;

/// The bytes of so many GiB.
pub fn bytes_of(gibibytes: f64) -> u64 {
    (gibibytes * GIBIBYTE).round() as u64
}

/// Bytes, as people read them: `24 GiB`, `7.6 GiB`, `0.25 GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gibibytes(pub u64);

impl Gibibytes {
    /// The number without its unit.
    pub fn number(self) -> String {
        let amount = self.0 as f64 / GIBIBYTE;
        let text = if amount < 1.0 { format!("{amount:.2}") } else { format!("{amount:.1}") };
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl fmt::Display for Gibibytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} GiB", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_said() {
        for (said, told) in [
            (0.0, "0 GiB"),
            (0.25, "0.25 GiB"),
            (7.63, "7.6 GiB"),
            (24.0, "24 GiB"),
            (80.0, "80 GiB"),
        ] {
            assert_eq!(Gibibytes(bytes_of(said)).to_string(), told);
        }
        assert_eq!((bytes_of(1.5), bytes_of(-1.0)), (3 << 29, 0));
    }
}
