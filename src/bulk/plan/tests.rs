//! Tests of plans on disk: what was drafted comes back, nothing of a customer's lies there in the clear, and any byte that
//! would be sent moves the digest.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::bulk::{BATCH, Drafting, Fault, LeftOut};

fn seal() -> Seal {
    Seal::under(&secrecy::SecretString::from("k-1"), "http://desk").expect("a key")
}

fn begin(folder: &Path, resource: Resource) -> Drafting {
    let now = "2026-11-28T12:00:00Z".parse().expect("a time");
    Drafting::begin(folder, &seal(), "http://desk", PlanId::new(), resource, "tenants.csv", now).expect("begun")
}

fn row(number: u64, verb: Verb) -> PlannedRow {
    let is_new = verb == Verb::Create;
    PlannedRow {
        number,
        reference: format!("r{number}"),
        verb,
        id: (!is_new).then(|| format!("66c{number}")),
        external_id: None,
        body: json!({"name": format!("Mara Quill {number}")}).as_object().cloned().expect("an object"),
        before: if is_new {
            serde_json::Map::new()
        } else {
            json!({"name": "M"}).as_object().cloned().expect("an object")
        },
        masked: vec![],
        rev: (!is_new).then_some(number),
    }
}

#[test]
fn what_was_drafted_is_read_again_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut drafting = begin(folder.path(), Resource::Customers);
    for number in 1..=250 {
        drafting.row(row(number, Verb::Update)).expect("taken");
    }
    for number in 251..=400 {
        let fault = Fault { column: "email".into(), value: "[email]".into(), reason: "no address".into() };
        drafting.left_out(number, &format!("r{number}"), LeftOut::Invalid(vec![fault])).expect("taken");
    }
    let plan = drafting.finish().expect("drafted");
    let again = Plan::open(folder.path(), &seal(), plan.id()).expect("opened");
    assert_eq!((again.batches(), again.counts().update, again.counts().invalid), (3, 250, 150));
    assert_eq!((again.digest(), again.change().digest()), (plan.digest(), plan.change().digest()));
    let page = again.rows(95, 110).expect("a page");
    let numbers: Vec<u64> = page.rows.iter().map(|row| row.number).collect();
    assert_eq!((numbers, page.of), ((96..=205).collect(), 250));
    let left: Vec<u64> = again.left_outs(90, 20).expect("a page").rows.iter().map(|row| row.number).collect();
    assert_eq!(left, (341..=360).collect::<Vec<u64>>());
    assert_eq!(again.rows(240, 50).expect("the last page").rows.len(), 10);
    assert_eq!(Plan::list(folder.path(), &seal()).len(), 1);
}

#[test]
fn no_value_lies_on_the_disk_in_the_clear_and_another_key_reads_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut drafting = begin(folder.path(), Resource::Customers);
    (1..=120).for_each(|number| drafting.row(row(number, Verb::Create)).expect("taken"));
    let plan = drafting.finish().expect("drafted");
    for entry in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
        let bytes = std::fs::read(entry.path()).expect("read");
        assert!(!bytes.windows(4).any(|four| four == b"Mara"), "{:?}", entry.path());
    }
    let other = Seal::under(&secrecy::SecretString::from("k-2"), "http://desk").expect("a key");
    assert!(matches!(Plan::open(folder.path(), &other, plan.id()), Err(PlanError::Unreadable)));
}

#[test]
fn a_row_that_makes_a_record_has_an_id_of_the_orgs() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut drafting = begin(folder.path(), Resource::Customers);
    let mut named = row(1, Verb::Create);
    named.external_id = Some("crm-1".into());
    drafting.row(named).expect("taken");
    drafting.row(row(2, Verb::Create)).expect("taken");
    let plan = drafting.finish().expect("drafted");
    let rows = plan.rows(0, 10).expect("read").rows;
    let ids: Vec<Option<&str>> = rows.iter().map(|row| row.external_id.as_deref()).collect();
    assert_eq!(ids, [Some("crm-1"), Some(plan.id().external(2).as_str())]);
}

#[test]
fn what_the_api_has_no_call_for_is_no_row_and_what_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut drafting = begin(folder.path(), Resource::Notes);
    assert!(matches!(drafting.row(row(1, Verb::Delete)), Err(PlanError::Verb { .. })));
    let mut nobody = row(1, Verb::Update);
    nobody.id = None;
    assert!(matches!(drafting.row(nobody), Err(PlanError::NoRecord { number: 1 })));
    drop(drafting);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn each_batch_holds_one_verb_and_hashes_to_what_was_drafted(verbs in proptest::collection::vec(0..3_usize, 1..330)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut drafting = begin(folder.path(), Resource::Customers);
        for (number, verb) in (1..).zip(&verbs) {
            drafting.row(row(number, Verb::ALL[*verb])).expect("taken");
        }
        let plan = drafting.finish().expect("drafted");
        let mut seen = Vec::new();
        let mut digests = Vec::new();
        for n in 0..plan.batches() {
            let rows = plan.rows_of(n).expect("read");
            prop_assert!(rows.len() <= BATCH && rows.iter().all(|row| row.verb == rows[0].verb));
            digests.push(Wired::of(plan.resource(), rows[0].verb, &rows).digest().to_string());
            seen.extend(rows.iter().map(|row| row.number));
        }
        prop_assert_eq!(&digests, &plan.file.digests().expect("read"));
        seen.sort_unstable();
        prop_assert_eq!(seen, (1..=verbs.len() as u64).collect::<Vec<_>>());
        prop_assert!(plan.change().is_intact());
    }

    #[test]
    fn any_change_of_a_row_moves_the_digest(at in 0..150_usize, rev in 500..600_u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let id = PlanId::new();
        let plan = |odd: Option<usize>| {
            let folder = folder.path().join(odd.is_some().to_string());
            let now = "2026-11-28T12:00:00Z".parse().expect("a time");
            let mut drafting =
                Drafting::begin(&folder, &seal(), "http://desk", id.clone(), Resource::Customers, "f", now).expect("begun");
            for number in 0..150 {
                let mut row = row(number, Verb::Update);
                if odd == Some(usize::try_from(number).expect("small")) {
                    row.rev = Some(rev);
                }
                drafting.row(row).expect("taken");
            }
            drafting.finish().expect("drafted")
        };
        prop_assert_ne!(plan(None).change().digest(), plan(Some(at)).change().digest());
    }
}
