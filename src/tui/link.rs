//! The way to the daemon: connects, starts a daemon where there is none, and connects again when it is lost.
//!
//! Wishes go in, news comes out. Each reply comes with the wish that it answers. What was asked and not
//! answered when a connection broke is forgotten; the screen asks anew for what it still wants, from the
//! last sequence number that it has.

use std::{collections::HashMap, time::Duration};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    time::sleep,
};

use super::msg::Msg;
use crate::{
    queue::Places,
    wire::{
        client::{Client, ClientError, Daemon},
        connect_or_start,
        message::{Answer, Message, Wish},
    },
};

/// Pauses between attempts to connect: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Something about the daemon.
#[derive(Debug)]
pub enum LinkNews {
    /// It answers.
    Connected(Daemon),
    /// It does not, and why.
    Lost(String),
    /// It answered a wish.
    Replied {
        /// The wish.
        wish: Wish,
        /// The answer.
        answer: Answer,
    },
    /// It told something.
    Pushed(Message),
}

/// Keeps the connection for as long as `wishes` come, which is the life of the program.
pub async fn keep(places: Places, mut wishes: UnboundedReceiver<Wish>, news: UnboundedSender<Msg>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let end = match connect_or_start(&places).await {
            Ok(client) => {
                pause = FIRST_PAUSE;
                // What was wished of a daemon that is gone is not wished of the next one.
                while wishes.try_recv().is_ok() {}
                if news.send(Msg::Link(LinkNews::Connected(client.daemon.clone()))).is_err() {
                    return;
                }
                converse(client, &mut wishes, &news).await
            }
            Err(error) => Some(error),
        };
        let Some(error) = end else { return };
        if news.send(Msg::Link(LinkNews::Lost(error.to_string()))).is_err() {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Talks until the connection breaks; `None` when there is nobody to talk for.
async fn converse(
    client: Client,
    wishes: &mut UnboundedReceiver<Wish>,
    news: &UnboundedSender<Msg>,
) -> Option<ClientError> {
    let (mut sender, mut receiver) = client.into_halves();
    let mut asked: HashMap<u64, Wish> = HashMap::new();
    loop {
        let item = tokio::select! {
            wish = wishes.recv() => {
                let wish = wish?;
                match sender.send(wish.clone()).await {
                    Ok(id) => asked.insert(id, wish),
                    Err(error) => return Some(error),
                };
                continue;
            }
            message = receiver.next() => match message {
                Err(error) => return Some(error),
                Ok(Message::Reply { id, answer }) => match asked.remove(&id) {
                    Some(wish) => LinkNews::Replied { wish, answer },
                    None => continue,
                },
                Ok(message) => LinkNews::Pushed(message),
            },
        };
        news.send(Msg::Link(item)).ok()?;
    }
}
