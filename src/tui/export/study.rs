//! A study as files: its figure as SVG and as PNG, its cells as CSV.

use super::file_name;
use crate::{
    figure::Format,
    study::{Stands, csv, figure},
};

/// The files of a study, by their names.
///
/// # Errors
/// In words, when its figure cannot be drawn.
pub fn study(name: &str, stands: &Stands) -> Result<Vec<(String, Vec<u8>)>, String> {
    let drawn = |format| {
        let drawn = match stands {
            Stands::Table(table) => figure::of_table(table, format),
            Stands::Search(table) => figure::of_search(table, format),
        };
        drawn.map_err(|error| error.to_string())
    };
    let values = match stands {
        Stands::Table(table) => csv::of_table(table),
        Stands::Search(table) => csv::of_search(table),
    };
    Ok(vec![
        (file_name(name, "svg"), drawn(Format::Svg)?),
        (file_name(name, "png"), drawn(Format::Png)?),
        (file_name(name, "csv"), values.into_bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{STUDIES, Study};

    #[test]
    fn every_kind_of_study_is_three_files() {
        for name in ["cross-architecture-small", "continual-digits-small", "nas-small"] {
            let shipped = STUDIES.iter().find(|study| study.name == name).unwrap();
            let stands = Study::read(name, shipped.text).unwrap().stands(&[], &[]);
            let files = study(name, &stands).unwrap();
            let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
            assert_eq!(names, ["svg", "png", "csv"].map(|ending| format!("{name}.{ending}")));
            assert!(files[0].1.starts_with(b"<svg"));
            assert!(image::load_from_memory(&files[1].1).is_ok());
            assert!(files[2].1.starts_with(b"row,"));
        }
    }
}
