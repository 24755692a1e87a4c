//! Owns the report one shift leaves the next: made from the trail alone, so that every line can name the entries it rests
//! on. Holds no customer's data but their ids. Reads no store and asks no desk; what a desk told of bulk jobs is handed in.

mod tally;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::Entry;
use tally::{Vigil, people, vigil};

/// How many entries a line names before it says how many more there are.
const NAMED: usize = 12;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// From when.
    pub since: String,
    /// Until when.
    pub until: String,
    /// The desks it is about, by base URL.
    pub desks: Vec<String>,
    /// The trail's last record when this was made, for `audit verify --expect`.
    pub head: Option<String>,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What is said when there is nothing.
    pub none: &'static str,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line, with the entries it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// In words.
    pub words: String,
    /// The entries' numbers.
    pub entries: Vec<u64>,
}

impl Line {
    fn new(words: String, entries: impl IntoIterator<Item = u64>) -> Self {
        Self { words, entries: entries.into_iter().collect() }
    }

    /// The line with its entries as they are linked: `#12 #14`.
    pub fn linked(&self) -> String {
        let named: Vec<String> = self.entries.iter().take(NAMED).map(|seq| format!("#{seq}")).collect();
        let more = self.entries.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{} ({}{more})", self.words, named.join(" "))
    }
}

/// How a bulk job stands at the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Items it did.
    pub done: u64,
    /// Items it could not do.
    pub failed: u64,
    /// Whether it goes on.
    pub runs: bool,
}

/// Jobs by id, as far as a desk was asked.
pub type Jobs = BTreeMap<String, Job>;

/// What stands around the entries of a shift.
struct Shift<'a> {
    /// Entries of the period, the oldest first.
    entries: Vec<&'a Entry>,
    /// How what was approved ended, by the entry it is about; of the whole trail.
    ends: HashMap<u64, &'a Entry>,
    jobs: &'a Jobs,
    all: &'a [Entry],
}

impl Handover {
    /// The report over `all` entries of the trail (oldest first) for what happened from `since` on.
    pub fn of(all: &[Entry], since: Timestamp, until: Timestamp, jobs: &Jobs) -> Self {
        let within = |entry: &&Entry| entry.at.parse().is_ok_and(|at: Timestamp| at >= since && at <= until);
        let shift = Shift {
            entries: all.iter().filter(within).collect(),
            ends: all.iter().filter(|entry| entry.about > 0).map(|entry| (entry.about, entry)).collect(),
            jobs,
            all,
        };
        let mut desks: Vec<String> = shift.entries.iter().map(|entry| entry.org.clone()).collect();
        desks.sort();
        desks.dedup();
        Self { since: moment(since), until: moment(until), desks, head: None, sections: shift.sections() }
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# Shift handover\n\n{} to {} (UTC)\n", self.since, self.until);
        if !self.desks.is_empty() {
            text.push_str(&format!("Desk: {}\n", self.desks.join(", ")));
        }
        text.push_str("Numbers with # are entries of the audit trail: `shiftdeck audit list --entry 12` shows #12.\n");
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n\n", section.title));
            if section.lines.is_empty() {
                text.push_str(&format!("{}\n", section.none));
            }
            for line in &section.lines {
                text.push_str(&format!("- {}\n", escaped(&line.linked())));
            }
        }
        if let Some(head) = &self.head {
            text.push_str(&format!(
                "\nThe trail ended with this record when the report was made; keep it, and a cut or rewritten trail will \
                 show:\n`shiftdeck audit verify --expect {head}`\n"
            ));
        }
        text
    }
}

