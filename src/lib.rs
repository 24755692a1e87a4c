//! Shiftdeck.
pub mod clock;
pub mod sandbox;
