//! Owns the evidence of calls: which tool ran, with what, where it came in, and what became of it.
//!
//! Invariant: bounded; arguments beyond a size are kept as their size.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Value, json};

const KEPT: usize = 2_000;
const MOST_ARGUMENT_BYTES: usize = 16 << 10;

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    /// The desk's time, ISO 8601.
    pub at: String,
    /// `modern` or `legacy`.
    pub era: &'static str,
    /// The revision spoken.
    pub revision: &'static str,
    /// Where it came in.
    pub endpoint: &'static str,
    /// The request's id.
    pub id: Value,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
    /// `running`, `done`, `failed`, `refused`, `asked` or `cancelled`.
    pub outcome: &'static str,
    /// Whether it changed anything.
    pub effect: bool,
}

/// The last calls.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Log {
    /// Adds a call that begins, and gives its number.
    pub fn begin(&mut self, entry: Entry) -> u64 {
        self.last += 1;
        let size = entry.arguments.to_string().len();
        let arguments = if size > MOST_ARGUMENT_BYTES { json!({ "bytes": size }) } else { entry.arguments };
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { seq: self.last, arguments, ..entry });
        self.last
    }

    /// Says what became of a call.
    pub fn end(&mut self, seq: u64, outcome: &'static str, effect: bool) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.seq == seq) {
            (entry.outcome, entry.effect) = (outcome, effect);
        }
    }

    /// The calls after this number.
    pub fn since(&self, seq: u64) -> Vec<Entry> {
        self.entries.iter().filter(|entry| entry.seq > seq).cloned().collect()
    }
}
