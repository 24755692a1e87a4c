//! Owns the guess at which seeded customers a request is about to show, so that they are made before the desk is held: a page
//! of a hundred takes longer to make than a person's read may wait. A wrong guess costs time and changes nothing: what is
//! missing is made when the page is answered. Makes nothing itself.

use std::ops::Range;

use super::{dispatch::Incoming, paging::Page, query::Query};

/// The customers, of so many, that a page of their list shows as long as nobody was added or deleted.
pub fn customers(incoming: &Incoming<'_>, all: usize) -> Option<Range<usize>> {
    if (incoming.method, incoming.path) != ("GET", "/v1/customers") {
        return None;
    }
    let query = Query::parse(incoming.query);
    let page = Page::read(&query, 100).ok()?;
    let from = page.skip().min(all);
    let to = from.saturating_add(page.size).min(all);
    Some(if query.get("sort") == Some("desc") { all - to..all - from } else { from..to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_customers_are_foreseen_and_nothing_else() {
        let foresee = |path, query| {
            let incoming =
                Incoming { method: "GET", path, query, authorization: None, host: None, content_type: None, body: &[] };
            customers(&incoming, 250)
        };
        assert_eq!(foresee("/v1/customers", "page=2"), Some(100..200));
        assert_eq!(foresee("/v1/customers", "page=3&sort=desc"), Some(0..50));
        assert_eq!(foresee("/v1/customers", "page=4000000000"), Some(250..250));
        assert_eq!(foresee("/v1/customers", "page=0"), None);
        assert_eq!(foresee("/v1/conversations", "page=1"), None);
    }
}
