//! What the environment says about the terminal and the user's wishes, read once at the rim.
//!
//! In go environment variables, out comes a value that the rest of the room passes along; a look-up
//! function stands for the environment, so every rule below has a test.

use thiserror::Error;

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

/// Words for `STILLROOM_IMAGES`.
const IMAGE_CHOICES: [(&str, ImageChoice); 5] = [
    ("sixel", ImageChoice::Sixel),
    ("halfblocks", ImageChoice::HalfBlocks),
    ("kitty", ImageChoice::Kitty),
    ("iterm2", ImageChoice::Iterm2),
    ("none", ImageChoice::None),
];

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

/// A program between this one and the terminal, through which graphics pass badly or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// tmux, which lets wrapped graphics through.
    Tmux,
    /// GNU screen.
    Screen,
}

/// What the environment says.
// Each switch is one variable of the environment; none excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `STILLROOM_IMAGES`.
    pub images: Option<ImageChoice>,
    /// `STILLROOM_ASCII`: no box drawing, no braille, nothing beyond ASCII.
    pub ascii: bool,
    /// `STILLROOM_MOUSE`, on unless it is 0.
    pub mouse: bool,
    /// Colours of text cells, from `NO_COLOR`, `COLORTERM` and `TERM`.
    pub depth: ColourDepth,
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

/// A variable with a value that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "STILLROOM_IMAGES is `{found}`; it can be sixel, halfblocks, kitty, iterm2 or none, or be left unset"
)]
pub struct SettingsError {
    /// What it is.
    pub found: String,
}

impl Settings {
    /// The settings of this process.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// The settings that the variables of `get` mean. An empty variable counts as unset.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let is_on = |name: &str| get(name).is_some_and(|value| value != "0");
        let images = match get("STILLROOM_IMAGES") {
            None => None,
            Some(word) => match IMAGE_CHOICES.iter().find(|row| row.0 == word) {
                Some(row) => Some(row.1),
                None => return Err(SettingsError { found: word }),
            },
        };
        let term = get("TERM").unwrap_or_default();
        let program = get("TERM_PROGRAM").unwrap_or_default();
        let multiplexer = if get("TMUX").is_some() || term.starts_with("tmux") {
            Some(Multiplexer::Tmux)
        } else if get("STY").is_some() || term.starts_with("screen") {
            Some(Multiplexer::Screen)
        } else {
            None
        };
        let names_iterm2 = ["iTerm", "WezTerm", "mintty", "vscode", "Tabby", "Hyper"]
            .iter()
            .any(|name| program.contains(name))
            || get("LC_TERMINAL").is_some_and(|name| name.contains("iTerm"));
        Ok(Self {
            images,
            ascii: is_on("STILLROOM_ASCII"),
            mouse: get("STILLROOM_MOUSE").is_none_or(|value| value != "0"),
            depth: depth(get("NO_COLOR").is_some(), get("COLORTERM").as_deref(), &term),
            over_ssh: get("SSH_CONNECTION").is_some() || get("SSH_TTY").is_some(),
            multiplexer,
            graphics_unfit: get("WEZTERM_EXECUTABLE").is_some() || get("KONSOLE_VERSION").is_some(),
            iterm2: names_iterm2,
            test_panic: is_on("STILLROOM_TEST_PANIC"),
        })
    }
}

fn depth(no_color: bool, colorterm: Option<&str>, term: &str) -> ColourDepth {
    if no_color || term == "dumb" || term.starts_with("vt") {
        ColourDepth::None
    } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        ColourDepth::True
    } else if term.contains("256color") || term.starts_with("xterm") {
        ColourDepth::Indexed
    } else {
        ColourDepth::Named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Settings {
        let get =
            |name: &str| variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        Settings::read(get).unwrap()
    }

    #[test]
    fn a_wrong_choice_of_images_is_named() {
        let error = Settings::read(|name| (name == "STILLROOM_IMAGES").then(|| "sixels".into()));
        let text = error.unwrap_err().to_string();
        assert!(text.contains("`sixels`") && text.contains("halfblocks"), "{text}");
    }

    #[test]
    fn colours_follow_the_terminal_and_the_user() {
        assert_eq!(read(&[("TERM", "xterm-256color")]).depth, ColourDepth::Indexed);
        let truecolor = [("TERM", "foot"), ("COLORTERM", "truecolor")];
        assert_eq!(read(&truecolor).depth, ColourDepth::True);
        assert_eq!(read(&[("TERM", "linux")]).depth, ColourDepth::Named);
        assert_eq!(read(&[("TERM", "xterm-direct"), ("NO_COLOR", "1")]).depth, ColourDepth::None);
        assert_eq!(read(&[("TERM", "xterm"), ("NO_COLOR", "")]).depth, ColourDepth::Indexed);
    }

    #[test]
    fn multiplexers_and_ssh_are_noticed() {
        let inside = read(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]);
        assert_eq!(inside.multiplexer, Some(Multiplexer::Tmux));
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
}
