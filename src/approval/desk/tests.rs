//! Each check of the desk by itself: take one away, and one of these fails.

use super::{
    super::{
        change::tests::{note, patch},
        half::FirstYes,
    },
    fixture::{approve, ask, assistant, at, bulk, change, desk_with, ms, press, put, scene, triage, with_rules},
    *,
};
use crate::approval::{ChangeParts, Effect, Operation, Subject, fixture::parts};

#[test]
fn a_key_after_the_paint_approves_exactly_what_was_shown() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    let decision = desk.decide(id, approve(), press(at(2)), at(2)).expect("it counts");
    let Decision::Go(approved) = decision else { unreachable!("approved") };
    assert_eq!(approved.change(), &note("hello"));
    assert_eq!(desk.decide(id, approve(), press(at(3)), at(3)), Err(NotYet::Gone));
}

#[test]
fn a_key_before_or_at_the_paint_does_not_count() {
    let (mut desk, id) = desk_with(note("hello"));
    assert_eq!(desk.decide(id, approve(), press(at(1)), at(1)), Err(NotYet::TooEarly));
    desk.painted(id, at(2), true);
    assert_eq!(desk.decide(id, approve(), press(at(2)), at(2)), Err(NotYet::TooEarly));
    assert_eq!(desk.len(), 1);
}

#[test]
fn a_key_before_the_paint_does_not_count_whatever_the_answer() {
    for verdict in [Verdict::Refuse { reason: "no".into() }, Verdict::Change { what: "shorter".into() }] {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(2), true);
        assert_eq!(desk.decide(id, verdict, press(at(1)), at(1)), Err(NotYet::TooEarly));
    }
}

#[test]
fn a_card_takes_no_answer_before_it_stood_a_moment() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    let soon = at(1) + ms(299);
    assert_eq!(desk.decide(id, approve(), press(soon), soon), Err(NotYet::TooSoon));
    let calm = soon + CALM;
    assert!(matches!(desk.decide(id, approve(), press(calm), calm), Ok(Decision::Go(_))));
}

#[test]
fn a_second_press_does_not_reach_the_next_card_and_a_held_key_answers_none() {
    let (mut desk, first) = desk_with(note("one"));
    let second = put(&mut desk, note("two"));
    desk.painted(first, at(1), true);
    assert!(matches!(desk.decide(first, approve(), press(at(2)), at(2)), Ok(Decision::Go(_))));
    desk.painted(second, at(2) + ms(20), true);
    // A key held down comes thirty times a second, for ten seconds.
    for n in 1..300 {
        let now = at(2) + ms(n * 33);
        let said = desk.decide(second, approve(), press(now), now);
        assert!(matches!(said, Err(NotYet::TooEarly | NotYet::TooSoon)), "{n}: {said:?}");
    }
    let later = at(2) + ms(299 * 33) + CALM;
    assert!(matches!(desk.decide(second, approve(), press(later), later), Ok(Decision::Go(_))));
}

#[test]
fn a_key_right_after_an_answer_does_not_count_even_on_a_card_that_was_painted_long_before() {
    let (mut desk, first) = desk_with(note("one"));
    let second = put(&mut desk, note("two"));
    desk.painted(first, at(1), true);
    desk.painted(second, at(1), true);
    assert!(matches!(desk.decide(first, approve(), press(at(2)), at(2)), Ok(Decision::Go(_))));
    let soon = at(2) + ms(299);
    assert_eq!(desk.decide(second, approve(), press(soon), soon), Err(NotYet::TooSoon));
}

#[test]
fn a_key_before_the_paint_begins_the_quiet_time_anew() {
    let (mut desk, id) = desk_with(note("hello"));
    assert_eq!(desk.decide(id, approve(), press(at(2)), at(2)), Err(NotYet::TooEarly), "nothing is drawn");
    desk.painted(id, at(1), true);
    // It has stood long enough, but the finger that is on the keys was there before it.
    let soon = at(2) + ms(299);
    assert_eq!(desk.decide(id, approve(), press(soon), soon), Err(NotYet::TooSoon));
    let calm = soon + CALM;
    assert!(matches!(desk.decide(id, approve(), press(calm), calm), Ok(Decision::Go(_))));
}

#[test]
fn what_does_not_fit_must_be_read_to_its_end_before_a_yes_but_not_before_a_no() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), false);
    assert_eq!(desk.decide(id, approve(), press(at(2)), at(2)), Err(NotYet::Unread));
    desk.painted(id, at(3), true);
    assert!(matches!(desk.decide(id, approve(), press(at(4)), at(4)), Ok(Decision::Go(_))));
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), false);
    let no = Verdict::Refuse { reason: String::new() };
    assert!(matches!(desk.decide(id, no, press(at(2)), at(2)), Ok(Decision::Refused(_))));
}

