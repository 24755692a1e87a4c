//! Owns for which rows of the queue a verb is, and the step to the next row after it; and which rows may be one matter.

use std::collections::BTreeSet;

use super::{Queue, cursor, group};
use crate::{
    console::{
        overlays::picker::Choice,
        pane::{Cannot, UpdateCx},
        state::Shared,
        verbs::keys::For,
    },
    domain::{Conversation, ConversationId, Status},
};

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

    /// Lets a verb work on its rows; when it was done, goes on to the next row.
    pub(super) fn verb(
        &mut self,
        cx: &mut UpdateCx<'_>,
        work: impl FnOnce(For<'_>, &mut UpdateCx<'_>) -> Result<bool, Cannot>,
    ) -> Result<(), Cannot> {
        let rows = self.targets(cx.shared)?;
        let ids: BTreeSet<ConversationId> = rows.iter().map(|row| row.id.clone()).collect();
        if work(For { rows, at_work: self.watch.at_work.as_ref() }, cx)? {
            self.unmark();
            self.go_past(&ids, cx.shared);
        }
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
