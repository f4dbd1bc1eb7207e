//! The formats that sets are written in.

use std::{fmt, path::Path, str::FromStr};

use serde::Serialize;

/// A format to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// This program's own: safetensors with a JSON header.
    Safetensors,
    /// `images`, `labels` and `metadata.json` in one NumPy archive.
    Npz,
    /// A folder of PNG files per class and `set.json`.
    Png,
    /// A folder of `images.pt`, `labels.pt` and `images.json`.
    Tensors,
    /// The reference's `res_{method}_{data set}_{network}_{ipc}ipc.pt`.
    Res,
}

impl Format {
    /// Every format and its word.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Safetensors, "safetensors"),
        (Self::Npz, "npz"),
        (Self::Png, "png"),
        (Self::Tensors, "tensors"),
        (Self::Res, "res"),
    ];

    /// The format that the name of a path asks for.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "safetensors" => Some(Self::Safetensors),
            "npz" => Some(Self::Npz),
            "pt" | "pth" => Some(Self::Res),
            _ => None,
        }
    }

    /// Whether it is a folder.
    pub const fn is_folder(self) -> bool {
        matches!(self, Self::Png | Self::Tensors)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::ALL.iter().find(|(format, _)| format == self).map_or("", |(_, word)| word);
        f.pad(word)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text).map(|(format, _)| *format);
        found.ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|(_, word)| *word).collect();
            format!("`{text}` is not one of {}", words.join(", "))
        })
    }
}
