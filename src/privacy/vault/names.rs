//! Owns what of a customer's name is found in free text, and how: whole words, in the same letters. Does not place anything.

use std::ops::Range;

/// A part of a name is looked for from this many letters on: shorter ones are words, too.
const SHORTEST: usize = 3;
/// Names have this many words at most; longer ones are something else, and only veiled whole.
const WORDS: usize = 4;

/// First and last name, where the whole looks like a name: somebody who calls themselves "delete this customer" does not
/// take the word "customer" out of everybody's messages.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_name = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && word.chars().count() >= SHORTEST
    };
    let (first, last) = (words.first()?, words.last()?);
    ((2..=WORDS).contains(&words.len()) && is_name(first) && is_name(last)).then_some((*first, *last))
}

/// Where the name stands as whole words.
pub(super) fn find(text: &str, name: &str) -> Option<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at..at + name.len()).find(|range| {
        let before = text[..range.start].chars().next_back().is_some_and(is_word);
        let after = text[range.end..].chars().next().is_some_and(is_word);
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_name_has_parts() {
        assert_eq!(parts("Mara van der Quill"), Some(("Mara", "Quill")));
        assert_eq!(["Mara", "Li Wu", "delete this customer", "A B C D Eve"].map(parts), [None; 4]);
    }
}
