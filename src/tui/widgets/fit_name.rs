//! Names of many runs cut so that they are still told apart: what all of them have in common gives way first.
//!
//! A name is read as words between commas, as the program makes them: `DM, cifar10, ipc 1`, `mine, siamese, seed 0`.

use super::fit::{fit, width};

/// The fewest cells of what names have in common.
const HEAD: usize = 3;

/// The name in at most `room` cells, where it stands among `others`.
pub fn fit_name<'a>(
    name: &str,
    others: impl Iterator<Item = &'a str>,
    room: usize,
    cut: &str,
) -> String {
    if width(name) <= room {
        return fit(name, room, cut);
    }
    let like: Vec<&str> =
        others.filter(|other| *other != name && begin_alike(name, other)).collect();
    if like.is_empty() {
        return fit(name, room, cut);
    }
    let own = |word: &&str| !like.iter().all(|other| words(other).any(|theirs| theirs == *word));
    let tail = words(name).filter(own).collect::<Vec<_>>().join(", ");
    let left = room.saturating_sub(width(cut));
    if !tail.is_empty() && width(&tail) < width(name) {
        return match left.checked_sub(width(&tail)) {
            Some(head) if head >= HEAD => format!("{}{cut}{tail}", first(name, head)),
            _ => fit_middle(&tail, room, cut),
        };
    }
    fit_middle(name, room, cut)
}

/// The text in at most `room` cells, cut in its middle.
pub fn fit_middle(text: &str, room: usize, cut: &str) -> String {
    if width(text) <= room {
        return fit(text, room, cut);
    }
    let Some(left) = room.checked_sub(width(cut)) else { return String::new() };
    // Names differ at their ends more often than at their beginnings.
    let tail = last(text, left - left * 2 / 5);
    format!("{}{cut}{tail}", first(text, left - width(&tail)))
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(',').map(str::trim)
}

/// Whether the beginnings of two names are the same for a word, or for most of the first one.
fn begin_alike(one: &str, other: &str) -> bool {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let word = words(one).next().map_or(0, |word| word.chars().count());
    same * 2 > word.max(HEAD)
}

/// The first characters that `room` cells hold.
fn first(text: &str, room: usize) -> String {
    fit(text, room, "")
}

/// The last characters that `room` cells hold.
fn last(text: &str, room: usize) -> String {
    let mut ends = text.char_indices().map(|(at, _)| &text[at..]);
    let kept = ends.find(|end| width(end) <= room).unwrap_or("");
    fit(kept.trim_start_matches([' ', ',']), room, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [&str; 4] = [
        "short \"A\" ü, siamese, seed 0",
        "short \"A\" ü, independent, seed 0",
        "short \"A\" ü, siamese, seed 1",
        "short \"A\" ü, independent, seed 1",
    ];

    fn cut(names: &[&str], room: usize) -> Vec<String> {
        names.iter().map(|name| fit_name(name, names.iter().copied(), room, "…")).collect()
    }

    #[test]
    fn paired_runs_are_told_apart_at_any_width() {
        for room in 9..40 {
            let all = cut(&PAIRS, room);
            assert!(all.iter().all(|name| width(name) <= room), "{all:?}");
            let different: std::collections::BTreeSet<&String> = all.iter().collect();
            assert_eq!(different.len(), 4, "{room}: {all:?}");
        }
        assert_eq!(cut(&PAIRS[..2], 16)[0], "short \"A…siamese");
        assert_eq!(cut(&PAIRS, 24)[0], "short \"A…siamese, seed 0");
        assert_eq!(cut(&PAIRS, 13)[1], "indepe…seed 0");
    }

    #[test]
    fn a_name_of_its_own_is_cut_at_its_end() {
        let names = ["night run with a rather long name", "first light"];
        assert_eq!(cut(&names, 13), ["night run wi…", "first light"]);
    }

    #[test]
    fn numbered_names_keep_their_numbers() {
        let names = ["condense-mnist-run-0001", "condense-mnist-run-0002"];
        assert_eq!(cut(&names, 13), ["cond…run-0001", "cond…run-0002"]);
    }

    #[test]
    fn no_room_is_too_small() {
        for room in 0..6 {
            assert!(cut(&PAIRS, room).iter().all(|name| width(name) <= room));
            assert!(width(&fit_middle("蒸留所の長い名前", room, "…")) <= room);
        }
    }
}
