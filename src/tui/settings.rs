//! What the terminal is, and what the user wants of it: the environment and the choices in, one value out
//! that the rest of the room passes along.
//!
//! A look-up function stands for the environment, so every rule below has a test.

use std::collections::BTreeMap;

use super::look::Background;
use crate::config::{Choices, Setting, choices};

/// How pictures shall be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageChoice {
    /// Sixel graphics.
    Sixel,
    /// Two pixels a cell, in colours.
    HalfBlocks,
    /// The protocol of kitty.
    Kitty,
    /// The protocol of iTerm2.
    Iterm2,
    /// No pictures.
    None,
}

/// Words of the setting; `auto` is none of them.
const IMAGE_CHOICES: [(&str, ImageChoice); 5] = [
    ("sixel", ImageChoice::Sixel),
    ("halfblocks", ImageChoice::HalfBlocks),
    ("kitty", ImageChoice::Kitty),
    ("iterm2", ImageChoice::Iterm2),
    ("none", ImageChoice::None),
];

/// How something is told to a user who looks elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notifier {
    /// `OSC 9`, of iTerm2 and others.
    Osc9,
    /// `OSC 777`, of rxvt and others.
    Osc777,
    /// `OSC 99`, of kitty.
    Osc99,
    /// The bell.
    Bell,
    /// Not at all.
    Off,
}

/// Words of the setting; `auto` is none of them.
const NOTIFIERS: [(&str, Notifier); 5] = [
    ("osc9", Notifier::Osc9),
    ("osc777", Notifier::Osc777),
    ("osc99", Notifier::Osc99),
    ("bell", Notifier::Bell),
    ("off", Notifier::Off),
];

impl Notifier {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Osc9 => "by OSC 9",
            Self::Osc777 => "by OSC 777",
            Self::Osc99 => "by OSC 99",
            Self::Bell => "by the bell",
            Self::Off => "not at all",
        }
    }
}

/// How many colours text cells can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourDepth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
    /// The terminal's own 16.
    Named,
    /// None: the user asked for none, or the terminal has none.
    None,
}

impl ColourDepth {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::True => "24-bit colours",
            Self::Indexed => "256 colours",
            Self::Named => "the terminal's own 16 colours",
            Self::None => "no colours",
        }
    }
}

/// A program between this one and the terminal, through which graphics pass badly or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// tmux, which lets wrapped graphics through.
    Tmux,
    /// GNU screen.
    Screen,
}

/// The variables that tell about the terminal.
const VARIABLES: [&str; 15] = [
    "COLORFGBG",
    "COLORTERM",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "LC_TERMINAL",
    "NO_COLOR",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STILLROOM_TEST_PANIC",
    "STY",
    "TERM",
    "TERM_PROGRAM",
    "TMUX",
    "WEZTERM_EXECUTABLE",
    "WT_SESSION",
];

