//! How things look: colours are roles, symbols come as a set, and the base is the terminal's own
//! foreground and background.
//!
//! Only the terminal's named colours are used, which its theme keeps readable; emphasis that must survive
//! without colour is bold, dim or reversed. What a colour says, a word or a symbol says too.

mod symbols;

use ratatui::style::{Color, Modifier, Style};

pub use symbols::Symbols;

use super::settings::{ColourDepth, Settings};

/// What a piece of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What stands behind: borders, units, labels.
    Quiet,
    /// Names of screens and panels.
    Title,
    /// What is selected, and keys in hints.
    Accent,
    /// The synthetic set's figures.
    Synthetic,
    /// The random baseline's figures.
    Random,
    /// Done and well.
    Good,
    /// Needs attention.
    Warning,
    /// Went wrong.
    Bad,
}

/// The look of all screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Nothing beyond ASCII.
    pub ascii: bool,
    /// Whether the named colours are used.
    pub colour: bool,
}

impl Look {
    /// The look that fits the environment.
    pub fn new(settings: &Settings) -> Self {
        Self { ascii: settings.ascii, colour: settings.depth != ColourDepth::None }
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let (colour, modifier) = match role {
            Role::Text => (None, Modifier::empty()),
            Role::Quiet => (None, Modifier::DIM),
            Role::Title => (None, Modifier::BOLD),
            Role::Accent => (Some(Color::Cyan), Modifier::BOLD),
            Role::Synthetic => (Some(Color::Cyan), Modifier::empty()),
            Role::Random => (Some(Color::Magenta), Modifier::empty()),
            Role::Good => (Some(Color::Green), Modifier::empty()),
            Role::Warning => (Some(Color::Yellow), Modifier::empty()),
            Role::Bad => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match colour.filter(|_| self.colour) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    /// The symbols.
    pub const fn symbols(self) -> &'static Symbols {
        if self.ascii { &symbols::ASCII } else { &symbols::UNICODE }
    }
}
