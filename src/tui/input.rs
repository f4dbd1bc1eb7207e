//! Keys, mouse, pasted text and focus, from the terminal to messages.
//!
//! A thread of its own reads events, because reading one may block on half a sequence. It reads only when
//! the terminal has something to say: a task watches for that, and for the terminal's end, at which
//! reading would spin. Answers of the terminal that come too late never become key presses.

use std::{
    io,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::mpsc::UnboundedSender,
};

use super::{key::Key, msg::Msg};

/// As good as no time: with none at all the source looks at nothing.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Starts to send what the user does. Call it within the runtime, after the terminal was questioned.
pub fn start(send: UnboundedSender<Msg>) -> io::Result<()> {
    let (nudge, nudged) = mpsc::channel();
    let from_reader = send.clone();
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut filter = ReplyFilter::default();
        while nudged.recv().is_ok() {
            while has_event(|| event::poll(AT_ONCE), bytes_wait) {
                let Ok(event) = event::read() else { break };
                let passed = filter.pass(event, Instant::now());
                if let Some(msg) = passed.as_ref().and_then(to_msg)
                    && from_reader.send(msg).is_err()
                {
                    return;
                }
            }
        }
    })?;
    // Its successor is unsafe for types that close or swap their descriptor; standard input does neither.
    #[allow(deprecated)]
    let terminal = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
    tokio::spawn(async move {
        loop {
            let Ok(mut guard) = terminal.readable().await else { break };
            if guard.ready().is_read_closed() || nudge.send(()).is_err() {
                break;
            }
            guard.clear_ready();
        }
        // Nobody listens any more only when the program ends anyway.
        let _ = send.send(Msg::TerminalGone);
    });
    Ok(())
}

/// Looks after which there is really nothing.
const LOOKS: usize = 4;

/// Whether there is an event to read. On a busy machine the time for a look may be over before the source has looked,
/// at the terminal or at what it has read from it already. What waits there would wait for the next key, so it is
/// asked again.
fn has_event(mut look: impl FnMut() -> io::Result<bool>, waits: impl Fn() -> bool) -> bool {
    let mut left = LOOKS;
    loop {
        left = left.saturating_sub(1);
        match look() {
            Ok(false) if left > 0 || waits() => {}
            looked => return matches!(looked, Ok(true)),
        }
    }
}

/// Whether the terminal has something that was not read yet; nothing, once it is gone.
fn bytes_wait() -> bool {
    rustix::io::ioctl_fionread(io::stdin()).is_ok_and(|bytes| bytes > 0)
}

fn to_msg(event: &Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key((*key).into())),
        Event::Mouse(mouse) => {
            let (column, row) = (mouse.column, mouse.row);
            match mouse.kind {
                MouseEventKind::ScrollUp => Some(Msg::Wheel { down: false }),
                MouseEventKind::ScrollDown => Some(Msg::Wheel { down: true }),
                MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click { column, row }),
                MouseEventKind::Drag(MouseButton::Left) => Some(Msg::Drag { column, row }),
                MouseEventKind::Up(MouseButton::Left) => Some(Msg::Release { column, row }),
                _ => None,
            }
        }
        Event::Paste(text) => Some(Msg::Paste(text.clone())),
        Event::FocusGained => Some(Msg::Focus(true)),
        Event::FocusLost => Some(Msg::Focus(false)),
        // The size is read when the window says that it changed.
        _ => None,
    }
}

/// Keys that were typed while the terminal was being questioned.
pub fn typed_early(bytes: &[u8]) -> impl Iterator<Item = Msg> {
    bytes.iter().filter_map(|byte| match byte {
        b'\r' => Some(Msg::Key(Key::plain(KeyCode::Enter))),
        0x20..=0x7e => Some(Msg::Key(Key::char(char::from(*byte)))),
        _ => None,
    })
}

/// How long the rest of an answer may take.
const REPLY_LIMIT: Duration = Duration::from_millis(200);

