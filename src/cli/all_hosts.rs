//! A question to this machine and all hosts of the configuration at once.

use std::{
    future::Future,
    io::{self, Write},
};

use tokio::task::JoinSet;

use super::{failure::Failure, output};
use crate::{
    harmless::plain,
    wire::{ClientError, Target},
};

/// Puts a question to each; the answers come in the order of the hosts. Those that do not answer are named on standard
/// error and left out.
///
/// # Errors
/// When none answers.
pub async fn ask<T, F>(
    targets: &[Target],
    question: impl Fn(Target) -> F,
) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, ClientError>> + Send + 'static,
{
    let mut asking = JoinSet::new();
    for (place, target) in targets.iter().cloned().enumerate() {
        let host = target.host();
        let answer = question(target);
        asking.spawn(async move { (place, host, answer.await) });
    }
    let mut asked = asking.join_all().await;
    asked.sort_by_key(|asked| asked.0);
    let (mut answers, mut failed) = (Vec::new(), Vec::new());
    for (_, host, answer) in asked {
        match answer {
            Ok(answer) => answers.push(answer),
            Err(error) => failed.push((host, error)),
        }
    }
    if answers.is_empty()
        && let Some((_, error)) = failed.pop()
    {
        return Err(error.into());
    }
    for (host, error) in failed {
        let why = plain(&error.to_string(), output::SIGN).into_owned();
        // Nobody may be there to read it, and that is no failure.
        let _ = writeln!(io::stderr(), "{why}\nruns at {host} are not counted");
    }
    Ok(answers)
}
