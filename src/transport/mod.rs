//! Owns the one way out: every request of a profile leaves through here.

mod method;

pub use method::Method;