/// Drops answers to the graphics question of kitty, which read as `Alt-_ G i = 3 1 ; O K Alt-\`, and to the
/// question about the background, `Alt-] 1 1 ; … Alt-\`, which may end with `Ctrl-G` as well. The other
/// answers are control sequences, which the reader drops or knows.
#[derive(Debug, Default)]
struct ReplyFilter {
    inside_since: Option<Instant>,
}

impl ReplyFilter {
    fn pass(&mut self, event: Event, now: Instant) -> Option<Event> {
        let Event::Key(KeyEvent { code, modifiers, .. }) = event else { return Some(event) };
        let alt = modifiers.contains(KeyModifiers::ALT);
        if alt && matches!(code, KeyCode::Char('_' | ']')) {
            self.inside_since = Some(now);
            return None;
        }
        let Some(since) = self.inside_since else { return Some(event) };
        if now.duration_since(since) > REPLY_LIMIT {
            self.inside_since = None;
            return Some(event);
        }
        let control = modifiers.contains(KeyModifiers::CONTROL);
        if (alt && code == KeyCode::Char('\\')) || (control && code == KeyCode::Char('g')) {
            self.inside_since = None;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    #[test]
    fn a_late_answer_is_no_key_press() {
        let now = Instant::now();
        let end = key('\\', KeyModifiers::ALT);
        let bell = key('g', KeyModifiers::CONTROL);
        let answers = [('_', "Gi=31;OK", &end), (']', "11;rgb:0/0/0", &end), (']', "11;q", &bell)];
        for (begin, text, end) in answers {
            let mut filter = ReplyFilter::default();
            assert_eq!(filter.pass(key(begin, KeyModifiers::ALT), now), None);
            for c in text.chars() {
                assert_eq!(filter.pass(key(c, KeyModifiers::NONE), now), None);
            }
            assert_eq!(filter.pass(end.clone(), now), None);
            let pressed = key('q', KeyModifiers::NONE);
            assert_eq!(filter.pass(pressed.clone(), now), Some(pressed));
        }
    }

    #[test]
    fn an_answer_without_end_does_not_swallow_the_keyboard() {
        let mut filter = ReplyFilter::default();
        let now = Instant::now();
        filter.pass(key('_', KeyModifiers::ALT), now);
        let pressed = key('q', KeyModifiers::NONE);
        assert_eq!(filter.pass(pressed.clone(), now + REPLY_LIMIT * 2), Some(pressed));
    }

    #[test]
    fn a_key_that_the_source_had_no_time_to_look_at_does_not_wait_for_the_next_one() {
        // It is in the terminal still, or was read with the one before it.
        let mut looks = [Ok(false), Ok(false), Ok(false), Ok(false), Ok(true)].into_iter();
        assert!(has_event(|| looks.next().unwrap(), || true));
        let mut looks = [Ok(false), Ok(true)].into_iter();
        assert!(has_event(|| looks.next().unwrap(), || false));
        assert!(!has_event(|| Ok(false), || false));
        assert!(!has_event(|| Err(io::ErrorKind::Other.into()), || true));
    }

    #[test]
    fn pasted_text_focus_and_a_held_button_are_told() {
        let mouse = |kind| {
            Event::Mouse(event::MouseEvent {
                kind,
                column: 7,
                row: 3,
                modifiers: KeyModifiers::NONE,
            })
        };
        assert!(
            matches!(to_msg(&Event::Paste("a\nb".into())), Some(Msg::Paste(text)) if text == "a\nb")
        );
        assert!(matches!(to_msg(&Event::FocusLost), Some(Msg::Focus(false))));
        let drag = to_msg(&mouse(MouseEventKind::Drag(MouseButton::Left)));
        assert!(matches!(drag, Some(Msg::Drag { column: 7, row: 3 })));
        let release = to_msg(&mouse(MouseEventKind::Up(MouseButton::Left)));
        assert!(matches!(release, Some(Msg::Release { column: 7, row: 3 })));
    }

    #[test]
    fn what_was_typed_early_is_kept() {
        let keys: Vec<_> = typed_early(b"n\r\x1b").collect();
        assert!(matches!(
            keys.as_slice(),
            [Msg::Key(n), Msg::Key(enter)]
                if *n == Key::char('n') && *enter == Key::plain(KeyCode::Enter)
        ));
    }
}
