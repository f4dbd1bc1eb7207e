//! Which version of the protocol a daemon speaks with a client: the newest that both know, or none, and then which
//! of the two is to be updated.

use super::message::{OLDEST_CLIENT, PROTOCOL};
use crate::queue::Refusal;

/// The version for a client of this `program`, which speaks those from `oldest` to `newest`.
pub fn agree(newest: u32, oldest: u32, program: &str) -> Result<u32, Refusal> {
    let protocol = newest.min(PROTOCOL);
    if protocol >= oldest.max(OLDEST_CLIENT) {
        return Ok(protocol);
    }
    let own = env!("CARGO_PKG_VERSION");
    let reason = format!(
        "the daemon is Stillroom {own} and speaks protocol {PROTOCOL}; \
         the client is Stillroom {program} and speaks protocol {newest}"
    );
    let advice = if newest > PROTOCOL {
        let pid = std::process::id();
        format!(
            "The daemon is the older one. End it with `kill {pid}`; its runs go on, and the next \
             command starts a new one."
        )
    } else {
        "The client is the older one. Update it, or call the program that started the daemon."
            .to_owned()
    };
    Err(Refusal::new(reason, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_both_know_is_spoken() {
        let told = |newest, oldest| agree(newest, oldest, "9").map_err(|refusal| refusal.advice);
        assert_eq!(told(PROTOCOL, PROTOCOL), Ok(PROTOCOL));
        assert_eq!(told(PROTOCOL + 3, OLDEST_CLIENT), Ok(PROTOCOL));
        assert!(told(PROTOCOL + 3, PROTOCOL + 1).unwrap_err().contains("The daemon is the older"));
        assert!(told(OLDEST_CLIENT - 1, 1).unwrap_err().contains("The client is the older"));
    }
}
