//! Owns the evidence: what the desk was asked, in order, and whether it changed anything. Checks that promise "nothing was
//! sent without a yes" read it.
//!
//! Invariant: bounded, and without personal data. Bodies are kept as digests; addresses in a path or a query are cut.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

const KEPT: usize = 20_000;
/// Lanes counted by their own name; a client that makes up more of them has the others counted together.
const LANES: usize = 16;

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
    /// The query string, without addresses.
    pub query: String,
    /// Hex digest of the body, absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
    /// Size of the body in bytes.
    pub body_bytes: usize,
    /// The client's `x-shiftdeck-lane`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// Which key asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<&'static str>,
    /// The status answered, or that would have been.
    pub status: u16,
    /// How long it took by the desk's clock, latency and delays included, to the answer's head.
    pub duration_ms: u64,
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
    counts: BTreeMap<String, Count>,
}

/// What one lane asked for since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All requests.
    pub requests: u64,
    /// Those answered 429, whatever the reason.
    pub too_many: u64,
    /// Those that changed the world.
    pub effects: u64,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those after this number.
    pub since: u64,
    /// At most so many, the oldest first.
    pub limit: Option<usize>,
    /// Only those that changed the world, or only those that did not.
    pub effect: Option<bool>,
}

impl Log {
    /// Adds an entry; its number is given here.
    pub fn add(&mut self, entry: Entry) {
        self.last += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.count(&entry);
        let (path, query) = (cut_path(&entry.path), cut_query(&entry.query));
        self.entries.push_back(Entry { seq: self.last, path, query, ..entry });
    }

    fn count(&mut self, entry: &Entry) {
        let lane = entry.lane.as_deref().unwrap_or("none");
        let is_known = self.counts.contains_key(lane) || self.counts.len() < LANES;
        let count = self.counts.entry(if is_known { lane } else { "other" }.to_owned()).or_default();
        count.requests += 1;
        count.too_many += u64::from(entry.status == 429);
        count.effects += u64::from(entry.effect);
    }

    /// What each lane asked for since the start; `none` said no lane.
    pub fn counts(&self) -> &BTreeMap<String, Count> {
        &self.counts
    }

    /// The entries wanted, the oldest first.
    pub fn read(&self, wanted: Wanted) -> Vec<Entry> {
        let fits = |entry: &&Entry| wanted.effect.is_none_or(|effect| entry.effect == effect);
        let after = self.entries.partition_point(|entry| entry.seq <= wanted.since);
        self.entries.range(after..).filter(fits).take(wanted.limit.unwrap_or(KEPT)).cloned().collect()
    }
}

/// Whether text from a URL could be somebody's address.
fn is_address(text: &str) -> bool {
    text.contains('@') || text.to_ascii_lowercase().contains("%40")
}

fn cut_path(path: &str) -> String {
    let cut = |segment: &str| match segment.split_once('=') {
        Some((name, _)) if ["email", "phone"].contains(&name) => format!("{name}=…"),
        _ if is_address(segment) => "…".to_owned(),
        _ => segment.to_owned(),
    };
    path.split('/').map(cut).collect::<Vec<_>>().join("/")
}

fn cut_query(query: &str) -> String {
    let cut = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if is_address(value) || ["email", "phone"].contains(&name) => format!("{name}=…"),
        None if is_address(pair) => "…".to_owned(),
        _ => pair.to_owned(),
    };
    query.split('&').map(cut).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            seq: 0,
            at: String::new(),
            method: "GET".into(),
            path: "/v1/customers/email=mara@quill.example".into(),
            query: "page=1&email=mara%40quill.example&filter=mara%40quill.example".into(),
            body_sha256: None,
            body_bytes: 0,
            lane: None,
            key_name: None,
            status: 200,
            duration_ms: 0,
            outcome: "answered".into(),
            effect: false,
        }
    }

    #[test]
    fn the_log_forgets_the_oldest_and_never_keeps_an_address() {
        let mut log = Log::default();
        for _ in 0..KEPT + 5 {
            log.add(entry());
        }
        let since = |since| Wanted { since, ..Wanted::default() };
        assert_eq!(log.read(since(0)).len(), KEPT);
        let last = log.read(since(KEPT as u64 + 4));
        assert_eq!((last[0].seq, last[0].path.as_str()), (KEPT as u64 + 5, "/v1/customers/email=…"));
        assert_eq!(last[0].query, "page=1&email=…&filter=…");
    }

    #[test]
    fn entries_are_chosen_by_effect_and_lanes_are_counted_in_bounded_space() {
        let mut log = Log::default();
        for number in 0..40 {
            log.add(Entry { effect: number % 4 == 0, status: 429, lane: Some(format!("lane {number}")), ..entry() });
        }
        let wanted = Wanted { since: 1, limit: Some(2), effect: Some(true) };
        assert_eq!(log.read(wanted).iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5, 9]);
        assert_eq!(log.counts().len(), LANES + 1);
        assert_eq!(log.counts()["other"].too_many, 40 - LANES as u64);
    }
}
