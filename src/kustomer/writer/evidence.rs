//! Owns what is kept of a write while it is under way, so that its effect can be looked up after a crash; and that looking
//! up. The store keeps no value of a customer's: ids and our own references stand as they are, every other value of a body
//! only as a salted digest, which tells whether the record has that value now and nothing else. It goes when the write's end
//! is written down.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Writer;
use crate::{
    approval::{Change, Effect, Entry, Request, Subject, Ticket, TrailError},
    domain::{ConversationId, CustomerId},
    kustomer::{changes::Known, wire},
    privacy::pii,
    transport::Method,
};

/// Fields whose values name records, not people: they stand as they are.
const NAMING: [&str; 9] =
    ["externalId", "id", "customer", "conversation", "source", "target", "key", "members", "_clientRef"];
/// The key of a sealed value.
const SEALED: &str = "$sealed";

/// What became of the changes an earlier run left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Found on the desk: they took effect.
    pub found: usize,
    /// Not found: nobody knows.
    pub unknown: usize,
}

impl Writer {
    /// Keeps what is needed to look the change up. Without it a crash leaves it unknown, so a failure stops nothing.
    pub(super) fn keep_evidence(&self, change: &Change, ticket: &Ticket) {
        let Some(evidence) = kept(change, self.reader.clock().now()) else { return };
        if let Err(error) = self.trail.store().sent(ticket.entry(), &evidence.to_string()) {
            tracing::warn!(%error, "a change could not be kept for looking it up after a crash");
        }
    }

    /// Looks up what earlier runs sent and did not come to write down the end of: each is first written down as unknown, then
    /// looked for on the desk. What was looked for before stays as it is.
    ///
    /// # Errors
    /// [`TrailError`] when the trail cannot be read or written.
    pub async fn settle_abandoned(&self) -> Result<Settled, TrailError> {
        let mut settled = Settled::default();
        for open in self.trail.unsettled()?.into_iter().filter(|open| !open.is_known) {
            self.trail.lost(&open.entry, "the program ended before its outcome was written down")?;
            match self.look_up(&open.entry).await {
                Some(object) => {
                    self.trail.found(&open.entry, &object, "found by reading the desk after the program had ended")?;
                    settled.found += 1;
                }
                None => settled.unknown += 1,
            }
        }
        Ok(settled)
    }

    /// The id of what a change made, if its effect is on the desk; empty where it has none.
    async fn look_up(&self, entry: &Entry) -> Option<String> {
        let text = self.trail.store().sent_evidence(entry.seq).ok()??;
        let evidence: Value = serde_json::from_str(&text).ok()?;
        let sent = evidence["sent"].as_str()?.parse().ok()?;
        let subject = Subject {
            customer: evidence["customer"].as_str().map(CustomerId::new),
            conversation: evidence["conversation"].as_str().map(ConversationId::new),
            ..Subject::default()
        };
        let mut object = String::new();
        let requests = evidence["requests"].as_array().filter(|requests| !requests.is_empty())?;
        for request in requests {
            let request = Request {
                method: method(request["method"].as_str()?)?,
                path: request["path"].as_str()?.to_owned(),
                body: Some(request["body"].clone()).filter(|body| !body.is_null()),
            };
            let found = self.reconcile(&subject, &request, sent).await?;
            object = found.object.unwrap_or(object);
        }
        Some(object)
    }
}

fn method(word: &str) -> Option<Method> {
    [Method::Post, Method::Put, Method::Patch, Method::Delete].into_iter().find(|method| method.as_str() == word)
}

