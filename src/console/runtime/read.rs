//! Owns how each fetch is read: which question to the desk or the local store, and the words of its failure.

mod records;

use std::time::Duration;

use super::{SHIFT, perform::local};
use crate::{
    approval::{Trail, handover::Handover},
    assistant::transcript::Step,
    bulk,
    clock::Clock,
    console::{
        effect::Fetch,
        msg::Fetched,
        remote::Problem,
        widgets::picture::{self, Picture},
    },
    domain::{Channel, ConversationId, Customer, CustomerId, Draft, MessageId},
    kustomer::Reader,
    store::Looking,
    transport::{ApiError, Lane},
};

/// Entries of the trail that are shown.
const ENTRIES: usize = 500;
/// Entries a handover report is made of at most; a shift has some hundreds.
const HANDED_OVER: usize = 20_000;

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
        Fetch::Live(live) => Fetched::Live(super::live::read(&live.without(&frozen(trail)), reader).await),
        // These two are the worker's own: the one is read at once, the other is no question to the desk.
        Fetch::CachedQueue => Fetched::CachedQueue(None),
        Fetch::Model => Fetched::Model(Err(Problem::default())),
        Fetch::Customer(id) => {
            Fetched::Customer(reader.customer(id).await.map_err(failed("The customer could not be read")))
        }
        Fetch::Timeline(id) => {
            Fetched::Timeline(reader.timeline(id).await.map_err(failed("The timeline could not be read")))
        }
        Fetch::Older(id, rest) => {
            // What a person looks at unmasked is nobody's background.
            let lane = if frozen(trail).contains(id) { Lane::Person } else { Lane::Background };
            let part = reader.with_lane(lane).older(id, rest).await;
            Fetched::Older(part.map_err(failed("Older entries could not be read")))
        }
        Fetch::Turn => Fetched::Turn,
        Fetch::Picture(message, file) => Fetched::Picture(picture(reader, message, file).await),
        Fetch::Conversation(id) => {
            Fetched::Conversation(reader.conversation(id).await.map_err(failed("The conversation could not be read")))
        }
        Fetch::Search(query, page) => {
            Fetched::Search(reader.find_page(query, *page).await.map_err(failed("The search did not work")))
        }
        Fetch::Attributes(resource) => {
            let attributes = reader.with_lane(Lane::Background).metadata(resource).await;
            Fetched::Attributes(attributes.map_err(failed("Custom attributes could not be read")))
        }
        Fetch::Klasses => Fetched::Klasses(reader.klasses().await.map_err(failed("Klasses could not be read"))),
        Fetch::Kobject(klass, id) => {
            Fetched::Kobject(reader.kobject(klass, id).await.map_err(failed("The KObject could not be read")))
        }
        Fetch::KobjectNamed(klass, id) => records::named(reader, klass, id).await,
        Fetch::FindKobjects(query, page) => records::found(reader, query, *page).await,
        Fetch::RecordHistory(klass, id) => records::past(reader, trail, klass, id).await,
        Fetch::Kobjects(klass, None, page) => {
            Fetched::Kobjects(reader.kobjects(klass, *page).await.map_err(failed("KObjects could not be read")))
        }
        Fetch::Kobjects(klass, Some(customer), _) => {
            let rows = reader.kobjects_of(customer, klass).await;
            let page =
                rows.map(|rows| crate::kustomer::Page { total: Some(rows.len() as u64), rows, ..Default::default() });
            Fetched::Kobjects(page.map_err(failed("KObjects could not be read")))
        }
        Fetch::Drafts(customers) => Fetched::Drafts(drafts(reader, customers, &frozen(trail)).await),
        Fetch::Addressee(customer, conversation) => {
            let found = addressee(reader, customer, conversation.as_ref()).await;
            Fetched::Addressee(found.map_err(failed("Whom it is for could not be read")))
        }
        Fetch::Editable(editing) => records::editable(reader, editing).await,
        Fetch::Lookup(query) => records::lookup(reader, query).await,
        Fetch::Shortcuts => {
            Fetched::Shortcuts(reader.shortcuts().await.map_err(failed("Canned texts could not be read")))
        }
        Fetch::Jobs => Fetched::Jobs(super::jobs::list(trail)),
        Fetch::Job { id, paced } => {
            if *paced {
                clock.sleep(Duration::from_secs(1)).await;
            }
            // A job of ours is told by its journal, whichever process runs it.
            if let Some((job, row)) = super::jobs::one(trail, id) {
                return Fetched::Job(Ok((job, Some(row))));
            }
            let job = reader.bulk(id).await.map_err(failed("The bulk job could not be read"));
            Fetched::Job(job.map(|job| (job, None)))
        }
        Fetch::Plan(planning) => {
            Fetched::Plan(Box::new(super::jobs::planned(planning, reader, trail, clock.now()).await))
        }
        Fetch::Scene(_, change) => {
            Fetched::Scene(reader.scene(change).await.map_err(failed("What is around the change could not be read")))
        }
        Fetch::Handover => Fetched::Handover(handover(reader, trail, clock).await),
        Fetch::Audit => {
            Fetched::Audit(trail.newest(ENTRIES).map_err(|error| local("The audit trail could not be read", &error)))
        }
        Fetch::Transcripts(looking) => {
            let looking = Looking { org: Some(trail.org().to_owned()), ..looking.clone() };
            let found = trail.store().transcripts(&looking);
            Fetched::Transcripts(found.map_err(|error| local("Earlier dialogues could not be read", &error)))
        }
        Fetch::Transcript(id) => {
            let found = trail.store().transcript(id).map(|found| {
                found.map(|(head, steps)| (head, steps.iter().filter_map(|step| Step::from_row(step)).collect()))
            });
            Fetched::Transcript(found.map_err(|error| local("The dialogue could not be read", &error)))
        }
    }
}

