//! `stillroom presets [NAME]`: the specs that come with the program and those of the user's own.

use serde_json::json;

use super::{failure::Failure, output, spec_source};
use crate::{
    config::NamedText,
    spec::{
        fault::nearest,
        presets::{PRESETS, Preset, purpose},
    },
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
    let text = match (Preset::find(name), own.iter().find(|own| own.name == *name)) {
        (Some(preset), _) => preset.text,
        (None, Some(own)) => own.text.as_str(),
        (None, None) => return Err(unknown(name, &own)),
    };
    if json { output::json(&describe(name, text)) } else { output::text(text) }
}

fn unknown(name: &str, own: &[NamedText]) -> Failure {
    let shipped = PRESETS.iter().map(|preset| preset.name);
    let near = nearest(name, shipped.chain(own.iter().map(|own| &*own.name)));
    let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Failure::Said(format!("there is no preset `{name}`{near}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_finds_a_preset_of_the_users_own_too() {
        let (name, source, text) = ("sea-glass".to_owned(), String::new(), String::new());
        let own = [NamedText { name, source, text }];
        let said = |name: &str| unknown(name, &own).to_string();
        assert_eq!(said("sea-gls"), "there is no preset `sea-gls`; did you mean `sea-glass`?");
        assert!(said("first-lihgt").ends_with("; did you mean `first-light`?"));
        assert_eq!(said("zzz"), "there is no preset `zzz`");
    }
}
