//! Owns what somebody wants done to the desk: the exact requests, on whom, with which effect. Immutable: the card, the
//! digest and the bytes on the wire are all read from the same value. Does not know who wants it or whether it is allowed.

mod kind;
mod likeness;
mod manifest;

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use kind::{Effect, Operation};
pub use manifest::{Calls, Manifest, Sampled};

use super::{Facts, Preimage};
use crate::{
    domain::{Channel, ConversationId, CustomerId, Revealed, Text},
    transport::Method,
};

/// One request, exactly as it will be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path with its query, percent-encoded, from `/v1` on; for a tool of another source `mcp:SOURCE/TOOL`, or below
    /// `/proxy/` where the desk is reached by such tools and nobody reviewed this one.
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
    /// What a model would be told, and which.
    pub disclosure: Option<Disclosure>,
    /// Whose tool makes it, where it is none of our own.
    pub origin: Option<Origin>,
}

/// The tool of another source that a change is made of: who offers it, and how far they are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The source, as the settings call it.
    pub source: String,
    /// Where it is: a host or a command line, without secrets.
    pub place: String,
    /// The tool, as the source calls it.
    pub tool: String,
    /// The fingerprint of the tool's definition as it was when this was wanted: of a tool that changes meanwhile nothing is called.
    pub definition: String,
    /// Whether what its tools do was reviewed by us; else each is taken for the worst it may be.
    pub is_reviewed: bool,
}

impl Origin {
    /// How far what the tool does is known, in words for a card.
    pub fn trust(&self) -> &'static str {
        if self.is_reviewed {
            "what it does was reviewed by us"
        } else {
            "a stranger's tool: nobody reviewed what it does"
        }
    }
}

/// Values in the clear for a model. No request to the desk says them: the card shows these, and the digest holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// Where the model is asked.
    pub endpoint: String,
    /// Each placeholder with the value it stands for.
    pub values: Vec<(String, Revealed)>,
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
    preimage: Preimage,
    digest: Digest,
    image: Digest,
    facts: Facts,
    manifest: Option<Box<Manifest>>,
}

/// SHA-256: over a change's effect, subject and exact requests, or over what else is said of it.
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

impl Digest {
    /// The digest of these parts, each told apart from the next.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for bytes in parts {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        Self(hash.finalize().into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl Change {
    /// Seals the parts.
    pub fn new(parts: ChangeParts) -> Self {
        Self::sealed(parts, Preimage::default(), None)
    }

    /// Seals the parts of a plan whose rows lie on disk: the manifest stands for its requests.
    pub fn of_plan(parts: ChangeParts, manifest: Manifest) -> Self {
        Self::sealed(parts, Preimage::default(), Some(Box::new(manifest)))
    }

    /// The same plan with how many minutes it will take: for the card, no part of what is sent or hashed.
    #[must_use]
    pub fn lasting(mut self, minutes: Option<u64>) -> Self {
        if let Some(manifest) = &mut self.manifest {
            manifest.minutes = minutes;
        }
        self
    }

