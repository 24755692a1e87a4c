//! Owns the walks: every collection of a desk as a stream of pages, the next one fetched while this one is worked on and
//! never more than that. Where a walk stands comes with every page and serialises, so that another run can go on there.
//! The orders of pages are decided by two pure machines (`seek` through a search, `pages` through a list).
//!
//! Invariant: within one walk each id comes once, but for a record that changed meanwhile: a search shows it again, in its
//! newer version, and says so ([`Row::again`]).

mod collection;
mod pages;
mod seek;

use futures::{Stream, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

pub use collection::Collection;
pub use pages::{Given, Pages};
pub use seek::Seek;

use super::{export::Veil, lists::search_call, reader::Reader, wire};
use crate::transport::{ApiError, ErrorKind};
use pages::{Astray, Sheet};
use seek::{By, Hit, Look, Seen};

const SEARCH: &str = "POST /v1/customers/search";
/// So often a search that runs out of time is asked again.
const MOST_ASKED: usize = 60;

/// Where a walk stands: what it needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stand {
    /// In a search, by the time of the last change.
    Search(Seek),
    /// In a list, by its links.
    List(Pages),
}

impl Stand {
    /// Records known to be there that could not be read.
    pub fn unreached(&self) -> u64 {
        match self {
            Self::Search(seek) => seek.unreached(),
            Self::List(_) => 0,
        }
    }

    /// How often the list was seen to shrink under the walk.
    pub fn shrunk(&self) -> u32 {
        match self {
            Self::Search(_) => 0,
            Self::List(pages) => pages.shrunk(),
        }
    }

    /// Whether there is nothing left to read.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Search(seek) => seek.look().is_none(),
            Self::List(pages) => pages.path().is_none(),
        }
    }
}

/// One record, as the desk gave it.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The resource: `{type, id, attributes, relationships, …}`. Customers' data.
    pub record: Value,
    /// Whether this walk gave the id before: the record changed meanwhile and this is the newer version.
    pub again: bool,
}

impl std::fmt::Debug for Row {
    /// Without the record.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("id", &self.id).field("again", &self.again).finish_non_exhaustive()
    }
}

/// One page of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// What was not given before.
    pub rows: Vec<Row>,
    /// Where the walk stands once these rows are taken.
    pub stand: Stand,
    /// How many rows the walk will have given in all, where the desk tells.
    pub expected: Option<u64>,
    /// Entries of the page that are no records: they have no id.
    pub skipped: usize,
}

/// A walk under way.
struct Walk {
    reader: Reader,
    collection: Collection,
    stand: Stand,
    given: Given,
    count: u64,
    expected: Option<u64>,
}

impl Reader {
    /// Walks a collection from where it stands; `given` are the ids taken before, in this run or an earlier one. One
    /// page is fetched ahead at most; dropping the stream ends the walk. After an error nothing more comes.
    pub fn walk(
        &self,
        collection: Collection,
        stand: Stand,
        given: Given,
    ) -> impl Stream<Item = Result<Batch, ApiError>> + Send + Unpin + use<> {
        let count = given.len() as u64;
        let mut walk = Walk { reader: self.clone(), collection, stand, given, count, expected: None };
        let (pages, taken) = mpsc::channel(1);
        let task = AbortOnDropHandle::new(tokio::spawn(async move {
            // The place is reserved first: that holds the walk to one page ahead.
            while let Ok(place) = pages.reserve().await {
                let Some(page) = walk.step().await else { return };
                let failed = page.is_err();
                place.send(page);
                if failed {
                    return;
                }
            }
        }));
        Box::pin(stream::unfold((taken, task), |(mut taken, task)| async move {
            taken.recv().await.map(|page| (page, (taken, task)))
        }))
    }
}

impl Reader {
    /// What is sensitive in a collection's records, as the org's metadata has it.
    ///
    /// # Errors
    /// Any failure but a missing role or missing metadata: then all that looks personal counts as sensitive.
    pub async fn veil(&self, collection: &Collection) -> Result<Veil, ApiError> {
        let metadata = async |resource: &str| match self.described(resource).await {
            Ok(body) => Ok(Some(body)),
            Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => Ok(None),
            Err(error) => Err(error),
        };
        let customer = metadata("customer").await?;
        let own = match collection.metadata() {
            Some(resource) => metadata(&resource).await?,
            None => Some(Value::Null),
        };
        Ok(Veil::of(own.as_ref(), customer.as_ref()))
    }
}

impl Walk {
    async fn step(&mut self) -> Option<Result<Batch, ApiError>> {
        match self.stand.clone() {
            Stand::Search(seek) => {
                let look = seek.look()?;
                Some(self.search(seek, look).await)
            }
            Stand::List(pages) => {
                let path = pages.path()?.to_owned();
                Some(self.list(pages, path).await)
            }
        }
    }

    async fn list(&mut self, mut pages: Pages, path: String) -> Result<Batch, ApiError> {
        let body = self.reader.get(self.collection.label(), path).await?;
        let (rows, skipped) = self.rows(&body, |_| true)?;
        let total = wire::total(&body);
        let next = body.pointer("/links/next").and_then(Value::as_str).map(str::to_owned);
        let on_page = body.get("data").and_then(Value::as_array).map_or(0, Vec::len);
        pages.take(Sheet { rows: on_page, fresh: rows.len(), total, next }).map_err(|astray| self.astray(astray))?;
        Ok(self.batch(rows, skipped, Stand::List(pages), total))
    }

