//! Owns what the words of a model rest on: the citations in them (`[conversation:66a1…]`), held against what the dialogue
//! really read, and the rows of lists they repeat without a citation. Pure. Does not draw (`console`).
//!
//! A claim is never taken away: it is told beside it whether its source was read, only listed, or never seen.

use std::{fmt, ops::Range};

use super::{
    evidence::{Depth, Evidence, Item, ItemKind, Seen},
    words::Prints,
};

/// Sources of one answer that are told; more are counted only.
const MOST: usize = 40;
/// The longest id in a citation.
const ID: usize = 128;

/// How a source stands to what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was read.
    Read,
    /// It only stood in a list, or on screen: its detail was not read.
    Listed,
    /// It stood in no answer of this dialogue.
    Unknown,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Listed => "from the list only, not read",
            Self::Unknown => "not from anything read",
        })
    }
}

/// Something an answer of the model rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Which record.
    pub item: Item,
    /// How it stands to what was read.
    pub standing: Standing,
    /// Whether the model named it; else its words were recognised.
    pub is_cited: bool,
    /// What is known of it.
    pub seen: Option<Seen>,
}

/// A citation in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Where it stands, brackets included.
    pub at: Range<usize>,
    /// What it names.
    pub item: Item,
}

/// The citations of a text, in order.
pub fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('[') {
        let Some(end) = text[start..].find(']').map(|length| start + length) else { break };
        let Some((kind, id)) = text[start + 1..end].split_once(':') else { continue };
        let Some(kind) = ItemKind::by_word(kind.trim().to_ascii_lowercase().as_str()) else { continue };
        let id = id.trim();
        if !id.is_empty()
            && id.len() <= ID
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            found.push(Citation { at: start..end + 1, item: Item { kind, id: id.to_owned() } });
        }
    }
    found
}

/// What an answer rests on: what it cites, in order, then the rows it repeats without saying so.
pub(super) fn of(words: &str, evidence: &Evidence, asked: &Prints) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for Citation { item, .. } in citations(words) {
        if sources.len() < MOST && !sources.iter().any(|source| source.item == item) {
            sources.push(cited(item, evidence));
        }
    }
    let prints = Prints::of([words]);
    let repeated = evidence
        .newest()
        .filter(|seen| seen.depth == Depth::Listed && seen.call.is_some() && seen.item.kind == ItemKind::Conversation)
        .filter(|seen| seen.prints.shared(&prints, asked) > 0);
    for seen in repeated {
        if sources.len() < MOST && !sources.iter().any(|source| source.item == seen.item) {
            let seen = Some(seen.clone());
            let item = seen.as_ref().map(|seen| seen.item.clone());
            sources.extend(item.map(|item| Source { item, standing: Standing::Listed, is_cited: false, seen }));
        }
    }
    sources
}

fn cited(item: Item, evidence: &Evidence) -> Source {
    let seen = evidence.get(&item).cloned();
    let standing = match seen.as_ref().map(|seen| seen.depth) {
        Some(Depth::Read) => Standing::Read,
        Some(Depth::Listed) => Standing::Listed,
        None => Standing::Unknown,
    };
    Source { item, standing, is_cited: true, seen }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::assistant::CallId;

    fn evidence() -> Evidence {
        let mut evidence = Evidence::default();
        evidence.answered(CallId(1), None, &json!({"sparse": true, "conversations": [
            {"id": "c1", "customer_id": "u1", "subject": "Late parcel", "last_message": "my parcel has not arrived since Monday"},
            {"id": "c2", "customer_id": "u1", "subject": "Refund", "last_message": "thank you for the quick refund of it"}]}));
        evidence.answered(
            CallId(2),
            None,
            &json!({"conversation": {"id": "c1", "customer_id": "u1"},
            "messages": [{"id": "m1", "direction": "in", "text": "my parcel has not arrived since Monday"}]}),
        );
        evidence
    }

    fn told(words: &str) -> Vec<(String, Standing, bool)> {
        let sources = of(words, &evidence(), &Prints::default());
        sources.into_iter().map(|source| (source.item.id, source.standing, source.is_cited)).collect()
    }

    #[test]
    fn each_citation_is_held_against_what_was_read() {
        let words = "The parcel is late [conversation:c1][message: m1]. They were refunded [conversation:c2]. Two more \
                     complained [conversation:zz9] and [conversation:c1].";
        let expected = [
            ("c1".to_owned(), Standing::Read, true),
            ("m1".to_owned(), Standing::Read, true),
            ("c2".to_owned(), Standing::Listed, true),
            ("zz9".to_owned(), Standing::Unknown, true),
        ];
        assert_eq!(told(words), expected);
    }

    #[test]
    fn a_row_that_is_repeated_without_being_read_or_cited_is_told() {
        let words = "They wrote “thank you for the quick refund”, and that the parcel has not arrived since Monday.";
        assert_eq!(told(words), [("c2".to_owned(), Standing::Listed, false)]);
        let asked = Prints::of(["did they say thank you for the quick refund?"]);
        assert_eq!(of(words, &evidence(), &asked), [], "the person's own words are no trace");
    }

    #[test]
    fn what_only_looks_like_a_citation_is_none() {
        for words in
            ["[1]", "[a:b]", "[conversation:]", "[message:a b]", "[conversation", "[x](https://conversation:1)"]
        {
            assert_eq!(citations(words), [], "{words}");
        }
    }

    proptest! {
        #[test]
        fn citations_are_where_they_say(text in "[\\[\\]:a-c m]{0,40}(\\[message:[a-z0-9]{1,6}\\]){0,3}\\PC{0,20}") {
            let mut end = 0;
            for Citation { at, item } in citations(&text) {
                prop_assert!(at.start >= end && text[at.clone()].starts_with('[') && text[at.clone()].ends_with(']'));
                prop_assert!(text[at.clone()].contains(&item.id));
                end = at.end;
            }
        }
    }
}
