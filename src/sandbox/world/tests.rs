//! Holds a world that makes its customers on demand to what one with everything in memory answers.

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::sandbox::{mint::hex, seed::PARTS, times};

const PLAN: Plan = Plan { seed: 42, customers: 12, now_ms: 1_767_225_600_000 };
const LARGE: Plan = Plan { customers: seed::MOST_CUSTOMERS, ..PLAN };

fn customer(id: &str, email: &str) -> Doc {
    let mut doc = Doc::new(Kind::Customer, id);
    doc.attributes.insert("emails".into(), json!([{ "email": email }]));
    doc
}

fn tree(plan: &Plan, index: usize) -> Vec<Doc> {
    PARTS.into_iter().flat_map(|part| seed::part(plan, index, part)).collect()
}

/// Everything of the small plan, in memory.
fn eager() -> World {
    let trees = (0..PLAN.customers).flat_map(|index| tree(&PLAN, index));
    World::new(seed::org_docs(&PLAN).into_iter().chain(trees).collect(), Mint::new(1))
}

/// Nothing of it.
fn lazy() -> World {
    World::untouched(&PLAN, seed::org_docs(&PLAN))
}

#[test]
fn an_edit_moves_a_record_in_its_indexes() {
    let mut world = World::new(vec![customer("a", "Old@x.example")], Mint::new(1));
    assert_eq!(world.found(Kind::Customer, Index::Email, "old@x.example").count(), 1);
    assert!(world.edit(Kind::Customer, "a", |doc| {
        doc.attributes.insert("emails".into(), json!([{ "email": "new@x.example" }]));
    }));
    assert_eq!(world.found(Kind::Customer, Index::Email, "old@x.example").count(), 0);
    assert_eq!(world.found(Kind::Customer, Index::Email, "new@x.example").count(), 1);
    assert!(world.changes() > 0);
}

#[test]
fn a_rescheduled_draft_has_one_timer_only() {
    let mut draft = Doc::new(Kind::Draft, "d");
    draft.attributes.insert("scheduled".into(), json!(true));
    draft.attributes.insert("sendAt".into(), json!(times::iso(1_000)));
    let mut world = World::new(vec![draft], Mint::new(1));
    world.edit(Kind::Draft, "d", |doc| {
        doc.attributes.insert("sendAt".into(), json!(times::iso(2_000)));
    });
    assert_eq!(world.take_due(1_500), None);
    assert_eq!(world.take_due(2_000), Some((2_000, Timer::Draft("d".into()))));
}