#[test]
fn many_records_want_their_number_typed() {
    let (mut desk, id) = desk_with(bulk(188));
    desk.painted(id, at(1), true);
    let answer = |desk: &mut Desk, typed| desk.decide(id, Verdict::Approve { typed }, press(at(2)), at(2));
    assert_eq!(answer(&mut desk, None), Err(NotYet::Count { wanted: 188 }));
    assert_eq!(answer(&mut desk, Some(200)), Err(NotYet::Count { wanted: 188 }));
    assert!(matches!(answer(&mut desk, Some(188)), Ok(Decision::Go(_))));
}

#[test]
fn an_expired_proposal_is_refused_whatever_the_key() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    let decision = desk.decide(id, approve(), press(PATIENCE), PATIENCE).expect("an answer");
    assert!(matches!(decision, Decision::Refused(Refusal { by: RefusedBy::Expiry, .. })));
}

#[test]
fn what_is_no_longer_what_was_proposed_is_refused_whatever_the_key() {
    let spoil: [fn(&mut Proposal); 5] = [
        |proposal| proposal.change = note("other words"),
        |proposal| proposal.change.spoil(),
        |proposal| proposal.author = Author::Person,
        |proposal| proposal.terms.expires += at(600),
        |proposal| proposal.terms.org = "http://other".into(),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        let (mut desk, id) = desk_with(note("hello"));
        desk.painted(id, at(1), true);
        spoil(desk.proposal_mut(id).expect("it waits"));
        let decision = desk.decide(id, approve(), press(at(2)), at(2)).expect("an answer");
        assert!(matches!(decision, Decision::Refused(Refusal { by: RefusedBy::Tampering, .. })), "{n}: {decision:?}");
    }
}

#[test]
fn a_refused_request_cannot_come_back_unchanged_but_by_hand() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    let verdict = Verdict::Refuse { reason: "wrong customer".into() };
    desk.decide(id, verdict, press(at(2)), at(2)).expect("a refusal counts");
    let again = desk.submit(note("hello"), assistant(), Text::default(), at(3));
    assert_eq!(again, Err(Denied::RefusedBefore { reason: "wrong customer".into() }));
    assert!(desk.submit(note("hello again"), assistant(), Text::default(), at(3)).is_ok());
    assert!(desk.submit(note("hello"), Author::Person, Text::default(), at(3)).is_ok());
}

#[test]
fn changes_asked_for_are_no_refusal_of_what_comes_back_changed() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    let wordless = desk.decide(id, Verdict::Change { what: "  ".into() }, press(at(2)), at(2));
    assert_eq!(wordless, Err(NotYet::Wordless));
    let decision = desk.decide(id, Verdict::Change { what: "say when".into() }, press(at(3)), at(3));
    let Ok(Decision::Refused(refusal)) = decision else { unreachable!("{decision:?}") };
    assert_eq!((refusal.by, desk.len()), (RefusedBy::Changes("say when".into()), 0));
    let again = desk.submit(note("hello"), assistant(), Text::default(), at(4));
    assert_eq!(again, Err(Denied::Unchanged { what: "say when".into() }));
    assert!(desk.submit(note("hello, on Monday"), assistant(), Text::default(), at(4)).is_ok());
}

#[test]
fn what_was_refused_before_the_console_was_started_is_remembered() {
    let mut desk = Desk::new();
    let refused = Refused { refused: vec![(note("hello").wish(), "no".into())], to_change: vec![] };
    desk.recall(refused);
    let again = desk.submit(note("hello"), assistant(), Text::default(), at(0));
    assert_eq!(again, Err(Denied::RefusedBefore { reason: "no".into() }));
}

#[test]
fn an_edit_voids_the_paint_and_the_id_it_replaces_and_keeps_what_was_proposed() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    desk.show(id);
    let edited = desk.amend(id, note("bye"), at(2)).expect("it waits");
    let twice = desk.amend(edited, note("bye bye"), at(2)).expect("it waits");
    assert_eq!(desk.decide(id, approve(), press(at(3)), at(3)), Err(NotYet::Gone));
    assert_eq!(desk.decide(twice, approve(), press(at(4)), at(4)), Err(NotYet::TooEarly));
    let current = desk.current().expect("it waits");
    assert_eq!((current.id(), current.first()), (twice, Some(&note("hello"))));
}

