//! Owns the evidence: what the desk was asked, in order, and whether it changed anything. Checks that promise "nothing was
//! sent without a yes" read it.
//!
//! Invariant: bounded, and without personal data. Bodies are kept as digests; looked-up addresses in a path are not kept.

use std::collections::VecDeque;

use serde::Serialize;

const KEPT: usize = 20_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    /// The desk's time, ISO 8601.
    pub at: String,
    /// HTTP method.
    pub method: String,
    /// Path, without what was looked up by address.
    pub path: String,
    /// The query string.
    pub query: String,
    /// Hex digest of the body, absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
    /// The client's `x-shiftdeck-lane`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// Which key asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<&'static str>,
    /// The status answered, or that would have been.
    pub status: u16,
    /// `answered`, or the fault that struck.
    pub outcome: String,
    /// Whether the request changed the world.
    pub effect: bool,
}

/// The last requests.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Log {
    /// Adds an entry; its number is given here.
    pub fn add(&mut self, entry: Entry) {
        self.last += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { seq: self.last, path: without_addresses(&entry.path), ..entry });
    }

    /// The entries after number `seq`.
    pub fn since(&self, seq: u64) -> Vec<Entry> {
        self.entries.iter().filter(|entry| entry.seq > seq).cloned().collect()
    }
}

fn without_addresses(path: &str) -> String {
    for name in ["/email=", "/phone="] {
        if let Some(at) = path.find(name) {
            return format!("{}…", &path[..at + name.len()]);
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_forgets_the_oldest_and_never_keeps_an_address() {
        let entry = Entry {
            seq: 0,
            at: String::new(),
            method: "GET".into(),
            path: "/v1/customers/email=mara@quill.example".into(),
            query: String::new(),
            body_sha256: None,
            lane: None,
            key_name: None,
            status: 200,
            outcome: "answered".into(),
            effect: false,
        };
        let mut log = Log::default();
        for _ in 0..KEPT + 5 {
            log.add(entry.clone());
        }
        assert_eq!(log.since(0).len(), KEPT);
        let last = log.since(KEPT as u64 + 4);
        assert_eq!((last[0].seq, last[0].path.as_str()), (KEPT as u64 + 5, "/v1/customers/email=…"));
    }
}
