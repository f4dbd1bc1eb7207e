//! A pickle's bytes, taken one after the other and never beyond the last.

use super::PickleFault;

/// The bytes that are left.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    /// All of them.
    pub const fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// How many have been taken.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The next `length` bytes, whatever length a file may speak of.
    pub fn take(&mut self, length: u64) -> Result<&'a [u8], PickleFault> {
        let rest = &self.all[self.at..];
        let wanted = usize::try_from(length).ok().filter(|wanted| *wanted <= rest.len());
        let Some(wanted) = wanted else {
            return Err(PickleFault::Length { at: self.at, length, left: rest.len() });
        };
        self.at += wanted;
        Ok(&rest[..wanted])
    }

    /// The next `N` bytes of an instruction.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleFault> {
        let rest = &self.all[self.at..];
        let Some(bytes) = rest.first_chunk::<N>() else {
            return Err(PickleFault::Ends(self.all.len()));
        };
        self.at += N;
        Ok(*bytes)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, PickleFault> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A line of text without its end.
    pub fn line(&mut self) -> Result<&'a str, PickleFault> {
        let at = self.at;
        let rest = &self.all[at..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or(PickleFault::Ends(self.all.len()))?;
        self.at += end + 1;
        text(&rest[..end], at)
    }
}

/// Bytes as text.
pub fn text(bytes: &[u8], at: usize) -> Result<&str, PickleFault> {
    std::str::from_utf8(bytes)
        .map_err(|_| PickleFault::Damaged { at, problem: "a text is not UTF-8".to_owned() })
}
