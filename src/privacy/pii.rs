//! Owns the search for personal values in free text: e-mail addresses, phone numbers, payment cards, bank accounts. Used
//! where a desk's masks do not reach: customers write their numbers into messages. Does not replace them ([`super::Vault`]).
//!
//! It prefers a false alarm: a placeholder can be turned back, a leak cannot.

use std::ops::Range;

/// A personal value found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// The kind, which is also the placeholder's name: `email`, `phone`, `card`, `iban`.
    pub kind: &'static str,
}

/// All personal values in `text`, in order, not overlapping.
pub fn find(text: &str) -> Vec<Found> {
    let mut found = emails(text);
    for candidate in ibans(text).into_iter().chain(numbers(text)) {
        if !found.iter().any(|f| f.range.start < candidate.range.end && candidate.range.start < f.range.end) {
            found.push(candidate);
        }
    }
    found.sort_by_key(|f| f.range.start);
    found
}

/// The text with every personal value replaced by its kind (`[phone]`): for logs, the audit trail and errors, where
/// nothing must ever be turned back.
pub fn redact(text: &str) -> String {
    let mut out = text.to_owned();
    for found in find(text).into_iter().rev() {
        out.replace_range(found.range, &format!("[{}]", found.kind));
    }
    out
}

/// The digits from which on a word is taken for the number of an account.
const ACCOUNT: usize = 8;

/// The text without words that look like the number of an account, an identity card or a parcel (`[number]`): for what is
/// kept on disk. The desk may mask such a number, and the customer write it out; which it is cannot be told from the text.
pub fn redact_accounts(text: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(inside) {
        let end = rest[start..].find(|c| !inside(c)).map_or(rest.len(), |len| start + len);
        let word = &rest[start..end];
        let is_account = word.chars().filter(|c| c.is_numeric()).count() >= ACCOUNT && !is_date(word);
        out.push_str(&rest[..start]);
        out.push_str(if is_account { "[number]" } else { word });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn emails(text: &str) -> Vec<Found> {
    let local = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
    let host = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let mut found: Vec<Found> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let start = text[..at].char_indices().rev().take_while(|(_, c)| local(*c)).last().map_or(at, |(i, _)| i);
        let end = text[at + 1..]
            .char_indices()
            .take_while(|(_, c)| host(*c))
            .last()
            .map_or(at, |(i, c)| at + 1 + i + c.len_utf8());
        let domain = text[(at + 1).min(end)..end].trim_end_matches(['.', '-']);
        let end = at + 1 + domain.len();
        if start < at && domain.contains('.') && found.last().is_none_or(|f| f.range.end <= start) {
            found.push(Found { range: start..end, kind: "email" });
        }
    }
    found
}

/// Digit runs with the separators people put into numbers, judged as card or phone.
fn numbers(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
        let start = at + offset;
        let len = text[start..]
            .char_indices()
            .take_while(|(i, c)| c.is_ascii_digit() || " -().\u{a0}/".contains(*c) || (*i == 0 && *c == '+'))
            .last()
            .map_or(1, |(i, c)| i + c.len_utf8());
        let run = text[start..start + len].trim_end_matches(|c: char| !c.is_ascii_digit());
        let glued = text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
            || text[start + run.len()..].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if let (false, Some(kind)) = (glued, number_kind(run)) {
            found.push(Found { range: start..start + run.len(), kind });
        }
        at = start + len;
    }
    found
}

fn number_kind(run: &str) -> Option<&'static str> {
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    if (13..=19).contains(&digits.len()) && !run.starts_with('+') && luhn(&digits) {
        return Some("card");
    }
    let long_enough = (8..=15).contains(&digits.len());
    let like_a_phone = run.starts_with(['+', '0', '(']) || digits.len() >= 10 || run.matches('-').count() == 2;
    (long_enough && like_a_phone && !is_date(run)).then_some("phone")
}

/// `2026-11-21` and `21.11.2026`, with or without a time behind.
fn is_date(run: &str) -> bool {
    let first = run.split(' ').next().unwrap_or(run);
    let parts: Vec<&str> = first.split(['-', '.', '/']).collect();
    let lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    digits && matches!(lens.as_slice(), [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4])
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            if i % 2 == 1 { if d > 4 { d * 2 - 9 } else { d * 2 } } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// International bank account numbers, with or without spaces, checked by their own check digits (ISO 13616).
fn ibans(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    while start + 15 <= bytes.len() {
        let boundary = start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
        let head = bytes[start].is_ascii_uppercase()
            && bytes[start + 1].is_ascii_uppercase()
            && bytes[start + 2].is_ascii_digit()
            && bytes[start + 3].is_ascii_digit();
        match (boundary && head).then(|| iban_len(&bytes[start..])).flatten() {
            Some(len) => {
                found.push(Found { range: start..start + len, kind: "iban" });
                start += len;
            }
            None => start += 1,
        }
    }
    found
}

/// The longest prefix that is a valid IBAN.
fn iban_len(bytes: &[u8]) -> Option<usize> {
    let run = bytes.iter().take(42).take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b' ').count();
    (15..=run).rev().find(|len| {
        let compact: Vec<u8> = bytes[..*len].iter().copied().filter(|b| *b != b' ').collect();
        bytes[len - 1] != b' ' && (15..=34).contains(&compact.len()) && mod_97(&compact) == 1
    })
}

fn mod_97(compact: &[u8]) -> u32 {
    compact[4..].iter().chain(&compact[..4]).fold(0, |acc, b| {
        if b.is_ascii_digit() {
            (acc * 10 + u32::from(b - b'0')) % 97
        } else {
            (acc * 100 + u32::from(b - b'A') + 10) % 97
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(&'static str, &str)> {
        find(text).into_iter().map(|f| (f.kind, &text[f.range])).collect()
    }

    #[test]
    fn personal_values_are_found_in_running_text() {
        assert_eq!(
            kinds("mail mara.q+x@quill.example, call +49 (155) 5000-1122 or 0155 5000 1122."),
            [("email", "mara.q+x@quill.example"), ("phone", "+49 (155) 5000-1122"), ("phone", "0155 5000 1122")]
        );
        assert_eq!(
            kinds("card 4111 1111 1111 1111, iban DE89 3704 0044 0532 0130 00"),
            [("card", "4111 1111 1111 1111"), ("iban", "DE89 3704 0044 0532 0130 00")]
        );
    }

    #[test]
    fn numbers_of_accounts_are_not_kept() {
        assert_eq!(
            redact_accounts("id BIL-0001-24471, parcel 1Z999AA10123456784, order 7731 of 2026-11-21."),
            "id [number], parcel [number], order 7731 of 2026-11-21."
        );
    }

    #[test]
    fn ordinary_numbers_are_left_alone() {
        for text in [
            "Order #7731",
            "2026-11-21 03:40:08",
            "21.11.2026",
            "12.50 30.00",
            "66a1f0c2b7d4e9001c3a5f10",
            "TEN-10234",
            "a@b",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_ordered_and_on_character_bounds(text in any::<String>()) {
            let mut end = 0;
            for f in find(&text) {
                prop_assert!(f.range.start >= end && text.get(f.range.clone()).is_some());
                end = f.range.end;
            }
        }
    }
}
