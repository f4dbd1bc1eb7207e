//! Over which connection an `ssh` of ours goes. The user's configuration may let many share one (`ControlMaster`), and
//! so does a login of ours. That spares a new login each time.
//!
//! A shared connection whose network has gone away takes new sessions and says nothing, for as long as the `ssh` that
//! holds it does not notice. Whoever was left by silence therefore goes past it ([`Sharing`]).

use std::path::PathBuf;

use super::{client::ClientError, codec::CodecError, host_error::HostError, socket};
use crate::config::RemoteHost;

/// Whether an `ssh` may go over a connection that others have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Over whichever there is.
    #[default]
    Allowed,
    /// It makes its own.
    Avoided,
}

impl Sharing {
    /// For the attempt after one that was made so and has failed, or for that after a connection that was lost.
    pub const fn after(self, failure: &ClientError) -> Self {
        match failure {
            ClientError::Silent(_)
            | ClientError::Deaf
            | ClientError::Codec(CodecError::Stopped(_))
            | ClientError::Host(HostError::Silent { .. }) => Self::Avoided,
            // Without the user there is no other way than the one that a login has opened.
            ClientError::Host(HostError::Asks { .. }) => Self::Allowed,
            _ => self,
        }
    }

    /// The options that an `ssh` to the host gets, as after `-o`.
    pub fn options(self, host: &RemoteHost) -> Vec<String> {
        if self == Self::Avoided {
            return vec!["ControlPath=none".to_owned()];
        }
        login(host).map(|path| format!("ControlPath={}", path.display())).into_iter().collect()
    }
}

/// Where the connection of somebody who has logged in is shared, if there is one.
pub fn login(host: &RemoteHost) -> Option<PathBuf> {
    socket::ssh_path(&host.ssh).ok().filter(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn silence_is_gone_past_until_something_asks_the_user() {
        let silent =
            HostError::Silent { host: "box".to_owned(), secs: 30, said: String::new() }.into();
        let asks = HostError::Asks { host: "box".to_owned(), said: String::new() }.into();
        let cut = HostError::Cut { host: "box".to_owned(), said: String::new() }.into();
        let wait = Duration::from_secs(1);
        for failure in [
            ClientError::Silent(wait),
            ClientError::Deaf,
            ClientError::Codec(CodecError::Stopped(wait)),
            silent,
        ] {
            assert_eq!(Sharing::Allowed.after(&failure), Sharing::Avoided, "{failure}");
        }
        for sharing in [Sharing::Allowed, Sharing::Avoided] {
            assert_eq!(
                (sharing.after(&cut), sharing.after(&ClientError::Gone)),
                (sharing, sharing)
            );
            assert_eq!(sharing.after(&asks), Sharing::Allowed);
        }
    }
}
