//! Owns what somebody wants done to the desk: the exact requests, on whom, with which effect. Immutable: the card, the
//! digest and the bytes on the wire are all read from the same value. Does not know who wants it or whether it is allowed.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Facts;
use crate::{
    domain::{Channel, ConversationId, CustomerId, Text},
    transport::Method,
};

/// What a call does to the world. Everything but `Read` asks a person; another class is a compile error until each match
/// handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Looks only.
    Read,
    /// Shows sensitive values in the clear.
    Unmask,
    /// Leaves something unsent for a person to send.
    Draft,
    /// Changes a record.
    Write,
    /// Reaches a customer.
    Send,
    /// Changes many records in one job.
    Bulk,
    /// Removes records.
    Delete,
}

impl Effect {
    /// The effect of this word.
    pub fn named(word: &str) -> Option<Self> {
        const ALL: [Effect; 7] =
            [Effect::Read, Effect::Unmask, Effect::Draft, Effect::Write, Effect::Send, Effect::Bulk, Effect::Delete];
        ALL.into_iter().find(|effect| effect.word() == word)
    }

    /// The word on cards and in the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unmask => "unmask",
            Self::Draft => "draft",
            Self::Write => "write",
            Self::Send => "send",
            Self::Bulk => "bulk",
            Self::Delete => "delete",
        }
    }
}

/// Which operation a change is. Those the console treats in a way of their own have a name here; all others are told by
/// their label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Opens an unmasking window.
    OpenWindow,
    /// Adds a note to a conversation.
    AddNote,
    /// Creates a draft.
    CreateDraft,
    /// Updates a customer.
    UpdateCustomer,
    /// Creates KObjects in bulk.
    CreateKobjects,
    /// Any other operation that is known.
    Listed {
        /// Method and path as a template: `PATCH /v1/conversations/{id}`.
        label: &'static str,
        /// What it does.
        words: &'static str,
    },
    /// Anything else; an unclear outcome stays unclear.
    Other,
}

impl Operation {
    /// The words on cards and in the trail.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenWindow => "open an unmasking window",
            Self::AddNote => "add a private note",
            Self::CreateDraft => "create a draft",
            Self::UpdateCustomer => "update a customer",
            Self::CreateKobjects => "create KObjects in bulk",
            Self::Listed { words, .. } => words,
            Self::Other => "send a request",
        }
    }

    /// Method and path as a template: all that errors and logs show of a request.
    pub fn label(self) -> &'static str {
        match self {
            Self::OpenWindow => "POST /v1/customers/{id}/unmasking-windows",
            Self::AddNote => "POST /v1/conversations/{id}/notes",
            Self::CreateDraft => "POST /v1/customers/{id}/drafts",
            Self::UpdateCustomer => "PATCH /v1/customers/{id}",
            Self::CreateKobjects => "POST /v1/klasses/{name}/bulk",
            Self::Listed { label, .. } => label,
            Self::Other => "the request as written",
        }
    }
}

/// One request, exactly as it will be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path with its query, percent-encoded, from `/v1` on.
    pub path: String,
    /// The body. May hold real personal values: that is what the person is asked to let out.
    pub body: Option<Value>,
}

impl Request {
    /// The body's bytes on the wire. serde_json keeps object keys sorted here, so equal values are equal bytes.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.body.as_ref().map(|body| body.to_string().into_bytes())
    }
}

impl fmt::Debug for Request {
    /// Without the body: it may hold what the mask hides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// On whom and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// Their name, for the card.
    pub customer_name: Option<Text>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// The channel, where words leave the house or wait to.
    pub channel: Option<Channel>,
}

/// The main text of a change, which a person may edit before approving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editable {
    /// Which request.
    pub request: usize,
    /// Where in its body, as a JSON pointer (`/body`).
    pub pointer: &'static str,
    /// The most characters the desk takes there, if known.
    pub limit: Option<usize>,
}

/// What a [`Change`] is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeParts {
    /// What it does.
    pub effect: Effect,
    /// Which operation it is.
    pub operation: Operation,
    /// On whom.
    pub subject: Subject,
    /// The requests, in the order they are sent.
    pub requests: Vec<Request>,
    /// How many records it touches.
    pub count: u64,
    /// One line in our words, without personal values.
    pub summary: String,
    /// What the person should know first ("12 of 200 ids are unknown and left out").
    pub warnings: Vec<String>,
    /// The main text, if there is one to edit.
    pub editable: Option<Editable>,
    /// Field, value now (as the desk shows it to us, masked where it masks).
    pub before: Vec<(String, Text)>,
}

