//! Owns the ways the queue's rows are put under headings, and the names of what a conversation belongs to.

use crate::{
    console::state::Shared,
    domain::{Brief, Conversation, Text},
};

/// What rows stand together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    #[default]
    None,
    Queue,
    Team,
    Channel,
    Priority,
    Tier,
}

impl Group {
    /// Every way, in the order offered.
    pub const ALL: [Self; 6] = [Self::None, Self::Queue, Self::Team, Self::Channel, Self::Priority, Self::Tier];

    /// Its name, on screen and in the session.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Queue => "queue",
            Self::Team => "team",
            Self::Channel => "channel",
            Self::Priority => "priority",
            Self::Tier => "customer tier",
        }
    }

    /// The way of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The heading a row stands under, with what headings are ordered by: names in their order, priorities from the highest
    /// on, what has none last.
    pub fn heading(self, row: &Conversation, brief: Option<&Brief>, shared: &Shared) -> (bool, u8, String) {
        let named = |name: Option<String>, none: &str| match name {
            Some(name) => (false, 0, name),
            None => (true, 0, none.to_owned()),
        };
        match self {
            Self::None => (false, 0, String::new()),
            Self::Queue => named(queue(row, shared), "no queue"),
            Self::Team => named(team(row, shared), "no team"),
            Self::Channel => named(row.channels.last().map(|channel| channel.as_str().to_owned()), "no channel"),
            Self::Priority => match row.priority {
                Some(priority) => (false, u8::MAX - priority, format!("priority {priority}")),
                None => (true, 0, "no priority".to_owned()),
            },
            Self::Tier => {
                let tier = brief.and_then(|brief| brief.tier.as_ref()).map(|tier| tier.line().into_string());
                named(tier, if brief.is_some() { "no tier" } else { "customer not read yet" })
            }
        }
    }
}

/// Who has it: the first user's name.
pub fn user(row: &Conversation, shared: &Shared) -> Option<String> {
    let id = row.assigned_users.first()?;
    let name = shared.directory.value().and_then(|directory| directory.users.get(id));
    Some(name.map_or_else(|| id.to_string(), |user| user.name.line().into_string()))
}

/// Its first team's name.
pub fn team(row: &Conversation, shared: &Shared) -> Option<String> {
    let id = row.assigned_teams.first()?;
    Some(or_id(shared.directory.value().and_then(|directory| directory.teams.get(id)), id))
}

/// Its queue's name.
pub fn queue(row: &Conversation, shared: &Shared) -> Option<String> {
    let id = row.queue.as_ref()?;
    Some(or_id(shared.directory.value().and_then(|directory| directory.queues.get(id)), id))
}

/// Its tags' names.
pub fn tags(row: &Conversation, shared: &Shared) -> Vec<String> {
    let directory = shared.directory.value();
    row.tags.iter().map(|id| or_id(directory.and_then(|directory| directory.tags.get(id)), id)).collect()
}

fn or_id(name: Option<&Text>, id: &impl ToString) -> String {
    name.map_or_else(|| id.to_string(), |name| name.line().into_string())
}
