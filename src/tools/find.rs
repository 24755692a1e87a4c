//! Owns the finding of tools by what somebody wants to do: words compared with names, keywords and descriptions, rare words
//! counting more. Used alike by a model (`tool_search`) and a person (`shiftdeck tools list --intent`). Pure.

use std::collections::HashMap;

use super::Tool;

/// Words that say nothing about what is wanted.
const EMPTY: [&str; 43] = [
    "a", "an", "all", "and", "any", "are", "as", "at", "be", "by", "can", "do", "for", "from", "have", "how", "i",
    "in", "into", "is", "it", "its", "me", "my", "new", "of", "on", "one", "or", "please", "that", "the", "their",
    "them", "this", "to", "tool", "want", "we", "what", "which", "with", "you",
];
/// How much a word counts by where it stands: in the name, among the keywords, in the description.
const WEIGHTS: [f64; 3] = [4.0, 3.0, 1.0];
/// The longest wish that is read, in words.
const LONGEST: usize = 60;

/// A tool's words with their weights.
type Terms = HashMap<String, f64>;

/// Tools with the weights of their words.
#[derive(Debug)]
pub(super) struct Index(Vec<(&'static Tool, Terms)>);

impl Index {
    /// Of these tools.
    pub(super) fn of(tools: &[&'static Tool]) -> Self {
        let terms = |tool: &Tool| {
            let mut terms = Terms::new();
            for (text, weight) in [tool.spec.name, tool.spec.words, tool.spec.about].into_iter().zip(WEIGHTS) {
                for word in words(text) {
                    let known = terms.entry(word).or_default();
                    *known = known.max(weight);
                }
            }
            terms
        };
        Self(tools.iter().map(|tool| (*tool, terms(tool))).collect())
    }

    /// A word that few tools have says more about which is meant.
    fn rarity(&self, word: &str) -> f64 {
        let having = self.0.iter().filter(|(_, terms)| weight(terms, word) > 0.0).count();
        if having == 0 { 0.0 } else { (1.0 + self.0.len() as f64 / having as f64).ln() }
    }
}

/// Tools of an index that fit a wish in free words, the best first, with how well they fit.
pub(super) fn found(index: &Index, wish: &str) -> Vec<(&'static Tool, f64)> {
    let mut wanted: Vec<String> = words(wish).take(LONGEST).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rare: Vec<(String, f64)> = wanted
        .into_iter()
        .map(|word| {
            let rarity = index.rarity(&word);
            (word, rarity)
        })
        .collect();
    let score = |terms: &Terms| rare.iter().map(|(word, rarity)| weight(terms, word) * rarity).sum::<f64>();
    let all = index.0.iter().map(|(tool, terms)| (*tool, score(terms)));
    let mut found: Vec<(&'static Tool, f64)> = all.filter(|(_, score)| *score > 0.0).collect();
    // Of equals, what does less to the world comes first.
    let order = |tool: &Tool| (tool.spec.effect, tool.spec.name);
    found.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| order(a).cmp(&order(b))));
    found
}

fn weight(terms: &Terms, word: &str) -> f64 {
    terms.get(word).copied().unwrap_or_default()
}

/// The words of a text, each by its stem.
fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1);
    let parts = parts.map(str::to_lowercase).filter(|word| !EMPTY.contains(&word.as_str()));
    parts.map(|word| stem(&word).to_owned())
}

/// English endings that do not change what a word is about.
fn stem(word: &str) -> &str {
    let cut = ["ations", "ation", "ings", "ing", "ies", "ers", "es", "ed", "er", "s", "y", "e"];
    let stem = cut.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3));
    stem.unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{Shelf, all};

    fn find(wish: &str) -> Vec<(&'static Tool, f64)> {
        Shelf::new().find(wish)
    }

    fn best(wish: &str) -> Vec<&'static str> {
        find(wish).into_iter().take(3).map(|(tool, _)| tool.spec.name).collect()
    }

    #[test]
    fn a_wish_in_plain_words_finds_its_tool() {
        for (wish, tool) in [
            ("draft a WhatsApp message to the customer", "draft_whatsapp"),
            ("write an email reply as a draft", "draft_email"),
            ("text message draft by SMS", "draft_sms"),
            ("update the customer's phone number", "customer_update"),
            ("look up the customer's order records", "kobject_list"),
            ("create records for many tenants in bulk", "kobject_bulk_create"),
            ("map tenant ids to customers", "customer_resolve"),
            ("watch a bulk job until it completes", "bulk_status"),
            ("snooze or close the conversation", "conversation_update"),
            ("assign the conversation to a team", "conversation_update"),
            ("merge two duplicate customers", "customer_merge"),
            ("redact a message with a card number", "message_redact"),
            ("which business hours do we have", "schedule_list"),
            ("compare the phone number with a value", "value_compare"),
            ("format a phone number as E.164", "phone_format"),
            ("how many hours between two times", "time_math"),
            ("add tags to a conversation", "conversation_tag"),
            ("who is in the billing team", "team_list"),
            ("create an order record for a customer", "kobject_create"),
        ] {
            assert!(best(wish).contains(&tool), "{wish}: {:?}", best(wish));
        }
    }

    #[test]
    fn a_wish_about_nothing_here_finds_nothing() {
        assert!(find("zzyzx qwerty").is_empty());
        assert!(find("").is_empty());
        assert!(find(&"please ".repeat(100_000)).is_empty());
    }

    #[test]
    fn every_tool_is_found_by_its_own_name() {
        for tool in all() {
            let found = find(&tool.spec.name.replace('_', " "));
            let place = found.iter().position(|(other, _)| other.spec.name == tool.spec.name);
            assert!(place.is_some_and(|place| place < 8), "{}: {place:?}", tool.spec.name);
        }
    }
}
