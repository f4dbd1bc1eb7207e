//! `stillroom presets [NAME]`: the specs that come with the program.

use serde_json::json;

use super::{failure::Failure, output};
use crate::spec::{
    fault::nearest,
    presets::{PRESETS, Preset},
};

/// The arguments of `presets`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print this preset, as a beginning for a spec of your own
    name: Option<String>,
}

/// Lists the presets, or prints one.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let describe = |preset: &Preset| json!({ "name": preset.name, "purpose": preset.purpose(), "spec": preset.text });
    match &args.name {
        Some(name) => {
            let preset = Preset::find(name).ok_or_else(|| unknown(name))?;
            if json { output::json(&describe(preset)) } else { output::text(preset.text) }
        }
        None if json => output::json(&PRESETS.iter().map(describe).collect::<Vec<_>>()),
        None => {
            let rows = PRESETS.iter().map(|preset| [preset.name, preset.purpose()]);
            output::table(&rows.map(|row| row.map(str::to_owned)).collect::<Vec<_>>())
        }
    }
}

fn unknown(name: &str) -> Failure {
    let near = nearest(name, PRESETS.iter().map(|preset| preset.name));
    let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Failure::Said(format!("there is no preset `{name}`{near}"))
}