/// The report of the last eight hours. The desk is asked how the shift's bulk jobs stand; one that does not answer leaves
/// them untold.
async fn handover(reader: &Reader, trail: &Trail, clock: &Clock) -> Result<Handover, Problem> {
    const WHAT: &str = "The report could not be made";
    let until = clock.now();
    let since = until.checked_sub(SHIFT).unwrap_or(until);
    let source = trail.clone();
    let entries = tokio::task::spawn_blocking(move || source.newest(HANDED_OVER)).await;
    let mut entries = entries.map_err(|error| local(WHAT, &error))?.map_err(|error| local(WHAT, &error))?;
    entries.reverse();
    let own = |id: &str| bulk::own_job(trail.store(), id);
    let jobs = reader.with_lane(Lane::Background).standings(&entries, trail.org(), own).await;
    Ok(Handover::of(&entries, since, until, &jobs))
}

async fn addressee(
    reader: &Reader,
    customer: &CustomerId,
    conversation: Option<&ConversationId>,
) -> Result<(Customer, Option<Channel>), ApiError> {
    let person = reader.customer(customer).await?;
    let channel = match conversation {
        Some(conversation) => reader.reply_channel(conversation).await?,
        None => None,
    };
    Ok((person, channel))
}

/// Customers with an open window: nothing is asked about them but what a person asks.
fn frozen(trail: &Trail) -> Vec<CustomerId> {
    trail.store().open_windows(trail.org()).unwrap_or_default()
}

async fn drafts(reader: &Reader, customers: &[CustomerId], frozen: &[CustomerId]) -> Result<Vec<Draft>, Problem> {
    let background = reader.with_lane(Lane::Background);
    let mut all = Vec::new();
    for customer in customers {
        let reader = if frozen.contains(customer) { reader } else { &background };
        all.extend(reader.drafts_of(customer).await.map_err(|error| unread("Drafts could not be read", &error))?);
    }
    Ok(all)
}

/// A picture, fetched by a fresh signed address and decoded where nobody waits for the thread.
async fn picture(reader: &Reader, message: &MessageId, file: &str) -> Result<Picture, Problem> {
    const WHAT: &str = "The picture cannot be shown";
    let bytes = reader.file(message, file, picture::MOST_BYTES).await.map_err(|error| unread(WHAT, &error))?;
    let decoded = tokio::task::spawn_blocking(move || Picture::decode(&bytes)).await;
    let refused = |why: &str| Problem::new(WHAT, why, "it stays at the desk; look at it there");
    decoded.map_err(|_| refused("its data is broken"))?.map_err(refused)
}

/// The desk's failure in words.
pub(super) fn unread(what: &str, error: &ApiError) -> Problem {
    let detail = error.detail().map(|words| format!(" ({})", words.line().as_ref())).unwrap_or_default();
    Problem::new(what, &format!("{error}{detail}"), error.next())
}
