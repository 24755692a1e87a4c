//! Owns the operations of the REST API, one function each: what they read from a [`Call`](super::call::Call) and what they
//! answer. What a change does is `records`' business; which roles an operation wants stands in `table`.

pub mod attachments;
pub mod bulk;
pub mod conversations;
pub mod customers;
pub mod drafts;
pub mod kobjects;
pub mod messages;
pub mod notes;
pub mod settings;
