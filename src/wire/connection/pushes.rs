//! What a client is told unasked: what becomes of the queue, and the logs of the runs that it watches.

use std::{collections::BTreeSet, future::pending, sync::Arc};

use tokio::{sync::watch, task::spawn_blocking};

use super::Connection;
use crate::{
    machine::{Figures, watch::Newest},
    queue::{Change, RunId},
    wire::{batches::batches, codec::CodecError, message::Message},
};

impl Connection {
    pub(super) async fn change(&mut self, change: Change) -> Result<(), CodecError> {
        match change {
            Change::Log(run) => self.watches.has_more(run),
            Change::Run(summary) => {
                // A client is told that a run has ended after the events that led there.
                let Some(summary) = self.watches.hold(summary) else { return Ok(()) };
                while self.watches.is_behind(summary.id) {
                    self.catch_up(summary.id).await?;
                }
                if self.watches_queue {
                    self.listed.insert(summary.id);
                    let run = Box::new(Arc::unwrap_or_clone(summary));
                    self.send(&Message::Run { run }).await?;
                }
            }
            Change::Gone(run) => {
                self.watches.gone(run);
                self.host.histories.forget(run);
                if self.watches_queue {
                    self.listed.remove(&run);
                    self.send(&Message::Gone { run }).await?;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn show_anew(&mut self) -> Result<(), CodecError> {
        self.watches.show_anew();
        if self.watches_queue {
            // A queue that cannot be asked has not lost its runs.
            let Ok(runs) = self.blocking(|host| host.queue.runs()).await else { return Ok(()) };
            let there: BTreeSet<RunId> = runs.iter().map(|run| run.id).collect();
            for run in self.listed.difference(&there).copied().collect::<Vec<_>>() {
                self.change(Change::Gone(run)).await?;
            }
            for run in runs {
                self.change(Change::Run(Arc::new(run))).await?;
            }
        }
        Ok(())
    }

    /// Sends the next events of a watched run.
    pub(super) async fn catch_up(&mut self, run: RunId) -> Result<(), CodecError> {
        if let Some(history) = self.watches.untold(run) {
            let history = Box::new(history);
            self.send(&Message::History { run, history }).await?;
        }
        let Some(mut tail) = self.watches.take(run) else { return Ok(()) };
        let read = spawn_blocking(move || {
            let events = tail.more();
            (tail, events)
        });
        let Ok((tail, events)) = read.await else { return Ok(()) };
        let events = events.unwrap_or_else(|error| {
            tracing::warn!("{error}");
            Vec::new()
        });
        self.watches.put_back(run, tail, !events.is_empty());
        for batch in batches(events) {
            self.send(&Message::Events { run, events: batch }).await?;
        }
        Ok(())
    }
}

/// The next figures of the machine; never any where it is not watched.
pub(super) async fn newest(machine: &mut Option<watch::Receiver<Newest>>) -> Arc<Figures> {
    while let Some(receiver) = machine {
        if receiver.changed().await.is_err() {
            break;
        }
        if let Some(figures) = receiver.borrow_and_update().clone() {
            return figures;
        }
    }
    pending().await
}
