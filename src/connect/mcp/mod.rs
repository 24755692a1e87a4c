//! Owns the client of MCP servers (integrations reference, 3): connecting by either era, over HTTP or to a program started
//! here; listing their tools; calling them; putting their questions before a person; signing in. Does not decide what a tool's
//! effect is, what it is called for a model, or whether it may be called.
//!
//! ```text
//! config ─ link (probe, handshake) ─ Client ─┬─ tools ─> Definition (bounded)      left_out
//!                                            ├─ look / perform(ticket) ─> Told (bounded, checked)
//!                                            └─ handler ─> Ask ─> a person ─> Reply (checked)
//! ```
//!
//! Invariants: this folder alone names `rmcp`; everything a server says is read under bounds into words that cannot be shown
//! uncleaned; addresses, tokens and arguments are in no error, log or `Debug`.

mod ask;
mod child;
mod client;
mod definition;
mod ear;
mod error;
mod handler;
mod link;
pub mod schema;
mod sign_in;
mod tokens;
mod told;

pub use ask::{Ask, Choice, Field, Kind, Question, Reply};
pub use child::{allow, command_line, is_allowed, program};
pub use client::{Client, Era, Identity, Telling, path};
pub use definition::{Definition, Hints, LeftOut};
pub use error::McpError;
pub use handler::Progress;
pub use link::{Means, address};
pub use sign_in::sign_in;
pub use tokens::{Kept, Tokens};
pub use told::{Content, Told};
