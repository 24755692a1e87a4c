//! Owns what stands in the queue's list and what is marked in it: rows of the lane, headings, rows that stay until the person
//! moves; and how the list changes without moving the chosen row.

use std::collections::{BTreeSet, HashSet};

use super::{NOTHING, Queue, cursor::spot, group::Group, row};
use crate::{
    console::{actions::Action, pane::Cannot, state::Shared, widgets::list},
    domain::{Conversation, ConversationId},
};

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// A heading, with how many rows stand under it.
    Heading(String, usize),
    /// The row at this place.
    Row(usize),
}

impl Queue {
    /// Whether a row is of the lane and the filter lets it through.
    fn belonging<'a>(&'a self, shared: &'a Shared) -> impl Fn(&Conversation) -> bool + 'a {
        let wanted = self.filter.words().trim().to_lowercase();
        let known = self.known(shared);
        move |row| {
            let brief = self.watch.brief(row.customer.as_ref());
            self.lane.holds(row, &known) && (wanted.is_empty() || row::matches(row, brief, &wanted, shared))
        }
    }

    fn heading(&self, row: &Conversation, shared: &Shared) -> (bool, u8, String) {
        self.group.heading(row, self.watch.brief(row.customer.as_ref()), shared)
    }

    /// The rows of the lane that the filter lets through, and those that stay until the person moves, in the order shown.
    pub(super) fn rows(&self, shared: &Shared) -> Vec<&Conversation> {
        let belongs = self.belonging(shared);
        let is_shown = |row: &&Conversation| self.held.contains(&row.id) || belongs(row);
        let mut rows: Vec<&Conversation> = self.book.rows().iter().filter(is_shown).collect();
        if self.group != Group::None {
            rows.sort_by_cached_key(|row| self.heading(row, shared));
        }
        rows
    }

    /// The lines of the list: rows, with headings where they stand together.
    pub(super) fn lines(&self, rows: &[&Conversation], shared: &Shared) -> Vec<Shown> {
        if self.group == Group::None {
            return (0..rows.len()).map(Shown::Row).collect();
        }
        let mut lines = Vec::with_capacity(rows.len() + 8);
        let mut above: Option<usize> = None;
        for (place, row) in rows.iter().enumerate() {
            let words = self.heading(row, shared).2;
            match above.and_then(|line| lines.get_mut(line)) {
                Some(Shown::Heading(same, count)) if *same == words => *count += 1,
                _ => {
                    above = Some(lines.len());
                    lines.push(Shown::Heading(words, 1));
                }
            }
            lines.push(Shown::Row(place));
        }
        lines
    }

    /// The line a row stands on.
    pub(super) fn line_of(&self, rows: &[&Conversation], place: usize, shared: &Shared) -> usize {
        self.lines(rows, shared).iter().position(|line| *line == Shown::Row(place)).unwrap_or(0)
    }

    /// What is marked: one by one, and from where a range begins to the cursor.
    pub(super) fn marked(&self, rows: &[&Conversation]) -> BTreeSet<ConversationId> {
        let mut marked: BTreeSet<ConversationId> =
            rows.iter().filter(|row| self.marks.contains(&row.id)).map(|row| row.id.clone()).collect();
        let from = self.range.as_ref().and_then(|id| rows.iter().position(|row| row.id == *id));
        if let (Some(from), Some(to)) = (from, self.cursor.place(rows)) {
            marked.extend(rows[from.min(to)..=from.max(to)].iter().map(|row| row.id.clone()));
        }
        marked
    }

    pub(super) fn unmark(&mut self) {
        self.marks.clear();
        self.range = None;
    }

    /// Lets something happen to the rows without moving the chosen one on the screen or taking a row away.
    pub(super) fn keeping(&mut self, shared: &Shared, happen: impl FnOnce(&mut Self)) {
        let (shown, before) = {
            let rows = self.rows(shared);
            (rows.iter().map(|row| row.id.clone()).collect::<HashSet<_>>(), self.stand(&rows, shared))
        };
        happen(self);
        let held = {
            let belongs = self.belonging(shared);
            let left = self.book.rows().iter().filter(|row| shown.contains(&row.id) && !belongs(row));
            left.map(|row| row.id.clone()).collect()
        };
        self.held = held;
        let rows = self.rows(shared);
        let spot = self.cursor.place(&rows).and_then(|place| spot(&rows, place));
        let now = self.stand(&rows, shared);
        self.cursor.hold(spot, before, now);
    }

    /// The chosen row's line, and how many lines there are.
    fn stand(&self, rows: &[&Conversation], shared: &Shared) -> Option<(usize, usize)> {
        let place = self.cursor.place(rows)?;
        let lines = self.lines(rows, shared);
        Some((lines.iter().position(|line| *line == Shown::Row(place))?, lines.len()))
    }

    /// The person looks at something else, or anew: rows that only stayed leave, all stand in their order.
    pub(super) fn tidy(&mut self, shared: &Shared) {
        self.held.clear();
        self.book.sweep();
        self.book.sort();
        let rows = self.rows(shared);
        let spot = self.cursor.place(&rows).and_then(|place| spot(&rows, place));
        self.cursor.choose(spot);
    }

    /// Moves, if the action is one of moving; rows that only stayed leave on the way.
    pub(super) fn step(&mut self, action: Action, shared: &Shared) -> bool {
        if list::moved(action, 0, 0).is_none() {
            return false;
        }
        let (shown, at): (Vec<ConversationId>, usize) = {
            let rows = self.rows(shared);
            (rows.iter().map(|row| row.id.clone()).collect(), self.cursor.place(&rows).unwrap_or(0))
        };
        self.held.clear();
        self.book.sweep();
        let rows = self.rows(shared);
        let last = rows.len().saturating_sub(1);
        // Where the chosen row is, or the one that took its place when it left.
        let here = shown[at.min(shown.len())..].iter().find_map(|id| rows.iter().position(|row| row.id == *id));
        let is_there = here.is_some_and(|here| shown.get(at) == Some(&rows[here].id));
        let to = match (here, action) {
            (Some(here), Action::Down) if !is_there => here,
            (here, action) => list::moved(action, here.unwrap_or(last), last).unwrap_or(0),
        };
        let spot = spot(&rows, to);
        self.cursor.choose(spot);
        true
    }

    pub(super) fn mark(&mut self, action: Action, shared: &Shared) -> Result<(), Cannot> {
        let chosen = self.chosen(shared).ok_or(NOTHING)?.id.clone();
        match action {
            Action::Mark => {
                if !self.marks.remove(&chosen) {
                    self.marks.insert(chosen);
                }
                self.step(Action::Down, shared);
            }
            Action::MarkRange if self.range.is_none() => self.range = Some(chosen),
            Action::MarkRange => {
                self.marks = self.marked(&self.rows(shared));
                self.range = None;
            }
            _ => {
                let held = &self.held;
                let rows = self.rows(shared);
                self.marks = rows.iter().map(|row| row.id.clone()).filter(|id| !held.contains(id)).collect();
                self.range = None;
            }
        }
        Ok(())
    }
}
