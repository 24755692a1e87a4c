//! What each verb sends, how it is taken back, and that the way back leads back.

use proptest::prelude::*;

use super::*;
use crate::domain::Status;

fn row(n: u32) -> Conversation {
    Conversation {
        id: ConversationId::new(format!("{n:024x}")),
        customer: None,
        name: Text::from("Billed twice"),
        preview: Text::default(),
        status: Status::Open,
        priority: Some(3),
        channels: vec![],
        assigned_users: vec![UserId::new("u1")],
        assigned_teams: vec![],
        queue: None,
        tags: vec![TagId::new("t1")],
        sla: None,
        message_count: 1,
        note_count: 0,
        last_message_at: None,
        last_direction: None,
        snoozed_until: None,
        sentiment: None,
        created: None,
        updated: None,
        rev: Some(7),
    }
}

fn bodies(changes: &[Change]) -> Vec<Value> {
    changes.iter().filter_map(|change| change.requests()[0].body.clone()).collect()
}

#[test]
fn each_verb_moves_its_own_attribute_and_knows_the_way_back() {
    let until: Timestamp = "2026-03-05T08:00:00Z".parse().expect("a time");
    for (set, there, back) in [
        (Set::User(UserId::new("u2")), json!({"assignedUsers": ["u2"], "rev": 7}), json!({"assignedUsers": ["u1"]})),
        (Set::Nobody, json!({"assignedUsers": [], "rev": 7}), json!({"assignedUsers": ["u1"]})),
        (Set::Team(TeamId::new("x")), json!({"assignedTeams": ["x"], "rev": 7}), json!({"assignedTeams": []})),
        (Set::Queue(QueueId::new("q")), json!({"queue": {"id": "q"}, "rev": 7}), json!({"queue": {"id": null}})),
        (Set::Done, json!({"status": "done", "rev": 7}), json!({"status": "open"})),
        (
            Set::Snoozed(until),
            json!({"status": "snoozed", "snooze": {"status": "scheduled", "time": "2026-03-05T08:00:00Z"}, "rev": 7}),
            json!({"status": "open"}),
        ),
        (Set::Priority(5), json!({"priority": 5, "rev": 7}), json!({"priority": 3})),
        (Set::Step(-1), json!({"priority": 2, "rev": 7}), json!({"priority": 3})),
        (Set::Tagged(TagId::new("t2")), json!({"tags": ["t1", "t2"], "rev": 7}), json!({"tags": ["t1"]})),
        (Set::Untagged(TagId::new("t1")), json!({"tags": [], "rev": 7}), json!({"tags": ["t1"]})),
    ] {
        let Ok(Doing::Own(own)) = plan(&set, &[&row(1)], "so") else { unreachable!("{set:?} is one small change") };
        assert_eq!((bodies(&own.changes), bodies(&own.undo)), (vec![there], vec![back]), "{set:?}");
        assert!(Policy::default().is_small(&own.changes[0]) && Policy::default().is_small(&own.undo[0]), "{set:?}");
    }
}

#[test]
fn what_is_so_already_is_left_out_and_full_rows_are_refused() {
    assert_eq!(plan(&Set::User(UserId::new("u1")), &[&row(1)], ""), Err(Cannot("it is so already")));
    assert_eq!(plan(&Set::Done, &[], ""), Err(Cannot("nothing is chosen")));
    let top = Conversation { priority: Some(5), ..row(2) };
    assert_eq!(plan(&Set::Step(1), &[&top], ""), Err(Cannot("it is so already")));
    let Ok(Doing::Own(own)) = plan(&Set::Step(1), &[&top, &row(1)], "raised") else { unreachable!("one row moves") };
    assert_eq!((own.changes.len(), own.says.as_str()), (1, "raised"));
    let full = Conversation { tags: (0..20).map(|n| TagId::new(n.to_string())).collect(), ..row(3) };
    let refused = plan(&Set::Tagged(TagId::new("t2")), &[&row(1), &full], "");
    assert_eq!(refused, Err(Cannot("a conversation takes twenty tags")));
}

#[test]
fn more_than_ten_rows_are_one_bulk_change_with_a_name_for_each() {
    let rows: Vec<Conversation> = (1..=11).map(row).collect();
    let all: Vec<&Conversation> = rows.iter().collect();
    let Ok(Doing::Card(wish)) = plan(&Set::Done, &all, "done") else { unreachable!("eleven are many") };
    assert_eq!((wish.change.count(), wish.change.requests().len()), (11, 1));
    let first = wish.change.requests()[0].body.as_ref().and_then(|rows| rows.get(0)).cloned();
    let id = rows[0].id.as_str();
    assert_eq!(first, Some(json!({"id": id, "_clientRef": id, "status": "done", "rev": 7})));
    let moved: Vec<ConversationId> = moved(&wish.change).into_iter().map(|(id, _)| id).collect();
    assert_eq!(moved, rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>());
    let Ok(Doing::Own(own)) = plan(&Set::Done, &all[..10], "done") else { unreachable!("ten are few") };
    assert_eq!((own.changes.len(), own.says.as_str()), (10, "done: 10 conversations"));
}

fn any_set() -> impl Strategy<Value = Set> {
    let id = || "[a-f0-9]{1,4}";
    prop_oneof![
        id().prop_map(|id| Set::User(UserId::new(id))),
        Just(Set::Nobody),
        id().prop_map(|id| Set::Team(TeamId::new(id))),
        id().prop_map(|id| Set::Queue(QueueId::new(id))),
        Just(Set::Open),
        Just(Set::Done),
        (1i64..4_000_000_000).prop_map(|at| Set::Snoozed(Timestamp::from_second(at).expect("in range"))),
        (1u8..=5).prop_map(Set::Priority),
        (-2i8..=2).prop_map(Set::Step),
        id().prop_map(|id| Set::Tagged(TagId::new(id))),
        id().prop_map(|id| Set::Untagged(TagId::new(id))),
    ]
}

fn any_row() -> impl Strategy<Value = Conversation> {
    let ids = || proptest::collection::vec("[a-f0-9]{1,4}", 0..4);
    let until = (1i64..4_000_000_000).prop_map(|at| Timestamp::from_second(at).expect("in range"));
    let status = prop_oneof![
        Just((Status::Open, None)),
        Just((Status::Done, None)),
        until.prop_map(|until| (Status::Snoozed, Some(until)))
    ];
    (ids(), ids(), ids(), proptest::option::of("[a-f0-9]{1,4}"), status, 1u8..=5).prop_map(
        |(users, teams, tags, queue, (status, snoozed_until), priority)| Conversation {
            assigned_users: users.into_iter().map(UserId::new).collect(),
            assigned_teams: teams.into_iter().map(TeamId::new).collect(),
            tags: tags.into_iter().map(TagId::new).collect(),
            queue: queue.map(QueueId::new),
            priority: Some(priority),
            status,
            snoozed_until,
            ..row(1)
        },
    )
}

proptest! {
    #[test]
    fn the_way_back_leads_back(set in any_set(), row in any_row()) {
        if let Ok(Some((there, back))) = step(&set, &row) {
            let after = with(&row, &there);
            prop_assert_ne!(&after, &row);
            let mut returned = with(&after, &back);
            // When a snooze would have ended says nothing of what does not sleep.
            if returned.status != Status::Snoozed {
                returned.snoozed_until = row.snoozed_until;
            }
            prop_assert_eq!(returned, row);
        }
    }
}
