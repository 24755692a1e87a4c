//! Owns `POST /v1/customers/search`, which serves every kind of record (Kustomer API reference 9), and the archive's search
//! beside it: paging, sorting, what comes back. Reading the question is `parse`, judging a record is `eval`, the names are
//! `catalogue` and `archive`, what the index does not know yet is `lag`; `reach` says whose records can answer at all,
//! `scan` looks through those that are not in memory, at a `glance` where that is enough.
//!
//! Unverified in the reference and decided here: page 101 is a 400; only the 100-page limit is kept, not a second one by
//! rows. Saved searches (9.7) are not in the public reference and not simulated.

mod aggregate;
mod archive;
mod attributes;
mod catalogue;
mod eval;
mod glance;
mod lag;
mod parse;
mod reach;
mod scan;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    desk::Desk,
    doc::Doc,
    envelope,
    errors::Refusal,
    paging::{Page, Totals},
    seed::{self, ids},
    table::{Op, op},
    world::MOST_MADE,
};
use eval::{Eye, Judge};
pub use lag::Lag;
use parse::{Age, Question};
use reach::Reach;
use scan::{Found, Row};
pub use scan::{Scan, Scans};

const SEARCH: &str = "search.create search.update search_global.create search_preview.create";

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/customers/search", SEARCH, "admin.search.read user.search.read", standard),
    op("POST", "/v1/customers/archive/search", SEARCH, "admin.search.read user.search.read", archived),
];

const MOST_ROWS: usize = 500;
const MOST_PAGES: usize = 100;
/// Records that are counted for `aggs`.
const MOST_COUNTED: usize = 10_000;

fn standard(call: &mut Call) -> Answer {
    run(call, Age::Recent)
}

fn archived(call: &mut Call) -> Answer {
    run(call, Age::Archived)
}

/// Runs a search. In a world too large to look at whole the answer may want a [`Scan`] first: then the search is a 503 that
/// says so in [`Scans`], and is run again when the scan is made.
fn run(call: &mut Call, age: Age) -> Answer {
    let body = call.take_body();
    let klasses = catalogue::klasses(&call.desk.world);
    let question = Question::read(&body, &klasses, age)?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    if page.number > MOST_PAGES {
        return Err(Refusal::invalid("page", format!("must be at most {MOST_PAGES}")));
    }
    let Desk { world, scans, lag, .. } = &mut *call.desk;
    let (total, found) = seek(Eye { world, seen: &lag.look(call.now), now: call.now }, scans, &question)?;
    let mut answer = page.frame(call.path, &call.query, total, Totals::Told);
    answer["meta"]["aggregations"] = aggregations(call, &question, total, &found)?;
    answer["meta"]["timed_out"] = false.into();
    let view = call.view();
    let seen = call.desk.lag.look(call.now);
    let eye = Eye { world: view.world, seen: &seen, now: call.now };
    let ids_only = call.query.is_true("idsOnly");
    let fields: Vec<&str> = question.fields.iter().map(String::as_str).collect();
    let row = |doc: &Doc| match (ids_only, fields.is_empty()) {
        (true, _) => json!({ "type": envelope::type_of(doc), "id": doc.id }),
        (false, true) => view.resource(doc),
        (false, false) => view.resource_of(doc, &fields),
    };
    let kind = question.context.kind();
    let docs = page.cut(found.iter()).into_iter().filter_map(|found| eye.get(kind?, &found.id));
    let rows: Vec<Value> = docs.map(row).collect();
    answer.insert("data".into(), rows.into());
    call.desk.lag.searched();
    Ok(Reply::json(200, Value::Object(answer)))
}

fn aggregations(call: &Call, question: &Question, total: usize, found: &[Row]) -> Result<Value, Refusal> {
    if question.aggregations.is_empty() {
        return Ok(json!({}));
    }
    if total > MOST_COUNTED {
        return Err(Refusal::invalid("aggs", format!("are counted over at most {MOST_COUNTED} records")));
    }
    let seen = call.desk.lag.look(call.now);
    let eye = Eye { world: &call.desk.world, seen: &seen, now: call.now };
    let kind = question.context.kind();
    let docs: Vec<&Doc> = found.iter().filter_map(|row| eye.get(kind?, &row.id)).collect();
    aggregate::answer(&question.aggregations, eye, &docs, call.key.sees_sensitive())
}

/// How many records answer the question, and the first of them: as many as paging can reach.
fn seek(eye: Eye, scans: &mut Scans, question: &Question) -> Result<(usize, Vec<Row>), Refusal> {
    let plan = eye.world.plan();
    let reach = Reach::of(question, plan);
    let is_at_hand = question.is_about_heads() && reach.len() <= seed::BUSY;
    if reach.len() <= MOST_MADE || is_at_hand {
        let found = find(eye, question, &reach);
        return Ok((found.len(), found));
    }
    let changed = scan::changed(eye.world, question);
    let scan = Scan::new(eye.world, question.clone(), 0..reach.len(), eye.now);
    let found = scans.known(scan).ok_or_else(|| Refusal::status(503))?;
    Ok(joined(eye, question, found, &changed))
}

/// What a scan found together with the answers among records that are new or changed: how many there are, and the first.
fn joined(eye: Eye, question: &Question, found: &Found, changed: &BTreeSet<usize>) -> (usize, Vec<Row>) {
    let is_scanned = |doc: &Doc| ids::customer_of(&doc.id).is_some_and(|index| found.covers(index));
    let mut rows = rows(eye, question, changed, |doc| !is_scanned(doc));
    let total = rows.len() + found.total;
    rows.extend(found.rows.iter().cloned());
    rows.sort_by(|a, b| a.compare(b, question.sort.as_ref()));
    (total, rows)
}

/// The records within the reach that answer the question, in its order.
fn find(eye: Eye, question: &Question, reach: &Reach) -> Vec<Row> {
    let customers = reach.customers().collect();
    let mut found = rows(eye, question, &customers, |_| true);
    found.sort_by(|a, b| a.compare(b, question.sort.as_ref()));
    found
}

/// The answers among the records in memory that are `wanted`, among all of these customers', and among the old selves of
/// those the index does not know as they are.
fn rows(eye: Eye, question: &Question, customers: &BTreeSet<usize>, wanted: impl Fn(&Doc) -> bool) -> Vec<Row> {
    let Some(kind) = question.context.kind() else { return Vec::new() };
    let seeded = customers.iter().flat_map(|index| eye.world.seeded_part(*index, kind));
    let docs = eye.world.shelved(kind).filter(|doc| wanted(doc)).chain(seeded);
    let docs = docs.filter(|doc| eye.seen.is_current(kind, &doc.id)).chain(eye.seen.of_family(&question.context));
    answers(eye, question, docs).map(|doc| Row::new(question, eye, doc)).collect()
}

/// Those of the records that answer the question.
fn answers<'w>(
    eye: Eye<'w>,
    question: &Question,
    docs: impl Iterator<Item = &'w Doc>,
) -> impl Iterator<Item = &'w Doc> {
    let judge = Judge::new(eye, question);
    docs.filter(move |doc| judge.holds(doc))
}

#[cfg(test)]
mod index_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod tests;
