//! Owns knowing words again: whether one text says what stands in another, and which web addresses a text holds. Pure, and
//! blind to case, punctuation and markup. Keeps no text: prints of it only.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Words in a row that are told from chance.
const RUN: usize = 4;
/// Letters a run must have: four short words are nobody's own.
const LETTERS: usize = 12;
/// Letters of a single word that is told from chance, if it also holds a digit or a sign inside.
const TOKEN: usize = 6;
/// Prints of one text that are kept.
const MOST: usize = 20_000;

/// The prints of a text: of its runs of words, and of its single words that are like no other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prints(HashSet<u64>);

impl Prints {
    /// Of these texts; runs do not reach from one into the next.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut prints = HashSet::new();
        for text in texts {
            prints.extend(runs(text));
            prints.extend(tokens(text));
            if prints.len() > MOST {
                break;
            }
        }
        Self(prints)
    }

    /// How much of these is in the other, leaving out what is in `common`.
    pub(super) fn shared(&self, other: &Self, common: &Self) -> usize {
        self.0.intersection(&other.0).filter(|print| !common.0.contains(print)).count()
    }

    /// Takes the other's prints in.
    pub(super) fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }
}

fn print(words: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// Every run of words. A text of two or three words is one run; a script without spaces is read letter by letter.
fn runs(text: &str) -> Vec<u64> {
    let lower = text.to_lowercase();
    let mut all: Vec<&str> = Vec::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_spaceless = word.chars().next().is_some_and(|c| ('\u{2e80}'..'\u{fb00}').contains(&c));
        if is_spaceless {
            all.extend(word.char_indices().map(|(at, c)| &word[at..at + c.len_utf8()]));
        } else {
            all.push(word);
        }
    }
    let is_own = |run: &&[&str]| run.iter().map(|word| word.len()).sum::<usize>() >= LETTERS;
    match all.len() {
        0 | 1 => Vec::new(),
        few if few < RUN => Some(all.as_slice()).filter(is_own).map(print).into_iter().collect(),
        _ => all.windows(RUN).filter(is_own).map(print).collect(),
    }
}

/// Words that are like no other: numbers of orders, addresses, codes. Placeholders are not: they are ours.
fn tokens(text: &str) -> impl Iterator<Item = u64> + '_ {
    let inside = |c: char| c.is_ascii_digit() || matches!(c, '@' | '.' | '-' | '_' | '/');
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(move |word| word.len() >= TOKEN && word.contains(inside) && !word.contains(['⟦', '⟧', ':']))
        .map(|word| print(&[word.as_str()]))
}

/// Web addresses in a text: where each begins, and its host in lower case.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let lower = text.to_ascii_lowercase();
    let starts: BTreeSet<usize> =
        ["https://", "http://"].iter().flat_map(|scheme| lower.match_indices(*scheme).map(|(at, _)| at)).collect();
    starts.into_iter().filter_map(move |at| {
        let rest = lower[at..].split_once("://")?.1;
        let authority: &str = rest.split(|c: char| c.is_whitespace() || "/?#\\<>\"'()[]`|,".contains(c)).next()?;
        // What stands before an `@` is a disguise, not the host.
        let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.');
        (!host.is_empty()).then(|| (at, host.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shared(one: &str, other: &str) -> bool {
        Prints::of([one]).shared(&Prints::of([other]), &Prints::default()) > 0
    }

    #[test]
    fn words_are_known_again_whatever_stands_around_them() {
        let wrote = "Hello! I was charged TWICE for order 40016-B, please refund the second payment.";
        assert!(shared(wrote, "Note: <b>was charged twice for order</b>"));
        assert!(shared(wrote, "about 40016-b"));
        assert!(shared("請求書が二重に届きました", "彼女は「二重に届きました」と書いた"));
        assert!(shared("Mara van der Quill", "to mara van der quill"));
        assert!(!shared(wrote, "please refund it, as I was told"));
        assert!(!shared("what is it to be", "it is to be"), "short words are nobody's own");
        assert!(!shared("⟦phone:1⟧", "call ⟦phone:1⟧"), "placeholders are ours");
    }

    #[test]
    fn what_the_person_said_too_is_no_trace() {
        let (wrote, asked) = ("send it to the new address today", "tell them: send it to the new address today");
        let common = Prints::of([asked]);
        assert_eq!(Prints::of([wrote]).shared(&Prints::of(["send it to the new address"]), &common), 0);
    }

    #[test]
    fn hosts_are_found_behind_disguises() {
        let found = |text: &str| addresses(text).map(|(_, host)| host).collect::<Vec<_>>();
        assert_eq!(found("see HTTPS://Shop.Example/a?b and (http://x.example:80)."), ["shop.example", "x.example"]);
        assert_eq!(found("https://shop.example@evil.example/"), ["evil.example"]);
        assert_eq!(found("[x](https://a.example) https:// ftp://y"), ["a.example"]);
    }

    proptest! {
        #[test]
        fn any_text_has_prints_and_shares_them_with_itself(text in "\\PC{0,80}") {
            let prints = Prints::of([text.as_str()]);
            let own = prints.0.len();
            prop_assert_eq!(prints.shared(&prints, &Prints::default()), own);
            prop_assert!(addresses(&text).all(|(at, _)| text.is_char_boundary(at)));
        }
    }
}
