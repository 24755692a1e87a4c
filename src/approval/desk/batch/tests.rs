//! What one press answers, where many are alike.

use super::{
    super::{
        Author, Desk, Refusal, RefusedBy,
        fixture::{approve, at, change, ms, press, put, scene, with_rules},
    },
    *,
};
use crate::{
    approval::{Effect, Scene, Told},
    domain::Text,
};

fn batch_of(count: usize) -> (Desk, Vec<ProposalId>) {
    let mut desk = Desk::new();
    let ids = (0..count).map(|n| put(&mut desk, change(Effect::Write, &format!("c{n}"), "outage"))).collect();
    (desk, ids)
}

#[test]
fn one_press_answers_all_of_a_painted_list_each_with_its_own_digest() {
    let (mut desk, ids) = batch_of(3);
    let other = put(&mut desk, change(Effect::Write, "c9", "other words"));
    assert_eq!(desk.gather(ids[1]), 3);
    assert_eq!(desk.decide_batch(approve(), press(at(1)), at(1)), Err(NotYet::TooEarly), "not painted");
    desk.painted_batch(at(2), false);
    assert_eq!(desk.decide_batch(approve(), press(at(3)), at(3)), Err(NotYet::Unread));
    desk.painted_batch(at(3), true);
    let decisions = desk.decide_batch(approve(), press(at(4)), at(4)).expect("it counts");
    let mut digests = std::collections::HashSet::new();
    for decision in decisions {
        let Decision::Go(approved) = decision else { unreachable!("approved") };
        digests.insert(approved.change.digest());
        assert!(ids.contains(&approved.proposal));
    }
    assert_eq!((digests.len(), desk.len()), (3, 1));
    assert_eq!(desk.current().map(Proposal::id), Some(other));
    assert_eq!(desk.decide_batch(approve(), press(at(5)), at(5)), Err(NotYet::Gone), "one press, one list");
}

#[test]
fn a_list_that_lost_one_since_it_was_painted_answers_nothing() {
    let (mut desk, ids) = batch_of(3);
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    desk.withdraw(ids[2]);
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)), Err(NotYet::Changed));
    assert_eq!(desk.len(), 2);
}

#[test]
fn what_arrived_after_the_list_was_gathered_is_not_in_it() {
    let (mut desk, ids) = batch_of(2);
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    put(&mut desk, change(Effect::Write, "late", "outage"));
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)).map(|decisions| decisions.len()), Ok(2));
    assert_eq!(desk.len(), 1);
}

#[test]
fn a_list_of_many_or_of_what_counts_alone_wants_the_number_typed() {
    let (mut desk, ids) = batch_of(11);
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)), Err(NotYet::Count { wanted: 11 }));
    let typed = Verdict::Approve { typed: Some(11) };
    assert_eq!(desk.decide_batch(typed, press(at(3)), at(3)).map(|decisions| decisions.len()), Ok(11));
    let mut desk = Desk::new();
    let first = put(&mut desk, change(Effect::Delete, "c1", ""));
    put(&mut desk, change(Effect::Delete, "c2", ""));
    desk.gather(first);
    desk.painted_batch(at(1), true);
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)), Err(NotYet::Count { wanted: 2 }));
}

#[test]
fn a_batch_is_held_to_the_moment_of_calm_and_a_spoiled_one_in_it_is_refused_alone() {
    let (mut desk, ids) = batch_of(2);
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    assert_eq!(desk.decide_batch(approve(), press(at(1) + ms(5)), at(2)), Err(NotYet::TooSoon));
    desk.proposal_mut(ids[1]).expect("it waits").change.spoil();
    let decisions = desk.decide_batch(approve(), press(at(3)), at(3)).expect("it counts");
    assert!(matches!(
        decisions.as_slice(),
        [Decision::Go(_), Decision::Refused(Refusal { by: RefusedBy::Tampering, .. })]
    ));
}

#[test]
fn a_key_right_after_a_list_was_answered_reaches_no_card() {
    let (mut desk, ids) = batch_of(2);
    let next = put(&mut desk, change(Effect::Write, "c9", "other words"));
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    desk.painted(next, at(1), true);
    desk.decide_batch(approve(), press(at(2)), at(2)).expect("it counts");
    let soon = at(2) + ms(299);
    assert_eq!(desk.decide(next, approve(), press(soon), soon), Err(NotYet::TooSoon));
}

#[test]
fn a_list_asks_as_much_as_the_strictest_of_it() {
    let mut desk = with_rules("[[rule]]\neffect = \"write\"\nanswer = \"ask with reason\"");
    let ids = ["c1", "c2"].map(|id| put(&mut desk, change(Effect::Write, id, "outage")));
    desk.gather(ids[0]);
    assert!(desk.batch_confirm().wants_reason());
    desk.painted_batch(at(1), true);
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)), Err(NotYet::Reason));
}

#[test]
fn what_carries_another_note_is_not_alike() {
    let (mut desk, ids) = batch_of(2);
    desk.annotate(ids[0], "mind the time zone");
    assert_eq!(desk.gather(ids[1]), 1);
}

#[test]
fn other_authors_and_one_alone_make_no_batch() {
    let (mut desk, ids) = batch_of(1);
    assert_eq!(desk.gather(ids[0]), 1);
    assert!(desk.batch().is_empty());
    let by_hand = change(Effect::Write, "c2", "outage");
    desk.submit(by_hand, Author::Person, Text::default(), at(0)).expect("a write may be proposed");
    assert_eq!(desk.gather(ids[0]), 1);
}

#[test]
fn a_list_counts_only_as_its_members_stand_now() {
    let mut desk = Desk::new().at("http://desk");
    let ids: Vec<ProposalId> = ["a", "b"].map(|id| put(&mut desk, change(Effect::Send, id, "outage"))).into();
    desk.gather(ids[0]);
    desk.painted_batch(at(1), true);
    assert_eq!(desk.decide_batch(approve(), press(at(2)), at(2)), Err(NotYet::Unseen), "nobody looked at the desk");
    assert_eq!(desk.stands(ids[0], Ok(Scene::default()), at(3)).0, Told::Moved);
    assert_eq!(desk.stands(ids[1], Ok(scene("other")), at(3)).0, Told::Moved);
    assert_eq!(desk.decide_batch(approve(), press(at(4)), at(4)), Err(NotYet::TooEarly), "it says something else now");
    desk.painted_batch(at(5), true);
    assert!(matches!(desk.decide_batch(approve(), press(at(6)), at(6)), Err(NotYet::Blocked { .. })));
    desk.stands(ids[1], Ok(Scene::default()), at(7));
    desk.painted_batch(at(8), true);
    assert_eq!(desk.decide_batch(approve(), press(at(9)), at(9)).map(|decisions| decisions.len()), Ok(2));
}
