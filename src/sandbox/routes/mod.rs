//! Owns the operations of the REST API, one function each: what they read from a [`Call`](super::call::Call) and what they
//! answer. What a change does is `records`' business; each file lists its own operations with the roles they want.

pub mod attachments;
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
pub mod satisfaction;
pub mod sessions;
pub mod settings;

#[cfg(test)]
mod tests;
