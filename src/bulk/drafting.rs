//! Owns the drafting of a plan: rows come one by one and are on disk, sealed, batch by batch; no more than three batches are
//! in memory at a time. Does not judge rows beyond what no desk could take.

use std::path::Path;

use jiff::Timestamp;

use super::{
    BATCH, Counts, LeftOut, LeftOutRow, Plan, PlanError, PlanId, PlannedRow, Resource, Verb,
    plan::{Head, Wired, left_out_name, rows_name},
};
use crate::{
    approval::Digest,
    privacy::{Seal, pii, text},
    store::{BatchRow, JobFile},
};

/// Bytes of one call at most: what a hundred usual rows take many times over.
const MOST_BYTES: usize = 900_000;
/// Rows whose difference a card shows.
const SAMPLE: usize = 5;

/// A plan that is being drafted. Dropped before [`Self::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Drafting {
    file: Option<JobFile>,
    seal: Seal,
    head: Head,
    open: [Open; 3],
    left_out: Vec<LeftOutRow>,
    left_out_pages: u64,
    left_out_rows: u64,
    wires: Vec<Digest>,
    rows: u64,
}

/// Rows of one verb that wait for their batch to be full.
#[derive(Debug, Default)]
struct Open {
    rows: Vec<PlannedRow>,
    bytes: usize,
}

impl Drafting {
    /// Begins a plan in the folder of jobs, for the desk at `org`. `source` says in words where the rows come from; personal
    /// values are taken out of it.
    ///
    /// # Errors
    /// When the plan's file cannot be made.
    pub fn begin(
        folder: &Path,
        seal: &Seal,
        org: &str,
        id: PlanId,
        resource: Resource,
        source: &str,
        now: Timestamp,
    ) -> Result<Self, PlanError> {
        let file = JobFile::draft(folder, id.as_str())?;
        let source = text::line(&pii::redact(source)).into_string();
        let head = Head::new(id, org, resource, source, now);
        Ok(Self {
            file: Some(file),
            seal: seal.clone(),
            head,
            open: Default::default(),
            left_out: Vec::new(),
            left_out_pages: 0,
            left_out_rows: 0,
            wires: Vec::new(),
            rows: 0,
        })
    }

    /// The plan's name.
    pub fn id(&self) -> &PlanId {
        &self.head.id
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.head.counts
    }

    /// Takes a row that will be sent. One that makes a record and has no id of the org's gets one of ours.
    ///
    /// # Errors
    /// [`PlanError::Verb`] for what the API has no call for, [`PlanError::NoRecord`] for a change of no record;
    /// else when it cannot be written.
    pub fn row(&mut self, mut row: PlannedRow) -> Result<(), PlanError> {
        if !self.head.resource.allows(row.verb) {
            return Err(PlanError::Verb { verb: row.verb, resource: self.head.resource.words() });
        }
        if row.verb == Verb::Create {
            row.external_id.get_or_insert_with(|| self.head.id.external(row.number));
        }
        self.take(row)
    }

    /// Takes a row as it is: it was approved before it became one of a plan.
    pub(super) fn take(&mut self, row: PlannedRow) -> Result<(), PlanError> {
        if row.verb != Verb::Create && row.id.as_deref().is_none_or(str::is_empty) {
            return Err(PlanError::NoRecord { number: row.number });
        }
        let bytes = row.item().to_string().len();
        let open = &mut self.open[row.verb as usize];
        if open.bytes + bytes > MOST_BYTES && !open.rows.is_empty() {
            self.close(row.verb)?;
        }
        self.head.counts.add(row.verb);
        self.head.wish(&row);
        if self.head.sample.len() < SAMPLE {
            self.head.sample.push(row.clone());
        }
        let open = &mut self.open[row.verb as usize];
        open.bytes += bytes;
        let verb = row.verb;
        open.rows.push(row);
        if open.rows.len() == BATCH { self.close(verb) } else { Ok(()) }
    }

    /// Takes a row that will not be sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn left_out(&mut self, number: u64, reference: &str, why: LeftOut) -> Result<(), PlanError> {
        self.head.counts.add_left_out(&why);
        self.left_out.push(LeftOutRow { number, reference: reference.to_owned(), why });
        if self.left_out.len() == BATCH { self.close_left_out() } else { Ok(()) }
    }

    /// Ends every batch where it stands.
    pub(super) fn cut(&mut self) -> Result<(), PlanError> {
        Verb::ALL.into_iter().try_for_each(|verb| self.close(verb))
    }

    fn close(&mut self, verb: Verb) -> Result<(), PlanError> {
        let Open { rows, .. } = std::mem::take(&mut self.open[verb as usize]);
        if rows.is_empty() {
            return Ok(());
        }
        let digest = Wired::of(&self.head.resource, verb, &rows).digest();
        let n = self.wires.len() as u64;
        let batch = BatchRow {
            n,
            verb: verb.word().to_owned(),
            first: self.rows,
            rows: rows.len() as u64,
            digest: digest.to_string(),
            ..BatchRow::default()
        };
        let bytes = serde_json::to_vec(&rows).map_err(|_| PlanError::Unreadable)?;
        let sealed = self.seal.close_bytes(&rows_name(&self.head.id, n), &bytes).ok_or(PlanError::NoKey)?;
        self.file().add_batch(&batch, &sealed)?;
        self.wires.push(digest);
        self.head.called(verb, rows.len() as u64);
        self.rows += rows.len() as u64;
        Ok(())
    }

    fn close_left_out(&mut self) -> Result<(), PlanError> {
        let rows = std::mem::take(&mut self.left_out);
        if rows.is_empty() {
            return Ok(());
        }
        let (n, first) = (self.left_out_pages, self.left_out_rows);
        let bytes = serde_json::to_vec(&rows).map_err(|_| PlanError::Unreadable)?;
        let sealed = self.seal.close_bytes(&left_out_name(&self.head.id, first), &bytes).ok_or(PlanError::NoKey)?;
        self.file().add_left_out(n, first, rows.len() as u64, &sealed)?;
        self.left_out_pages += 1;
        self.left_out_rows += rows.len() as u64;
        Ok(())
    }

    /// Says what cannot be undone, or what else a person should know first; shown on the card.
    pub fn warn(&mut self, words: String) {
        if !self.head.warnings.contains(&words) {
            self.head.warnings.push(words);
        }
    }

    /// What the plan is called in lists, without personal values; else its counts tell.
    pub(super) fn titled(&mut self, words: &str) {
        self.head.title = Some(text::line(&pii::redact(words)).into_string());
    }

    /// Says which plan this one retries or undoes.
    pub fn follows(&mut self, id: &PlanId) {
        self.head.follows = Some(id.clone());
    }

    /// Writes the rest; the plan is on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Plan, PlanError> {
        self.cut()?;
        self.close_left_out()?;
        self.head.seal(&self.wires);
        let name = self.head.id.to_string();
        let words = serde_json::to_string(&self.head).map_err(|_| PlanError::Unreadable)?;
        let sealed = self.seal.close(&name, &words).ok_or(PlanError::NoKey)?;
        let file = self.file();
        // What tells a listing about the plan holds no value of a customer's; the rest of the head does, in its sample.
        file.say("org", &self.head.org)?;
        file.say("head", &sealed)?;
        file.drafted()?;
        let file = self.file.take().ok_or(PlanError::Unreadable)?;
        Ok(Plan::new(file, self.seal.clone(), self.head.clone()))
    }

    fn file(&self) -> &JobFile {
        self.file.as_ref().expect("taken by `finish` alone, which ends the drafting")
    }
}

impl Drop for Drafting {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            file.remove();
        }
    }
}
