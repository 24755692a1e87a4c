//! Owns the operations of the REST API, one function each: what they read from a [`Call`](super::call::Call) and what they
//! answer. What a change does is `records`' business; which roles an operation wants stands beside it.

pub mod attachments;
pub mod audit_logs;
pub mod brands;
pub mod bulk;
pub mod companies;
pub mod conversations;
pub mod customers;
pub mod drafts;
pub mod forwards;
pub mod klasses;
pub mod kobjects;
pub mod merges;
pub mod messages;
pub mod metadata;
pub mod notes;
mod plain;
pub mod queues;
pub mod routing;
pub mod satisfaction;
pub mod schedules;
pub mod sessions;
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

#[cfg(test)]
mod tests;
