//! Owns the verbs as keys: what has to be chosen before one can be done, the lists for that, and how the choice becomes the
//! verb. For which rows it is, and where the cursor goes next, is the panes'.

use std::collections::HashSet;

use super::{Doing, Set, plan};
use crate::{
    console::{
        actions::Action,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        state::Shared,
        widgets::{cut, when},
    },
    domain::{
        Conversation, QueueId, Status, TagId, TeamId, UserId,
        until::{HINT, until},
    },
};

/// The keys, in the order hints show them.
pub const VERBS: [Action; 8] = [
    Action::AssignMe,
    Action::Done,
    Action::Snooze,
    Action::Move,
    Action::Grade,
    Action::Tags,
    Action::Raise,
    Action::Lower,
];

/// Snoozes that are offered; anything else can be typed.
const SNOOZES: [&str; 6] = ["2h", "30m", "4h", "tomorrow 9:00", "monday 9:00", "1w"];

/// Conversations a verb is for, and who can be given them.
#[derive(Clone, Debug)]
pub struct For<'a> {
    /// The conversations, as they were read.
    pub rows: Vec<&'a Conversation>,
    /// Users on shift, where that is known.
    pub at_work: Option<&'a HashSet<UserId>>,
}

impl For<'_> {
    /// Does a verb, or asks what it needs to know first; whether it was done.
    ///
    /// # Errors
    /// When there is nothing to change, or to choose from.
    pub fn act(&self, action: Action, cx: &mut UpdateCx<'_>) -> Result<bool, Cannot> {
        let shared = cx.shared;
        let of = |what: &str| match self.rows.as_slice() {
            [one] => format!("{what}: {}", cut::fit(&subject(one), 36)),
            many => format!("{what}: {} conversations", many.len()),
        };
        let picker = match action {
            Action::AssignMe => {
                let me = shared.me.value().ok_or(Cannot("the desk has not said yet who you are"))?.id.clone();
                return self.set(&Set::User(me), "assigned to you", cx);
            }
            Action::Done if self.rows.iter().all(|row| row.status != Status::Open) => {
                return self.set(&Set::Open, "open again", cx);
            }
            Action::Done => return self.set(&Set::Done, "done", cx),
            Action::Raise => return self.set(&Set::Step(1), "raised", cx),
            Action::Lower => return self.set(&Set::Step(-1), "lowered", cx),
            Action::Move => Picker::new(of("Move"), "move", self.places(shared)),
            Action::Grade => Picker::new(of("Priority"), "priority", grades()),
            Action::Snooze => Picker::new(of("Snooze"), "snooze", snoozes(shared)).or_text(HINT),
            Action::Tags => Picker::new(of("Tags"), "tag", tags(&self.rows, shared)),
            _ => return Err(Cannot("nothing to do that to here")),
        };
        if picker.choices.is_empty() {
            return Err(Cannot("the desk has not said yet what there is to choose from"));
        }
        cx.pick(picker);
        Ok(false)
    }

    /// Does a verb with what was chosen for it.
    ///
    /// # Errors
    /// When there is nothing to change, or what was typed means nothing.
    pub fn chose(&self, purpose: &str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<bool, Cannot> {
        let name = || {
            let places = self.places(cx.shared).into_iter().find(|choice| choice.id == chosen);
            places.map(|choice| choice.label).unwrap_or_default()
        };
        match (purpose, chosen.split_once(' ')) {
            ("move", Some(("user", id))) => {
                let says = format!("assigned to {}", name());
                self.set(&Set::User(UserId::new(id)), &says, cx)
            }
            ("move", Some(("team", id))) => {
                let says = format!("given to {}", name());
                self.set(&Set::Team(TeamId::new(id)), &says, cx)
            }
            ("move", Some(("queue", id))) => {
                let says = format!("moved to {}", name());
                self.set(&Set::Queue(QueueId::new(id)), &says, cx)
            }
            ("move", _) => self.set(&Set::Nobody, "taken from whoever had it", cx),
            ("priority", _) => {
                let priority = chosen.parse().map_err(|_| Cannot("priorities are 1 to 5"))?;
                self.set(&Set::Priority(priority), &format!("priority {priority}"), cx)
            }
            ("snooze", _) => {
                let moment = cx.shared.moment.now;
                let then = until(chosen, moment, &cx.shared.zone).map_err(Cannot)?;
                let says = format!("snoozed until {}", when::at(then, moment, &cx.shared.zone));
                self.set(&Set::Snoozed(then), &says, cx)
            }
            _ => self.toggle_tag(&TagId::new(chosen), cx),
        }
    }

    /// Takes a tag off when all rows have it, else puts it on those that have not.
    fn toggle_tag(&self, tag: &TagId, cx: &mut UpdateCx<'_>) -> Result<bool, Cannot> {
        let has_all = self.rows.iter().all(|row| row.tags.contains(tag));
        let name = cx.shared.directory.value().and_then(|directory| directory.tags.get(tag));
        let name = name.map_or_else(|| tag.to_string(), |name| name.line().into_string());
        if has_all {
            self.set(&Set::Untagged(tag.clone()), &format!("tag {name} taken off"), cx)
        } else {
            self.set(&Set::Tagged(tag.clone()), &format!("tagged {name}"), cx)
        }
    }

    /// Does it: few rows by the key that asked, many on a card.
    fn set(&self, set: &Set, says: &str, cx: &mut UpdateCx<'_>) -> Result<bool, Cannot> {
        match plan(set, &self.rows, says)? {
            Doing::Own(own) => cx.own(own),
            Doing::Card(wish) => cx.wish(*wish),
        }
        Ok(true)
    }

    /// Users, teams and queues something can be moved to.
    fn places(&self, shared: &Shared) -> Vec<Choice> {
        let Some(directory) = shared.directory.value() else { return Vec::new() };
        let choice = |id: String, label: String, detail: &str| Choice { id, label, detail: detail.to_owned() };
        let shift = |id: &UserId| match self.at_work {
            None => "user",
            Some(at_work) if at_work.contains(id) => "user, on shift",
            Some(_) => "user, off shift",
        };
        let people = directory.users.values().filter(|user| !user.machine);
        let mut users: Vec<Choice> = people
            .map(|user| choice(format!("user {}", user.id), user.name.line().into_string(), shift(&user.id)))
            .collect();
        let queues = directory.queues.iter().map(|(id, name)| (format!("queue {id}"), name, "queue"));
        let teams = directory.teams.iter().map(|(id, name)| (format!("team {id}"), name, "team"));
        let mut groups: Vec<Choice> =
            queues.chain(teams).map(|(id, name, what)| choice(id, name.line().into_string(), what)).collect();
        for list in [&mut users, &mut groups] {
            list.sort_by(|a, b| (&a.detail, &a.label, &a.id).cmp(&(&b.detail, &b.label, &b.id)));
        }
        groups.extend(users);
        groups.push(choice("nobody".to_owned(), "nobody".to_owned(), "takes it from its users"));
        groups
    }
}

