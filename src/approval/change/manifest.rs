//! Owns what a change says of a plan whose rows are too many for memory: the calls, the counts, the digest of all that is
//! sent, and a few rows to look at. Does not hold rows (`bulk` does).

use serde_json::{Map, Value};

use super::Digest;
use crate::transport::Method;

/// What stands for a plan's requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The plan's name.
    pub plan: String,
    /// Where its rows come from, in words.
    pub source: String,
    /// What it works on, in words.
    pub resource: String,
    /// Its calls, one entry a method.
    pub calls: Vec<Calls>,
    /// Rows that are unchanged, skipped, invalid: nothing is sent for them.
    pub left_out: [u64; 3],
    /// The digest over the digests of all batches, each of exactly what is sent, in order.
    pub batches: Digest,
    /// The digest of what is asked for, without references of our own.
    pub wish: Digest,
    /// The first rows.
    pub sample: Vec<Sampled>,
    /// How many minutes it will take, as far as is known: no part of what is approved.
    pub minutes: Option<u64>,
}

/// Calls of one method to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// The method.
    pub method: Method,
    /// The path, without ids.
    pub path: String,
    /// Records they are about.
    pub records: u64,
    /// How many calls.
    pub requests: u64,
}

/// One row to look at.
#[derive(Clone, PartialEq, Eq)]
pub struct Sampled {
    /// What it is called.
    pub name: String,
    /// What is done with it.
    pub verb: &'static str,
    /// The fields it changes as they were.
    pub before: Map<String, Value>,
    /// What it sends.
    pub after: Map<String, Value>,
    /// Fields that were masked.
    pub masked: Vec<String>,
}

impl Manifest {
    /// The digest a person's yes is for: over the resource, the counts and all batches in order. The sample and the words are
    /// read from the same rows, and nothing is sent by them.
    pub fn digest(&self) -> Digest {
        let numbers = |call: &Calls| [call.records.to_be_bytes(), call.requests.to_be_bytes()].concat();
        let counted: Vec<Vec<u8>> = self.calls.iter().map(numbers).collect();
        let left_out = self.left_out.map(u64::to_be_bytes).concat();
        let mut fed: Vec<&[u8]> = vec![self.plan.as_bytes(), self.resource.as_bytes(), &left_out];
        for (call, counted) in self.calls.iter().zip(&counted) {
            fed.extend([call.method.as_str().as_bytes(), call.path.as_bytes(), counted.as_slice()]);
        }
        fed.push(self.batches.bytes());
        Digest::of(fed)
    }

    /// How many calls it takes.
    pub fn requests(&self) -> u64 {
        self.calls.iter().map(|call| call.requests).sum()
    }
}

impl std::fmt::Debug for Manifest {
    /// Without the rows: they are customers' data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manifest").field("plan", &self.plan).field("calls", &self.calls).finish_non_exhaustive()
    }
}
