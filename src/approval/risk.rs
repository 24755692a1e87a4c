//! Owns what a person should look at twice before a yes: marks computed from the change, the conversation and the customer,
//! never from what an author says about them. Pure; draws nothing. It may cry wolf; that costs a glance.
//!
//! Only one mark stops an approval: another customer's data on its way to this one.

mod find;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Change, Effect, Scene};
use crate::{
    domain::{Channel, Contact, Customer, Direction, Guarded},
    privacy::{pii, text},
};
use find::{Link, is_below, lookalike_of};

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Risk {
    OtherCustomer,
    LookAlike,
    NewLink,
    NewAddress,
    NewNumber,
    Recipient,
    Hidden,
    Placeholder,
    Personal,
    Amount,
    Promise,
    OtherChannel,
    Irreversible,
}

impl Risk {
    /// The word on the card.
    pub fn word(self) -> &'static str {
        match self {
            Self::OtherCustomer => "other customer",
            Self::LookAlike => "look-alike",
            Self::NewLink => "new link",
            Self::NewAddress => "new address",
            Self::NewNumber => "new number",
            Self::Recipient => "recipient",
            Self::Hidden => "hidden signs",
            Self::Placeholder => "placeholder",
            Self::Personal => "personal",
            Self::Amount => "amount",
            Self::Promise => "promise",
            Self::OtherChannel => "channel",
            Self::Irreversible => "irreversible",
        }
    }

    /// The sign before it: how hard to look. Never colour alone.
    pub fn sign(self) -> &'static str {
        match self {
            Self::OtherCustomer => "✖",
            Self::LookAlike | Self::NewLink | Self::NewAddress | Self::NewNumber | Self::Recipient | Self::Hidden => {
                "⚠"
            }
            Self::Placeholder
            | Self::Personal
            | Self::Amount
            | Self::Promise
            | Self::OtherChannel
            | Self::Irreversible => "●",
        }
    }
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// What sort.
    pub risk: Risk,
    /// What about it; holds words from outside, not yet made safe.
    pub says: String,
    /// Whether the change cannot be approved as it is.
    pub blocks: bool,
}

/// All marks of a change, the gravest first. Without a scene nothing counts as known; `hosts` are those the settings vouch
/// for.
pub fn marks(change: &Change, scene: Option<&Scene>, hosts: &[String]) -> Vec<Mark> {
    let mut look = Look { change, scene, hosts, said: words_of(change), marks: Vec::new() };
    look.others();
    if look.leaves() {
        look.links();
        look.contacts();
        look.recipients();
        look.promises();
        look.channel();
    }
    look.signs();
    look.personal();
    look.irreversible();
    look.marks.sort();
    look.marks.dedup();
    look.marks
}

struct Look<'a> {
    change: &'a Change,
    scene: Option<&'a Scene>,
    hosts: &'a [String],
    /// Every word of the requests, in order.
    said: Vec<&'a str>,
    marks: Vec<Mark>,
}

/// Keys whose values are the desk's own ids and literals, no words.
const LITERALS: [&str; 11] = [
    "channel",
    "app",
    "conversation",
    "customer",
    "externalId",
    "_clientRef",
    "sendAt",
    "id",
    "rev",
    "company",
    "type",
];
/// Keys of a body that name whom it goes to.
const RECIPIENTS: [&str; 3] = ["to", "cc", "bcc"];

