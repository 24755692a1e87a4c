//! Owns `POST /v1/customers/search`, which serves every kind of record (Kustomer API reference 9): paging, the two-year
//! window, sorting; and the archive's search beside it. Reading the question is `parse`, judging a record is `eval`, the
//! names are `catalogue` and `archive`, what the index does not know yet is `lag`; `reach` says whose records can answer
//! at all, `scan` looks through those that are not in memory, at a `glance` where that is enough.
//!
//! A search that has to look through more than is in memory gets 20 seconds. When they are over it is answered as search
//! engines do: `meta.timed_out` is true, the rows are those found so far, `total` counts them. Nothing is lost: the same
//! question asked again goes on where it stopped, until an answer says `timed_out: false`.
//!
//! Unverified in the reference and decided here: page 101 is a 400; only the 100-page limit is kept, not a second one by
//! rows; aggregations are refused for questions that would need the whole of a large world. Saved searches (9.7) are not in
//! the public reference and not simulated.

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
    envelope::{self, View},
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

fn standard(call: &mut Call) -> Answer {
    run(call, Age::Recent)
}

fn archived(call: &mut Call) -> Answer {
    run(call, Age::Archived)
}

/// Runs a search. In a world too large to look at whole the answer may want a [`Scan`] first: then the search is a 503 that
/// says so in [`Scans`], and is run again when the scan is made or its time is up.
fn run(call: &mut Call, age: Age) -> Answer {
    let body = call.take_body();
    let klasses = catalogue::klasses(&call.desk.world);
    let question = Question::read(&body, &klasses, age)?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    if page.number > MOST_PAGES {
        return Err(Refusal::invalid("page", format!("must be at most {MOST_PAGES}")));
    }
    let Desk { world, scans, lag, files, .. } = &mut *call.desk;
    let world = &*world;
    let seen = lag.look(call.now);
    let eye = Eye { world, seen: Some(&seen), now: call.now };
    let signer = files.signer(&call.base);
    let view = View { world, now: call.now, sees_sensitive: call.key.sees_sensitive(), signer };
    let kind = question.context.kind();
    let doc = |row: &Row| kind.and_then(|kind| eye.get(kind, &row.id));
    let (rows, total, aggregations, is_whole) = match seek(scans, eye, &question)? {
        Answers::AtHand(rows) => {
            let docs: Vec<&Doc> = rows.iter().filter_map(doc).collect();
            let counted = aggregate::answer(&question.aggregations, eye, &docs, view.sees_sensitive)?;
            let total = rows.len();
            (rows, total, counted, true)
        }
        Answers::Scanned { rows, total, is_whole } if question.aggregations.is_empty() => {
            (rows, total, json!({}), is_whole)
        }
        Answers::Scanned { .. } => {
            return Err(Refusal::invalid("aggs", "would have to count over a world this large; narrow the question"));
        }
    };
    let mut answer = page.frame(call.path, &call.query, total, Totals::Told);
    answer["meta"]["aggregations"] = aggregations;
    answer["meta"]["timed_out"] = (!is_whole).into();
    let ids_only = call.query.is_true("idsOnly");
    let fields: Vec<&str> = question.fields.iter().map(String::as_str).collect();
    let resource = |doc: &Doc| match (ids_only, fields.is_empty()) {
        (true, _) => json!({ "type": envelope::type_of(doc), "id": doc.id }),
        (false, true) => view.resource(doc),
        (false, false) => view.resource_of(doc, &fields),
    };
    let data: Vec<Value> = page.cut(rows.iter()).into_iter().filter_map(doc).map(resource).collect();
    answer.insert("data".into(), data.into());
    lag.searched();
    Ok(Reply::json(200, Value::Object(answer)))
}

/// What answers a question, in its order.
enum Answers {
    /// All of them.
    AtHand(Vec<Row>),
    /// As many as paging can reach, how many there are, and whether that is all or what was found in time.
    Scanned { rows: Vec<Row>, total: usize, is_whole: bool },
}

fn seek(scans: &mut Scans, eye: Eye, question: &Question) -> Result<Answers, Refusal> {
    let reach = Reach::of(question, eye.world.plan());
    let is_at_hand = question.is_about_heads() && reach.len() <= seed::BUSY;
    if reach.len() <= MOST_MADE || is_at_hand {
        return Ok(Answers::AtHand(find(eye, question, &reach)));
    }
    let changed = scan::changed(eye.world, question);
    let scan = Scan::new(eye.world, question.clone(), 0..reach.len(), eye.now);
    let found = scans.known(scan).ok_or_else(|| Refusal::status(503))?;
    let (total, rows) = joined(eye, question, found, &changed);
    Ok(Answers::Scanned { rows, total, is_whole: found.is_whole() })
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

/// The answers among the records in memory that are `wanted`, and among all of these customers', as the index has them.
fn rows(eye: Eye, question: &Question, customers: &BTreeSet<usize>, wanted: impl Fn(&Doc) -> bool) -> Vec<Row> {
    let Some(kind) = question.context.kind() else { return Vec::new() };
    let seeded = customers.iter().flat_map(|index| eye.world.seeded_part(*index, kind));
    let docs = eye.world.shelved(kind).filter(|doc| wanted(doc)).chain(seeded);
    let current = docs.filter(|doc| eye.is_current(doc.kind, &doc.id));
    let past = eye.seen.into_iter().flat_map(|seen| seen.of_family(&question.context));
    answers(eye, question, current.chain(past))
}

/// Those of the records that answer the question.
fn answers<'w>(eye: Eye<'w>, question: &Question, docs: impl Iterator<Item = &'w Doc>) -> Vec<Row> {
    let judge = Judge::new(eye, question);
    docs.filter(|doc| judge.holds(doc)).map(|doc| Row::new(question, eye, doc)).collect()
}

#[cfg(test)]
mod index_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod tests;
