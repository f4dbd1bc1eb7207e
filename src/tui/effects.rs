//! Does outside what `update` asks for. Heavy work goes to threads, wishes go to the link, and answers come
//! back as messages.

use std::{collections::BTreeMap, sync::Arc, thread, time::Duration};

use tokio::{runtime, sync::mpsc::UnboundedSender, task, time::sleep};

use super::{
    export,
    media::Sheet,
    model::sending::SendNews,
    msg::{Effect, Msg, Unite, United},
};
use crate::{
    config::{ConfigDir, RemoteHost, Setting, Value, save::save},
    queue::{HostName, Places, RunId},
    record::atomic,
    wire::{
        Target,
        message::{FilledStudy, StudyName, Wish},
        send_data,
        ssh::Prompts,
        ssh_sharing::Sharing,
        studies::Studies,
    },
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
    /// The studies that this machine knows.
    pub studies: Arc<Studies>,
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
            Effect::SendData { host, set } => self.send_data(host, set),
            Effect::AskStudies { hosts, only } => {
                let (wishes, studies) = (self.wishes.clone(), Arc::clone(&self.studies));
                task::spawn_blocking(move || {
                    for (host, program) in hosts {
                        let name = only.clone().map(StudyName::known);
                        let asked = studies.to_ask(name.as_ref(), &program);
                        let wish = Wish::StudyRuns { studies: asked, brief: only.is_none() };
                        if let Some(wishes) = wishes.get(&host) {
                            // The link ends with the program.
                            let _ = wishes.send(wish);
                        }
                    }
                });
            }
            Effect::Unite { what, told } => {
                let studies = Arc::clone(&self.studies);
                self.work(move || Msg::United(unite(&studies, what, &told)));
            }
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

    /// Over a connection of its own, so that what is watched goes on, and on a thread of its own, since files are read.
    fn send_data(&self, host: HostName, set: String) {
        let (messages, remote) = (self.messages.clone(), self.remotes.get(&host).cloned());
        task::spawn_blocking(move || {
            let tell = |news: SendNews| {
                // Nobody listens any more only when the program ends.
                let _ = messages.send(Msg::DataGoes { host, set: set.clone(), news });
            };
            let sent = send_to(remote, &set, |bytes, of| tell(SendNews::There { bytes, of }));
            tell(sent.map_or_else(SendNews::Failed, SendNews::Done));
        });
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

/// Sends a data set of this machine; tells how far it is when that has changed by a hundredth. Gives back what the host
/// says.
fn send_to(
    remote: Option<RemoteHost>,
    set: &str,
    tell: impl Fn(u64, u64),
) -> Result<String, String> {
    let host = remote.ok_or("it is no other machine")?;
    let places = Places::find().map_err(|error| error.to_string())?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let files = send_data::files(set, places.data_dir()).map_err(|error| error.to_string())?;
    let mut told = None;
    let came = |bytes: u64, of: u64| {
        let share = Some(bytes * 100 / of.max(1));
        if told != share {
            told = share;
            tell(bytes, of);
        }
    };
    runtime.block_on(async {
        let target = Target::There(host);
        // The screen has the terminal: nobody can answer ssh there.
        let mut client = target
            .connect(Prompts::Nobody, Sharing::Allowed)
            .await
            .map_err(|error| error.to_string())?;
        let sent = send_data::send(&mut client, set, &files, places.data_dir(), came).await;
        sent.map_err(|error| error.to_string())
    })
}

fn unite(studies: &Studies, what: Unite, told: &[FilledStudy]) -> United {
    let show = |name: String| {
        let shown = studies.show_of(StudyName::known(name), told);
        Box::new(shown.map_err(|refusal| refusal.reason))
    };
    match what {
        Unite::List => United::List(studies.list_of(told)),
        Unite::Open(name) => United::Open(show(name)),
        Unite::Adding(name) => United::Adding(show(name)),
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