/// The words of all bodies; ids, literals and recipients are left out.
pub(super) fn words_of(change: &Change) -> Vec<&str> {
    fn gather<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
        match value {
            Value::String(words) => into.push(words),
            Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
            Value::Object(fields) => {
                let said = fields
                    .iter()
                    .filter(|(name, _)| !LITERALS.contains(&name.as_str()) && !RECIPIENTS.contains(&name.as_str()));
                said.for_each(|(_, value)| gather(value, into));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = Vec::new();
    for body in change.requests().iter().filter_map(|request| request.body.as_ref()) {
        gather(body, &mut all);
    }
    // Of a plan the first rows are here; the others are of the same columns.
    for (name, value) in change.manifest().iter().flat_map(|plan| &plan.sample).flat_map(|row| &row.after) {
        if !LITERALS.contains(&name.as_str()) && !RECIPIENTS.contains(&name.as_str()) {
            gather(value, &mut all);
        }
    }
    all
}

impl Look<'_> {
    fn mark(&mut self, risk: Risk, says: impl Into<String>) {
        self.marks.push(Mark { risk, says: says.into(), blocks: false });
    }

    /// Whether words leave the house, or wait to.
    fn leaves(&self) -> bool {
        matches!(self.change.effect(), Effect::Draft | Effect::Send)
            && self.change.subject().channel.as_ref() != Some(&Channel::Note)
    }

    fn messages(&self) -> impl Iterator<Item = &crate::domain::Message> {
        self.scene.into_iter().flat_map(|scene| &scene.messages)
    }

    fn heard(&self) -> impl Iterator<Item = &str> {
        self.messages().flat_map(|message| {
            message.subject.iter().map(crate::domain::Text::raw).chain(std::iter::once(message.body.raw()))
        })
    }

    fn contacts_known(&self) -> impl Iterator<Item = &Contact> {
        self.scene
            .and_then(|scene| scene.customer.as_ref())
            .into_iter()
            .flat_map(|customer: &Customer| customer.contacts.iter())
    }

    fn others(&mut self) {
        let Some(scene) = self.scene else { return };
        let blocks = self.leaves();
        for foreign in &scene.foreign {
            let says = format!("{} of customer {}, who is not this one", foreign.kind, foreign.owner);
            self.marks.push(Mark { risk: Risk::OtherCustomer, says, blocks });
        }
    }

    fn links(&mut self) {
        let heard: BTreeSet<String> = self.heard().flat_map(find::links).map(|link| link.host).collect();
        let known = |host: &str| heard.contains(host) || self.hosts.iter().any(|allowed| is_below(host, allowed));
        let vouched: Vec<&str> =
            self.hosts.iter().map(String::as_str).chain(heard.iter().map(String::as_str)).collect();
        let mut found = Vec::new();
        for Link { host, disguised } in self.said.iter().flat_map(|words| find::links(words)) {
            if let Some(why) = lookalike_of(&host, &vouched) {
                found.push((Risk::LookAlike, format!("{host} {why}")));
            } else if disguised {
                found.push((Risk::LookAlike, format!("{host}: what stands before the @ is not where it leads")));
            }
            if !known(&host) {
                found.push((Risk::NewLink, format!("{host} is {}", self.nowhere())));
            }
        }
        for (risk, says) in found {
            self.mark(risk, says);
        }
    }

    /// Where a thing was looked for and not found, in words that do not claim more than was read.
    fn nowhere(&self) -> &'static str {
        if self.scene.is_some() {
            "neither in the conversation nor known"
        } else {
            "not known; the conversation has not been read"
        }
    }

    fn contacts(&mut self) {
        let heard: BTreeSet<String> = self
            .heard()
            .flat_map(|words| pii::find(words).into_iter().map(move |found| plain(&words[found.range])))
            .collect();
        let mut new = Vec::new();
        for words in &self.said {
            for found in pii::find(words).into_iter().filter(|found| !is_in_link(words, found.range.start)) {
                let value = &words[found.range];
                let risk = match found.kind {
                    "email" => Risk::NewAddress,
                    "phone" => Risk::NewNumber,
                    _ => continue,
                };
                let host = value.rsplit_once('@').map(|(_, host)| host.to_lowercase());
                let vouched = host.is_some_and(|host| self.hosts.iter().any(|allowed| is_below(&host, allowed)));
                if !vouched && !heard.contains(&plain(value)) && !self.is_theirs(value) {
                    new.push((risk, format!("{value} is {}", self.nowhere())));
                }
            }
        }
        for (risk, says) in new {
            self.mark(risk, says);
        }
    }

    /// Whether an address or number may be the customer's own; a mask is compared by what it leaves in view.
    fn is_theirs(&self, value: &str) -> bool {
        self.contacts_known().any(|contact| match &contact.value {
            Guarded::Revealed(known) => plain(known.expose()) == plain(value),
            Guarded::Masked(shown) => {
                let rest = shown.raw().trim_start_matches(['*', '•', '●']);
                rest.chars().count() >= 3 && value.to_lowercase().ends_with(&rest.to_lowercase())
            }
        })
    }

    fn recipients(&mut self) {
        let bodies = self.change.requests().iter().filter_map(|request| request.body.as_ref());
        let named: Vec<String> = bodies.flat_map(recipients).map(|(_, address)| address).collect();
        let senders: BTreeSet<String> = self
            .messages()
            .filter(|message| message.direction == Direction::In)
            .filter_map(|message| Some(plain(message.from.as_ref()?.clear()?.expose())))
            .collect();
        for address in named {
            if !senders.contains(&plain(&address)) && !self.is_theirs(&address) {
                self.mark(Risk::Recipient, format!("{address} is no known address of this customer"));
            }
        }
    }

    fn promises(&mut self) {
        let mut found: Vec<(Risk, String)> = Vec::new();
        for words in &self.said {
            found.extend(find::amounts(words).into_iter().map(|amount| (Risk::Amount, amount)));
            found.extend(find::dates(words).into_iter().map(|date| (Risk::Promise, date)));
        }
        for risk in [Risk::Amount, Risk::Promise] {
            let all: BTreeSet<&str> =
                found.iter().filter(|(of, _)| *of == risk).map(|(_, says)| says.as_str()).collect();
            if !all.is_empty() {
                self.mark(risk, all.into_iter().collect::<Vec<_>>().join(", "));
            }
        }
    }

    /// Words over another channel than the conversation had so far.
    fn channel(&mut self) {
        let Some(channel) = &self.change.subject().channel else { return };
        let used: BTreeSet<&Channel> = self.messages().map(|message| &message.channel).collect();
        if !used.is_empty() && !used.contains(channel) {
            let used: Vec<&str> = used.into_iter().map(Channel::as_str).collect();
            let says = format!("{}, while the conversation went over {}", channel.as_str(), used.join(", "));
            self.mark(Risk::OtherChannel, says);
        }
    }

    /// Signs a reader does not see, and placeholders nothing was put in for.
    fn signs(&mut self) {
        let markers = |words: &str| words.matches('⟨').count();
        let hidden: usize =
            self.said.iter().map(|words| markers(&text::block(words)).saturating_sub(markers(words))).sum();
        if hidden > 0 {
            self.mark(Risk::Hidden, format!("{hidden} that a reader does not see; shown here as ⟨…⟩"));
        }
        if self.said.iter().any(|words| words.contains('⟦') && words.contains('⟧')) {
            self.mark(Risk::Placeholder, "⟦…⟧ stands in the words as it is: nothing was put in for it");
        }
    }

    fn personal(&mut self) {
        let writes = matches!(self.change.effect(), Effect::Draft | Effect::Send | Effect::Write | Effect::Bulk);
        if !writes {
            return;
        }
        let mut kinds: BTreeSet<&str> = BTreeSet::new();
        for words in &self.said {
            let found = pii::find(words).into_iter().filter(|found| !is_in_link(words, found.range.start));
            kinds.extend(found.map(|found| found.kind));
        }
        for kind in kinds {
            let what = match kind {
                "card" => "a payment card's number",
                "iban" => "a bank account's number",
                "email" => "an e-mail address",
                _ => "a phone number",
            };
            let how = if self.leaves() { "leaves" } else { "is written" };
            self.mark(Risk::Personal, format!("{what} {how} in the clear"));
        }
    }

    fn irreversible(&mut self) {
        if let Some(says) = cannot_be_undone(self.change) {
            self.mark(Risk::Irreversible, says);
        }
    }
}

