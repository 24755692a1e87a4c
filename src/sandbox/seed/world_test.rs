//! Checks the seeded world as a whole: enough of everything, every reference resolved, the worked scenarios' people there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{BUSY, PARTS, Part, Plan, heads, org_docs, part, stamp};
use crate::sandbox::doc::{Doc, Kind};

const SMALL: Plan = Plan { seed: 42, customers: 320, now_ms: 1_767_225_600_000 };

/// All records of a world.
pub fn generate(plan: &Plan) -> Vec<Doc> {
    org_docs(plan).into_iter().chain((0..plan.customers).flat_map(|index| tree(plan, index))).collect()
}

fn tree(plan: &Plan, index: usize) -> Vec<Doc> {
    PARTS.into_iter().flat_map(|which| part(plan, index, which)).collect()
}

fn of(docs: &[Doc], kind: Kind) -> Vec<&Doc> {
    docs.iter().filter(|doc| doc.kind == kind).collect()
}

fn count<'a>(docs: &[&'a Doc], value: impl Fn(&'a Doc) -> Option<&'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for value in docs.iter().filter_map(|doc| value(doc)) {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

/// Minutes from now to the pending breach.
fn due(doc: &Doc) -> Option<i64> {
    let at = doc.attributes.get("sla")?["summary"].get("firstBreachAt")?.as_str()?;
    let at: jiff::Timestamp = at.parse().expect("a time");
    Some((at.as_millisecond() - SMALL.now_ms).div_euclid(60_000))
}

#[test]
fn the_small_world_is_worth_triaging() {
    for seed in [1, 42, 9_000_000_001] {
        let docs = generate(&Plan { seed, ..SMALL });
        let conversations = of(&docs, Kind::Conversation);
        let statuses = count(&conversations, |doc| doc.text("status"));
        let channels = count(&conversations, |doc| doc.text("replyChannel"));
        let drafts = count(&of(&docs, Kind::Draft), |doc| doc.text("channel"));
        assert!(conversations.len() >= 1200, "{}", conversations.len());
        assert!(of(&docs, Kind::Message).len() >= 5000, "{}", of(&docs, Kind::Message).len());
        assert!(statuses["open"] >= 330 && statuses["snoozed"] >= 40 && statuses["done"] >= 500, "{statuses:?}");
        assert_eq!(channels.len(), 8, "{channels:?}");
        assert!(drafts.len() >= 4 && drafts.values().sum::<usize>() >= 20, "{drafts:?}");
        let languages = count(&of(&docs, Kind::Message), |doc| doc.text("lang"));
        assert!(languages.len() >= 14, "{languages:?}");
    }
}

#[test]
fn breaches_are_spread_from_overdue_to_tomorrow() {
    let docs = generate(&SMALL);
    let open: Vec<&Doc> =
        of(&docs, Kind::Conversation).into_iter().filter(|doc| doc.text("status") == Some("open")).collect();
    let dues: Vec<i64> = open.iter().filter_map(|doc| due(doc)).collect();
    let within = |low: i64, high: i64| dues.iter().filter(|&&minutes| (low..high).contains(&minutes)).count();
    assert!((15..=45).contains(&within(-100_000, 0)), "{}", within(-100_000, 0));
    assert!(within(0, 5) >= 8 && within(5, 15) >= 12 && within(15, 60) >= 30);
    assert!(within(60, 12 * 60) >= 50 && within(12 * 60, 100_000) >= 20);
    assert!(open.iter().filter(|doc| !doc.attributes.contains_key("sla")).count() >= 10);
}

#[test]
fn every_id_is_unique_and_every_reference_points_at_a_record() {
    let docs = generate(&SMALL);
    let ids: BTreeSet<(Kind, &str)> = docs.iter().map(|doc| (doc.kind, doc.id.as_str())).collect();
    assert_eq!(ids.len(), docs.len());
    let klasses: BTreeSet<&str> = of(&docs, Kind::Klass).iter().filter_map(|doc| doc.text("name")).collect();
    for doc in &docs {
        for (name, (kind, id)) in &doc.related {
            let known =
                if *kind == Kind::Klass { klasses.contains(id.as_str()) } else { ids.contains(&(*kind, id.as_str())) };
            assert!(known, "{:?} {} {name} -> {id}", doc.kind, doc.id);
        }
        for (attribute, kind) in [("assignedUsers", Kind::User), ("assignedTeams", Kind::Team), ("tags", Kind::Tag)] {
            for id in doc.attributes.get(attribute).and_then(Value::as_array).into_iter().flatten() {
                assert!(ids.contains(&(kind, id.as_str().expect("an id"))), "{attribute} {id}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_world_and_a_customer_does_not_depend_on_how_many_there_are() {
    let world = generate(&SMALL);
    assert!(world == generate(&SMALL));
    let one = tree(&Plan { customers: 1_000_000, ..SMALL }, 123);
    assert!(world.windows(one.len()).any(|window| window == one));
    let head = part(&SMALL, 123, Part::Head);
    assert!(heads(&SMALL, 0..320)[123] == head && heads(&SMALL, 120..124)[3] == head);
    assert!(tree(&Plan { seed: 43, ..SMALL }, 123) != one);
}

#[test]
fn records_stand_in_the_part_of_their_kind() {
    for which in PARTS {
        for doc in (0..40).flat_map(|index| part(&SMALL, index, which)) {
            assert_eq!(Part::of(doc.kind), Some(which), "{:?}", doc.kind);
        }
    }
    assert!(org_docs(&SMALL).iter().all(|doc| Part::of(doc.kind).is_none()));
}

#[test]
fn customers_beyond_the_busy_ones_are_history() {
    let plan = Plan { customers: 1_000_000, ..SMALL };
    for index in (BUSY..BUSY + 20).chain([777_777, 999_999]) {
        let docs = part(&plan, index, Part::Head);
        assert!(of(&docs, Kind::Conversation).iter().all(|doc| doc.text("status") == Some("done")));
        assert!(of(&docs, Kind::Draft).is_empty());
    }
}

#[test]
fn ids_do_not_move_with_the_present() {
    let later = generate(&Plan { now_ms: SMALL.now_ms + 86_400_000, ..SMALL });
    let ids = |docs: &[Doc]| docs.iter().map(|doc| doc.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&generate(&SMALL)), ids(&later));
}

#[test]
fn the_conversation_that_breaches_next_is_a_double_billing_by_mail_under_every_seed() {
    for seed in 0..8 {
        let docs = generate(&Plan { seed, ..SMALL });
        let conversations = of(&docs, Kind::Conversation);
        let top = conversations
            .iter()
            .filter(|doc| doc.text("status") == Some("open"))
            .filter_map(|doc| Some((due(doc)?, doc)));
        let (_, top) = top.min_by_key(|(due, _)| *due).expect("somebody waits");
        assert_eq!(top.text("replyChannel"), Some("email"));
        assert!(top.text("name").is_some_and(|name| name.to_lowercase().contains("twice")));
        let id = top.related_id("customer").expect("a customer");
        let customer = docs.iter().find(|doc| doc.id == id).expect("the customer");
        let theirs = conversations.iter().filter(|doc| doc.related_id("customer") == Some(id)).count();
        let company = customer.related_id("company");
        let colleagues = of(&docs, Kind::Customer).iter().filter(|doc| doc.related_id("company") == company).count();
        let phone = customer.attributes["phones"][0]["phone"].as_str().expect("a phone");
        let told = docs.iter().any(|doc| {
            doc.related_id("customer") == Some(id) && doc.text("preview").is_some_and(|text| text.contains(&phone[3..]))
        });
        assert!(theirs >= 4 && (2..=3).contains(&colleagues) && !told, "{theirs} {colleagues}");
        assert!(customer.attributes["custom"]["billingIdStr"].is_string() && customer.hidden.is_empty());
        assert!(company.is_some());
    }
}

#[test]
fn tenants_orders_locks_and_namesakes_are_there_for_the_scenarios() {
    let docs = generate(&SMALL);
    let customers = of(&docs, Kind::Customer);
    let tenants: Vec<&&Doc> =
        customers.iter().filter(|doc| doc.attributes["custom"]["tenantRegionStr"] == "eu-west").collect();
    assert!(tenants.len() >= 130, "{}", tenants.len());
    assert!(tenants.iter().all(|doc| doc.text("externalId").is_some_and(|id| id.len() == 9 && id.starts_with("TEN-"))));
    let locked = tenants.iter().filter(|doc| doc.hidden.contains_key("mergeLocked")).count();
    assert!((1..=12).contains(&locked), "{locked}");
    assert_eq!(customers.iter().filter(|doc| doc.text("externalId") == Some("USR-555")).count(), 1);
    let names = count(&customers, |doc| doc.text("name"));
    assert!(names["Daniel Kim"] == 3 && names["Lucía García"] == 2);
    let asked: BTreeMap<(&str, &str), usize> =
        of(&docs, Kind::Conversation).iter().fold(BTreeMap::new(), |mut asked, doc| {
            if let (Some(order), Some(customer)) =
                (doc.attributes["custom"]["orderNumberStr"].as_str(), doc.related_id("customer"))
            {
                *asked.entry((customer, order)).or_default() += 1;
            }
            asked
        });
    assert!(asked.values().filter(|&&times| times > 1).count() >= 20);
}

#[test]
fn hostile_and_marked_up_texts_are_part_of_the_world() {
    let docs = generate(&SMALL);
    let previews: Vec<&str> = of(&docs, Kind::Message).iter().filter_map(|doc| doc.text("preview")).collect();
    let with = |part: &str| previews.iter().filter(|text| text.contains(part)).count();
    assert!(with("<html") + with("<div") >= 50);
    assert!(with("\u{1b}[") >= 1 && with("\u{202e}") >= 1 && with("Ignore previous instructions") >= 1);
    assert!(previews.iter().all(|text| text.chars().count() <= 10_240));
    assert_eq!(stamp(SMALL.now_ms), "2026-01-01T00:00:00.000Z");
}
