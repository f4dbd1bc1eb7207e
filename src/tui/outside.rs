//! What is told to the terminal beside frames: text for its clipboard, and a word to a user who looks
//! elsewhere.
//!
//! Both carry text from outside, so nothing in it may end the sequence that carries it.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{settings::Notifier, widgets::plain::plain};

/// The longest text for the clipboard: what common terminals take.
pub const LONGEST_COPY_BYTES: usize = 74_994 / 4 * 3;
/// The longest text of a notification.
const LONGEST_NOTE: usize = 200;

/// The sequence that puts a text into the clipboard (`OSC 52`); `None` for one that is too long.
pub fn copy(text: &str) -> Option<String> {
    (text.len() <= LONGEST_COPY_BYTES).then(|| format!("\x1b]52;c;{}\x07", STANDARD.encode(text)))
}

/// The sequence that notifies by this way; empty where there is none.
pub fn notify(notifier: Notifier, title: &str, body: &str) -> String {
    let harmless = |text: &str| -> String {
        // A semicolon would end a field, and a control character the sequence.
        let text = plain(text, "?").replace(';', ",");
        text.chars().take(LONGEST_NOTE).collect()
    };
    let (title, body) = (harmless(title), harmless(body));
    match notifier {
        // Words before the text: a number would be a command of its own to some terminals.
        Notifier::Osc9 => format!("\x1b]9;{title}: {body}\x07"),
        Notifier::Osc777 => format!("\x1b]777;notify;{title};{body}\x07"),
        Notifier::Osc99 => {
            format!(
                "\x1b]99;i=stillroom:d=0:p=title;{title}\x1b\\\x1b]99;i=stillroom:d=1:p=body;{body}\x1b\\"
            )
        }
        Notifier::Bell => "\x07".to_owned(),
        Notifier::Off => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_text_is_in_base64() {
        assert_eq!(copy("a\x1b]").unwrap(), "\x1b]52;c;YRtd\x07");
        assert_eq!(copy(&"x".repeat(LONGEST_COPY_BYTES + 1)), None);
    }

    #[test]
    fn no_text_ends_the_sequence_that_carries_it() {
        let hostile = "run \x1b\\\x07;4;\u{202e}x";
        for notifier in [Notifier::Osc9, Notifier::Osc777, Notifier::Osc99] {
            let sequence = notify(notifier, "Stillroom", hostile);
            let begins = sequence.matches("\x1b]").count();
            let ends = sequence.matches('\x07').count() + sequence.matches("\x1b\\").count();
            assert_eq!(begins, ends, "{sequence:?}");
            assert!(sequence.contains("run ?\\?,4,?x"), "{sequence:?}");
            assert!(!sequence.contains('\u{202e}'));
        }
        assert_eq!(notify(Notifier::Bell, "a", "b"), "\x07");
        assert_eq!(notify(Notifier::Off, "a", "b"), "");
    }
}
