//! Owns the queue: what the desk's open conversations are, seen in lanes, under headings, by what breaches next; which rows
//! are chosen and marked. Changes a conversation only by asking for it (`triage`); reads by itself what it needs to stay true
//! (`refresh`).
//!
//! Invariants: a key hits the row that was shown chosen, and no other. Nothing that happens at the desk moves the chosen row
//! on the screen or takes a row away: what left the lane stays, dimmed, until the person moves. Opening a conversation marks
//! nothing as seen.

mod book;
mod columns;
mod cursor;
mod group;
mod lane;
mod refresh;
mod row;
mod triage;
mod view;

pub use columns::{Columns, NoColumn};
pub use row::ground;

use std::collections::{BTreeSet, HashSet};

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

use crate::{
    approval::Change,
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::{Code, Key},
        msg::{Fetched, Target},
        overlays::picker::{Choice, Picker},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        verbs,
        widgets::{
            input::{Input, Typed},
            list,
        },
    },
    domain::{Conversation, ConversationId, CustomerId},
    kustomer::Receipt,
};
use book::Book;
use cursor::{Cursor, spot};
use group::Group;
use lane::{History, Known, Lane};
use refresh::Watch;

/// How many there are at the desk, as far as it told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Extent {
    total: Option<u64>,
    more: bool,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// A heading, with how many rows stand under it.
    Heading(String, usize),
    /// The row at this place.
    Row(usize),
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    book: Book,
    extent: Remote<Extent>,
    lane: Lane,
    group: Group,
    columns: Columns,
    cursor: Cursor,
    marks: BTreeSet<ConversationId>,
    /// Where a range being marked begins.
    range: Option<ConversationId>,
    /// Rows that left the lane and stay until the person moves.
    held: BTreeSet<ConversationId>,
    filter: Input,
    is_filtering: bool,
    is_detailed: bool,
    /// The person asked for a whole read: rows may be put in their order when it comes.
    is_reloading: bool,
    history: History,
    watch: Watch,
}

const NOTHING: Cannot = Cannot("nothing is chosen");

impl Queue {
    /// Shows these columns.
    pub fn show(&mut self, columns: Columns) {
        self.columns = columns;
    }

