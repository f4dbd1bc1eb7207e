//! Events in messages that fit into lines.

use super::message::MAX_LINE_BYTES;
use crate::record::{Event, Fact};

/// About how many bytes of events, or of other things of which there are many, go into one message.
pub const BATCH_BYTES: usize = 256 << 10;

/// Events in lists of about [`BATCH_BYTES`] each. One that no line can hold keeps its place without its
/// contents.
pub fn batches(events: Vec<Event>) -> Vec<Vec<Event>> {
    let mut batches: Vec<Vec<Event>> = Vec::new();
    let mut room = 0;
    for mut event in events {
        let mut size = serde_json::to_vec(&event).map_or(0, |bytes| bytes.len());
        if size + BATCH_BYTES > MAX_LINE_BYTES {
            event.fact = Fact::Unknown;
            size = 0;
        }
        match batches.last_mut() {
            Some(batch) if size <= room => batch.push(event),
            _ => {
                batches.push(vec![event]);
                room = BATCH_BYTES;
            }
        }
        room = room.saturating_sub(size);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::RunId,
        wire::{codec::encode, message::Message},
    };

    fn note(seq: u64, length: usize) -> Event {
        let fact = Fact::Note { text: "x".repeat(length) };
        Event { v: 1, seq, at: jiff::Timestamp::UNIX_EPOCH, fact }
    }

    #[test]
    fn batches_keep_order_and_fit_into_lines() {
        let lengths = [10, 200 << 10, 100 << 10, 3 << 20, 10, 5 << 20, 10];
        let events: Vec<_> =
            lengths.iter().zip(1..).map(|(length, seq)| note(seq, *length)).collect();
        let batches = batches(events);
        let numbers: Vec<Vec<u64>> =
            batches.iter().map(|batch| batch.iter().map(|event| event.seq).collect()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![3], vec![4], vec![5, 6, 7]]);
        assert_eq!(batches[3][1].fact, Fact::Unknown);
        for batch in batches {
            encode(&Message::Events { run: RunId::new(1), events: batch }).unwrap();
        }
    }
}
