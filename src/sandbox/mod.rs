//! A simulated desk and a scripted model on a loopback port.
pub mod doc;
pub mod model;
pub mod seed;
