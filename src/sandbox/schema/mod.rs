//! Owns the check of request bodies: closed schemas with the documented limits. What the bodies are is in [`bodies`],
//! [`drafts`] and [`settings`]; what depends on the org's own records (custom attributes, references) is checked in `act`.
//!
//! Invariant: an unknown key, a wrong type or a value out of bounds is refused with the field's path; what passes has its
//! date-times in the desk's own form.

pub mod attachments;
pub mod bodies;
pub mod drafts;
pub mod forwards;
pub mod settings;
mod whatsapp;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{errors::Refusal, masking, mint, times};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Text of so many characters.
    Text(usize, usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any number.
    Number,
    /// A number between two bounds, whole or not.
    Between(i64, i64),
    /// A whole number between two bounds.
    Whole(i64, i64),
    /// True or false.
    Flag,
    /// A date-time; stored in the desk's own form.
    Moment,
    /// A calendar day, `YYYY-MM-DD`.
    Day,
    /// Nothing: null.
    Null,
    /// 24 hex digits.
    Id,
    /// Any object.
    Object,
    /// Anything at all.
    Anything,
    /// The `custom` object: suffixes decide the types.
    Custom,
    /// A tag name, or a tag's id.
    Tag,
    /// A list of at most so many different items.
    List(&'static Rule, usize),
    /// A closed object.
    Shape(&'static [Field]),
    /// Whatever fits the first of the rules it fits.
    Either(&'static [Rule]),
    /// The rule the value itself asks for, by its `type`.
    Chosen(fn(&Value) -> Rule),
}

/// Whether a key has to be there and may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Must be there.
    Required,
    /// May be missing.
    Optional,
    /// May be missing or null.
    Nullable,
}

/// One key of a closed object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// Whether it must be there.
    pub need: Need,
    /// What it must be.
    pub rule: Rule,
}

/// A key that must be there.
pub const fn req(name: &'static str, rule: Rule) -> Field {
    Field { name, need: Need::Required, rule }
}

/// A key that may be missing.
pub const fn opt(name: &'static str, rule: Rule) -> Field {
    Field { name, need: Need::Optional, rule }
}

/// A key that may be missing or null.
pub const fn nul(name: &'static str, rule: Rule) -> Field {
    Field { name, need: Need::Nullable, rule }
}

/// Which keys a body must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Required keys must be there.
    Create,
    /// Any part will do.
    Update,
}

/// Checks a body against the fields of all `parts` together and gives back the object.
pub fn check(parts: &[&[Field]], purpose: Purpose, body: Value) -> Result<Map<String, Value>, Refusal> {
    if masking::contains_masked(&body) {
        return Err(Refusal::bad_request("A masked value cannot be written back."));
    }
    let Value::Object(mut body) = body else {
        return Err(Refusal::bad_request("The body must be an object of attributes."));
    };
    let fields: Vec<Field> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    object(&fields, purpose, &mut body, "")?;
    Ok(body)
}

fn object(fields: &[Field], purpose: Purpose, body: &mut Map<String, Value>, at: &str) -> Result<(), Refusal> {
    for (name, value) in body.iter_mut() {
        let place = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(Refusal::invalid(place, "is not a known property"));
        };
        if !(value.is_null() && field.need == Need::Nullable) {
            fits(field.rule, value, &place)?;
        }
    }
    let missing = fields.iter().find(|field| field.need == Need::Required && !body.contains_key(field.name));
    match missing {
        Some(field) if purpose == Purpose::Create => {
            let place = if at.is_empty() { field.name.to_owned() } else { format!("{at}/{}", field.name) };
            Err(Refusal::invalid(place, "is required"))
        }
        Some(_) | None => Ok(()),
    }
}

