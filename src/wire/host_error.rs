//! Why a host cannot be talked to, each with what to do about it.

/// A host that cannot be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// There is no ssh here.
    #[error("ssh cannot be started: {0}; install the OpenSSH client")]
    NoSsh(String),
    /// It could not connect.
    #[error("{host} cannot be reached: {said}")]
    Unreachable {
        /// The host.
        host: String,
        /// What ssh said.
        said: String,
    },
    /// It has to ask the user something.
    #[error(
        "{host} wants to know who asks: {said}; `stillroom hosts login {host}` asks you at the terminal"
    )]
    Asks {
        /// The host.
        host: String,
        /// What ssh said.
        said: String,
    },
    /// The program is not there.
    #[error(
        "{host} has no `{program}`: {said}; `stillroom hosts install {host}` puts this program there, or say in \
         config.toml how it is called there: [hosts.{host}] program = \"...\""
    )]
    NoProgram {
        /// The host.
        host: String,
        /// How the program is called there.
        program: String,
        /// What the far shell said.
        said: String,
    },
    /// Something else answers.
    #[error("{host} answers, but not as a Stillroom does: {said}")]
    NoAgent {
        /// The host.
        host: String,
        /// What came in its place.
        said: String,
    },
    /// Its agent cannot reach its daemon.
    #[error("{host}: {said}")]
    NoDaemon {
        /// The host.
        host: String,
        /// Why, in the agent's words.
        said: String,
    },
    /// A command failed over there.
    #[error("{host}: {said}")]
    Failed {
        /// The host.
        host: String,
        /// What it said.
        said: String,
    },
    /// It hangs.
    #[error("{host} does not answer: nothing came for {secs} s{}", clause(said))]
    Silent {
        /// The host.
        host: String,
        /// How long.
        secs: u64,
        /// What ssh said.
        said: String,
    },
    /// The connection broke.
    #[error("the connection to {host} broke{}", clause(said))]
    Cut {
        /// The host.
        host: String,
        /// What ssh said.
        said: String,
    },
}

impl HostError {
    /// True where the user has to answer something before the host can be reached.
    pub const fn asks(&self) -> bool {
        matches!(self, Self::Asks { .. })
    }
}

fn clause(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
