//! Owns choosing entries of the trail: the same words on the command line and in the Audit pane. Reads no store.

use jiff::Timestamp;

use super::Entry;
use crate::clock;

/// Which entries are wanted; what is absent chooses nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Who sat at the console, or who wanted it: a part of the name.
    pub who: Option<String>,
    /// The customer's id.
    pub customer: Option<String>,
    /// The effect's word.
    pub effect: Option<String>,
    /// The event's word.
    pub event: Option<String>,
    /// Exactly this entry, and those that are about it.
    pub entry: Option<u64>,
    /// Words that stand anywhere in it.
    pub words: Vec<String>,
}

/// The words of [`Filter::read`], for hints.
pub const WORDS: &str = "who:ann effect:write event:failed customer:66a1 since:8h #12, or any words";

impl Filter {
    /// Reads `who:ann effect:send since:8h #12 refund`; text with blanks in it stands in quotes.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, String> {
        let mut filter = Self::default();
        for word in split(text) {
            match word.split_once(':') {
                Some(("who", value)) => filter.who = Some(value.to_lowercase()),
                Some(("customer", value)) => filter.customer = Some(value.to_owned()),
                Some(("effect", value)) => filter.effect = Some(checked("effect", value, &EFFECTS)?),
                Some(("event", value)) => filter.event = Some(checked("event", value, &EVENTS)?),
                Some(("since", value)) => {
                    let since = clock::moment(value, now);
                    filter.since = Some(since.ok_or_else(|| format!("since:{value} is no time: 8h, 2d, 2025-03-04"))?);
                }
                _ => match word.strip_prefix('#').and_then(|number| number.parse().ok()) {
                    Some(number) => filter.entry = Some(number),
                    None => filter.words.push(word.to_lowercase()),
                },
            }
        }
        Ok(filter)
    }

    /// Whether an entry is wanted.
    pub fn wants(&self, entry: &Entry) -> bool {
        let within = |part: &Option<String>, whole: &[&str]| {
            part.as_ref()
                .is_none_or(|part| whole.iter().any(|whole| whole.to_lowercase().contains(&part.to_lowercase())))
        };
        let is = |part: &Option<String>, whole: &str| part.as_ref().is_none_or(|part| part == whole);
        self.since.is_none_or(|since| entry.at.parse().is_ok_and(|at: Timestamp| at >= since))
            && within(&self.who, &[&entry.who, &entry.author])
            && is(&self.customer, &entry.customer)
            && is(&self.effect, &entry.effect)
            && is(&self.event, &entry.event)
            && self.entry.is_none_or(|number| entry.seq == number || entry.about == number)
            && self.words.iter().all(|word| says(entry, word))
    }
}

/// The effects an entry may have.
pub const EFFECTS: [&str; 7] = ["unmask", "disclose", "draft", "write", "send", "bulk", "delete"];

/// The events an entry may be.
pub const EVENTS: [&str; 10] =
    ["approved", "refused", "returned", "done", "failed", "unknown", "closed", "first yes", "caught", "missed"];

fn checked(what: &str, value: &str, known: &[&str]) -> Result<String, String> {
    if known.contains(&value) {
        Ok(value.to_owned())
    } else {
        Err(format!("{what}:{value} is none of {}", known.join(", ")))
    }
}

fn says(entry: &Entry, word: &str) -> bool {
    let all = [
        &entry.event,
        &entry.who,
        &entry.author,
        &entry.effect,
        &entry.operation,
        &entry.summary,
        &entry.customer,
        &entry.conversation,
        &entry.reason,
        &entry.because,
        &entry.object,
        &entry.proposal,
        &entry.digest,
        &entry.canary,
    ];
    all.iter().any(|part| part.to_lowercase().contains(word))
}

/// Words at blanks; quotes keep blanks together.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            seq: 12,
            at: "2026-11-21T04:00:00Z".into(),
            event: "first yes".into(),
            who: "Ann Ek".into(),
            author: "assistant (m)".into(),
            effect: "send".into(),
            summary: "send a message (sms)".into(),
            customer: "66a1".into(),
            about: 4,
            ..Entry::default()
        }
    }

    #[test]
    fn every_word_of_the_filter_chooses() {
        let now = "2026-11-21T10:00:00Z".parse().expect("a time");
        let wants = |text: &str| Filter::read(text, now).expect("it reads").wants(&entry());
        for text in ["", "who:ann", "who:assistant", "customer:66a1", "effect:send", "event:\"first yes\"", "#12", "#4"]
        {
            assert!(wants(text), "{text}");
        }
        assert!(wants("since:8h SMS message effect:send"));
        for text in ["who:ben", "customer:66a", "effect:write", "event:done", "#13", "since:2h", "sms refund"] {
            assert!(!wants(text), "{text}");
        }
        assert!(Filter::read("effect:sned", now).is_err() && Filter::read("since:soon", now).is_err());
    }
}
