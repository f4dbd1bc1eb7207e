//! What keys do to pictures, and on the screen of a run besides.

use crossterm::event::KeyCode;

use super::{Entry, PICTURES, entry, plain};
use crate::tui::{
    action::{Action, Context::Run},
    key::Key,
};

/// Pictures.
pub(super) const ROWS: &[Entry] = &[
    entry(
        Action::Picture,
        &[Key::char('i')],
        "images now",
        "A picture now, at the next control point",
        &[Run],
    ),
    entry(
        Action::PreviousPicture,
        &[Key::char('[')],
        "history",
        "The picture before this one in the run's history",
        PICTURES,
    ),
    entry(Action::NextPicture, &[Key::char(']')], "history", "The next picture", PICTURES),
    entry(Action::FirstPicture, &[plain(KeyCode::Home)], "", "The first picture", PICTURES),
    entry(
        Action::NewestPicture,
        &[plain(KeyCode::End)],
        "",
        "The newest picture, and every newer one that comes",
        PICTURES,
    ),
    entry(
        Action::Play,
        &[Key::char(' ')],
        "play",
        "Play the history of the images from here, or stop",
        PICTURES,
    ),
    entry(
        Action::Film,
        &[Key::char('v')],
        "",
        "Play the history from its beginning, and write it as GIF into this folder",
        &[Run],
    ),
    entry(
        Action::Closer,
        &[Key::char('z')],
        "zoom",
        "Look at one class, then at one image, then at all again",
        &[Run],
    ),
    entry(
        Action::PreviousImage,
        &[Key::char(',')],
        "turn",
        "The class or image before, where one looks close; in a comparison, the pair before",
        PICTURES,
    ),
    entry(
        Action::NextImage,
        &[Key::char('.')],
        "turn",
        "The next class or image, where one looks close; in a comparison, the next pair",
        PICTURES,
    ),
    entry(
        Action::PreviousClasses,
        &[Key::char('{')],
        "classes",
        "The classes before, where not all of them fit",
        &[Run],
    ),
    entry(
        Action::NextClasses,
        &[Key::char('}')],
        "classes",
        "More classes, where not all of them fit",
        &[Run],
    ),
    entry(
        Action::PreviousRun,
        &[Key::char('K'), Key::char('<')],
        "",
        "The run before in the queue",
        &[Run],
    ),
    entry(Action::NextRun, &[Key::char('J'), Key::char('>')], "", "The next run", &[Run]),
    entry(
        Action::LogAxis,
        &[Key::char('L')],
        "",
        "Matching distance on a logarithmic or a linear axis",
        PICTURES,
    ),
    entry(Action::NewRun, &[Key::char('n')], "", "A new run from a preset", &[Run]),
];
