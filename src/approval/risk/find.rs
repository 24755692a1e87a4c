//! Owns the finding of links, amounts of money and dates in words people wrote. Prefers a false alarm. Judges nothing.

/// A link in words, by where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its host, in small letters.
    pub host: String,
    /// Whether something before an `@` pretends to be the host.
    pub disguised: bool,
}

/// Endings that make a bare word a host; more would take file names and ends of sentences for links.
const ENDINGS: [&str; 26] = [
    "com", "org", "net", "io", "app", "dev", "info", "biz", "co", "me", "shop", "store", "online", "site", "xyz",
    "example", "test", "de", "eu", "uk", "fr", "it", "pl", "ru", "us", "link",
];

/// The links in words: with a scheme, with `www.`, and bare hosts. E-mail addresses are none.
pub fn links(words: &str) -> Vec<Link> {
    let cut =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '[' | ']' | '|' | ',' | ';' | '\'');
    let mut all: Vec<Link> = Vec::new();
    for word in words.split(cut) {
        let found = link(word.trim_end_matches(['.', '!', '?', ':']));
        if let Some(found) = found.filter(|found| !all.contains(found)) {
            all.push(found);
        }
    }
    all
}

fn link(word: &str) -> Option<Link> {
    let lower = word.to_lowercase();
    let at = lower.find("://").filter(|at| *at > 0);
    let has_scheme = at.is_some();
    let rest = at.map_or(lower.as_str(), |at| &lower[at + 3..]);
    if !has_scheme && rest.contains('@') {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let (disguise, host) = authority.rsplit_once('@').map_or(("", authority), |(before, host)| (before, host));
    let host = host.split(':').next().unwrap_or_default().trim_matches('.');
    let ending = host.rsplit('.').next().unwrap_or_default();
    let is_host = host.split('.').count() > 1
        && host.split('.').all(|label| !label.is_empty())
        && host.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    let is_bare = is_host
        && !host.chars().all(|c| c.is_ascii_digit() || c == '.')
        && (host.starts_with("www.")
            || ENDINGS.contains(&ending)
            || host.split('.').any(|part| part.starts_with("xn--")));
    let counts = if has_scheme { !host.is_empty() } else { is_bare };
    counts.then(|| Link { host: host.to_owned(), disguised: !disguise.is_empty() })
}

/// Whether a host is this one or stands below it.
pub fn is_below(host: &str, allowed: &str) -> bool {
    let allowed = allowed.trim().trim_start_matches("*.").trim_start_matches('.').to_lowercase();
    !allowed.is_empty() && (host == allowed || host.ends_with(&format!(".{allowed}")))
}

/// Why a host looks like another than it is, if it does.
pub fn lookalike_of(host: &str, known: &[&str]) -> Option<String> {
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return Some("is written in punycode: it holds letters of other scripts".to_owned());
    }
    if !host.is_ascii() {
        return Some("holds letters beyond a to z".to_owned());
    }
    let bare = |host: &str| host.trim_start_matches("www.").to_owned();
    let own = bare(host);
    let twin = known.iter().map(|other| bare(other)).find(|other| {
        *other != own && !is_below(&own, other) && !is_below(other, &own) && skeleton(other) == skeleton(&own)
    });
    twin.map(|twin| format!("looks like {twin}"))
}

/// What is left of a host when the signs that look alike are one sign.
fn skeleton(host: &str) -> String {
    let plain: String = host
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '-' => '.',
            c => c,
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// Signs and codes of currencies.
const SIGNS: [char; 8] = ['€', '$', '£', '¥', '₹', '₽', '₺', '₩'];
const CODES: [&str; 22] = [
    "eur", "usd", "gbp", "chf", "jpy", "cny", "inr", "pln", "czk", "sek", "nok", "dkk", "huf", "ron", "cad", "aud",
    "nzd", "brl", "euro", "euros", "dollars", "pounds",
];

/// Amounts of money, as written.
pub fn amounts(words: &str) -> Vec<String> {
    let tokens: Vec<&str> =
        words.split_whitespace().map(|token| token.trim_matches(['(', ')', ';', ':', '!', '?'])).collect();
    let is_number = |token: &str| {
        let token = token.trim_end_matches(['.', ',']);
        token.starts_with(|c: char| c.is_ascii_digit())
            && token.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '-' | '–' | '\u{a0}'))
    };
    let is_code = |token: &str| CODES.contains(&token.trim_matches(['.', ',']).to_lowercase().as_str());
    let mut all: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let bare = token.trim_matches(|c: char| SIGNS.contains(&c) || matches!(c, '-' | '.' | ','));
        let signed = token.contains(SIGNS) && is_number(bare);
        let glued = split_code(token).is_some_and(|(number, code)| is_number(number) && is_code(code));
        let next = tokens.get(at + 1);
        let spaced = next.is_some_and(|next| {
            is_number(token)
                && (is_code(next)
                    || next.trim_matches(['.', ',']).chars().all(|c| SIGNS.contains(&c)) && next.contains(SIGNS))
                || (is_code(token) || token.chars().all(|c| SIGNS.contains(&c))) && !token.is_empty() && is_number(next)
        });
        let amount = match next {
            _ if signed || glued => (*token).to_owned(),
            Some(next) if spaced => format!("{token} {next}"),
            _ => continue,
        };
        let amount = amount.trim_end_matches(['.', ',']).to_owned();
        if !all.contains(&amount) {
            all.push(amount);
        }
    }
    all
}

