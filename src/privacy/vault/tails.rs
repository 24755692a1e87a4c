//! Owns what a desk shows of a value it masks (`****4471`), and the finding of the whole value by it. It prefers a false
//! alarm, as [`crate::privacy::pii`] does. Does not place anything.

use std::ops::Range;

use crate::domain::CustomerId;

/// Characters of a mask that stand for what is hidden.
const COVERS: [char; 5] = ['*', '•', '●', '·', '#'];
/// A shorter end says too little.
const SHORTEST: usize = 3;
/// A longer one is no end.
const LONGEST: usize = 12;
/// How many characters a value has more than its end, at least.
const HIDDEN: usize = 2;

/// The visible end of a masked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub kind: String,
    pub owner: Option<CustomerId>,
    end: String,
}

impl Tail {
    /// What a mask shows at its end; nothing where it shows too little. Addresses and numbers to call are found by their
    /// shape, wherever they are from.
    pub(super) fn of(kind: &str, mask: &str, owner: Option<&CustomerId>) -> Option<Self> {
        let (_, end) = mask.trim().rsplit_once(COVERS)?;
        let has_shape = ["email", "phone", "whatsapp"].contains(&kind);
        let is_telling =
            !has_shape && (SHORTEST..=LONGEST).contains(&end.chars().count()) && end.chars().all(char::is_alphanumeric);
        is_telling.then(|| Self { kind: kind.to_owned(), owner: owner.cloned(), end: end.to_lowercase() })
    }
}

/// The first word that is longer than a visible end, ends in it and has a digit.
pub(super) fn find<'a>(tails: &'a [Tail], text: &str) -> Option<(Range<usize>, &'a Tail)> {
    if tails.is_empty() {
        return None;
    }
    words(text).find_map(|range| {
        let word = text[range.clone()].to_lowercase();
        let fits =
            |tail: &&Tail| word.ends_with(&tail.end) && word.chars().count() >= tail.end.chars().count() + HIDDEN;
        let has_digit = word.contains(|c: char| c.is_numeric());
        tails.iter().filter(|_| has_digit).find(fits).map(|tail| (range, tail))
    })
}

/// Runs of letters, digits and what people put between them.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(inside)?;
        let end = text[start..].find(|c| !inside(c)).map_or(text.len(), |len| start + len);
        at = end;
        let word = text[start..end].trim_end_matches(|c: char| !c.is_alphanumeric());
        Some(start..start + word.len())
    })
}
