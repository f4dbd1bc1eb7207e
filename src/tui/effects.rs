//! Does outside what `update` asks for. Heavy work goes to threads, wishes go to the link, and answers come
//! back as messages.

use std::{thread, time::Duration};

use tokio::{sync::mpsc::UnboundedSender, task, time::sleep};

use super::{
    media::Sheet,
    msg::{Effect, Msg},
};
use crate::wire::message::Wish;

/// The ways out.
#[derive(Debug, Clone)]
pub struct Effects {
    /// To the event loop.
    pub messages: UnboundedSender<Msg>,
    /// To the daemon.
    pub wishes: UnboundedSender<Wish>,
}

impl Effects {
    /// Starts what an effect asks for; gives back what concerns the terminal.
    pub fn start(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Ask(wish) => {
                // The link ends with the program.
                let _ = self.wishes.send(wish);
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
            Effect::Panic => {
                // The one panic on purpose: a test that the terminal survives one needs it.
                #[allow(clippy::panic)]
                thread::spawn(|| panic!("STILLROOM_TEST_PANIC asked for this panic"));
            }
            terminal => return Some(terminal),
        }
        None
    }

    fn work(&self, job: impl FnOnce() -> Msg + Send + 'static) {
        let messages = self.messages.clone();
        task::spawn_blocking(move || {
            // Nobody listens any more only when the program ends.
            let _ = messages.send(job());
        });
    }
}
