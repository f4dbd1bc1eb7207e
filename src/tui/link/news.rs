//! News on the way from the daemon to the screen. There is room for so much: a daemon that tells faster than the
//! screen takes in has to wait, and its messages do not pile up in memory.

use std::sync::Arc;

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use super::LinkNews;
use crate::queue::HostName;

/// Where news go in.
#[derive(Debug, Clone)]
pub struct NewsSender {
    host: HostName,
    items: UnboundedSender<(HostName, LinkNews, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    most: u32,
}

/// Where they come out.
#[derive(Debug)]
pub struct NewsReceiver(UnboundedReceiver<(HostName, LinkNews, OwnedSemaphorePermit)>);

/// A way with room for so much, in the measure of [`weight`](super::flood::weight).
pub fn channel(most: u32) -> (NewsSender, NewsReceiver) {
    let (items, taken) = unbounded_channel();
    let room = Arc::new(Semaphore::new(most as usize));
    (NewsSender { host: HostName::HERE, items, room, most }, NewsReceiver(taken))
}

impl NewsSender {
    /// The same for news of another host.
    #[must_use]
    pub fn of(&self, host: HostName) -> Self {
        Self { host, ..self.clone() }
    }

    /// Sends once there is room; false when nobody listens any more.
    pub async fn send(&self, news: LinkNews, weight: u32) -> bool {
        let weight = weight.min(self.most);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(weight).await else {
            return false;
        };
        self.items.send((self.host, news, room)).is_ok()
    }
}

impl NewsReceiver {
    /// The next, and whose; `None` when none can come.
    pub async fn recv(&mut self) -> Option<(HostName, LinkNews)> {
        self.0.recv().await.map(|(host, news, _)| (host, news))
    }

    /// The next, if it is there.
    pub fn try_recv(&mut self) -> Option<(HostName, LinkNews)> {
        self.0.try_recv().ok().map(|(host, news, _)| (host, news))
    }
}