/// `12eur` and `eur12`, apart: number first.
fn split_code(token: &str) -> Option<(&str, &str)> {
    let at = token.find(|c: char| c.is_ascii_alphabetic())?;
    let (head, tail) = token.split_at(at);
    if !head.is_empty() {
        return Some((head, tail));
    }
    let at = token.find(|c: char| c.is_ascii_digit())?;
    let (code, number) = token.split_at(at);
    Some((number, code))
}

const MONTHS: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const SOON: [&str; 5] = ["tomorrow", "today", "tonight", "immediately", "overnight"];
const SPANS: [&str; 14] = [
    "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "business", "working",
    "h", "hrs",
];

/// Dates and spans that read like a promise, as written.
pub fn dates(words: &str) -> Vec<String> {
    let tokens: Vec<String> = words
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | '!' | '?'))
        .filter(|token| !token.is_empty())
        .map(|token| token.trim_end_matches(['.', ':']).to_lowercase())
        .collect();
    let of = |list: &[&str], token: Option<&String>| token.is_some_and(|token| list.contains(&token.as_str()));
    let day = |token: Option<&String>| {
        let token = token.map(|token| token.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
        token.is_some_and(|day| day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)))
    };
    let mut all: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (before, next) = (at.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(at + 1));
        let found = if is_date(token) || SOON.contains(&token.as_str()) || DAYS.contains(&token.as_str()) {
            token.clone()
        } else if of(&MONTHS, Some(token)) && day(next) {
            format!("{token} {}", next.map_or("", String::as_str))
        } else if of(&MONTHS, Some(token)) && day(before) {
            format!("{} {token}", before.map_or("", String::as_str))
        } else if token.starts_with(|c: char| c.is_ascii_digit()) && of(&SPANS, next) && reads_as_span(token) {
            format!("{token} {}", next.map_or("", String::as_str))
        } else {
            continue;
        };
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

/// `3`, `24`, `3-5`.
fn reads_as_span(token: &str) -> bool {
    token.len() <= 5 && token.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '–'))
}

/// `2026-11-21`, `21.11.2026`, `21/11/26`.
fn is_date(token: &str) -> bool {
    let token = token.split('t').next().unwrap_or(token);
    let parts: Vec<&str> = token.split(['-', '.', '/']).collect();
    let lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        && matches!(lens.as_slice(), [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 2 | 4])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_found_with_and_without_a_scheme() {
        for (words, hosts) in [
            ("see https://shop.acme.example/o/1?x=y.", vec!["shop.acme.example"]),
            ("see www.acme.example, or acme.com!", vec!["www.acme.example", "acme.com"]),
            ("[here](https://evil.example)", vec!["evil.example"]),
            ("HTTPS://EVIL.example:8443/a", vec!["evil.example"]),
            ("https://acme.example@evil.example/", vec!["evil.example"]),
            ("https://10.0.0.1/x", vec!["10.0.0.1"]),
            ("write mara@quill.example", vec![]),
            ("report.pdf, e.g. this. And 12.50 or v1.2.3", vec![]),
            ("xn--cme-7cd.example", vec!["xn--cme-7cd.example"]),
            ("аcme.example", vec!["аcme.example"]),
        ] {
            let found: Vec<String> = links(words).into_iter().map(|link| link.host).collect();
            assert_eq!(found, hosts, "{words}");
        }
        assert!(links("https://acme.example@evil.example/")[0].disguised);
    }

    #[test]
    fn hosts_that_look_like_known_ones_are_told() {
        let known = ["acme.example", "www.quill-shop.example"];
        for (host, alike) in [
            ("acrne.example", true),
            ("quill.shop.example", true),
            ("xn--cme-7cd.example", true),
            ("аcme.example", true),
            ("acme.example", false),
            ("help.acme.example", false),
            ("other.example", false),
        ] {
            assert_eq!(lookalike_of(host, &known).is_some(), alike, "{host}");
        }
        assert!(is_below("a.acme.example", "acme.example") && !is_below("evilacme.example", "acme.example"));
    }

    #[test]
    fn amounts_are_found_in_the_ways_people_write_them() {
        for (words, expected) in [
            ("we refund €12.50 today", vec!["€12.50"]),
            ("12,50 € come back.", vec!["12,50 €"]),
            ("EUR 1,000.00 or 20 USD", vec!["EUR 1,000.00", "20 USD"]),
            ("($30)", vec!["$30"]),
            ("30eur", vec!["30eur"]),
            ("£5.", vec!["£5"]),
            ("order 10422, 3 parcels", vec![]),
            ("the euro zone", vec![]),
        ] {
            assert_eq!(amounts(words), expected, "{words}");
        }
    }

    #[test]
    fn dates_and_spans_are_found() {
        for (words, expected) in [
            ("It arrives tomorrow.", vec!["tomorrow"]),
            ("by Friday, 21 November", vec!["friday", "21 november"]),
            ("on 2026-11-21 or 21.11.2026", vec!["2026-11-21", "21.11.2026"]),
            ("within 24 hours, 3-5 business days", vec!["24 hours", "3-5 business"]),
            ("on May 21st, by 3 June", vec!["may 21st", "3 june"]),
            ("you may call us", vec![]),
            ("version 1.2", vec![]),
        ] {
            assert_eq!(dates(words), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_words_make_it_stumble(words in any::<String>()) {
            let _ = (links(&words), amounts(&words), dates(&words));
        }
    }
}
