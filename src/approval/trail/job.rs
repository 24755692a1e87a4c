//! Owns the trail of a bulk plan: its approval is written down with the plan's name and digest, and a run that was cut off
//! goes on under that same entry. The one road by which a ticket is had without a new yes, and therefore a narrow one: the
//! whole chain must hold, the entry must be an approval of this desk for exactly this plan, and it must have no end yet.

use std::collections::BTreeSet;

use super::{Approved, Change, Digest, Entry, Manifest, Ticket, Trail, TrailError};
use crate::{approval::verify, store::evidence};

impl Trail {
    /// [`Trail::begin`] for a plan whose rows lie on disk. `wires` are the digests of its batches as they will be sent, in
    /// order; they have to be those that were approved.
    ///
    /// # Errors
    /// [`TrailError`]; nothing was sent.
    pub fn begin_job(
        &self,
        approved: Approved<Change>,
        manifest: &Manifest,
        wires: Vec<Digest>,
    ) -> Result<(Change, Ticket), TrailError> {
        let is_it = match approved.change.manifest() {
            Some(shown) => shown.digest() == manifest.digest(),
            None => approved.change.wires() == wires,
        };
        if !is_it || !holds(manifest, &wires) {
            return Err(TrailError::Tampered);
        }
        self.write_down(approved, wires, Some(manifest))
    }

    /// The ticket of a plan whose run was cut off.
    ///
    /// # Errors
    /// [`TrailError::NotApproved`] when there is no open approval of exactly this plan in a trail that holds.
    pub fn reopen(&self, manifest: &Manifest, wires: Vec<Digest>) -> Result<Ticket, TrailError> {
        let evidence = evidence(self.store.folder())?;
        if !holds(manifest, &wires) || verify(&evidence, None).is_err() {
            return Err(TrailError::NotApproved);
        }
        let read = |row: &crate::store::Row| serde_json::from_slice::<Entry>(&row.entry).ok();
        let entries: Vec<Entry> = evidence.rows.iter().filter_map(read).collect();
        let ended: BTreeSet<u64> = entries.iter().map(|entry| entry.about).collect();
        let digest = manifest.digest().to_string();
        let is_it = |entry: &&Entry| {
            entry.event == "approved"
                && *entry.org == *self.org
                && entry.plan == manifest.plan
                && entry.plan_digest == digest
                && !ended.contains(&entry.seq)
        };
        let entry = entries.iter().find(is_it).ok_or(TrailError::NotApproved)?.clone();
        // What stands once, on the approval, is not repeated where it ends.
        let base = Entry {
            seal: String::new(),
            note: String::new(),
            edited: String::new(),
            because: String::new(),
            facts: None,
            ..entry.clone()
        };
        Ok(Ticket { about: entry.seq, base, wires })
    }
}

/// Whether these batches are what the manifest speaks of.
fn holds(manifest: &Manifest, wires: &[Digest]) -> bool {
    Digest::of(wires.iter().map(Digest::bytes)) == manifest.batches
}
