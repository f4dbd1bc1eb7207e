//! A theme: a style for every role, and the four that come with the program.
//!
//! `dark` and `light` leave the terminal its own foreground and background and choose what reads well on
//! them; `high-contrast` brings its own; `monochrome` has no colour at all. Emphasis that must survive on
//! poor terminals is bold, dim or reversed, and what a colour says, a word or a sign says too.

use ratatui::style::{Color, Modifier, Style};

use super::{
    colour::Paint,
    role::{ROLES, Role},
};
use crate::tui::settings::ColourDepth;

/// The style of a role on every terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleStyle {
    /// Foreground; the terminal's own where there is none.
    pub fg: Option<Paint>,
    /// Background; the terminal's own where there is none.
    pub bg: Option<Paint>,
    /// Emphasis.
    pub modifier: Modifier,
    /// Further emphasis where there are only 16 colours or none.
    pub poor: Modifier,
}

/// Styles of all roles.
pub type RoleStyles = [RoleStyle; ROLES];

const NOTHING: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;

const fn plain(modifier: Modifier) -> RoleStyle {
    RoleStyle { fg: None, bg: None, modifier, poor: NOTHING }
}

const fn fg(rgb: u32, named: Color, modifier: Modifier) -> RoleStyle {
    RoleStyle { fg: Some(Paint::new(rgb, named)), ..plain(modifier) }
}

/// Grey where there is grey, dim elsewhere.
const fn grey(rgb: u32) -> RoleStyle {
    RoleStyle { poor: DIM, ..fg(rgb, Color::Reset, NOTHING) }
}

/// A background where there are fine ones, bold elsewhere.
const fn row(rgb: u32) -> RoleStyle {
    RoleStyle { bg: Some(Paint::new(rgb, Color::Reset)), poor: BOLD, ..plain(NOTHING) }
}

const DARK: RoleStyles = [
    plain(NOTHING),
    grey(0x009a_a0aa),
    plain(BOLD),
    fg(0x0056_b6c2, Color::Cyan, BOLD),
    fg(0x0056_b6c2, Color::Cyan, NOTHING),
    fg(0x00d0_8be0, Color::Magenta, NOTHING),
    fg(0x0098_c379, Color::Green, NOTHING),
    fg(0x00e5_c07b, Color::Yellow, NOTHING),
    fg(0x00f2_777a, Color::Red, BOLD),
    grey(0x0075_7c88),
    fg(0x0056_b6c2, Color::Cyan, BOLD),
    row(0x002c_3340),
    plain(NOTHING),
    fg(0x0056_b4e9, Color::Cyan, NOTHING),
    fg(0x00e6_9f00, Color::Yellow, NOTHING),
    fg(0x00d9_86b4, Color::Magenta, NOTHING),
    fg(0x002f_bf8f, Color::Green, NOTHING),
    fg(0x00f0_e442, Color::LightYellow, NOTHING),
    fg(0x007a_a2f7, Color::LightBlue, NOTHING),
    fg(0x00ee_7b4c, Color::LightRed, NOTHING),
    fg(0x00c0_c5ce, Color::Gray, NOTHING),
];

const LIGHT: RoleStyles = [
    plain(NOTHING),
    grey(0x005f_6672),
    plain(BOLD),
    fg(0x0000_6b85, Color::Blue, BOLD),
    fg(0x0000_6b85, Color::Blue, NOTHING),
    fg(0x008b_2fa8, Color::Magenta, NOTHING),
    fg(0x0026_752c, Color::Green, NOTHING),
    // Yellow is unreadable on the white of many terminals.
    fg(0x008f_5400, Color::Red, NOTHING),
    fg(0x00b8_1c28, Color::Red, BOLD),
    grey(0x0080_8692),
    fg(0x0000_6b85, Color::Blue, BOLD),
    row(0x00dd_e7f2),
    plain(NOTHING),
    fg(0x0000_66a0, Color::Blue, NOTHING),
    fg(0x00a3_5200, Color::Red, NOTHING),
    fg(0x00a0_387a, Color::Magenta, NOTHING),
    fg(0x0000_7250, Color::Green, NOTHING),
    fg(0x0073_6200, Color::Yellow, NOTHING),
    fg(0x005a_48d0, Color::LightBlue, NOTHING),
    fg(0x00b8_1c28, Color::LightRed, NOTHING),
    fg(0x0055_5b66, Color::DarkGray, NOTHING),
];

