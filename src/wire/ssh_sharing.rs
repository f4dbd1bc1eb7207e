//! Over which connection an `ssh` of ours goes. The user's configuration may let many share one (`ControlMaster`), and
//! so does a login of ours. That spares a new login each time, and has two sides that are not wanted.
//!
//! A shared connection whose network has gone away takes new sessions and says nothing, for as long as the `ssh` that
//! holds it does not notice. Whoever was left by silence therefore goes past it ([`Sharing`]). And an `ssh` of ours may
//! itself become the one that holds the connection, where no other does: it ends with our command, and would cut
//! whatever the user has begun over it meanwhile. It may do so only where the configuration keeps the connection in
//! the background (`ControlPersist`).

use std::{path::PathBuf, process::Command, time::Duration};

use tokio::task::spawn_blocking;

use super::{client::ClientError, codec::CodecError, host_error::HostError, socket};
use crate::{config::RemoteHost, queue::own_process::Question};

/// How long `ssh` may take to say how it is configured, which it does from files.
const CONFIGURATION_LIMIT: Duration = Duration::from_secs(5);

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
    #[must_use]
    pub const fn after(self, failure: &ClientError) -> Self {
        match failure {
            ClientError::Silent(_)
            | ClientError::NoSign(_)
            | ClientError::Deaf
            | ClientError::Codec(CodecError::Stopped(_))
            | ClientError::Host(HostError::Silent { .. }) => Self::Avoided,
            // Without the user there is no other way than the one that a login has opened.
            ClientError::Host(HostError::Asks { .. }) => Self::Allowed,
            _ => self,
        }
    }

    /// The options that an `ssh` to the host gets, as after `-o`.
    pub async fn options(self, host: &RemoteHost) -> Vec<String> {
        if self == Self::Avoided {
            return vec!["ControlPath=none".to_owned()];
        }
        let path = login(host);
        let never_first = path.is_some() || would_end_with_us(host).await;
        let path = path.map(|path| format!("ControlPath={}", path.display()));
        path.into_iter().chain(never_first.then(|| "ControlMaster=no".to_owned())).collect()
    }
}

/// Where the connection of somebody who has logged in is shared, if there is one.
pub fn login(host: &RemoteHost) -> Option<PathBuf> {
    socket::ssh_path(&host.ssh).ok().filter(|path| path.exists())
}

/// Whether an `ssh` to the host could come to hold a connection for others that ends with it. So it is where it cannot
/// be told: the worst of that is a login more.
async fn would_end_with_us(host: &RemoteHost) -> bool {
    let mut command = Command::new("ssh");
    command.args(["-T", "-G", "--", &host.ssh]);
    let question = Question { arguments: &[], input: None, limit: CONFIGURATION_LIMIT };
    let told = spawn_blocking(move || question.ask_by(command)).await;
    match told {
        Ok(Ok(told)) if told.status.success() => {
            holds_for_its_life(&String::from_utf8_lossy(&told.output))
        }
        _ => true,
    }
}

/// The same from the configuration as `ssh -G` prints it: `ControlMaster` other than no, and `ControlPersist` no. Both
/// are no where they are not told.
fn holds_for_its_life(configuration: &str) -> bool {
    let is_no = |key: &str| {
        let value = configuration.lines().find_map(|line| line.strip_prefix(key));
        value.is_none_or(|value| ["no", "false"].contains(&value.trim()))
    };
    !is_no("controlmaster ") && is_no("controlpersist ")
}

#[cfg(test)]
mod tests {
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
            ClientError::NoSign(wait),
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

    #[test]
    fn a_connection_that_stays_in_the_background_may_be_begun_and_no_other() {
        let holds = |master: &str, persist: &str| {
            holds_for_its_life(&format!(
                "user me\ncontrolmaster {master}\ncontrolpath /x/y\ncontrolpersist {persist}\nport 22\n"
            ))
        };
        for master in ["auto", "autoask", "ask", "true", "yes"] {
            assert!(holds(master, "no") && holds(master, "false"), "{master}");
            assert!(!holds(master, "yes") && !holds(master, "600"), "{master}");
        }
        assert!(!holds("false", "no") && !holds("no", "no"));
        assert!(holds_for_its_life("controlmaster auto\n") && !holds_for_its_life(""));
    }
}
