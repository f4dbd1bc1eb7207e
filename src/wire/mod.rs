//! How clients and the daemon talk: messages, their framing, the socket they go over, and both ends.
//!
//! ```text
//! client ── lines of JSON ──► connection ── wishes ──► queue
//!        ◄─ replies, pushes ─            ◄─ changes ──
//! ```
//!
//! A daemon on another machine is reached the same way: [`ssh`] runs an [`agent`] there, which hands the bytes on.

pub mod agent;
pub mod anywhere;
pub mod artefact;
mod batches;
pub mod client;
pub mod codec;
pub mod connection;
pub mod daemon;
pub mod daemon_log;
pub mod data_sets;
mod greeting;
mod histories;
pub mod host;
pub mod host_error;
pub mod label;
mod lists;
pub mod message;
pub mod pull;
pub mod send_data;
mod signs_of_life;
pub mod socket;
pub mod ssh;
pub mod ssh_install;
pub mod ssh_login;
pub mod ssh_sharing;
pub mod start;
pub mod studies;
pub mod studies_of_hosts;
pub mod target;
mod watches;

pub use client::{Client, ClientError};
pub use start::{connect, connect_or_start};
pub use target::Target;
