//! Shiftdeck.
pub mod clock;
pub mod domain;
pub mod privacy;
pub mod sandbox;
pub mod transport;
