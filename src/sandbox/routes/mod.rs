//! Owns the operations of the REST API, one function each: what they read from a [`Call`](super::call::Call) and what they
//! answer. What a change does is `records`' business; which roles an operation wants stands in `table`.

pub mod audit_logs;
pub mod brands;
pub mod bulk;
pub mod conversations;
pub mod customers;
pub mod drafts;
pub mod kobjects;
pub mod messages;
pub mod notes;
mod plain;
pub mod queues;
pub mod routing;
pub mod schedules;
pub mod settings;
pub mod shortcuts;
pub mod slas;
pub mod spam;
pub mod tags;
pub mod teams;
pub mod tokens;
pub mod tracking;
pub mod users;
pub mod webhooks;
