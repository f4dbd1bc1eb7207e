//! Over a way that can fall silent, whoever waits for a daemon asks it for a sign of life: after half of its patience
//! without a byte. When nothing comes for the other half either, the wait is over.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    client::{ClientError, Sender},
    codec::CodecError,
    message::Wish,
};

/// A wait for something that a daemon will say.
#[derive(Debug)]
pub struct Wait {
    silence: Duration,
    begun: Instant,
    /// When the last byte had come as it was looked last.
    heard: Instant,
    /// When a sign was asked for.
    asked: Option<Instant>,
}

impl Wait {
    /// One that ends after so long a silence.
    pub fn new(silence: Duration) -> Self {
        let now = Instant::now();
        Self { silence, begun: now, heard: now, asked: None }
    }

    /// With the last byte come at this moment, until when to wait before [`go_on`](Self::go_on).
    pub fn until(&mut self, last_byte: Instant) -> Instant {
        self.heard = last_byte.max(self.begun);
        self.heard + if self.is_asked() { self.silence } else { self.silence / 2 }
    }

    /// The time has come: asks for a sign, if nothing has come meanwhile.
    ///
    /// # Errors
    /// When a sign was asked for and has not come, or nothing can be asked any more.
    pub async fn go_on(
        &mut self,
        sender: &mut Sender,
        last_byte: Instant,
    ) -> Result<(), ClientError> {
        if last_byte > self.heard {
            return Ok(());
        }
        if self.is_asked() {
            return Err(ClientError::NoSign(self.silence));
        }
        match sender.send(Wish::Ping).await {
            // What has come is read first, and then why nothing more comes.
            Ok(_) | Err(ClientError::Codec(CodecError::Broken(_))) => {
                self.asked = Some(Instant::now());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn is_asked(&self) -> bool {
        self.asked.is_some_and(|at| at >= self.heard)
    }
}
