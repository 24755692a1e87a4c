//! A simulated desk and a scripted model on a loopback port.

mod admin;
mod bulk;
mod call;
mod desk;
mod dispatch;
pub mod doc;
mod envelope;
mod errors;
pub mod faults;
mod limits;
mod log;
mod masking;
mod mint;
pub mod model;
mod options;
mod paging;
mod query;
mod records;
mod roles;
mod routes;
mod schema;
mod search;
pub mod seed;
mod server;
mod sla;
mod table;
mod times;
mod wire;
mod world;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod http_tests;

pub use faults::FaultRule;
pub use limits::RateLimit;
pub use options::{Options, Plan};
pub use server::{Ready, Running, start};
