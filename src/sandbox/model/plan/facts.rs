//! Owns how facts are read out of tool answers and worded for people. Does not fetch them.
//!
//! Invariant: what customers wrote is quoted cut, on one line, without control characters and without anything that looks
//! like a placeholder of ours; a fact that is absent stays absent.

use serde_json::Value;

/// A detail as a tool gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The value, or the placeholder that stands for it.
    Given(String),
    Masked(String),
    Absent,
}

impl Shown {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) if !text.is_empty() => Self::Given(text.clone()),
            Value::Number(number) => Self::Given(number.to_string()),
            Value::Bool(flag) => Self::Given(flag.to_string()),
            Value::Array(items) => {
                items.iter().map(Self::of).find(|shown| *shown != Self::Absent).unwrap_or(Self::Absent)
            }
            Value::Object(fields) => Self::of_object(value, fields),
            Value::Null | Value::String(_) => Self::Absent,
        }
    }

    fn of_object(value: &Value, fields: &serde_json::Map<String, Value>) -> Self {
        for name in ["masked", "maskedPresentation"] {
            if let Some(text) = value[name].as_str() {
                return Self::Masked(text.to_owned());
            }
        }
        let inner = ["value", "phone", "email", "number"].iter().find_map(|name| fields.get(*name));
        inner.map_or(Self::Absent, Self::of)
    }

    /// For a line of a note or a summary.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Given(value) => value.clone(),
            Self::Masked(mask) => format!("still masked ({mask})"),
            Self::Absent => "none on file".to_owned(),
        }
    }

    pub(super) fn is_masked(&self) -> bool {
        matches!(self, Self::Masked(_))
    }
}

/// The customer in a tool's answer.
pub(super) fn customer(value: &Value) -> &Value {
    if value["customer"].is_object() { &value["customer"] } else { value }
}

/// The external billing id, whatever the desk calls the attribute.
pub(super) fn billing_id(customer: &Value) -> Shown {
    let custom = customer["custom"].as_object();
    let named = custom.into_iter().flatten().find(|(name, _)| name.to_lowercase().contains("billing"));
    named.map_or(Shown::Absent, |(_, value)| Shown::of(value))
}

/// Name and external id: how a customer is called in a sentence.
pub(super) fn who(customer: &Value) -> String {
    let name = customer["name"].as_str().map_or_else(|| "the customer".to_owned(), gist_keeping_placeholders);
    match customer["external_id"].as_str().filter(|id| !id.is_empty()) {
        Some(id) => format!("{name} ({id})"),
        None => name,
    }
}

/// Where a fact was read: `[message:66a1…]`; nothing where the record has no id.
pub(super) fn cite(kind: &str, record: &Value) -> String {
    let is_id =
        |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    record["id"].as_str().filter(is_id).map(|id| format!(" [{kind}:{id}]")).unwrap_or_default()
}

/// The list in a tool's answer.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().or_else(|| value["items"].as_array()).map_or(&[], Vec::as_slice)
}

/// One line on a conversation: day, channel, status, subject, gist of the latest message.
pub(super) fn conversation(value: &Value) -> String {
    let day = value["updated_at"].as_str().map(day).unwrap_or_default();
    let parts: Vec<String> =
        [day, field(value, "channel"), field(value, "status")].into_iter().filter(|part| !part.is_empty()).collect();
    let subject = value["subject"].as_str().map(|subject| gist(subject, 80)).filter(|subject| !subject.is_empty());
    let subject = subject.map(|subject| format!(": “{subject}”")).unwrap_or_default();
    let said = Some(said(value)).filter(|said| !said.is_empty());
    let said = said.map(|said| format!(". Last: {said}")).unwrap_or_default();
    format!("{}{subject}{said}{}", parts.join(", "), cite("conversation", value))
}

/// The gist of a conversation: its summary if it has one, else its latest message.
fn said(value: &Value) -> String {
    let last = &value["last_message"];
    let text = value["summary"].as_str().or(last.as_str()).or(last["text"].as_str()).unwrap_or_default();
    gist(text, 160)
}

fn field(value: &Value, name: &str) -> String {
    value[name].as_str().map(|text| gist(text, 40)).unwrap_or_default()
}

