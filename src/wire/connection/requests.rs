//! What a client asks, line by line. While an answer is worked for, the lines that come are looked through for
//! [`Wish::Ping`], which wants to know whether there is anybody at work; all others have their turn after it.

use std::{collections::VecDeque, future::pending};

use tokio::io::AsyncRead;

use crate::wire::{
    codec::{CodecError, Lines, decode},
    message::{MAX_LINE_BYTES, Request, Wish},
};

/// The longest line that may be a ping.
const PING_BYTES: usize = 100;

/// A line, the end of all lines, or why there is no end.
type Read = Result<Option<Vec<u8>>, CodecError>;

/// The requests of a client.
pub struct Requests<R> {
    lines: Lines<R>,
    /// What was read while something else was answered.
    ahead: VecDeque<Read>,
    ahead_bytes: usize,
}

impl<R: AsyncRead + Unpin> Requests<R> {
    /// Those that come out of `reader`.
    pub fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), ahead: VecDeque::new(), ahead_bytes: 0 }
    }

    /// The next line; `None` when the client has left. Nothing is lost when this future is dropped before it is done.
    pub async fn next(&mut self) -> Read {
        let Some(read) = self.ahead.pop_front() else { return self.lines.next().await };
        self.ahead_bytes -= weight(&read);
        read
    }

    /// The number of the next ping. What else comes is kept for [`next`](Self::next), about a line's longest; then
    /// this waits for ever. Nothing is lost when this future is dropped before it is done.
    pub async fn ping(&mut self) -> u64 {
        loop {
            let has_ended = self.ahead.back().is_some_and(|read| !matches!(read, Ok(Some(_))));
            if has_ended || self.ahead_bytes >= MAX_LINE_BYTES {
                return pending().await;
            }
            let read = self.lines.next().await;
            if let Ok(Some(line)) = &read
                && line.len() <= PING_BYTES
                && let Ok(Request { id, wish: Wish::Ping }) = decode(line)
            {
                return id;
            }
            self.ahead_bytes += weight(&read);
            self.ahead.push_back(read);
        }
    }
}

/// About how much memory it takes.
fn weight(read: &Read) -> usize {
    size_of::<Read>() + read.as_ref().map_or(0, |line| line.as_ref().map_or(0, Vec::len))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{io::AsyncWriteExt, runtime::Builder, time::timeout};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    /// With a stream of so many bytes.
    fn with<F: Future>(bytes: &[u8], test: impl FnOnce(Requests<tokio::io::DuplexStream>) -> F) {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut near, far) = tokio::io::duplex(64 << 20);
            near.write_all(bytes).await.unwrap();
            drop(near);
            test(Requests::new(far)).await;
        });
    }

    #[test]
    fn pings_go_before_what_was_asked_and_nothing_is_lost() {
        let lines = "{\"id\":1,\"ask\":\"list\"}\n{\"id\":2,\"ask\":\"ping\"}\nnonsense\n{\"id\":4,\"ask\":\"ping\"}\n";
        with(lines.as_bytes(), |mut requests| async move {
            assert_eq!((requests.ping().await, requests.ping().await), (2, 4));
            assert!(timeout(SHORT, requests.ping()).await.is_err(), "there are no more");
            let next = requests.next().await.unwrap();
            assert_eq!(next, Some(b"{\"id\":1,\"ask\":\"list\"}".to_vec()));
            assert_eq!(requests.next().await.unwrap(), Some(b"nonsense".to_vec()));
            assert_eq!(requests.next().await.unwrap(), None);
            assert_eq!(requests.next().await.unwrap(), None);
        });
    }

    #[test]
    fn what_is_asked_meanwhile_does_not_pile_up() {
        let line = [&vec![b'x'; 1 << 20][..], b"\n"].concat();
        let lines = [&line.repeat(20)[..], b"{\"id\":4,\"ask\":\"ping\"}\n"].concat();
        with(&lines, |mut requests| async move {
            assert!(timeout(SHORT, requests.ping()).await.is_err());
            assert!(requests.ahead_bytes <= MAX_LINE_BYTES + (2 << 20));
            for _ in 0..20 {
                assert_eq!(requests.next().await.unwrap().map(|line| line.len()), Some(1 << 20));
            }
            assert_eq!((requests.ahead_bytes, requests.ping().await), (0, 4));
        });
    }
}