    /// What is said of a plan's rows, where this is a plan.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_deref()
    }

    /// The same change, wanted by somebody who had this before their eyes: a new value with a new pre-image.
    #[must_use]
    pub fn since(self, preimage: Preimage) -> Self {
        Self::sealed(self.parts, preimage, self.manifest).known(self.facts)
    }

    fn sealed(parts: ChangeParts, preimage: Preimage, manifest: Option<Box<Manifest>>) -> Self {
        let (digest, image) = (digest_of(&parts, manifest.as_deref()), image_of(&parts, &preimage));
        Self { parts, preimage, digest, image, facts: Facts::default(), manifest }
    }

    /// The same with what is known around it: for the policy, no part of what is sent or hashed.
    #[must_use]
    pub fn known(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// The tool it was wanted through, as rules name it: `desk/case_close` where the source `desk` offers it, whatever it is
    /// called for a model.
    pub fn tool(&self) -> Option<String> {
        let theirs = self.parts.subject.origin.as_ref().map(|Origin { source, tool, .. }| format!("{source}/{tool}"));
        theirs.or_else(|| self.facts.tool.clone())
    }

    /// The same change, made of another source's tool: a new value with a new digest.
    #[must_use]
    pub fn made_of(self, origin: Origin) -> Self {
        let mut parts = self.parts;
        parts.subject.origin = Some(origin);
        Self::sealed(parts, self.preimage, self.manifest).known(self.facts)
    }

    /// What is known around it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What whoever wants it had before their eyes.
    pub fn preimage(&self) -> &Preimage {
        &self.preimage
    }

    /// The digest of the record and its surroundings as they were when this was made: the pre-image.
    pub fn image(&self) -> Digest {
        self.image
    }

    /// The digest taken when it was sealed.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether requests and pre-image still hash to what they did when it was sealed.
    pub fn is_intact(&self) -> bool {
        digest_of(&self.parts, self.manifest.as_deref()) == self.digest
            && image_of(&self.parts, &self.preimage) == self.image
    }

    /// What it asks for, whatever reference of our own it carries: a wish that comes back has it again.
    pub fn wish(&self) -> Digest {
        match &self.manifest {
            Some(manifest) => manifest.wish,
            None => likeness::wish(&self.parts),
        }
    }

    /// What changes have in common that differ in nothing but on whom they are.
    pub fn likeness(&self) -> Digest {
        match &self.manifest {
            Some(manifest) => manifest.digest(),
            None => likeness::likeness(&self.parts),
        }
    }

    /// The digest of each request as it goes out, in order: what a writer is held to.
    pub fn wires(&self) -> Vec<Digest> {
        let wire = |request: &Request| wire(request.method, &request.path, request.bytes().as_deref());
        self.parts.requests.iter().map(wire).collect()
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

    /// What a request is, in a line: method and path, or the call of a tool that another source has.
    pub fn line_of(&self, request: &Request) -> String {
        match &self.parts.subject.origin {
            Some(origin) if self.parts.operation == Operation::CallTool => format!("tools/call {}", origin.tool),
            _ => format!("{} {}", request.method, request.path),
        }
    }

    /// All words of the requests; ids, the desk's literals and recipients are none.
    pub fn words(&self) -> Vec<&str> {
        super::risk::words_of(self)
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

    /// The same change with more to know first. What is sent does not move, so neither does the digest.
    #[must_use]
    pub fn with_warnings(mut self, more: impl IntoIterator<Item = String>) -> Self {
        for words in more {
            if !self.parts.warnings.contains(&words) {
                self.parts.warnings.push(words);
            }
        }
        self
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
        Some(Self::sealed(parts, self.preimage.clone(), None).known(self.facts.clone()))
    }
}

/// The digest of one request's bytes on the wire.
pub fn wire(method: Method, path: &str, body: Option<&[u8]>) -> Digest {
    let is_there: &[u8] = if body.is_some() { b"body" } else { b"none" };
    Digest::of([method.as_str().as_bytes(), path.as_bytes(), is_there, body.unwrap_or_default()])
}

fn digest_of(parts: &ChangeParts, manifest: Option<&Manifest>) -> Digest {
    let count = parts.count.to_be_bytes();
    let wires: Vec<(&str, &str, Vec<u8>)> =
        parts.requests.iter().map(|r| (r.method.as_str(), r.path.as_str(), r.bytes().unwrap_or_default())).collect();
    let mut fed: Vec<&[u8]> = vec![
        parts.effect.word().as_bytes(),
        parts.subject.customer.as_ref().map_or("", CustomerId::as_str).as_bytes(),
        parts.subject.conversation.as_ref().map_or("", ConversationId::as_str).as_bytes(),
        &count,
    ];
    if let Some(disclosure) = &parts.subject.disclosure {
        fed.push(disclosure.endpoint.as_bytes());
        for (placeholder, value) in &disclosure.values {
            fed.extend([placeholder.as_bytes(), value.expose().as_bytes()]);
        }
    }
    if let Some(Origin { source, place, tool, definition, is_reviewed }) = &parts.subject.origin {
        let reviewed: &[u8] = if *is_reviewed { b"reviewed" } else { b"stranger" };
        fed.extend([source.as_bytes(), place.as_bytes(), tool.as_bytes(), definition.as_bytes(), reviewed]);
    }
    for (method, path, body) in &wires {
        fed.extend([method.as_bytes(), path.as_bytes(), body.as_slice()]);
    }
    let plan = manifest.map(Manifest::digest);
    fed.extend(plan.as_ref().map(Digest::bytes));
    Digest::of(fed)
}

/// The pre-image: what the card shows as being there now, and what its author had before their eyes.
fn image_of(parts: &ChangeParts, preimage: &Preimage) -> Digest {
    let preimage = preimage.digest();
    let before = parts.before.iter().flat_map(|(field, now)| [field.as_bytes(), now.raw().as_bytes()]);
    Digest::of(before.chain([preimage.as_slice()]))
}

#[cfg(test)]
pub(crate) mod tests {
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

    impl Change {
        /// As a fault of memory, or a bug, would leave it: other words under the digests of before.
        pub(crate) fn spoil(&mut self) {
            match self.parts.requests.first_mut() {
                Some(request) => request.path.push('x'),
                None => self.parts.count += 1,
            }
        }
    }

    pub(crate) fn patch(body: Value) -> Change {
        Change::new(ChangeParts {
            effect: Effect::Write,
            operation: Operation::UpdateCustomer,
            subject: Subject { customer: Some(CustomerId::new("66c1")), ..Subject::default() },
            requests: vec![Request { method: Method::Patch, path: "/v1/customers/66c1".into(), body: Some(body) }],
            count: 1,
            summary: "Update one customer".into(),
            warnings: vec![],
            editable: None,
            before: vec![],
        })
    }

    #[test]
    fn what_the_author_saw_is_part_of_the_image() {
        let change = note("hello");
        let seen = change.clone().since(Preimage { last_message: Some(None), record: None });
        assert_ne!(change.image(), seen.image());
        assert_eq!((change.digest(), change.wish()), (seen.digest(), seen.wish()));
        assert!(seen.is_intact());
        assert_eq!(seen.with_text("bye").expect("a text").preimage(), seen.preimage());
    }

    #[test]
    fn any_byte_of_the_request_moves_the_digest() {
        let change = note("hello");
        assert_ne!(change.digest(), note("hellp").digest());
        assert_eq!(change.digest(), note("hello").digest());
        let mut moved = change.clone();
        moved.parts.requests[0].path.push('x');
        assert!(!moved.is_intact());
        let mut newer = change.clone();
        newer.parts.before.push(("body".into(), Text::from("as it is now")));
        assert!(!newer.is_intact(), "the pre-image is sealed too");
    }

    #[test]
    fn a_digest_is_read_back_as_it_was_written() {
        let digest = note("hello").digest();
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        for bad in ["", "zz", &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_byte_of_a_request_moves_its_digest_on_the_wire() {
        let [wire_now] = note("hello").wires()[..] else { unreachable!("one request") };
        let body = br#"{"body":"hello"}"#.as_slice();
        assert_eq!(wire(Method::Post, "/v1/conversations/66a1/notes", Some(body)), wire_now);
        assert_ne!(wire(Method::Put, "/v1/conversations/66a1/notes", Some(body)), wire_now);
        assert_ne!(wire(Method::Post, "/v1/conversations/66a1/notes", None), wire_now);
        assert_ne!(wire(Method::Post, "/v1/conversations/66a1/note", None), wire_now);
    }

    #[test]
    fn whose_tool_makes_it_is_part_of_what_is_approved() {
        let origin = |definition: &str| Origin {
            source: "truto".into(),
            place: "api.truto.example".into(),
            tool: "create_a_note".into(),
            definition: definition.into(),
            is_reviewed: true,
        };
        let made = note("hello").made_of(origin("1"));
        assert!(made.is_intact() && made.digest() != note("hello").digest());
        assert_ne!(made.digest(), note("hello").made_of(origin("2")).digest());
        assert_eq!((made.requests(), made.wish()), (note("hello").requests(), note("hello").wish()));
        assert_eq!(made.with_text("bye").expect("a text").subject().origin, Some(origin("1")));
    }

    #[test]
    fn a_warning_changes_what_is_known_and_nothing_that_is_sent() {
        let warned = note("hello").with_warnings(["written after reading message 66a1".to_owned()]);
        assert_eq!((warned.warnings().len(), warned.digest()), (1, note("hello").digest()));
        assert!(warned.is_intact());
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
