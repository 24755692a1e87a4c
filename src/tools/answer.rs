//! Owns how what was read is told to a model: a tree that keeps our own words apart from others', and the one place where
//! the latter are cleaned, cut and veiled. Does not read anything.
//!
//! Invariant: an [`Answer`] has no maker but this file. What others wrote passes [`Vault::veil`], so a customer can neither
//! leak a value into a model's window nor write a placeholder of ours.

use serde_json::{Map, Value};

use crate::{
    domain::{Customer, CustomerId, Field, FieldValue, Guarded, Revealed, Text},
    privacy::{Vault, contain, text},
};

/// The most characters of one text.
pub(super) const TEXT: usize = 2_000;
/// The most characters of a short text: a name, a title, a preview.
pub(super) const SHORT: usize = 240;
/// The most markup of one text that is read for its words.
const MARKUP: usize = 200_000;

/// What a model is told: nothing personal is in it but placeholders and masks.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(Value);

/// Something to tell, before it is veiled.
pub(super) enum Shown {
    /// Left out.
    Absent,
    /// Our own words, ids the desk made, numbers, times.
    Own(Value),
    /// Somebody else's words, up to so many characters.
    Words(String, usize),
    /// A guarded value: its mask, or a placeholder of this kind and owner.
    Guarded(Guarded, String, Option<CustomerId>),
    /// A customer's name, and whether its parts are looked for in texts, too.
    Name(String, CustomerId, bool),
    /// A street address in the open: a placeholder, where names are.
    Address(String, Option<CustomerId>),
    /// JSON somebody else wrote.
    Json(Value),
    /// A list.
    List(Vec<Shown>),
    /// Named parts.
    Map(Vec<(String, Shown)>),
}

/// Our own words, numbers and ids.
pub(super) fn own(value: impl Into<Value>) -> Shown {
    Shown::Own(value.into())
}

/// Short words of others; left out when blank.
pub(super) fn short(words: &Text) -> Shown {
    if words.is_blank() { Shown::Absent } else { Shown::Words(words.raw().to_owned(), SHORT) }
}

/// A text of others: markup is read for its words.
pub(super) fn long(words: &Text, longest: usize) -> Shown {
    Shown::Words(plain(words.raw()), longest)
}

/// Something that may not be known.
pub(super) fn maybe<T>(value: Option<T>, show: impl FnOnce(T) -> Shown) -> Shown {
    value.map_or(Shown::Absent, show)
}

