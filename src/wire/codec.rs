//! Lines of JSON on a byte stream, each way at most [`MAX_LINE_BYTES`] long.

use std::{io, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::{Instant, timeout_at},
};

use super::message::MAX_LINE_BYTES;

/// A stream that does not keep to the protocol, or that broke.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// A line is longer than allowed.
    #[error("a line is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// A line is not the JSON that it should be.
    #[error("a line cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A line was begun and does not go on.
    #[error("the other side stopped in the middle of a message, and nothing came for {} s", .0.as_secs_f64())]
    Stopped(Duration),
    /// The stream broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
}

/// One message as a line.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    if line.len() > MAX_LINE_BYTES { Err(CodecError::TooLong) } else { Ok(line) }
}

/// One line as a message.
pub fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, CodecError> {
    Ok(serde_json::from_slice(line)?)
}

/// The lines of a stream.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    bytes: Vec<u8>,
    searched: usize,
    patience: Option<Duration>,
    last_byte: Instant,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, bytes: Vec::new(), searched: 0, patience: None, last_byte: Instant::now() }
    }

    /// The same, where a line that was begun may pause for so long.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// What was read beyond the last line, and where more comes from.
    pub fn into_rest(self) -> (Vec<u8>, R) {
        (self.bytes, self.reader)
    }

    /// When the last bytes came, or the reading began.
    pub const fn last_byte(&self) -> Instant {
        self.last_byte
    }

    /// The next line without its newline; `None` when the stream has ended, where half a line does not
    /// count. Nothing is lost when this future is dropped before it is done.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, CodecError> {
        loop {
            let unseen = &self.bytes[self.searched..];
            if let Some(length) = unseen.iter().position(|byte| *byte == b'\n') {
                let end = self.searched + length;
                let rest = self.bytes.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.bytes, rest);
                line.truncate(end);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.bytes.len();
            if self.searched >= MAX_LINE_BYTES {
                return Err(CodecError::TooLong);
            }
            self.bytes.reserve(4 << 10);
            if self.more().await? == 0 {
                return Ok(None);
            }
            self.last_byte = Instant::now();
        }
    }

    async fn more(&mut self) -> Result<usize, CodecError> {
        let is_begun = !self.bytes.is_empty();
        let more = self.reader.read_buf(&mut self.bytes);
        match self.patience.filter(|_| is_begun) {
            None => Ok(more.await?),
            // What has come is read first, however late it is.
            Some(patience) => match timeout_at(self.last_byte + patience, more).await {
                Ok(read) => Ok(read?),
                Err(_) => Err(CodecError::Stopped(patience)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::runtime::Builder;

    use super::*;
    use crate::wire::message::{Request, Wish};

    fn read_all(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Option<CodecError>) {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            // A duplex of `piece` bytes hands out at most so many at a time.
            let (mut near, far) = tokio::io::duplex(piece);
            let bytes = bytes.to_vec();
            let feed = tokio::spawn(async move {
                let _ = tokio::io::AsyncWriteExt::write_all(&mut near, &bytes).await;
            });
            let mut lines = Lines::new(far);
            let mut all = Vec::new();
            let end = loop {
                match lines.next().await {
                    Ok(Some(line)) => all.push(line),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            feed.abort();
            (all, end)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lines_arrive_whole_in_whatever_pieces(
            lines in prop::collection::vec("[a-z\u{e4}]{0,40}", 0..8),
            half in "[a-z]{0,9}",
            piece in 1_usize..30,
        ) {
            let mut bytes = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect::<Vec<_>>();
            bytes.extend(half.as_bytes());
            let (read, end) = read_all(&bytes, piece);
            prop_assert!(end.is_none());
            prop_assert_eq!(read, lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_line_without_end_is_an_error_not_a_full_memory() {
        let (lines, end) = read_all(&vec![b'x'; MAX_LINE_BYTES + 10], 1 << 16);
        assert!(lines.is_empty() && matches!(end, Some(CodecError::TooLong)));
        let long = "x".repeat(MAX_LINE_BYTES);
        assert!(matches!(encode(&long), Err(CodecError::TooLong)));
    }

    #[test]
    fn a_line_may_pause_but_not_for_ever() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut near, far) = tokio::io::duplex(99);
            let patience = Duration::from_millis(20);
            let mut lines = Lines::new(far).patient(patience);
            tokio::io::AsyncWriteExt::write_all(&mut near, b"whole\n").await.unwrap();
            assert_eq!(lines.next().await.unwrap().unwrap(), b"whole");
            // Between lines there is all the time in the world.
            assert!(timeout_at(Instant::now() + patience * 5, lines.next()).await.is_err());
            tokio::io::AsyncWriteExt::write_all(&mut near, b"half a l").await.unwrap();
            assert!(matches!(lines.next().await, Err(CodecError::Stopped(_))));
        });
    }

    #[test]
    fn a_message_is_one_line() {
        let request = Request { id: 1, wish: Wish::List };
        let line = encode(&request).unwrap();
        assert_eq!(line, b"{\"id\":1,\"ask\":\"list\"}\n");
        assert_eq!(decode::<Request>(&line).unwrap(), request);
        assert!(matches!(decode::<Request>(b"{}"), Err(CodecError::Malformed(_))));
    }
}
