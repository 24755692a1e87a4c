//! Owns one request as the operations see it, and what they answer. Does not know sockets (`server`) nor which operation
//! is asked for (`table`).

use serde_json::{Map, Value, json};

use super::{
    desk::Desk,
    doc::{Doc, Kind},
    envelope::View,
    errors::Refusal,
    limits::Headers,
    paging::{Page, Totals},
    query::Query,
    records::{Act, Mode, Quota},
    roles::Key,
    world::{Listing, Order},
};

/// The largest page of most lists (Kustomer API reference 4.1).
pub const MOST_ROWS: usize = 100;

/// A request that has passed authentication.
#[derive(Debug)]
pub struct Call<'a> {
    /// The desk, all of it.
    pub desk: &'a mut Desk,
    /// Who asks.
    pub key: &'a Key,
    /// The path, still encoded.
    pub path: &'a str,
    /// Scheme and authority the client reached the desk at, for absolute URLs.
    pub base: String,
    /// The decoded values of the path's variables, in order.
    pub captured: Vec<String>,
    /// The query.
    pub query: Query,
    /// The body; null when there is none.
    pub body: Value,
    /// The desk's present, milliseconds since the epoch.
    pub now: i64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The JSON body, if there is one.
    pub body: Option<Value>,
    /// The bytes of a download, with their content type; never beside a JSON body.
    pub file: Option<(String, Vec<u8>)>,
    /// Another budget's headers than the org's, for the search budget.
    pub headers: Option<Headers>,
}

impl Reply {
    /// This body with this status.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), file: None, headers: None }
    }

    /// 204.
    pub fn done() -> Self {
        Self::empty(204)
    }

    /// This status and no body.
    pub fn empty(status: u16) -> Self {
        Self { status, body: None, file: None, headers: None }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, refusal.body())
    }
}

/// What an operation gives back.
pub type Answer = Result<Reply, Refusal>;

impl Call<'_> {
    /// The path's variable at this place.
    pub fn captured(&self, place: usize) -> String {
        self.captured.get(place).cloned().unwrap_or_default()
    }

    /// The body, taken.
    pub fn take_body(&mut self) -> Value {
        std::mem::take(&mut self.body)
    }

    /// The body with a key set that the path implies.
    pub fn take_body_with(&mut self, name: &str, value: &str) -> Value {
        let mut body = self.take_body();
        if let Some(map) = body.as_object_mut() {
            map.insert(name.into(), value.into());
        }
        body
    }

    /// Whether an update replaces.
    pub fn mode(&self) -> Mode {
        if self.query.is_true("replace") { Mode::Replace } else { Mode::Merge }
    }

    /// How this key sees records now.
    pub fn view(&self) -> View<'_> {
        View {
            world: &self.desk.world,
            now: self.now,
            sees_sensitive: self.key.sees_sensitive(),
            signer: self.desk.files.signer(&self.base),
        }
    }

    /// This key doing something now.
    pub fn act(&mut self) -> Act<'_> {
        Act {
            world: &mut self.desk.world,
            now: self.now,
            by: self.key.user.clone(),
            is_admin: self.key.is_admin(),
            quota: Some(Quota { limits: &mut self.desk.limits, key: &self.key.user }),
        }
    }

    /// One record as `data`, or 404.
    pub fn one(&self, status: u16, kind: Kind, id: &str, what: &str) -> Answer {
        let doc = self.desk.world.live(kind, id).ok_or_else(|| Refusal::not_found(what))?;
        Ok(self.answer(status, doc))
    }

    /// As [`Self::one`], also for a record just deleted.
    pub fn any(&self, status: u16, kind: Kind, id: &str, what: &str) -> Answer {
        let doc = self.desk.world.get(kind, id).ok_or_else(|| Refusal::not_found(what))?;
        Ok(self.answer(status, doc))
    }

    /// This record as `data`.
    pub fn answer(&self, status: u16, doc: &Doc) -> Reply {
        Reply::json(status, json!({ "data": self.view().resource(doc) }))
    }

    /// One record, or several for a comma list of ids; those not found are left out of a list.
    pub fn one_or_list(&self, kind: Kind, ids: &str, what: &str) -> Answer {
        if !ids.contains(',') {
            return self.one(200, kind, ids, what);
        }
        let view = self.view();
        let docs = ids.split(',').filter_map(|id| self.desk.world.live(kind, id.trim()));
        Ok(Reply::json(200, json!({ "data": docs.map(|doc| view.resource(doc)).collect::<Vec<_>>() })))
    }

    /// A page of records. `?sort=desc` turns the order round, `?include=attachments` adds `included`.
    pub fn list<'d>(&self, docs: impl DoubleEndedIterator<Item = &'d Doc>, most: usize, totals: Totals) -> Answer {
        let page = Page::read(&self.query, most)?;
        let mut docs: Vec<&Doc> = docs.collect();
        if self.query.get("sort") == Some("desc") {
            docs.reverse();
        }
        let body = page.frame(self.path, &self.query, docs.len(), totals);
        Ok(self.framed(body, &page.cut(docs.into_iter())))
    }

    /// A page of all records of a listing, of which there may be millions: only what the page shows is made. Otherwise as
    /// [`Self::list`].
    pub fn list_all(&self, listing: &Listing, most: usize, totals: Totals) -> Answer {
        let page = Page::read(&self.query, most)?;
        let world = &self.desk.world;
        let order = if self.query.get("sort") == Some("desc") { Order::Descending } else { Order::Ascending };
        // One row more than the page shows, to know whether there is a next one.
        let mut rows = world.page(listing, order, page.skip(), page.size + 1);
        let total = match totals {
            Totals::Told => world.count(listing),
            Totals::Untold => page.skip() + rows.len(),
        };
        rows.truncate(page.size);
        Ok(self.framed(page.frame(self.path, &self.query, total, totals), &rows))
    }

    fn framed(&self, mut body: Map<String, Value>, rows: &[&Doc]) -> Reply {
        let view = self.view();
        let shown = rows.iter().map(|doc| view.resource(doc)).collect::<Vec<_>>();
        body.insert("data".into(), shown.into());
        if let Some(wanted) = self.query.get("include") {
            body.insert("included".into(), view.included(rows, wanted).into());
        }
        Reply::json(200, Value::Object(body))
    }

    /// The start of `?fromDate`, if it is a date-time.
    pub fn start_date(&self) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.query.get("fromDate") else { return Ok(None) };
        let at = super::times::parse(text).ok_or_else(|| Refusal::invalid("fromDate", "must be a date-time"))?;
        Ok(Some(at))
    }
}