fn fits(rule: Rule, value: &mut Value, at: &str) -> Result<(), Refusal> {
    let wrong = |detail: String| Err(Refusal::invalid(at, detail));
    let must =
        |holds: bool, what: &str| if holds { Ok(()) } else { Err(Refusal::invalid(at, format!("must be {what}"))) };
    match rule {
        Rule::Text(low, high) => match value.as_str().map(|text| text.chars().count()) {
            Some(count) if (low..=high).contains(&count) => Ok(()),
            Some(_) => wrong(format!("must have {low} to {high} characters")),
            None => wrong("must be a string".into()),
        },
        Rule::Word(words) => {
            let known = value.as_str().is_some_and(|word| words.contains(&word));
            must(known, &format!("one of {}", words.join(", ")))
        }
        Rule::Number => must(value.is_number(), "a number"),
        Rule::Between(low, high) => must(
            value.as_f64().is_some_and(|n| n >= low as f64 && n <= high as f64),
            &format!("a number from {low} to {high}"),
        ),
        Rule::Whole(low, high) => {
            must(value.as_i64().is_some_and(|n| (low..=high).contains(&n)), &format!("an integer from {low} to {high}"))
        }
        Rule::Flag => must(value.is_boolean(), "true or false"),
        Rule::Moment => match value.as_str().and_then(times::parse) {
            Some(at) => {
                *value = times::iso(at).into();
                Ok(())
            }
            None => wrong("must be a date-time".into()),
        },
        Rule::Day => must(value.as_str().is_some_and(|day| day.parse::<Date>().is_ok()), "a day, YYYY-MM-DD"),
        Rule::Null => must(value.is_null(), "null"),
        Rule::Id => must(value.as_str().is_some_and(mint::is_id), "an id of 24 hex digits"),
        Rule::Object => must(value.is_object(), "an object"),
        Rule::Anything => Ok(()),
        Rule::Custom => custom(value, at),
        Rule::Tag => must(value.as_str().is_some_and(is_tag), "a tag of 1 to 64 letters, digits, spaces or _/<>-."),
        Rule::List(item, limit) => list(*item, limit, value, at),
        Rule::Shape(fields) => match value {
            Value::Object(map) => object(fields, Purpose::Create, map, at),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                wrong("must be an object".into())
            }
        },
        Rule::Chosen(choose) => fits(choose(value), value, at),
        Rule::Either(rules) => {
            let mut last = Ok(());
            for rule in rules {
                last = fits(*rule, value, at);
                if last.is_ok() {
                    break;
                }
            }
            last
        }
    }
}

fn list(item: Rule, limit: usize, value: &mut Value, at: &str) -> Result<(), Refusal> {
    let Value::Array(items) = value else { return Err(Refusal::invalid(at, "must be an array")) };
    if items.len() > limit {
        return Err(Refusal::invalid(at, format!("must have at most {limit} items")));
    }
    for index in 0..items.len() {
        fits(item, &mut items[index], &format!("{at}/{index}"))?;
        if items[..index].contains(&items[index]) {
            return Err(Refusal::invalid(format!("{at}/{index}"), "must be unique"));
        }
    }
    Ok(())
}

/// Suffix typing of custom attributes (Kustomer API reference 7.1). Every type accepts null.
fn custom(value: &Value, at: &str) -> Result<(), Refusal> {
    const MOST_KEYS: usize = 100;
    let Some(map) = value.as_object().filter(|map| map.len() <= MOST_KEYS) else {
        return Err(Refusal::invalid(at, format!("must be an object of at most {MOST_KEYS} keys")));
    };
    for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let place = format!("{at}/{name}");
        let Some(suffix) = suffix(name) else {
            return Err(Refusal::invalid(place, "must end in Str, Txt, Num, Bool, At, Url, Id or Tree"));
        };
        if !suffix_fits(suffix, value) {
            return Err(Refusal::invalid(place, format!("has the wrong type for a {suffix} attribute")));
        }
    }
    Ok(())
}

