//! A pickle, read as data and never run.
//!
//! Python's pickle is a program for a small stack machine whose instructions can call anything. What
//! `torch.save` writes needs little of it: lists, dicts, numbers, text, and a handful of constructors for
//! tensors and NumPy scalars. This machine knows those by name, builds plain values itself, and refuses
//! everything else with the name of what was asked for. Nothing is imported and nothing is called.
//!
//! Values live in one list and name each other by their place in it, so a value that is used many times is
//! stored once, and neither depth nor cycles cost anything. Every instruction is at least one byte and makes
//! at most one value, and what a call makes of values that are there already is counted, so memory is bounded;
//! counts and lengths are held against the bytes that are really there.

mod allowed;
mod bytes;
mod calls;
mod machine;
mod numpy;
mod tensors;
mod value;
pub mod write;

pub use machine::{Loaded, load};
pub use numpy::NumpyType;
pub use tensors::{ArrayRef, Block, Bytes};
pub use value::{Id, Node, Tree};

/// The most bytes that a pickle may have, tensors' values not counted.
pub const MOST_BYTES: usize = 32 << 20;
/// The most values that a pickle may make.
const MOST_VALUES: usize = 2 << 20;
/// The most bytes that values may take which are made of others: a call names its arguments in a few bytes,
/// however large they are.
const MOST_MADE: usize = 128 << 20;

/// What is wrong with a pickle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PickleFault {
    /// It asks for something that only running it would give.
    #[error(
        "asks Python for `{0}`: only tensors, lists, dicts, text and numbers are read, and nothing is run"
    )]
    Asks(String),
    /// It has an instruction that `torch.save` does not write.
    #[error("has the pickle instruction 0x{code:02x} at byte {at}, which no saved tensor needs")]
    Instruction {
        /// The instruction.
        code: u8,
        /// Where it stands.
        at: usize,
    },
    /// It ends too early.
    #[error("ends within its pickle, after {0} bytes; get it again")]
    Ends(usize),
    /// It speaks of more bytes than there are.
    #[error("says at byte {at} that {length} bytes follow, but only {left} do")]
    Length {
        /// Where.
        at: usize,
        /// What it says.
        length: u64,
        /// What there is.
        left: usize,
    },
    /// It contradicts itself.
    #[error("has a damaged pickle at byte {at}: {problem}")]
    Damaged {
        /// Where.
        at: usize,
        /// How.
        problem: String,
    },
    /// It is larger than any saved set.
    #[error(
        "has a pickle of more than {MOST_VALUES} values or {MOST_BYTES} bytes: no synthetic set needs that"
    )]
    Large,
}
