//! The order in which people count: `image2` stands before `image10`.

use std::cmp::Ordering;

/// Compares two names: runs of digits by their value, all else character by character without regard to
/// case; names that are then equal, byte by byte.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (mut l, mut r) = (left, right);
    while let (Some(a), Some(b)) = (l.chars().next(), r.chars().next()) {
        let order = if a.is_ascii_digit() && b.is_ascii_digit() {
            let (number_l, number_r) = (digits(&mut l), digits(&mut r));
            number_l.len().cmp(&number_r.len()).then_with(|| number_l.cmp(number_r))
        } else {
            (l, r) = (&l[a.len_utf8()..], &r[b.len_utf8()..]);
            a.to_lowercase().cmp(b.to_lowercase())
        };
        if order.is_ne() {
            return order;
        }
    }
    l.len().cmp(&r.len()).then_with(|| left.cmp(right))
}

/// Takes the digits that `text` begins with, and returns them without leading zeros.
fn digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_counted_and_case_is_not_seen() {
        let mut names = ["b10", "B9", "a", "10", "9", "b9x", "b09", "", "\u{e4}2", "b", "img_2_10"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            ["", "9", "10", "a", "b", "B9", "b09", "b9x", "b10", "img_2_10", "\u{e4}2"]
        );
        let huge = ["99999999999999999999999999", "100000000000000000000000000"];
        assert_eq!(compare(huge[0], huge[1]), Ordering::Less);
    }

    proptest! {
        #[test]
        fn it_is_an_order(names in prop::collection::vec("[aA0-2 ]{0,4}", 3)) {
            let [a, b, c] = &names[..] else { panic!() };
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            prop_assert_eq!(compare(a, b).is_eq(), a == b);
            if compare(a, b).is_le() && compare(b, c).is_le() {
                prop_assert!(compare(a, c).is_le());
            }
        }
    }
}
