//! How things look: colours are roles, symbols come as a set, and the base is the terminal's own
//! foreground and background unless a theme brings one.
//!
//! ```text
//! theme (setting) ┐
//! background ─────┼─► Themes ─► Look ─► look.style(role), look.symbols()
//! colours, ASCII ─┘
//! ```

pub mod colour;
mod role;
mod symbols;
mod theme;
mod theme_file;

use ratatui::style::Style;

pub use role::{Role, SERIES};
pub use symbols::Symbols;
use theme::{RoleStyles, Styles, THEMES};
use theme_file::OwnTheme;

use super::settings::{ColourDepth, Settings};
use super::widgets::ramp::Ramp;
use crate::{
    config::{Config, ConfigDir, Setting},
    spec::{Fault, fault::nearest},
};

/// Whether a terminal is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Light text on dark.
    Dark,
    /// Dark text on light.
    Light,
}

impl Background {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// The look of all screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Nothing beyond ASCII.
    pub ascii: bool,
    /// Whether colours are used.
    pub colour: bool,
    /// How many colours there are.
    depth: ColourDepth,
    styles: &'static Styles,
}

static NAMED: Styles = Styles::new(THEMES[0].1, ColourDepth::Named);
static COLOURLESS: Styles = Styles::new(THEMES[0].1, ColourDepth::None);

impl Look {
    /// The dark theme in the terminal's own colours, which fit most backgrounds, or without any.
    pub const fn bare(ascii: bool, colour: bool) -> Self {
        let depth = if colour { ColourDepth::Named } else { ColourDepth::None };
        Self { ascii, colour, depth, styles: if colour { &NAMED } else { &COLOURLESS } }
    }

    /// The style of a role.
    pub const fn style(self, role: Role) -> Style {
        self.styles.style(role)
    }

    /// How shares are shown.
    pub const fn ramp(self) -> Ramp {
        Ramp::new(self.depth, self.ascii)
    }

    /// The symbols.
    pub const fn symbols(self) -> &'static Symbols {
        if self.ascii { &symbols::ASCII } else { &symbols::UNICODE }
    }
}

/// All themes: those of the program, and the user's own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Themes {
    own: Vec<OwnTheme>,
}

impl Themes {
    /// The themes of a configuration, and what is wrong with the user's own and with the choice of one.
    pub fn new(config: &Config) -> (Self, Vec<Fault>) {
        let (own, faults): (Vec<_>, Vec<_>) = config.themes.iter().map(theme_file::read).unzip();
        let mut faults: Vec<Fault> = faults.into_iter().flatten().collect();
        let themes = Self { own };
        let chosen = config.choices.word(Setting::Theme);
        if chosen != AUTO && themes.roles(&chosen).is_none() {
            let names = themes.names();
            let (source, line) = match config.choices.file.get(&Setting::Theme) {
                Some(set) if !config.choices.environment.contains_key(&Setting::Theme) => {
                    let file = config.directory.as_ref().map(ConfigDir::settings);
                    (file.map(|file| file.display().to_string()), set.line)
                }
                _ => (None, None),
            };
            let source = source.unwrap_or_else(|| "the environment".to_owned());
            let problem = format!("there is no theme `{chosen}`");
            let fault = Fault::new(&source, Setting::Theme.row().key, problem, names.join(", "));
            let nearest = nearest(&chosen, names.iter().map(String::as_str));
            faults.push(Fault { line, nearest, ..fault });
        }
        (themes, faults)
    }

    /// What the setting can be.
    pub fn names(&self) -> Vec<String> {
        let own = self.own.iter().map(|theme| theme.name.clone());
        let known = THEMES.iter().map(|theme| theme.0.to_owned());
        [AUTO.to_owned()].into_iter().chain(known).chain(own).collect()
    }

    /// The look by a theme's name. Where the name is `auto`, the background decides; where that is not known
    /// either, the dark theme in the terminal's own colours fits most.
    pub fn look(&self, name: &str, background: Option<Background>, settings: &Settings) -> Look {
        let Settings { ascii, depth, .. } = *settings;
        let (roles, depth) = match (self.roles(name), background) {
            (Some(roles), _) => (roles, depth),
            (None, Some(Background::Dark)) => (THEMES[0].1, depth),
            (None, Some(Background::Light)) => (THEMES[1].1, depth),
            (None, None) if depth == ColourDepth::None => (THEMES[0].1, depth),
            (None, None) => (THEMES[0].1, ColourDepth::Named),
        };
        // It lives as long as the program; there is one for each time that a theme is chosen.
        let styles = Box::leak(Box::new(Styles::new(roles, depth)));
        Look { ascii, colour: depth != ColourDepth::None, depth, styles }
    }

    fn roles(&self, name: &str) -> Option<&RoleStyles> {
        // A file of the user's goes before a theme of the program with its name.
        let own = self.own.iter().find(|theme| theme.name == name).map(|theme| &theme.roles);
        own.or_else(|| THEMES.iter().find(|theme| theme.0 == name).map(|theme| theme.1))
    }
}

/// The name that stands for a choice by the terminal's background.
const AUTO: &str = "auto";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ratatui::style::Color;

    use super::*;
    use crate::config::{NamedText, choices::Set, setting::Value};

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::read(|name| {
            variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned())
        })
    }

    fn accent(
        name: &str,
        background: Option<Background>,
        variables: &[(&str, &str)],
    ) -> Option<Color> {
        let look = Themes::default().look(name, background, &settings(variables));
        look.style(Role::Accent).fg
    }

    #[test]
    fn the_background_decides_where_the_user_does_not() {
        let full = [("COLORTERM", "truecolor")];
        let dark = accent("auto", Some(Background::Dark), &full);
        let light = accent("auto", Some(Background::Light), &full);
        assert_eq!((dark, light), (accent("dark", None, &full), accent("light", None, &full)));
        assert_ne!(dark, light);
        assert_eq!(accent("auto", None, &full), Some(Color::Cyan), "the terminal's own colours");
        assert_eq!(accent("light", Some(Background::Dark), &full), light);
        assert_eq!(accent("auto", Some(Background::Light), &[("NO_COLOR", "1")]), None);
        assert_eq!(accent("auto", None, &[("NO_COLOR", "1")]), None);
    }

    #[test]
    fn a_theme_that_is_not_there_is_told_and_auto_is_used() {
        let directory = Some(ConfigDir::at(Path::new("/c")));
        let mut config = Config { directory, ..Config::default() };
        config.themes.push(NamedText {
            name: "sea".to_owned(),
            source: "sea.toml".to_owned(),
            text: "accent = \"blue\"".to_owned(),
        });
        let set = |name: &str| Set { value: Value::Word(name.to_owned()), line: Some(3) };
        config.choices.file.insert(Setting::Theme, set("see"));
        let (themes, faults) = Themes::new(&config);
        assert_eq!(
            faults[0].to_string(),
            "/c/config.toml, line 3, `theme`: there is no theme `see`; allowed: auto, dark, light, \
             high-contrast, monochrome, sea; did you mean `sea`?"
        );
        let bare = settings(&[("TERM", "linux")]);
        assert_eq!(themes.look("see", None, &bare).style(Role::Accent).fg, Some(Color::Cyan));
        config.choices.file.insert(Setting::Theme, set("sea"));
        let (themes, faults) = Themes::new(&config);
        assert_eq!(faults, []);
        assert_eq!(themes.look("sea", None, &bare).style(Role::Accent).fg, Some(Color::Blue));
    }
}
