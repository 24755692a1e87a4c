//! A simulated desk and a scripted model on a loopback port: a real HTTP server that a client which knows only the public
//! documentation cannot tell from the real one, except by its `server` header and by the routes under `/__sandbox`.
//!
//! It has its own JSON and names nothing of ours but the clock, so client and simulator cannot be wrong together.
//!
//! ```text
//! socket ─ wire ─ server (latency, faults, evidence) ─┬─ dispatch ─ table ─ routes ─ records ─ world
//!                                                     │               └─ search    └─ sla, schema, tags
//!                                                     ├─ uploads ─ files (the object store, /__uploads)
//!                                                     ├─ model (the scripted model, /openai/v1)
//!                                                     └─ admin (/__sandbox)
//! ```
//!
//! One lock holds the whole desk and nothing runs in the background: what fell due since the last request (a snooze, a
//! scheduled draft, a batch) is done, with the time it was due, before the next request looks.
//!
//! # What is simulated
//! The operations listed in `table`, with their roles, closed bodies, limits, paging, masking, rate budgets, SLAs and bulk
//! jobs; the search language over customers, conversations, messages, notes, companies and `KObjects`. Customers and their
//! merges, companies, conversations with their times and events, messages with redactions, notes, drafts of every channel,
//! forwards, attachments and media with their bytes, survey forms and results, klasses, `KObjects` and metadata are whole.
//!
//! # What is not
//! Webhooks, audit logs, role groups, tracking, work items and work sessions, archive and saved searches, writing users,
//! tags or shortcuts directly: those paths answer 404. Messages are recorded and never delivered; surveys are not sent. The
//! search index is never late. Business time is counted like any other time on conversations and messages.
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
//! | a bulk job | batches of 25, 300 to 900 ms each, jobs side by side |
//! | a draft without a way to its recipient | mail to `bounce.example` ends as an `error` message, a forward as `failed` |
//! | a signed URL | works 15 minutes, for one file and one direction; a wrong one is 403 |
//! | a file's size | at most 15 MiB; the store holds 256 MiB and then refuses with 400 |
//! | a merge | takes 2 s, from `running` to `complete`; both customers answer writes with 409 meanwhile |
//! | a redaction | `preview` and `meta` are what stays; also gone from conversation, customer and events |
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
//! | `GET keys` | the API keys (`main`, `read-only`, `no-search`, `no-bulk`, `unmasked`) with their roles |
//! | `GET log?since=SEQ` | the requests to the desk: digest, lane, key, status, outcome, whether anything changed |
//! | `GET model/log` | the requests to the model, as received |
//! | `GET`, `POST clock` | the desk's time; `{"advance_ms": N}` moves it forward |
//! | `GET`, `POST`, `DELETE faults` | the faults in force; `{"spec": "…"}` adds some, see [`faults`] |

mod admin;
mod bulk;
mod call;
mod desk;
mod dispatch;
pub mod doc;
mod envelope;
mod errors;
pub mod faults;
mod files;
mod journal;
mod limits;
mod log;
mod masking;
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
mod uploads;
mod wire;
mod world;

#[cfg(test)]
mod dispatch_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod http_tests;

pub use faults::FaultRule;
pub use limits::RateLimit;
pub use options::{Options, Plan};
pub use server::{Ready, Running, start};
