//! Colours for terminals that have all of them, 256 or 16: from a table or a user's word to each.

use ratatui::style::Color;

use super::super::settings::ColourDepth;

/// One colour as every terminal can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// With 24 bits.
    pub full: Color,
    /// With the 256 colours of xterm.
    pub indexed: Color,
    /// With the terminal's own 16.
    pub named: Color,
}

impl Paint {
    /// A colour by its red, green and blue (`0xrrggbb`), and the named one that stands for it.
    pub const fn new(rgb: u32, named: Color) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        let indexed = Color::Indexed(nearest_index([red, green, blue]));
        Self { full: Color::Rgb(red, green, blue), indexed, named }
    }

    /// One of the terminal's own colours, everywhere.
    pub const fn named(named: Color) -> Self {
        Self { full: named, indexed: named, named }
    }

    /// The colour of a terminal with this depth.
    pub const fn at(self, depth: ColourDepth) -> Option<Color> {
        match depth {
            ColourDepth::True => Some(self.full),
            ColourDepth::Indexed => Some(self.indexed),
            ColourDepth::Named => Some(self.named),
            ColourDepth::None => None,
        }
    }

    /// The colour that a word of a theme names: `#rrggbb`, `#rgb`, a number of the 256, or a name.
    pub fn of_word(word: &str) -> Option<Self> {
        if let Some(digits) = word.strip_prefix('#') {
            let rgb = hex(digits)?;
            let [red, green, blue] = rgb;
            let indexed = Color::Indexed(nearest_index(rgb));
            return Some(Self {
                full: Color::Rgb(red, green, blue),
                indexed,
                named: nearest_name(rgb),
            });
        }
        if let Ok(index) = word.parse::<u8>() {
            let indexed = Color::Indexed(index);
            return Some(Self { full: indexed, indexed, named: nearest_name(rgb_of(index)) });
        }
        NAMES.iter().find(|row| row.0 == word).map(|row| Self::named(row.1))
    }
}

/// The names of the 16 colours, in the order of the terminal.
pub const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// The 16 as xterm has them.
const SIXTEEN: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The steps of each channel in the cube of 216 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Red, green and blue of one of the 256 colours.
pub const fn rgb_of(index: u8) -> [u8; 3] {
    match index {
        0..16 => SIXTEEN[index as usize],
        16..232 => {
            let cube = index - 16;
            [STEPS[cube as usize / 36], STEPS[cube as usize / 6 % 6], STEPS[cube as usize % 6]]
        }
        232.. => [8 + (index - 232) * 10; 3],
    }
}

const fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let red = a[0].abs_diff(b[0]) as u32;
    let green = a[1].abs_diff(b[1]) as u32;
    let blue = a[2].abs_diff(b[2]) as u32;
    red * red + green * green + blue * blue
}

/// The nearest of the 240 colours that no terminal's theme changes.
const fn nearest_index(rgb: [u8; 3]) -> u8 {
    let (mut best, mut index) = (16, 17);
    loop {
        if distance(rgb, rgb_of(index)) < distance(rgb, rgb_of(best)) {
            best = index;
        }
        if index == 255 {
            return best;
        }
        index += 1;
    }
}

fn nearest_name(rgb: [u8; 3]) -> Color {
    let nearest = SIXTEEN.iter().zip(&NAMES).min_by_key(|(known, _)| distance(rgb, **known));
    nearest.map_or(Color::Gray, |(_, row)| row.1)
}

fn hex(digits: &str) -> Option<[u8; 3]> {
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    let [_, red, green, blue] = value.to_be_bytes();
    match digits.len() {
        6 => Some([red, green, blue]),
        3 => {
            let nibble = |shift: u32| ((value >> shift & 0xf) * 17) as u8;
            Some([nibble(8), nibble(4), nibble(0)])
        }
        _ => None,
    }
}

/// The ratio of contrast between two colours, 1 to 21, as accessibility guidelines define it.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How bright a colour is to the eye, 0 to 1.
pub fn luminance(rgb: [u8; 3]) -> f64 {
    let channel = |value: u8| {
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = rgb.map(channel);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_themes_are_colours_of_every_depth() {
        let teal = Paint::of_word("#008787").unwrap();
        assert_eq!(teal.full, Color::Rgb(0, 0x87, 0x87));
        assert_eq!(teal.indexed, Color::Indexed(30));
        assert_eq!(teal.named, Color::Cyan);
        assert_eq!(Paint::of_word("#f00").unwrap().named, Color::LightRed);
        assert_eq!(Paint::of_word("208").unwrap().full, Color::Indexed(208));
        assert_eq!(Paint::of_word("bright-blue").unwrap().full, Color::LightBlue);
        for wrong in ["", "#12", "#gggggg", "#1234567", "256", "-1", "teal", "#+12", "#é1"] {
            assert_eq!(Paint::of_word(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((contrast([255; 3], [0x76; 3]) - 4.54).abs() < 0.01);
    }
}