/// What is kept of a change; nothing where a path names a person, or where there would be too much of it.
fn kept(change: &Change, now: Timestamp) -> Option<Value> {
    if change.effect() == Effect::Bulk && change.count() > 1_000 {
        return None;
    }
    let subject = change.subject();
    let request = |request: &Request| {
        Known::of(request.method, &request.path)?;
        let names_nobody = pii::redact(&request.path) == request.path;
        let salt = Uuid::now_v7().simple().to_string();
        let body = request.body.as_ref().map(|body| if is_tags(body) { body.clone() } else { sealed(body, &salt) });
        names_nobody.then(|| json!({"method": request.method.as_str(), "path": request.path, "body": body}))
    };
    let requests: Option<Vec<Value>> = change.requests().iter().map(request).collect();
    Some(json!({
        "sent": now.to_string(),
        "customer": subject.customer.as_ref().map(CustomerId::as_str),
        "conversation": subject.conversation.as_ref().map(ConversationId::as_str),
        "requests": requests?,
    }))
}

/// Whether nothing in a value looks like somebody's address or number.
fn names_nobody(value: &Value) -> bool {
    let written = value.to_string();
    pii::redact(&written) == written
}

/// A body that is a bare list of words: tags, which name nobody.
fn is_tags(body: &Value) -> bool {
    let words = body.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    words && names_nobody(body)
}

/// A body with all its values sealed but those that name records.
fn sealed(value: &Value, salt: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let seal = |(name, value): (&String, &Value)| {
                let is_name = NAMING.contains(&name.as_str()) && names_nobody(value);
                (name.clone(), if is_name { value.clone() } else { sealed(value, salt) })
            };
            Value::Object(fields.iter().map(seal).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| sealed(item, salt)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            json!({ SEALED: [salt, hash(salt, value)] })
        }
    }
}

/// A sealed value.
pub(super) struct Sealed<'a> {
    salt: &'a str,
    hash: &'a str,
}

impl<'a> Sealed<'a> {
    /// Reads one.
    pub fn of(value: &'a Value) -> Option<Self> {
        let pair = value.as_object().filter(|fields| fields.len() == 1)?.get(SEALED)?.as_array()?;
        let [Value::String(salt), Value::String(hash)] = pair.as_slice() else { return None };
        Some(Self { salt, hash })
    }

    /// Whether this is the value that was sealed.
    pub fn is(&self, value: &Value) -> bool {
        hash(self.salt, value) == self.hash
    }
}

/// A value's digest in the one spelling in which equal values are equal: numbers as such, a moment whatever its notation.
fn hash(salt: &str, value: &Value) -> String {
    let spelled = match value {
        Value::Number(number) => format!("n{}", number.as_f64().unwrap_or_default()),
        Value::String(words) => match wire::time(value) {
            Some(at) => format!("t{at}"),
            None => format!("s{words}"),
        },
        other => format!("j{other}"),
    };
    Sha256::digest(format!("{salt}\n{spelled}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_is_known_again_however_the_desk_writes_it_and_tells_nothing() {
        let body = json!({"phones": [{"phone": "+4915550001122"}], "externalId": "sd-1", "rank": 4,
            "sendAt": "2026-03-04T15:00:00Z", "name": "Mara Quill"});
        let kept = sealed(&body, "salt");
        let text = kept.to_string();
        assert!(!text.contains("1122") && !text.contains("Mara") && text.contains("sd-1"), "{text}");
        let is =
            |pointer: &str, value: Value| Sealed::of(kept.pointer(pointer).expect("kept")).expect("sealed").is(&value);
        assert!(is("/phones/0/phone", json!("+4915550001122")) && !is("/phones/0/phone", json!("+4915550001123")));
        assert!(is("/rank", json!(4.0)) && is("/sendAt", json!("2026-03-04T15:00:00.000Z")));
        assert!(Sealed::of(&json!({"$sealed": "x"})).is_none());
    }

    #[test]
    fn an_id_that_is_an_address_is_sealed_too() {
        let kept = sealed(&json!({"externalId": "mara@quill.example", "names": ["Mara Quill"]}), "salt").to_string();
        assert!(!kept.contains("quill") && !kept.contains("Mara"), "{kept}");
        assert!(is_tags(&json!(["vip"])) && !is_tags(&json!(["mara@quill.example"])));
    }
}
