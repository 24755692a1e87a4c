//! Owns how each fetch is read: which question to the desk or the local store, and the words of its failure.

use std::time::Duration;

use super::perform::local;
use crate::{
    approval::Trail,
    clock::Clock,
    console::{effect::Fetch, msg::Fetched, remote::Problem},
    domain::{CustomerId, Draft},
    kustomer::Reader,
    transport::{ApiError, Lane},
};

/// Customers whose drafts are looked up.
const DRAFTS: usize = 12;
/// Customers a search shows.
const FOUND: usize = 100;
/// Entries of the trail that are shown.
const ENTRIES: usize = 500;

/// Reads what was asked for.
pub async fn read(fetch: &Fetch, reader: &Reader, trail: &Trail, clock: &Clock) -> Fetched {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: ApiError| unread(&what, &error)
    };
    match fetch {
        Fetch::Me => Fetched::Me(reader.me().await.map_err(failed("Could not sign in"))),
        Fetch::Directory => Fetched::Directory(reader.directory().await.map_err(failed("Names could not be read"))),
        Fetch::Queue => {
            Fetched::Queue(reader.open_conversations().await.map_err(failed("The queue could not be read")))
        }
        // These two are the worker's own: the one is read at once, the other is no question to the desk.
        Fetch::CachedQueue => Fetched::CachedQueue(None),
        Fetch::Model => Fetched::Model(Err(Problem::default())),
        Fetch::Customer(id) => {
            Fetched::Customer(reader.customer(id).await.map_err(failed("The customer could not be read")))
        }
        Fetch::Timeline(id) => {
            Fetched::Timeline(reader.timeline(id).await.map_err(failed("The timeline could not be read")))
        }
        Fetch::Conversation(id) => {
            Fetched::Conversation(reader.conversation(id).await.map_err(failed("The conversation could not be read")))
        }
        Fetch::Search(query) => {
            let found = reader.search_customers(query, FOUND).await;
            Fetched::Search(found.map_err(failed("The search did not work")))
        }
        Fetch::Attributes => {
            let attributes = reader.with_lane(Lane::Background).metadata("customer").await;
            Fetched::Attributes(attributes.map_err(failed("Custom attributes could not be read")))
        }
        Fetch::Klasses => Fetched::Klasses(reader.klasses().await.map_err(failed("Klasses could not be read"))),
        Fetch::Kobjects(klass, None) => {
            Fetched::Kobjects(reader.kobjects(klass, 1).await.map_err(failed("KObjects could not be read")))
        }
        Fetch::Kobjects(klass, Some(customer)) => {
            let rows = reader.kobjects_of(customer, klass).await;
            let page =
                rows.map(|rows| crate::kustomer::Page { total: Some(rows.len() as u64), rows, ..Default::default() });
            Fetched::Kobjects(page.map_err(failed("KObjects could not be read")))
        }
        Fetch::Drafts(customers) => Fetched::Drafts(drafts(reader, customers).await),
        Fetch::Jobs => {
            Fetched::Jobs(trail.store().jobs(trail.org()).map_err(|error| local("Jobs could not be read", &error)))
        }
        Fetch::Job { id, paced } => {
            if *paced {
                clock.sleep(Duration::from_secs(1)).await;
            }
            Fetched::Job(reader.bulk(id).await.map_err(failed("The bulk job could not be read")))
        }
        Fetch::Audit => {
            Fetched::Audit(trail.newest(ENTRIES).map_err(|error| local("The audit trail could not be read", &error)))
        }
    }
}

async fn drafts(reader: &Reader, customers: &[CustomerId]) -> Result<Vec<Draft>, Problem> {
    let reader = reader.with_lane(Lane::Background);
    let mut all = Vec::new();
    for customer in customers.iter().take(DRAFTS) {
        all.extend(reader.drafts_of(customer).await.map_err(|error| unread("Drafts could not be read", &error))?);
    }
    Ok(all)
}

/// The desk's failure in words.
fn unread(what: &str, error: &ApiError) -> Problem {
    let detail = error.detail().map(|words| format!(" ({})", words.line().as_ref())).unwrap_or_default();
    Problem { what: what.to_owned(), why: format!("{error}{detail}"), next: error.next().to_owned() }
}