/// Whether a place in words stands inside a link: what is before an `@` there is a disguise, no address.
fn is_in_link(words: &str, at: usize) -> bool {
    words[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://"))
}

/// Why a change cannot be taken back, by its operation.
fn cannot_be_undone(change: &Change) -> Option<&'static str> {
    const BY_LABEL: [(&str, &str); 7] = [
        ("POST /v1/customers/merges", "a merge cannot be taken apart again"),
        ("POST /v1/messages/{id}/redactions", "what is redacted is gone for good"),
        ("POST /v1/users/passwordreset", "the mail goes out at once"),
        ("DELETE /v1/auth/tokens/current", "this console's own key stops working"),
        ("DELETE /v1/auth/tokens/{id}", "whatever uses that key stops working"),
        ("POST /v1/conversations/{id}/forwards", "a forward goes out at once and cannot be called back"),
        ("DELETE /v1/customers/{id}", "the customer goes with all conversations"),
    ];
    let label = change.operation().label();
    let by_label = BY_LABEL.iter().find(|(known, _)| *known == label).map(|(_, says)| *says);
    by_label.or(match change.effect() {
        Effect::Send => Some("what is sent cannot be called back"),
        // Taking tags off or members out is a DELETE too, and can be done again the other way.
        Effect::Delete if label.ends_with("/tags") || label.ends_with("/members") => None,
        Effect::Delete if label.ends_with("/unmasking-windows") => None,
        Effect::Delete => Some("what is deleted is not brought back from here"),
        Effect::Bulk => Some("a job that runs cannot be taken back as one"),
        Effect::Disclose => Some("what a model was told cannot be untold"),
        Effect::Read | Effect::Unmask | Effect::Draft | Effect::Write => None,
    })
}

/// Whom a body names: under which key, and the address.
pub fn recipients(body: &Value) -> Vec<(&'static str, String)> {
    fn addresses(value: &Value) -> Vec<String> {
        match value {
            Value::String(address) => vec![address.clone()],
            Value::Array(items) => items.iter().flat_map(addresses).collect(),
            Value::Object(fields) => ["email", "phone", "address", "to"]
                .iter()
                .filter_map(|key| fields.get(*key))
                .flat_map(addresses)
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }
    let named = RECIPIENTS.into_iter().filter_map(|key| Some((key, body.get(key)?)));
    named.flat_map(|(key, value)| addresses(value).into_iter().map(move |address| (key, address))).collect()
}

/// A form in which two writings of an address or number are equal.
fn plain(value: &str) -> String {
    if value.contains('@') {
        return value.trim().to_lowercase();
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}
