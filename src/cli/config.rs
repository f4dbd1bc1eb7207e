//! `stillroom config path|show|default`: where settings, keys and what else is the user's own are, what is set,
//! and what could be.

use serde_json::{Value as Json, json};

use super::{failure::Failure, output};
use crate::{
    config::{
        Config, ConfigDir, DEFAULT_KEYS, DEFAULT_SETTINGS, SETTINGS, Value, directory::toml_files,
    },
    tui,
};

/// The arguments of `config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Name the files, and say which are there
    Path,
    /// Print what every setting is and who says so, and what is wrong with the files
    Show,
    /// Print the commented file of all settings, or of all keys, with their defaults
    Default {
        /// Which file
        #[arg(value_enum, default_value_t = File::Settings)]
        file: File,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// config.toml
    Settings,
    /// keys.toml
    Keys,
}

/// Does what is asked.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    match args.what {
        What::Path => path(json),
        What::Show => show(json),
        What::Default { file } => {
            let text = if file == File::Settings { DEFAULT_SETTINGS } else { DEFAULT_KEYS };
            if json { output::json(&text) } else { output::text(text) }
        }
    }
}

/// The files of a configuration directory, and which of them are there.
pub fn files(directory: &ConfigDir) -> Vec<String> {
    let said = |path: std::path::PathBuf| {
        let state = if path.exists() { "" } else { ", not there: defaults" };
        format!("{}{state}", path.display())
    };
    let own = [directory.themes(), directory.presets(), directory.studies()];
    let own = own.iter().flat_map(|folder| toml_files(folder)).map(said);
    [said(directory.settings()), said(directory.keys())].into_iter().chain(own).collect()
}

fn path(json: bool) -> Result<(), Failure> {
    let config = Config::of_process();
    let Some(directory) = config.directory else {
        let advice = "there is no home directory; set STILLROOM_CONFIG_DIR to a folder";
        return Err(Failure::Said(advice.to_owned()));
    };
    if json {
        return output::json(&json!({
            "directory": directory.path(),
            "settings": directory.settings(),
            "keys": directory.keys(),
            "themes": toml_files(&directory.themes()),
            "presets": toml_files(&directory.presets()),
            "studies": toml_files(&directory.studies()),
        }));
    }
    files(&directory).iter().try_for_each(|line| output::line(line))
}

fn show(json: bool) -> Result<(), Failure> {
    let config = Config::of_process();
    let keys = config.keys.clone();
    let choices = config.choices.clone();
    let executor = config.starting.executor.word();
    let faults: Vec<String> = tui::faults(config).iter().map(ToString::to_string).collect();
    if json {
        let value = |value: Value| match value {
            Value::Switch(on) => Json::from(on),
            Value::Word(word) => Json::from(word),
            Value::Number(number) => Json::from(number),
        };
        let settings = SETTINGS.iter().map(|row| {
            let chosen = choices.get(row.setting);
            let origin = chosen.origin.to_string();
            json!({ "key": row.key, "value": value(chosen.value), "from": origin })
        });
        let keys = keys.iter().map(|line| {
            json!({ "section": line.context, "action": line.action, "keys": line.keys, "line": line.line })
        });
        return output::json(&json!({
            "settings": settings.collect::<Vec<_>>(),
            "executor": executor,
            "keys": keys.collect::<Vec<_>>(),
            "faults": faults,
        }));
    }
    let settings = SETTINGS.iter().map(|row| {
        let chosen = choices.get(row.setting);
        let set = format!("{} = {}", row.key, chosen.value.to_toml());
        [set, format!("# {}", chosen.origin)]
    });
    output::table(&settings.collect::<Vec<_>>())?;
    output::line(&format!("executor = \"{executor}\""))?;
    for line in &keys {
        let place = line.line.map(|number| format!(", line {number}")).unwrap_or_default();
        let keys = line.keys.join("  ");
        output::line(&format!("{}.{}: {keys}  # keys.toml{place}", line.context, line.action))?;
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Said(faults.join("\n"))) }
}
