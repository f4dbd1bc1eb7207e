//! The screen: draws a view where it differs from what is shown, and writes nothing where it does not.

use std::io::{self, Write};

use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, buffer::Buffer,
    layout::Rect,
};

use super::tty::{self, FrameBuffer, Window};

/// The terminal while it is ours. Dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<FrameBuffer>>,
    frame: FrameBuffer,
    shown: Option<Buffer>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal, which is `window` large.
    pub fn enter(mouse: bool, window: Window) -> io::Result<Self> {
        tty::enter(mouse)?;
        let frame = FrameBuffer::default();
        // A fixed viewport: the size changes when the model hears of it, and never between the two.
        let viewport = Viewport::Fixed(area(window));
        let terminal = Terminal::with_options(
            CrosstermBackend::new(frame.clone()),
            TerminalOptions { viewport },
        )?;
        Ok(Self { terminal, frame, shown: None, mouse })
    }

    /// Draws `view`. True when the terminal was written to.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<bool> {
        view(&mut self.terminal.get_frame());
        let drawn = self.terminal.current_buffer_mut();
        if self.shown.as_ref() == Some(drawn) {
            drawn.reset();
            return Ok(false);
        }
        self.shown = Some(drawn.clone());
        self.terminal.apply_buffer()?;
        self.frame.present()?;
        Ok(true)
    }

    /// Clears the screen, so that the next frame is sent whole, pictures included.
    pub fn clear(&mut self, window: Window) -> io::Result<()> {
        self.shown = None;
        self.frame.write_all(b"\x1b[2J")?;
        self.terminal.resize(area(window))
    }

    /// Listens to the mouse from now on, or leaves it to the terminal.
    pub fn listen_to_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        tty::listen_to_mouse(on)
    }

    /// Takes the terminal again after it was given back for a while.
    pub fn reenter(&mut self, window: Window) -> io::Result<()> {
        tty::enter(self.mouse)?;
        self.clear(window)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = tty::leave();
    }
}

const fn area(window: Window) -> Rect {
    Rect::new(0, 0, window.columns, window.rows)
}
