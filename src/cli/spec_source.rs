//! Where a spec comes from: a file, a preset, or standard input, with `--set` over it.
//!
//! It is checked here, where faults can be told with the lines that the user sees, and sent as it was
//! typed. Only what means something else to the daemon than to the user, changes by `--set` and a
//! relative path of the data, makes the completed spec go out in its place.

use std::{
    fs,
    io::{self, Read},
    path::{self, Path, PathBuf},
};

use super::failure::Failure;
use crate::config::{Config, NamedText};
use crate::spec::{
    Spec,
    fault::nearest,
    parse::{Typed, parse},
    presets::{PRESETS, Preset},
};

/// The arguments of the commands that take a spec.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A spec: a TOML file, the name of a preset, or `-` for standard input; it can be left out where --set
    /// says what is wished beside the published values
    #[arg(required_unless_present = "set")]
    spec: Option<String>,
    /// Change a value of the spec, such as `ipc=10` or `condense.iterations=50`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// A spec that is ready to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// TOML.
    pub text: String,
    /// How messages call it.
    pub source: String,
}

/// Text, its name for messages, and the folder that relative paths in it start from.
pub struct Found {
    text: String,
    source: String,
    folder: PathBuf,
}

impl Found {
    /// The spec with changes over it.
    pub fn spec(&self, set: &[String]) -> Result<Spec, Failure> {
        let typed = Typed { source: &self.source, text: &self.text, set };
        parse(&typed).map_err(Failure::Spec)
    }
}

impl Args {
    /// Finds, reads and checks the spec.
    pub fn read(&self) -> Result<Ready, Failure> {
        let found = match &self.spec {
            Some(spec) => find(spec)?,
            None => published(),
        };
        let spec = found.spec(&self.set)?;
        ready(found, spec, &self.set)
    }
}

fn ready(found: Found, mut spec: Spec, set: &[String]) -> Result<Ready, Failure> {
    let relative = !spec.data.path.is_empty() && Path::new(&spec.data.path).is_relative();
    if relative {
        // What is typed on the command line starts from where it is typed.
        let typed_here = set.iter().any(|pair| pair.trim_start().starts_with("data.path"));
        let folder = if typed_here { Path::new(".") } else { &found.folder };
        let absolute = path::absolute(folder.join(&spec.data.path));
        let absolute = absolute
            .map_err(|source| Failure::Read { path: spec.data.path.clone().into(), source })?;
        spec.data.path = absolute.display().to_string();
    }
    if !relative && set.is_empty() {
        return Ok(Ready { text: found.text, source: found.source });
    }
    let mut lines = vec![format!("# {}", found.source)];
    lines.extend(set.iter().map(|pair| format!("# --set {}", pair.replace('\n', " "))));
    lines.push(spec.to_toml());
    // The lines of the completed text are not those that the user sees.
    Ok(Ready { text: lines.join("\n"), source: format!("{}, completed", found.source) })
}

/// Nothing but the published values.
fn published() -> Found {
    let (text, source) = (String::new(), "the published values".to_owned());
    Found { text, source, folder: ".".into() }
}

/// Finds and reads what was named: a file, a preset, or `-` for standard input.
pub fn find(spec: &str) -> Result<Found, Failure> {
    if spec == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(|source| Failure::Read { path: "standard input".into(), source })?;
        return Ok(Found { text, source: "standard input".to_owned(), folder: ".".into() });
    }
    if let Some(preset) = Preset::find(spec) {
        let source = format!("preset {}", preset.name);
        return Ok(Found { text: preset.text.to_owned(), source, folder: ".".into() });
    }
    if let Some(own) = own_presets().into_iter().find(|own| own.name == spec) {
        let source = format!("preset {}", own.name);
        return Ok(Found { text: own.text, source, folder: ".".into() });
    }
    match fs::read_to_string(spec) {
        Ok(text) => {
            let folder = Path::new(spec).parent().unwrap_or(Path::new("")).to_owned();
            Ok(Found { text, source: spec.to_owned(), folder })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unknown(spec)),
        Err(source) => Err(Failure::Read { path: spec.into(), source }),
    }
}

/// The presets of the user's own.
pub fn own_presets() -> Vec<NamedText> {
    Config::of_process().presets
}

fn unknown(spec: &str) -> Failure {
    let own = own_presets();
    let names = || PRESETS.iter().map(|preset| preset.name).chain(own.iter().map(|own| &*own.name));
    let near = nearest(spec, names());
    let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    let names: Vec<_> = names().collect();
    let names = names.join(", ");
    Failure::Said(format!("`{spec}` is neither a file nor a preset{near}\nPresets: {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spec: &str, set: &[&str]) -> Result<Ready, Failure> {
        let set = set.iter().map(|pair| (*pair).to_owned()).collect();
        Args { spec: (!spec.is_empty()).then(|| spec.to_owned()), set }.read()
    }

    fn parsed(ready: &Ready) -> Spec {
        parse(&Typed { source: "", text: &ready.text, set: &[] }).unwrap()
    }

    #[test]
    fn a_preset_goes_out_as_it_is_and_completed_when_something_was_set() {
        let plain = read("first-light", &[]).unwrap();
        assert_eq!(plain.text, PRESETS[0].text);
        let changed = read("first-light", &["seed=7", "device=cpu"]).unwrap();
        assert!(
            changed.text.starts_with("# preset first-light\n# --set seed=7\n# --set device=cpu\n")
        );
        assert_eq!((parsed(&changed).seed, parsed(&changed).name.as_str()), (7, "first light"));
    }

    #[test]
    fn without_a_spec_the_published_values_hold() {
        let changed = read("", &["continual.tasks=mnist-5k usps", "data.size=28x28"]).unwrap();
        assert!(changed.text.starts_with("# the published values\n# --set continual.tasks="));
        let spec = parsed(&changed);
        assert_eq!(spec.continual.sets().collect::<Vec<_>>(), ["mnist-5k", "usps"]);
    }

    #[test]
    fn a_relative_data_path_starts_from_the_spec_or_from_where_it_is_typed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        fs::write(&file, "[data]\nset = \"mnist\"\npath = \"files\"\n").unwrap();
        let file = file.to_str().unwrap();
        let path = |ready: &Ready| PathBuf::from(parsed(ready).data.path);
        assert_eq!(path(&read(file, &[]).unwrap()), folder.path().join("files"));
        let here = std::env::current_dir().unwrap().join("other");
        assert_eq!(path(&read(file, &["data.path=other"]).unwrap()), here);
    }

    #[test]
    fn faults_and_unknown_names_are_told() {
        let failure = read("first-light", &["ipcs=3", "seed=x"]).unwrap_err();
        assert_eq!(failure.to_string().lines().count(), 2);
        let failure = read("first-lihgt", &[]).unwrap_err().to_string();
        assert!(failure.starts_with(
            "`first-lihgt` is neither a file nor a preset; did you mean `first-light`?\nPresets: "
        ));
        assert!(matches!(read("/", &[]).unwrap_err(), Failure::Read { .. }));
    }
}
