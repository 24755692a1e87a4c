//! Owns what is known of every operation that changes something (Kustomer API reference, appendix A and 21 to 25): its
//! words, its effect, the body it takes, which creation budget it draws on, and how its outcome is looked up when the
//! answer got lost. One table: whatever builds, sends or reconciles a write reads it here. Sends nothing.

use crate::{
    approval::{Effect, Operation},
    transport::{Made, Method},
};

/// What the body of an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// Attributes, flat.
    Object,
    /// A bare list: tags (Kustomer API reference 10.1).
    List,
    /// Records, at most a hundred a call (Kustomer API reference 21).
    Rows,
}

/// How it is found out whether a write took effect. Paths may hold the write's own path parameters by name, and one value
/// of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The record at the write's own path has the values that were written.
    Written,
    /// Nothing is at the write's own path any more.
    Gone,
    /// A new record is at this path, which ends in the body's `externalId`.
    At(&'static str),
    /// This list has a new record with these values of the body.
    Among(&'static str, &'static [&'static str]),
    /// This list has no record with the id the write's path ends in.
    GoneFrom(&'static str),
    /// The customer's drafts have the one that was written, with its new words; or no longer the one that was deleted.
    Draft,
    /// The customer's unmasking window is open, or closed.
    Window {
        /// Which of the two.
        open: bool,
    },
    /// The conversation has all these tags, or none of them.
    Tags {
        /// Which of the two.
        there: bool,
    },
    /// The team has all these members, or none of them.
    Members {
        /// Which of the two.
        there: bool,
    },
    /// The message is redacted.
    Redacted,
    /// The first row of a bulk creation is at this path.
    FirstAt(&'static str),
    /// The first row of a bulk update has its values; the row's id ends this path.
    FirstWritten(&'static str),
    /// First and last of the ids to delete are gone from under this path.
    EndsGone(&'static str),
    /// There is no way: it stays unclear.
    Nothing,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The method.
    pub method: Method,
    /// Method and path as a template: `PATCH /v1/customers/{id}`.
    pub label: &'static str,
    /// What it does, in a few words.
    pub words: &'static str,
    /// What it does to the world, at least: a draft that is scheduled sends.
    pub effect: Effect,
    /// What it takes.
    pub body: Body,
    /// What it creates, where the desk counts that by customer: 120 a minute (Kustomer API reference 5.1).
    pub creates: Option<Made>,
    /// How its outcome is looked up.
    pub look: Look,
}

impl Known {
    /// The operation with this label.
    pub fn labelled(label: &str) -> Option<&'static Self> {
        WRITES.iter().find(|known| known.label == label)
    }

    /// The operation a request is, with the values of its path, decoded. A literal wins over a parameter.
    pub fn of(method: Method, path: &str) -> Option<(&'static Self, Vec<String>)> {
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        let fitting = WRITES.iter().filter(|known| known.method == method);
        let fitting = fitting.filter_map(|known| Some((known, fits(known.path(), plain)?)));
        fitting.min_by_key(|(_, values)| values.len())
    }

    /// Which operation it is for a card and the trail.
    pub fn operation(&'static self) -> Operation {
        let named = [
            Operation::OpenWindow,
            Operation::AddNote,
            Operation::CreateDraft,
            Operation::UpdateCustomer,
            Operation::CreateKobjects,
        ];
        let named = named.into_iter().find(|operation| operation.label() == self.label);
        named.unwrap_or(Operation::Listed { label: self.label, words: self.words })
    }

    /// The path template.
    pub fn path(&self) -> &'static str {
        self.label.split_once(' ').map_or("", |(_, path)| path)
    }

    /// The names of the path's parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path().split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default())
    }
}

fn fits(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut values, mut segments) = (Vec::new(), path.trim_end_matches('/').split('/'));
    for part in template.split('/') {
        let segment = crate::kustomer::path::decoded(segments.next()?);
        match part.starts_with('{') {
            true if !segment.is_empty() => values.push(segment),
            true => return None,
            false if part != segment => return None,
            false => {}
        }
    }
    segments.next().is_none().then_some(values)
}

const fn known(label: &'static str, words: &'static str, effect: Effect, body: Body, look: Look) -> Known {
    let method = match label.as_bytes() {
        [b'P', b'O', ..] => Method::Post,
        [b'P', b'U', ..] => Method::Put,
        [b'P', b'A', ..] => Method::Patch,
        _ => Method::Delete,
    };
    Known { method, label, words, effect, body, creates: None, look }
}

impl Known {
    const fn creating(self, made: Made) -> Self {
        Self { creates: Some(made), ..self }
    }
}

use Body::{List, None as Empty, Object, Rows};
use Effect::{Bulk, Delete, Draft, Send, Unmask, Write};
use Look::{Among, At, EndsGone, FirstAt, FirstWritten, Gone, GoneFrom, Nothing, Written};

/// Every operation that changes something.
#[rustfmt::skip]
pub const WRITES: &[Known] = &[
    known("POST /v1/customers", "create a customer", Write, Object, At("/v1/customers/externalId=")),
    known("PATCH /v1/customers/{id}", "update a customer", Write, Object, Written),
    known("PUT /v1/customers/{id}", "update a customer", Write, Object, Written),
    known("DELETE /v1/customers/{id}", "delete a customer", Delete, Empty, Gone),
    known("POST /v1/customers/merges", "merge two customers", Write, Object, Among("/v1/customers/{target}/merges", &["source", "target"])),
    known("POST /v1/customers/{id}/unmasking-windows", "open an unmasking window", Unmask, Empty, Look::Window { open: true }),
    known("DELETE /v1/customers/{id}/unmasking-windows", "close an unmasking window", Delete, Empty, Look::Window { open: false }),
    known("POST /v1/customers/bulk", "create customers in bulk", Bulk, Rows, FirstAt("/v1/customers/externalId=")),
    known("PUT /v1/customers/bulk", "update customers in bulk", Bulk, Rows, FirstWritten("/v1/customers/")),
    known("DELETE /v1/customers/bulk", "delete customers in bulk", Delete, Empty, EndsGone("/v1/customers/")),
    known("POST /v1/conversations", "create a conversation", Write, Object, At("/v1/conversations/externalId=")).creating(Made::Conversation),
    known("POST /v1/customers/{id}/conversations", "create a conversation", Write, Object, At("/v1/conversations/externalId=")).creating(Made::Conversation),
    known("PATCH /v1/conversations/{id}", "update a conversation", Write, Object, Written),
    known("PUT /v1/conversations/{id}", "update a conversation", Write, Object, Written),
    known("DELETE /v1/conversations/{id}", "delete a conversation", Delete, Empty, Gone),
    known("POST /v1/conversations/{id}/tags", "add tags to a conversation", Write, List, Look::Tags { there: true }),
    known("DELETE /v1/conversations/{id}/tags", "take tags off a conversation", Delete, List, Look::Tags { there: false }),
    known("POST /v1/conversations/bulk", "create conversations in bulk", Bulk, Rows, FirstAt("/v1/conversations/externalId=")),
    known("PUT /v1/conversations/bulk", "update conversations in bulk", Bulk, Rows, FirstWritten("/v1/conversations/")),
    known("POST /v1/messages", "record a message", Write, Object, At("/v1/messages/externalid=")).creating(Made::Message),
    known("POST /v1/conversations/{id}/messages", "record a message", Write, Object, At("/v1/messages/externalid=")).creating(Made::Message),
    known("POST /v1/customers/{id}/messages", "record a message", Write, Object, At("/v1/messages/externalid=")).creating(Made::Message),
    known("PATCH /v1/messages/{id}", "update a message", Write, Object, Written),
    known("PUT /v1/messages/{id}", "update a message", Write, Object, Written),
    known("POST /v1/messages/{id}/redactions", "redact a message for good", Delete, Object, Look::Redacted),
    known("POST /v1/messages/bulk", "record messages in bulk", Bulk, Rows, FirstAt("/v1/messages/externalid=")),
    known("PUT /v1/messages/bulk", "update messages in bulk", Bulk, Rows, FirstWritten("/v1/messages/")),
    // There is no read of a note by an id of the org's own; only within its conversation.
    known("POST /v1/notes", "add a note", Write, Object, Nothing).creating(Made::Note),
    known("POST /v1/conversations/{id}/notes", "add a private note", Write, Object, Among("/v1/conversations/{id}/notes", &["externalId"])).creating(Made::Note),
    known("PATCH /v1/notes/{id}", "update a note", Write, Object, Written),
    known("PUT /v1/notes/{id}", "update a note", Write, Object, Written),
    known("DELETE /v1/notes/{id}", "delete a note", Delete, Empty, Gone),
    known("POST /v1/notes/bulk", "add notes in bulk", Bulk, Rows, Nothing),
    known("PUT /v1/notes/bulk", "update notes in bulk", Bulk, Rows, FirstWritten("/v1/notes/")),
    known("POST /v1/customers/{id}/drafts", "create a draft", Draft, Object, Among("/v1/customers/{id}/drafts", &["channel", "body", "subject", "conversation"])).creating(Made::Draft),
    known("PUT /v1/drafts/{id}", "update a draft", Draft, Object, Look::Draft),
    known("DELETE /v1/drafts/{id}", "delete a draft", Delete, Empty, Look::Draft),
    known("POST /v1/drafts/{id}/attachments", "attach a file to a draft", Draft, Object, Among("/v1/drafts/{id}/attachments", &["name", "contentType", "contentLength"])),
    known("DELETE /v1/drafts/{id}/attachments/{attachmentId}", "take a file off a draft", Delete, Empty, Gone),
    known("POST /v1/conversations/{id}/forwards", "forward a conversation", Send, Object, Among("/v1/conversations/{id}/forwards", &["channel", "subject", "body", "to"])),
    known("PUT /v1/forwards/{id}", "update a forward", Send, Object, Written),
    known("POST /v1/forwards/{id}/attachments", "attach a file to a forward", Draft, Object, Among("/v1/forwards/{id}/attachments", &["name", "contentType", "contentLength"])),
    known("DELETE /v1/forwards/{id}/attachments/{attachmentId}", "take a file off a forward", Delete, Empty, Gone),
    // An upload nothing refers to yet cannot be found.
    known("POST /v1/attachments", "announce an attachment", Write, Object, Nothing),
    known("PUT /v1/attachments/{id}", "update an attachment", Write, Object, Written),
    known("POST /v1/media", "announce a media file", Write, Object, Nothing),
    known("PUT /v1/media/{id}", "update a media file", Write, Object, Written),
    known("POST /v1/klasses", "create a klass", Write, Object, Among("/v1/klasses?pageSize=100", &["name"])),
    known("PUT /v1/klasses/{id}", "update a klass", Write, Object, Written),
    known("DELETE /v1/klasses/{id}", "delete a klass", Delete, Empty, Gone),
    known("POST /v1/klasses/{name}", "create a KObject", Write, Object, At("/v1/klasses/{name}/externalId=")).creating(Made::Kobject),
    known("POST /v1/customers/{id}/klasses/{name}", "create a KObject", Write, Object, At("/v1/klasses/{name}/externalId=")).creating(Made::Kobject),
    known("PUT /v1/klasses/{name}/{id}", "update a KObject", Write, Object, Written),
    known("DELETE /v1/klasses/{name}/{id}", "delete a KObject", Delete, Empty, Gone),
    known("POST /v1/klasses/{name}/bulk", "create KObjects in bulk", Bulk, Rows, FirstAt("/v1/klasses/{name}/externalId=")),
    known("PUT /v1/klasses/{name}/bulk", "update KObjects in bulk", Bulk, Rows, FirstWritten("/v1/klasses/{name}/")),
    known("DELETE /v1/klasses/{name}/bulk", "delete KObjects in bulk", Delete, Empty, EndsGone("/v1/klasses/{name}/")),
    known("PUT /v1/metadata/{resource}", "change an org's attributes", Write, Object, Written),
    known("POST /v1/companies", "create a company", Write, Object, Among("/v1/companies?externalId={externalId}", &["externalId"])),
    known("PUT /v1/companies/{id}", "update a company", Write, Object, Written),
    known("POST /v1/companies/bulk", "create companies in bulk", Bulk, Rows, Nothing),
    known("PUT /v1/companies/bulk", "update companies in bulk", Bulk, Rows, FirstWritten("/v1/companies/")),
    known("POST /v1/users", "invite a user", Write, Object, Among("/v1/users?email={email}", &["email"])),
    known("PUT /v1/users/current", "update this key's own user", Write, Object, Written),
    known("PUT /v1/users/{id}", "update a user", Write, Object, Written),
    known("POST /v1/users/passwordreset", "mail a password reset", Send, Object, Nothing),
    known("POST /v1/teams", "create a team", Write, Object, Nothing),
    known("PATCH /v1/teams/{id}", "update a team", Write, Object, Written),
    known("PUT /v1/teams/{id}", "update a team", Write, Object, Written),
    known("DELETE /v1/teams/{id}", "delete a team", Delete, Empty, Gone),
    known("POST /v1/teams/{id}/members", "add members to a team", Write, Object, Look::Members { there: true }),
    known("DELETE /v1/teams/{id}/members", "take members out of a team", Delete, Object, Look::Members { there: false }),
    known("POST /v1/role-groups", "create a permission set", Write, Object, Nothing),
    known("PUT /v1/role-groups/{id}", "update a permission set", Write, Object, Written),
    known("DELETE /v1/role-groups/{id}", "delete a permission set", Delete, Empty, Gone),
    known("PUT /v1/auth/settings", "change the org's sign-in settings", Write, Object, Written),
    // A token is shown once, in the answer that got lost: finding it would not give it back.
    known("POST /v1/auth/tokens", "create a token", Write, Object, Nothing),
    known("DELETE /v1/auth/tokens/current", "revoke this key", Delete, Empty, Nothing),
    known("DELETE /v1/auth/tokens/{id}", "revoke a token", Delete, Empty, Gone),
    known("POST /v1/brands", "create a brand", Write, Object, Nothing),
    known("PATCH /v1/brands/{id}", "update a brand", Write, Object, Written),
    known("POST /v1/schedules", "create a business schedule", Write, Object, Nothing),
    known("PUT /v1/schedules/{id}", "update a business schedule", Write, Object, Written),
    known("DELETE /v1/schedules/{id}", "delete a business schedule", Delete, Empty, Gone),
    known("POST /v1/shortcuts", "create a shortcut", Write, Object, Nothing),
    known("PUT /v1/spam/senders", "list a spam sender", Write, Object, Among("/v1/spam/senders?pageSize=100", &["sender", "list"])),
    known("DELETE /v1/spam/senders/{id}", "take a spam sender off the list", Delete, Empty, GoneFrom("/v1/spam/senders?pageSize=100")),
    known("POST /v1/routing/queues", "create a queue", Write, Object, Among("/v1/routing/queues?key={key}", &["key"])),
    known("PUT /v1/routing/queues/{id}", "update a queue", Write, Object, Written),
    known("POST /v1/routing/queue-rules", "create a queue rule", Write, Object, Nothing),
    known("PUT /v1/routing/queue-rules/order", "order the queue rules", Write, Object, Nothing),
    known("PUT /v1/routing/queue-rules/{id}", "update a queue rule", Write, Object, Written),
    known("DELETE /v1/routing/queue-rules/{id}", "delete a queue rule", Delete, Empty, Gone),
    known("PUT /v1/routing/work-sessions/{id}", "update a work session", Write, Object, Written),
    known("POST /v1/routing/work-items", "create a work item", Write, Object, Nothing),
    known("POST /v1/outbound-webhooks", "create a webhook", Write, Object, Nothing),
    known("DELETE /v1/outbound-webhooks/{id}", "delete a webhook", Delete, Empty, Gone),
    known("POST /v1/tracking/event", "record a tracking event", Write, Object, Nothing),
    known("POST /v1/tracking/identity", "identify a tracked visitor", Write, Object, Nothing),
    known("POST /v1/tracking/identityEvent", "identify a visitor and record an event", Write, Object, Nothing),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_found_by_its_own_path_and_no_other() {
        for known in WRITES {
            let example = known.path().replace(['{', '}'], "");
            let found = Known::of(known.method, &example).map(|(found, _)| found.label);
            assert_eq!(found, Some(known.label));
            assert_eq!(known.operation().label(), known.label);
        }
        let (known, values) = Known::of(Method::Put, "/v1/klasses/order/66%2Fa?replace=true").expect("known");
        assert_eq!((known.label, values), ("PUT /v1/klasses/{name}/{id}", vec!["order".to_owned(), "66/a".to_owned()]));
        assert_eq!(Known::of(Method::Put, "/v1/klasses/order/bulk").map(|(known, _)| known.effect), Some(Bulk));
        assert_eq!(Known::of(Method::Post, "/v1/customers/search"), None);
    }

    #[test]
    fn effects_and_bodies_agree_with_the_methods() {
        for known in WRITES {
            assert_eq!(known.effect == Effect::Bulk, known.body == Body::Rows, "{}", known.label);
            let deletes = known.method == Method::Delete;
            assert!(!deletes || known.effect == Effect::Delete, "{}", known.label);
            assert!(deletes || known.body != Body::None || known.effect == Effect::Unmask, "{}", known.label);
        }
    }
}
