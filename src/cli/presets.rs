//! `stillroom presets [NAME]`: the specs that come with the program.

use serde_json::json;

use super::{failure::Failure, output, spec_source};
use crate::spec::{
    fault::nearest,
    presets::{PRESETS, Preset, purpose},
};

/// The arguments of `presets`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print this preset, as a beginning for a spec of your own
    name: Option<String>,
}

/// Lists the presets, or prints one.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let describe =
        |name: &str, text: &str| json!({ "name": name, "purpose": purpose(text), "spec": text });
    let own = spec_source::own_presets();
    let Some(name) = &args.name else {
        let shipped = PRESETS.iter().map(|preset| (preset.name, preset.text));
        let all = shipped.chain(own.iter().map(|own| (&*own.name, &*own.text)));
        if json {
            let all = all.map(|(name, text)| describe(name, text));
            return output::json(&all.collect::<Vec<_>>());
        }
        let rows = all.map(|(name, text)| [name.to_owned(), purpose(text).to_owned()]);
        return output::table(&rows.collect::<Vec<_>>());
    };
    let own = own.iter().find(|own| own.name == *name);
    let text = match (Preset::find(name), own) {
        (Some(preset), _) => preset.text,
        (None, Some(own)) => own.text.as_str(),
        (None, None) => return Err(unknown(name)),
    };
    if json { output::json(&describe(name, text)) } else { output::text(text) }
}

fn unknown(name: &str) -> Failure {
    let near = nearest(name, PRESETS.iter().map(|preset| preset.name));
    let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Failure::Said(format!("there is no preset `{name}`{near}"))
}
