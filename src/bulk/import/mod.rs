//! Owns the way from a file (or a paste, or ids) to a plan that can be approved. Sends nothing and asks nobody.
//!
//! ```text
//! Input ─ Table::detect ─ rows ─ Mapping ─ Former ─ Settler ─ plan::Drafting ─> Plan
//!          (format, encoding,    (column   (cell     (references, what is
//!           delimiter, header)    → field)  → value)  there already)
//! ```
//!
//! Invariants: rows pass one by one and are never all in memory; what is wrong with a row is said with its number, its
//! column and the reason, and never by repeating a value; nothing in a file is believed: sizes, depths and counts are bounded.

pub mod cell;
pub mod charset;
pub mod input;
pub mod read;

pub use cell::{Cell, Row};
pub use input::Input;
pub use read::{ReadError, Table, Wishes};
