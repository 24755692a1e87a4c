//! Owns what a row needs of the desk: records it refers to, found by their keys, and the record it changes as it is now. Reads
//! in batches, remembers what it found, sends nothing. A table that needs none of that is settled without a request.

use std::collections::{HashMap, HashSet};

use super::{
    compare::compare,
    fields::{By, Fields, Target},
    form::{Formed, Refer},
    mapping::Mode,
    seen::Seen,
};
use crate::{
    bulk::{Fault, LeftOut, PlannedRow, Resource, Verb},
    kustomer::{KeyKind, Reader, changes::Record},
    privacy::{pii, text},
    transport::ApiError,
};

/// Keys whose records are remembered; beyond that memory begins anew.
const REMEMBERED: usize = 50_000;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// It is sent.
    Row(Box<PlannedRow>),
    /// It is not.
    LeftOut(LeftOut),
}

type Found = HashMap<(Target, By, String), Option<String>>;

/// Settles rows, window by window.
pub struct Settler<'a> {
    reader: &'a Reader,
    fields: &'a Fields,
    mode: Mode,
    found: Found,
    /// Fields that were not changed since only new records take them.
    passed: HashSet<String>,
    /// Rows that write over a value that is masked.
    over_masks: u64,
    /// Records earlier rows are about: one row may name its record by id, another the same one by external id.
    seen: Seen,
}

impl<'a> Settler<'a> {
    /// Settles rows of these fields.
    pub fn new(reader: &'a Reader, fields: &'a Fields, mode: Mode) -> Self {
        Self { reader, fields, mode, found: HashMap::new(), passed: HashSet::new(), over_masks: 0, seen: Seen::new() }
    }

