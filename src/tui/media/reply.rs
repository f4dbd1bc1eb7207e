//! What a terminal answers, taken out of the bytes that it sends.

use crate::tui::{
    look::{Background, colour::luminance},
    tty::CellPixels,
};

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Primary device attributes; true when 4, sixel graphics, is among them.
    Attributes {
        /// It has sixel graphics.
        sixel: bool,
    },
    /// The size of a cell.
    Cell(CellPixels),
    /// The size of the text area in pixels: width, height.
    TextArea(u16, u16),
    /// The number of colour registers for graphics.
    Colours(u16),
    /// Whether it knows the mode that tells of the focus.
    Focus(bool),
}

/// All answers to one round of questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replies {
    /// The attributes came: the terminal has answered all it is going to.
    pub complete: bool,
    /// Sixel graphics.
    pub sixel: bool,
    /// The protocol of kitty.
    pub kitty: bool,
    /// The size of a cell.
    pub cell: Option<CellPixels>,
    /// The size of the text area in pixels.
    pub text_area: Option<(u16, u16)>,
    /// Colour registers for sixel graphics.
    pub colours: Option<u16>,
    /// Whether the terminal is dark or light.
    pub background: Option<Background>,
    /// Whether the terminal tells when it gains or loses the focus.
    pub tells_focus: Option<bool>,
    /// Bytes that were no answer: keys that were pressed meanwhile.
    pub typed: Vec<u8>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Ground,
    Escape,
    Control,
    Text,
    TextEscape,
}

/// Takes bytes, one after the other, and gathers the answers.
#[derive(Debug, Default)]
pub struct ReplyReader {
    place: Place,
    sequence: String,
    /// What was read so far.
    pub replies: Replies,
}

impl ReplyReader {
    /// Takes one byte.
    pub fn push(&mut self, byte: u8) {
        let c = char::from(byte);
        self.place = match (&self.place, byte) {
            (Place::Ground | Place::Escape | Place::TextEscape, 0x1b) => Place::Escape,
            (Place::Ground, _) => {
                self.replies.typed.push(byte);
                Place::Ground
            }
            (Place::Escape, b'[') => self.begin(Place::Control),
            (Place::Escape, b'_' | b'P' | b']') => self.begin(Place::Text),
            // Alt and a key, or the escape key itself: nothing that could mean something here.
            (Place::Escape, _) => Place::Ground,
            (Place::Control, 0x40..=0x7e) => {
                self.sequence.push(c);
                self.note_control();
                Place::Ground
            }
            (Place::Control, _) => {
                self.sequence.push(c);
                Place::Control
            }
            (Place::Text, 0x07) | (Place::TextEscape, b'\\') => {
                self.note_text();
                Place::Ground
            }
            (Place::Text, 0x1b) => Place::TextEscape,
            (Place::Text | Place::TextEscape, _) => {
                self.sequence.push(c);
                Place::Text
            }
        };
    }

    fn begin(&mut self, place: Place) -> Place {
        self.sequence.clear();
        place
    }

    fn note_text(&mut self) {
        let text = self.sequence.as_str();
        self.replies.kitty |= text.starts_with("Gi=31") && text.ends_with("OK");
        if let Some(colour) = text.strip_prefix("11;") {
            self.replies.background = background(colour).or(self.replies.background);
        }
    }

    fn note_control(&mut self) {
        let replies = &mut self.replies;
        match control(&self.sequence) {
            Some(Reply::Attributes { sixel }) => {
                replies.sixel = sixel;
                replies.complete = true;
            }
            Some(Reply::Cell(cell)) => replies.cell = Some(cell),
            Some(Reply::TextArea(width, height)) => replies.text_area = Some((width, height)),
            Some(Reply::Colours(count)) => replies.colours = Some(count),
            Some(Reply::Focus(known)) => replies.tells_focus = Some(known),
            None => {}
        }
    }
}

