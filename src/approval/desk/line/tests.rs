//! In which order things wait, and what is put off.

use super::{
    super::fixture::{approve, at, change, desk_with, press, put},
    *,
};
use crate::approval::{Effect, change::tests::note};

#[test]
fn the_line_is_ordered_by_breach_then_risk_then_arrival() {
    let mut desk = Desk::new();
    let calm_note = put(&mut desk, change(Effect::Write, "calm", "a"));
    let late_note = put(&mut desk, change(Effect::Write, "late", "b"));
    let late_send = put(&mut desk, change(Effect::Send, "late", "c"));
    let second_note = put(&mut desk, change(Effect::Write, "late", "d"));
    let soon_note = put(&mut desk, change(Effect::Write, "soon", "e"));
    let breach = |subject: &Subject| match subject.conversation.as_ref()?.as_str() {
        "late" => Some(Timestamp::UNIX_EPOCH),
        "soon" => Timestamp::from_second(60).ok(),
        _ => None,
    };
    desk.know_deadlines(breach);
    let order: Vec<ProposalId> = desk.waiting().into_iter().map(Proposal::id).collect();
    assert_eq!(order, [late_send, late_note, second_note, soon_note, calm_note]);
    assert_eq!(desk.current().map(Proposal::id), Some(late_send));
}

#[test]
fn what_is_on_screen_stays_whatever_arrives() {
    let (mut desk, shown) = desk_with(change(Effect::Write, "calm", "a"));
    desk.show(shown);
    let urgent = put(&mut desk, change(Effect::Delete, "calm", "b"));
    assert_eq!((desk.current().map(Proposal::id), desk.more_urgent()), (Some(shown), 1));
    desk.put_aside();
    assert_eq!((desk.current().map(Proposal::id), desk.more_urgent()), (Some(urgent), 0));
    desk.show(shown);
    desk.withdraw(shown);
    assert_eq!(desk.current().map(Proposal::id), Some(urgent));
}

#[test]
fn what_is_put_off_comes_back_behind_its_class_and_has_to_be_read_anew() {
    let (mut desk, first) = desk_with(note("one"));
    let second = put(&mut desk, note("two"));
    desk.painted(first, at(1), true);
    let early = desk.defer(first, at(60), press(at(1)), at(1));
    assert_eq!(early, Err(NotYet::TooEarly), "a key that came before the card puts nothing off");
    desk.defer(first, at(300), press(at(2)), at(2)).expect("it waits");
    assert_eq!((desk.current().map(Proposal::id), desk.resting(), desk.len()), (Some(second), 1, 2));
    desk.withdraw(second);
    assert_eq!(desk.current().map(Proposal::id), None);
    assert!(desk.expire(at(301)).is_empty());
    assert_eq!(desk.current().map(Proposal::id), None);
    assert!(desk.expire(at(302)).is_empty());
    let third = put(&mut desk, note("three"));
    assert_eq!(desk.waiting().iter().map(|p| p.id()).collect::<Vec<_>>(), [first, third]);
    assert_eq!(desk.decide(first, approve(), press(at(303)), at(303)), Err(NotYet::TooEarly), "not painted since");
    assert_eq!(desk.expire(PATIENCE).len(), 1, "the other's time is up");
    assert_eq!(desk.expire(at(302) + PATIENCE).len(), 1, "its own began anew, and ends");
}

#[test]
fn a_key_right_after_one_was_put_off_answers_no_card() {
    let (mut desk, first) = desk_with(note("one"));
    let second = put(&mut desk, note("two"));
    desk.painted(first, at(1), true);
    desk.painted(second, at(1), true);
    desk.defer(first, at(60), press(at(2)), at(2)).expect("it waits");
    let soon = at(2) + CALM / 2;
    assert_eq!(desk.decide(second, approve(), press(soon), soon), Err(NotYet::TooSoon));
}

#[test]
fn nothing_rests_longer_than_an_hour() {
    let (mut desk, id) = desk_with(note("one"));
    desk.painted(id, at(1), true);
    desk.defer(id, at(100_000), press(at(2)), at(2)).expect("it waits");
    assert_eq!(desk.proposal_of(id).and_then(|proposal| proposal.rests(at(2))), Some(LONGEST_REST));
}

#[test]
fn putting_off_brings_nothing_back_whose_time_was_up() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    desk.defer(id, at(60), press(PATIENCE), PATIENCE).expect("an answer");
    assert_eq!(desk.expire(PATIENCE).len(), 1);
}
