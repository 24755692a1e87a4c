//! Owns the reads around one record or one klass: for a form, for an id to point at, by a query, by the org's own id, and what
//! happened to it.

use super::{HANDED_OVER, local, unread};
use crate::{
    approval::Trail,
    console::{
        msg::{Fetched, RecordHistory},
        remote::Problem,
    },
    domain::{KlassName, Kobject, KobjectId},
    kustomer::{Editing, Found, Page, Reader, search::Query},
};

/// A record for a form.
pub async fn editable(reader: &Reader, editing: &Editing) -> Fetched {
    let read = reader.editable(editing).await;
    Fetched::Editable(Box::new(read.map_err(|error| unread("The record could not be read", &error))))
}

/// What an id can point at.
pub async fn lookup(reader: &Reader, query: &Query) -> Fetched {
    let found = reader.find_page(query, 1).await;
    Fetched::Lookup(found.map_err(|error| unread("Records could not be looked up", &error)))
}

/// KObjects by a query.
pub async fn found(reader: &Reader, query: &Query, page: u32) -> Fetched {
    let found = reader.find_page(query, page).await;
    let found = found.map(|found| match found {
        Found::Kobjects(page) => page,
        _ => Page::default(),
    });
    Fetched::Kobjects(found.map_err(|error| unread("The query did not work", &error)))
}

/// The KObject with the org's own id.
pub async fn named(reader: &Reader, klass: &KlassName, id: &str) -> Fetched {
    Fetched::Kobject(by_external_id(reader, klass, id).await)
}

async fn by_external_id(reader: &Reader, klass: &KlassName, id: &str) -> Result<Kobject, Problem> {
    const WHAT: &str = "The KObject could not be read";
    let found = reader.kobject_by_external_id(klass, id).await.map_err(|error| unread(WHAT, &error))?;
    let why = format!("no record of this klass has the external id {id}");
    found.ok_or_else(|| Problem::new("Nothing by that id", &why, "look for it by words with a query"))
}

/// What is known of a record's past: the desk's log as far as it tells, and this console's own trail.
pub async fn past(reader: &Reader, trail: &Trail, klass: &KlassName, id: &KobjectId) -> Fetched {
    Fetched::RecordHistory(Box::new(history(reader, trail, klass, id).await))
}

async fn history(reader: &Reader, trail: &Trail, klass: &KlassName, id: &KobjectId) -> Result<RecordHistory, Problem> {
    const WHAT: &str = "The trail could not be read";
    let desk = reader.audit_of("kobject", id.as_str()).await;
    let desk = desk.map_err(|error| unread("The desk's audit log could not be read", &error));
    let source = trail.clone();
    let entries = tokio::task::spawn_blocking(move || source.newest(HANDED_OVER)).await;
    let entries = entries.map_err(|error| local(WHAT, &error))?.map_err(|error| local(WHAT, &error))?;
    let end = format!("/klasses/{klass}/{id}");
    let here = entries.into_iter().filter(|entry| entry.requests.iter().any(|request| request.ends_with(&end)));
    Ok(RecordHistory { desk, here: here.collect() })
}
