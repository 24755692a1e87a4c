//! Owns what is done with words and values from outside: made safe to show ([`text`]), searched for personal data
//! ([`pii`]), swapped for placeholders before a model sees them ([`Vault`]), remembered by owner ([`Whose`]), and sealed for
//! the disk ([`Seal`]). Does not decide who may see what (`approval`) and does not hold the guarded types themselves (`domain`).

mod contain;
pub mod pii;
mod seal;
pub mod text;
mod vault;
mod whose;

pub use contain::{Panicked, contain, is_contained};
pub use seal::Seal;
pub use vault::{Unknown, Vault};
pub use whose::{Foreign, Whose};
