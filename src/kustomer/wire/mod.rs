//! Owns the reading of Kustomer's JSON into `domain`. Lenient on purpose: every attribute may be absent, null, of another
//! type, or a masked object, and one odd record never costs the list it stands in. Sends nothing.
//!
//! Invariant: no wire shape leaves this folder, and a value the desk masks or metadata calls sensitive leaves it only as
//! [`crate::domain::Guarded`].

mod bulk;
mod contact;
mod customer;
mod entries;
mod klass;
mod org;
mod people;
mod queue;
mod traces;

use jiff::Timestamp;
use serde_json::Value;

pub(super) use bulk::{batches, job};
pub(super) use contact::Sensitivity;
pub(super) use customer::{brief, customer, external_ids};
pub(super) use entries::{draft, event, messages, note, thread};
pub(super) use klass::{attributes, custom_of, klass, kobject};
pub(super) use org::{
    brand, company, outbound_account, queue, queue_rule, role_group, schedule, shortcut, sla_policy, spam_sender,
    survey_form, tag, team, token, webhook, work_item, work_session,
};
pub(super) use people::{named, user};
pub(super) use queue::conversation;
pub(super) use traces::{attachment, audit_line, forward, handle_time, merge, visit};

use crate::domain::Text;

/// One resource of an envelope: `{type, id, attributes, relationships}` (Kustomer API reference 2.2).
#[derive(Clone, Copy)]
pub(super) struct Resource<'a>(&'a Value);

/// A list's records, and how many could not be read as such.
pub(super) struct Decoded<T> {
    pub rows: Vec<T>,
    pub skipped: usize,
}

/// The resource of a single answer.
pub(super) fn single(body: &Value) -> Option<Resource<'_>> {
    body.get("data").filter(|data| data.is_object()).map(Resource)
}

/// The resources of a list; a single resource counts as a list of one.
pub(super) fn list(body: &Value) -> impl Iterator<Item = Resource<'_>> {
    let data = body.get("data").unwrap_or(&Value::Null);
    data.as_array().map_or(std::slice::from_ref(data), Vec::as_slice).iter().filter(|row| row.is_object()).map(Resource)
}

/// Reads a list record by record; those that are no such record are counted, not fatal. Softly deleted ones are left
/// out: whether lists hold them is unverified (Kustomer API reference 29.9).
pub(super) fn decode<T>(body: &Value, one: impl Fn(Resource<'_>) -> Option<T>) -> Decoded<T> {
    let mut decoded = Decoded { rows: Vec::new(), skipped: 0 };
    for resource in list(body).filter(|resource| !resource.is_deleted()) {
        match one(resource) {
            Some(row) => decoded.rows.push(row),
            None => decoded.skipped += 1,
        }
    }
    decoded
}

/// `meta.total`, which searches and the customer list carry.
pub(super) fn total(body: &Value) -> Option<u64> {
    number(body.pointer("/meta/total")?).map(|total| total as u64)
}

/// `meta.timed_out`: a search that ran out of time answers with what it had found by then.
pub(super) fn timed_out(body: &Value) -> bool {
    body.pointer("/meta/timed_out") == Some(&Value::Bool(true))
}

/// `links.next`: host-relative, or null at the end.
pub(super) fn next(body: &Value) -> Option<&str> {
    body.pointer("/links/next")?.as_str().filter(|next| next.starts_with("/v1/"))
}

impl<'a> Resource<'a> {
    /// The id; a resource without one is no record.
    pub fn id(self) -> Option<&'a str> {
        self.0.get("id")?.as_str().filter(|id| !id.is_empty())
    }

    /// All of it, as it came.
    pub fn raw(self) -> &'a Value {
        self.0
    }

    /// The literal type.
    pub fn kind(self) -> &'a str {
        self.0.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// An attribute, unless absent or null. The path may lead into objects (`sla/breach/at`).
    pub fn at(self, path: &str) -> Option<&'a Value> {
        let start = self.0.get("attributes")?;
        path.split('/').try_fold(start, |value, key| value.get(key)).filter(|value| !value.is_null())
    }

    /// Words: a string, a number, or what a mask shows instead.
    pub fn text(self, path: &str) -> Option<Text> {
        words(self.at(path)?)
    }

    /// A string as it is, for literals and ids.
    pub fn literal(self, path: &str) -> Option<&'a str> {
        self.at(path)?.as_str()
    }

    /// A moment.
    pub fn time(self, path: &str) -> Option<Timestamp> {
        time(self.at(path)?)
    }

    /// A count: absent is 0.
    pub fn count(self, path: &str) -> u64 {
        self.at(path).and_then(number).map_or(0, |n| n as u64)
    }

    /// A number, also when it came as text.
    pub fn number(self, path: &str) -> Option<f64> {
        number(self.at(path)?)
    }

    /// Whether it was softly deleted.
    pub fn is_deleted(self) -> bool {
        self.flag("deleted") || self.time("deletedAt").is_some()
    }

    /// A flag; anything but `true` is no.
    pub fn flag(self, path: &str) -> bool {
        self.at(path) == Some(&Value::Bool(true))
    }

    /// The strings of a list; a lone string counts as a list of one.
    pub fn strings(self, path: &str) -> impl Iterator<Item = &'a str> {
        let value = self.at(path).unwrap_or(&Value::Null);
        items(value).iter().filter_map(Value::as_str)
    }

    /// The items of a list; a lone object counts as a list of one.
    pub fn items(self, path: &str) -> &'a [Value] {
        items(self.at(path).unwrap_or(&Value::Null))
    }

    /// The id a relationship points at.
    pub fn related(self, name: &str) -> Option<&'a str> {
        self.0.pointer(&format!("/relationships/{name}/data/id"))?.as_str().filter(|id| !id.is_empty())
    }

    /// The ids a to-many relationship points at.
    pub fn related_all(self, name: &str) -> impl Iterator<Item = &'a str> {
        let data = self.0.pointer(&format!("/relationships/{name}/data")).unwrap_or(&Value::Null);
        items(data).iter().filter_map(|item| item.get("id")?.as_str())
    }
}

