//! Owns the walk through a list by its links, as a pure machine: answers go in, the next path comes out. Sends nothing.
//!
//! A list is over when `links.next` is null (Kustomer API reference 4.1). A link that leaves the list, and pages that bring
//! nothing new, end the walk as an error: following them could go on for ever. When the desk tells a smaller total than
//! before, records were removed in front of where the walk stands and others moved onto pages already read; those are
//! read again. A list that tells no total cannot show that, so only a page cut short in the middle is told.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Pages without anything new before a list counts as going in circles.
const STALE: u32 = 2;

/// Where a walk through a list stands. Serialises, so that it can go on in another run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// The path of the list, without its query: no link may lead elsewhere.
    list: String,
    next: Option<String>,
    total: Option<u64>,
    stale: u32,
    /// Pages still to be read a second time.
    again: u64,
    /// How often the list was seen to shrink.
    shrunk: u32,
}

/// What the machine has to know of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Rows whose ids were not given before.
    pub fresh: usize,
    pub total: Option<u64>,
    /// `links.next`.
    pub next: Option<String>,
}

/// Why a list cannot be walked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// The link leads off the list.
    Elsewhere,
    /// The same page came again.
    Circle,
}

impl Pages {
    /// A walk from the first page.
    pub fn new(path: String) -> Self {
        let list = path.split('?').next().unwrap_or_default().to_owned();
        Self { list, next: Some(path), total: None, stale: 0, again: 0, shrunk: 0 }
    }

    /// How often the list was seen to shrink; what may have slipped through was read again.
    pub fn shrunk(&self) -> u32 {
        self.shrunk
    }

    /// The path to read next; `None` at the end.
    pub(super) fn path(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Takes the answer to [`Self::path`].
    pub(super) fn take(&mut self, sheet: Sheet) -> Result<(), Astray> {
        let asked = self.next.take().unwrap_or_default();
        match (sheet.fresh, self.again) {
            (0, 0) => self.stale += 1,
            (0, _) => self.again -= 1,
            _ => (self.stale, self.again) = (0, self.again.saturating_sub(1)),
        }
        let lost = self.total.zip(sheet.total).map_or(0, |(before, now)| before.saturating_sub(now));
        self.total = sheet.total.or(self.total);
        if lost > 0
            && let Some(page) = number(&asked).filter(|page| *page > 1)
        {
            self.shrunk += 1;
            let back = lost.div_ceil(size(&asked)).min(page - 1);
            self.again += back + 1;
            self.next = Some(with_number(&asked, page - back));
            return Ok(());
        }
        let Some(next) = sheet.next else { return Ok(()) };
        if next.split('?').next() != Some(&self.list) {
            return Err(Astray::Elsewhere);
        }
        if next == asked || self.stale >= STALE || number(&next).zip(number(&asked)).is_some_and(|(n, a)| n <= a) {
            return Err(Astray::Circle);
        }
        self.next = Some(next);
        Ok(())
    }
}

/// The ids given so far, packed: a list of a million customers is remembered in some 30 MB.
#[derive(Debug, Default)]
pub struct Given {
    packed: HashSet<u128>,
    odd: HashSet<Box<str>>,
}

impl Given {
    /// Whether the id is new; it is not from then on.
    pub fn insert(&mut self, id: &str) -> bool {
        let hex = id.len() == 24 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u128::from_str_radix(id, 16).ok().filter(|_| hex) {
            Some(packed) => self.packed.insert(packed),
            None => self.odd.insert(id.into()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.packed.len() + self.odd.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn parameter<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let query = path.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn number(path: &str) -> Option<u64> {
    parameter(path, "page")?.parse().ok()
}

fn size(path: &str) -> u64 {
    parameter(path, "pageSize").and_then(|size| size.parse().ok()).filter(|size| *size > 0).unwrap_or(100)
}

fn with_number(path: &str, page: u64) -> String {
    let (list, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| if pair.starts_with("page=") { format!("page={page}") } else { pair.to_owned() })
        .collect();
    format!("{list}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(fresh: usize, total: Option<u64>, next: Option<&str>) -> Sheet {
        Sheet { fresh, total, next: next.map(str::to_owned) }
    }

    #[test]
    fn links_are_followed_until_there_is_none() {
        let mut pages = Pages::new("/v1/notes?pageSize=100".to_owned());
        assert_eq!(pages.take(sheet(100, None, Some("/v1/notes?page=2&pageSize=100"))), Ok(()));
        assert_eq!(pages.path(), Some("/v1/notes?page=2&pageSize=100"));
        assert_eq!(pages.take(sheet(7, None, None)), Ok(()));
        assert_eq!(pages.path(), None);
    }

    #[test]
    fn a_link_off_the_list_and_a_circle_end_the_walk() {
        let at = "/v1/notes?page=2&pageSize=100";
        for (next, fresh, expected) in [
            ("/v1/users?page=3", 100, Astray::Elsewhere),
            ("https://x.example/v1/notes?page=3", 100, Astray::Elsewhere),
            (at, 100, Astray::Circle),
            ("/v1/notes?page=1&pageSize=100", 100, Astray::Circle),
        ] {
            let mut pages = Pages::new(at.to_owned());
            assert_eq!(pages.take(sheet(fresh, None, Some(next))), Err(expected), "{next}");
        }
        let mut pages = Pages::new("/v1/audit-logs?count=100".to_owned());
        assert_eq!(pages.take(sheet(0, None, Some("/v1/audit-logs?before=a"))), Ok(()));
        assert_eq!(pages.take(sheet(0, None, Some("/v1/audit-logs?before=b"))), Err(Astray::Circle));
    }

    #[test]
    fn a_list_that_shrinks_is_read_again_where_records_moved_to() {
        let mut pages = Pages::new("/v1/customers?page=3&pageSize=100".to_owned());
        pages.total = Some(1_000);
        assert_eq!(pages.take(sheet(100, Some(880), Some("/v1/customers?page=4&pageSize=100"))), Ok(()));
        assert_eq!((pages.path(), pages.shrunk()), (Some("/v1/customers?page=1&pageSize=100"), 1));
    }

    #[test]
    fn ids_are_remembered_packed_or_as_they_are() {
        let mut given = Given::default();
        for id in ["66a1f0c2b7d4e9001c3a5f10", "order-1", "66A1F0C2B7D4E9001C3A5F10", "000000000000000000000001", "1"] {
            assert!(given.insert(id) && !given.insert(id), "{id}");
        }
    }
}
