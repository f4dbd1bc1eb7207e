//! How clients and the daemon talk: messages, their framing, the socket they go over, and both ends.
//!
//! ```text
//! client ── lines of JSON ──► connection ── wishes ──► queue
//!        ◄─ replies, pushes ─            ◄─ changes ──
//! ```

pub mod artefact;
mod batches;
pub mod client;
pub mod codec;
pub mod connection;
pub mod daemon;
pub mod daemon_log;
mod histories;
pub mod message;
pub mod socket;
pub mod start;
mod studies;
mod watches;

pub use client::{Client, ClientError};
pub use start::{connect, connect_or_start};
