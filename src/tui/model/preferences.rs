//! What is set, what it is laid over, and what it comes to on this terminal.

use std::time::Duration;

use crate::{
    config::{Choices, Config, ConfigDir, Setting, Value, setting::Kind},
    spec::Fault,
    tui::{
        keymap::Keymap,
        look::{Look, Themes},
        media::reply::Replies,
        settings::{Environment, Settings},
    },
};

/// The fewest milliseconds between two frames where motion is reduced.
const REDUCED_FRAME_MILLIS: u64 = 250;

/// The user's settings over what is known of the terminal.
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    /// What is set.
    pub choices: Choices,
    /// Where it is written down; nowhere without a home directory.
    pub directory: Option<ConfigDir>,
    /// The themes to choose from.
    pub themes: Themes,
    /// What is wrong with the files and variables.
    pub faults: Vec<Fault>,
    /// What the environment says about the terminal.
    pub environment: Environment,
    /// What the terminal says about itself.
    pub replies: Replies,
    /// The selected row of the settings screen.
    pub selected: usize,
}

impl Preferences {
    /// A configuration as the screen understands it, with the effective keys; all its faults are in it.
    pub fn new(config: Config, environment: Environment) -> (Self, Keymap) {
        let (themes, theme_faults) = Themes::new(&config);
        let (keymap, key_faults) = Keymap::new(&config.keys);
        let Config { directory, choices, mut faults, .. } = config;
        faults.extend(key_faults);
        faults.extend(theme_faults);
        let unknown = Self { choices, directory, themes, faults, environment, ..Self::default() };
        (unknown, keymap)
    }

    /// What the choices come to on this terminal.
    pub fn settings(&self) -> Settings {
        Settings::new(&self.choices, &self.environment)
    }

    /// The look that they come to.
    pub fn look(&self) -> Look {
        let settings = self.settings();
        let background = self.replies.background.or(settings.background);
        self.themes.look(&self.choices.word(Setting::Theme), background, &settings)
    }

    /// The shortest time between two frames.
    pub fn frame(&self, remote: bool) -> Duration {
        let setting = if remote { Setting::FramesOverSsh } else { Setting::Frames };
        let millis = (1000.0 / self.choices.number(setting).max(1.0)) as u64;
        let reduced = self.choices.switch(Setting::ReducedMotion);
        Duration::from_millis(if reduced { millis.max(REDUCED_FRAME_MILLIS) } else { millis })
    }

    /// Bytes of pictures that may be sent in a second; `None` for any number, on this machine.
    pub fn picture_rate(&self) -> Option<f64> {
        let is_far = self.settings().over_ssh;
        is_far.then(|| self.choices.number(Setting::PicturesOverSsh) * 1024.0)
    }

    /// The value after or before the one that a setting has.
    pub fn neighbour(&self, setting: Setting, forward: bool) -> Value {
        let value = self.choices.get(setting).value;
        match (setting.row().kind, value) {
            (Kind::Number { range: (low, high), step, .. }, Value::Number(number)) => {
                // Steps are counted from the lowest, so that they do not drift.
                let steps = ((number - low) / step).round() + if forward { 1.0 } else { -1.0 };
                let rounded = ((low + steps * step) * 1e6).round() / 1e6;
                Value::Number(rounded.clamp(low, high))
            }
            (Kind::Word { .. }, Value::Word(word)) => {
                let words = self.words(setting);
                let here = words.iter().position(|known| *known == word).unwrap_or(0);
                let next = here + if forward { 1 } else { words.len().saturating_sub(1) };
                Value::Word(words.get(next % words.len().max(1)).cloned().unwrap_or(word))
            }
            (_, Value::Switch(on)) => Value::Switch(!on),
            (_, value) => value,
        }
    }

    /// The words that a setting can be.
    pub fn words(&self, setting: Setting) -> Vec<String> {
        match setting.row().kind {
            _ if setting == Setting::Theme => self.themes.names(),
            Kind::Word { words, .. } => words.iter().map(|word| (*word).to_owned()).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_round_or_stop_at_their_ends() {
        let mut preferences = Preferences::default();
        let theme = |preferences: &Preferences, forward| {
            preferences.neighbour(Setting::Theme, forward).to_string()
        };
        assert_eq!(theme(&preferences, true), "dark");
        assert_eq!(theme(&preferences, false), "monochrome");
        assert_eq!(preferences.neighbour(Setting::Mouse, true), Value::Switch(false));
        let mut smoothing = Vec::new();
        for _ in 0..25 {
            let next = preferences.neighbour(Setting::Smoothing, true);
            smoothing.push(next.to_string());
            preferences.choices.set(Setting::Smoothing, Some(next));
        }
        assert_eq!(&smoothing[..3], ["0.05", "0.1", "0.15"]);
        assert_eq!(smoothing.last().unwrap(), "0.99");
        preferences.choices.set(Setting::Frames, Some(Value::Number(1.0)));
        assert_eq!(preferences.neighbour(Setting::Frames, false), Value::Number(1.0));
    }

    #[test]
    fn frames_keep_to_their_limits() {
        let mut preferences = Preferences::default();
        assert_eq!(preferences.frame(false), Duration::from_millis(33));
        assert_eq!(preferences.frame(true), Duration::from_millis(100));
        preferences.choices.set(Setting::ReducedMotion, Some(Value::Switch(true)));
        assert_eq!(preferences.frame(false), Duration::from_millis(250));
    }
}
