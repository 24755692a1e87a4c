//! Owns finding out, by reading, whether a write whose answer got lost took effect. How an operation is looked up stands in
//! the table of operations (`changes::known`); this carries it out. Sends no write.
//!
//! Invariant: only what is found counts. Not finding it proves nothing (the request may still be under way), so it stays
//! unclear and a person decides. What was made before the request was sent was not made by it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{Writer, evidence};
use crate::{
    approval::{Request, Subject},
    kustomer::{
        changes::{Known, Look},
        path::segment,
        wire,
    },
    transport::ApiError,
};

/// Proof that it took effect, with the id of what it made where that was told.
pub(super) struct Found {
    pub object: Option<String>,
}

/// Looks taken, and the pause between them: an asynchronous desk may be a moment behind.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(700);
/// How far the desk's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Attributes that prove nothing: what was read goes back as the revision and the company, tags go in as names and come
/// out as ids, and the rest steers the call.
const NO_PROOF: [&str; 6] = ["company", "rev", "tags", "id", "_clientRef", "channel"];

/// A write whose answer got lost. Values of its body may be sealed ([`evidence`]): then they can be compared, not read.
struct Lost<'a> {
    known: &'static Known,
    /// The values of its path.
    values: Vec<String>,
    request: &'a Request,
    subject: &'a Subject,
    sent: Timestamp,
}

