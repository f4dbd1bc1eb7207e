//! How clients and the daemon talk: messages, their framing, and the socket they go over.

pub mod message;
