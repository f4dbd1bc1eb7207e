//! What the queue is filtered by: words that are searched for, and terms about a field of a run.
//!
//! ```text
//! first light          both words, letters in order, in title, method, data set, study or network
//! !cifar               without them
//! method:dsa state:run the field begins so; `set:mnist,svhn` means either
//! ipc:10 acc>90 done<50%  numbers; accuracies and progress in percent, times in minutes
//! ```

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::column::device;
use crate::queue::RunSummary;

/// A field of a run that terms can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Run,
    State,
    Title,
    Study,
    Method,
    Set,
    Network,
    Device,
    Ipc,
    Seed,
    Host,
    Done,
    Used,
    Left,
    Accuracy,
    Random,
}

/// Fields by their names; of two names the first is shown.
const FIELDS: [(&str, Field); 20] = [
    ("method", Field::Method),
    ("set", Field::Set),
    ("data", Field::Set),
    ("ipc", Field::Ipc),
    ("state", Field::State),
    ("study", Field::Study),
    ("device", Field::Device),
    ("host", Field::Host),
    ("network", Field::Network),
    ("net", Field::Network),
    ("title", Field::Title),
    ("run", Field::Run),
    ("seed", Field::Seed),
    ("acc", Field::Accuracy),
    ("accuracy", Field::Accuracy),
    ("random", Field::Random),
    ("done", Field::Done),
    ("used", Field::Used),
    ("left", Field::Left),
    ("name", Field::Title),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Is,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Relations by their signs, the longer ones first.
const RELATIONS: [(&str, Relation); 6] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::More),
    ("<", Relation::Less),
    ("=", Relation::Is),
    (":", Relation::Is),
];

#[derive(Debug, Clone)]
enum Asked {
    Word(Pattern),
    Text(Field, Vec<String>),
    Number(Field, Relation, f64),
}

#[derive(Debug, Clone)]
struct Term {
    negated: bool,
    asked: Asked,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    terms: Vec<Term>,
    /// What looks like a term but names no field, or compares with no number.
    pub fault: Option<String>,
}

impl Query {
    /// The query that was typed.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for typed in text.split_whitespace() {
            let (negated, word) = match typed.strip_prefix('!') {
                Some(word) => (true, word),
                None => (false, typed),
            };
            match asked(word) {
                Ok(Some(asked)) => query.terms.push(Term { negated, asked }),
                Ok(None) => {}
                Err(fault) => query.fault = Some(fault),
            }
        }
        query
    }

    /// True where every run is meant.
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// True where the run is meant.
    pub fn means(&self, run: &RunSummary, search: &mut Search) -> bool {
        self.terms.iter().all(|term| search.finds(&term.asked, run) != term.negated)
    }
}

/// What one word asks for; nothing where it is not finished.
fn asked(word: &str) -> Result<Option<Asked>, String> {
    let parts = RELATIONS.iter().filter_map(|(sign, relation)| {
        let (name, value) = word.split_once(sign)?;
        Some((name, *relation, value, *sign))
    });
    // The sign that comes first; of two at one place, the longer one.
    let Some((name, relation, value, sign)) = parts.min_by_key(|part| part.0.len()) else {
        let pattern = Pattern::parse(word, CaseMatching::Ignore, Normalization::Smart);
        return Ok((!word.is_empty()).then_some(Asked::Word(pattern)));
    };
    let known = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((name, field)) = known else {
        return Err(format!("`{name}` is no field; there are {}", names().join(", ")));
    };
    if value.is_empty() {
        return Ok(None);
    }
    if !field.is_number() {
        if relation != Relation::Is {
            return Err(format!("`{name}` is text; `{name}:{value}` finds it"));
        }
        let values = value.split(',').filter(|value| !value.is_empty());
        return Ok(Some(Asked::Text(*field, values.map(str::to_lowercase).collect())));
    }
    let number = value.trim_end_matches('%').parse::<f64>();
    let number = number.map_err(|_| format!("`{value}` behind `{name}{sign}` is no number"))?;
    Ok(Some(Asked::Number(*field, relation, number)))
}

/// The names of the fields, each once.
fn names() -> Vec<&'static str> {
    let first = |at: &usize| FIELDS.iter().position(|known| known.1 == FIELDS[*at].1) == Some(*at);
    (0..FIELDS.len()).filter(first).map(|at| FIELDS[at].0).collect()
}

impl Field {
    const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Run
                | Self::Ipc
                | Self::Seed
                | Self::Done
                | Self::Used
                | Self::Left
                | Self::Accuracy
                | Self::Random
        )
    }

    fn text(self, run: &RunSummary) -> &str {
        match self {
            Self::State => run.word(),
            Self::Title => &run.title,
            Self::Study => &run.study,
            Self::Method => &run.method,
            Self::Set => &run.set,
            Self::Network => &run.network,
            Self::Device => device(run),
            Self::Host => run.id.host.word(),
            _ => "",
        }
    }

    /// Seconds are given in minutes, shares in percent.
    fn number(self, run: &RunSummary) -> Option<f64> {
        let digest = &run.digest;
        match self {
            Self::Run => Some(run.id.number as f64),
            Self::Ipc => Some(run.ipc as f64),
            Self::Seed => Some(run.seed as f64),
            Self::Done => Some(digest.share * 100.0),
            Self::Used => Some(digest.used_secs / 60.0),
            Self::Left => {
                digest.left_secs.filter(|_| run.state.worker().is_some()).map(|secs| secs / 60.0)
            }
            Self::Accuracy => digest.accuracy.map(|score| score.0 * 100.0),
            Self::Random => digest.random.map(|score| score.0 * 100.0),
            _ => None,
        }
    }
}