const HIGH_CONTRAST: RoleStyles = [
    plain(NOTHING),
    plain(NOTHING),
    plain(BOLD),
    fg(0x0000_ffff, Color::LightCyan, BOLD),
    fg(0x0000_ffff, Color::LightCyan, NOTHING),
    fg(0x00ff_a0ff, Color::LightMagenta, NOTHING),
    fg(0x0000_ff60, Color::LightGreen, NOTHING),
    fg(0x00ff_ff00, Color::LightYellow, BOLD),
    fg(0x00ff_9090, Color::LightRed, Modifier::BOLD.union(Modifier::UNDERLINED)),
    plain(NOTHING),
    fg(0x0000_ffff, Color::LightCyan, BOLD),
    plain(Modifier::REVERSED),
    RoleStyle {
        fg: Some(Paint::new(0x00ff_ffff, Color::White)),
        bg: Some(Paint::new(0x0000_0000, Color::Black)),
        ..plain(NOTHING)
    },
    fg(0x0000_ffff, Color::LightCyan, NOTHING),
    fg(0x00ff_ff00, Color::LightYellow, NOTHING),
    fg(0x00ff_a0ff, Color::LightMagenta, NOTHING),
    fg(0x0000_ff60, Color::LightGreen, NOTHING),
    fg(0x00ff_b060, Color::Yellow, NOTHING),
    fg(0x00a8_c8ff, Color::LightBlue, NOTHING),
    fg(0x00ff_9090, Color::LightRed, NOTHING),
    fg(0x00ff_ffff, Color::White, NOTHING),
];

const MONOCHROME: RoleStyles = [
    plain(NOTHING),
    plain(DIM),
    plain(BOLD),
    plain(BOLD),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(BOLD),
    plain(DIM),
    plain(BOLD),
    plain(Modifier::REVERSED),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
    plain(NOTHING),
];

/// The themes that come with the program.
pub const THEMES: [(&str, &RoleStyles); 4] = [
    ("dark", &DARK),
    ("light", &LIGHT),
    ("high-contrast", &HIGH_CONTRAST),
    ("monochrome", &MONOCHROME),
];

/// The styles of a theme on one terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Styles([Style; ROLES]);

impl Styles {
    /// The style of a role.
    pub const fn style(&self, role: Role) -> Style {
        self.0[role.index()]
    }

    /// A theme on a terminal with so many colours.
    pub const fn new(roles: &RoleStyles, depth: ColourDepth) -> Self {
        let mut styles = [Style::new(); ROLES];
        let mut index = 0;
        while index < ROLES {
            let role = roles[index];
            let mut style = Style::new().add_modifier(role.modifier);
            if matches!(depth, ColourDepth::Named | ColourDepth::None) {
                style = style.add_modifier(role.poor);
            }
            style.fg = colour(role.fg, depth);
            style.bg = colour(role.bg, depth);
            styles[index] = style;
            index += 1;
        }
        Self(styles)
    }
}

const fn colour(paint: Option<Paint>, depth: ColourDepth) -> Option<Color> {
    match paint {
        Some(paint) => match paint.at(depth) {
            // The terminal's own colour is no colour of a role: what lies below may have one.
            Some(Color::Reset) | None => None,
            Some(colour) => Some(colour),
        },
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::look::colour::{contrast, rgb_of};

    fn rgb(paint: Paint, depth: ColourDepth) -> [u8; 3] {
        match paint.at(depth) {
            Some(Color::Rgb(red, green, blue)) => [red, green, blue],
            Some(Color::Indexed(index)) => rgb_of(index),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_reads_well_on_the_background_that_it_is_made_for() {
        let cases: [(&RoleStyles, &[[u8; 3]], f64); 3] = [
            (&DARK, &[[0; 3], [0x1e; 3]], 4.5),
            (&LIGHT, &[[0xff; 3], [0xf5; 3]], 4.5),
            (&HIGH_CONTRAST, &[[0; 3]], 7.0),
        ];
        for (theme, backgrounds, least) in cases {
            for (index, role) in theme.iter().enumerate() {
                let Some(paint) = role.fg else { continue };
                // A border is no text.
                let least = if index == Role::Border.index() { 3.0 } else { least };
                for background in backgrounds {
                    for depth in [ColourDepth::True, ColourDepth::Indexed] {
                        let ratio = contrast(rgb(paint, depth), *background);
                        // The cube of 216 colours is coarse.
                        let least = if depth == ColourDepth::Indexed { least * 0.8 } else { least };
                        assert!(ratio >= least, "{index}: {paint:?} {ratio:.1} < {least}");
                    }
                }
            }
        }
    }

    #[test]
    fn series_differ_at_every_depth() {
        for (name, theme) in &THEMES[..3] {
            for depth in [ColourDepth::True, ColourDepth::Indexed, ColourDepth::Named] {
                let mut colours: Vec<_> = (0..8)
                    .map(|number| Styles::new(theme, depth).style(Role::Series(number)).fg.unwrap())
                    .map(|colour| format!("{colour:?}"))
                    .collect();
                colours.sort();
                colours.dedup();
                assert_eq!(colours.len(), 8, "{name} {depth:?}");
            }
        }
    }

    #[test]
    fn without_colours_no_theme_has_one() {
        for (name, theme) in THEMES {
            let styles = Styles::new(theme, ColourDepth::None);
            assert!(
                styles.0.iter().all(|style| style.fg.is_none() && style.bg.is_none()),
                "{name}"
            );
        }
        let monochrome = Styles::new(&MONOCHROME, ColourDepth::True);
        assert!(monochrome.0.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
    }
}
