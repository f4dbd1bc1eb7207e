//! What can be wrong with a spec, said so that the user can mend it at once.

use std::fmt;

/// One fault: where it stands, what is wrong, what is allowed, and the nearest right name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, preset or option the text came from.
    pub source: String,
    /// The line in that text, from 1, where it is known.
    pub line: Option<usize>,
    /// The key in full, such as `condense.real_batch`; empty for a fault of the whole text.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub allowed: String,
    /// The nearest right name, for a misspelled one.
    pub nearest: Option<String>,
}

impl Fault {
    /// A fault at `key`, of a spec that came from `source`.
    pub fn new(
        source: &str,
        key: &str,
        problem: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            source: source.to_owned(),
            line: None,
            key: key.to_owned(),
            problem: problem.into(),
            allowed: allowed.into(),
            nearest: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ", `{}`", self.key)?;
        }
        write!(f, ": {}", self.problem)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed: {}", self.allowed)?;
        }
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// The line of an offset in a text, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

/// The word of `words` that `typed` most probably meant, if any is near.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    words
        .into_iter()
        .map(|word| (strsim::jaro_winkler(typed, word), word))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_what_and_how_to_mend_it() {
        let mut fault = Fault::new("a.toml", "condense.iteratons", "unknown key", "");
        fault.line = Some(7);
        fault.nearest =
            nearest("condense.iteratons", ["condense.iterations", "condense.real_batch"]);
        assert_eq!(
            fault.to_string(),
            "a.toml, line 7, `condense.iteratons`: unknown key; did you mean `condense.iterations`?"
        );
    }

    #[test]
    fn nothing_is_near_nonsense() {
        assert_eq!(nearest("zzz", ["ipc", "seed"]), None);
    }
}
