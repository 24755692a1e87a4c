//! Owns what the tests of the desk share: moments, presses, answers, and changes with what a test does not care about left
//! to [`parts`].

use std::time::Duration;

use super::{Author, Decision, Desk, NotYet, Press, ProposalId, Verdict};
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Request, Scene, Subject, fixture::parts, policy::file},
    domain::{ConversationId, CustomerId, Text},
    privacy::Foreign,
    transport::Method,
};

pub(super) const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) fn approve() -> Verdict {
    Verdict::Approve { typed: None }
}

pub(super) fn press(at: Duration) -> Press {
    Press::from_terminal(at)
}

pub(super) fn assistant() -> Author {
    Author::Assistant { model: "m".into() }
}

pub(super) fn desk_with(change: Change) -> (Desk, ProposalId) {
    let mut desk = Desk::new().at("http://desk");
    let id = desk.submit(change, assistant(), Text::new("because"), at(0)).expect("a write may be proposed");
    (desk, id)
}

pub(super) fn put(desk: &mut Desk, change: Change) -> ProposalId {
    desk.submit(change, assistant(), Text::default(), at(0)).expect("a write may be proposed")
}

/// A change of this effect on this conversation; those that share `words` are alike.
pub(super) fn change(effect: Effect, conversation: &str, words: &str) -> Change {
    Change::new(ChangeParts {
        subject: Subject { conversation: Some(ConversationId::new(conversation)), ..Subject::default() },
        requests: vec![Request {
            method: Method::Post,
            path: format!("/v1/conversations/{conversation}/notes"),
            body: Some(serde_json::json!({"body": words})),
        }],
        ..parts(effect, Operation::AddNote)
    })
}

pub(super) fn bulk(count: u64) -> Change {
    Change::new(ChangeParts { count, ..parts(Effect::Bulk, Operation::CreateKobjects) })
}

pub(super) fn triage(body: &serde_json::Value, effect: Effect) -> Change {
    let label = "PATCH /v1/conversations/{id}";
    let request = Request { method: Method::Patch, path: "/v1/conversations/66a1".into(), body: Some(body.clone()) };
    let operation = Operation::Listed { label, words: "update a conversation" };
    Change::new(ChangeParts { requests: vec![request], ..parts(effect, operation) })
}

pub(super) fn scene(id: &str) -> Scene {
    Scene { foreign: vec![Foreign { kind: "phone", owner: CustomerId::new(id) }], ..Scene::default() }
}

pub(super) fn with_rules(text: &str) -> Desk {
    Desk::with_policy(file::parse("policy.toml", text, &[]).expect("a policy"))
}

pub(super) fn ask(desk: &mut Desk, id: ProposalId) -> Result<Decision, NotYet> {
    desk.painted(id, at(1), true);
    desk.decide(id, approve(), press(at(2)), at(2))
}
