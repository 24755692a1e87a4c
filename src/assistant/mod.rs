//! Owns the assistant: a dialogue with a model that may look by itself and only propose the rest. Does not approve, perform
//! or draw anything.
//!
//! ```text
//! person, model, tools ─ Event ─> turn (pure) ─> Act ─> driver ─┬─ stream ─ model's endpoint
//!                                   │                           └─ tools ─ Reader, or a Change for the approval desk
//!                                   └─ window: what the model is shown, made of veiled words only
//! ```
//!
//! Invariants: every tool call is answered exactly once, whatever happens; nothing reaches a model that did not pass the
//! vault ([`Veiled`]); no value in here can perform a change.

mod assemble;
mod driver;
mod entry;
mod error;
mod ledger;
pub mod plan;
pub mod stream;
pub mod transcript;
mod turn;
mod window;

pub use assemble::{Finish, Said};
pub use driver::{
    Performed, Ran, ask, call_model, denied, done, not_done, refused, run_tool, waits_for_second, with_note,
};
pub use entry::{CallEntry, CallId, CallState, Entry, Notice, RawCall, ToolCall, Usage};
pub use error::{ModelError, ModelErrorKind};
pub use ledger::{Figures, Ledger, Sum, Tokens, grouped, money, shift_start};
pub use stream::{Model, ModelConfig, display_name, models};
pub use turn::{
    Act, Citation, Depth, Event, How, Influence, Item, ItemKind, Limit, Round, Seen, Source, Standing, Step, Turn,
    Whose, citations,
};
pub use window::{Context, Message, Veiled};