#[test]
fn a_second_card_never_inherits_the_first_ones_key() {
    let (mut desk, first) = desk_with(note("one"));
    let second = put(&mut desk, note("two"));
    desk.painted(first, at(1), true);
    assert_eq!(desk.decide(second, approve(), press(at(2)), at(2)), Err(NotYet::TooEarly));
    assert_eq!(desk.current().map(Proposal::id), Some(first));
}

#[test]
fn a_key_approves_its_own_small_changes_and_nothing_else() {
    let desk = Desk::new();
    let ask = |desk: &Desk, changes: Vec<Change>| {
        desk.approve_own(changes, &Text::default(), press(at(1))).map(|approved| approved.len())
    };
    let small = triage(&serde_json::json!({"status": "done", "rev": 4}), Effect::Write);
    assert_eq!(ask(&desk, vec![small.clone(), small.clone()]), Ok(2));
    let mut spoiled = small.clone();
    spoiled.spoil();
    assert_eq!(ask(&desk, vec![spoiled.clone()]), Err(vec![spoiled]), "one that is not what was sealed");
    let many = vec![small.clone(); 11];
    assert_eq!(ask(&desk, many.clone()), Err(many), "more than ten want their number typed");
    for other in [
        triage(&serde_json::json!({"status": "done", "deleted": true}), Effect::Write),
        triage(&serde_json::json!({}), Effect::Write),
        triage(&serde_json::json!({"status": "done"}), Effect::Send),
        patch(serde_json::json!({"tags": ["vip"]})),
        Change::new(ChangeParts {
            count: 2,
            requests: small.requests().to_vec(),
            ..parts(Effect::Write, small.operation())
        }),
        note("hello"),
    ] {
        let both = vec![small.clone(), other];
        assert_eq!(ask(&desk, both.clone()), Err(both));
    }
    let approved = desk.approve_own(vec![small.clone()], &Text::default(), press(at(1))).expect("it is small");
    assert_eq!(approved[0].terms.expires, at(1) + PATIENCE, "its yes lapses as any other does");
    let strict = Desk::with_policy(Policy { cards_for_own: true, ..Policy::default() });
    assert_eq!(ask(&strict, vec![small.clone()]), Err(vec![small.clone()]));
    let ruled = with_rules("[[rule]]\neffect = \"write\"\nanswer = \"ask\"");
    assert_eq!(ask(&ruled, vec![small.clone()]), Err(vec![small]), "a rule is about it");
}

#[test]
fn a_window_that_closes_takes_what_the_assistant_wants_done_to_that_customer_and_nothing_else() {
    let about = |id: &str| {
        let subject = Subject { customer: Some(CustomerId::new(id)), ..Subject::default() };
        Change::new(ChangeParts { subject, ..parts(Effect::Write, Operation::UpdateCustomer) })
    };
    let mut desk = Desk::new();
    let theirs = put(&mut desk, about("66c1"));
    let other = put(&mut desk, about("66c2"));
    let by_hand = desk.submit(about("66c1"), Author::Person, Text::default(), at(0)).expect("proposed");
    let gone = desk.withdraw_about(&CustomerId::new("66c1"));
    assert_eq!(gone.iter().map(|refusal| refusal.proposal).collect::<Vec<_>>(), [theirs]);
    assert!(desk.proposal_of(other).is_some() && desk.proposal_of(by_hand).is_some());
}

#[test]
fn closing_refuses_everything() {
    let (mut desk, _) = desk_with(note("one"));
    assert_eq!(desk.close().len(), 1);
    assert!(desk.is_empty());
}

#[test]
fn what_moved_has_to_be_painted_before_a_yes_counts() {
    let (mut desk, id) = desk_with(note("hello"));
    desk.painted(id, at(1), true);
    assert_eq!(desk.stands(id, Ok(scene("other")), at(2)).0, Told::Moved);
    assert_eq!(desk.decide(id, approve(), press(at(3)), at(3)), Err(NotYet::TooEarly));
    desk.painted(id, at(4), true);
    assert_eq!(desk.stands(id, Ok(scene("other")), at(5)).0, Told::Same);
    assert!(matches!(desk.decide(id, approve(), press(at(6)), at(6)), Ok(Decision::Go(_))));
}