    /// What a person should know of the rows so far.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.over_masks > 0 {
            warnings.push(format!(
                "{} rows write over values that are masked: they could not be compared, and cannot be put back.",
                self.over_masks
            ));
        }
        if !self.passed.is_empty() {
            let mut fields: Vec<&str> = self.passed.iter().map(String::as_str).collect();
            fields.sort_unstable();
            warnings.push(format!(
                "Only new records take {}: it stays as it is on those that are there.",
                fields.join(", ")
            ));
        }
        warnings
    }

    /// Settles some rows, in their order.
    ///
    /// # Errors
    /// When the desk cannot be asked.
    pub async fn settle(&mut self, rows: Vec<Formed>) -> Result<Vec<(Formed, Settled)>, ApiError> {
        self.look_up(&rows).await?;
        let current = self.current(&rows).await?;
        let mut settled = Vec::with_capacity(rows.len());
        for (mut row, record) in rows.into_iter().zip(current) {
            self.refer(&mut row);
            let outcome = if row.faults.is_empty() {
                self.outcome(&row, record)
            } else {
                Settled::LeftOut(LeftOut::Invalid(row.faults.clone()))
            };
            settled.push((row, outcome));
        }
        Ok(settled)
    }

    /// Finds what rows refer to and is not known yet.
    async fn look_up(&mut self, rows: &[Formed]) -> Result<(), ApiError> {
        if self.found.len() > REMEMBERED {
            self.found.clear();
        }
        let mut wanted: HashMap<(Target, By), Vec<String>> = HashMap::new();
        let mut seen = HashSet::new();
        for refer in rows.iter().filter(|row| row.faults.is_empty()).flat_map(|row| &row.refers) {
            let known = (refer.target, refer.by, refer.key.clone());
            if !self.found.contains_key(&known) && seen.insert(known) {
                wanted.entry((refer.target, refer.by)).or_default().push(refer.key.clone());
            }
        }
        for ((target, by), keys) in wanted {
            let ids: Vec<(String, Option<String>)> = match target {
                Target::Customer => {
                    let kind = match by {
                        By::ExternalId => KeyKind::ExternalId,
                        By::Email => KeyKind::Email,
                        By::Phone => KeyKind::Phone,
                    };
                    let found = self.reader.resolve_customers(kind, &keys).await?;
                    found.into_iter().map(|(key, id)| (key, id.map(|id| id.as_str().to_owned()))).collect()
                }
                Target::Company => self.by_external_id(&Resource::Companies, keys).await?,
                Target::Conversation => self.by_external_id(&Resource::Conversations, keys).await?,
            };
            self.found.extend(ids.into_iter().map(|(key, id)| ((target, by, key), id)));
        }
        Ok(())
    }

    async fn by_external_id(
        &self,
        resource: &Resource,
        keys: Vec<String>,
    ) -> Result<Vec<(String, Option<String>)>, ApiError> {
        let paths = keys.iter().filter_map(|key| resource.by_external_id(key)).collect();
        let records = self.reader.records(paths).await?;
        Ok(keys
            .into_iter()
            .zip(records.into_iter().map(|record| record.map(|record| record.id().to_owned())))
            .collect())
    }

    /// The records rows are about, as they are now. A row with faults is not asked for.
    async fn current(&self, rows: &[Formed]) -> Result<Vec<Option<Record>>, ApiError> {
        let mut all: Vec<Option<Record>> = rows.iter().map(|_| None).collect();
        if self.mode == Mode::Create {
            return Ok(all);
        }
        let (mut places, mut paths) = (Vec::new(), Vec::new());
        for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.faults.is_empty()) {
            let by_id = row.id.as_deref().map(|id| self.fields.resource().by_id(id));
            let path = by_id.or_else(|| self.fields.resource().by_external_id(row.external_id.as_deref()?));
            if let Some(path) = path {
                places.push(place);
                paths.push(path);
            }
        }
        for (place, record) in places.into_iter().zip(self.reader.records(paths).await?) {
            all[place] = record;
        }
        Ok(all)
    }

    /// Puts the records a row refers to into its body.
    fn refer(&self, row: &mut Formed) {
        for Refer { target, by, key, column } in std::mem::take(&mut row.refers) {
            let known = (target, by, key);
            match self.found.get(&known) {
                Some(Some(id)) => drop(row.body.insert(target.word().to_owned(), id.as_str().into())),
                // Asked for only where the row has nothing else against it.
                None => {}
                Some(None) => {
                    let what = match by {
                        By::ExternalId => "external id",
                        By::Email => "e-mail address",
                        By::Phone => "phone number",
                    };
                    let shown = pii::redact(&text::line(&known.2).into_string());
                    row.fault(&column, &shown, format!("no {} has this {what}", target.word()));
                }
            }
        }
    }

    fn outcome(&mut self, row: &Formed, record: Option<Record>) -> Settled {
        // The first one would move the record from under the second.
        let first = record.as_ref().and_then(|record| self.seen.before("record", record.id(), row.number));
        if let Some(first) = first {
            let reason = format!("row {first} is about the same record");
            let fault = Fault { column: "the row".to_owned(), value: String::new(), reason };
            return Settled::LeftOut(LeftOut::Invalid(vec![fault]));
        }
        match (self.mode, record) {
            (Mode::Create, _) | (Mode::Upsert, None) => self.create(row),
            (Mode::Update | Mode::Upsert, Some(record)) => self.update(row, &record),
            (Mode::Delete, Some(record)) => {
                Settled::Row(Box::new(planned(row, Verb::Delete, Some(record.id().to_owned()), None)))
            }
            (Mode::Update | Mode::Delete, None) => {
                let column = if row.id.is_some() { "id" } else { "externalId" };
                let key = row.id.as_deref().or(row.external_id.as_deref()).unwrap_or_default();
                let value = pii::redact(&text::line(key).into_string());
                let reason = format!("none of the {} has it", self.fields.resource().words());
                Settled::LeftOut(LeftOut::Invalid(vec![Fault { column: column.to_owned(), value, reason }]))
            }
        }
    }

    fn create(&self, row: &Formed) -> Settled {
        if row.id.is_some() {
            let reason = "no record has this id, and a new one cannot be given one".to_owned();
            let fault = Fault { column: "id".to_owned(), value: row.id.clone().unwrap_or_default(), reason };
            return Settled::LeftOut(LeftOut::Invalid(vec![fault]));
        }
        let is_change_only = |name: &&String| self.fields.named(name).is_some_and(|at| !self.fields.get(at).create);
        if let Some(name) = row.body.keys().find(is_change_only) {
            let reason = "a new record cannot have it".to_owned();
            let fault = Fault { column: name.clone(), value: String::new(), reason };
            return Settled::LeftOut(LeftOut::Invalid(vec![fault]));
        }
        let mut planned = planned(row, Verb::Create, None, None);
        planned.external_id.clone_from(&row.external_id);
        planned.body.clone_from(&row.body);
        Settled::Row(Box::new(planned))
    }

    fn update(&mut self, row: &Formed, record: &Record) -> Settled {
        let mut wanted = row.body.clone();
        // With an id beside it, an external id is a field like any other.
        if let (Some(_), Some(external)) = (&row.id, &row.external_id) {
            wanted.insert("externalId".to_owned(), external.as_str().into());
        }
        let compared = compare(self.fields, &wanted, record);
        self.passed.extend(compared.passed);
        if !compared.faults.is_empty() {
            return Settled::LeftOut(LeftOut::Invalid(compared.faults));
        }
        if compared.body.is_empty() {
            return Settled::LeftOut(LeftOut::Unchanged);
        }
        self.over_masks += u64::from(!compared.masked.is_empty());
        let rev = record.rev().filter(|_| self.fields.resource().has_rev());
        let planned = planned(row, Verb::Update, Some(record.id().to_owned()), rev);
        let (body, before, masked) = (compared.body, compared.before, compared.masked);
        Settled::Row(Box::new(PlannedRow { body, before, masked, ..planned }))
    }
}

fn planned(row: &Formed, verb: Verb, id: Option<String>, rev: Option<u64>) -> PlannedRow {
    PlannedRow {
        number: row.number,
        reference: row.reference(),
        verb,
        id,
        external_id: row.external_id.clone(),
        body: serde_json::Map::new(),
        before: serde_json::Map::new(),
        masked: Vec::new(),
        rev,
    }
}
