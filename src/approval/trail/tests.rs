//! What is written down, when, and what is refused at the last moment before sending.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{super::change::tests::note, *};
use crate::{
    approval::{Decision, Desk, Press, Verdict},
    clock::Hand,
};

const DESK: &str = "http://desk";

fn trail() -> (tempfile::TempDir, Trail, Hand) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (trail, hand) = trail_in(&folder);
    (folder, trail, hand)
}

fn trail_in(folder: &tempfile::TempDir) -> (Trail, Hand) {
    let store = Store::open(folder.path()).expect("a new store opens");
    let (clock, hand) = Clock::by_hand(Timestamp::UNIX_EPOCH);
    (Trail::new(store, clock, DESK), hand)
}

fn decide(change: Change, reason: &str, verdict: Verdict) -> Decision {
    let second = Duration::from_secs;
    let mut desk = Desk::new().at(DESK);
    let author = Author::Assistant { model: "m".into() };
    let id = desk.submit(change, author, Text::new(reason), second(0)).expect("proposed");
    desk.annotate(id, "call mara@quill.example next");
    desk.painted(id, second(1), true);
    desk.decide(id, verdict, Press::from_terminal(second(2)), second(2)).expect("it counts")
}

fn approved(body: &str, reason: &str) -> Approved<Change> {
    match decide(note(body), reason, Verdict::Approve { typed: None }) {
        Decision::Go(approved) => approved,
        other => unreachable!("{other:?}"),
    }
}

fn refused(body: &str, verdict: Verdict) -> Refusal {
    match decide(note(body), "", verdict) {
        Decision::Refused(refusal) => refusal,
        other => unreachable!("{other:?}"),
    }
}

fn events(trail: &Trail) -> Vec<String> {
    trail.newest(9).expect("read").into_iter().map(|e| e.event).collect()
}

#[test]
fn the_approval_is_written_before_the_change_is_given_out() {
    let (_folder, trail, _) = trail();
    let (change, ticket) = trail.begin(approved("hello", "asked")).expect("written");
    assert_eq!(events(&trail), ["approved"]);
    assert_eq!(change, note("hello"));
    trail.settle(ticket, Outcome::Done { object: Some("66b1") }).expect("written");
    assert_eq!(events(&trail), ["done", "approved"]);
}

#[test]
fn personal_values_never_enter_it() {
    let (folder, trail, _) = trail();
    let (_, ticket) = trail.begin(approved("call +4915550001122", "for mara@quill.example")).expect("written");
    trail.settle(ticket, Outcome::Failed { why: "no route to mara@quill.example" }).expect("written");
    drop(trail);
    let bytes = std::fs::read(folder.path().join("shiftdeck.db")).expect("the file");
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("quill") && !text.contains("1122"));
    assert!(text.contains("for [email]"));
}

#[test]
fn what_is_no_longer_what_was_approved_is_not_begun() {
    let spoil: [fn(&mut Approved<Change>); 4] = [
        |approved| approved.change.spoil(),
        |approved| approved.change = note("other words"),
        |approved| approved.author = Author::Person,
        |approved| approved.terms.expires += Duration::from_hours(1),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        let (_folder, trail, _) = trail();
        let mut approved = approved("hello", "");
        spoil(&mut approved);
        assert!(matches!(trail.begin(approved), Err(TrailError::Tampered)), "{n}");
        assert_eq!(events(&trail), Vec::<String>::new(), "{n}: nothing of it stands in the trail");
    }
}

#[test]
fn a_yes_that_lapsed_is_not_begun() {
    let (_folder, trail, hand) = trail();
    let approved = approved("hello", "");
    hand.advance(crate::approval::PATIENCE);
    assert!(matches!(trail.begin(approved), Err(TrailError::Lapsed)));
    assert_eq!(events(&trail), Vec::<String>::new());
}

#[test]
fn a_yes_for_another_desk_is_not_begun() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a new store opens");
    let (clock, _) = Clock::by_hand(Timestamp::UNIX_EPOCH);
    let other = Trail::new(store, clock, "http://other");
    assert!(matches!(other.begin(approved("hello", "")), Err(TrailError::Elsewhere)));
    assert_eq!(events(&other), Vec::<String>::new());
}

