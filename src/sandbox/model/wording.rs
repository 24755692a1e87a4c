//! Owns the shapes of what people name in free text: addresses, numbers, ids, lists, quoted words. Does not know what is
//! wanted with them (`intent`).
//!
//! Invariant: placeholders such as `⟦email:1⟧` stand for what they hide and are handed on unchanged, like the value would be.

use serde_json::Value;

/// The latest e-mail address, or the placeholder of one.
pub(super) fn email(text: &str) -> Option<String> {
    let address = |token: &&str| {
        token
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !host.contains('@'))
    };
    latest(text, placeholder(text, "email"), tokens(text).filter(address).last())
}

/// The latest phone number in international form, or the placeholder of one.
pub(super) fn phone(text: &str) -> Option<String> {
    let spoken = text.rmatch_indices('+').find_map(|(at, _)| {
        let digits = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/' | '.');
        let rest = &text[at + 1..];
        let end = rest.find(|c| !digits(c)).unwrap_or(rest.len());
        let number: String = rest[..end].chars().filter(char::is_ascii_digit).collect();
        (8..=15).contains(&number.len()).then(|| format!("+{number}"))
    });
    placeholder(text, "phone").map(str::to_owned).or(spoken)
}

/// The latest external id: capital letters, a dash, then something with a digit (`USR-555`).
pub(super) fn external_id(text: &str) -> Option<String> {
    tokens(text).filter(|token| is_external_id(token)).last().map(str::to_owned)
}

