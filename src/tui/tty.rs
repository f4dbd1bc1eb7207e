//! The terminal as a device: its size, whole frames out, and the one switch that says whether it is ours.
//!
//! Frames are gathered in memory and written in one go. Nothing goes through the standard library's
//! `stdout`: a panicking thread must be able to restore the terminal while another holds that lock.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::{io::Errno, stdio, termios};

/// True between entering and leaving the screen. Whoever turns it off restores the terminal, and after
/// that no frame is written.
static OURS: AtomicBool = AtomicBool::new(false);

/// Mouse buttons, the wheel, and motion while a button is held, with coordinates beyond column 223. No other
/// motion: it floods slow links.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1015l\x1b[?1006l";
/// Alternate screen, no cursor, pasted text in brackets so that it is no row of key presses, word of the
/// focus, all blank.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[2J\x1b[H";
/// Ends a string (a picture may be half sent), a frame, brackets, word of the focus and colours.
const CALM: &str = "\x1b\\\x1b[?2026l\x1b[?2004l\x1b[?1004l\x1b[0m";
const LEAVE: &str = "\x1b[?1049l";
const CURSOR_ON: &str = "\x1b[?25h";
const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// The size of one character cell in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellPixels {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
}

/// The size of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Cells across.
    pub columns: u16,
    /// Cells down.
    pub rows: u16,
    /// The size of a cell, where the terminal tells it.
    pub cell: Option<CellPixels>,
}

/// The window as the terminal device tells it.
pub fn window() -> io::Result<Window> {
    let size = termios::tcgetwinsize(stdio::stdout())?;
    let whole = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|size| *size > 0);
    let cell = whole(size.ws_xpixel, size.ws_col)
        .zip(whole(size.ws_ypixel, size.ws_row))
        .map(|(width, height)| CellPixels { width, height });
    Ok(Window { columns: size.ws_col, rows: size.ws_row, cell })
}

/// True when input and output are a terminal.
pub fn is_terminal() -> bool {
    termios::isatty(stdio::stdin()) && termios::isatty(stdio::stdout())
}

/// Takes the terminal: raw mode, alternate screen, mouse if wished.
pub fn enter(mouse: bool) -> io::Result<()> {
    OURS.store(true, Ordering::SeqCst);
    // A shell that had the terminal meanwhile may have set it otherwise without our leaving: off, then on.
    crossterm::terminal::disable_raw_mode()?;
    crossterm::terminal::enable_raw_mode()?;
    write_all(ENTER.as_bytes())?;
    if mouse { write_all(MOUSE_ON.as_bytes()) } else { Ok(()) }
}

/// Listens to the mouse from now on, or leaves it to the terminal.
pub fn listen_to_mouse(on: bool) -> io::Result<()> {
    say(if on { MOUSE_ON } else { MOUSE_OFF })
}

/// Writes a text that is no part of a frame, if the terminal is ours.
pub fn say(text: &str) -> io::Result<()> {
    if OURS.load(Ordering::SeqCst) { write_all(text.as_bytes()) } else { Ok(()) }
}

/// Gives the terminal back as it was; does nothing when that is done already.
///
/// Mouse reporting is switched off on both sides of leaving the alternate screen: some terminals restore
/// saved modes with it.
pub fn leave() -> io::Result<()> {
    if !OURS.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let text = [CALM, MOUSE_OFF, LEAVE, MOUSE_OFF, CURSOR_ON].concat();
    let written = write_all(text.as_bytes());
    crossterm::terminal::disable_raw_mode()?;
    written
}

/// Writes all of `bytes` to the terminal.
pub fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stdio::stdout(), bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Somebody who shares the terminal made it non-blocking; it takes more in a moment.
            Err(Errno::AGAIN) => std::thread::sleep(std::time::Duration::from_millis(2)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Where a frame is gathered until it is complete. Clones share one frame.
#[derive(Debug, Clone, Default)]
pub struct FrameBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for FrameBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FrameBuffer {
    /// Writes what was gathered, as one frame that the terminal shows at once if it can.
    pub fn present(&self) -> io::Result<()> {
        let body = self.0.take();
        if body.is_empty() || !OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        write_all(&[FRAME_BEGIN, &body, FRAME_END].concat())
    }
}
