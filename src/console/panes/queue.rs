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
mod linear;
mod listing;
mod refresh;
mod row;
mod triage;
mod view;

pub use columns::{Columns, NoColumn};
pub use row::ground;

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

use crate::{
    approval::Change,
    console::{
        actions::Action,
        compose::About,
        effect::{Effect, Fetch},
        keymap::{Code, Key},
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        overlays::picker::{Choice, Picker},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        verbs::{self, keys::VERBS},
        widgets::input::{Input, Typed},
    },
    domain::{Conversation, ConversationId, CustomerId, Text},
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

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    book: Book,
    extent: Remote<Extent>,
    /// Since when the rows are as they are, while they come from the local cache.
    cached: Option<Timestamp>,
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

    /// A customer's name, where it was read.
    pub fn name_of(&self, customer: &CustomerId) -> Option<Text> {
        self.watch.brief(Some(customer)).map(|brief| brief.name.clone())
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

    fn chosen<'a>(&'a self, shared: &Shared) -> Option<&'a Conversation> {
        let rows = self.rows(shared);
        self.cursor.place(&rows).map(|place| rows[place])
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

fn lane_choices() -> Vec<Choice> {
    // Found by the name on the strip as well.
    let label = |lane: Lane| match (lane.title(), lane.short()) {
        (title, short) if title == short => title.to_owned(),
        (title, short) => format!("{title} ({short})"),
    };
    let choice = |lane: Lane| Choice { id: lane.short().into(), label: label(lane), detail: lane.about().into() };
    Lane::ALL.into_iter().map(choice).collect()
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
            Action::Lane,
            Action::Raise,
            Action::Lower,
            Action::MarkRange,
            Action::MarkAll,
            Action::GroupBy,
            Action::Deadlines,
            Action::Related,
            Action::Note,
            Action::Reply,
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
            (_, Fetched::CachedQueue(Some((page, at)))) if self.extent.value().is_none() => {
                self.read(Ok(page), cx);
                self.extent.ask();
                self.cached = Some(at);
                // The desk itself has told nothing yet.
                self.watch.looked = None;
            }
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
            Action::Note | Action::Reply => {
                let chosen = Box::new(self.chosen(cx.shared).cloned().ok_or(NOTHING)?);
                cx.compose(if action == Action::Note { About::Note(chosen) } else { About::Reply(chosen) });
            }
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
            Action::Lane => cx.pick(Picker::new("Lane", "lane", lane_choices())),
            verb if VERBS.contains(&verb) => return self.verb(cx, |rows, cx| rows.act(verb, cx)),
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
            "lane" => {
                self.go_lane(Lane::named(chosen).unwrap_or_default(), cx.shared);
                Ok(())
            }
            _ => self.verb(cx, |rows, cx| rows.chose(purpose, chosen, cx)),
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
        let moving = match key.code {
            Code::Down => Some(Action::Down),
            Code::Up => Some(Action::Up),
            _ => None,
        };
        if let Some(action) = moving {
            self.step(action, cx.shared);
        } else if self.filter.key(key) == Typed::Changed {
            self.tidy(cx.shared);
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

    fn under(&self, shared: &Shared) -> Option<Target> {
        let chosen = self.chosen(shared)?;
        Some(Target::Timeline { customer: chosen.customer.clone()?, conversation: Some(chosen.id.clone()) })
    }

    fn breaches(&self, shared: &Shared) -> usize {
        let late = |row: &&Conversation| row.breach_at().is_some_and(|at| at <= shared.moment.now);
        self.book.rows().iter().filter(late).count()
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let extent = self.extent.value()?;
        let open = self.book.rows().iter().filter(|row| row.status == crate::domain::Status::Open).count();
        let total = extent.total.filter(|_| extent.more).unwrap_or(open as u64);
        Some(total.max(open as u64).to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        self.draw(cx, area, buf);
    }
}

#[cfg(test)]
mod tests;