/// What somebody wants done, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    parts: ChangeParts,
    digest: Digest,
    facts: Facts,
}

/// SHA-256 over a change's effect, subject and exact requests.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Change {
    /// Seals the parts.
    pub fn new(parts: ChangeParts) -> Self {
        let digest = digest_of(&parts);
        Self { parts, digest, facts: Facts::default() }
    }

    /// The same with what is known around it: for the policy, no part of what is sent or hashed.
    #[must_use]
    pub fn known(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// What is known around it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The digest taken when it was sealed.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether the requests still hash to the digest.
    pub fn is_intact(&self) -> bool {
        digest_of(&self.parts) == self.digest
    }

    /// What it does.
    pub fn effect(&self) -> Effect {
        self.parts.effect
    }

    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        self.parts.operation
    }

    /// On whom.
    pub fn subject(&self) -> &Subject {
        &self.parts.subject
    }

    /// The exact requests.
    pub fn requests(&self) -> &[Request] {
        &self.parts.requests
    }

    /// How many records it touches.
    pub fn count(&self) -> u64 {
        self.parts.count
    }

    /// One line in our words.
    pub fn summary(&self) -> &str {
        &self.parts.summary
    }

    /// What to know first.
    pub fn warnings(&self) -> &[String] {
        &self.parts.warnings
    }

    /// The record as it is now, field by field.
    pub fn before(&self) -> &[(String, Text)] {
        &self.parts.before
    }

    /// The main text as it would be sent, with the most characters it may have.
    pub fn editable_text(&self) -> Option<(&str, Option<usize>)> {
        let editable = self.parts.editable.as_ref()?;
        let body = self.parts.requests.get(editable.request)?.body.as_ref()?;
        Some((body.pointer(editable.pointer)?.as_str()?, editable.limit))
    }

    /// The same change with another main text: a new value with a new digest. `None` where nothing is editable.
    pub fn with_text(&self, text: &str) -> Option<Self> {
        let editable = self.parts.editable.clone()?;
        let mut parts = self.parts.clone();
        let body = parts.requests.get_mut(editable.request)?.body.as_mut()?;
        *body.pointer_mut(editable.pointer)? = Value::String(text.to_owned());
        Some(Self::new(parts).known(self.facts.clone()))
    }
}

fn digest_of(parts: &ChangeParts) -> Digest {
    let mut hash = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    feed(parts.effect.word().as_bytes());
    feed(parts.subject.customer.as_ref().map_or("", CustomerId::as_str).as_bytes());
    feed(parts.subject.conversation.as_ref().map_or("", ConversationId::as_str).as_bytes());
    feed(&parts.count.to_be_bytes());
    for request in &parts.requests {
        feed(request.method.as_str().as_bytes());
        feed(request.path.as_bytes());
        feed(&request.bytes().unwrap_or_default());
    }
    Digest(hash.finalize().into())
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn note(body: &str) -> Change {
        Change::new(ChangeParts {
            effect: Effect::Write,
            operation: Operation::AddNote,
            subject: Subject { conversation: Some(ConversationId::new("66a1")), ..Subject::default() },
            requests: vec![Request {
                method: Method::Post,
                path: "/v1/conversations/66a1/notes".into(),
                body: Some(json!({ "body": body })),
            }],
            count: 1,
            summary: "Add a private note".into(),
            warnings: vec![],
            editable: Some(Editable { request: 0, pointer: "/body", limit: Some(10_240) }),
            before: vec![],
        })
    }

    #[test]
    fn any_byte_of_the_request_moves_the_digest() {
        let change = note("hello");
        assert_ne!(change.digest(), note("hellp").digest());
        assert_eq!(change.digest(), note("hello").digest());
        let mut moved = change.clone();
        moved.parts.requests[0].path.push('x');
        assert!(!moved.is_intact());
    }

    #[test]
    fn an_edit_is_a_new_change() {
        let edited = note("hello").with_text("bye").expect("a note's text can be edited");
        assert_eq!(edited, note("bye"));
    }

    #[test]
    fn debug_shows_no_body() {
        assert!(!format!("{:?}", note("+4915550001122")).contains("1122"));
    }
}
