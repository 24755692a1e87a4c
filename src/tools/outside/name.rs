//! Owns the names under which tools of other sources are offered: at most 64 of `A-Za-z0-9_-` (integrations reference 3.7),
//! unique over all sources. Pure. The way back is not in the name: the tool knows its source and its name there.

use sha2::{Digest, Sha256};

use super::Offered;

/// The longest name that model APIs take.
const LONGEST: usize = 64;
/// Digits of a digest that tell two names apart that would be one.
const DIGITS: usize = 8;

/// The name of an offer: its own where a reviewed source offers it and it is free, else behind the source's name. `None` where it
/// has no name at all.
pub(in crate::tools) fn unique(alias: &str, offer: &Offered, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let published = offer.origin.tool.as_str();
    if published.is_empty() {
        return None;
    }
    let is_free = |name: &String| name.len() <= LONGEST && !is_taken(name);
    let own = Some(published.to_owned()).filter(|name| offer.origin.is_reviewed && is_valid(name) && is_free(name));
    let behind = || {
        let name = format!("{}__{}", valid(alias), valid(published));
        Some(name).filter(|name| is_valid(published) && is_free(name))
    };
    let told_apart = || {
        let digest: String =
            Sha256::digest(published).iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
        let mut name = format!("{}__{}", valid(alias), valid(published));
        name.truncate(LONGEST - DIGITS - 1);
        Some(format!("{name}_{digest}")).filter(|name| is_free(name))
    };
    own.or_else(behind).or_else(told_apart)
}

fn is_valid(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn valid(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' };
    name.chars().take(LONGEST).map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        approval::{Effect, Origin},
        domain::Text,
        tools::outside::Schema,
    };

    fn offer(tool: &str, is_reviewed: bool) -> Offered {
        let origin =
            Origin { source: "x".into(), place: "host".into(), tool: tool.into(), definition: "1".into(), is_reviewed };
        let schema = Schema::read(&serde_json::json!({"type": "object"})).expect("a schema");
        Offered { origin, about: Text::default(), schema, effect: Effect::Write, barred: None }
    }

    #[test]
    fn every_name_is_valid_and_none_is_taken_twice() {
        let none = |_: &str| false;
        let named = |tool: &str, is_reviewed, taken: fn(&str) -> bool| unique("shop", &offer(tool, is_reviewed), taken);
        assert_eq!(named("list_all", true, none).as_deref(), Some("list_all"));
        assert_eq!(named("list_all", true, |name| name == "list_all").as_deref(), Some("shop__list_all"));
        assert_eq!(
            named("customer_get", false, none).as_deref(),
            Some("shop__customer_get"),
            "a stranger's is told apart"
        );
        let dotted = named("rates.search", false, none).expect("a name");
        assert!(dotted.starts_with("shop__rates_search_") && is_valid(&dotted), "{dotted}");
        assert_ne!(Some(dotted), named("rates_search", false, none), "two tools, two names");
        for long in ["ü".repeat(200), "x".repeat(128), "\u{202e}a\u{7}".to_owned()] {
            let name = named(&long, true, none).expect("a name");
            assert!(name.len() <= LONGEST && is_valid(&name), "{name}");
        }
        assert_eq!(named("", true, none), None);
    }
}
