//! Owns `shiftdeck search`: the query language over every context, what could be typed next, and what a query becomes.

use futures::future;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Exit, Failure, args::Search, out, render, session::Session};
use crate::{
    config::Config,
    domain::{ContactKind, Conversation, Customer, Directory, Kobject, Message, Named, Note, Text, User},
    kustomer::{
        Found, Owned, Page,
        search::{Attributes, Context, Query, QueryError, Scope, complete},
    },
    privacy::text,
};

/// The columns of messages and notes.
const ENTRY: &[&str] = &["ID", "WHEN (UTC)", "WHAT", "WORDS"];

/// Runs it.
pub async fn run(config: Config, args: &Search) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    let me = session.sign_in().await?;
    let org = Org::read(&session, args, me).await;
    let zone = TimeZone::system();
    let scope = org.scope(args, &session, &zone);
    let done = if args.complete { candidates(args, &scope) } else { find(&session, args, &scope).await };
    session.close().await;
    done.map(|()| Exit::Done)
}

/// The ids of all records a query finds, in its order.
///
/// # Errors
/// For a query that is none, finds nothing, or finds more than one search can give.
pub async fn ids(session: &Session, context: &Context, query_words: &str, me: User) -> Result<Vec<String>, Failure> {
    const MOST: usize = 10_000;
    let (query_words, context) = (query_words.to_owned(), context.clone());
    let args = Search { query: query_words, context, limit: MOST, explain: false, complete: false, json: false };
    let zone = TimeZone::system();
    let org = Org::read(session, &args, me).await;
    let found = session.reader.find(&query(&args, &org.scope(&args, session, &zone))?, MOST).await?;
    let (ids, more) = found.ids();
    if more || ids.len() >= MOST {
        let why = "it finds more than 10,000 records, which is all that one search gives";
        return Err(Failure::new("the query", why, "narrow it, for instance by created:2025-03 or updated<7d"));
    }
    if ids.is_empty() {
        return Err(Failure::new("the query", "it finds nothing", "try it with `shiftdeck search` first"));
    }
    Ok(ids)
}

/// What is known of the org for reading a query; what the key may not read is not known.
struct Org {
    me: User,
    names: Option<Directory>,
    attributes: Attributes,
}

impl Org {
    async fn read(session: &Session, args: &Search, me: User) -> Self {
        let reader = &session.reader;
        let described = async {
            let resource = args.context.resource()?;
            Some((resource.clone(), reader.metadata(&resource).await.ok()?))
        };
        // A dot may lead to a klass; reading them all costs a call each.
        let klasses = async {
            let wanted = args.complete || args.query.contains('.');
            if wanted { reader.klasses().await.unwrap_or_default() } else { Vec::new() }
        };
        let (names, described, klasses) = future::join3(reader.directory(), described, klasses).await;
        let klasses = klasses.into_iter().map(|klass| (format!("kobject.{}", klass.name), klass.attributes));
        Self { me, names: names.ok(), attributes: klasses.chain(described).collect() }
    }

    fn scope<'a>(&'a self, args: &'a Search, session: &Session, zone: &'a TimeZone) -> Scope<'a> {
        Scope {
            context: &args.context,
            now: session.clock.now(),
            zone,
            names: self.names.as_ref(),
            me: Some(&self.me.id),
            attributes: &self.attributes,
        }
    }
}

/// `--complete`: whole queries, so that a shell can offer them as they are.
fn candidates(args: &Search, scope: &Scope<'_>) -> Result<(), Failure> {
    let completion = complete(&args.query, args.query.len(), scope);
    let whole = |text: &str| format!("{}{text}", &args.query[..completion.from]);
    if args.json {
        let rows = completion.candidates.iter().map(
            |candidate| json!({ "query": whole(&candidate.text), "text": candidate.text, "about": candidate.about }),
        );
        return Ok(out::json(&json!({ "from": completion.from, "candidates": rows.collect::<Vec<_>>() }))?);
    }
    for candidate in &completion.candidates {
        out::line(text::line(&whole(&candidate.text)).as_ref())?;
    }
    Ok(())
}

/// A query in the language, or a search document.
fn query(args: &Search, scope: &Scope<'_>) -> Result<Query, Failure> {
    if args.query.trim_start().starts_with('{') {
        let document: Value = serde_json::from_str(&args.query)
            .map_err(|error| Failure::usage("the search document", error.to_string()))?;
        return Query::from_document(&document, scope)
            .map_err(|error| Failure::usage("the search document", error.to_string()));
    }
    Query::parse(&args.query, scope).map_err(|error| wrong(&args.query, &error))
}