/// The environment as it was at the start, as far as it tells about the terminal. Empty variables are unset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// What `get` knows.
    pub fn new(get: impl Fn(&str) -> Option<String>) -> Self {
        let known = VARIABLES.into_iter().filter_map(|name| Some((name, get(name)?)));
        Self(known.filter(|(_, value)| !value.is_empty()).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// What the terminal is and what the user wants of it.
// Each switch is one fact or one wish; none excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How pictures shall be shown; `None` leaves it to the program.
    pub images: Option<ImageChoice>,
    /// No box drawing, no braille, nothing beyond ASCII.
    pub ascii: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// Colours of text cells.
    pub depth: ColourDepth,
    /// How the end of a run is told to who looks elsewhere.
    pub notifier: Notifier,
    /// Light or dark, as the environment says.
    pub background: Option<Background>,
    /// The terminal is at the other end of an SSH connection.
    pub over_ssh: bool,
    /// What stands between program and terminal.
    pub multiplexer: Option<Multiplexer>,
    /// The terminal says that it has kitty or sixel graphics, but draws them wrongly.
    pub graphics_unfit: bool,
    /// The terminal is known for the protocol of iTerm2.
    pub iterm2: bool,
    /// `STILLROOM_TEST_PANIC`: the hidden key that panics works, for tests of what a panic leaves behind.
    pub test_panic: bool,
}

impl Settings {
    /// Whether a terminal like this may be asked for kitty's graphics. tmux and screen take the question for the
    /// title of the window.
    pub const fn asks_kitty(&self) -> bool {
        !self.graphics_unfit && self.multiplexer.is_none()
    }

    /// What the variables of `get` mean, where no file says anything.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let environment = choices::from_environment(&get).0;
        let choices = Choices { environment, ..Choices::default() };
        Self::new(&choices, &Environment::new(get))
    }

    /// What the choices come to on the terminal of this environment.
    pub fn new(choices: &Choices, environment: &Environment) -> Self {
        let term = environment.get("TERM").unwrap_or_default();
        let program = environment.get("TERM_PROGRAM").unwrap_or_default();
        let multiplexer = if environment.has("TMUX") || term.starts_with("tmux") {
            Some(Multiplexer::Tmux)
        } else if environment.has("STY") || term.starts_with("screen") {
            Some(Multiplexer::Screen)
        } else {
            None
        };
        let is_iterm = environment.get("LC_TERMINAL").is_some_and(|name| name.contains("iTerm"));
        let names_iterm2 = ["iTerm", "WezTerm", "mintty", "vscode", "Tabby", "Hyper"]
            .iter()
            .any(|name| program.contains(name));
        let image = choices.word(Setting::Images);
        let notifier = choices.word(Setting::Notifications);
        let notifier = NOTIFIERS.iter().find(|row| row.0 == notifier).map(|row| row.1);
        Self {
            images: IMAGE_CHOICES.iter().find(|row| row.0 == image).map(|row| row.1),
            ascii: choices.switch(Setting::Ascii),
            mouse: choices.switch(Setting::Mouse),
            depth: depth(&choices.word(Setting::Colours), environment, term),
            notifier: notifier.unwrap_or_else(|| known_notifier(environment, multiplexer)),
            background: environment.get("COLORFGBG").and_then(background),
            over_ssh: environment.has("SSH_CONNECTION") || environment.has("SSH_TTY"),
            multiplexer,
            graphics_unfit: environment.has("WEZTERM_EXECUTABLE")
                || environment.has("KONSOLE_VERSION"),
            iterm2: names_iterm2 || is_iterm,
            test_panic: environment.get("STILLROOM_TEST_PANIC").is_some_and(|value| value != "0"),
        }
    }
}

/// The colours that the user asked for, or that the terminal says it has.
fn depth(choice: &str, environment: &Environment, term: &str) -> ColourDepth {
    let colorterm = environment.get("COLORTERM");
    match choice {
        "24bit" => ColourDepth::True,
        "256" => ColourDepth::Indexed,
        "16" => ColourDepth::Named,
        "none" => ColourDepth::None,
        _ if environment.has("NO_COLOR") || term == "dumb" || term.starts_with("vt") => {
            ColourDepth::None
        }
        _ if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") => {
            ColourDepth::True
        }
        _ if term.contains("256color") || term.starts_with("xterm") => ColourDepth::Indexed,
        _ => ColourDepth::Named,
    }
}

/// What the terminal is known to show. Between program and terminal only the bell passes for certain.
fn known_notifier(environment: &Environment, multiplexer: Option<Multiplexer>) -> Notifier {
    let term = environment.get("TERM").unwrap_or_default();
    let program = environment.get("TERM_PROGRAM").unwrap_or_default();
    let of = |names: &[&str]| names.iter().any(|name| term.contains(name) || program == *name);
    if multiplexer.is_some() {
        Notifier::Bell
    } else if environment.has("KITTY_WINDOW_ID") || of(&["kitty"]) {
        Notifier::Osc99
    } else if environment.has("WT_SESSION") || of(&["iTerm.app", "WezTerm", "ghostty"]) {
        Notifier::Osc9
    } else if environment.has("KONSOLE_VERSION") || of(&["foot", "rxvt", "contour"]) {
        Notifier::Osc777
    } else {
        Notifier::Bell
    }
}