/// The suffix that decides a custom attribute's type, if it has one.
pub fn suffix(name: &str) -> Option<&'static str> {
    let known = ["Str", "Txt", "Num", "Bool", "At", "Url", "Id", "Tree"];
    known.into_iter().find(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

fn suffix_fits(suffix: &str, value: &Value) -> bool {
    let text = value.as_str();
    match suffix {
        "Num" => value.is_number(),
        "Bool" => value.is_boolean(),
        "At" => text.is_some_and(|text| times::parse(text).is_some()),
        "Url" => text.is_some_and(|text| text.contains(':')),
        "Id" => {
            let ids = value.as_array();
            text.is_some_and(mint::is_id)
                || ids.is_some_and(|ids| ids.iter().all(|id| id.as_str().is_some_and(mint::is_id)))
        }
        _ => text.is_some_and(|text| text.chars().count() <= 1024),
    }
}

/// The documented pattern: letters, digits and `_/<>-.`, spaces after the first character.
fn is_tag(text: &str) -> bool {
    let first_may = |c: char| c.is_ascii_alphanumeric() || ('À'..='ÿ').contains(&c) || "_/<>-.".contains(c);
    let mut characters = text.chars();
    characters.next().is_some_and(first_may)
        && characters.all(|c| first_may(c) || c == ' ')
        && text.chars().count() <= 64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn place(parts: &[&[Field]], purpose: Purpose, body: Value) -> Option<String> {
        check(parts, purpose, body).err().and_then(|refusal| refusal.place)
    }

    #[test]
    fn a_refusal_names_the_field_by_its_path() {
        let customer = [bodies::CUSTOMER];
        let update = |body| place(&customer, Purpose::Update, body);
        assert_eq!(update(json!({ "nickname": "Q" })).as_deref(), Some("nickname"));
        assert_eq!(update(json!({ "emails": [{ "type": "work" }] })).as_deref(), Some("emails/0/email"));
        assert_eq!(
            update(json!({ "emails": [{ "email": "a@b.example", "type": "office" }] })).as_deref(),
            Some("emails/0/type")
        );
        assert_eq!(update(json!({ "custom": { "tierStr": 5 } })).as_deref(), Some("custom/tierStr"));
        assert_eq!(update(json!({ "custom": { "tier": "x" } })).as_deref(), Some("custom/tier"));
        assert_eq!(update(json!({ "tags": ["a", "a"] })).as_deref(), Some("tags/1"));
        assert_eq!(update(json!({ "name": null, "custom": { "tierStr": null } })), None);
    }

    #[test]
    fn moments_are_stored_in_the_desks_own_form() {
        let body = check(&[bodies::CUSTOMER], Purpose::Update, json!({ "birthdayAt": "1990-01-02T03:04:05-05:00" }));
        assert_eq!(body.expect("a valid body")["birthdayAt"], "1990-01-02T08:04:05.000Z");
    }

    #[test]
    fn a_masked_value_is_never_taken_back() {
        let body = json!({ "emails": [{ "email": { "isMasked": true, "maskedPresentation": "****" } }] });
        assert_eq!(check(&[bodies::CUSTOMER], Purpose::Update, body).map_err(|r| r.status), Err(400));
    }

    #[test]
    fn required_keys_are_asked_for_on_creation_only() {
        assert_eq!(place(&[bodies::NOTE], Purpose::Create, json!({})).as_deref(), Some("body"));
        assert_eq!(place(&[bodies::NOTE], Purpose::Update, json!({})), None);
    }

    const ALL: &[&[&[Field]]] = &[
        &[bodies::CUSTOMER],
        &[bodies::COMPANY, bodies::COMPANY_CHANGE],
        &[bodies::CONVERSATION, bodies::CONVERSATION_NEW],
        &[bodies::CONVERSATION, bodies::CONVERSATION_CHANGE],
        &[bodies::CONVERSATION_MOVE],
        &[bodies::MESSAGE, bodies::MESSAGE_NEW],
        &[bodies::MESSAGE, bodies::MESSAGE_CHANGE],
        &[bodies::REDACTION],
        &[bodies::MERGE],
        &[bodies::NOTE, bodies::NOTE_NEW],
        &[bodies::NOTE, bodies::NOTE_CHANGE],
        &[bodies::KLASS, bodies::KLASS_CHANGE],
        &[bodies::KOBJECT, bodies::KOBJECT_NEW],
        &[bodies::KOBJECT, bodies::KOBJECT_CHANGE],
        &[bodies::METADATA],
        &[attachments::NEW],
        &[attachments::CHANGE],
        &[forwards::FORWARD, forwards::NEW],
        &[forwards::FORWARD, forwards::CHANGE],
    ];

    /// A value just inside and one just outside a rule's bounds, where it has any.
    fn edges(rule: Rule, over: usize) -> Option<(Value, Value)> {
        let over_by = i64::try_from(over).ok()?;
        match rule {
            Rule::Text(_, most) => Some(("ä".repeat(most).into(), "ä".repeat(most + over).into())),
            Rule::Whole(low, high) | Rule::Between(low, high) => Some((low.into(), (high + over_by).into())),
            Rule::Word(words) => Some((words[0].into(), format!("{}x", words[0]).into())),
            Rule::List(Rule::Id, most) => {
                let ids = |count: usize| (0..count).map(|number| Value::from(format!("{number:024x}"))).collect();
                Some((ids(most), ids(most + over)))
            }
            _ => None,
        }
    }

    proptest! {
        #[test]
        fn no_body_takes_a_key_nobody_knows(parts in prop::sample::select(ALL), key in "[a-z]{1,12}Q") {
            prop_assert_eq!(place(parts, Purpose::Update, json!({ &key: 1 })), Some(key));
        }

        #[test]
        fn every_bound_is_kept_on_both_sides(parts in prop::sample::select(ALL), over in 1..40_usize) {
            for field in parts.iter().copied().flatten() {
                let Some((inside, outside)) = edges(field.rule, over) else { continue };
                prop_assert_eq!(place(parts, Purpose::Update, json!({ field.name: inside })), None);
                let refused = place(parts, Purpose::Update, json!({ field.name: outside }));
                prop_assert!(refused.is_some_and(|place| place.starts_with(field.name)), "{}", field.name);
            }
        }
    }
}
