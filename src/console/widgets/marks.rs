//! Owns marking what was looked for in a line of words: whatever the case, in any script whose case it is. Words come in
//! safe; nothing is added or lost.

use ratatui::{style::Style, text::Span};

/// The words as spans, every occurrence of a needle (in lower case) in the look of a mark.
pub fn marked(words: &str, needles: &[String], style: Style, mark: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut done = 0;
    for (from, until) in found(words, needles) {
        if from > done {
            spans.push(Span::styled(words[done..from].to_owned(), style));
        }
        spans.push(Span::styled(words[from..until].to_owned(), style.patch(mark)));
        done = until;
    }
    if done < words.len() || spans.is_empty() {
        spans.push(Span::styled(words[done..].to_owned(), style));
    }
    spans
}

/// Where the needles stand, in bytes: in order, not overlapping.
fn found(words: &str, needles: &[String]) -> Vec<(usize, usize)> {
    if needles.is_empty() {
        return Vec::new();
    }
    // A letter can be longer in lower case (`İ`): each byte there remembers the letter it came from.
    let (mut lower, mut from) = (String::with_capacity(words.len()), Vec::with_capacity(words.len() + 1));
    for (at, c) in words.char_indices() {
        lower.extend(c.to_lowercase());
        from.resize(lower.len(), at);
    }
    from.push(words.len());
    let mut places: Vec<(usize, usize)> = needles
        .iter()
        .filter(|needle| !needle.is_empty())
        .flat_map(|needle| lower.match_indices(needle.as_str()).map(|(at, found)| (at, at + found.len())))
        .map(|(at, end)| (from[at], behind(words, from[end - 1])))
        .collect();
    places.sort_unstable();
    let mut last = 0;
    places.retain(|(at, end)| {
        let is_free = *at >= last;
        last = if is_free { *end } else { last };
        is_free
    });
    places
}

/// The end of the letter that begins here.
fn behind(words: &str, at: usize) -> usize {
    at + words[at..].chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(words: &str, needles: &[&str]) -> String {
        let needles: Vec<String> = needles.iter().map(|needle| (*needle).to_owned()).collect();
        let mut out = String::new();
        let mut done = 0;
        for (from, until) in found(words, &needles) {
            out.push_str(&format!("{}[{}]", &words[done..from], &words[from..until]));
            done = until;
        }
        out + &words[done..]
    }

    #[test]
    fn every_occurrence_is_marked_whatever_its_case() {
        assert_eq!(shown("Refund, refund, ÄRGER", &["refund", "ärger"]), "[Refund], [refund], [ÄRGER]");
        assert_eq!(shown("İstanbul", &["stan"]), "İ[stan]bul");
        assert_eq!(shown("aaa", &["aa", "a"]), "[a][a][a]");
    }

    proptest! {
        #[test]
        fn nothing_is_added_or_lost(words in ".{0,40}", needles in prop::collection::vec(".{0,3}", 0..4)) {
            let needles: Vec<String> = needles.iter().map(|needle| needle.to_lowercase()).collect();
            let spans = marked(&words, &needles, Style::new(), Style::new());
            prop_assert_eq!(spans.iter().map(|span| span.content.as_ref()).collect::<String>(), words);
        }
    }
}