#[test]
fn a_ticket_admits_the_approved_bytes_in_their_place_and_no_others() {
    let (_folder, trail, _) = trail();
    let (change, ticket) = trail.begin(approved("hello", "")).expect("written");
    let request = &change.requests()[0];
    let bytes = request.bytes().expect("a body");
    assert!(ticket.admits(0, request.method, &request.path, Some(&bytes)));
    assert!(!ticket.admits(1, request.method, &request.path, Some(&bytes)), "a request more");
    assert!(!ticket.admits(0, request.method, &request.path, None));
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        assert!(!ticket.admits(0, request.method, &request.path, Some(&other)), "byte {at}");
    }
}

#[test]
fn an_entry_tells_what_it_is_bound_to_and_what_the_author_was_told() {
    let (_folder, trail, _) = trail();
    trail.begin(approved("hello", "asked")).expect("written");
    let entry = trail.newest(1).expect("read").pop().expect("an entry");
    assert_eq!((entry.seal.len(), entry.digest), (64, note("hello").digest().to_string()));
    assert_eq!(entry.note, "call [email] next");
}

#[test]
fn what_a_person_refused_is_remembered_for_a_shift_and_for_this_desk() {
    let (_folder, trail, hand) = trail();
    trail.refused(&refused("one", Verdict::Refuse { reason: "wrong customer".into() })).expect("written");
    trail.refused(&refused("two", Verdict::Change { what: "say when".into() })).expect("written");
    let mut closing = refused("three", Verdict::Refuse { reason: String::new() });
    closing.by = RefusedBy::Closing;
    trail.refused(&closing).expect("written");
    let shift = SignedDuration::from_hours(12);
    let known = trail.refused_within(shift).expect("read");
    assert_eq!(known.refused, [(note("one").wish(), "wrong customer".to_owned())]);
    assert_eq!(known.to_change, [(note("two").wish(), "say when".to_owned())]);
    hand.advance(Duration::from_hours(13));
    assert_eq!(trail.refused_within(shift).expect("read"), Refused::default());
}

#[test]
fn a_change_without_an_end_is_unsettled_once_its_program_ended() {
    let (folder, trail, _) = trail();
    trail.begin(approved("lost", "")).expect("written");
    let (_, ticket) = trail.begin(approved("kept", "")).expect("written");
    trail.settle(ticket, Outcome::Done { object: None }).expect("written");
    assert_eq!(trail.unsettled().expect("read"), [], "it still runs");
    drop(trail);
    let (next, _) = trail_in(&folder);
    let open = next.unsettled().expect("read");
    let [Unsettled { entry, is_known: false }] = open.as_slice() else { unreachable!("{open:?}") };
    assert_eq!(entry.digest, note("lost").digest().to_string());
    next.lost(entry, "the program ended").expect("written");
    let open = next.unsettled().expect("read");
    assert!(matches!(open.as_slice(), [Unsettled { is_known: true, .. }]), "{open:?}");
    next.found(entry, "66b1", "by reading").expect("written");
    assert_eq!(next.unsettled().expect("read"), []);
    assert_eq!(events(&next), ["done", "unknown", "done", "approved", "approved"]);
}

#[test]
fn what_cannot_be_written_down_is_not_given_out() {
    let (folder, trail, _) = trail();
    // The head of the chain is kept in a file beside the database: where that cannot be written, no entry stands.
    std::fs::create_dir(folder.path().join("audit.head")).expect("a folder in its place");
    assert!(matches!(trail.begin(approved("hello", "")), Err(TrailError::Store(_))));
}

#[test]
fn a_window_is_remembered_before_it_is_opened() {
    let (_folder, trail, _) = trail();
    let customer = CustomerId::new("66c1");
    let subject = crate::approval::Subject { customer: Some(customer.clone()), ..Default::default() };
    let wish = crate::approval::fixture::parts(crate::approval::Effect::Unmask, crate::approval::Operation::OpenWindow);
    let wish = Change::new(crate::approval::ChangeParts { subject, ..wish });
    let Decision::Go(approved) = decide(wish, "asked", Verdict::Approve { typed: None }) else {
        unreachable!("it counts")
    };
    trail.begin(approved).expect("written");
    assert_eq!(trail.store().open_windows(DESK).expect("read"), [customer]);
}

