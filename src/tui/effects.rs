//! Does outside what `update` asks for. Heavy work goes to threads, wishes go to the link, and answers come
//! back as messages.

use std::{collections::BTreeMap, thread, time::Duration};

use tokio::{sync::mpsc::UnboundedSender, task, time::sleep};

use super::{
    export,
    media::Sheet,
    msg::{Effect, Msg},
};
use crate::{
    config::{ConfigDir, RemoteHost, Setting, Value, save::save},
    queue::{HostName, RunId},
    record::atomic,
    wire::message::Wish,
};

/// The ways out.
#[derive(Debug, Clone)]
pub struct Effects {
    /// To the event loop.
    pub messages: UnboundedSender<Msg>,
    /// To the daemon of each host.
    pub wishes: BTreeMap<HostName, UnboundedSender<Wish>>,
    /// The hosts that are other machines.
    pub remotes: BTreeMap<HostName, RemoteHost>,
    /// Where settings are written down.
    pub directory: Option<ConfigDir>,
}

impl Effects {
    /// Starts what an effect asks for; gives back what concerns the terminal.
    pub fn start(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Ask(host, wish) => {
                if let Some(wishes) = self.wishes.get(&host) {
                    // The link ends with the program.
                    let _ = wishes.send(wish);
                }
            }
            Effect::Decode { run, snapshot, bytes } => self.work(move || {
                let result = Sheet::decode(&bytes, snapshot).map_err(|error| error.to_string());
                Msg::Decoded { run, result }
            }),
            Effect::Encode { album, jobs } => self.work(move || {
                let tiles = jobs.iter().map(super::media::TileJob::make).collect();
                Msg::Encoded { album, tiles }
            }),
            Effect::Wait { millis, then } => {
                let messages = self.messages.clone();
                tokio::spawn(async move {
                    sleep(Duration::from_millis(millis)).await;
                    // Nobody listens any more only when the program ends.
                    let _ = messages.send(Msg::Due(then));
                });
            }
            Effect::Save { setting, value } => self.save(setting, value.as_ref()),
            Effect::SavePreset { name, text } => {
                let directory = self.directory.clone();
                self.work(move || Msg::Written(save_preset(directory.as_ref(), &name, &text)));
            }
            Effect::Film { run, sheets } => self.work(move || Msg::Written(film(run, &sheets))),
            Effect::WriteStudy { name, stands } => self.work(move || {
                let files = export::study(&name, &stands);
                Msg::Written(files.and_then(|files| write_files(&files)))
            }),
            Effect::Write(files) => self.work(move || Msg::Written(write_files(&files))),
            Effect::Panic => {
                // The one panic on purpose: a test that the terminal survives one needs it.
                #[allow(clippy::panic)]
                thread::spawn(|| panic!("STILLROOM_TEST_PANIC asked for this panic"));
            }
            terminal => return Some(terminal),
        }
        None
    }

    /// Settings are written in the order in which they were changed, and a small file is written at once.
    fn save(&self, setting: Setting, value: Option<&Value>) {
        let result = match &self.directory {
            Some(directory) => save(directory, setting, value).map_err(|error| error.to_string()),
            None => Err("not written down: there is no home directory".to_owned()),
        };
        // Nobody listens any more only when the program ends.
        let _ = self.messages.send(Msg::Saved(result));
    }

    fn work(&self, job: impl FnOnce() -> Msg + Send + 'static) {
        let messages = self.messages.clone();
        task::spawn_blocking(move || {
            // Nobody listens any more only when the program ends.
            let _ = messages.send(job());
        });
    }
}

fn save_preset(directory: Option<&ConfigDir>, name: &str, text: &str) -> Result<String, String> {
    let directory = directory.ok_or("there is no home directory to keep presets in")?;
    let path = directory.preset(name);
    let folder = directory.path().join("presets");
    let written =
        atomic::create_folder(&folder).and_then(|()| atomic::write(&path, text.as_bytes()));
    written.map_err(|error| error.to_string())?;
    Ok(format!("kept as preset {name}: {}", path.display()))
}

/// Milliseconds that a picture of a film stays.
const FILM_MILLIS: u32 = 120;

fn film(run: RunId, sheets: &[Sheet]) -> Result<String, String> {
    let sheets: Vec<&Sheet> = sheets.iter().collect();
    let bytes = export::gif(&sheets, None, FILM_MILLIS).map_err(|error| error.to_string())?;
    write_files(&[(export::file_name(&format!("run {run}, history"), "gif"), bytes)])
}

/// Writes files into the working directory; those of the same names are replaced.
fn write_files(files: &[(String, Vec<u8>)]) -> Result<String, String> {
    let folder = std::env::current_dir().map_err(|error| error.to_string())?;
    for (name, bytes) in files {
        let path = folder.join(name);
        atomic::write(&path, bytes).map_err(|error| error.to_string())?;
    }
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    Ok(format!("wrote {} into {}", names.join(", "), folder.display()))
}
