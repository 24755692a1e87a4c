//! Owns which collections of a desk can be walked, and how each is listed and searched. A table; sends nothing.

use jiff::Timestamp;

use super::{Pages, Seek, Stand};
use crate::kustomer::path::segment;

/// Name, label, path, the largest page (Kustomer API reference 4.1), and the search context where there is one.
type Listed = (&'static str, &'static str, &'static str, u32, Option<&'static str>);

const LISTED: [Listed; 22] = [
    ("customers", "GET /v1/customers", "/v1/customers", 100, Some("customer")),
    ("conversations", "GET /v1/conversations", "/v1/conversations", 100, Some("conversation")),
    ("messages", "GET /v1/messages", "/v1/messages", 100, Some("message")),
    ("notes", "GET /v1/notes", "/v1/notes", 100, Some("note")),
    ("companies", "GET /v1/companies", "/v1/companies", 100, Some("company")),
    ("users", "GET /v1/users", "/v1/users", 500, None),
    ("teams", "GET /v1/teams", "/v1/teams", 500, None),
    ("tags", "GET /v1/tags", "/v1/tags", 100, None),
    ("brands", "GET /v1/brands", "/v1/brands", 100, None),
    ("schedules", "GET /v1/schedules", "/v1/schedules", 100, None),
    ("shortcuts", "GET /v1/shortcuts", "/v1/shortcuts", 100, None),
    ("slas", "GET /v1/slas", "/v1/slas", 100, None),
    ("klasses", "GET /v1/klasses", "/v1/klasses", 100, None),
    ("queues", "GET /v1/routing/queues", "/v1/routing/queues", 100, None),
    ("queue-rules", "GET /v1/routing/queue-rules", "/v1/routing/queue-rules", 100, None),
    ("work-sessions", "GET /v1/routing/work-sessions", "/v1/routing/work-sessions", 100, None),
    ("work-items", "GET /v1/routing/work-items", "/v1/routing/work-items", 100, None),
    ("role-groups", "GET /v1/role-groups", "/v1/role-groups", 100, None),
    ("satisfaction", "GET /v1/satisfaction", "/v1/satisfaction", 100, None),
    ("outbound-accounts", "GET /v1/outboundAccounts", "/v1/outboundAccounts", 100, None),
    ("spam-senders", "GET /v1/spam/senders", "/v1/spam/senders", 100, None),
    (AUDIT, "GET /v1/audit-logs", "/v1/audit-logs", 1000, None),
];

/// The one list that goes by cursor and takes a time window of its own (Kustomer API reference 26).
const AUDIT: &str = "audit-logs";

/// A collection of records that can be walked from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    name: String,
    label: &'static str,
    path: String,
    size: u32,
    context: Option<String>,
}

impl Collection {
    /// By the name used on the command line; `kobject_<klass>` for the KObjects of a klass.
    pub fn named(name: &str) -> Option<Self> {
        if let Some(klass) = name.strip_prefix("kobject_").filter(|klass| !klass.is_empty()) {
            return Some(Self {
                name: name.to_owned(),
                label: "GET /v1/klasses/{name}",
                path: format!("/v1/klasses/{}", segment(klass)),
                size: 100,
                context: Some(name.to_owned()),
            });
        }
        let (name, label, path, size, context) = LISTED.iter().find(|(known, ..)| *known == name)?;
        let (name, path, context) = ((*name).to_owned(), (*path).to_owned(), context.map(str::to_owned));
        Some(Self { name, label, path, size: *size, context })
    }

    /// The names there are, but for the klasses.
    pub fn names() -> impl Iterator<Item = &'static str> {
        LISTED.iter().map(|(name, ..)| *name)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The start of a walk over what changed in a window (both ends included); over everything without one. `None` when
    /// the desk has no way to ask for a window: these lists are short, walk them whole.
    pub fn start(&self, since: Option<Timestamp>, until: Option<Timestamp>) -> Option<Stand> {
        let pages = |query: String| Stand::List(Pages::new(format!("{}?{query}", self.path)));
        let iso = |at: Timestamp| segment(&at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
        if self.name == AUDIT {
            let mut query = format!("count={}", self.size);
            for (name, at) in [("start", since), ("end", until)] {
                query.extend(at.map(|at| format!("&filter%5B{name}%5D={}", iso(at))));
            }
            return Some(pages(query));
        }
        if since.is_none() && until.is_none() {
            return Some(pages(format!("page=1&pageSize={}", self.size)));
        }
        self.context.as_ref().map(|_| Stand::Search(Seek::new(since, until)))
    }

    /// The start of a walk over everything by search, in the order of the last change.
    pub fn search(&self) -> Option<Stand> {
        self.context.as_ref().map(|_| Stand::Search(Seek::new(None, None)))
    }

    /// The metadata resource that describes its records; only these kinds have one (Kustomer API reference 7.2).
    pub(super) fn metadata(&self) -> Option<String> {
        let context = self.context();
        match context {
            "customer" | "company" | "conversation" | "message" => Some(context.to_owned()),
            _ => context.strip_prefix("kobject_").map(|klass| format!("kobject.{klass}")),
        }
    }

    pub(super) fn label(&self) -> &'static str {
        self.label
    }

    pub(super) fn context(&self) -> &str {
        self.context.as_deref().unwrap_or_default()
    }

    /// What search attributes of it begin with: KObjects of every klass share theirs (Kustomer API reference 9.3).
    pub(super) fn prefix(&self) -> &str {
        let context = self.context();
        if context.starts_with("kobject_") { "kobject" } else { context }
    }
}