    /// A conversation of the queue.
    pub fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.book.get(id)
    }

    /// Every conversation the queue knows: the open ones that were read, and some that sleep.
    pub fn conversations(&self) -> &[Conversation] {
        self.book.rows()
    }

    /// The customers of the queue, the most urgent first, each once.
    pub fn customers(&self) -> Vec<CustomerId> {
        let mut seen = HashSet::new();
        let all = self.book.rows().iter().filter_map(|row| row.customer.as_ref());
        all.filter(|customer| seen.insert(*customer)).cloned().collect()
    }

    fn known<'a>(&'a self, shared: &'a Shared) -> Known<'a> {
        Known {
            now: shared.moment.now,
            me: shared.me.value().map(|me| &me.id),
            drafts: self.watch.drafts.as_ref(),
            has_snoozed: self.watch.has_snoozed,
            at_work: self.watch.at_work.as_ref(),
        }
    }

    /// How many each lane holds.
    fn counts(&self, shared: &Shared) -> [usize; Lane::ALL.len()] {
        let known = self.known(shared);
        Lane::ALL.map(|lane| self.book.rows().iter().filter(|row| lane.holds(row, &known)).count())
    }

    /// The rows of the lane that the filter lets through, and those that stay until the person moves, in the order shown.
    fn rows(&self, shared: &Shared) -> Vec<&Conversation> {
        let wanted = self.filter.words().trim().to_lowercase();
        let known = self.known(shared);
        let brief = |row: &Conversation| self.watch.brief(row.customer.as_ref());
        let is_in = |row: &&Conversation| {
            self.held.contains(&row.id)
                || self.lane.holds(row, &known) && (wanted.is_empty() || row::matches(row, brief(row), &wanted, shared))
        };
        let mut rows: Vec<&Conversation> = self.book.rows().iter().filter(is_in).collect();
        if self.group != Group::None {
            rows.sort_by_cached_key(|row| self.group.heading(row, brief(row), shared));
        }
        rows
    }

    /// The lines of the list: rows, with headings where they stand together.
    fn lines(&self, rows: &[&Conversation], shared: &Shared) -> Vec<Shown> {
        if self.group == Group::None {
            return (0..rows.len()).map(Shown::Row).collect();
        }
        let heading = |row: &Conversation| self.group.heading(row, self.watch.brief(row.customer.as_ref()), shared).2;
        let mut lines = Vec::with_capacity(rows.len() + 8);
        let mut above: Option<usize> = None;
        for (place, row) in rows.iter().enumerate() {
            let words = heading(row);
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
    fn line_of(&self, rows: &[&Conversation], place: usize, shared: &Shared) -> usize {
        self.lines(rows, shared).iter().position(|line| *line == Shown::Row(place)).unwrap_or(0)
    }

    fn chosen<'a>(&'a self, shared: &Shared) -> Option<&'a Conversation> {
        let rows = self.rows(shared);
        self.cursor.place(&rows).map(|place| rows[place])
    }

    /// What is marked: one by one, and from where a range begins to the cursor.
    fn marked(&self, rows: &[&Conversation]) -> BTreeSet<ConversationId> {
        let mut marked: BTreeSet<ConversationId> =
            rows.iter().filter(|row| self.marks.contains(&row.id)).map(|row| row.id.clone()).collect();
        let from = self.range.as_ref().and_then(|id| rows.iter().position(|row| row.id == *id));
        if let (Some(from), Some(to)) = (from, self.cursor.place(rows)) {
            marked.extend(rows[from.min(to)..=from.max(to)].iter().map(|row| row.id.clone()));
        }
        marked
    }

    fn unmark(&mut self) {
        self.marks.clear();
        self.range = None;
    }

    /// Lets something happen to the rows without moving the chosen one on the screen or taking a row away.
    fn keeping(&mut self, shared: &Shared, happen: impl FnOnce(&mut Self)) {
        let (shown, before) = {
            let rows = self.rows(shared);
            (rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), self.stand(&rows, shared))
        };
        happen(self);
        let lost: Vec<ConversationId> = {
            let rows = self.rows(shared);
            let now: HashSet<&ConversationId> = rows.iter().map(|row| &row.id).collect();
            shown.into_iter().filter(|id| !now.contains(id) && self.book.get(id).is_some()).collect()
        };
        self.held.extend(lost);
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
    fn tidy(&mut self, shared: &Shared) {
        self.held.clear();
        self.book.sweep();
        self.book.sort();
        let rows = self.rows(shared);
        let spot = self.cursor.place(&rows).and_then(|place| spot(&rows, place));
        self.cursor.choose(spot);
    }

    /// Moves, if the action is one of moving; rows that only stayed leave on the way.
    fn step(&mut self, action: Action, shared: &Shared) -> bool {
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

    fn mark(&mut self, action: Action, shared: &Shared) -> Result<(), Cannot> {
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

    fn go_lane(&mut self, lane: Lane, shared: &Shared) {
        self.lane = lane;
        self.unmark();
        self.tidy(shared);
    }

    fn open(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let chosen = self.chosen(cx.shared).ok_or(NOTHING)?;
        let customer = chosen.customer.clone().ok_or(Cannot("the desk does not say whose this is"))?;
        cx.open(Target::Timeline { customer, conversation: Some(chosen.id.clone()) });
        Ok(())
    }

    fn related(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let chosen = self.chosen(cx.shared).ok_or(NOTHING)?;
        let relatives = triage::relatives(chosen, self.book.rows(), cx.shared);
        if relatives.is_empty() {
            return Err(Cannot("no other open conversation here is this customer's or has this subject"));
        }
        cx.pick(Picker::new("Maybe the same matter (enter goes there)", "related", relatives));
        Ok(())
    }

    /// Esc: one step back; `Err` leaves it to the console.
    fn back(&mut self, shared: &Shared) -> Result<(), Cannot> {
        if !self.marks.is_empty() || self.range.is_some() {
            self.unmark();
        } else if !self.filter.words().is_empty() {
            self.filter.clear();
            self.tidy(shared);
        } else if self.is_detailed {
            self.is_detailed = false;
        } else {
            return Err(Cannot("that does nothing in the queue"));
        }
        Ok(())
    }
}

fn group_choices() -> Vec<Choice> {
    let choice = |group: Group| Choice { id: group.name().into(), label: group.name().into(), detail: String::new() };
    Group::ALL.into_iter().map(choice).collect()
}

impl Pane for Queue {
    const SPEC: Spec = Spec {
        title: "Queue",
        about: "open conversations in lanes, what breaches next on top",
        actions: &[
            Action::AssignMe,
            Action::Done,
            Action::Snooze,
            Action::Move,
            Action::Grade,
            Action::Tags,
            Action::Mark,
            Action::NextLane,
            Action::PreviousLane,
            Action::Raise,
            Action::Lower,
            Action::MarkRange,
            Action::MarkAll,
            Action::GroupBy,
            Action::Deadlines,
            Action::Related,
            Action::Kobjects,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if matches!(self.extent, Remote::NotAsked) {
            self.extent.ask();
            cx.fetch(Fetch::Queue);
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (_, Fetched::Queue(answer)) => self.read(answer, cx),
            (Fetch::Live(live), Fetched::Live(answer)) => self.heard(live, answer, cx),
            _ => {}
        }
    }

    fn tick(&mut self, cx: &mut UpdateCx<'_>) {
        self.refresh(cx);
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.step(action, cx.shared) {
            return Ok(());
        }
        match action {
            Action::Open => return self.open(cx),
            Action::Kobjects => {
                let chosen = self.chosen(cx.shared).and_then(|chosen| chosen.customer.clone());
                cx.open(Target::Kobjects { customer: chosen.ok_or(NOTHING)? });
            }
            Action::Reload => {
                self.extent.ask();
                self.is_reloading = true;
                cx.fetch(Fetch::Queue);
            }
            Action::Filter => self.is_filtering = true,
            Action::Submit | Action::Leave => self.is_filtering = false,
            Action::Back => return self.back(cx.shared),
            Action::Copy => {
                let chosen = self.chosen(cx.shared).ok_or(NOTHING)?;
                cx.effect(Effect::Copy(chosen.id.to_string()));
                cx.say("copied the conversation's id");
            }
            Action::NextLane => self.go_lane(self.lane.beside(1), cx.shared),
            Action::PreviousLane => self.go_lane(self.lane.beside(-1), cx.shared),
            Action::GroupBy => cx.pick(Picker::new("Put rows together by", "group", group_choices())),
            Action::Deadlines => self.is_detailed = !self.is_detailed,
            Action::Related => return self.related(cx),
            Action::Mark | Action::MarkRange | Action::MarkAll => return self.mark(action, cx.shared),
            Action::AssignMe
            | Action::Done
            | Action::Snooze
            | Action::Move
            | Action::Grade
            | Action::Raise
            | Action::Lower
            | Action::Tags => return self.verb(action, cx),
            _ => return Err(Cannot("that does nothing in the queue")),
        }
        Ok(())
    }

    fn picked(&mut self, purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match purpose {
            "group" => {
                self.group = Group::named(chosen).unwrap_or_default();
                self.tidy(cx.shared);
                Ok(())
            }
            "related" => {
                self.cursor.choose_id(ConversationId::new(chosen));
                self.open(cx)
            }
            _ => self.chose(purpose, chosen, cx),
        }
    }

    fn performing(&mut self, change: &Change, shared: &Shared) {
        let moved = verbs::moved(change);
        if !moved.is_empty() {
            self.keeping(shared, |queue| {
                for (id, body) in moved {
                    queue.book.begin(&id, |row| verbs::with(row, body));
                }
            });
        }
    }

    fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
        let moved = verbs::moved(change);
        let now = cx.shared.moment.elapsed;
        let is_job = result.is_ok_and(|receipt| !receipt.jobs.is_empty());
        for (id, body) in moved {
            match result {
                _ if self.book.get(&id).is_none() => {}
                // The rows of a job change while it runs; they are read when it should be through.
                Ok(_) if is_job => self.watch.doubt([id], now + std::time::Duration::from_secs(3)),
                Ok(receipt) => {
                    let answer = receipt.conversation().filter(|answer| answer.id == id);
                    if answer.is_none() {
                        self.watch.doubt([id.clone()], now);
                    }
                    self.keeping(cx.shared, |queue| queue.book.settle(&id, answer));
                }
                Err(_) => {
                    self.watch.contest(id.clone(), body.get("rev").and_then(Value::as_u64), now);
                    self.keeping(cx.shared, |queue| queue.book.roll_back(&id));
                }
            }
        }
    }

    fn is_typing(&self) -> bool {
        self.is_filtering
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        match key.code {
            Code::Down => drop(self.step(Action::Down, cx.shared)),
            Code::Up => drop(self.step(Action::Up, cx.shared)),
            _ => {
                if self.filter.key(key) == Typed::Changed {
                    self.tidy(cx.shared);
                }
            }
        }
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.filter.paste(text);
        self.tidy(cx.shared);
    }

    fn click(&mut self, area: Rect, column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        match self.at(area, column, row, cx.shared) {
            Some(Ok(lane)) => self.go_lane(lane, cx.shared),
            Some(Err(place)) => {
                let spot = spot(&self.rows(cx.shared), place);
                self.cursor.choose(spot);
            }
            None => {}
        }
    }

    fn remember(&self) -> Value {
        json!({
            "lane": self.lane.short(),
            "group": self.group.name(),
            "filter": self.filter.words(),
            "chosen": self.cursor.id(),
        })
    }

    fn recall(&mut self, remembered: &Value) {
        let words = |key: &str| remembered.get(key).and_then(Value::as_str);
        self.lane = words("lane").and_then(Lane::named).unwrap_or_default();
        self.group = words("group").and_then(Group::named).unwrap_or_default();
        self.filter = Input::with(words("filter").unwrap_or_default());
        if let Some(chosen) = words("chosen") {
            self.cursor.choose_id(ConversationId::new(chosen));
        }
    }

    fn forget(&mut self, customer: &CustomerId) {
        self.watch.forget(customer);
    }

    fn ticks(&self) -> bool {
        !self.book.rows().is_empty()
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let extent = self.extent.value()?;
        let open = self.book.rows().iter().filter(|row| row.status == crate::domain::Status::Open).count();
        let total = extent.total.filter(|_| extent.more).unwrap_or(open as u64);
        Some(total.max(open as u64).to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        self.draw(cx, area, buf);
    }
}

#[cfg(test)]
mod tests;