#[test]
fn a_message_with_anothers_data_waits_for_an_edit() {
    let sent = triage(&serde_json::json!({"body": "hello"}), Effect::Send);
    let (mut desk, id) = desk_with(sent);
    desk.painted(id, at(1), true);
    assert_eq!(desk.decide(id, approve(), press(at(2)), at(2)), Err(NotYet::Unseen));
    desk.stands(id, Ok(scene("other")), at(3));
    desk.painted(id, at(4), true);
    let blocked = desk.decide(id, approve(), press(at(5)), at(5));
    assert!(matches!(blocked, Err(NotYet::Blocked { why }) if why.contains("other")));
    desk.stands(id, Ok(Scene::default()), at(6));
    desk.painted(id, at(7), true);
    assert!(matches!(desk.decide(id, approve(), press(at(8)), at(8)), Ok(Decision::Go(_))));
}

#[test]
fn a_request_that_cannot_work_any_more_is_refused_with_a_reason() {
    let (mut desk, id) = desk_with(super::super::change::tests::patch(serde_json::json!({"name": "x", "rev": 3})));
    let record = super::super::Sheet::of(&serde_json::json!({"rev": 4}), []);
    let scene = Scene { record: super::super::Target::There(record), ..Scene::default() };
    let (_, refusal) = desk.stands(id, Ok(scene), at(1));
    assert!(refusal.is_some_and(|refusal| refusal.why().contains("revision 4")));
    assert!(desk.is_empty());
}

#[test]
fn a_rule_that_denies_keeps_it_from_becoming_a_card() {
    let mut desk = with_rules("[[rule]]\nname = \"no notes\"\neffect = \"write\"\nanswer = \"deny\"");
    let denied = desk.submit(note("hello"), Author::Person, Text::default(), at(0));
    assert_eq!(denied, Err(Denied::ByPolicy { rule: "no notes".into() }));
}

#[test]
fn a_reason_has_to_be_given_where_a_rule_asks_for_one() {
    let mut desk = with_rules("[[rule]]\nanswer = \"ask with reason\"");
    let id = desk.submit(note("hello"), Author::Person, Text::default(), at(0)).expect("proposed");
    assert_eq!(ask(&mut desk, id), Err(NotYet::Reason));
    desk.because(id, Text::new("  "));
    assert_eq!(ask(&mut desk, id), Err(NotYet::Reason), "blank is none");
    desk.because(id, Text::new("the customer asked"));
    assert!(matches!(ask(&mut desk, id), Ok(Decision::Go(_))));
}

fn person(id: &str, name: &str) -> Signer {
    Signer { id: crate::domain::UserId::new(id), name: Text::new(name) }
}