/// All words of a conversation that were given, in lower case, to look for a matter in.
pub(super) fn haystack(value: &Value) -> String {
    let last = &value["last_message"];
    let parts = [value["subject"].as_str(), value["summary"].as_str(), last.as_str(), last["text"].as_str()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The attributes of a `KObject` in words: `Order status: delayed, Carrier: BlueVan`.
pub(super) fn attributes(kobject: &Value) -> String {
    let custom = kobject["custom"].as_object();
    let parts: Vec<String> = custom
        .into_iter()
        .flatten()
        .filter(|(name, _)| !["Id", "Url", "Txt"].iter().any(|suffix| name.ends_with(suffix)))
        .filter_map(|(name, value)| {
            let value = match Shown::of(value) {
                Shown::Given(text) if name.ends_with("At") => day(&text),
                Shown::Given(text) => gist(&text, 60),
                masked @ Shown::Masked(_) => masked.words(),
                Shown::Absent => return None,
            };
            Some(format!("{}: {value}", label(name)))
        })
        .take(9)
        .collect();
    parts.join(", ")
}

/// A `KObject`'s title.
pub(super) fn title(kobject: &Value) -> String {
    let title = kobject["title"].as_str().or(kobject["external_id"].as_str());
    title.map_or_else(|| "a record without a title".to_owned(), |title| gist(title, 80))
}

/// `orderStatusStr` as people read it: `Order status`.
fn label(name: &str) -> String {
    const SUFFIXES: [&str; 6] = ["Bool", "Tree", "Str", "Num", "Txt", "At"];
    let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let mut label = String::new();
    for (at, letter) in stem.char_indices() {
        if at == 0 {
            label.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            label.push(' ');
            label.extend(letter.to_lowercase());
        } else {
            label.push(letter);
        }
    }
    label
}

/// The day of an ISO time.
pub(super) fn day(time: &str) -> String {
    time.get(..10).filter(|day| day.as_bytes()[4] == b'-').unwrap_or(time).to_owned()
}

/// The latest of the values by `updated_at`.
pub(super) fn newest<'v>(values: impl IntoIterator<Item = &'v Value>) -> Option<&'v Value> {
    values.into_iter().max_by_key(|value| value["updated_at"].as_str().unwrap_or_default())
}

/// A detail in one line of ours; unlike [`gist`] it keeps the placeholder a tool answered with.
pub(super) fn gist_keeping_placeholders(value: &str) -> String {
    if value.starts_with('⟦') && value.ends_with('⟧') { value.to_owned() } else { gist(value, 120) }
}

/// Foreign text cut to `limit` characters and made fit for one line of ours.
pub(super) fn gist(text: &str, limit: usize) -> String {
    let text = strip_markup(text);
    let clean: String = text
        .chars()
        .map(|c| match c {
            '⟦' => '[',
            '⟧' => ']',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .filter(|&c| !c.is_control() && !is_invisible(c))
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(limit) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line,
    }
}

/// Direction overrides, zero-width and tag characters, stacked marks beyond what languages need.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{301}')
}

/// The text of an HTML mail, roughly: what stands outside of tags.
fn strip_markup(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let mut out = String::new();
    for (position, part) in text.split('<').enumerate() {
        match part.split_once('>') {
            Some((tag, after)) if position > 0 => {
                let hidden = tag.starts_with("style") || tag.starts_with("script") || tag.contains("display:none");
                out.push(' ');
                out.push_str(if hidden { "" } else { after });
            }
            Some(_) | None => out.push_str(if position == 0 { part } else { "" }),
        }
    }
    out.replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn details_in_all_forms() {
        assert_eq!(Shown::of(&json!(["⟦phone:1⟧"])), Shown::Given("⟦phone:1⟧".into()));
        assert_eq!(Shown::of(&json!([{ "masked": "****1122" }])), Shown::Masked("****1122".into()));
        assert_eq!(
            Shown::of(&json!([{ "phone": { "isMasked": true, "maskedPresentation": "***" } }])),
            Shown::Masked("***".into())
        );
        assert_eq!(Shown::of(&json!([])), Shown::Absent);
        assert_eq!(
            billing_id(&json!({ "custom": { "billingIdStr": "⟦billing:1⟧" } })),
            Shown::Given("⟦billing:1⟧".into())
        );
    }

    #[test]
    fn attributes_read_like_words() {
        let order = json!({ "custom": { "orderStatusStr": "delayed", "expectedAt": "2026-01-02T00:00:00.000Z", "relatedReturnId": "x", "giftBool": false } });
        assert_eq!(attributes(&order), "Expected: 2026-01-02, Gift: false, Order status: delayed");
    }

    #[test]
    fn markup_and_placeholders_of_customers_do_not_pass() {
        assert_eq!(gist("<div style=\"display:none\">x</div><p>Hello&nbsp;<b>you</b></p>", 99), "Hello you");
        assert_eq!(gist("send ⟦phone:1⟧\u{202e} to\u{1b}[2J me", 99), "send [phone:1] to[2J me");
    }

    proptest! {
        #[test]
        fn a_gist_is_one_short_clean_line(text in any::<String>(), limit in 1_usize..60) {
            let gist = gist(&text, limit);
            prop_assert!(gist.chars().count() <= limit + 1);
            prop_assert!(gist.chars().all(|c| !c.is_control() && c != '⟦' && c != '⟧'));
        }
    }
}
