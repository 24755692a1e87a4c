//! Owns the conversation with a Kustomer desk: [`Reader`] for everything that only looks, [`walk`] for collections from end
//! to end and [`export`] for the file they go to, [`Writer`] for what a person approved, [`changes`] to say what is wanted,
//! [`search`] to say what is looked for. Decides nothing about permission (`approval`), waits for nothing by itself
//! (`transport`).
//!
//! ```text
//! search::Query ─ Reader ─ walk ─ export
//!                    └────────────────┐
//!                                     ├─ transport ─ desk
//! changes ─ Change ─(approval)─ Writer┘
//! ```
//!
//! Invariant: `Reader` cannot change anything but one thing about itself, its lane; and `Writer` sends only what came out
//! of an approval, as it is, and never a second time when it is unclear whether the first had an effect.

pub mod changes;
pub mod export;
mod found;
mod lists;
pub(crate) mod path;
mod reader;
pub mod search;
mod timeline;
pub mod walk;
mod wire;
pub(crate) mod writer;

pub use changes::CompanyLink;
pub use found::{Found, LAST_PAGE, Owned};
pub use reader::{Answered, Editable, Editing, Key, KeyKind, Page, Reader, Seen};
pub use writer::{Outlet, OutletError, Receipt, SCHEME, Settled, Standing, WriteError, Writer};
