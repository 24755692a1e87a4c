//! Owns how a test gets a ticket: by a person's key, as everybody does.

use std::time::Duration;

use crate::{
    approval::{
        Author, Change, ChangeParts, Decision, Desk, Effect, Operation, Press, Request, Scene, Ticket, Trail, Verdict,
        fixture::parts,
    },
    clock::Clock,
    domain::Text,
    store::Store,
};

const ORG: &str = "http://desk";

/// A ticket for one request.
pub fn ticket(request: Request) -> (tempfile::TempDir, Ticket) {
    let folder = tempfile::tempdir().expect("a folder");
    let trail = Trail::new(Store::open(folder.path()).expect("a store"), Clock::real(), ORG);
    let change = Change::new(ChangeParts { requests: vec![request], ..parts(Effect::Write, Operation::Other) });
    let second = Duration::from_secs;
    let mut desk = Desk::new().at(ORG);
    let id = desk.submit(change, Author::Person, Text::from("because"), second(0)).expect("proposed");
    desk.stands(id, Ok(Scene::default()), second(0));
    desk.painted(id, second(1), true);
    let decided = desk.decide(id, Verdict::Approve { typed: None }, Press::from_terminal(second(2)), second(2));
    let Ok(Decision::Go(approved)) = decided else { unreachable!("{decided:?}") };
    let (_, ticket) = trail.begin(approved).expect("written");
    (folder, ticket)
}
