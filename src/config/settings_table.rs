//! The one table of settings: the file, the settings screen and `stillroom config` are made from it.

use super::setting::{Kind, Row, Setting};

const fn word(words: &'static [&'static str], default: &'static str) -> Kind {
    Kind::Word { words, own: false, default }
}

/// What the place of a border between two parts of a screen can be, in percent; 0 leaves it to the window.
pub const SHARE: Kind = Kind::Number { range: (0.0, 90.0), step: 5.0, default: 0.0 };

/// The place of a border.
const fn share(
    setting: Setting,
    key: &'static str,
    label: &'static str,
    help: &'static str,
) -> Row {
    Row { setting, key, label, kind: SHARE, help }
}

/// All settings, in the order of the file and of the screen.
pub const SETTINGS: [Row; 20] = [
    Row {
        setting: Setting::Theme,
        key: "theme",
        label: "theme",
        kind: Kind::Word {
            words: &["auto", "dark", "light", "high-contrast", "monochrome"],
            own: true,
            default: "auto",
        },
        help: "The colours. auto chooses dark or light by the background that the terminal tells. \
               NAME is a theme of your own: themes/NAME.toml beside this file.",
    },
    Row {
        setting: Setting::Colours,
        key: "colours",
        label: "colours",
        kind: word(&["auto", "24bit", "256", "16", "none"], "auto"),
        help: "How many colours text has. auto follows NO_COLOR, COLORTERM and TERM.",
    },
    Row {
        setting: Setting::Images,
        key: "images",
        label: "images",
        kind: word(&["auto", "sixel", "kitty", "iterm2", "halfblocks", "none"], "auto"),
        help: "How pictures are shown. auto takes the best that the terminal says it has; \
               `stillroom doctor` tells which and why.",
    },
    Row {
        setting: Setting::Mouse,
        key: "mouse",
        label: "mouse",
        kind: Kind::Switch { default: true },
        help: "Whether clicks and the wheel are listened to. Off leaves selecting text to the terminal.",
    },
    Row {
        setting: Setting::Ascii,
        key: "ascii",
        label: "ASCII",
        kind: Kind::Switch { default: false },
        help: "Nothing beyond ASCII: no box drawing, no braille, no symbols.",
    },
    Row {
        setting: Setting::ReducedMotion,
        key: "reduced_motion",
        label: "reduced motion",
        kind: Kind::Switch { default: false },
        help: "Nothing plays by itself, and the screen changes four times a second at most.",
    },
    Row {
        setting: Setting::Notifications,
        key: "notifications",
        label: "notifications",
        kind: word(&["auto", "osc9", "osc777", "osc99", "bell", "off"], "auto"),
        help: "How the end or failure of a run is told while you look at another window. auto takes what \
               the terminal is known for, and the bell where it is known for nothing.",
    },
    Row {
        setting: Setting::Frames,
        key: "frames",
        label: "frames a second",
        kind: Kind::Number { range: (1.0, 60.0), step: 1.0, default: 30.0 },
        help: "How often the screen is drawn at most, on this machine.",
    },
    Row {
        setting: Setting::FramesOverSsh,
        key: "frames_over_ssh",
        label: "frames over SSH",
        kind: Kind::Number { range: (1.0, 30.0), step: 1.0, default: 10.0 },
        help: "How often the screen is drawn at most at the other end of an SSH connection.",
    },
    Row {
        setting: Setting::PicturesOverSsh,
        key: "pictures_over_ssh",
        label: "pictures on SSH",
        kind: Kind::Number { range: (8.0, 8192.0), step: 8.0, default: 256.0 },
        help: "How many KiB of pictures a second are sent at most at the other end of an SSH connection. \
               Those that come sooner wait, and the newest wins.",
    },
    Row {
        setting: Setting::Smoothing,
        key: "smoothing",
        label: "smoothing",
        kind: Kind::Number { range: (0.0, 0.99), step: 0.05, default: 0.0 },
        help: "How much the curves of a run are smoothed when it is opened: the weight of the moving \
               average, 0 for none.",
    },
    share(
        Setting::QueueRows,
        "queue_rows",
        "queue rows",
        "The height of the queue's list, where the preview stands below it, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::QueueColumns,
        "queue_columns",
        "queue columns",
        "The width of the queue's list, where the preview stands beside it, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::RunImages,
        "run_images",
        "run: images",
        "The height of a run's images, where its charts stand below them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::RunCharts,
        "run_charts",
        "run: charts",
        "The height of a run's charts, where its log stands below them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::RunColumns,
        "run_columns",
        "run: columns",
        "The width of a run's charts, where its images stand beside them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::CompareImages,
        "compare_images",
        "compare: images",
        "The height of a comparison's images, where its charts stand below them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::CompareColumns,
        "compare_columns",
        "compare: columns",
        "The width of a comparison's charts, where its images stand beside them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::StudyTable,
        "study_table",
        "study: table",
        "The height of a study's table, where its figures stand below it, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
    share(
        Setting::FormColumns,
        "form_columns",
        "form: columns",
        "The width of the form's fields, where what they come to stands beside them, in percent; 0 leaves it to the \
         window. The mouse moves this border.",
    ),
];