/// The first yes of two, given by Ann.
fn first_yes(change: Change) -> FirstYes {
    let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
    let id = desk.submit(change, Author::Person, Text::new("asked"), at(0)).expect("proposed");
    desk.because(id, Text::new("seen"));
    assert_eq!(ask(&mut desk, id), Err(NotYet::NotSignedIn));
    desk.signed_in(person("u1", "Ann"));
    match ask(&mut desk, id) {
        Ok(Decision::First(first)) => first,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn one_persons_yes_is_never_enough_where_two_are_asked_for() {
    let kept = crate::approval::Waiting::of(&first_yes(note("hello")));
    let again = |me: Signer| {
        let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
        desk.signed_in(me);
        let half = kept.take_up(|_| Some(Operation::AddNote)).expect("undamaged");
        let id = desk.take_up(half, 7, at(0)).expect("the rules let it");
        desk.because(id, Text::new("seen too"));
        ask(&mut desk, id)
    };
    let same = Err(NotYet::SamePerson { name: "Ann".into() });
    assert_eq!(again(person("u1", "Ann")), same);
    let renamed = again(person("u1", "Anna"));
    assert_eq!(renamed, same, "the same account under another name");
    assert_eq!(again(person("u9", " ann ")), same, "another account of the same name is the same person");
    let Ok(Decision::Go(approved)) = again(person("u2", "Ben")) else { unreachable!("two persons said yes") };
    assert_eq!(approved.change().requests(), note("hello").requests());
    assert_eq!(approved.basis.earlier.map(|first| first.seq), Some(7));
}

#[test]
fn what_one_person_said_yes_to_under_the_rules_of_then_waits_for_two_under_those_of_now() {
    let kept = crate::approval::Waiting::of(&first_yes(note("hello")));
    let mut desk = Desk::new();
    desk.signed_in(person("u1", "Ann"));
    let half = kept.take_up(|_| Some(Operation::AddNote)).expect("undamaged");
    let id = desk.take_up(half, 7, at(0)).expect("the rules let it");
    assert!(desk.proposal_of(id).is_some_and(|proposal| proposal.confirm().wants_second()));
    desk.because(id, Text::new("seen"));
    assert_eq!(ask(&mut desk, id), Err(NotYet::SamePerson { name: "Ann".into() }));
}

#[test]
fn what_holds_personal_values_does_not_wait_on_disk() {
    let mut desk = with_rules("[[rule]]\nanswer = \"two persons\"");
    desk.signed_in(person("u1", "Ann"));
    let id = desk.submit(note("call +4915550001122"), Author::Person, Text::default(), at(0)).expect("proposed");
    desk.because(id, Text::new("seen"));
    assert_eq!(ask(&mut desk, id), Err(NotYet::CannotWait));
}

#[test]
fn what_waited_and_was_changed_is_not_taken_up() {
    let kept = serde_json::to_string(&crate::approval::Waiting::of(&first_yes(note("hello")))).expect("plain data");
    let other: crate::approval::Waiting = serde_json::from_str(&kept.replace("hello", "hellp")).expect("it parses");
    assert!(other.take_up(|_| None).is_err());
}

fn canary() -> Canary {
    let says = "order 2 is not theirs".to_owned();
    Canary { planted: crate::approval::Planted::WrongOrder, says, mark: Some("order 2".into()) }
}

proptest::proptest! {
    /// Whatever is done to a canary, in whatever order: no permission ever comes of it.
    #[test]
    fn a_canary_is_never_performed(steps in proptest::collection::vec(0_u8..6, 1..12), words in "[a-z0-9 ]{0,20}") {
        let mut desk = Desk::new();
        let wanted = desk.submit_canary(canary(), note("about order 2"), Author::Person, Text::default(), at(0));
        let mut id = wanted.expect("a canary may come");
        for (step, now) in steps.into_iter().zip(1..) {
            match step {
                0 => desk.painted(id, at(now), true),
                1 => id = desk.amend(id, note(&words), at(now)).unwrap_or(id),
                2 => proptest::prop_assert!(desk.expire(at(now)).is_empty()),
                3 => proptest::prop_assert!(desk.withdraw(id).is_none()),
                _ => {
                    let verdict = if step == 4 { approve() } else { Verdict::Refuse { reason: words.clone() } };
                    let decided = desk.decide(id, verdict, press(at(now) + at(1)), at(now));
                    proptest::prop_assert!(matches!(decided, Ok(Decision::Canary(_)) | Err(_)), "{:?}", decided);
                }
            }
        }
        proptest::prop_assert!(desk.close().is_empty());
    }
}

#[test]
fn a_canary_is_held_to_the_same_as_what_it_looks_like_also_where_the_desk_cannot_be_read() {
    type Looks = fn() -> Vec<Result<Scene, String>>;
    let looks: [Looks; 4] = [
        Vec::new,
        || vec![Err("no route".to_owned())],
        || vec![Ok(Scene::default())],
        || vec![Err("no route".to_owned()), Ok(scene("other"))],
    ];
    for effect in [Effect::Draft, Effect::Send] {
        for (n, looks) in looks.into_iter().enumerate() {
            let wish = || change(effect, "66a1", "about order 2");
            let said = |mut desk: Desk, id: ProposalId| {
                let told: Vec<Told> = looks().into_iter().map(|seen| desk.stands(id, seen, at(1)).0).collect();
                let standing = format!("{:?}", desk.proposal_of(id).map(Proposal::standing));
                desk.painted(id, at(1), true);
                (told, standing, desk.decide(id, approve(), press(at(2)), at(2)).map(|_| "it counts"))
            };
            let (mut real, mut planted) = (Desk::new(), Desk::new());
            let wanted = put(&mut real, wish());
            let made = planted.submit_canary(canary(), wish(), assistant(), Text::default(), at(0));
            assert_eq!(said(planted, made.expect("it may come")), said(real, wanted), "{effect:?}, {n}");
        }
    }
}

#[test]
fn a_canary_is_caught_by_a_refusal_or_by_an_edit_that_mends_it() {
    let answer = |verdict: Verdict, edit: Option<&str>| {
        let mut desk = Desk::new();
        let wanted = desk.submit_canary(canary(), note("about order 2"), Author::Person, Text::default(), at(0));
        let mut id = wanted.expect("a canary may come");
        if let Some(words) = edit {
            id = desk.amend(id, note(words), at(0)).expect("it waits");
        }
        desk.painted(id, at(1), true);
        match desk.decide(id, verdict, press(at(5)), at(5)) {
            Ok(Decision::Canary(answered)) => (answered.caught, answered.dwell),
            other => unreachable!("{other:?}"),
        }
    };
    assert_eq!(answer(approve(), None), (false, at(4)));
    assert_eq!(answer(approve(), Some("about order 1")), (true, at(4)));
    assert_eq!(answer(Verdict::Refuse { reason: String::new() }, None), (true, at(4)));
}