/// A time, UTC.
pub(super) fn time(at: Option<jiff::Timestamp>) -> Shown {
    maybe(at, |at| own(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

/// Named parts.
pub(super) fn map<const N: usize>(parts: [(&str, Shown); N]) -> Shown {
    Shown::Map(parts.into_iter().map(|(name, shown)| (name.to_owned(), shown)).collect())
}

/// A list.
pub(super) fn list<T>(items: impl IntoIterator<Item = T>, show: impl FnMut(T) -> Shown) -> Shown {
    Shown::List(items.into_iter().map(show).collect())
}

/// A list with what a model has to know about it: how many there are, whether some are missing, and whether a row is less than
/// its record, so that nothing is summarised from rows whose detail was not read.
pub(super) struct Listing {
    /// What the rows are called.
    pub name: &'static str,
    /// The most rows.
    pub limit: usize,
    /// How many there are in all, where that is known.
    pub total: Option<u64>,
    /// Whether there are more than were read.
    pub more: bool,
    /// The tool that reads one of them whole; none where a row is the record.
    pub detail_with: Option<&'static str>,
}

impl Listing {
    /// Rows that were all read.
    pub(super) fn whole(name: &'static str, limit: usize, detail_with: Option<&'static str>) -> Self {
        Self { name, limit, total: None, more: false, detail_with }
    }

    /// The list.
    pub(super) fn show<T>(self, rows: &[T], show: impl FnMut(&T) -> Shown) -> Shown {
        let shown = rows.len().min(self.limit);
        let total = self.total.or((!self.more).then_some(rows.len() as u64));
        let cut = self.more || total.is_some_and(|total| total > shown as u64);
        map([
            (self.name, list(&rows[..shown], show)),
            ("total", maybe(total, own)),
            ("sparse", own(self.detail_with.is_some() || cut)),
            ("detail_with", maybe(self.detail_with, own)),
            ("note", maybe(cut.then_some("more exist than are listed"), own)),
        ])
    }
}

/// The model's own words told back to it. They reveal nothing, whatever they say: it wrote them. Not veiled, because a
/// placeholder in place of a guess would tell that the guess was right.
pub(super) fn echo(words: &str) -> Shown {
    let cut: String = text::block(words).to_string().chars().take(SHORT).collect();
    Shown::Own(Value::String(cut))
}

/// Custom attributes by name.
pub(super) fn fields(fields: &[Field], owner: Option<&CustomerId>) -> Shown {
    let show = |field: &Field| match &field.value {
        FieldValue::Guarded(value) => Shown::Guarded(value.clone(), kind_of(&field.name), owner.cloned()),
        FieldValue::Open(Value::String(words)) if is_address(&field.name) => {
            Shown::Address(words.clone(), owner.cloned())
        }
        FieldValue::Open(value) => Shown::Json(value.clone()),
    };
    Shown::Map(fields.iter().map(|field| (field.name.clone(), show(field))).collect())
}

/// Tells the vault what masked attributes show, so that their values are known again in texts.
pub fn expect_fields(fields: &[Field], owner: &CustomerId, vault: &Vault) {
    for field in fields {
        if let FieldValue::Guarded(Guarded::Masked(mask)) = &field.value {
            vault.expect(&kind_of(&field.name), mask.raw(), Some(owner));
        }
    }
}

/// A customer's name; left out when blank.
pub(super) fn name(customer: &Customer, parts: bool) -> Shown {
    if customer.name.is_blank() {
        return Shown::Absent;
    }
    Shown::Name(customer.name.raw().to_owned(), customer.id.clone(), parts)
}

/// Whether an attribute's name promises a street address.
fn is_address(attribute: &str) -> bool {
    let lower = attribute.to_ascii_lowercase();
    ["address", "street", "postcode", "zipcode"].iter().any(|word| lower.contains(word))
}

/// `billingIdStr` → `billingId`: what stands in a placeholder.
fn kind_of(attribute: &str) -> String {
    let stem = ["Str", "Txt", "Num", "Url", "Id"].iter().find_map(|suffix| attribute.strip_suffix(suffix));
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or(attribute);
    let word: String = stem.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    if word.is_empty() { "value".to_owned() } else { word }
}

/// The words of a text that may be HTML.
fn plain(raw: &str) -> String {
    let start = raw.trim_start().as_bytes();
    let markup = start.first() == Some(&b'<') && start.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'!');
    if !markup {
        return raw.to_owned();
    }
    let cut: String = raw.chars().take(MARKUP).collect();
    match contain(|| html2text::from_read(cut.as_bytes(), 160)) {
        Ok(Ok(words)) => words,
        Ok(Err(_)) | Err(_) => cut,
    }
}

impl Answer {
    /// Veils what is to be told.
    pub(super) fn new(shown: Shown, vault: &Vault) -> Self {
        Self(render(shown, vault).unwrap_or(Value::Null))
    }

    /// `{"status":"done"}` with further parts of our own.
    pub(super) fn done<const N: usize>(parts: [(&str, Value); N]) -> Self {
        let mut map = Map::from_iter([("status".to_owned(), Value::from("done"))]);
        map.extend(parts.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self(Value::Object(map))
    }

    /// An error in words for the model, which may quote what others wrote.
    pub fn error(code: &'static str, words: &str, vault: &Vault) -> Self {
        Self::new(map([("error", own(code)), ("message", Shown::Words(words.to_owned(), TEXT))]), vault)
    }

    /// The same answer with what a person wanted told along with it.
    #[must_use]
    pub fn with_note(mut self, note: &str, vault: &Vault) -> Self {
        if let Value::Object(parts) = &mut self.0 {
            parts.insert("note_from_the_person".to_owned(), Value::String(veiled(note, TEXT, vault)));
        }
        self
    }

    /// What the model is told.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// What the model is told, taken out.
    pub fn into_value(self) -> Value {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn of(value: Value) -> Self {
        Self(value)
    }
}

fn render(shown: Shown, vault: &Vault) -> Option<Value> {
    Some(match shown {
        Shown::Absent => return None,
        Shown::Own(value) => value,
        Shown::Words(words, longest) => Value::String(veiled(&words, longest, vault)),
        Shown::Guarded(Guarded::Masked(mask), kind, owner) => {
            vault.expect(&kind, mask.raw(), owner.as_ref());
            let mask: String = text::line(mask.raw()).chars().take(SHORT).collect();
            Value::Object(Map::from_iter([("masked".to_owned(), Value::String(mask))]))
        }
        Shown::Guarded(Guarded::Revealed(value), kind, owner) => {
            Value::String(vault.place(&kind, &value, owner.as_ref()))
        }
        Shown::Name(name, owner, parts) => {
            let cut: String = name.chars().take(SHORT).collect();
            Value::String(vault.name(&cut, &owner, parts))
        }
        Shown::Address(words, owner) if vault.veils_names() && !words.trim().is_empty() => {
            Value::String(vault.place("address", &Revealed::new(words), owner.as_ref()))
        }
        Shown::Address(words, _) => Value::String(veiled(&words, SHORT, vault)),
        Shown::Json(value) => json_of(value, vault),
        Shown::List(items) => items.into_iter().filter_map(|item| render(item, vault)).collect(),
        Shown::Map(parts) => Value::Object(
            parts
                .into_iter()
                .filter_map(|(name, shown)| Some((veiled(&name, SHORT, vault), render(shown, vault)?)))
                .collect(),
        ),
    })
}

/// Cut before it is veiled: a placeholder is never cut in two, and work stays bounded.
fn veiled(words: &str, longest: usize, vault: &Vault) -> String {
    let mut cut: String = words.chars().take(longest).collect();
    if cut.len() < words.len() {
        // A value cut in two would no longer be recognised: the broken word at the end goes.
        let end = cut.rfind(char::is_whitespace).filter(|end| cut.len() - end < 80).unwrap_or(cut.len());
        cut.truncate(end);
        cut.push_str(" … (cut)");
    }
    vault.veil(&text::block(&cut))
}

fn json_of(value: Value, vault: &Vault) -> Value {
    match value {
        Value::String(words) => Value::String(veiled(&words, SHORT, vault)),
        Value::Array(items) => items.into_iter().take(50).map(|item| json_of(item, vault)).collect(),
        Value::Object(map) => {
            map.into_iter().take(50).map(|(name, value)| (veiled(&name, SHORT, vault), json_of(value, vault))).collect()
        }
        // Long numbers can be phone or card numbers.
        Value::Number(number) => {
            let words = number.to_string();
            let veiled = vault.veil(&words);
            if veiled == words { Value::Number(number) } else { Value::String(veiled) }
        }
        value @ (Value::Null | Value::Bool(_)) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn others_words_are_veiled_and_cannot_write_placeholders() {
        let vault = Vault::new();
        vault.place("phone", &crate::domain::Revealed::new("+4915550001122"), None);
        let phone = |value| Shown::Guarded(value, "phone".into(), None);
        let answer = Answer::new(
            map([
                ("text", long(&Text::from("<div>Call ⟦phone:1⟧ or mara@quill.example</div>"), TEXT)),
                ("custom", Shown::Json(json!({"noteStr": "+4915550001122", "cardNum": 4_111_111_111_111_111_u64}))),
                ("phones", list([Guarded::revealed("+4915550001122"), Guarded::Masked("****77".into())], phone)),
                ("nothing", Shown::Absent),
            ]),
            &vault,
        );
        assert_eq!(
            answer.into_value(),
            json!({"text": "Call [phone:1] or ⟦email:1⟧\n", "phones": ["⟦phone:1⟧", {"masked": "****77"}],
                "custom": {"noteStr": "⟦phone:1⟧", "cardNum": "⟦card:1⟧"}})
        );
    }

    #[test]
    fn a_value_at_the_cut_is_not_left_in_half() {
        let vault = Vault::new();
        let words = format!("{} mara@quill.example", "x".repeat(SHORT - 10));
        let shown = veiled(&words, SHORT, &vault);
        assert!(!shown.contains("mara") && shown.ends_with("… (cut)"), "{shown}");
    }

    #[test]
    fn placeholders_are_named_after_the_attribute() {
        assert_eq!(["billingIdStr", "Str", "⟦"].map(kind_of), ["billingId", "Str", "value"]);
    }
}
