//! How much may be unpacked from one file: a small file never fills the memory.

use super::error::Fault;

/// What any file may unpack to, however small it is.
const FLOOR: u64 = 64 << 20;
/// How many times its own size a larger file may unpack to.
const SWELLING: u64 = 16;
/// What no file may unpack to.
const CEILING: u64 = 8 << 30;

/// Bytes that may still be unpacked.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    limit: u64,
    left: u64,
}

impl Budget {
    /// What a file of this size may unpack to.
    pub fn of_file(bytes: u64) -> Self {
        let limit = bytes.saturating_mul(SWELLING).clamp(FLOOR, CEILING);
        Self { limit, left: limit }
    }

    /// Takes `bytes` out of it.
    ///
    /// # Errors
    /// [`Fault::Budget`] when less is left.
    pub fn spend(&mut self, bytes: u64) -> Result<(), Fault> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Fault::Budget { limit: self.limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_grows_with_the_file_and_ends() {
        let mut small = Budget::of_file(10);
        assert!(small.spend(FLOOR - 1).is_ok() && small.spend(1).is_ok());
        assert!(matches!(small.spend(1), Err(Fault::Budget { limit: FLOOR })));
        assert!(Budget::of_file(FLOOR).spend(SWELLING * FLOOR).is_ok());
        assert!(Budget::of_file(u64::MAX).spend(CEILING + 1).is_err());
    }
}