/// `COLORFGBG` is foreground and background by their numbers, such as `15;0` or `0;default;15`.
fn background(value: &str) -> Option<Background> {
    match value.rsplit(';').next()?.parse::<u8>().ok()? {
        0..=6 | 8 => Some(Background::Dark),
        7 | 9..=15 => Some(Background::Light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Settings {
        Settings::read(|name| {
            variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned())
        })
    }

    #[test]
    fn a_wrong_choice_leaves_it_to_the_program() {
        assert_eq!(read(&[("STILLROOM_IMAGES", "sixels")]).images, None);
        assert_eq!(read(&[("STILLROOM_IMAGES", "sixel")]).images, Some(ImageChoice::Sixel));
    }

    #[test]
    fn colours_follow_the_terminal_and_the_user() {
        assert_eq!(read(&[("TERM", "xterm-256color")]).depth, ColourDepth::Indexed);
        let truecolor = [("TERM", "foot"), ("COLORTERM", "truecolor")];
        assert_eq!(read(&truecolor).depth, ColourDepth::True);
        assert_eq!(read(&[("TERM", "linux")]).depth, ColourDepth::Named);
        assert_eq!(read(&[("TERM", "xterm-direct"), ("NO_COLOR", "1")]).depth, ColourDepth::None);
        assert_eq!(read(&[("TERM", "xterm"), ("NO_COLOR", "")]).depth, ColourDepth::Indexed);
        let asked = [("NO_COLOR", "1"), ("STILLROOM_COLOURS", "16")];
        assert_eq!(read(&asked).depth, ColourDepth::Named, "who asks for colours gets them");
    }

    #[test]
    fn multiplexers_and_ssh_are_noticed() {
        let inside = read(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]);
        assert_eq!(inside.multiplexer, Some(Multiplexer::Tmux));
        assert!(!inside.asks_kitty() && read(&[]).asks_kitty());
        assert_eq!(read(&[("TERM", "screen")]).multiplexer, Some(Multiplexer::Screen));
        assert!(read(&[("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")]).over_ssh);
        assert!(!read(&[]).over_ssh);
    }

    #[test]
    fn switches_are_off_at_zero() {
        assert!(read(&[]).mouse && !read(&[("STILLROOM_MOUSE", "0")]).mouse);
        assert!(
            read(&[("STILLROOM_ASCII", "1")]).ascii && !read(&[("STILLROOM_ASCII", "0")]).ascii
        );
    }

    #[test]
    fn notifications_go_the_way_that_the_terminal_is_known_for() {
        let notifier = |variables: &[(&str, &str)]| read(variables).notifier;
        assert_eq!(notifier(&[("TERM", "xterm-kitty")]), Notifier::Osc99);
        assert_eq!(notifier(&[("TERM_PROGRAM", "WezTerm")]), Notifier::Osc9);
        assert_eq!(notifier(&[("TERM", "foot-extra")]), Notifier::Osc777);
        assert_eq!(notifier(&[("TERM", "xterm-256color")]), Notifier::Bell);
        assert_eq!(notifier(&[("TERM", "xterm-kitty"), ("TMUX", "x")]), Notifier::Bell);
        assert_eq!(notifier(&[("STILLROOM_NOTIFICATIONS", "off")]), Notifier::Off);
    }

    #[test]
    fn the_background_is_the_last_number() {
        let of = |value| read(&[("COLORFGBG", value)]).background;
        assert_eq!(of("15;0"), Some(Background::Dark));
        assert_eq!(of("0;default;15"), Some(Background::Light));
        assert_eq!((of("0;default"), of("")), (None, None));
    }
}
