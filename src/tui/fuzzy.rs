//! Which of some texts are meant by a few letters: as in `fzf`, words in any order, `!word`, `^begin`, `end$`.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// The numbers of the texts that fit, the best first; all of them, in their order, for an empty query.
pub fn rank<T: AsRef<str>>(query: &str, texts: &[T]) -> Vec<usize> {
    let pattern = Pattern::parse(query.trim(), CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut found: Vec<(usize, u32)> = texts
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let score = pattern.score(Utf32Str::new(text.as_ref(), &mut buffer), &mut matcher)?;
            Some((index, score))
        })
        .collect();
    // Equals stay in their order.
    found.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    found.into_iter().map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_find_words_and_the_best_comes_first() {
        let texts = ["Leave the program", "Pause the run", "New run from a preset"];
        assert_eq!(rank("", &texts), [0, 1, 2]);
        assert_eq!(rank("  ", &texts), [0, 1, 2]);
        assert_eq!(rank("run pau", &texts), [1]);
        assert_eq!(rank("nwr", &texts), [2]);
        assert_eq!(rank("xyz", &texts), Vec::<usize>::new());
    }
}
