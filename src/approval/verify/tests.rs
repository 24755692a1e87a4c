//! Chains made by the writer, damaged in every way, and named by the verifier.

use proptest::prelude::*;

use super::*;
use crate::store::{Link, Store, evidence, link_hash};

/// A row as the writer chains it.
fn after(previous: Option<&Row>, number: i64, entry: &str) -> Row {
    let previous = previous.map_or_else(|| "0".repeat(64), |row| String::from_utf8_lossy(&row.seal).into_owned());
    let seal = link_hash(&previous, number.unsigned_abs(), entry);
    Row { number, entry: entry.into(), previous: previous.into_bytes(), seal: seal.into_bytes() }
}

fn chain(n: i64) -> Evidence {
    let mut rows: Vec<Row> = Vec::new();
    for number in 1..=n {
        rows.push(after(rows.last(), number, &format!("{{\"seq\":{number},\"event\":\"approved\"}}")));
    }
    witness(rows)
}

/// The rows with their last one witnessed.
fn witness(rows: Vec<Row>) -> Evidence {
    let head = rows.last().map(|row| format!("{} {}\n", row.number, String::from_utf8_lossy(&row.seal)).into_bytes());
    Evidence { rows, witness: head }
}

fn head(evidence: &Evidence) -> Witnessed {
    verify(evidence, None).expect("it holds").head.expect("it is not empty")
}

#[test]
fn an_untouched_chain_holds() {
    assert_eq!(verify(&chain(5), None).map(|verified| verified.records), Ok(5));
    assert_eq!(verify(&Evidence::default(), None), Ok(Verified { records: 0, head: None }));
    let first = Evidence { witness: None, ..chain(1) };
    assert!(verify(&first, None).is_ok(), "the first record may not be witnessed yet");
}

#[test]
fn what_the_store_writes_holds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a store");
    for _ in 0..3 {
        store.append_audit(|seq| format!("{{\"seq\":{seq}}}")).expect("written");
    }
    let Link { hash, .. } = store.audit_entry(3).expect("read").expect("it is there");
    let found = evidence(folder.path()).expect("read while the store is open");
    assert_eq!(head(&found), Witnessed { record: 3, seal: hash });
    drop(store);
    assert_eq!(evidence(folder.path()).expect("read alone"), found);
}

#[test]
fn drop_swap_cut_rewrite_and_fork_are_named() {
    let whole = chain(5);
    let damaged = |damage: &dyn Fn(&mut Vec<Row>)| {
        let mut evidence = whole.clone();
        damage(&mut evidence.rows);
        verify(&evidence, None).expect_err("it does not hold")
    };
    assert_eq!(damaged(&|rows| drop(rows.remove(2))), Fault::Order { expected: 3, found: 4 });
    assert_eq!(damaged(&|rows| rows.swap(1, 2)), Fault::Order { expected: 2, found: 3 });
    assert_eq!(damaged(&|rows| rows.truncate(3)), Fault::Truncated { first: 4, last: 5 });
    assert_eq!(damaged(&|rows| rows.clear()), Fault::Truncated { first: 1, last: 5 });
    let other = "{\"seq\":5,\"event\":\"refused\"}";
    assert_eq!(damaged(&|rows| rows[4] = after(Some(&rows[3].clone()), 5, other)), Fault::Rewritten { record: 5 });
    let forked = |rows: &mut Vec<Row>| rows.push(after(Some(&rows[2].clone()), 6, "{\"seq\":6}"));
    assert_eq!(damaged(&forked), Fault::Forked { record: 6 });
    let doubled = |rows: &mut Vec<Row>| rows.push(after(Some(&rows[3].clone()), 5, other));
    assert_eq!(damaged(&doubled), Fault::Order { expected: 6, found: 5 });
    let renumbered = |rows: &mut Vec<Row>| rows[4] = after(Some(&rows[3].clone()), 5, "{\"seq\":4}");
    assert_eq!(damaged(&renumbered), Fault::Renumbered { record: 5 });
}

#[test]
fn a_witness_that_is_gone_or_damaged_is_said() {
    let gone = Evidence { witness: None, ..chain(5) };
    assert_eq!(verify(&gone, None), Err(Fault::Unwitnessed { record: 5 }));
    let damaged = Evidence { witness: Some(b"5 nonsense\n".to_vec()), ..chain(5) };
    assert_eq!(verify(&damaged, None), Err(Fault::Unwitnessed { record: 5 }));
}

#[test]
fn a_head_kept_elsewhere_catches_who_rewrote_the_witness_too() {
    let kept = head(&chain(5));
    let cut = witness(chain(3).rows);
    assert!(verify(&cut, None).is_ok(), "nothing on this machine shows it");
    assert_eq!(verify(&cut, Some(&kept)), Err(Fault::Truncated { first: 4, last: 5 }));
    let mut rows = chain(4).rows;
    rows.push(after(rows.last(), 5, "{\"seq\":5,\"event\":\"refused\"}"));
    assert_eq!(verify(&witness(rows), Some(&kept)), Err(Fault::Rewritten { record: 5 }));
    assert_eq!(kept.to_string().parse(), Ok(kept));
    assert!("5:xyz".parse::<Witnessed>().is_err());
}

proptest! {
    #[test]
    fn any_changed_byte_names_its_record(row in 0_usize..5, at in 0_usize..10_000, flip in 1_u8..=255, part in 0..3) {
        let mut evidence = chain(5);
        let bytes = match part {
            0 => &mut evidence.rows[row].entry,
            1 => &mut evidence.rows[row].previous,
            _ => &mut evidence.rows[row].seal,
        };
        let place = at % bytes.len();
        bytes[place] ^= flip;
        prop_assert_eq!(verify(&evidence, None), Err(Fault::Changed { record: row as u64 + 1 }));
    }
}