/// A second yes: of Ben, to what Ann is said to have approved in this entry.
fn second(body: &str, seq: u64, by: &str) -> Approved<Change> {
    let ann = crate::approval::Signer { id: crate::domain::UserId::new(by), name: Text::new("Ann") };
    let mut approved = approved(body, "asked");
    approved.basis.earlier = Some(crate::approval::Earlier { by: ann, seq });
    approved
}

#[test]
fn a_second_yes_counts_only_behind_the_first_as_it_stands_in_the_chain() {
    let ann = || crate::approval::Signer { id: crate::domain::UserId::new("u1"), name: Text::new("Ann") };
    let first_of = |approved: &Approved<Change>| crate::approval::FirstYes {
        proposal: approved.proposal(),
        change: note("hello"),
        author: Author::Assistant { model: "m".into() },
        reason: Text::new("asked"),
        because: Text::new("seen"),
        by: ann(),
        rules: Vec::new(),
    };
    let given = || {
        let (folder, trail, hand) = trail();
        let approved = second("hello", 0, "u1");
        let seq = trail.first_yes(&first_of(&approved)).expect("written");
        let mut approved = approved;
        approved.basis.earlier = Some(crate::approval::Earlier { by: ann(), seq });
        (folder, trail, hand, approved)
    };
    let (_folder, trail, _, approved) = given();
    trail.begin(approved).expect("two persons said yes");
    assert_eq!(events(&trail), ["approved", "first yes"]);

    let is_unknown = |ended: Result<(Change, Ticket), TrailError>| matches!(ended, Err(TrailError::NoFirstYes));
    let (_folder, trail, _, approved) = given();
    assert!(is_unknown(trail.begin(second("hello", 1, "u1"))), "another proposal's");
    let mut of_other_bytes = second("hellp", 1, "u1");
    of_other_bytes.proposal = approved.proposal;
    assert!(is_unknown(trail.begin(of_other_bytes)), "other bytes");
    let mut by_another = second("hello", 1, "u7");
    by_another.proposal = approved.proposal;
    assert!(is_unknown(trail.begin(by_another)), "another's");
    let mut of_no_entry = second("hello", 9, "u1");
    of_no_entry.proposal = approved.proposal;
    assert!(is_unknown(trail.begin(of_no_entry)), "no entry");

    trail.store().take_half(&approved.proposal.to_string()).expect("taken");
    assert!(matches!(trail.begin(approved), Err(TrailError::Answered)), "somebody answered meanwhile");

    let (_folder, trail, hand, mut approved) = given();
    hand.advance(Duration::from_hours(8) + Duration::from_secs(1));
    approved.terms = Box::new(approved.terms.until(&approved.change, &approved.author, Duration::from_hours(9)));
    assert!(matches!(trail.begin(approved), Err(TrailError::FirstLapsed)), "too old");
}

#[test]
fn neither_another_entry_nor_one_of_a_time_to_come_is_a_first_yes() {
    let (folder, trail, hand) = trail();
    let plain = approved("hello", "asked");
    let proposal = plain.proposal;
    trail.begin(plain).expect("written");
    let mut behind_a_plain_yes = second("hello", 1, "");
    behind_a_plain_yes.proposal = proposal;
    assert!(matches!(trail.begin(behind_a_plain_yes), Err(TrailError::NoFirstYes)));

    hand.advance(Duration::from_hours(10));
    let mut later = second("hello", 0, "u1");
    let by = crate::approval::Signer { id: crate::domain::UserId::new("u1"), name: Text::new("Ann") };
    let first = crate::approval::FirstYes {
        proposal: later.proposal,
        change: note("hello"),
        author: Author::Assistant { model: "m".into() },
        reason: Text::new("asked"),
        because: Text::new("seen"),
        by: by.clone(),
        rules: Vec::new(),
    };
    let seq = trail.first_yes(&first).expect("written");
    later.basis.earlier = Some(crate::approval::Earlier { by, seq });
    drop(trail);
    let (set_back, _) = trail_in(&folder);
    assert!(matches!(set_back.begin(later), Err(TrailError::FirstLapsed)));
}
