//! The queue as a value: what it shows, asks for and remembers while rows come and go; and its screens.

use super::*;
use crate::domain::{Status, Text};

/// A plain open row; `n` tells rows apart.
pub fn row(n: u8) -> Conversation {
    Conversation {
        id: ConversationId::new(format!("{n:024x}")),
        customer: Some(CustomerId::new(format!("c{n}"))),
        name: Text::from(format!("Matter {n}")),
        preview: Text::default(),
        status: Status::Open,
        priority: Some(3),
        channels: vec![],
        assigned_users: vec![],
        assigned_teams: vec![],
        queue: None,
        tags: vec![],
        sla: None,
        message_count: 1,
        note_count: 0,
        last_message_at: None,
        last_direction: None,
        snoozed_until: None,
        sentiment: None,
        created: None,
        updated: None,
        rev: Some(1),
    }
}

mod screens {
    //! The queue drawn, and what it does while rows come and go.

    use std::{collections::HashMap, time::Duration};

    use jiff::{SignedDuration, Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        console::{
            live::{Live, LiveAnswer},
            msg::Moment,
            pane::Out,
            theme::{Depth, Theme},
        },
        domain::{Brief, Channel, Direction, Directory, Sla, User, UserId},
        kustomer::Page,
    };

    fn now() -> Timestamp {
        "2026-03-02T09:30:00Z".parse().expect("a time")
    }

    fn shared(seconds: u64) -> Shared {
        let span = SignedDuration::from_secs(seconds as i64);
        let moment = Moment { now: now() + span, elapsed: Duration::from_secs(seconds) };
        let mut shared = Shared::new(moment, TimeZone::UTC, "desk".to_owned());
        let user =
            |id: &str, name: &str| User { id: UserId::new(id), name: name.into(), machine: false, roles: vec![] };
        let users = [user("u1", "Ines Adler"), user("u2", "Tom Reyes")];
        shared.me = Remote::Ready(users[0].clone(), now());
        let users = users.into_iter().map(|user| (user.id.clone(), user)).collect::<HashMap<_, _>>();
        shared.directory = Remote::Ready(Directory { users, ..Directory::default() }, now());
        shared
    }

    fn rows() -> Vec<Conversation> {
        (1u8..=9)
            .map(|n| Conversation {
                name: ["Package lost in Łódź", "Charged twice \u{202e}evil", "返金はいつですか？ 注文番号 1042"]
                    [usize::from(n) % 3]
                    .into(),
                priority: Some(n % 5 + 1),
                channels: vec![if n.is_multiple_of(2) { Channel::Email } else { Channel::Chat }],
                assigned_users: if n.is_multiple_of(3) { vec![UserId::new("u2")] } else { vec![] },
                last_direction: Some(if n.is_multiple_of(4) { Direction::Out } else { Direction::In }),
                sla: (n < 8).then(|| Sla {
                    name: Some("Standard".into()),
                    status: Some("pending".into()),
                    breach_at: Some(now() + SignedDuration::from_mins(i64::from(n) * 11 - 25)),
                    metric: Some("firstResponse".into()),
                    breached: n < 3,
                }),
                last_message_at: Some(now() - SignedDuration::from_mins(i64::from(n) * 7)),
                ..row(n)
            })
            .collect()
    }

