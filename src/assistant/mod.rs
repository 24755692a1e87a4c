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
pub mod stream;
mod turn;
mod window;

pub use assemble::{Finish, Said};
pub use driver::{
    Performed, Ran, ask, call_model, denied, done, not_done, refused, run_tool, waits_for_second, with_note,
};
pub use entry::{CallEntry, CallId, CallState, Entry, Notice, RawCall, ToolCall, Usage};
pub use error::{ModelError, ModelErrorKind};
pub use stream::{Model, ModelConfig, display_name, models};
pub use turn::{Act, Event, Round, Step, Turn};
pub use window::{Context, Message, Veiled};
