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

pub mod bad;
pub mod cell;
pub mod charset;
mod compare;
mod compute;
pub mod fields;
pub mod form;
pub mod input;
pub mod make;
pub mod mapping;
mod masks;
pub mod moment;
mod prepare;
pub mod read;
pub mod remembered;
mod seen;
pub mod settle;
mod value;

pub use bad::Bad;
pub use cell::{Cell, Row};
pub use compute::constant;
pub use fields::Fields;
pub use form::Former;
pub use input::Input;
pub use make::{Import, ImportError};
pub use mapping::{Asked, MapError, Mapping, Mode};
pub use moment::{Moments, Order};
pub use prepare::{Draft, PrepareError, Prepared, Source, Wanted, prepare};
pub use read::{ReadError, Table, Wishes};

#[cfg(test)]
mod tests;