/// Searches run after run; what it needs for that is made once.
#[derive(Debug)]
pub struct Search {
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Default for Search {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }
}

impl Search {
    fn finds(&mut self, asked: &Asked, run: &RunSummary) -> bool {
        match asked {
            Asked::Word(pattern) => {
                let fields = [&run.title, &run.method, &run.set, &run.study, &run.network];
                fields.into_iter().any(|field| {
                    let text = Utf32Str::new(field, &mut self.buffer);
                    pattern.score(text, &mut self.matcher).is_some()
                })
            }
            Asked::Text(field, values) => {
                let text = field.text(run).to_lowercase();
                values.iter().any(|value| begins(&text, value))
            }
            Asked::Number(field, relation, wanted) => {
                let Some(number) = field.number(run) else { return false };
                match relation {
                    Relation::Is => (number - wanted).abs() < 1e-9,
                    Relation::Less => number < *wanted,
                    Relation::AtMost => number <= *wanted,
                    Relation::More => number > *wanted,
                    Relation::AtLeast => number >= *wanted,
                }
            }
        }
    }
}

/// True where the text, or a word in it, begins with `value`.
fn begins(text: &str, value: &str) -> bool {
    text.starts_with(value) || text.split_whitespace().any(|word| word.starts_with(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::RunState,
        tui::tests::recorded::{at, summary, worker},
    };

    fn runs() -> Vec<RunSummary> {
        let time = at("2026-11-23T22:31:00Z");
        let mut first = summary(1, "First light", RunState::Running { worker: worker() });
        first.digest.share = 0.4;
        let mut second = summary(2, "DM, cifar10, table-1", RunState::Finished { at: time });
        (second.method, second.set) = ("dm".to_owned(), "cifar10".to_owned());
        (second.study, second.ipc, second.seed) = ("table-1".to_owned(), 10, 3);
        second.digest.accuracy = Some((0.912, 0.01));
        second.digest.share = 1.0;
        let mut third = summary(
            3,
            "tasks",
            RunState::Failed { at: time, reason: String::new(), advice: String::new() },
        );
        (third.set, third.network) = ("svhn > mnist".to_owned(), "LeNet".to_owned());
        third.digest.accuracy = Some((0.5, 0.01));
        vec![first, second, third]
    }

    fn found(query: &str) -> Vec<u64> {
        let query = Query::parse(query);
        let mut search = Search::default();
        let runs = runs().into_iter().filter(|run| query.means(run, &mut search));
        runs.map(|run| run.id.number).collect()
    }

    #[test]
    fn words_are_found_in_any_field_letters_in_order() {
        assert_eq!(found(""), [1, 2, 3]);
        assert_eq!(found("first"), [1]);
        assert_eq!(found("frstlgt"), [1]);
        assert_eq!(found("table cifar"), [2]);
        assert_eq!(found("lenet"), [3]);
        assert_eq!(found("!dsa"), [2]);
        assert!(found("zebra").is_empty());
    }

    #[test]
    fn terms_ask_for_a_field() {
        assert_eq!(found("method:dsa"), [1, 3]);
        assert_eq!(found("METHOD:DM"), [2]);
        assert_eq!(found("state:run"), [1]);
        assert_eq!(found("state:failed,finished"), [2, 3]);
        assert_eq!(found("set:mnist"), [1, 3]);
        assert_eq!(found("study:table"), [2]);
        assert_eq!(found("device:cpu"), [1]);
        assert_eq!(found("!state:finished ipc:1"), [1, 3]);
        assert_eq!(found("state:"), [1, 2, 3], "it is not finished");
    }

    #[test]
    fn numbers_are_compared() {
        assert_eq!(found("acc>90"), [2]);
        assert_eq!(found("acc<=50%"), [3]);
        assert_eq!(found("acc<99"), [2, 3], "what is not scored is in no range");
        assert_eq!(found("ipc:10"), [2]);
        assert_eq!(found("ipc=1 run>=2"), [3]);
        assert_eq!(found("done<50"), [1, 3]);
        assert_eq!(found("seed:3"), [2]);
    }

    #[test]
    fn what_cannot_be_meant_is_told_and_filters_nothing() {
        let fault = |text: &str| Query::parse(text).fault.unwrap();
        assert!(fault("metod:dsa").starts_with("`metod` is no field; there are method, set, ipc"));
        assert_eq!(fault("ipc:many"), "`many` behind `ipc:` is no number");
        assert_eq!(fault("method>dsa"), "`method` is text; `method:dsa` finds it");
        assert_eq!(found("metod:dsa"), [1, 2, 3]);
        assert_eq!(Query::parse("acc>90 !x").fault, None);
    }
}