/// The meaning of a control sequence, given without its introducer.
fn control(sequence: &str) -> Option<Reply> {
    let last = sequence.chars().last()?;
    let body = sequence.strip_suffix(last)?;
    let numbers = |text: &str| -> Option<Vec<u16>> {
        text.split(';').map(|part| part.parse().ok()).collect()
    };
    match (last, body.strip_prefix('?')) {
        ('c', Some(attributes)) => Some(Reply::Attributes {
            sixel: attributes.split(';').any(|attribute| attribute == "4"),
        }),
        ('S', Some(graphics)) => match numbers(graphics)?[..] {
            [1, 0, count] => Some(Reply::Colours(count)),
            _ => None,
        },
        ('y', Some(mode)) => match numbers(mode.strip_suffix('$')?)?[..] {
            [1004, state] => Some(Reply::Focus(state == 1 || state == 2)),
            _ => None,
        },
        ('t', None) => match numbers(body)?[..] {
            [6, height, width] if width > 0 && height > 0 => {
                Some(Reply::Cell(CellPixels { width, height }))
            }
            [4, height, width] if width > 0 && height > 0 => Some(Reply::TextArea(width, height)),
            _ => None,
        },
        _ => None,
    }
}

/// Light or dark, from a colour such as `rgb:ffff/ffff/ffff` or `rgba:00/00/00/ff`.
fn background(colour: &str) -> Option<Background> {
    let (_, channels) = colour.split_once(':').filter(|(kind, _)| kind.starts_with("rgb"))?;
    let channels: Vec<u8> = channels
        .split('/')
        .map(|digits| {
            let most =
                16_u32.checked_pow(digits.len() as u32)?.checked_sub(1).filter(|most| *most > 0)?;
            let value = u32::from_str_radix(digits, 16).ok()?;
            Some((f64::from(value) / f64::from(most) * 255.0).round() as u8)
        })
        .collect::<Option<_>>()?;
    let [red, green, blue, ..] = channels[..] else { return None };
    // The grey against which black and white text read equally well.
    let light = luminance([red, green, blue]) > 0.179;
    Some(if light { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Replies {
        let mut reader = ReplyReader::default();
        for byte in bytes {
            reader.push(*byte);
        }
        reader.replies
    }

    #[test]
    fn answers_are_told_from_keys() {
        let bytes = b"n\x1b[6;15;8t\x1b[4;600;960t\x1b[?1;0;256S\x1b_Gi=31;OK\x1b\\q\x1b[?62;4;22c";
        let replies = read(bytes);
        assert!(replies.complete && replies.sixel && replies.kitty);
        assert_eq!(replies.cell, Some(CellPixels { width: 8, height: 15 }));
        assert_eq!(replies.text_area, Some((960, 600)));
        assert_eq!(replies.colours, Some(256));
        assert_eq!(replies.typed, b"nq");
    }

    #[test]
    fn a_terminal_without_graphics_says_so() {
        let replies = read(b"\x1b[?1;3;256S\x1b_Gi=31;EINVAL\x1b\\\x1b[?64;1;14;24c");
        assert!(replies.complete && !replies.sixel && !replies.kitty);
        assert_eq!((replies.cell, replies.colours), (None, None));
    }

    #[test]
    fn the_background_is_dark_or_light() {
        let of = |bytes: &[u8]| read(bytes).background;
        assert_eq!(of(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"), Some(Background::Light));
        assert_eq!(of(b"\x1b]11;rgb:1e/1e/2e\x07"), Some(Background::Dark));
        assert_eq!(of(b"\x1b]11;rgba:fd/f6/e3/ff\x07"), Some(Background::Light));
        for nonsense in
            ["rgb:", "rgb:1/2", "rgb:zz/00/00", "#ffffff", "rgb://", "rgb:123456789/0/0"]
        {
            let bytes = format!("\x1b]11;{nonsense}\x07q");
            assert_eq!(of(bytes.as_bytes()), None, "{nonsense}");
            assert_eq!(read(bytes.as_bytes()).typed, b"q");
        }
    }

    #[test]
    fn the_terminal_says_whether_it_tells_of_the_focus() {
        assert_eq!(read(b"\x1b[?1004;2$y").tells_focus, Some(true));
        assert_eq!(read(b"\x1b[?1004;0$y").tells_focus, Some(false));
        assert_eq!(read(b"\x1b[?2026;1$y").tells_focus, None);
    }

    #[test]
    fn an_answer_that_breaks_off_is_no_answer() {
        let replies = read(b"\x1b[6;15;");
        assert!(!replies.complete && replies.cell.is_none() && replies.typed.is_empty());
        // An arrow key between two answers is neither answer nor character.
        assert_eq!(read(b"\x1b[A\x1b[?4c").typed, b"");
    }
}
