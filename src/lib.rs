//! Shiftdeck.
pub mod approval;
pub mod assistant;
pub mod clock;
pub mod config;
pub mod console;
pub mod domain;
pub mod kustomer;
pub mod privacy;
pub mod sandbox;
pub mod store;
pub mod tools;
pub mod transport;
