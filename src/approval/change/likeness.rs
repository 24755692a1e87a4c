//! Owns when two changes are the same wish, or the same thing done to somebody else. Both are digests over the requests with
//! something left out, so that nothing else can differ unseen.

use serde_json::Value;

use super::{ChangeParts, ConversationId, CustomerId, Digest, Request};

/// References of our own begin so (`tools`, the composer): they differ from time to time though the wish is the same.
const OURS: [&str; 2] = ["sd-", "shiftdeck-"];
/// Where such references stand.
const REFERENCES: [&str; 2] = ["externalId", "_clientRef"];
/// What stands for whom or which record a change is about.
const WHOM: &str = "{}";

/// What is asked for: everything but our own references.
pub(super) fn wish(parts: &ChangeParts) -> Digest {
    let whom = |id: Option<&str>| id.unwrap_or_default().to_owned();
    let mut fed = vec![
        parts.effect.word().to_owned(),
        whom(parts.subject.customer.as_ref().map(CustomerId::as_str)),
        whom(parts.subject.conversation.as_ref().map(ConversationId::as_str)),
    ];
    for request in &parts.requests {
        let body = request.body.as_ref().map(|body| without(body, &[]).to_string());
        fed.extend([request.method.as_str().to_owned(), request.path.clone(), body.unwrap_or_default()]);
    }
    Digest::of(fed.iter().map(String::as_bytes))
}

/// What is done, whoever it is done to: the subject's ids and those the path ends in are left out too.
pub(super) fn likeness(parts: &ChangeParts) -> Digest {
    let subject = &parts.subject;
    let channel = subject.channel.as_ref().map_or("", |channel| channel.as_str());
    let mut fed = vec![parts.effect.word().to_owned(), parts.operation.label().to_owned(), channel.to_owned()];
    fed.extend(parts.before.iter().map(|(field, _)| field.clone()));
    fed.push(parts.count.to_string());
    // Another source's tool is another thing to do, whatever it asks for.
    fed.extend(subject.origin.iter().flat_map(|origin| [&origin.source, &origin.tool, &origin.definition]).cloned());
    for request in &parts.requests {
        let (path, mut ids) = template(parts.operation.label(), request);
        ids.extend(subject.customer.as_ref().map(CustomerId::as_str));
        ids.extend(subject.conversation.as_ref().map(ConversationId::as_str));
        let body = request.body.as_ref().map(|body| without(body, &ids).to_string());
        fed.extend([request.method.as_str().to_owned(), path, body.unwrap_or_default()]);
    }
    Digest::of(fed.iter().map(String::as_bytes))
}

/// A request's path with the ids of its operation's template left out, and those ids. The name of a klass stays: another
/// klass is another thing to do.
fn template<'a>(label: &str, request: &'a Request) -> (String, Vec<&'a str>) {
    let known: Vec<&str> = label.split_once(' ').map_or(Vec::new(), |(_, path)| path.split('/').collect());
    let own: Vec<&str> = request.path.split('/').collect();
    if known.len() != own.len() {
        return (request.path.clone(), Vec::new());
    }
    let is_id = |part: &str| part.starts_with('{') && part.to_ascii_lowercase().ends_with("id}");
    let shown = known.iter().zip(&own).map(|(known, own)| if is_id(known) { WHOM } else { own });
    let path = shown.collect::<Vec<_>>().join("/");
    (path, known.iter().zip(&own).filter(|(known, _)| is_id(known)).map(|(_, own)| *own).collect())
}

/// A body without our own references, and with what stands for `ids` in their place.
fn without(value: &Value, ids: &[&str]) -> Value {
    let is_ours = |name: &str, value: &Value| {
        REFERENCES.contains(&name)
            && value.as_str().is_some_and(|reference| OURS.iter().any(|ours| reference.starts_with(ours)))
    };
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, value)| !is_ours(name, value));
            Value::Object(kept.map(|(name, value)| (name.clone(), without(value, ids))).collect())
        }
        Value::Array(items) => items.iter().map(|item| without(item, ids)).collect(),
        Value::String(words) if ids.contains(&words.as_str()) => Value::from(WHOM),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Change, Effect, Operation, Subject};
    use super::*;
    use crate::{approval::fixture::parts, transport::Method};

    fn note(conversation: &str, body: &str, reference: &str) -> Change {
        Change::new(ChangeParts {
            subject: Subject { conversation: Some(ConversationId::new(conversation)), ..Subject::default() },
            requests: vec![Request {
                method: Method::Post,
                path: format!("/v1/conversations/{conversation}/notes"),
                body: Some(json!({"body": body, "externalId": reference, "conversation": conversation})),
            }],
            ..parts(Effect::Write, Operation::AddNote)
        })
    }

    #[test]
    fn the_same_wish_under_another_reference_of_ours_is_the_same_wish() {
        let first = note("66a1", "hello", "sd-1");
        assert_eq!(first.wish(), note("66a1", "hello", "sd-2").wish());
        assert_eq!(first.wish(), note("66a1", "hello", "shiftdeck-66a1-17").wish());
        assert_ne!(first.digest(), note("66a1", "hello", "sd-2").digest());
        for other in [note("66a1", "hellp", "sd-1"), note("66a2", "hello", "sd-1"), note("66a1", "hello", "theirs")] {
            assert_ne!(first.wish(), other.wish());
        }
    }

    #[test]
    fn alike_is_what_differs_only_in_whom_it_is_about() {
        let first = note("66a1", "hello", "sd-1");
        assert_eq!(first.likeness(), note("66a2", "hello", "sd-2").likeness());
        assert_ne!(first.likeness(), note("66a2", "hellp", "sd-2").likeness(), "other words");
        assert_ne!(first.likeness(), note("66a2", "66a1", "sd-2").likeness(), "another's id as words");
        let of_klass = |klass: &str, id: &str| {
            let label = "DELETE /v1/klasses/{name}/{id}";
            Change::new(ChangeParts {
                requests: vec![Request {
                    method: Method::Delete,
                    path: format!("/v1/klasses/{klass}/{id}"),
                    body: None,
                }],
                ..parts(Effect::Delete, Operation::Listed { label, words: "delete a KObject" })
            })
        };
        assert_eq!(of_klass("order", "1").likeness(), of_klass("order", "2").likeness());
        assert_ne!(of_klass("order", "1").likeness(), of_klass("return", "1").likeness());
    }
}
