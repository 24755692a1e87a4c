//! Owns how lists are read: page after page, or by search. Does not know what the records mean.

use serde_json::Value;

use super::{
    reader::{Page, Reader},
    wire::{self, Decoded},
};
use crate::transport::{ApiError, Call, Cost, ErrorKind, Lane, Method, Repeat};

/// The most rows a search gives per page (Kustomer API reference 4.1).
const SEARCH_PAGE: usize = 500;
/// Searches end here, whatever `links.next` says (Kustomer API reference 4.2).
const SEARCH_ROWS: usize = 10_000;
/// The rows of a page that is read by itself.
const LEAF: usize = 100;
/// The path of a search and its name in errors.
const SEARCH: (&str, &str) = ("POST /v1/customers/search", "/v1/customers/search");

/// A list to read by page numbers.
pub(super) struct List {
    /// The path as a template.
    pub label: &'static str,
    /// The first page, encoded.
    pub path: String,
    /// Pages read at most; what lies behind is told as `more`.
    pub pages: usize,
}

/// A search to run.
pub(super) struct Search {
    /// The DSL document.
    pub body: Value,
    /// Rows wanted.
    pub limit: usize,
}

impl Reader {
    /// Reads a list, following `links.next`. A later page that fails ends the list early, as `more`; it is not an
    /// error, because what was read is worth showing.
    pub(super) async fn list<T>(&self, list: List, read: impl Fn(&Value) -> Decoded<T>) -> Result<Page<T>, ApiError> {
        let mut page = Page::default();
        let mut path = list.path;
        for number in 0..list.pages {
            let body = match self.get(list.label, path.clone()).await {
                Ok(body) => body,
                Err(error) if number > 0 => {
                    tracing::warn!(label = list.label, page = number + 1, %error, "a list was cut short");
                    page.more = true;
                    return Ok(page);
                }
                Err(error) => return Err(error),
            };
            page.total = page.total.or_else(|| wire::total(&body));
            page.take(list.label, read(&body));
            match wire::next(&body) {
                Some(next) => next.clone_into(&mut path),
                None => return Ok(page),
            }
        }
        page.more = true;
        Ok(page)
    }

    /// Runs a search, page by page up to the limit. Page numbers are ours: on the last reachable page `links.next`
    /// leads to one that fails.
    pub(super) async fn search<T>(
        &self,
        search: Search,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<Page<T>, ApiError> {
        self.search_at(SEARCH.0, SEARCH.1, search, read).await
    }

    /// One page (from 1) of a search, a hundred rows of it; `more` says whether the desk names another one.
    pub(super) async fn search_page<T>(
        &self,
        body: &Value,
        number: u32,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<Page<T>, ApiError> {
        let mut page = Page::default();
        let path = format!("{}?page={}&pageSize={LEAF}", SEARCH.1, number.max(1));
        let timed_out = self.turn((SEARCH.0, path), body.to_string().into_bytes(), &mut page, read).await?;
        page.more |= timed_out;
        Ok(page)
    }

    /// The same over what is older than two years; only some attributes can be asked for there (Kustomer API reference
    /// 9.6).
    pub(super) async fn search_archive<T>(
        &self,
        search: Search,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<Page<T>, ApiError> {
        self.search_at("POST /v1/customers/archive/search", "/v1/customers/archive/search", search, read).await
    }

    async fn search_at<T>(
        &self,
        label: &'static str,
        path: &str,
        search: Search,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<Page<T>, ApiError> {
        let limit = search.limit.clamp(1, SEARCH_ROWS);
        let size = limit.min(SEARCH_PAGE);
        let bytes = search.body.to_string().into_bytes();
        let mut page = Page::default();
        let mut timed_out = false;
        for number in 1..=limit.div_ceil(size) {
            let path = format!("{path}?page={number}&pageSize={size}");
            timed_out |= self.turn((label, path), bytes.clone(), &mut page, &read).await?;
            if !page.more {
                break;
            }
        }
        // What a search had no time for is there all the same.
        page.more |= timed_out;
        page.more |= page.rows.len() > limit;
        page.rows.truncate(limit);
        Ok(page)
    }

    /// Adds one page of a search to what was read, which then says whether there is another one. Gives whether the desk
    /// ran out of time.
    async fn turn<T>(
        &self,
        (label, path): (&'static str, String),
        question: Vec<u8>,
        page: &mut Page<T>,
        read: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<bool, ApiError> {
        let body = self.transport().send(search_call(label, path, Some(question), self.lane())).await?.body;
        if !body.get("data").is_some_and(Value::is_array) {
            return Err(ApiError::new(ErrorKind::Garbled, label));
        }
        page.total = wire::total(&body).or(page.total);
        page.take(label, read(&body));
        page.more = wire::next(&body).is_some();
        Ok(wire::timed_out(&body))
    }
}

/// A search is a POST that changes nothing, so it may be repeated like any read.
pub(super) fn search_call(label: &'static str, path: String, body: Option<Vec<u8>>, lane: Lane) -> Call {
    Call { method: Method::Post, body, cost: Cost::Search, repeat: Repeat::Safe, ..Call::get(label, path, lane) }
}

impl<T> Page<T> {
    fn take(&mut self, label: &'static str, decoded: Decoded<T>) {
        if decoded.skipped > 0 {
            tracing::warn!(label, skipped = decoded.skipped, "records that could not be read were left out");
        }
        self.skipped += decoded.skipped;
        self.rows.extend(decoded.rows);
    }
}