/// Something asked of a world or done to it; numbers choose among the seeded records.
#[derive(Clone, Debug)]
enum Step {
    Get(usize),
    Found(usize, Kind, Index),
    Page(Kind, bool, Order, usize, usize),
    Edit(usize),
    Remove(usize),
    Add { kind: Kind, customer: usize, id: &'static str },
    Delete(usize),
    Forget,
}

const KINDS: [Kind; 7] =
    [Kind::Company, Kind::Customer, Kind::Kobject, Kind::Conversation, Kind::Message, Kind::Note, Kind::Event];
const INDEXES: [Index; 7] =
    [Index::Customer, Index::Conversation, Index::Company, Index::Klass, Index::ExternalId, Index::Email, Index::Phone];

fn step() -> impl Strategy<Value = Step> {
    let record = 0..2_000_usize;
    let kind = prop::sample::select(KINDS.to_vec());
    let index = prop::sample::select(INDEXES.to_vec());
    let order = prop::sample::select(vec![Order::Ascending, Order::Descending]);
    let id = prop::sample::select(vec!["00", "66000003zz", "660000040000", "660000ff", "6a00000000", "é"]);
    prop_oneof![
        3 => record.clone().prop_map(Step::Get),
        6 => (record.clone(), kind.clone(), index).prop_map(|(record, kind, index)| Step::Found(record, kind, index)),
        6 => (kind.clone(), any::<bool>(), order, 0..40_usize, 1..20_usize)
            .prop_map(|(kind, since, order, skip, take)| Step::Page(kind, since, order, skip, take)),
        2 => record.clone().prop_map(Step::Edit),
        1 => record.clone().prop_map(Step::Remove),
        1 => record.prop_map(Step::Delete),
        2 => (kind, 0..12_usize, id).prop_map(|(kind, customer, id)| Step::Add { kind, customer, id }),
        2 => Just(Step::Forget),
    ]
}

/// What a world answers to a step.
fn take(world: &mut World, docs: &[Doc], step: &Step) -> Vec<Doc> {
    let pick = |at: &usize| &docs[at % docs.len()];
    match step {
        Step::Get(at) => world.get(pick(at).kind, &pick(at).id).into_iter().cloned().collect(),
        Step::Found(at, kind, index) => {
            let key = match index {
                Index::Customer | Index::Conversation | Index::Company => pick(at).id.clone(),
                Index::Klass => "order".to_owned(),
                Index::ExternalId => match (pick(at).klass(), pick(at).text("externalId").unwrap_or_default()) {
                    (Some(klass), id) => kobject_key(klass, id),
                    (None, id) => id.to_owned(),
                },
                Index::Email => items(pick(at), "emails", "email").collect(),
                _ => items(pick(at), "phones", "phone").collect(),
            };
            world.found(*kind, *index, &key).chain(world.found_any(*kind, *index, &key)).cloned().collect()
        }
        Step::Page(kind, since, order, skip, take) => {
            let since = since.then_some(PLAN.now_ms - 90 * 86_400_000);
            let listing = Listing { since, ..Listing::of(*kind) };
            let count = Doc::new(*kind, world.count(&listing).to_string());
            world.page(&listing, *order, *skip, *take).into_iter().chain([&count]).cloned().collect()
        }
        Step::Edit(at) => {
            world.edit(pick(at).kind, &pick(at).id, |doc| {
                doc.attributes.insert("name".into(), "Changed".into());
            });
            Vec::new()
        }
        Step::Remove(at) => world.remove(pick(at).kind, &pick(at).id).into_iter().collect(),
        Step::Delete(at) => {
            world.edit(pick(at).kind, &pick(at).id, |doc| {
                doc.attributes.insert("deleted".into(), true.into());
            });
            Vec::new()
        }
        Step::Add { kind, customer, id } => {
            let mut doc = Doc::new(*kind, *id);
            let to = seed::part(&PLAN, *customer, Part::Head)[0].id.clone();
            doc.related.insert("customer".into(), (Kind::Customer, to));
            world.put(doc);
            Vec::new()
        }
        Step::Forget => {
            world.history.forget(0);
            Vec::new()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_world_made_on_demand_answers_as_one_in_memory(steps in prop::collection::vec(step(), 1..40)) {
        let (mut eager, mut lazy) = (eager(), lazy());
        let docs: Vec<Doc> = (0..PLAN.customers).flat_map(|index| tree(&PLAN, index)).collect();
        for step in &steps {
            prop_assert_eq!(take(&mut eager, &docs, step), take(&mut lazy, &docs, step), "{:?}", step);
            prop_assert_eq!(eager.changes(), lazy.changes());
            prop_assert_eq!(eager.take_journal(), lazy.take_journal());
        }
    }
}

#[test]
fn lists_of_a_large_world_start_at_either_end_and_give_every_record_once() {
    let mut world = World::untouched(&LARGE, Vec::new());
    for kind in [Kind::Customer, Kind::Conversation, Kind::Message] {
        for order in [Order::Ascending, Order::Descending] {
            let near = |step: usize| if order == Order::Ascending { step } else { LARGE.customers - 1 - step };
            let mut expected: Vec<String> = (0..8)
                .flat_map(|step| tree(&LARGE, near(step)))
                .filter(|doc| doc.kind == kind)
                .map(|doc| doc.id)
                .collect();
            expected.sort();
            if order == Order::Descending {
                expected.reverse();
            }
            let mut walked = Vec::new();
            while walked.len() < expected.len() {
                let page = world.page(&Listing::of(kind), order, walked.len(), 3);
                assert_eq!(page.len(), 3);
                walked.extend(page.into_iter().map(|doc| doc.id.clone()));
                world.history.forget(2);
            }
            assert_eq!(walked[..expected.len()], expected);
        }
    }
    let last = world.page(&Listing::of(Kind::Customer), Order::Ascending, 999_998, 5);
    assert_eq!(last.len(), 2);
    assert_eq!(world.count(&Listing::of(Kind::Customer)), 1_000_000);
}

#[test]
fn a_customer_deleted_leaves_the_list_and_one_created_comes_last() {
    let mut world = World::untouched(&LARGE, Vec::new());
    let third = world.page(&Listing::of(Kind::Customer), Order::Ascending, 2, 1)[0].id.clone();
    world.edit(Kind::Customer, &third, |doc| {
        doc.attributes.insert("deleted".into(), true.into());
    });
    world.put(customer("6a0000000000000000000001", "new@x.example"));
    assert_eq!(world.count(&Listing::of(Kind::Customer)), 1_000_000);
    let fourth = world.page(&Listing::of(Kind::Customer), Order::Ascending, 2, 1)[0];
    assert_eq!(seed::ids::customer_of(&fourth.id), Some(3));
    let last = world.page(&Listing::of(Kind::Customer), Order::Ascending, 999_999, 5);
    assert_eq!(last.iter().map(|doc| doc.id.as_str()).collect::<Vec<_>>(), ["6a0000000000000000000001"]);
    assert_eq!(world.touched().iter().copied().collect::<Vec<_>>(), [0, 2], "theirs and the one with their company");
}

/// Bytes that say everything about a record.
fn bytes(doc: &Doc) -> String {
    let related: Value = doc.related.iter().map(|(name, (kind, id))| json!([name, kind.type_name(), id])).collect();
    json!([doc.kind.type_name(), doc.id, doc.attributes, related, doc.hidden]).to_string()
}

/// Whoever changes what is seeded pins the new digest, on purpose.
#[test]
fn the_same_seed_gives_the_same_bytes_on_every_machine() {
    let sample = [0, 1, 77, 1_999, 2_000, 123_456, 999_999];
    let mut digest = Sha256::new();
    for doc in seed::org_docs(&LARGE).into_iter().chain(sample.into_iter().flat_map(|index| tree(&LARGE, index))) {
        digest.update(bytes(&doc));
    }
    assert_eq!(hex(&digest.finalize())[..16], *"33cf0a771cd9cf05");
}

#[test]
fn heads_made_ahead_are_those_made_by_looking() {
    let mut ahead = lazy();
    assert_eq!(ahead.unmade(3..6), [3, 4, 5]);
    ahead.keep_heads((3..6).map(|index| (index, seed::part(&PLAN, index, seed::Part::Head))).collect());
    assert_eq!(ahead.unmade(0..99).len(), PLAN.customers - 3);
    let page = |world: &World| {
        let rows = world.page(&Listing::of(Kind::Customer), Order::Ascending, 3, 3);
        rows.into_iter().map(bytes).collect::<Vec<_>>()
    };
    assert_eq!(page(&ahead), page(&lazy()));
    ahead.edit(Kind::Customer, &ahead.page(&Listing::of(Kind::Customer), Order::Ascending, 3, 1)[0].id.clone(), |_| {});
    assert!(!ahead.unmade(0..99).contains(&3), "what was changed is nobody's to make again");
}