    /// Hands the queue something to do and gives what it asked for.
    fn with(queue: &mut Queue, shared: &Shared, work: impl FnOnce(&mut Queue, &mut UpdateCx<'_>)) -> Out {
        let mut out = Out::default();
        work(queue, &mut UpdateCx { shared, out: &mut out });
        out
    }

    fn act(queue: &mut Queue, shared: &Shared, actions: &[Action]) -> Out {
        with(queue, shared, |queue, cx| {
            for action in actions {
                queue.act(*action, cx).expect("it can be done");
            }
        })
    }

    fn read(queue: &mut Queue, shared: &Shared, rows: Vec<Conversation>) {
        let page = Page { rows, ..Page::default() };
        with(queue, shared, |queue, cx| queue.fetched(&Fetch::Queue, Fetched::Queue(Ok(page)), cx));
    }

    fn hear(queue: &mut Queue, shared: &Shared, live: Live, answer: LiveAnswer) -> Out {
        with(queue, shared, |queue, cx| queue.fetched(&Fetch::Live(live), Fetched::Live(Ok(answer)), cx))
    }

    fn change(queue: &mut Queue, shared: &Shared, row: Conversation) {
        let page = Page { rows: vec![row], ..Page::default() };
        hear(queue, shared, Live::Changes(now()), LiveAnswer::Changes(page));
    }

    fn screen(queue: &Queue, shared: &Shared, (columns, lines): (u16, u16)) -> String {
        let area = Rect::new(0, 0, columns, lines);
        let mut buffer = Buffer::empty(area);
        let (theme, _) = Theme::named(Some("dark"), Depth::True);
        let cx = ViewCx { shared, theme: &theme, focused: true, title: "Queue".to_owned() };
        queue.view(&cx, area, &mut buffer);
        let mut text = String::new();
        for y in 0..lines {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..columns {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    line.push_str(symbol);
                }
                skip = if skip > 0 { skip - 1 } else { crate::console::widgets::cut::width(symbol).saturating_sub(1) };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// A queue with everything on it: customers read, two rows marked, one on its way, one that left.
    fn full(shared: &Shared) -> Queue {
        let mut queue = Queue::default();
        read(&mut queue, shared, rows());
        let brief = |n: u8| Brief {
            id: CustomerId::new(format!("c{n}")),
            name: format!("Mara Quill {n}").into(),
            tier: Some(if n.is_multiple_of(2) { "gold" } else { "silver" }.into()),
            present: if n == 1 { vec![UserId::new("u2")] } else { vec![] },
        };
        hear(&mut queue, shared, Live::Customers(vec![]), LiveAnswer::Customers((1..8).map(brief).collect()));
        act(&mut queue, shared, &[Action::Mark, Action::Mark]);
        change(&mut queue, shared, Conversation { status: Status::Done, rev: Some(2), ..row(4) });
        let id = row(5).id;
        queue.keeping(shared, |queue| queue.book.begin(&id, |row| Conversation { priority: Some(5), ..row.clone() }));
        queue
    }

    #[test]
    fn drawn_at_every_size() {
        let shared = shared(3);
        for size in [(80, 24), (120, 40), (200, 60), (40, 12)] {
            let mut queue = full(&shared);
            insta::assert_snapshot!(format!("full_{}x{}", size.0, size.1), screen(&queue, &shared, size));
            queue.group = Group::Tier;
            queue.is_detailed = true;
            queue.tidy(&shared);
            insta::assert_snapshot!(format!("grouped_{}x{}", size.0, size.1), screen(&queue, &shared, size));
            act(&mut queue, &shared, &[Action::NextLane, Action::NextLane, Action::NextLane, Action::NextLane]);
            insta::assert_snapshot!(format!("empty_lane_{}x{}", size.0, size.1), screen(&queue, &shared, size));
        }
    }

    #[test]
    fn what_happens_at_the_desk_moves_neither_the_row_nor_the_key() {
        let at = shared(0);
        let mut queue = Queue::default();
        read(&mut queue, &at, rows());
        act(&mut queue, &at, &[Action::Down]);
        let chosen = queue.chosen(&at).expect("a row").id.clone();
        let line = |queue: &Queue| screen(queue, &at, (80, 24)).lines().position(|line| line.contains("03:00 late"));
        let before = line(&queue);
        let urgent = Conversation {
            sla: Some(Sla {
                name: None,
                status: None,
                breach_at: Some(now() - SignedDuration::from_hours(9)),
                metric: None,
                breached: true,
            }),
            ..row(50)
        };
        change(&mut queue, &at, urgent);
        assert_eq!((queue.chosen(&at).map(|row| row.id.clone()), line(&queue)), (Some(chosen.clone()), before));
        change(&mut queue, &at, Conversation { status: Status::Done, rev: Some(2), ..row(2) });
        assert_eq!(queue.chosen(&at).map(|row| row.id.clone()), Some(chosen), "it stays until the person moves");
        assert!(screen(&queue, &at, (80, 24)).contains("✓ done"));
        act(&mut queue, &at, &[Action::Down]);
        assert_eq!(queue.chosen(&at).map(|row| row.id.clone()), Some(row(3).id));
        assert!(!screen(&queue, &at, (80, 24)).contains("✓ done"));
    }

    #[test]
    fn lanes_show_what_they_say() {
        let shared = shared(0);
        let mut queue = Queue::default();
        read(&mut queue, &shared, rows());
        let asleep = Conversation {
            status: Status::Snoozed,
            snoozed_until: Some(now() + SignedDuration::from_hours(2)),
            ..row(60)
        };
        change(&mut queue, &shared, asleep);
        hear(&mut queue, &shared, Live::Presence, LiveAnswer::Presence(Some([UserId::new("u1")].into())));
        let drafts = LiveAnswer::Drafts([row(7).id].into());
        hear(&mut queue, &shared, Live::Drafts(vec![]), drafts);
        // All, breaching within 15 minutes, waiting for us, unassigned, mine, snoozed soon, drafts, owner offline.
        assert_eq!(queue.counts(&shared), [9, 3, 7, 6, 0, 1, 1, 3]);
    }

    #[test]
    fn what_is_due_is_asked_for_in_its_time_and_no_faster_than_every_five_seconds() {
        let mut queue = Queue::default();
        let nothing = with(&mut queue, &shared(0), Queue::tick);
        assert_eq!(nothing.fetches, [], "nothing was read yet");
        read(&mut queue, &shared(0), rows());
        let mut asked: Vec<u64> = Vec::new();
        for second in 0..120 {
            let shared = shared(second);
            let out = with(&mut queue, &shared, Queue::tick);
            for fetch in out.fetches {
                let Fetch::Live(live) = fetch else { continue };
                if matches!(live, Live::Changes(_)) {
                    asked.push(second);
                    hear(&mut queue, &shared, live, LiveAnswer::Changes(Page::default()));
                }
            }
        }
        assert_eq!(asked, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110]);
        let mut away = shared(121);
        away.attention.away = true;
        let out = with(&mut queue, &away, Queue::tick);
        assert!(!out.fetches.iter().any(|fetch| matches!(fetch, Fetch::Live(Live::Changes(_)))), "nobody looks");
    }

    #[test]
    fn what_is_remembered_is_found_again_and_nonsense_is_left_out() {
        let shared = shared(0);
        let mut queue = Queue::default();
        read(&mut queue, &shared, rows());
        queue.group = Group::Channel;
        act(&mut queue, &shared, &[Action::NextLane, Action::Down]);
        let remembered = queue.remember();
        let mut again = Queue::default();
        again.recall(&remembered);
        assert_eq!(again.remember(), remembered);
        read(&mut again, &shared, rows());
        assert_eq!(again.chosen(&shared).map(|row| &row.id), queue.chosen(&shared).map(|row| &row.id));
        for nonsense in [json!(null), json!([1]), json!({"lane": 7, "group": "x", "filter": {}, "chosen": []})] {
            again.recall(&nonsense);
        }
        assert_eq!((again.lane, again.group), (Lane::All, Group::None));
    }

    #[test]
    fn a_click_chooses_a_row_or_a_lane() {
        let shared = shared(0);
        let mut queue = Queue::default();
        read(&mut queue, &shared, rows());
        let area = Rect::new(0, 2, 80, 20);
        with(&mut queue, &shared, |queue, cx| queue.click(area, 10, 2 + 1 + 2 + 3, cx));
        assert_eq!(queue.chosen(&shared).map(|chosen| chosen.id.clone()), Some(row(4).id));
        with(&mut queue, &shared, |queue, cx| queue.click(area, 11, 3, cx));
        assert_eq!(queue.lane, Lane::Breaching);
        with(&mut queue, &shared, |queue, cx| queue.click(area, 79, 21, cx));
        assert_eq!(queue.lane, Lane::Breaching, "a frame is nothing");
    }

    proptest! {
        #[test]
        fn whatever_happens_a_key_hits_the_row_that_was_shown(
            steps in proptest::collection::vec((0u8..12, 1u8..30, 0u8..3), 0..40),
        ) {
            let shared = shared(0);
            let mut queue = Queue::default();
            read(&mut queue, &shared, rows());
            let mut rev = 2;
            for (what, n, status) in steps {
                if what < 3 {
                    act(&mut queue, &shared, &[[Action::Down, Action::Up, Action::Bottom][usize::from(what)]]);
                    continue;
                }
                let before = queue.chosen(&shared).map(|row| row.id.clone());
                rev += 1;
                let status = [Status::Open, Status::Snoozed, Status::Done][usize::from(status)].clone();
                change(&mut queue, &shared, Conversation { status, rev: Some(rev), ..row(n) });
                let after = queue.chosen(&shared).map(|row| row.id.clone());
                prop_assert!(before.is_none() || before == after);
                let _ = screen(&queue, &shared, (60, 9));
            }
        }
    }
}