/// The query with a caret under the column that is wrong.
fn wrong(query: &str, error: &QueryError) -> Failure {
    let caret = " ".repeat(error.indent(query));
    Failure::usage("the query", format!("{error}\n  {}\n  {caret}^", text::line(query)))
}

async fn find(session: &Session, args: &Search, scope: &Scope<'_>) -> Result<(), Failure> {
    let query = query(args, scope)?;
    if args.explain {
        if args.json {
            let words = query.to_string();
            return Ok(out::json(&json!({ "query": words, "document": query.document() }))?);
        }
        out::say(&format!("in {}: {}", query.context(), text::line(&query.to_string())));
        return Ok(out::json(&query.document())?);
    }
    let found = session.reader.find(&query, args.limit).await?;
    show(session, args, found)
}

fn show(session: &Session, args: &Search, found: Found) -> Result<(), Failure> {
    let now = session.clock.now();
    match found {
        Found::Customers(page) => {
            list(args, "customers", &["ID", "NAME", "EMAIL", "PHONE", "EXTERNAL ID"], &page, render::customer, customer)
        }
        Found::Conversations(page) => {
            let row = |c: &Conversation| {
                vec![c.id.to_string(), c.status.as_str().to_owned(), render::sla(c, now), c.name.line().into_string()]
            };
            list(args, "conversations", &["ID", "STATUS", "SLA", "SUBJECT"], &page, render::conversation, row)
        }
        Found::Messages(page) => {
            let item = |found: &Owned<Message>| crate::domain::Item::Message(found.record.clone());
            let row = |found: &Owned<Message>| entry(found.record.id.as_str(), &item(found));
            list(args, "messages", ENTRY, &page, |found| render::item(&item(found)), row)
        }
        Found::Notes(page) => {
            let item = |found: &Owned<Note>| crate::domain::Item::Note(found.record.clone());
            let row = |found: &Owned<Note>| entry(found.record.id.as_str(), &item(found));
            list(args, "notes", ENTRY, &page, |found| render::item(&item(found)), row)
        }
        Found::Companies(page) => {
            let json = |company: &Named<String>| json!({ "id": company.id, "name": company.name.raw() });
            let row = |company: &Named<String>| vec![company.id.clone(), company.name.line().into_string()];
            list(args, "companies", &["ID", "NAME"], &page, json, row)
        }
        Found::Kobjects(page) => {
            let row = |kobject: &Kobject| {
                vec![kobject.id.to_string(), external(kobject.external_id.as_ref()), kobject.title.line().into_string()]
            };
            list(args, "kobjects", &["ID", "EXTERNAL ID", "TITLE"], &page, render::kobject, row)
        }
    }
}

/// One page, as a document under `name` or as a table.
fn list<T>(
    args: &Search,
    name: &str,
    heading: &[&str],
    page: &Page<T>,
    json: impl Fn(&T) -> Value,
    row: impl Fn(&T) -> Vec<String>,
) -> Result<(), Failure> {
    if args.json {
        let rows: Vec<Value> = page.rows.iter().map(json).collect();
        return Ok(out::json(&json!({ "total": page.total, "more": page.more, name: rows }))?);
    }
    out::table(heading, &page.rows.iter().map(row).collect::<Vec<_>>())?;
    let shown = page.rows.len();
    out::say(&page.total.map_or_else(|| format!("{shown} shown"), |total| format!("{shown} of {total}")));
    Ok(())
}

fn external(id: Option<&Text>) -> String {
    id.map(|id| id.line().into_string()).unwrap_or_default()
}

fn customer(customer: &Customer) -> Vec<String> {
    let (email, phone) =
        (render::contact_cell(customer, ContactKind::Email), render::contact_cell(customer, ContactKind::Phone));
    let (id, name) = (customer.id.to_string(), customer.name.line().into_string());
    vec![id, name, email, phone, external(customer.external_id.as_ref())]
}

fn entry(id: &str, item: &crate::domain::Item) -> Vec<String> {
    let (what, words) = render::item_line(item);
    let when = item.at().map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    vec![id.to_owned(), when, what, words]
}