fn is_external_id(token: &str) -> bool {
    token.split_once('-').is_some_and(|(kind, number)| {
        (2..=8).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.bytes().any(|byte| byte.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// A mail domain named as such: `quill.example`, `@quill.example`.
pub(super) fn domain(text: &str) -> Option<String> {
    let named = tokens(text).map(|token| token.trim_start_matches('@')).filter(|token| {
        let labels: Vec<&str> = token.split('.').collect();
        labels.len() > 1
            && labels
                .iter()
                .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            && labels.last().is_some_and(|last| last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic()))
    });
    named.last().map(str::to_lowercase)
}

/// The id of a bulk operation: 24 hex characters, or what follows the word "job".
pub(super) fn job_id(text: &str) -> Option<String> {
    let hex = tokens(text).find(|token| token.len() == 24 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let after = || {
        let mut tokens = tokens(text).skip_while(|token| !token.eq_ignore_ascii_case("job"));
        tokens.nth(1).filter(|token| token.bytes().any(|byte| byte.is_ascii_digit()))
    };
    hex.or_else(after).map(str::to_owned)
}

/// The number of a record: `order #40016`, `R40016`.
pub(super) fn record_number(text: &str) -> Option<String> {
    let number = |token: &&str| {
        token.len() >= 3 && token.bytes().filter(u8::is_ascii_digit).count() >= 3 && !token.contains('@')
    };
    tokens(text).map(|token| token.trim_start_matches('#')).find(number).map(str::to_owned)
}

/// The number in "last 3 conversations", "the three latest tickets"; 1 to 50.
pub(super) fn last_count(lower: &str) -> Option<usize> {
    const WORDS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let words: Vec<&str> = tokens(lower).collect();
    let count =
        |word: &str| word.parse().ok().or_else(|| WORDS.iter().position(|known| *known == word).map(|at| at + 1));
    let near =
        |word: &str| matches!(word, "last" | "latest" | "recent" | "previous" | "past" | "conversations" | "tickets");
    words.windows(2).find_map(|pair| {
        let number = if near(pair[0]) {
            count(pair[1])
        } else if near(pair[1]) {
            count(pair[0])
        } else {
            None
        };
        number.filter(|number| (1..=50).contains(number))
    })
}

/// Which of a numbered list is meant: "the second", "2", "number 3"; counted from 0.
pub(super) fn ordinal(text: &str) -> Option<usize> {
    const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let lower = text.to_ascii_lowercase();
    tokens(&lower).find_map(|token| {
        let number = token.trim_start_matches('#').parse::<usize>().ok().filter(|number| (1..=20).contains(number));
        number.map(|number| number - 1).or_else(|| WORDS.iter().position(|word| *word == token))
    })
}

/// The ids a text lists: a JSON array of strings (or of objects that hold one), else all external ids in it. Each once, in
/// the order given; nothing when the text lists none.
pub(super) fn id_list(text: &str) -> Vec<String> {
    let arrays = text.match_indices(['[', '{']).filter_map(|(at, _)| {
        let value = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok()?;
        let mut ids = Vec::new();
        collect(&value, &mut ids);
        (!ids.is_empty()).then_some(ids)
    });
    let mut ids = arrays.max_by_key(Vec::len).unwrap_or_default();
    if ids.is_empty() {
        ids = tokens(text).filter(|token| is_external_id(token) && token.len() > 5).map(str::to_owned).collect();
    }
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids
}

fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| match item {
            Value::String(id) => ids.push(id.trim().to_owned()),
            Value::Number(id) => ids.push(id.to_string()),
            Value::Array(_) | Value::Object(_) => collect(item, ids),
            Value::Null | Value::Bool(_) => {}
        }),
        Value::Object(fields) => {
            let named = ["external_id", "externalId", "tenant_id", "tenantId", "tenant", "id"].iter();
            match named.filter_map(|name| fields.get(*name).and_then(Value::as_str)).next() {
                Some(id) => ids.push(id.to_owned()),
                None => fields.values().filter(|value| value.is_array()).for_each(|value| collect(value, ids)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first text in quotation marks of any kind, when it is more than one word.
pub(super) fn quoted(text: &str) -> Option<String> {
    const MARKS: [(char, char); 5] = [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('\'', '\'')];
    MARKS.iter().find_map(|&(open, close)| {
        let inner = text.split_once(open)?.1.rsplit_once(close)?.0.trim();
        (inner.contains(' ') && !inner.contains(open)).then(|| inner.to_owned())
    })
}

/// The single word in quotation marks, a klass name for instance: `'service_outage'`.
pub(super) fn quoted_name(text: &str) -> Option<String> {
    let parts = text.split(['\'', '"', '`', '“', '”', '‘', '’']).skip(1);
    let name = |part: &&str| {
        part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
    };
    parts
        .filter(name)
        .find(|part| {
            text.contains(&format!("{part}' "))
                || text.contains(&format!("{part}\" "))
                || text.contains(&format!("{part}` "))
                || text.contains(&format!("{part}’ "))
                || text.contains(&format!("{part}” "))
        })
        .map(str::to_owned)
}

/// The words a person gives for a text to be written: in quotes, after a colon, after "saying", "telling them" or "that".
pub(super) fn given_text(text: &str) -> Option<String> {
    let after = |mark: &str| {
        let at = text.to_ascii_lowercase().find(mark)?;
        let rest = text.get(at + mark.len()..)?.trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    quoted(text).or_else(|| after(": ")).or_else(|| after(":\n")).or_else(|| {
        [
            " saying that ",
            " saying ",
            " telling them that ",
            " telling them ",
            " to say that ",
            " to say ",
            " says that ",
            " says ",
            " that ",
        ]
        .iter()
        .find_map(|mark| after(mark))
    })
}

/// What follows a verb of looking for somebody, without the filler words.
pub(super) fn after_verb(text: &str, verbs: &[&str]) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (at, verb) = verbs.iter().filter_map(|verb| lower.find(verb).map(|at| (at, verb))).min()?;
    let mut rest = text.get(at + verb.len()..)?.trim_start_matches([':', ',']).trim();
    while let Some(shorter) =
        ["for ", "the ", "a ", "customer ", "customers ", "named ", "called ", "user ", "profile of ", "with "]
            .iter()
            .find_map(|filler| {
                rest.get(..filler.len())
                    .filter(|start| start.eq_ignore_ascii_case(filler))
                    .map(|_| &rest[filler.len()..])
            })
    {
        rest = shorter.trim_start();
    }
    let rest = rest.trim_end_matches(['.', '?', '!', ' ']);
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A person named after "of", "for", "from" or "customer": the capitalised words that follow.
pub(super) fn person(text: &str) -> Option<String> {
    [" of ", " for ", " from ", " customer ", " named "].iter().find_map(|mark| {
        let rest = &text[text.find(mark)? + mark.len()..];
        let capital = |word: &&str| word.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
        let end = |word: &str| word.ends_with(['.', ',', '?', '!', ';']);
        let mut words = Vec::new();
        for word in rest.split_whitespace().take_while(capital) {
            words.push(word.trim_end_matches(['.', ',', '?', '!', ';']));
            if end(word) {
                break;
            }
        }
        (words.len() > 1 || words.first().is_some_and(|word| !word.is_ascii())).then(|| words.join(" "))
    })
}

/// The words of a text without the punctuation around them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '[' | ']' | '<' | '>' | '“' | '”'))
        .map(|token| token.trim_matches(['.', ':', '?', '!', '(', ')', '\'', '`', '’', '‘']))
        .filter(|token| !token.is_empty())
}

/// The latest placeholder of a kind.
fn placeholder<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    let open = format!("⟦{kind}:");
    let from = text.rfind(&open)?;
    let to = text[from..].find('⟧')? + from + '⟧'.len_utf8();
    Some(&text[from..to])
}

/// Of a placeholder and a plain value, the one that stands later.
fn latest(text: &str, hidden: Option<&str>, plain: Option<&str>) -> Option<String> {
    [hidden, plain].into_iter().flatten().max_by_key(|value| text.rfind(*value)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes_are_found_in_free_text() {
        assert_eq!(email("from ⟦email:1⟧ complaining"), Some("⟦email:1⟧".into()));
        assert_eq!(email("mail <a.b@c.example>, please"), Some("a.b@c.example".into()));
        assert_eq!(phone("set it to +1 (202) 555-0199."), Some("+12025550199".into()));
        assert_eq!(phone("is it ⟦phone:2⟧?"), Some("⟦phone:2⟧".into()));
        assert_eq!(external_id("profile (USR-555)."), Some("USR-555".into()));
        assert_eq!(external_id("our EU-West cluster"), None);
        assert_eq!(domain("anyone at @Quill.example?"), Some("quill.example".into()));
        assert_eq!(last_count("their last three conversations"), Some(3));
        assert_eq!(ordinal("the second one"), Some(1));
        assert_eq!(record_number("where is order #40016?"), Some("40016".into()));
        assert_eq!(person("list conversations of Daniel Kim, please"), Some("Daniel Kim".into()));
        assert_eq!(given_text("note: called back, no answer"), Some("called back, no answer".into()));
        assert_eq!(quoted_name("bulk create 'service_outage' custom objects"), Some("service_outage".into()));
        assert_eq!(quoted_name("the order hasn't arrived, they've asked"), None);
    }

    #[test]
    fn id_lists_are_read_from_json_of_several_forms_and_from_plain_text() {
        let want = vec!["TEN-10000".to_owned(), "TEN-10001".to_owned()];
        for text in [
            "take this: [\"TEN-10000\", \"TEN-10001\", \"TEN-10000\"] now",
            "{\"tenants\": [{\"id\": \"TEN-10000\"}, {\"id\": \"TEN-10001\"}]}",
            "TEN-10000,\nTEN-10001",
        ] {
            assert_eq!(id_list(text), want, "{text}");
        }
        assert_eq!(id_list("take this JSON list of affected tenants"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn nothing_a_person_types_breaks_the_readers(text in "\\PC{0,80}") {
            let _ = (email(&text), phone(&text), external_id(&text), domain(&text), job_id(&text), quoted(&text), quoted_name(&text));
            let _ = (record_number(&text), last_count(&text.to_ascii_lowercase()), ordinal(&text), id_list(&text), given_text(&text));
            let _ = (after_verb(&text, &["find"]), person(&text));
        }
    }
}