/// Names and reasons others wrote must not become links, pictures or HTML in the report.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '[' | ']' | '<' | '>' | '`' | '*' | '_' | '|' | '\\' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Shift<'_> {
    fn sections(&self) -> Vec<Section> {
        let section = |title, none, lines| Section { title, none, lines };
        vec![
            section("Needs somebody now", "Nothing is left open.", self.open()),
            section("Unmasking windows", "None was opened.", self.windows()),
            section("Bulk jobs", "None was started.", self.bulk()),
            section("Drafts left waiting", "None that was made here waits.", self.drafts()),
            section("Refused", "Nothing was refused.", self.told(&["refused"])),
            section("Failed", "Nothing failed.", self.told(&["failed"])),
            section("Approved and done", "Nothing was done.", self.done()),
            section("Who did what", "Nobody decided anything.", people(&self.entries)),
            section("Vigilance", "No canary was answered.", self.vigilance()),
        ]
    }

    fn end(&self, entry: &Entry) -> Option<&Entry> {
        self.ends.get(&entry.seq).copied()
    }

    fn of_event<'b>(&'b self, event: &'b str) -> impl Iterator<Item = &'b Entry> {
        self.entries.iter().copied().filter(move |entry| entry.event == event)
    }

    /// What nobody knows the end of, what waits for a second person, what stands open.
    fn open(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for entry in self.of_event("approved") {
            match self.end(entry) {
                None => lines.push(Line::new(
                    format!("{}: approved, and how it ended was never written down; look at the desk", what(entry)),
                    [entry.seq],
                )),
                Some(end) if end.event == "unknown" => lines.push(Line::new(
                    format!("{}: nobody knows whether it took effect{}; look at the desk", what(entry), because(end)),
                    [entry.seq, end.seq],
                )),
                Some(_) => {}
            }
        }
        for entry in self.of_event("first yes") {
            let is_answered = self.all.iter().any(|other| {
                other.proposal == entry.proposal && ["approved", "refused"].contains(&other.event.as_str())
            });
            if !is_answered {
                let words = format!("{}: {} said yes, a second person has to", what(entry), entry.who);
                lines.push(Line::new(words, [entry.seq]));
            }
        }
        for (opened, closed) in self.windows_paired() {
            if closed.is_none() {
                lines.push(Line::new(
                    format!("the unmasking window of customer {} may be open", opened.customer),
                    [opened.seq],
                ));
            }
        }
        lines
    }

    /// Windows opened in the period, each with what closed it.
    fn windows_paired(&self) -> Vec<(&Entry, Option<&Entry>)> {
        let opened = self.of_event("approved").filter(|entry| entry.effect == "unmask");
        let opened = opened.filter(|entry| self.end(entry).is_none_or(|end| end.event != "failed"));
        opened
            .map(|entry| {
                let closes = |other: &&Entry| {
                    other.event == "closed"
                        && other.seq > entry.seq
                        && other.customer == entry.customer
                        && other.org == entry.org
                };
                (entry, self.all.iter().find(closes))
            })
            .collect()
    }

    fn windows(&self) -> Vec<Line> {
        let line = |(opened, closed): (&Entry, Option<&Entry>)| {
            let end = closed.map_or_else(
                || "not closed from here".to_owned(),
                |closed| format!("closed {}{}", hour(closed), because(closed)),
            );
            let words =
                format!("{} {}: customer {}, {end}{}", hour(opened), opened.who, opened.customer, wanted(opened));
            Line::new(words, [opened.seq].into_iter().chain(closed.map(|closed| closed.seq)))
        };
        self.windows_paired().into_iter().map(line).collect()
    }

    fn bulk(&self) -> Vec<Line> {
        let line = |entry: &Entry| {
            let end = self.end(entry);
            let words = match end {
                None => "not ended".to_owned(),
                Some(end) if end.event == "done" => match self.jobs.get(&end.object) {
                    Some(Job { done, failed, runs: false }) => {
                        format!("{done} items done, {failed} failed (job {})", end.object)
                    }
                    Some(Job { done, failed, runs: true }) => {
                        format!("still running, {done} items done, {failed} failed (job {})", end.object)
                    }
                    None => format!("started; the desk was not asked how it ended (job {})", end.object),
                },
                Some(end) => format!("{}{}", end.event, because(end)),
            };
            let words = format!("{} {}: {} records, {}: {words}", hour(entry), entry.who, entry.count, entry.summary);
            Line::new(words, [entry.seq].into_iter().chain(end.map(|end| end.seq)))
        };
        self.of_event("approved").filter(|entry| entry.effect == "bulk").map(line).collect()
    }

    /// Drafts made here and neither sent nor deleted from here since.
    fn drafts(&self) -> Vec<Line> {
        let is_gone = |draft: &str| {
            let at = format!("/drafts/{draft}");
            let ended = |other: &&Entry| other.event == "done" && ["send", "delete"].contains(&other.effect.as_str());
            self.all.iter().filter(ended).any(|other| other.requests.iter().any(|request| request.ends_with(&at)))
        };
        let made = self.of_event("done").filter(|entry| entry.effect == "draft" && !entry.object.is_empty());
        let made = made.filter(|entry| entry.operation == "create a draft" && !is_gone(&entry.object));
        made.map(|entry| {
            let words =
                format!("{} draft {} for customer {}{}", hour(entry), entry.object, entry.customer, wanted(entry));
            Line::new(words, [entry.about, entry.seq])
        })
        .collect()
    }

    fn told(&self, events: &[&str]) -> Vec<Line> {
        let told = self.entries.iter().filter(|entry| events.contains(&entry.event.as_str()));
        told.map(|entry| {
            let words = format!("{} {}: {}{}{}", hour(entry), entry.who, what(entry), wanted(entry), because(entry));
            Line::new(words, [entry.about, entry.seq].into_iter().filter(|seq| *seq > 0))
        })
        .collect()
    }

    /// What was done, the same by the same in one line.
    fn done(&self) -> Vec<Line> {
        let mut alike: BTreeMap<(String, String, String), Vec<u64>> = BTreeMap::new();
        for entry in self.of_event("done").filter(|entry| !["bulk", "unmask"].contains(&entry.effect.as_str())) {
            let key = (entry.who.clone(), entry.operation.clone(), entry.author.clone());
            alike.entry(key).or_default().push(entry.about);
        }
        let line = |((who, operation, author), entries): ((String, String, String), Vec<u64>)| {
            let times = if entries.len() == 1 { String::new() } else { format!("{} times ", entries.len()) };
            let wanted = if author == "you" { String::new() } else { format!(", wanted by {author}") };
            Line::new(format!("{who}: {times}{operation}{wanted}"), entries)
        };
        alike.into_iter().map(line).collect()
    }

    fn vigilance(&self) -> Vec<Line> {
        let answered: Vec<&Entry> = self.entries.iter().copied().filter(|entry| !entry.canary.is_empty()).collect();
        let Some(Vigil { shown, caught, dwell }) = vigil(&answered) else { return Vec::new() };
        let all = answered.iter().map(|entry| entry.seq);
        let mut lines = vec![Line::new(format!("{caught} of {shown} canaries caught, looked at for {dwell}"), all)];
        lines.extend(answered.iter().filter(|entry| entry.event == "missed").map(|entry| {
            Line::new(format!("{} {}: missed, {}; nothing was sent", hour(entry), entry.who, entry.canary), [entry.seq])
        }));
        lines
    }
}

fn what(entry: &Entry) -> String {
    let what = if entry.summary.is_empty() { &entry.operation } else { &entry.summary };
    if entry.customer.is_empty() { what.clone() } else { format!("{what}, customer {}", entry.customer) }
}

fn because(entry: &Entry) -> String {
    if entry.reason.is_empty() { String::new() } else { format!(" ({})", entry.reason) }
}

fn wanted(entry: &Entry) -> String {
    if ["", "you"].contains(&entry.author.as_str()) { String::new() } else { format!(", wanted by {}", entry.author) }
}

fn hour(entry: &Entry) -> String {
    entry.at.get(11..16).unwrap_or("--:--").to_owned()
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Vigilance of a set of answered canaries, in figures: how many were shown and caught, and the middle time looked at.
pub fn vigilance(entries: &[&Entry]) -> Option<(usize, usize, String)> {
    vigil(entries).map(|Vigil { shown, caught, dwell }| (shown, caught, dwell))
}

#[cfg(test)]
mod tests;
