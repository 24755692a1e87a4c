//! Owns `POST /v1/customers/search`, which serves every kind of record (Kustomer API reference 9): paging, the two-year
//! window, sorting; and the archive's search beside it. Reading the question is `parse`, judging a record is `eval`, the
//! names are `catalogue` and `archive`, what the index does not know yet is `lag`.
//!
//! Unverified in the reference and decided here: page 101 is a 400; only the 100-page limit is kept, not a second one by
//! rows. Saved searches (9.7) are not in the public reference and not simulated.

mod aggregate;
mod archive;
mod attributes;
mod catalogue;
mod eval;
mod lag;
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
    world::{Index, World},
};
use catalogue::Family;
use eval::{Eye, Judge};
pub use lag::Lag;
use lag::Seen;
use parse::{Direction, Question, Age, Sort};

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

/// Runs a search.
fn run(call: &mut Call, age: Age) -> Answer {
    let body = call.take_body();
    let klasses = catalogue::klasses(&call.desk.world);
    let question = Question::read(&body, &klasses, age)?;
    let page = Page::read(&call.query, MOST_ROWS)?;
    if page.number > MOST_PAGES {
        return Err(Refusal::invalid("page", format!("must be at most {MOST_PAGES}")));
    }
    let view = call.view();
    let seen = call.desk.lag.look(call.now);
    let found = find(view.world, &seen, &question, call.now);
    let eye = Eye { world: view.world, seen: Some(&seen), now: call.now };
    let mut answer = page.frame(call.path, &call.query, found.len(), Totals::Told);
    answer["meta"]["aggregations"] = aggregate::answer(&question.aggregations, eye, &found, view.sees_sensitive)?;
    answer["meta"]["timed_out"] = false.into();
    let ids_only = call.query.is_true("idsOnly");
    let fields: Vec<&str> = question.fields.iter().map(String::as_str).collect();
    let row = |doc: &Doc| match (ids_only, fields.is_empty()) {
        (true, _) => json!({ "type": envelope::type_of(doc), "id": doc.id }),
        (false, true) => view.resource(doc),
        (false, false) => view.resource_of(doc, &fields),
    };
    let rows: Vec<Value> = page.cut(found.into_iter()).into_iter().map(row).collect();
    answer.insert("data".into(), rows.into());
    Ok(Reply::json(200, Value::Object(answer)))
}

/// The records that answer the question, in its order.
fn find<'w>(world: &'w World, seen: &'w Seen<'w>, question: &Question, now: i64) -> Vec<&'w Doc> {
    let judge = Judge::new(world, question, now).behind(seen);
    let current = candidates(world, question).filter(|doc| seen.is_current(doc.kind, &doc.id));
    let mut found: Vec<&Doc> =
        current.chain(seen.of_family(&question.context)).filter(|doc| judge.holds(doc)).collect();
    match &question.sort {
        Some(sort) => order(&mut found, sort, judge.eye()),
        None => found.sort_by(|a, b| a.id.cmp(&b.id)),
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
mod index_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;
