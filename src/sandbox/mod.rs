//! A simulated desk and a scripted model on a loopback port: a real HTTP server that a client which knows only the public
//! documentation cannot tell from the real one, except by its `server` header and by the routes under `/__sandbox`.
//!
//! It has its own JSON and names nothing of ours but the clock, so client and simulator cannot be wrong together.
//!
//! ```text
//! socket ─ wire ─ server (latency, faults, evidence) ─┬─ dispatch ─ table ─ routes ─ records ─ world ─ journal
//!                    └─ damage                        │               └─ search    └─ sla, schema, tags
//!                                                     ├─ truto (an integration layer, /truto) ─> dispatch
//!                                                     ├─ mcp (a shipping service, /mcp; also over stdio)
//!                                                     ├─ uploads ─ files (the object store, /__uploads)
//!                                                     ├─ model (the scripted model, /openai/v1)
//!                                                     ├─ admin (/__sandbox)
//!                                                     └─ postman: webhooks on their way out
//!
//! journal ─ desk.step_ended ─ events ─┬─ the conversation's trail ┐
//!                                     ├─ audit                     ├─ a redaction's erasure goes through them
//!                                     └─ webhooks                  ┘
//! records ─ envelope ─┬─ masking: what the key may not see
//!                     └─ usual: what is answered though nobody set it
//! ```
//!
//! One lock holds the whole desk and no change happens in the background: what fell due since the last request (a snooze, a
//! scheduled draft, a batch, a customer who writes) is done, with the time it was due, before the next request looks. Only
//! while a webhook waits for events does the desk wake by itself, when something is due. Only a search's scan through
//! seeded customers works outside the lock, on what cannot change.
//!
//! # What is simulated
//! The operations listed in `table`, with their roles, closed bodies, limits, paging, masking, rate budgets, SLAs and bulk
//! jobs. Customers and their merges, companies, conversations with their times and events, messages with redactions, notes,
//! drafts of every channel, forwards, attachments and media with their bytes, survey forms and results, klasses, `KObjects`
//! and metadata; users, teams, tokens, brands, schedules, tags, shortcuts, spam senders, tracking, queues, rules, shifts and
//! work items; the search language over every context, the archive's search, and an index that is as late as it is told to
//! be; what follows changes: trails, the audit log, signed webhooks; customers who go on writing.
//!
//! # What is not
//! Saved searches: those paths answer 404. Messages are recorded and never delivered; surveys are not sent. Business time is
//! counted like any other time on conversations and messages.
//!
//! # What the documentation leaves open and is decided here
//! Each module says so at its top. The decisions a client is most likely to meet:
//!
//! | question | here |
//! | --- | --- |
//! | error codes of 401, 403, 409, 429 | placeholders; clients should go by the status |
//! | a page size above the maximum | cut down to it |
//! | search page 101 | 400; `links.next` of page 100 still points there |
//! | a stale `rev` | 409 |
//! | a deleted record | 404, found by searches with `includeDeleted` |
//! | updates to one record | 60 a minute for each key |
//! | a masked value | `{"isMasked": true, "maskedPresentation": …}` at the value's place, also in a message's `meta` and a draft's `to` |
//! | writing a masked value back | 400 |
//! | who may unmask | any key with the role; an open window shows the customer to every key |
//! | a duplicate email or external id | 409, in bulk results `duplicate detected` |
//! | how a draft is sent | only by `scheduled: true` with a time that comes |
//! | when an SLA pauses | while snoozed; its deadlines move by as long |
//! | what audit logs, trails and webhooks say | masked, whoever reads |
//! | deliveries of a webhook | one at a time, in order; after the last retry `enabled: false` |
//! | a policy in business hours | `hours: "business"`; counts by its schedule or the default one, holidays left out |
//! | a new token | its own machine user, with at most its maker's roles; the CIDR list is kept, not enforced |
//! | who is offered work | nobody by itself: a work item is routed when its conversation is assigned |
//! | a bulk job | batches of 25, 300 to 900 ms each, jobs side by side |
//! | an import with `createdAt` and `importedAt` | was last changed at its `createdAt`, so history lands in the archive |
//! | `contains` on an exact keyword (`externalId`) | 400; only the classes of text and sets take it |
//! | a draft without a way to its recipient | mail to `bounce.example` ends as an `error` message, a forward as `failed` |
//! | a signed URL | works 15 minutes, for one file and one direction; a wrong one is 403 |
//! | a file's size | at most 15 MiB; the store holds 256 MiB and then refuses with 400 |
//! | a merge | takes 2 s, from `running` to `complete`; both customers answer writes with 409 meanwhile |
//! | a redaction | `preview` and `meta` are what stays; also gone from conversation, customer, events, audit log, bulk jobs, deliveries that wait |
//! | attributes never set | absent, but for those `usual` lists: null or empty |
//! | who made what the org began with | the main key's machine user |
//! | a contact item | comes back with `id: null`, which may be sent back, and a `type`: `home`, for phones `mobile` |
//! | the answer to a changed draft | the five attributes and `body` |
//! | a comma list of users | a page, with `meta` and `links` |
//! | the `data` of a bulk deletion | an empty object; `ids` has the ids |
//! | `deleted: null` or `false` in an update | restores a conversation, note or company |
//! | deleting a klass that has `KObjects` | 409 |
//! | free `data` of a `KObject` | answered by the signed `s3DataUrl` only |
//! | a handling interval | ends with an answer that is not automatic, begins when the customer began to wait, at most 10 minutes before |
//! | event filters `name` and `changed` | comma lists |
//! | criteria of several families in `and` | all criteria of one family are met by one and the same record |
//!
//! # Evidence and steering, under `/__sandbox` (no key needed)
//! | route | does |
//! | --- | --- |
//! | `GET keys` | the API keys (`main`, `read-only`, `no-search`, `no-bulk`, `unmasked`, `admin`, `expired`) with their roles |
//! | `GET log?since=SEQ&limit=N&effect=true` | the requests to the desk: digest, lane, key, status, outcome, whether anything changed |
//! | `GET stats` | requests by lane, and how much of the budget each window used |
//! | `GET webhooks?since=SEQ` | the tries to deliver events, and how many wait |
//! | `GET mcp/log?since=SEQ` | the calls of the MCP server's tools, and what they wrote |
//! | `POST mcp/changed` | whoever listens to the MCP server hears that its list of tools changed |
//! | `GET model/log` | the requests to the model, as received |
//! | `GET`, `POST clock` | the desk's time; `{"advance_ms": N}` moves it forward |
//! | `GET`, `POST`, `DELETE faults` | the faults in force; `{"spec": "…"}` adds some, see [`faults`] |

mod admin;
mod ahead;
mod audit;
mod bulk;
mod call;
mod criteria;
mod damage;
mod desk;
mod dispatch;
pub mod doc;
mod envelope;
mod erasure;
mod errors;
mod events;
pub mod faults;
mod files;
mod hours;
mod journal;
mod limits;
mod live;
mod log;
mod masking;
mod mcp;
mod mint;
pub mod model;
mod multipart;
mod options;
mod paging;
mod query;
mod records;
mod roles;
mod routes;
mod schema;
mod search;
pub mod seed;
mod server;
mod sla;
mod table;
mod times;
mod truto;
mod uploads;
mod usual;
mod webhooks;
mod wire;
mod world;

#[cfg(test)]
mod chronicle_tests;
#[cfg(test)]
mod dispatch_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod webhook_tests;

pub use faults::FaultRule;
pub use limits::RateLimit;
pub use mcp::stdio as mcp_stdio;
pub use model::PACE;
pub use options::{Options, Plan};
pub use server::{Ready, Running, start};
#[cfg(test)]
pub(crate) use table::all as operations;
