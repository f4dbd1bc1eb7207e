//! Which daemon is meant: that of a data directory here, or one on another machine.

use super::{
    client::{Client, ClientError},
    connect_or_start,
    ssh::{self, Prompts},
    ssh_sharing::Sharing,
};
use crate::{
    config::RemoteHost,
    queue::{HostName, Places},
};

/// A daemon, by the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// On this machine.
    Here(Places),
    /// Behind ssh.
    There(RemoteHost),
}

impl Target {
    /// The machine that it is at.
    pub fn host(&self) -> HostName {
        match self {
            Self::Here(_) => HostName::HERE,
            Self::There(host) => HostName::new(&host.name),
        }
    }

    /// Connects; starts a daemon where there is none.
    pub async fn connect(&self, prompts: Prompts, sharing: Sharing) -> Result<Client, ClientError> {
        match self {
            Self::Here(places) => connect_or_start(places).await,
            Self::There(host) => ssh::connect(host, prompts, sharing).await,
        }
    }
}
