//! Owns the verbs as keys of the queue: for which rows they are, what has to be chosen first, and the step to the next row.

use std::collections::BTreeSet;

use super::{Queue, cursor, group};
use crate::{
    console::{
        actions::Action,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        state::Shared,
        verbs::{self, Doing, Set, until::until},
        widgets::{cut, when},
    },
    domain::{Conversation, ConversationId, QueueId, Status, TagId, TeamId, UserId},
};

/// Snoozes that are offered; anything else can be typed.
const SNOOZES: [&str; 6] = ["2h", "30m", "4h", "tomorrow 9:00", "monday 9:00", "1w"];

impl Queue {
    /// The rows a verb is for: the marked ones in sight, else the chosen one.
    fn targets(&self, shared: &Shared) -> Result<Vec<&Conversation>, Cannot> {
        let rows = self.rows(shared);
        let marked = self.marked(&rows);
        let targets: Vec<&Conversation> = if marked.is_empty() {
            self.cursor.place(&rows).map(|place| rows[place]).into_iter().collect()
        } else {
            rows.into_iter().filter(|row| marked.contains(&row.id)).collect()
        };
        match targets.as_slice() {
            [] if self.marks.is_empty() => Err(Cannot("nothing is chosen")),
            [] => Err(Cannot("the marked rows are not in this lane; esc clears the marks")),
            rows if rows.iter().any(|row| self.book.is_pending(&row.id)) => {
                Err(Cannot("its last change is still on its way"))
            }
            _ => Ok(targets),
        }
    }

    /// Does a verb, or asks what it needs to know first.
    pub(super) fn verb(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let shared = cx.shared;
        let targets = self.targets(shared)?;
        let of = |what: &str| match targets.as_slice() {
            [one] => format!("{what}: {}", cut::fit(super::row::subject(one).trim(), 36)),
            many => format!("{what}: {} conversations", many.len()),
        };
        let picker = match action {
            Action::AssignMe => {
                let me = shared.me.value().ok_or(Cannot("the desk has not said yet who you are"))?.id.clone();
                return self.set(&Set::User(me), "assigned to you", cx);
            }
            Action::Done if targets.iter().all(|row| row.status != Status::Open) => {
                return self.set(&Set::Open, "open again", cx);
            }
            Action::Done => return self.set(&Set::Done, "done", cx),
            Action::Raise => return self.set(&Set::Step(1), "raised", cx),
            Action::Lower => return self.set(&Set::Step(-1), "lowered", cx),
            Action::Move => Picker::new(of("Move"), "move", self.places(shared)),
            Action::Grade => Picker::new(of("Priority"), "priority", grades()),
            Action::Snooze => {
                let hint = "until: 2h, tomorrow 9, mon 8:30, 2026-03-05 14:00";
                Picker::new(of("Snooze"), "snooze", snoozes(shared)).or_text(hint)
            }
            _ => Picker::new(of("Tags"), "tag", tags(&targets, shared)),
        };
        if picker.choices.is_empty() {
            return Err(Cannot("the desk has not said yet what there is to choose from"));
        }
        cx.pick(picker);
        Ok(())
    }

    /// Does a verb with what was chosen for it.
    pub(super) fn chose(&mut self, purpose: &str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
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
    fn toggle_tag(&mut self, tag: &TagId, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let has_all = self.targets(cx.shared)?.iter().all(|row| row.tags.contains(tag));
        let name = cx.shared.directory.value().and_then(|directory| directory.tags.get(tag));
        let name = name.map_or_else(|| tag.to_string(), |name| name.line().into_string());
        if has_all {
            self.set(&Set::Untagged(tag.clone()), &format!("tag {name} taken off"), cx)
        } else {
            self.set(&Set::Tagged(tag.clone()), &format!("tagged {name}"), cx)
        }
    }

    /// Does it: few rows by the key that asked, many on a card; then goes on to the next row.
    fn set(&mut self, set: &Set, says: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let targets = self.targets(cx.shared)?;
        let ids: BTreeSet<ConversationId> = targets.iter().map(|row| row.id.clone()).collect();
        match verbs::plan(set, &targets, says)? {
            Doing::Own(own) => cx.own(own),
            Doing::Card(wish) => cx.wish(*wish),
        }
        self.unmark();
        self.go_past(&ids, cx.shared);
        Ok(())
    }

    /// Chooses the next row that was not acted on and is no ghost; the last such before it where none follows.
    fn go_past(&mut self, acted: &BTreeSet<ConversationId>, shared: &Shared) {
        let rows = self.rows(shared);
        let Some(at) = self.cursor.place(&rows) else { return };
        let is_next = |place: &usize| !acted.contains(&rows[*place].id) && !self.held.contains(&rows[*place].id);
        let next = (at..rows.len()).find(is_next).or_else(|| (0..at).rev().find(is_next));
        let Some(next) = next else { return };
        let line = |place: usize| self.line_of(&rows, place, shared);
        let lines = line(next) as isize - line(at) as isize;
        let spot = cursor::spot(&rows, next);
        self.cursor.drift(lines);
        self.cursor.go(spot);
    }

    /// Users, teams and queues something can be moved to.
    fn places(&self, shared: &Shared) -> Vec<Choice> {
        let Some(directory) = shared.directory.value() else { return Vec::new() };
        let choice = |id: String, label: String, detail: &str| Choice { id, label, detail: detail.to_owned() };
        let shift = |id: &UserId| match &self.watch.at_work {
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

/// Other conversations that may belong to the same matter: the same customer's, or with the same subject.
pub(super) fn relatives(of: &Conversation, rows: &[Conversation], shared: &Shared) -> Vec<Choice> {
    let subject = of.name.raw().trim().to_lowercase();
    let why = |row: &Conversation| {
        let same_customer = of.customer.is_some() && row.customer == of.customer;
        let same_subject = !subject.is_empty() && row.name.raw().trim().to_lowercase() == subject;
        match (same_customer, same_subject) {
            (true, true) => Some("same customer and subject"),
            (true, false) => Some("same customer"),
            (false, true) => Some("same subject"),
            (false, false) => None,
        }
    };
    let others = rows.iter().filter(|row| row.id != of.id && row.status == Status::Open);
    let choice = |row: &Conversation| {
        let why = why(row)?;
        let owner = group::user(row, shared).map(|name| format!(", {name}")).unwrap_or_default();
        Some(Choice { id: row.id.to_string(), label: super::row::subject(row), detail: format!("{why}{owner}") })
    };
    let mut all: Vec<Choice> = others.filter_map(choice).collect();
    all.sort_by_key(|choice| !choice.detail.starts_with("same customer"));
    all.truncate(50);
    all
}