/// A list as it is; a lone value as a list of one; null as none.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        lone => std::slice::from_ref(lone),
    }
}

/// Words of a value of any type: a mask shows its presentation, lists and objects show nothing.
fn words(value: &Value) -> Option<Text> {
    match value {
        Value::String(words) => Some(Text::from(words.as_str())),
        Value::Number(number) => Some(Text::new(number.to_string())),
        Value::Object(_) => presentation(value).map(Text::from),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// What a mask shows, if the value is one: `{"isMasked": true, "maskedPresentation": …}` (Kustomer API reference 20;
/// that REST bodies carry the same object is unverified, so a string is taken as well).
fn presentation(value: &Value) -> Option<&str> {
    let masked = value.get("isMasked") == Some(&Value::Bool(true));
    let shown = value.get("maskedPresentation").and_then(Value::as_str);
    shown.or(masked.then_some("****"))
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|n| n.is_finite())
}

/// A date-time with `Z` or an offset; a bare date counts as its midnight in UTC.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| {
        let date: jiff::civil::Date = text.parse().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Any JSON, with the keys a desk uses so that it is looked into.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~⟦é]{0,12}".prop_map(Value::from),
            Just(json!("2025-03-04T10:15:00.123Z")),
            Just(json!({"isMasked": true, "maskedPresentation": "****1122"})),
        ];
        let key = prop::sample::select(vec![
            "data",
            "id",
            "type",
            "attributes",
            "relationships",
            "custom",
            "emails",
            "email",
            "phones",
            "phone",
            "sla",
            "metrics",
            "firstResponse",
            "breachAt",
            "meta",
            "from",
            "tags",
            "channels",
            "snooze",
            "properties",
            "queue",
            "batches",
            "results",
            "changes",
            "attributes",
            "conversationCounts",
            "unmaskingWindow",
            "sensitive",
        ]);
        leaf.prop_recursive(5, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..6)
                    .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        /// Whatever a desk sends, reading ends with records or without, never with a panic.
        #[test]
        fn any_json_is_survived(attributes in any_json(), relationships in any_json(), body in any_json()) {
            let record = json!({"data": [{"id": "66a1", "attributes": attributes, "relationships": relationships}]});
            let sensitivity = Sensitivity::unknown();
            for body in [&record, &body] {
                decode(body, |r| customer(r, &sensitivity));
                decode(body, conversation);
                messages(body);
                decode(body, note);
                decode(body, draft);
                decode(body, |r| Some(event(r)));
                decode(body, user);
                decode(body, klass);
                for r in list(body) {
                    company(r, &sensitivity);
                    sla_policy(body, r);
                    let _ = (token(r), schedule(r), shortcut(r), spam_sender(r), webhook(r), outbound_account(r));
                    let _ = (team(r), role_group(r), brand(r), tag(r), survey_form(r), queue_rule(r), work_session(r));
                    let _ = (work_item(r), attachment(r), forward(r), handle_time(r), merge(r), visit(r), audit_line(r));
                }
                decode(body, |r| kobject(r, None, &sensitivity));
                attributes_of(body);
                job(body);
                batches(body);
            }
        }
    }

    fn attributes_of(body: &Value) {
        let _ = super::attributes(body);
    }

    #[test]
    fn odd_records_are_counted_and_the_rest_kept() {
        let body = json!({"data": [{"id": "a"}, {"attributes": {}}, 7, {"id": "b"}], "meta": {"total": "12"}});
        let decoded = decode(&body, |resource| resource.id().map(str::to_owned));
        assert_eq!((decoded.rows, decoded.skipped), (vec!["a".to_owned(), "b".to_owned()], 1));
        assert_eq!(total(&body), Some(12));
    }

    #[test]
    fn a_next_page_is_only_followed_on_the_same_host() {
        assert_eq!(next(&json!({"links": {"next": "/v1/notes?page=2"}})), Some("/v1/notes?page=2"));
        for odd in [json!({"links": {"next": null}}), json!({"links": {"next": "https://x.example/v1"}}), json!([])] {
            assert_eq!(next(&odd), None);
        }
    }
}
