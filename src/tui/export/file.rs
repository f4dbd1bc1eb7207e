//! An export on its way into a file: all that it is made of, and where it goes.

use std::{
    env,
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::{Kind, file_name};
use crate::{
    figure::{FigureError, Format},
    study::{Stands, csv, figure},
};

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The figure of a study, or its cells.
    Study(Box<Stands>),
}

/// An export.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// What it shows, which names the file.
    pub title: String,
    /// As what.
    pub kind: Kind,
    /// What.
    pub what: What,
}

/// So many files of one name are counted through before it is given up.
const MOST: u32 = 1000;

impl Export {
    /// Writes it into the working directory, to a file that was not there.
    ///
    /// # Errors
    /// In words, when it cannot be drawn or written.
    pub fn write(&self) -> Result<PathBuf, String> {
        let folder = env::current_dir().map_err(|error| error.to_string())?;
        self.write_into(&folder)
    }

    fn write_into(&self, folder: &Path) -> Result<PathBuf, String> {
        let bytes = self.bytes().map_err(|error| error.to_string())?;
        for number in 1..MOST {
            let title =
                if number == 1 { self.title.clone() } else { format!("{} {number}", self.title) };
            let path = folder.join(file_name(&title, self.kind.extension()));
            let file = OpenOptions::new().write(true).create_new(true).open(&path);
            let failed = |error| format!("cannot write {}: {error}", path.display());
            match file {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
                Ok(mut file) => {
                    file.write_all(&bytes).map_err(failed)?;
                    return Ok(path);
                }
            }
        }
        Err(format!("{} is full of files of this name", folder.display()))
    }

    fn bytes(&self) -> Result<Vec<u8>, FigureError> {
        let format = match self.kind {
            Kind::Svg => Some(Format::Svg),
            Kind::Png => Some(Format::Png),
            Kind::Csv => None,
        };
        let What::Study(stands) = &self.what;
        match (&**stands, format) {
            (Stands::Table(table), Some(format)) => figure::of_table(table, format),
            (Stands::Search(table), Some(format)) => figure::of_search(table, format),
            (Stands::Table(table), None) => Ok(csv::of_table(table).into_bytes()),
            (Stands::Search(table), None) => Ok(csv::of_search(table).into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::study::{STUDIES, Study};

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let place = tempfile::tempdir().unwrap();
        let study = STUDIES.iter().find(|study| study.name == "cross-architecture-small").unwrap();
        let stands = Study::read(study.name, study.text).unwrap().stands(&[], &[]);
        let export = |kind| {
            let what = What::Study(Box::new(stands.clone()));
            Export { title: "Cross/architecture".to_owned(), kind, what }
        };
        let first = export(Kind::Csv).write_into(place.path()).unwrap();
        let second = export(Kind::Csv).write_into(place.path()).unwrap();
        assert_eq!(first.file_name().unwrap(), "cross-architecture.csv");
        assert_eq!(second.file_name().unwrap(), "cross-architecture-2.csv");
        assert!(fs::read_to_string(first).unwrap().starts_with("row,column,state"));
        let png = export(Kind::Png).write_into(place.path()).unwrap();
        assert!(image::open(png).is_ok());
        let svg = export(Kind::Svg).write_into(place.path()).unwrap();
        assert!(fs::read_to_string(svg).unwrap().starts_with("<svg"));
        let error = export(Kind::Csv).write_into(&place.path().join("none")).unwrap_err();
        assert!(error.starts_with("cannot write "), "{error}");
    }
}
