//! Owns `POST /v1/customers/search`, which serves every kind of record (Kustomer API reference 9): paging, the two-year
//! window, sorting. Reading the question is `parse`, judging a record is `eval`, the names are `catalogue`.
//!
//! Unverified in the reference and decided here: page 101 is a 400; only the 100-page limit is kept, not a second one by
//! rows; the index is never late.

mod catalogue;
mod eval;
mod parse;

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    call::{Answer, Call, Reply},
    doc::Doc,
    envelope,
    errors::Refusal,
    paging::{Page, Totals},
    table::{Op, op},
    times,
    world::{Index, World, is_deleted},
};
use catalogue::Family;
use eval::{Eye, Judge};
use parse::{Direction, Question, Sort};

const SEARCH: &str = "search.create search.update search_global.create search_preview.create";

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[op("POST", "/v1/customers/search", SEARCH, "admin.search.read user.search.read", run)];

const MOST_ROWS: usize = 500;
const MOST_PAGES: usize = 100;
/// Standard search sees only what was updated in the last two years.
const WINDOW_MS: i64 = 2 * 365 * 24 * 3_600_000;

/// Runs a search.
pub fn run(call: &mut Call) -> Answer {
    let body = call.take_body();
    let klasses = catalogue::klasses(&call.desk.world);
    let question = Question::read(&body, &klasses)?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    if page.number > MOST_PAGES {
        return Err(Refusal::invalid("page", format!("must be at most {MOST_PAGES}")));
    }
    let view = call.view();
    let found = find(&call.desk.world, &question, call.now);
    let mut answer = page.frame(call.path, &call.query, found.len(), Totals::Told);
    answer["meta"]["aggregations"] = json!({});
    answer["meta"]["timed_out"] = false.into();
    let ids_only = call.query.is_true("idsOnly");
    let row = |doc: &Doc| {
        if ids_only { json!({ "type": envelope::type_of(doc), "id": doc.id }) } else { view.resource(doc) }
    };
    let rows: Vec<Value> = page.cut(found.into_iter()).into_iter().map(row).collect();
    answer.insert("data".into(), rows.into());
    Ok(Reply::json(200, Value::Object(answer)))
}

/// The records that answer the question, in its order.
fn find<'w>(world: &'w World, question: &Question, now: i64) -> Vec<&'w Doc> {
    let judge = Judge::new(world, question, now);
    let recent = |doc: &&Doc| doc.text("updatedAt").and_then(times::parse).is_none_or(|at| at >= now - WINDOW_MS);
    let mut found: Vec<&Doc> = candidates(world, question)
        .filter(|doc| question.include_deleted || !is_deleted(doc))
        .filter(recent)
        .filter(|doc| judge.holds(doc))
        .collect();
    if let Some(sort) = &question.sort {
        order(&mut found, sort, Eye { world, now });
    }
    found
}

fn candidates<'w>(world: &'w World, question: &Question) -> Box<dyn Iterator<Item = &'w Doc> + 'w> {
    match (question.context.kind(), &question.context) {
        (None, _) => Box::new(std::iter::empty()),
        (Some(kind), Family::Klass(klass)) => Box::new(world.found_any(kind, Index::Klass, klass)),
        (Some(kind), _) => Box::new(world.all(kind)),
    }
}

/// Orders by the first key; records without the value come last either way, equal ones by id.
fn order(found: &mut [&Doc], sort: &Sort, eye: Eye) {
    let mut keyed: Vec<(Option<eval::SortKey>, &Doc)> =
        found.iter().map(|doc| (eye.sort_key(&sort.by, doc), *doc)).collect();
    keyed.sort_by(|(a, x), (b, y)| {
        let by_value = match (a, b) {
            (Some(a), Some(b)) if sort.direction == Direction::Ascending => a.compare(b),
            (Some(a), Some(b)) => b.compare(a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| x.id.cmp(&y.id))
    });
    for (slot, (_, doc)) in found.iter_mut().zip(keyed) {
        *slot = doc;
    }
}

#[cfg(test)]
mod tests;
