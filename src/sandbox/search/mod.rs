//! Owns `POST /v1/customers/search`, which serves every kind of record (Kustomer API reference 9): paging, the two-year
//! window, sorting. Reading the question is `parse`, judging a record is `eval`, the names are `catalogue`; `reach` says
//! whose records can answer at all, `scan` looks through those that are not in memory, at a `glance` where that is enough.
//!
//! Unverified in the reference and decided here: page 101 is a 400; only the 100-page limit is kept, not a second one by
//! rows; the index is never late.

mod catalogue;
mod eval;
mod glance;
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
    times,
    world::{MOST_MADE, World, is_deleted},
};
use eval::{Eye, Judge};
use parse::Question;
use reach::Reach;
use scan::{Found, Row};
pub use scan::{Scan, Scans};

const SEARCH: &str = "search.create search.update search_global.create search_preview.create";

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[op("POST", "/v1/customers/search", SEARCH, "admin.search.read user.search.read", run)];

const MOST_ROWS: usize = 500;
const MOST_PAGES: usize = 100;
/// Standard search sees only what was updated in the last two years.
const WINDOW_MS: i64 = 2 * 365 * 24 * 3_600_000;

/// Runs a search. In a world too large to look at whole the answer may want a [`Scan`] first: then the search is a 503 that
/// says so in [`Scans`], and is run again when the scan is made.
pub fn run(call: &mut Call) -> Answer {
    let body = call.take_body();
    let klasses = catalogue::klasses(&call.desk.world);
    let question = Question::read(&body, &klasses)?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    if page.number > MOST_PAGES {
        return Err(Refusal::invalid("page", format!("must be at most {MOST_PAGES}")));
    }
    let Desk { world, scans, .. } = &mut *call.desk;
    let (total, ids) = seek(world, scans, &question, page, call.now)?;
    let mut answer = page.frame(call.path, &call.query, total, Totals::Told);
    answer["meta"]["aggregations"] = json!({});
    answer["meta"]["timed_out"] = false.into();
    let view = call.view();
    let ids_only = call.query.is_true("idsOnly");
    let row = |doc: &Doc| {
        if ids_only { json!({ "type": envelope::type_of(doc), "id": doc.id }) } else { view.resource(doc) }
    };
    let kind = question.context.kind();
    let docs = ids.iter().filter_map(|id| call.desk.world.get(kind?, id));
    let rows: Vec<Value> = docs.map(row).collect();
    answer.insert("data".into(), rows.into());
    Ok(Reply::json(200, Value::Object(answer)))
}

/// How many records answer the question, and the ids of those on the page.
fn seek(
    world: &World,
    scans: &mut Scans,
    question: &Question,
    page: Page,
    now: i64,
) -> Result<(usize, Vec<String>), Refusal> {
    let reach = Reach::of(question, world.plan());
    let is_at_hand = question.is_about_heads() && reach.len() <= seed::BUSY;
    if reach.len() <= MOST_MADE || is_at_hand {
        let found = find(world, question, &reach, now);
        return Ok((found.len(), page.cut(found.into_iter()).into_iter().map(|row| row.id).collect()));
    }
    let changed = scan::changed(world, question);
    let scan = Scan::new(world, question.clone(), 0..reach.len(), now);
    let found = scans.known(scan).ok_or_else(|| Refusal::status(503))?;
    let (total, found) = joined(world, question, found, &changed, now);
    Ok((total, page.cut(found.into_iter()).into_iter().map(|row| row.id).collect()))
}

/// What a scan found together with the answers among records that are new or changed: how many there are, and the first.
fn joined(world: &World, question: &Question, found: &Found, changed: &BTreeSet<usize>, now: i64) -> (usize, Vec<Row>) {
    let is_scanned = |doc: &Doc| ids::customer_of(&doc.id).is_some_and(|index| found.covers(index));
    let mut rows = rows(world, question, changed, |doc| !is_scanned(doc), now);
    let total = rows.len() + found.total;
    rows.extend(found.rows.iter().cloned());
    rows.sort_by(|a, b| a.compare(b, question.sort.as_ref()));
    (total, rows)
}

/// The records within the reach that answer the question, in its order.
fn find(world: &World, question: &Question, reach: &Reach, now: i64) -> Vec<Row> {
    let customers = reach.customers().collect();
    let mut found = rows(world, question, &customers, |_| true, now);
    found.sort_by(|a, b| a.compare(b, question.sort.as_ref()));
    found
}

/// The answers among the records in memory that are `wanted`, and among all of these customers'.
fn rows(
    world: &World,
    question: &Question,
    customers: &BTreeSet<usize>,
    wanted: impl Fn(&Doc) -> bool,
    now: i64,
) -> Vec<Row> {
    let Some(kind) = question.context.kind() else { return Vec::new() };
    let seeded = customers.iter().flat_map(|index| world.seeded_part(*index, kind));
    let docs = world.shelved(kind).filter(|doc| wanted(doc)).chain(seeded);
    let eye = Eye { world, now };
    answers(world, question, now, docs).map(|doc| Row::new(question, eye, doc)).collect()
}

/// Those of the records that answer the question.
fn answers<'w>(
    world: &'w World,
    question: &Question,
    now: i64,
    docs: impl Iterator<Item = &'w Doc>,
) -> impl Iterator<Item = &'w Doc> {
    let judge = Judge::new(world, question, now);
    let recent = move |doc: &&Doc| doc.text("updatedAt").and_then(times::parse).is_none_or(|at| at >= now - WINDOW_MS);
    docs.filter(|doc| question.include_deleted || !is_deleted(doc))
        .filter(|doc| scan::is_of_context(question, doc))
        .filter(recent)
        .filter(move |doc| judge.holds(doc))
}

#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod tests;