impl Writer {
    /// Looks for the effect of one request of a change, sent at `sent`.
    pub(super) async fn reconcile(&self, subject: &Subject, request: &Request, sent: Timestamp) -> Option<Found> {
        let (known, values) = Known::of(request.method, &request.path)?;
        let lost = Lost { known, values, request, subject, sent };
        for look in 0..LOOKS {
            if look > 0 {
                self.reader.clock().sleep(PAUSE).await;
            }
            match self.look(&lost).await {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "an unclear write could not be looked up");
                    return None;
                }
            }
        }
        None
    }

    async fn look(&self, lost: &Lost<'_>) -> Result<Option<Found>, ApiError> {
        let body = lost.request.body.as_ref();
        let found = self.look_there(lost, body).await?;
        let sends = body.is_some_and(|body| body.get("sendAt").is_some_and(Value::is_string));
        if found.is_none() && sends { self.sent(lost).await } else { Ok(found) }
    }

    /// A draft that was due is gone; an outbound message with its words stands in its conversation instead (Kustomer API
    /// reference 14.2).
    async fn sent(&self, lost: &Lost<'_>) -> Result<Option<Found>, ApiError> {
        let words = lost.request.body.as_ref().and_then(|body| body.get("body"));
        let (Some(conversation), Some(words)) = (&lost.subject.conversation, words) else { return Ok(None) };
        let path = format!("/v1/conversations/{}/messages?pageSize=100", segment(conversation.as_str()));
        let messages = self.reader.resources(path).await?;
        let ours = |row: &&Value| {
            let of = |name: &str| &row["attributes"][name];
            of("direction") == "out" && same(words, of("preview")) && lost.made(row)
        };
        Ok(messages.iter().find(ours).map(found))
    }

    async fn look_there(&self, lost: &Lost<'_>, body: Option<&Value>) -> Result<Option<Found>, ApiError> {
        let rows = body.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match lost.known.look {
            Look::Written => self.written(&lost.path(), body).await,
            Look::Gone => Ok(gone(self.reader.resource(lost.path()).await?.as_ref())),
            Look::At(path) => self.made(lost, path, body).await,
            Look::FirstAt(path) => self.made(lost, path, rows.first()).await.map(|found| found.map(|_| nameless())),
            Look::FirstWritten(path) => match (lost.fill(path), rows.first().and_then(|row| row.get("id")?.as_str())) {
                (Some(path), Some(id)) => self.written(&format!("{path}{}", segment(id)), rows.first()).await,
                _ => Ok(None),
            },
            Look::Among(list, marks) => self.among(lost, list, marks).await,
            Look::GoneFrom(list) => {
                let Some(list) = lost.fill(list) else { return Ok(None) };
                let there = self.reader.resources(list).await?.iter().any(|r| id_of(r) == lost.values.last());
                Ok((!there).then(nameless))
            }
            Look::EndsGone(path) => self.ends_gone(lost, path).await,
            Look::Draft => self.draft(lost).await,
            Look::Window { open } => {
                let Some(customer) = &lost.subject.customer else { return Ok(None) };
                let window = self.reader.customer(customer).await?.window;
                let is_open = window.is_some_and(|window| window.is_open(self.reader.clock().now()));
                Ok((is_open == open).then(nameless))
            }
            Look::Tags { there } => self.tags(lost, there).await,
            Look::Members { there } => {
                let Some(path) = lost.fill("/v1/teams/{id}") else { return Ok(None) };
                let wanted = body.and_then(|body| body.get("members")).cloned().unwrap_or_default();
                let team = self.reader.resource(path).await?.unwrap_or_default();
                Ok(all(&wanted, &team["attributes"]["members"], there).then(nameless))
            }
            Look::Redacted => {
                let Some(path) = lost.fill("/v1/messages/{id}") else { return Ok(None) };
                let message = self.reader.resource(path).await?.unwrap_or_default();
                Ok((message["attributes"]["redacted"] == Value::Bool(true)).then(|| found(&message)))
            }
            Look::Nothing => Ok(None),
        }
    }

    /// An update took effect when every attribute it set now has that value.
    async fn written(&self, path: &str, body: Option<&Value>) -> Result<Option<Found>, ApiError> {
        let Some(wanted) = body.and_then(Value::as_object) else { return Ok(None) };
        let Some(now) = self.reader.resource(path.to_owned()).await? else {
            let deletes = wanted.get("deleted") == Some(&Value::Bool(true));
            return Ok(deletes.then(nameless));
        };
        Ok(holds(&now, wanted).then(|| found(&now)))
    }

    async fn made(&self, lost: &Lost<'_>, path: &str, row: Option<&Value>) -> Result<Option<Found>, ApiError> {
        let reference = row.and_then(|row| row.get("externalId")?.as_str());
        let (Some(path), Some(reference)) = (lost.fill(path), reference) else { return Ok(None) };
        let record = self.reader.resource(format!("{path}{}", segment(reference))).await?;
        Ok(record.filter(|record| lost.made(record)).map(|record| found(&record)))
    }

    async fn among(&self, lost: &Lost<'_>, list: &str, marks: &[&str]) -> Result<Option<Found>, ApiError> {
        let body = lost.request.body.as_ref().and_then(Value::as_object);
        let wanted = body.into_iter().flatten().filter(|(name, _)| marks.contains(&name.as_str()));
        let wanted: Vec<(&String, &Value)> = wanted.collect();
        let (Some(list), false) = (lost.fill(list), wanted.is_empty()) else { return Ok(None) };
        let rows = self.reader.resources(list).await?;
        let ours = |row: &&Value| lost.made(row) && wanted.iter().all(|(name, value)| is_set(row, name, value));
        Ok(rows.iter().filter(ours).max_by_key(|row| moment(row)).map(found))
    }

    async fn ends_gone(&self, lost: &Lost<'_>, path: &str) -> Result<Option<Found>, ApiError> {
        let query = lost.request.path.split_once("ids=").map_or("", |(_, ids)| ids);
        let ids: Vec<&str> = query.split('&').next().unwrap_or_default().split(',').collect();
        let (Some(path), Some(first), Some(last)) = (lost.fill(path), ids.first(), ids.last()) else { return Ok(None) };
        for id in [first, last] {
            if gone(self.reader.resource(format!("{path}{id}")).await?.as_ref()).is_none() {
                return Ok(None);
            }
        }
        Ok(Some(nameless()))
    }

    /// A draft has no read of its own (Kustomer API reference 14.1): its customer's list tells.
    async fn draft(&self, lost: &Lost<'_>) -> Result<Option<Found>, ApiError> {
        let (Some(customer), Some(id)) = (&lost.subject.customer, lost.values.last()) else { return Ok(None) };
        let drafts = self.reader.resources(format!("/v1/customers/{}/drafts", segment(customer.as_str()))).await?;
        let draft = drafts.iter().find(|draft| id_of(draft) == Some(id));
        match (lost.request.body.as_ref().and_then(Value::as_object), draft) {
            (None, None) => Ok(Some(nameless())),
            (Some(wanted), Some(draft)) => Ok(holds(draft, wanted).then(|| found(draft))),
            (None, Some(_)) | (Some(_), None) => Ok(None),
        }
    }

    async fn tags(&self, lost: &Lost<'_>, there: bool) -> Result<Option<Found>, ApiError> {
        let Some(path) = lost.fill("/v1/conversations/{id}") else { return Ok(None) };
        let Some(conversation) = self.reader.resource(path).await? else { return Ok(None) };
        let known = self.reader.resources("/v1/tags".to_owned()).await?;
        // A tag goes in by name or id and stands there by id; a name no tag has is still compared as it is.
        let by_id = |tag: &Value| {
            let named = known.iter().find(|known| known.pointer("/attributes/name") == Some(tag));
            named.and_then(|known| known.get("id")).unwrap_or(tag).clone()
        };
        let wanted = lost.request.body.as_ref().and_then(Value::as_array);
        let wanted: Value = wanted.into_iter().flatten().map(by_id).collect();
        Ok(all(&wanted, &conversation["attributes"]["tags"], there).then(|| found(&conversation)))
    }
}

