//! Owns who and what an org is made of: users, teams, queues, tags. Does not know presence or routing.

use std::collections::HashMap;

use super::{QueueId, TagId, TeamId, Text, UserId};

/// An agent or a machine of the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name colleagues see.
    pub name: Text,
    /// Whether it is a machine user (an API key, an automation).
    pub machine: bool,
    /// The roles its credentials carry; empty when the desk does not tell.
    pub roles: Vec<String>,
}

/// Something that only needs a name: a team, a queue, a tag, an SLA policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<I> {
    /// Its id.
    pub id: I,
    /// Its display name.
    pub name: Text,
}

/// What resolves the ids on a record to names people know. Missing entries are shown by their id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Users by id.
    pub users: HashMap<UserId, User>,
    /// Team names by id.
    pub teams: HashMap<TeamId, Text>,
    /// Queue names by id.
    pub queues: HashMap<QueueId, Text>,
    /// Tag names by id.
    pub tags: HashMap<TagId, Text>,
}
