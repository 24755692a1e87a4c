//! Owns the check of an audit chain, written apart from the code that makes one: it takes rows and a witnessed head and
//! names the first record that does not hold. Does not open the database or repair anything.

use sha2::{Digest, Sha256};

use crate::store::{Head, Link};

/// A chain that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many records it has.
    pub records: u64,
}

/// The first thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number is missing, doubled or out of order.
    #[error("record {expected} is missing: record {found} stands in its place")]
    Order {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The record's bytes do not hash to what was kept.
    #[error("record {record} was changed: its content does not match its hash")]
    Changed {
        /// Which record.
        record: u64,
    },
    /// The record does not follow the one before it.
    #[error("record {record} does not follow record {before}: the chain was cut or forked there", before = record - 1)]
    Forked {
        /// Which record.
        record: u64,
    },
    /// The record says another number than it has.
    #[error("record {record} carries the number of another record")]
    Renumbered {
        /// Which record.
        record: u64,
    },
    /// The chain ends before the head that was witnessed.
    #[error("records {first} to {last} are missing from the end: the trail was cut after it was witnessed")]
    Truncated {
        /// The first missing record.
        first: u64,
        /// The witnessed last record.
        last: u64,
    },
    /// The witnessed head is not in this chain.
    #[error("record {record} is not the one that was witnessed: the end of the trail was rewritten")]
    Rewritten {
        /// Which record.
        record: u64,
    },
}

/// Checks `rows`, in the order they are stored, against each other and against the witness.
pub fn verify(rows: &[Link], witness: Option<&Head>) -> Result<Verified, Fault> {
    let mut previous = "0".repeat(64);
    let mut expected = 1;
    for row in rows {
        if row.seq != expected {
            return Err(Fault::Order { expected, found: row.seq });
        }
        if digest(row) != row.hash {
            return Err(Fault::Changed { record: row.seq });
        }
        if row.previous != previous {
            return Err(Fault::Forked { record: row.seq });
        }
        if !carries_number(row) {
            return Err(Fault::Renumbered { record: row.seq });
        }
        previous.clone_from(&row.hash);
        expected += 1;
    }
    let records = expected - 1;
    match witness {
        Some(head) if head.seq > records => Err(Fault::Truncated { first: records + 1, last: head.seq }),
        Some(head) if head.seq > 0 && rows[usize::try_from(head.seq - 1).unwrap_or(0)].hash != head.hash => {
            Err(Fault::Rewritten { record: head.seq })
        }
        Some(_) | None => Ok(Verified { records }),
    }
}

fn digest(row: &Link) -> String {
    let preimage = [row.previous.as_str(), &row.seq.to_string(), row.entry.as_str()].join("\n");
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(preimage) {
        hex.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        hex.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    hex
}

fn carries_number(row: &Link) -> bool {
    serde_json::from_str::<serde_json::Value>(&row.entry).is_ok_and(|entry| entry["seq"] == row.seq)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::link_hash;

    fn chain(n: u64) -> Vec<Link> {
        let mut rows: Vec<Link> = Vec::new();
        for seq in 1..=n {
            let previous = rows.last().map_or_else(|| "0".repeat(64), |row| row.hash.clone());
            let entry = format!("{{\"seq\":{seq},\"event\":\"approved\"}}");
            rows.push(Link { hash: link_hash(&previous, seq, &entry), seq, entry, previous });
        }
        rows
    }

    fn head(rows: &[Link]) -> Option<Head> {
        rows.last().map(|row| Head { seq: row.seq, hash: row.hash.clone() })
    }

    #[test]
    fn an_untouched_chain_holds() {
        let rows = chain(5);
        assert_eq!(verify(&rows, head(&rows).as_ref()), Ok(Verified { records: 5 }));
        assert_eq!(verify(&[], None), Ok(Verified { records: 0 }));
    }

    #[test]
    fn drop_swap_cut_and_rewrite_are_named() {
        let rows = chain(5);
        let witness = head(&rows);
        let mut dropped = rows.clone();
        dropped.remove(2);
        assert_eq!(verify(&dropped, None), Err(Fault::Order { expected: 3, found: 4 }));
        let mut swapped = rows.clone();
        swapped.swap(1, 2);
        assert_eq!(verify(&swapped, None), Err(Fault::Order { expected: 2, found: 3 }));
        assert_eq!(verify(&rows[..3], witness.as_ref()), Err(Fault::Truncated { first: 4, last: 5 }));
        let mut forked = rows.clone();
        forked[4].entry = "{\"seq\":5,\"event\":\"refused\"}".into();
        forked[4].hash = link_hash(&forked[4].previous, 5, &forked[4].entry);
        assert_eq!(verify(&forked, witness.as_ref()), Err(Fault::Rewritten { record: 5 }));
    }

    proptest! {
        #[test]
        fn any_changed_byte_names_its_record(row in 0_usize..5, at in 0_usize..10_000, flip in 1_u8..=255) {
            let mut rows = chain(5);
            let mut bytes = rows[row].entry.clone().into_bytes();
            let place = at % bytes.len();
            bytes[place] ^= flip;
            rows[row].entry = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(verify(&rows, None), Err(Fault::Changed { record: row as u64 + 1 }));
        }
    }
}
