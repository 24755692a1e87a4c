//! Owns a plan as it lies on disk: its head, its batches, the pages a person reads it by, and the change it asks a person
//! for. Immutable once drafted; how far it was run stands beside it in the same file (`engine`).

use std::{fmt, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Counts, LeftOutRow, PlannedRow, Resource, Verb};
use crate::{
    approval::{Calls, Change, ChangeParts, Digest, Effect, Manifest, Operation, Sampled, Subject, wire},
    kustomer::path::segment,
    privacy::Seal,
    store::{JobFile, StoreError},
    transport::Method,
};

/// Names a plan, and the job that runs it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(String);

impl PlanId {
    /// A name nobody had before.
    pub fn new() -> Self {
        let id = Uuid::now_v7().simple().to_string();
        // The tail is chance, the head time: twelve digits of chance are short enough to type.
        Self(format!("j{}", &id[20..]))
    }

    /// Reads a name; `None` for what cannot be one. A name is a file's.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('j')?;
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (digits.len() == 12 && digits.chars().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The org's own id of a record that a row makes: the same whenever it is asked.
    pub fn external(&self, number: u64) -> String {
        format!("sd-{}-{number}", self.0)
    }
}

impl Default for PlanId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanId({})", self.0)
    }
}

/// Why there is no plan, or no page of it.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file of the plan could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to seal rows with.
    #[error("rows are sealed with the desk's API key, and there is none; run `shiftdeck login`")]
    NoKey,
    /// It was drafted under another key, or changed.
    #[error(
        "the plan cannot be read: it was drafted under another API key or for another desk, or its file was changed"
    )]
    Unreadable,
    /// The API has no such call.
    #[error("{resource} cannot be {verb}d in bulk: Kustomer has no such call", verb = verb.word())]
    Verb {
        /// What was wanted.
        verb: Verb,
        /// Of what.
        resource: String,
    },
    /// A change of no record.
    #[error("row {number} changes a record and names none")]
    NoRecord {
        /// Which row.
        number: u64,
    },
}

/// What is said once of a plan. Sealed on disk: its sample holds customers' values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub id: PlanId,
    pub org: String,
    pub resource: Resource,
    pub source: String,
    pub drafted: Timestamp,
    pub counts: Counts,
    pub calls: Vec<(Verb, u64, u64)>,
    pub batches: u64,
    digest: String,
    wish: String,
    pub sample: Vec<PlannedRow>,
    pub warnings: Vec<String>,
    pub follows: Option<PlanId>,
    pub title: Option<String>,
}

impl Head {
    pub(super) fn new(id: PlanId, org: &str, resource: Resource, source: String, drafted: Timestamp) -> Self {
        Self {
            id,
            org: org.to_owned(),
            resource,
            source,
            drafted,
            counts: Counts::default(),
            calls: Vec::new(),
            batches: 0,
            digest: String::new(),
            wish: Digest::of([]).to_string(),
            sample: Vec::new(),
            warnings: Vec::new(),
            follows: None,
            title: None,
        }
    }

    /// Takes a row into what is asked for, without references of our own: the same rows planned again are the same wish.
    pub(super) fn wish(&mut self, row: &PlannedRow) {
        let ours = self.id.external(row.number);
        let external = row.external_id.as_deref().filter(|id| *id != ours).unwrap_or_default();
        let body = serde_json::to_vec(&row.body).unwrap_or_default();
        let id = row.id.as_deref().unwrap_or_default();
        let fed = [self.wish.as_bytes(), row.verb.word().as_bytes(), id.as_bytes(), external.as_bytes(), &body];
        self.wish = Digest::of(fed).to_string();
    }

    /// A batch of so many rows was closed.
    pub(super) fn called(&mut self, verb: Verb, rows: u64) {
        match self.calls.iter_mut().find(|(known, ..)| *known == verb) {
            Some((_, records, requests)) => {
                *records += rows;
                *requests += 1;
            }
            None => self.calls.push((verb, rows, 1)),
        }
        self.calls.sort_by_key(|(verb, ..)| *verb);
        self.batches += 1;
    }

    pub(super) fn seal(&mut self, wires: &[Digest]) {
        self.digest = Digest::of(wires.iter().map(Digest::bytes)).to_string();
    }
}

/// Method, path and body of a batch's call.
pub(super) struct Wired {
    pub method: Method,
    pub path: String,
    pub body: Option<Vec<u8>>,
}

