//! Asks the terminal what graphics it has, how bright it is and whether it tells of the focus: once, before anything else reads its input, and not for long.
//!
//! The question about its attributes stands last. Every terminal answers that one, in order, so its answer
//! means that nothing more will come.

use std::{
    io,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    stdio,
    termios::{self, OptionalActions, SpecialCodeIndex},
};

use super::reply::{Replies, ReplyReader};
use crate::tui::tty;

/// Cell size, text area size, colour registers, background, focus events, a one-pixel picture for kitty,
/// attributes.
const QUESTIONS: &str = "\x1b[16t\x1b[14t\x1b[?1;1;0S\x1b]11;?\x1b\\\x1b[?1004$p";
const KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
const ATTRIBUTES: &str = "\x1b[c";

/// How long to wait for a terminal here, and for one at the other end of a network.
const LIMIT: Duration = Duration::from_millis(500);
const REMOTE_LIMIT: Duration = Duration::from_millis(1500);

/// A tenth of a second: the unit in which a terminal device times its reads.
const READ_TENTHS: u8 = 1;

/// Asks. The terminal must be in raw mode, and nobody else may read from it meanwhile.
pub fn query(ask_kitty: bool, remote: bool) -> io::Result<Replies> {
    let stdin = stdio::stdin();
    let before = termios::tcgetattr(stdin)?;
    let mut timed = before.clone();
    timed.special_codes[SpecialCodeIndex::VMIN] = 0;
    timed.special_codes[SpecialCodeIndex::VTIME] = READ_TENTHS;
    termios::tcsetattr(stdin, OptionalActions::Now, &timed)?;
    let asked = ask(ask_kitty, if remote { REMOTE_LIMIT } else { LIMIT });
    termios::tcsetattr(stdin, OptionalActions::Now, &before)?;
    asked
}

fn ask(ask_kitty: bool, limit: Duration) -> io::Result<Replies> {
    let kitty = if ask_kitty { KITTY } else { "" };
    tty::write_all([QUESTIONS, kitty, ATTRIBUTES].concat().as_bytes())?;
    let deadline = Instant::now() + limit;
    let mut reader = ReplyReader::default();
    let mut bytes = [0; 256];
    while !reader.replies.complete && Instant::now() < deadline {
        match rustix::io::read(stdio::stdin(), &mut bytes) {
            Ok(count) => {
                bytes.get(..count).unwrap_or_default().iter().for_each(|byte| reader.push(*byte));
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(reader.replies)
}
