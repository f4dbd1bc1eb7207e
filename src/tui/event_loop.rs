//! The loop: takes in everything that is ready, then draws if a frame is due. A screen on which nothing
//! changes is not written to. News of the daemon come last and some at a time: however much it tells, keys
//! are heard and frames are drawn.

use std::{io, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use super::{
    editor,
    effects::Effects,
    job_control,
    link::news::NewsReceiver,
    model::{Model, Notice},
    msg::{Effect, Msg},
    outside, own_study,
    terminal::Screen,
    tty,
    update::update,
    view,
};
use crate::wire::ssh_login;

/// How often figures that count time change.
const TICK: Duration = Duration::from_secs(1);
/// News of the daemon that are taken in before keys are looked for again.
const NEWS_AT_ONCE: usize = 64;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The window was large enough to show something, at least once.
    pub has_shown: bool,
}

/// What the loop works on.
pub struct EventLoop {
    /// The state.
    pub model: Model,
    /// The terminal.
    pub screen: Screen,
    /// The ways out.
    pub effects: Effects,
    /// What happens.
    pub messages: UnboundedReceiver<Msg>,
    /// What the daemon tells.
    pub news: NewsReceiver,
    /// The terminal is at the other end of a network.
    pub remote: bool,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl EventLoop {
    /// Runs until the user leaves or the terminal is gone.
    pub async fn run(mut self) -> io::Result<Ended> {
        let mut ended = Ended { has_shown: false };
        // When the next frame is due, if something changed, and from when on it may be.
        let mut due = Some(Instant::now());
        let mut earliest = Instant::now();
        let mut tick = Instant::now() + TICK;
        loop {
            let first = tokio::select! {
                biased;
                msg = self.messages.recv() => match msg {
                    Some(msg) => Some(msg),
                    None => return Ok(ended),
                },
                () = sleep_until(due.unwrap_or(tick)), if due.is_some() => None,
                () = sleep_until(tick), if self.model.ticks() => {
                    tick = Instant::now() + TICK;
                    Some(Msg::Tick)
                }
                Some((host, news)) = self.news.recv() => Some(Msg::Link(host, news)),
            };
            let mut more_news = NEWS_AT_ONCE;
            let mut next = first;
            while let Some(msg) = next {
                if self.take(msg)? == Next::End {
                    return Ok(ended);
                }
                due = due.or(Some(earliest.max(Instant::now())));
                next = self.messages.try_recv().ok().or_else(|| {
                    more_news = more_news.checked_sub(1)?;
                    self.news.try_recv().map(|(host, news)| Msg::Link(host, news))
                });
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                if self.screen.draw(|frame| view::view(&self.model, frame))? {
                    earliest = Instant::now() + self.model.preferences.frame(self.remote);
                }
                ended.has_shown |= view::is_large_enough(&self.model);
                due = None;
            }
        }
    }

    fn take(&mut self, msg: Msg) -> io::Result<Next> {
        self.model.now = Timestamp::now();
        for effect in update(&mut self.model, msg) {
            match self.effects.start(effect) {
                Some(Effect::Quit) => return Ok(Next::End),
                Some(effect) => self.in_terminal(&effect)?,
                None => {}
            }
        }
        Ok(Next::GoOn)
    }

    fn in_terminal(&mut self, effect: &Effect) -> io::Result<()> {
        match effect {
            Effect::Measure => {
                let window = tty::window()?;
                // Nobody listens any more only when the program ends.
                let _ = self.effects.messages.send(Msg::Measured(window));
            }
            Effect::ListenToMouse(on) => self.screen.listen_to_mouse(*on)?,
            Effect::Notify { title, body } => {
                let notifier = self.model.preferences.settings().notifier;
                tty::say(&outside::notify(notifier, title, body))?;
            }
            Effect::Copy(text) => {
                if let Some(sequence) = outside::copy(text) {
                    tty::say(&sequence)?;
                } else {
                    let text = "not copied: it is longer than terminals take".to_owned();
                    self.model.notice = Some(Notice { is_bad: true, text });
                }
            }
            Effect::Redraw => self.screen.clear(self.model.window)?,
            Effect::Suspend if !job_control::has_shell() => {
                // Nobody listens any more only when the program ends.
                let _ = self.effects.messages.send(Msg::NoShell);
            }
            Effect::Suspend => {
                tty::leave()?;
                // The whole group, or a shell that waits for a parent of this process waits for ever. What
                // comes after it is done when the signal to go on has come.
                rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
            }
            Effect::Edit(text) => self.in_editor(|_| Msg::Edited(editor::edit(text)))?,
            Effect::LogIn(host) => self.in_editor(|effects| {
                let remote = effects.remotes.get(host);
                let logged_in = remote.map_or(Ok(()), ssh_login::log_in);
                let said = logged_in.map(|()| format!("{host} lets you in"));
                Msg::Written(said.map_err(|error| error.to_string()))
            })?,
            Effect::EditStudy { name } => self.in_editor(|effects| {
                Msg::Written(own_study::edit(effects.directory.as_ref(), name, editor::edit))
            })?,
            Effect::Reenter => self.screen.reenter(self.model.window)?,
            _ => {}
        }
        Ok(())
    }

    /// Gives the terminal to another program; what comes of that is a message.
    fn in_editor(&self, edit: impl FnOnce(&Effects) -> Msg) -> io::Result<()> {
        tty::leave()?;
        let msg = edit(&self.effects);
        // Nobody listens any more only when the program ends.
        let _ = self.effects.messages.send(msg);
        // It had the terminal: its pictures are gone and its window may be another one.
        let _ = self.effects.messages.send(Msg::WokenUp);
        Ok(())
    }
}