impl Wired {
    /// The call of these rows.
    pub(super) fn of(resource: &Resource, verb: Verb, rows: &[PlannedRow]) -> Self {
        let path = resource.bulk_path();
        if verb == Verb::Delete {
            let ids: Vec<String> = rows.iter().filter_map(|row| row.id.as_deref()).map(segment).collect();
            return Self { method: Method::Delete, path: format!("{path}?ids={}", ids.join(",")), body: None };
        }
        let items = Value::Array(rows.iter().map(PlannedRow::item).collect());
        Self { method: verb.method(), path, body: Some(items.to_string().into_bytes()) }
    }

    /// Its digest on the wire.
    pub(super) fn digest(&self) -> Digest {
        wire(self.method, &self.path, self.body.as_deref())
    }
}

pub(super) fn rows_name(id: &PlanId, batch: u64) -> String {
    format!("{id}/rows/{batch}")
}

pub(super) fn left_out_name(id: &PlanId, first: u64) -> String {
    format!("{id}/left-out/{first}")
}

/// A page of what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// How many stand before it.
    pub from: u64,
    /// How many there are in all.
    pub of: u64,
    /// What stands on it.
    pub rows: Vec<T>,
}

/// A row as the preview lists it: what is sent, or why not.
#[derive(Clone, Debug, PartialEq)]
pub enum Previewed {
    /// It is sent.
    Sent(PlannedRow),
    /// It is left out.
    LeftOut(LeftOutRow),
}

/// A plan. Clones share one file.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) file: JobFile,
    pub(super) seal: Seal,
    pub(super) head: Head,
}

impl Plan {
    pub(super) fn new(file: JobFile, seal: Seal, head: Head) -> Self {
        Self { file, seal, head }
    }

    /// Opens the plan of this name in the folder of jobs.
    ///
    /// # Errors
    /// When there is none, or it cannot be read with this seal.
    pub fn open(folder: &Path, seal: &Seal, id: &PlanId) -> Result<Self, PlanError> {
        let file = JobFile::open(folder, id.as_str())?;
        let sealed = file.said("head")?.ok_or(PlanError::Unreadable)?;
        let words = seal.open(id.as_str(), &sealed).ok_or(PlanError::Unreadable)?;
        let head: Head = serde_json::from_str(&words).map_err(|_| PlanError::Unreadable)?;
        if head.id != *id {
            return Err(PlanError::Unreadable);
        }
        Ok(Self::new(file, seal.clone(), head))
    }

    /// The plans in a folder that can be read with this seal, newest first.
    pub fn list(folder: &Path, seal: &Seal) -> Vec<Self> {
        let ids = JobFile::names(folder).into_iter().filter_map(|name| PlanId::parse(&name));
        let mut plans: Vec<Self> = ids.filter_map(|id| Self::open(folder, seal, &id).ok()).collect();
        plans.sort_by_key(|plan| std::cmp::Reverse(plan.head.drafted));
        plans
    }

    /// Its name.
    pub fn id(&self) -> &PlanId {
        &self.head.id
    }

    /// The desk it is for.
    pub fn org(&self) -> &str {
        &self.head.org
    }

    /// What it works on.
    pub fn resource(&self) -> &Resource {
        &self.head.resource
    }

    /// Where its rows come from, in words.
    pub fn source(&self) -> &str {
        &self.head.source
    }

    /// When it was drafted.
    pub fn drafted(&self) -> Timestamp {
        self.head.drafted
    }

    /// The plan it retries or undoes.
    pub fn follows(&self) -> Option<&PlanId> {
        self.head.follows.as_ref()
    }

    /// The counts.
    pub fn counts(&self) -> Counts {
        self.head.counts
    }

    /// How many batches, which is how many requests, running it takes.
    pub fn batches(&self) -> u64 {
        self.head.batches
    }

    /// What cannot be undone, and what else a person should know first.
    pub fn warnings(&self) -> &[String] {
        &self.head.warnings
    }

    /// The first rows, as the card shows them.
    pub fn sample(&self) -> &[PlannedRow] {
        &self.head.sample
    }

    /// The digest of all that is sent: over resource, counts and the batches in order.
    pub fn digest(&self) -> Digest {
        self.manifest().digest()
    }

    /// Removes it from this disk.
    pub fn forget(self) {
        self.file.remove();
    }

    /// One line about it, without personal values.
    pub fn summary(&self) -> String {
        if let Some(title) = &self.head.title {
            return title.clone();
        }
        let verbs: Vec<String> =
            self.head.calls.iter().map(|(verb, records, _)| format!("{} {records}", verb.word())).collect();
        format!("{} {}", verbs.join(", "), self.head.resource)
    }