impl Lost<'_> {
    /// The write's own path without its query.
    fn path(&self) -> String {
        self.request.path.split('?').next().unwrap_or_default().to_owned()
    }

    /// A path with `{name}` replaced by the write's own path parameter or the value in its body.
    fn fill(&self, template: &str) -> Option<String> {
        let mut parts = template.split('{');
        let mut path = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            let own = self.known.parameters().zip(&self.values).find(|(known, _)| *known == name);
            let value = own.map(|(_, value)| value.as_str());
            let value = value.or_else(|| self.request.body.as_ref()?.get(name)?.as_str())?;
            path.push_str(&segment(value));
            path.push_str(rest);
        }
        Some(path)
    }

    /// Whether a record was made or changed since the request was sent, by the desk's clock.
    fn made(&self, record: &Value) -> bool {
        let earliest = self.sent.checked_sub(SKEW).unwrap_or(self.sent);
        moment(record).is_some_and(|at| at >= earliest)
    }
}

/// The newest moment a record tells; failing that the one in its id (Kustomer API reference 2.4, unverified).
pub(crate) fn moment(record: &Value) -> Option<Timestamp> {
    let told =
        ["createdAt", "updatedAt", "modifiedAt"].iter().filter_map(|name| wire::time(&record["attributes"][*name]));
    told.max().or_else(|| {
        let seconds = id_of(record).filter(|id| id.len() == 24)?.get(..8)?;
        Timestamp::from_second(i64::from_str_radix(seconds, 16).ok()?).ok()
    })
}

fn id_of(record: &Value) -> Option<&String> {
    match record.get("id") {
        Some(Value::String(id)) => Some(id),
        _ => None,
    }
}

fn found(record: &Value) -> Found {
    Found { object: id_of(record).cloned() }
}

fn nameless() -> Found {
    Found { object: None }
}

/// A record that is not there, or is there as deleted.
fn gone(record: Option<&Value>) -> Option<Found> {
    let there = record.is_some_and(|record| record["attributes"]["deleted"] != Value::Bool(true));
    (!there).then(nameless)
}

/// Whether all of the wanted are in the list, or none of them.
fn all(wanted: &Value, list: &Value, there: bool) -> bool {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let wanted = wanted.as_array().map_or(&[][..], Vec::as_slice);
    !wanted.is_empty() && wanted.iter().all(|item| list.contains(item) == there)
}

/// Whether a record has all values of a body that can prove anything.
fn holds(record: &Value, wanted: &Map<String, Value>) -> bool {
    let mut telling = wanted.iter().filter(|(name, _)| !NO_PROOF.contains(&name.as_str())).peekable();
    telling.peek().is_some() && telling.all(|(name, value)| is_set(record, name, value))
}

/// Whether a record has this value: as an attribute, or as the id a relationship points at.
pub(crate) fn is_set(record: &Value, name: &str, wanted: &Value) -> bool {
    let attribute = &record["attributes"][name];
    let related = &record["relationships"][name]["data"];
    same(wanted, attribute) || (!related.is_null() && (same(wanted, &related["id"]) || same(wanted, related)))
}

/// Whether a value came back as it was sent: a desk adds keys of its own, and writes the same moment in another way.
fn same(wanted: &Value, now: &Value) -> bool {
    if let Some(seal) = evidence::Sealed::of(wanted) {
        return seal.is(now);
    }
    match (wanted, now) {
        (Value::Object(wanted), Value::Object(_)) => wanted.iter().all(|(name, value)| same(value, &now[name])),
        (Value::Array(wanted), Value::Array(now)) => {
            wanted.len() == now.len() && wanted.iter().zip(now).all(|(wanted, now)| same(wanted, now))
        }
        (Value::Number(wanted), Value::Number(now)) => wanted.as_f64() == now.as_f64(),
        (Value::String(a), Value::String(b)) if a != b => {
            let moments = (wire::time(wanted), wire::time(now));
            matches!(moments, (Some(wanted), Some(now)) if wanted == now)
        }
        _ => wanted == now,
    }
}

#[cfg(test)]
mod tests;
