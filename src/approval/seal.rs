//! Owns what an approval is bound to: the exact requests, the record as it was, the org, who wanted it, and until when. Made
//! when a change is proposed, checked when it is decided and again when it is begun. Makes no decision.

use std::time::Duration;

use super::{Author, Change, Digest};

/// The seal: SHA-256 over requests, pre-image, org, author and expiry.
pub(super) type Seal = Digest;

/// What a proposal is bound to besides its change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// The desk it is good for, by its base URL.
    pub org: String,
    /// When it lapses, monotonic.
    pub expires: Duration,
    /// The seal as it was when it was proposed.
    pub sealed: Seal,
}

impl Terms {
    /// Binds a change.
    pub fn new(change: &Change, org: &str, author: &Author, expires: Duration) -> Self {
        Self { org: org.to_owned(), expires, sealed: seal(change, org, author, expires) }
    }

    /// The same terms until later: a person put the answer off.
    pub fn until(&self, change: &Change, author: &Author, expires: Duration) -> Self {
        Self::new(change, &self.org, author, expires)
    }

    /// The seal a change has under these terms now.
    pub fn seal(&self, change: &Change, author: &Author) -> Seal {
        seal(change, &self.org, author, self.expires)
    }
}

fn seal(change: &Change, org: &str, author: &Author, expires: Duration) -> Seal {
    let (digest, image) = (change.digest(), change.image());
    let (author, expires) = (author.to_string(), expires.as_nanos().to_be_bytes());
    Digest::of([digest.bytes(), image.bytes(), org.as_bytes(), author.as_bytes(), &expires])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        approval::{
            ChangeParts, Disclosure, Effect, Operation, Preimage, Request, Subject, change::wire, fixture::parts,
        },
        domain::{ConversationId, CustomerId, Revealed, Text},
        transport::Method,
    };

    fn request(method: Method, path: &str, body: Option<serde_json::Value>) -> Request {
        Request { method, path: path.to_owned(), body }
    }

    fn one() -> ChangeParts {
        let values = vec![("⟦phone:1⟧".to_owned(), Revealed::new("+4915550001122".to_owned()))];
        ChangeParts {
            subject: Subject {
                customer: Some(CustomerId::new("66c1")),
                conversation: Some(ConversationId::new("66a1")),
                disclosure: Some(Disclosure { endpoint: "https://a.example/v1".into(), values }),
                ..Subject::default()
            },
            requests: vec![request(Method::Post, "/v1/x", Some(json!({ "body": "hello" })))],
            ..parts(Effect::Write, Operation::AddNote)
        }
    }

    #[test]
    fn a_digest_holds_everything_that_would_be_done() {
        type Move = fn(&mut ChangeParts);
        let moves: [(&str, Move); 9] = [
            ("effect", |parts| parts.effect = Effect::Draft),
            ("customer", |parts| parts.subject.customer = Some(CustomerId::new("66c2"))),
            ("conversation", |parts| parts.subject.conversation = None),
            ("count", |parts| parts.count = 2),
            ("method", |parts| parts.requests[0].method = Method::Put),
            ("path", |parts| parts.requests[0].path.push('x')),
            ("body", |parts| parts.requests[0].body = Some(json!({ "body": "hellp" }))),
            ("endpoint", |parts| {
                parts.subject.disclosure.iter_mut().for_each(|told| told.endpoint.push('x'));
            }),
            ("values", |parts| parts.subject.disclosure.iter_mut().for_each(|told| told.values.clear())),
        ];
        let digest = Change::new(one()).digest();
        for (what, change) in moves {
            let mut other = one();
            change(&mut other);
            assert_ne!(Change::new(other).digest(), digest, "{what}");
        }
        let apart = |a: &str, b: &str| Digest::of([a.as_bytes(), b.as_bytes()]);
        assert_ne!(apart("ab", "c"), apart("a", "bc"), "each part is told apart from the next");
    }

    #[test]
    fn a_wire_tells_no_body_from_an_empty_one() {
        assert_ne!(wire(Method::Post, "/v1/x", None), wire(Method::Post, "/v1/x", Some(b"")));
    }

    #[test]
    fn a_seal_holds_everything_it_is_good_for() {
        let (change, author) = (Change::new(one()), Author::Person);
        let seal = |change: &Change, org: &str, author: &Author, at: u64| {
            Terms::new(change, org, author, Duration::from_secs(at)).sealed
        };
        let sealed = seal(&change, "http://desk", &author, 600);
        let seen = change.clone().since(Preimage { last_message: Some(None), record: None });
        let shown = Change::new(ChangeParts { before: vec![("name".into(), Text::from("x"))], ..one() });
        let other = Change::new(ChangeParts { count: 2, ..one() });
        for (what, moved) in [
            ("request", seal(&other, "http://desk", &author, 600)),
            ("what its author saw", seal(&seen, "http://desk", &author, 600)),
            ("what the card shows as there", seal(&shown, "http://desk", &author, 600)),
            ("org", seal(&change, "http://other", &author, 600)),
            ("author", seal(&change, "http://desk", &Author::Assistant { model: "m".into() }, 600)),
            ("expiry", seal(&change, "http://desk", &author, 601)),
        ] {
            assert_ne!(moved, sealed, "{what}");
        }
    }
}
