//! Owns how links are told: as words with the host they lead to, and a sign where that host pretends to be another.

use std::sync::Arc;

use super::Row;
use crate::console::theme::Role;

/// The longest address kept beside a row; browsers take no much longer ones.
const LONGEST_ADDRESS: usize = 2_048;
/// The longest host shown; DNS allows 253.
const LONGEST_HOST: usize = 64;

/// What a link's target is told as, behind its words: ` (acme.example)`, with `⚠` where there is reason to look twice.
/// Empty where the words themselves already say it.
pub fn told(words: &str, target: &str) -> String {
    let target = target.trim();
    if let Some(address) = strip_scheme(target, "mailto:").or_else(|| strip_scheme(target, "tel:")) {
        let address = address.split('?').next().unwrap_or_default();
        return if words.contains(address) { String::new() } else { format!(" ({address})") };
    }
    let Some(host) = host(target) else {
        return match target.split_once(':') {
            // Other schemes run things (`javascript:`, `data:`) or open programs.
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => format!(" (⚠ {scheme} link)"),
            Some(_) | None => String::new(),
        };
    };
    let shown: String = host.chars().take(LONGEST_HOST).collect();
    // A whole text that looks like a host, or a word of it that is written like an address.
    let addressed = |word: &&str| ["www.", "http://", "https://"].iter().any(|start| word.starts_with(start));
    let claims = claimed_host(words).or_else(|| claimed_host(words.split_whitespace().find(addressed)?));
    let lies = claims.is_some_and(|claim| bare(&claim) != bare(&host));
    match (is_lookalike(&host) || lies, words.contains(&host)) {
        (true, _) => format!(" (⚠ {shown})"),
        (false, true) => String::new(),
        (false, false) => format!(" ({shown})"),
    }
}

/// Adds a line of plain words, addresses in the look of links and look-alike hosts flagged.
pub fn spot(line: &str, role: Role, row: &mut Row) {
    let mut rest = line;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        row.push(before, role);
        row.push_link(address, Role::Link, address_of(address).as_ref());
        if host(address).is_some_and(|host| is_lookalike(&host)) {
            row.push(" ⚠ look-alike address", Role::Warning);
        }
        rest = after;
    }
    row.push(rest, role);
}

/// An address that may be kept beside a row: `http` or `https`, printable ASCII, of a length that is no attack.
pub fn address_of(target: &str) -> Option<Arc<str>> {
    let target = target.trim();
    host(target)?;
    let plain = target.len() <= LONGEST_ADDRESS && target.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| Arc::from(target))
}

/// The host of a web address. What stands before an `@` is a disguise, not the host.
fn host(target: &str) -> Option<String> {
    let rest = strip_scheme(target, "https://").or_else(|| strip_scheme(target, "http://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    Some(host).filter(|host| !host.is_empty())
}

fn strip_scheme<'a>(target: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = target.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Punycode and letters beyond ASCII: may be honest, must be seen.
fn is_lookalike(host: &str) -> bool {
    !host.is_ascii() || host.split('.').any(|label| label.starts_with("xn--"))
}

/// The host that a link's words claim to lead to, if they look like one.
fn claimed_host(words: &str) -> Option<String> {
    let words = words.trim();
    if let Some(host) = host(words) {
        return Some(host);
    }
    let is_name = words.split_once('.').is_some_and(|(a, b)| !a.is_empty() && b.len() >= 2)
        && words.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && words.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_name.then(|| words.to_lowercase())
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_of_plain_letters_are_kept_beside_a_row() {
        assert_eq!(address_of("https://acme.example/a?b=1").as_deref(), Some("https://acme.example/a?b=1"));
        for odd in ["javascript:alert(1)", "https://a.b/\u{1b}]8;;", "https://а.b/", "file:///etc/passwd", "https://"]
        {
            assert_eq!(address_of(odd), None, "{odd}");
        }
        assert_eq!(address_of(&format!("https://a.b/{}", "x".repeat(4_000))), None);
    }

    #[test]
    fn a_link_names_its_host_and_a_disguise_is_flagged() {
        let cases = [
            (("your order", "https://shop.acme.example/o/1"), " (shop.acme.example)"),
            (("https://acme.example/x", "https://acme.example/x"), ""),
            (("www.acme.example", "https://acme.example"), ""),
            (("acme.example", "https://evil.example"), " (⚠ evil.example)"),
            (("here", "https://acme.example@evil.example/"), " (evil.example)"),
            (("here", "https://xn--cme-7cd.example/"), " (⚠ xn--cme-7cd.example)"),
            (("write us", "mailto:help@acme.example?subject=x"), " (help@acme.example)"),
            (("here", "javascript:alert(1)"), " (⚠ javascript link)"),
            (("top", "#top"), ""),
            (("go to www.acme.example now", "https://evil.example"), " (⚠ evil.example)"),
            (("acme", "https://аcme.example/"), " (⚠ аcme.example)"),
        ];
        for ((words, target), wanted) in cases {
            assert_eq!(told(words, target), wanted, "{words} -> {target}");
        }
    }
}
