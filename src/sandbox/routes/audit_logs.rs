//! Owns the audit-log operation: filters and cursors (Kustomer API reference 26).
//!
//! Unverified in the reference and decided here: `before` and `after` may come alone or together; with `after` alone the
//! page holds the entries next to the cursor, so that a walk forward loses none; `total` counts what the filters leave,
//! `cursorCount` what of it lies on the cursors' side; `prev` is there whenever the page has rows, as in the example, so
//! that a poller finds its way forward; `next` ends as null.

use serde_json::{Value, json};

use crate::sandbox::{
    audit::Entry,
    call::{Answer, Call, Reply},
    errors::Refusal,
    mint,
    query::commas,
    table::{Op, op},
    times,
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] =
    &[op("GET", "/v1/audit-logs", "audit_logs.read", "user.audit_logs.read admin.audit_logs.read", list)];

const MOST_ENTRIES: usize = 1000;
const DEFAULT_ENTRIES: usize = 100;
const OBJECT_TYPES: &[&str] = &[
    "bill_subscription",
    "business_rule",
    "company",
    "conversation",
    "customer",
    "message",
    "search",
    "shortcut",
    "user",
    "work_item",
    "ip_rule",
    "work_session",
    "shopify_rest",
];

/// What was asked for.
#[derive(Debug, Default)]
struct Wanted {
    count: usize,
    before: Option<String>,
    after: Option<String>,
    types: Vec<String>,
    object: Option<String>,
    user: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
}

/// `GET /v1/audit-logs`
pub fn list(call: &mut Call) -> Answer {
    let wanted = Wanted::read(call)?;
    let matching: Vec<&Entry> = call.desk.audit.newest_first(call.now).filter(|entry| wanted.takes(entry)).collect();
    let total = matching.len();
    let beyond: Vec<&Entry> = matching.into_iter().filter(|entry| wanted.is_beyond_cursors(entry)).collect();
    let skipped = match (&wanted.after, &wanted.before) {
        (Some(_), None) => beyond.len().saturating_sub(wanted.count),
        _ => 0,
    };
    let page: Vec<&Entry> = beyond.iter().skip(skipped).take(wanted.count).copied().collect();
    let is_older_left = page.last().is_some_and(|last| {
        call.desk.audit.newest_first(call.now).any(|entry| wanted.takes(entry) && entry.id < last.id)
    });
    let link = |cursor: Option<(&str, &Entry)>| Value::from(format!("/v1/audit-logs?{}", wanted.query(cursor)));
    let cursor =
        |name: &'static str, entry: Option<&&Entry>| entry.map_or(Value::Null, |entry| link(Some((name, entry))));
    Ok(Reply::json(
        200,
        json!({
            "meta": { "count": page.len(), "total": total, "cursorCount": beyond.len() },
            "links": {
                "self": format!("/v1/audit-logs?{}", wanted.own_query()),
                "first": link(None),
                "prev": cursor("after", page.first()),
                "next": cursor("before", page.last().filter(|_| is_older_left)),
            },
            "data": page.iter().map(|entry| entry.resource()).collect::<Vec<_>>(),
        }),
    ))
}

impl Wanted {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let filter = |name: &str| call.query.get(&format!("filter[{name}]")).map(str::to_owned);
        let id = |name: &str, value: Option<String>| match value {
            Some(text) if !mint::is_id(&text) => Err(Refusal::invalid(name, "must be an id of 24 hex digits")),
            other => Ok(other),
        };
        let moment = |name: &str| match filter(name) {
            None => Ok(None),
            Some(text) => times::parse(&text)
                .map(Some)
                .ok_or_else(|| Refusal::invalid(format!("filter[{name}]"), "must be a date-time")),
        };
        let count = match call.query.get("count").map(str::parse::<usize>) {
            None => DEFAULT_ENTRIES,
            Some(Ok(count @ 1..=MOST_ENTRIES)) => count,
            Some(_) => return Err(Refusal::invalid("count", format!("must be an integer from 1 to {MOST_ENTRIES}"))),
        };
        let mut types: Vec<String> = filter("objectType").into_iter().collect();
        let object = id("filter[objectId]", filter("objectId"))?;
        if object.is_some() && types.is_empty() {
            return Err(Refusal::invalid("filter[objectId]", "needs filter[objectType]"));
        }
        types.extend(filter("include").iter().flat_map(|list| commas(list)));
        if types.iter().any(|name| !OBJECT_TYPES.contains(&name.as_str())) {
            let known = OBJECT_TYPES.join(", ");
            return Err(Refusal::invalid("filter[objectType]", format!("must be one of {known}")));
        }
        let cursor = |name: &str| id(name, call.query.get(name).map(str::to_owned));
        Ok(Self {
            count,
            before: cursor("before")?,
            after: cursor("after")?,
            types,
            object,
            user: id("filter[userId]", filter("userId"))?,
            start: moment("start")?,
            end: moment("end")?,
        })
    }

    /// Whether the filters leave an entry. The id goes with the first type; the included types stand beside it.
    fn takes(&self, entry: &Entry) -> bool {
        let is_included = self.types.iter().skip(1).any(|name| *name == entry.object_type);
        let is_first = self.types.first().is_none_or(|name| *name == entry.object_type)
            && self.object.as_ref().is_none_or(|id| *id == entry.object);
        (is_first || is_included)
            && self.user.as_ref().is_none_or(|id| entry.user.as_ref() == Some(id))
            && self.start.is_none_or(|start| entry.at >= start)
            && self.end.is_none_or(|end| entry.at <= end)
    }

    fn is_beyond_cursors(&self, entry: &Entry) -> bool {
        self.before.as_ref().is_none_or(|id| entry.id < *id) && self.after.as_ref().is_none_or(|id| entry.id > *id)
    }

    /// The query with these cursors only; every value is a word, an id or a time and needs no escaping.
    fn query(&self, cursor: Option<(&str, &Entry)>) -> String {
        let mut parts = vec![format!("count={}", self.count)];
        parts.extend(cursor.map(|(name, entry)| format!("{name}={}", entry.id)));
        let filters = [
            ("objectType", self.types.first().cloned()),
            ("include", self.types.get(1..).filter(|more| !more.is_empty()).map(|more| more.join(","))),
            ("objectId", self.object.clone()),
            ("userId", self.user.clone()),
            ("start", self.start.map(times::iso)),
            ("end", self.end.map(times::iso)),
        ];
        let given = filters.into_iter().filter_map(|(name, value)| Some(format!("filter[{name}]={}", value?)));
        parts.extend(given);
        parts.join("&")
    }

    fn own_query(&self) -> String {
        let cursors = [("before", &self.before), ("after", &self.after)];
        let given = cursors.into_iter().filter_map(|(name, id)| Some(format!("&{name}={}", id.as_ref()?)));
        self.query(None) + &given.collect::<String>()
    }
}