/// What a conversation is about: its subject, else its newest words.
fn subject(row: &Conversation) -> String {
    let words = if row.name.is_blank() { &row.preview } else { &row.name };
    words.line().trim().to_owned()
}

fn grades() -> Vec<Choice> {
    let detail = |priority| match priority {
        5 => "highest",
        1 => "lowest",
        _ => "",
    };
    let choice = |n: u8| Choice { id: n.to_string(), label: format!("{n}"), detail: detail(n).to_owned() };
    (1..=5).rev().map(choice).collect()
}

fn snoozes(shared: &Shared) -> Vec<Choice> {
    let (now, zone) = (shared.moment.now, &shared.zone);
    let choice = |words: &&str| {
        let then = until(words, now, zone).ok()?;
        Some(Choice { id: (*words).to_owned(), label: (*words).to_owned(), detail: when::minute(then, zone) })
    };
    SNOOZES.iter().filter_map(choice).collect()
}

/// The desk's tags by name, those on the rows first.
fn tags(rows: &[&Conversation], shared: &Shared) -> Vec<Choice> {
    let Some(directory) = shared.directory.value() else { return Vec::new() };
    let on = |id: &TagId| match rows.iter().filter(|row| row.tags.contains(id)).count() {
        0 => "",
        n if n == rows.len() => "on, takes it off",
        _ => "on some, puts it on all",
    };
    let choice = |(id, name): (&TagId, &crate::domain::Text)| Choice {
        id: id.to_string(),
        label: name.line().into_string(),
        detail: on(id).to_owned(),
    };
    let mut all: Vec<Choice> = directory.tags.iter().map(choice).collect();
    all.sort_by(|a, b| (a.detail.is_empty(), &a.label, &a.id).cmp(&(b.detail.is_empty(), &b.label, &b.id)));
    all
}