    async fn search(&mut self, mut seek: Seek, look: Look) -> Result<Batch, ApiError> {
        let garbled = |why| ApiError::new(ErrorKind::Garbled, SEARCH).with_cause(why);
        let path = format!("/v1/customers/search?page={}&pageSize={}", look.page, seek::SIZE);
        let question = question(&self.collection, &look).to_string().into_bytes();
        let body = self.whole(path, question).await?;
        let hits: Vec<Hit> = records(&body).map(hit).collect();
        let more = wire::next(&body).is_some();
        let seen = Seen { hits, total: wire::total(&body), more };
        let fresh = seek.take(&seen).map_err(|_| garbled("the search does not come in the order asked for"))?;
        let repeated = (seen.hits.len() - fresh.len()) as u64;
        let mut places = 0..;
        let (rows, skipped) = self.rows(&body, |_| places.next().is_some_and(|place| fresh.contains(&place)))?;
        let outermost = look.pins.is_empty();
        let expected = seen.total.filter(|_| outermost).map(|left| self.count + left.saturating_sub(repeated));
        Ok(self.batch(rows, skipped, Stand::Search(seek), expected))
    }

    /// The answer to a search, whole: one that ran out of time would pass for the end and lose the rest, so it is asked for
    /// again; the desk goes on where it stopped.
    async fn whole(&self, path: String, question: Vec<u8>) -> Result<Value, ApiError> {
        for _ in 0..MOST_ASKED {
            let call = search_call(SEARCH, path.clone(), Some(question.clone()), self.reader.lane());
            let body = self.reader.transport().send(call).await?.body;
            if !wire::timed_out(&body) {
                return Ok(body);
            }
        }
        let cause = "the desk's search runs out of time again and again; ask for a shorter stretch of time";
        Err(ApiError::new(ErrorKind::Server, SEARCH).with_cause(cause))
    }

    /// The rows of an answer that are wanted. In a list an id comes once; a search gives it again when it changed.
    fn rows(&mut self, body: &Value, mut wanted: impl FnMut(&Value) -> bool) -> Result<(Vec<Row>, usize), ApiError> {
        let Some(all) = body.get("data").and_then(Value::as_array) else {
            return Err(ApiError::new(ErrorKind::Garbled, self.collection.label()).with_cause("there is no list in it"));
        };
        let repeats = matches!(self.stand, Stand::Search(_));
        let mut rows = Vec::with_capacity(all.len());
        for record in records(body) {
            let (Some(id), true) = (id(record), wanted(record)) else { continue };
            let again = !self.given.insert(id);
            if repeats || !again {
                rows.push(Row { id: id.to_owned(), record: record.clone(), again });
            }
        }
        Ok((rows, all.len() - records(body).count()))
    }

    fn batch(&mut self, rows: Vec<Row>, skipped: usize, stand: Stand, expected: Option<u64>) -> Batch {
        if skipped > 0 {
            tracing::warn!(label = self.collection.label(), skipped, "entries without an id were left out");
        }
        self.count += rows.iter().filter(|row| !row.again).count() as u64;
        self.expected = expected.or(self.expected);
        self.stand = stand.clone();
        Batch { rows, stand, expected: self.expected, skipped }
    }

    fn astray(&self, astray: Astray) -> ApiError {
        ApiError::new(ErrorKind::Garbled, self.collection.label()).with_cause(match astray {
            Astray::Elsewhere => "the next page is not of this list",
            Astray::Circle => "the list goes in circles",
        })
    }
}

/// The entries of an answer that are records.
fn records(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("data").and_then(Value::as_array).into_iter().flatten().filter(|record| id(record).is_some())
}

fn id(record: &Value) -> Option<&str> {
    record.get("id")?.as_str().filter(|id| !id.is_empty())
}

fn hit(record: &Value) -> Hit {
    let at = |name: &str| record.pointer(name).and_then(wire::time);
    Hit {
        id: id(record).unwrap_or_default().to_owned(),
        updated: at("/attributes/updatedAt"),
        created: at("/attributes/createdAt"),
    }
}

/// A look in the search language: one attribute and one operator a criterion, and only confirmed operators (Kustomer API
/// reference 9.2).
fn question(collection: &Collection, look: &Look) -> Value {
    let name = |by: By| match by {
        By::Updated => format!("{}_updated_at", collection.prefix()),
        By::Created => format!("{}_created_at", collection.prefix()),
    };
    let mut criteria = Vec::new();
    let mut bound = |by: By, operator: &str, at: Timestamp| {
        criteria.push(json!({ name(by): { operator: at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string() } }));
    };
    for (by, at) in &look.pins {
        bound(*by, "gte", *at);
        bound(*by, "lte", *at);
    }
    look.from.into_iter().for_each(|from| bound(look.by, "gte", from));
    look.until.into_iter().for_each(|until| bound(By::Updated, "lte", until));
    json!({ "queryContext": collection.context(), "and": criteria, "sort": [{ name(look.by): "asc" }] })
}

#[cfg(test)]
mod tests;