    /// The change it asks a person for. Reads no rows: what is sent is held by their digests.
    pub fn change(&self) -> Change {
        let counts = self.head.counts;
        let first = self.head.calls.first().map_or(Verb::Update, |(verb, ..)| *verb);
        let operation = match self.head.calls.as_slice() {
            [_] => self.head.resource.operation(first),
            _ => Operation::Listed { label: "bulk calls of a plan", words: "change records in bulk" },
        };
        let parts = ChangeParts {
            effect: if counts.delete > 0 { Effect::Delete } else { Effect::Bulk },
            operation,
            subject: Subject::default(),
            requests: Vec::new(),
            count: counts.sent(),
            summary: self.summary(),
            warnings: self.head.warnings.clone(),
            editable: None,
            before: Vec::new(),
        };
        Change::of_plan(parts, self.manifest())
    }

    /// The same, with how many minutes it takes where the desk allows so many calls a minute.
    pub fn change_at(&self, calls_a_minute: Option<u32>) -> Change {
        self.change().lasting(self.minutes(calls_a_minute))
    }

    /// How many minutes running it takes where the desk allows so many calls a minute.
    pub fn minutes(&self, calls_a_minute: Option<u32>) -> Option<u64> {
        // A batch is sent once and asked about once.
        let calls = self.batches().saturating_mul(2);
        calls_a_minute.filter(|limit| *limit > 0).map(|limit| calls.div_ceil(u64::from(limit)))
    }

    pub(super) fn manifest(&self) -> Manifest {
        let head = &self.head;
        let path = head.resource.bulk_path();
        let calls = head.calls.iter().map(|&(verb, records, requests)| Calls {
            method: verb.method(),
            path: path.clone(),
            records,
            requests,
        });
        let counts = head.counts;
        let digest = |hex: &str| Digest::parse(hex).unwrap_or_else(|| Digest::of([]));
        Manifest {
            plan: head.id.to_string(),
            source: head.source.clone(),
            resource: head.resource.words(),
            calls: calls.collect(),
            left_out: [counts.unchanged, counts.skipped, counts.invalid],
            batches: digest(&head.digest),
            wish: digest(&head.wish),
            sample: head.sample.iter().map(sampled).collect(),
            minutes: None,
        }
    }

    /// The rows that are sent, `limit` of them from `from` on, in the order they are sent.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows(&self, from: u64, limit: usize) -> Result<Page<PlannedRow>, PlanError> {
        let mut rows = Vec::new();
        let mut batch = self.file.batch_of(from)?;
        while let Some(n) = batch.filter(|_| rows.len() < limit) {
            let Some(row) = self.file.batches(n, 1)?.pop().filter(|row| row.n == n) else { break };
            let skip = usize::try_from(from.saturating_sub(row.first)).unwrap_or(usize::MAX);
            rows.extend(self.rows_of(n)?.into_iter().skip(skip).take(limit - rows.len()));
            batch = Some(n + 1);
        }
        Ok(Page { from, of: self.head.counts.sent(), rows })
    }

    /// The rows of one batch.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows_of(&self, batch: u64) -> Result<Vec<PlannedRow>, PlanError> {
        let sealed = self.file.sealed_rows(batch)?.ok_or(PlanError::Unreadable)?;
        let bytes = self.seal.open_bytes(&rows_name(self.id(), batch), sealed).ok_or(PlanError::Unreadable)?;
        serde_json::from_slice(&bytes).map_err(|_| PlanError::Unreadable)
    }

    /// The rows that are left out, `limit` of them from `from` on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn left_outs(&self, from: u64, limit: usize) -> Result<Page<LeftOutRow>, PlanError> {
        let mut rows: Vec<LeftOutRow> = Vec::new();
        while rows.len() < limit {
            let at = from + rows.len() as u64;
            let Some((first, sealed)) = self.file.sealed_left_out(at)? else { break };
            let name = left_out_name(self.id(), first);
            let bytes = self.seal.open_bytes(&name, sealed).ok_or(PlanError::Unreadable)?;
            let page: Vec<LeftOutRow> = serde_json::from_slice(&bytes).map_err(|_| PlanError::Unreadable)?;
            let skip = usize::try_from(at - first).unwrap_or(usize::MAX);
            rows.extend(page.into_iter().skip(skip).take(limit - rows.len()));
        }
        Ok(Page { from, of: self.head.counts.left_out(), rows })
    }
}

fn sampled(row: &PlannedRow) -> Sampled {
    Sampled {
        name: format!("row {} · {}", row.number, row.reference),
        verb: row.verb.word(),
        before: row.before.clone(),
        after: row.body.clone(),
        masked: row.masked.clone(),
    }
}

#[cfg(test)]
mod tests;
