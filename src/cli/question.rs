//! A question on the terminal before something that cannot be taken back.

use std::io::{self, BufRead, IsTerminal, Write};

use super::failure::Failure;

/// Asks. Without a terminal nobody can be asked, and `doing` is not done unasked.
pub fn confirmed(question: &str, doing: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let text = format!(
            "{doing} needs an answer, and there is no terminal to ask on\n\
             With `--yes` it is done without asking."
        );
        return Err(Failure::Said(text));
    }
    let failed = |source| Failure::System { what: "the question cannot be asked", source };
    let mut error = io::stderr().lock();
    error.write_all(question.as_bytes()).and_then(|()| error.flush()).map_err(failed)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
