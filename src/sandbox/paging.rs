//! Owns page numbers: reading them, cutting a list, and the `meta` and `links` around it (Kustomer API reference 4.1).
//!
//! Unverified in the reference and decided here: a page size above the maximum is cut down to it.

use serde_json::{Map, Value, json};

use super::{errors::Refusal, query::Query};

/// The page asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: usize,
    /// Rows a page.
    pub size: usize,
}

/// Whether a list says how many there are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Totals {
    /// `total`, `totalPages` and `links.last`.
    Told,
    /// Most lists.
    Untold,
}

impl Page {
    /// Reads `page` and `pageSize`; 100 rows when nothing is said.
    pub fn read(query: &Query, most: usize) -> Result<Self, Refusal> {
        // Small numbers only: no list is long enough for more, and sums with them cannot overflow.
        let number = |name: &str, default: usize| match query.get(name).map(str::parse::<u32>) {
            None => Ok(default),
            Some(Ok(value)) if value >= 1 => Ok(value as usize),
            Some(_) => Err(Refusal::invalid(name, "must be a positive integer")),
        };
        Ok(Self { number: number("page", 1)?, size: number("pageSize", 100.min(most))?.min(most) })
    }

    /// How many rows come before this page.
    pub fn skip(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The rows of this page.
    pub fn cut<T>(self, rows: impl Iterator<Item = T>) -> Vec<T> {
        rows.skip(self.skip()).take(self.size).collect()
    }

    /// `meta` and `links` of a list at `path` with `total` rows.
    pub fn frame(self, path: &str, query: &Query, total: usize, totals: Totals) -> Map<String, Value> {
        let pages = total.div_ceil(self.size);
        let rest: String = query.beyond_paging().flat_map(|(name, value)| ["&", name, "=", value]).collect();
        let link = |page: usize| Value::from(format!("{path}?page={page}&pageSize={}{rest}", self.size));
        let or_null = |there: bool, page: usize| if there { link(page) } else { Value::Null };
        let mut meta = json!({ "pageSize": self.size, "page": self.number });
        let mut links = json!({
            "self": link(self.number),
            "first": link(1),
            "prev": or_null(self.number > 1, self.number - 1),
            "next": or_null(self.number < pages, self.number + 1),
        });
        if totals == Totals::Told {
            meta["total"] = total.into();
            meta["totalPages"] = pages.into();
            links["last"] = link(pages.max(1));
        }
        [("meta".to_owned(), meta), ("links".to_owned(), links)].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_on_until_the_last_page() {
        let query = Query::parse("page=2&pageSize=2&include=attachments");
        let page = Page::read(&query, 100).expect("a page");
        assert_eq!(page.cut(1..=5), vec![3, 4]);
        assert_eq!(
            Value::Object(page.frame("/v1/messages", &query, 5, Totals::Told)),
            json!({
                "meta": { "pageSize": 2, "page": 2, "total": 5, "totalPages": 3 },
                "links": {
                    "self": "/v1/messages?page=2&pageSize=2&include=attachments",
                    "first": "/v1/messages?page=1&pageSize=2&include=attachments",
                    "prev": "/v1/messages?page=1&pageSize=2&include=attachments",
                    "next": "/v1/messages?page=3&pageSize=2&include=attachments",
                    "last": "/v1/messages?page=3&pageSize=2&include=attachments",
                },
            })
        );
    }

    #[test]
    fn sizes_are_cut_down_and_nonsense_is_refused() {
        assert_eq!(Page::read(&Query::parse("pageSize=9999"), 500), Ok(Page { number: 1, size: 500 }));
        assert_eq!(Page::read(&Query::parse(""), 100), Ok(Page { number: 1, size: 100 }));
        for nonsense in ["page=0", "page=-1", "pageSize=x", "page=18446744073709551615"] {
            assert_eq!(Page::read(&Query::parse(nonsense), 100).map_err(|r| r.status), Err(400), "{nonsense}");
        }
    }

    #[test]
    fn page_100_points_to_a_page_the_search_refuses() {
        let query = Query::parse("page=100&pageSize=1");
        let frame = Page::read(&query, 500).expect("a page").frame("/v1/customers/search", &query, 1000, Totals::Told);
        assert_eq!(frame["links"]["next"], "/v1/customers/search?page=101&pageSize=1");
    }
}
