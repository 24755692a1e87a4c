//! Owns the walk through a list by its links, as a pure machine: answers go in, the next path comes out. Sends nothing.
//!
//! A list is over when `links.next` is null (Kustomer API reference 4.1). A link that leaves the list, and pages that bring
//! nothing new, end the walk as an error: following them could go on for ever. When the desk tells a smaller total than
//! before, records were removed in front of where the walk stands and others moved onto pages already read; those are
//! read again. A list that tells no total shows a removal only by a page in the middle that is shorter than the longest
//! before it: that page and the one before it are read again. Where that brings nothing new time after time, the pages of
//! this list are uneven by nature and taken as they are. What a list without totals loses between two whole pages stays
//! unseen.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Pages without anything new before a list counts as going in circles.
const STALE: u32 = 2;
/// Short pages read again in vain before a list counts as uneven.
const VAIN: u32 = 2;

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
    /// The most rows a page had.
    #[serde(default)]
    longest: usize,
    /// The last page that was short in the middle: a page is suspected once.
    #[serde(default)]
    seam: u64,
    /// Short pages read again since one brought something new.
    #[serde(default)]
    vain: u32,
}

/// What the machine has to know of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Rows on the page.
    pub rows: usize,
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
        let (total, stale, again, shrunk) = (None, 0, 0, 0);
        Self { list, next: Some(path), total, stale, again, shrunk, longest: 0, seam: 0, vain: 0 }
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
        self.count(&sheet);
        if let Some(page) = number(&asked).filter(|page| *page > 1) {
            let back = self.back(page, size(&asked), &sheet);
            if back > 0 {
                self.again += back + 1;
                self.next = Some(with_number(&asked, page - back));
                return Ok(());
            }
        }
        self.total = sheet.total.or(self.total);
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

    /// Keeps what the page says about pages read again and in vain.
    fn count(&mut self, sheet: &Sheet) {
        if sheet.fresh > 0 && self.again > 0 && self.vain > 0 {
            (self.vain, self.shrunk) = (0, self.shrunk + 1);
        }
        match (sheet.fresh, self.again) {
            (0, 0) => self.stale += 1,
            (0, _) => self.again -= 1,
            _ => (self.stale, self.again) = (0, self.again.saturating_sub(1)),
        }
        self.longest = self.longest.max(sheet.rows);
    }

    /// How many pages to go back from this one, because records moved onto pages already read, or may have.
    fn back(&mut self, page: u64, size: u64, sheet: &Sheet) -> u64 {
        let lost = self.total.zip(sheet.total).map_or(0, |(before, now)| before.saturating_sub(now));
        if lost > 0 {
            (self.total, self.shrunk) = (sheet.total, self.shrunk + 1);
            return lost.div_ceil(size).min(page - 1);
        }
        let is_short = sheet.total.is_none() && sheet.next.is_some() && sheet.rows < self.longest;
        if !is_short || page <= self.seam || self.vain >= VAIN {
            return 0;
        }
        (self.seam, self.vain) = (page, self.vain + 1);
        1
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
        Sheet { rows: 100, fresh, total, next: next.map(str::to_owned) }
    }

    fn at(page: u64) -> String {
        format!("/v1/notes?page={page}&pageSize=100")
    }

    /// Walks on with pages of so many rows and so many new ones; the pages asked for.
    fn asked(pages: &mut Pages, sheets: &[(usize, usize)]) -> Vec<u64> {
        let read = |(rows, fresh): &(usize, usize)| {
            let page = pages.path().and_then(number).unwrap_or_default();
            let sheet = Sheet { rows: *rows, fresh: *fresh, total: None, next: Some(at(page + 1)) };
            assert_eq!(pages.take(sheet), Ok(()));
            page
        };
        sheets.iter().map(read).collect()
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
    fn a_page_cut_short_in_the_middle_is_read_again_with_the_one_before_it() {
        let mut pages = Pages::new(at(1));
        let sheets = [(100, 100), (100, 100), (98, 98), (100, 2), (100, 0), (100, 100)];
        assert_eq!(asked(&mut pages, &sheets), [1, 2, 3, 2, 3, 4]);
        assert_eq!((pages.shrunk(), pages.path()), (1, Some(at(5).as_str())));
    }

    #[test]
    fn uneven_pages_are_read_again_in_vain_twice_and_then_taken_as_they_are() {
        let mut pages = Pages::new(at(1));
        let sheets = [(100, 100), (98, 98), (100, 0), (98, 0), (97, 97), (98, 0), (97, 0), (96, 96), (95, 95)];
        assert_eq!(asked(&mut pages, &sheets), [1, 2, 1, 2, 3, 2, 3, 4, 5]);
        assert_eq!(pages.shrunk(), 0);
    }

    #[test]
    fn a_desk_that_gives_less_than_asked_has_no_short_pages() {
        let mut pages = Pages::new(at(1));
        assert_eq!(asked(&mut pages, &[(50, 50), (50, 50), (50, 50)]), [1, 2, 3]);
    }

    #[test]
    fn ids_are_remembered_packed_or_as_they_are() {
        let mut given = Given::default();
        for id in ["66a1f0c2b7d4e9001c3a5f10", "order-1", "66A1F0C2B7D4E9001C3A5F10", "000000000000000000000001", "1"] {
            assert!(given.insert(id) && !given.insert(id), "{id}");
        }
    }
}
