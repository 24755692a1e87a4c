//! Shiftdeck: a terminal console for the people who run a customer-support shift. This page is the architecture.
//!
//! # Map
//!
//! The folders stand in the order of who may name whom: a folder names what is above it in this list, never what is below.
//! A test reads the source and holds that order.
//!
//! | folder | owns |
//! | --- | --- |
//! | [`domain`] | the vocabulary: customer, conversation, timeline, klass and KObject, draft, bulk job, SLA, queue, user |
//! | [`clock`] | now and sleep: the real one, and one moved by hand |
//! | [`config`] | settings as written → as resolved; profiles, paths, the environment |
//! | [`privacy`] | text made safe to show, personal values found in free text, the placeholder vault, words sealed for the disk |
//! | [`store`] | the local database: audit chain, half-typed words, transcripts, jobs, open windows |
//! | [`transport`] | the one way out: lanes, budget, retry, redaction; alone names an HTTP library |
//! | [`approval`] | from wish to permission: change, proposal, desk (sole maker of `Approved`), audit trail |
//! | [`kustomer`] | Kustomer's API: wire shapes, `Reader`, `Writer`, changes, the search language |
//! | [`connect`] | other roads to a desk (Truto's proxy; nothing above the transport knows by which road it goes), and servers of tools (MCP) |
//! | [`bulk`] | bulk jobs: files read and checked, plans of rows on disk, the journal, the running of them |
//! | [`tools`] | what an assistant may ask for: our own tools, and those of other sources (`tools::outside`), whose words are claims |
//! | [`assistant`] | the turn (a pure machine), plan mode, what the model sees, the stream, transcripts |
//! | [`console`] | the terminal: state, update, view, runtime, panes, overlays, widgets, themes |
//! | [`sandbox`] | a simulated desk and a scripted model on loopback; names nothing of ours but `clock` |
//! | [`cli`] | one file a subcommand, each thin: it wires the above |
//!
//! # Flow
//!
//! ```text
//! key, timer, reply, model event ─ Msg ─> update(&mut State, Msg) -> Vec<Effect> ─> runtime performs ─> Msg …
//!                                                └ queue empty? ─> view(&State, &Theme) -> frame
//! ```
//!
//! # Invariants
//!
//! 1. Nothing is written, unmasked, drafted, sent or deleted without an [`approval::Approved`], and nothing makes one but
//!    a key pressed at a terminal after the whole request was on screen ([`approval`] says how types hold that).
//! 2. The approval is in the audit trail, on disk, before the first byte of the request leaves.
//! 3. A model is shown placeholders, never the values the desk masks; the vault puts values in on the way to the desk.
//! 4. Somebody else's words are [`domain::Text`], which cannot be displayed; [`privacy::text`] makes them safe, once.
//! 5. Every request leaves through one transport with one budget; a person's never waits behind a job's.
//! 6. A write whose effect is unclear is looked up, never sent again; only a bulk batch that was not found may be, because
//!    its rows carry ids or revisions the desk takes once.
//! 7. `update` is pure and `view` only reads; effects are data, performed in one place.
//! 8. The simulated desk is a server, not a mock: production code has no branch for it, and it has its own JSON.

pub mod approval;
pub mod assistant;
pub mod bulk;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod console;
pub mod domain;
pub mod kustomer;
pub mod privacy;
pub mod sandbox;
pub mod store;
pub mod tools;
pub mod transport;
