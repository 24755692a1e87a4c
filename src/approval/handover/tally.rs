//! Owns the counting for the handover report: who decided what, and how canaries were answered.

use std::collections::BTreeMap;

use super::Line;
use crate::approval::Entry;

/// How canaries were answered.
pub struct Vigil {
    /// How many were answered.
    pub shown: usize,
    /// How many were caught.
    pub caught: usize,
    /// How long the middle one was looked at, in words.
    pub dwell: String,
}

/// Counts the canaries among entries; `None` where there is none.
pub fn vigil(entries: &[&Entry]) -> Option<Vigil> {
    let answered: Vec<&&Entry> = entries.iter().filter(|entry| !entry.canary.is_empty()).collect();
    let mut dwells: Vec<u64> = answered.iter().map(|entry| entry.dwell_ms).collect();
    dwells.sort_unstable();
    let middle = *dwells.get(dwells.len() / 2)?;
    Some(Vigil {
        shown: answered.len(),
        caught: answered.iter().filter(|entry| entry.event == "caught").count(),
        dwell: format!("{}.{} s", middle / 1000, middle % 1000 / 100),
    })
}

/// A line for each who sat at a console: how often they decided what.
pub fn people(entries: &[&Entry]) -> Vec<Line> {
    const DECISIONS: [&str; 5] = ["approved", "first yes", "refused", "caught", "missed"];
    let mut people: BTreeMap<&str, (BTreeMap<&str, u64>, Vec<u64>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| DECISIONS.contains(&entry.event.as_str())) {
        let (counts, seqs) = people.entry(&entry.who).or_default();
        *counts.entry(&entry.event).or_default() += 1;
        seqs.push(entry.seq);
    }
    let line = |(who, (counts, seqs)): (&str, (BTreeMap<&str, u64>, Vec<u64>))| {
        let said = DECISIONS.iter().filter_map(|event| counts.get(event).map(|count| format!("{count} {event}")));
        Line { words: format!("{who}: {}", said.collect::<Vec<_>>().join(", ")), entries: seqs }
    };
    people.into_iter().map(line).collect()
}
