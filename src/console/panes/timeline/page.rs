//! Owns the rows in view: slots laid out when they come near, kept while they fit, and the moves that need their heights.
//! Nothing here goes through the whole timeline: a move or a frame costs what is on screen.
//!
//! Invariant: every slot has at least one row; what is kept never exceeds [`MOST_ROWS`] by more than one slot.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::{Timestamp, civil::Date};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    entry,
    plan::{self, Fold, Plan, Slot},
};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, rich::Row, when},
    },
    domain::{ConversationId, Item, Place, QueueId, SlaState, TagId, TeamId, Text, Timeline, UserId},
    privacy::text,
};

/// Laid-out rows kept at most.
const MOST_ROWS: usize = 20_000;

/// Where a person stands: a slot, and a row inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Which slot.
    pub slot: usize,
    /// Which of its rows.
    pub row: usize,
}

/// What rows depend on.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Names, zone, today.
    pub shared: &'a Shared,
    /// The entries.
    pub timeline: &'a Timeline,
    /// Which of them stand on the page.
    pub plan: &'a Plan,
    /// Entries shown in full.
    pub full: &'a BTreeSet<Place>,
    /// The first entry that is new since the last look, and when that was.
    pub news: Option<(usize, Timestamp)>,
    /// Rises when any of these changed.
    pub revision: u64,
}

impl Sight<'_> {
    /// A user's name, or their id where nobody told it.
    pub fn name(&self, user: Option<&UserId>) -> Option<String> {
        let user = user?;
        let known = self.shared.directory.value().and_then(|directory| directory.users.get(user));
        Some(known.map_or_else(|| user.to_string(), |user| user.name.line().into_string()))
    }

    /// One side of a change, ids told by the names people know (a list of ids comes joined by `, `).
    pub fn named(&self, side: &Text) -> String {
        let name = |part: &str| {
            let directory = self.shared.directory.value()?;
            let user = directory.users.get(&UserId::new(part)).map(|user| &user.name);
            let team = || directory.teams.get(&TeamId::new(part));
            let queue = || directory.queues.get(&QueueId::new(part));
            let tag = || directory.tags.get(&TagId::new(part));
            user.or_else(team).or_else(queue).or_else(tag).map(|name| name.line().into_string())
        };
        let told = |part: &str| name(part).unwrap_or_else(|| text::line(part).into_string());
        side.raw().split(", ").map(told).collect::<Vec<_>>().join(", ")
    }

    /// Whether a user is a machine.
    pub fn is_machine(&self, user: &UserId) -> bool {
        let known = self.shared.directory.value().and_then(|directory| directory.users.get(user));
        known.is_some_and(|user| user.machine)
    }

    /// A time as short as it can be told now.
    pub fn time(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "no time".to_owned(), |at| when::at(at, self.shared.moment.now, &self.shared.zone))
    }

    fn today(&self) -> Date {
        self.shared.zone.to_datetime(self.shared.moment.now).date()
    }
}

/// What is laid out, and for what.
#[derive(Debug)]
pub struct Memo {
    key: (u64, usize, Option<Date>, usize),
    width: usize,
    /// Lines of the last frame: how far a page goes.
    height: usize,
    blocks: HashMap<usize, Arc<Block>>,
    rows: usize,
    /// How often a slot was laid out, for tests of how much work a frame is.
    pub laid: usize,
}

impl Default for Memo {
    fn default() -> Self {
        // A usual terminal, until the first frame tells.
        Self { key: (0, 0, None, 0), width: 78, height: 20, blocks: HashMap::new(), rows: 0, laid: 0 }
    }
}

/// A slot's rows: what divides it from the one before, then its own.
#[derive(Debug)]
pub struct Block {
    /// All rows.
    pub rows: Vec<Row>,
    /// The first of its own.
    pub head: usize,
}

/// The page at the size it was last drawn in.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    sight: Sight<'a>,
    memo: &'a RefCell<Memo>,
}

impl<'a> Page<'a> {
    /// The page as it is now; what was laid out for something else is let go.
    pub fn new(sight: Sight<'a>, memo: &'a RefCell<Memo>) -> Self {
        let names = sight.shared.directory.value().map_or(0, |directory| directory.users.len());
        let mut kept = memo.borrow_mut();
        let key = (sight.revision, kept.width, Some(sight.today()), names);
        if kept.key != key {
            *kept = Memo { key, blocks: HashMap::new(), rows: 0, ..std::mem::take(&mut *kept) };
        }
        drop(kept);
        Self { sight, memo }
    }

    /// Takes the room there is.
    pub fn resize(self, width: u16, height: u16) -> Self {
        {
            let mut memo = self.memo.borrow_mut();
            (memo.width, memo.height) = (usize::from(width), usize::from(height));
        }
        Self::new(self.sight, self.memo)
    }

    /// A slot's rows.
    pub fn block(&self, slot: usize) -> Arc<Block> {
        let mut memo = self.memo.borrow_mut();
        if let Some(block) = memo.blocks.get(&slot) {
            return Arc::clone(block);
        }
        let block = Arc::new(self.lay(slot, memo.width));
        if memo.rows > MOST_ROWS {
            memo.blocks.clear();
            memo.rows = 0;
        }
        memo.laid += 1;
        memo.rows += block.rows.len();
        memo.blocks.insert(slot, Arc::clone(&block));
        block
    }

    /// Slots on the page; gaps are told in one more, behind the newest entry.
    pub fn len(&self) -> usize {
        self.sight.plan.slots.len() + usize::from(!self.sight.timeline.gaps.is_empty())
    }

    /// The spot made sure to be on the page.
    pub fn clamp(&self, spot: Spot) -> Spot {
        let Some(last) = self.len().checked_sub(1) else { return Spot::default() };
        if spot.slot > last {
            return self.end();
        }
        Spot { row: spot.row.min(self.block(spot.slot).rows.len() - 1), ..spot }
    }

    /// The last row of all.
    pub fn end(&self) -> Spot {
        let Some(slot) = self.len().checked_sub(1) else { return Spot::default() };
        Spot { slot, row: self.block(slot).rows.len() - 1 }
    }

    /// A slot's own first row.
    pub fn head(&self, slot: usize) -> Spot {
        Spot { slot, row: if slot < self.len() { self.block(slot).head } else { 0 } }
    }

    /// So many rows down (or up), as far as there are any.
    pub fn step(&self, from: Spot, rows: isize) -> Spot {
        let Spot { mut slot, row } = self.clamp(from);
        if self.len() == 0 {
            return Spot::default();
        }
        let mut row = row as isize + rows;
        while row < 0 {
            let Some(before) = slot.checked_sub(1) else { return Spot::default() };
            slot = before;
            row += self.block(slot).rows.len() as isize;
        }
        loop {
            let high = self.block(slot).rows.len() as isize;
            if row < high {
                return Spot { slot, row: row.unsigned_abs() };
            }
            if slot + 1 >= self.len() {
                return Spot { slot, row: high.unsigned_abs() - 1 };
            }
            row -= high;
            slot += 1;
        }
    }

    /// Lines of the last frame.
    pub fn height(&self) -> usize {
        self.memo.borrow().height.max(2)
    }

    /// The spots in view, from the top: the one in hand stands about in the middle, as far as the ends allow.
    pub fn in_view(&self, at: Spot) -> Vec<Spot> {
        let height = self.memo.borrow().height;
        if self.len() == 0 || height == 0 {
            return Vec::new();
        }
        let reach = height as isize - 1;
        let mut top = self.step(at, -(height as isize / 2));
        if self.step(top, reach) == self.end() {
            top = self.step(self.end(), -reach);
        }
        let mut spots = vec![top];
        let mut spot = top;
        while spots.len() < height {
            let next = self.step(spot, 1);
            if next == spot {
                break;
            }
            spots.push(next);
            spot = next;
        }
        spots
    }

    /// The first row of a slot that holds these words.
    pub fn row_with(&self, slot: usize, needle: &str) -> Option<Spot> {
        let holds = |row: &Row| row.words().to_ascii_lowercase().contains(needle);
        self.block(slot).rows.iter().position(holds).map(|row| Spot { slot, row })
    }

    /// Draws the rows around the spot in hand.
    pub fn view(&self, cx: &ViewCx<'_>, at: Spot, needle: &str, area: Rect, buf: &mut Buffer) {
        let at = self.clamp(at);
        let mark = if cx.shared.ascii { "|" } else { "▌" };
        for (y, spot) in (0..area.height).zip(self.in_view(at)) {
            let block = self.block(spot.slot);
            let Some(row) = block.rows.get(spot.row) else { continue };
            frame::row(&row.line(cx.theme, needle), area, y, buf);
            if cx.focused && spot.slot == at.slot && (spot.row >= block.head || spot == at) {
                let role = if spot == at { Role::Strong } else { Role::Accent };
                frame::row(&Line::from(Span::styled(mark, cx.theme.style(role))), Rect { width: 1, ..area }, y, buf);
            }
        }
    }

    fn lay(&self, slot: usize, width: usize) -> Block {
        let Some(Slot { first, last, count, fold }) = self.sight.plan.slots.get(slot) else {
            return Block { rows: self.gaps(width), head: 0 };
        };
        let mut rows = self.dividers(slot, *first, *last, width);
        let head = rows.len();
        match (fold, self.sight.timeline.items.get(*first)) {
            (Some(fold), _) => rows.push(self.folded(fold, *count, width)),
            (None, Some(item)) => {
                let full = !self.sight.full.is_empty() && self.sight.full.contains(&item.place());
                rows.extend(entry::rows(item, &self.sight, width, full));
            }
            (None, None) => {}
        }
        if rows.len() == head {
            rows.push(Row::default());
        }
        Block { rows, head }
    }

    /// What stands between the slot before and this one: another day, another conversation, where the news begin.
    fn dividers(&self, slot: usize, first: usize, last: usize, width: usize) -> Vec<Row> {
        let Sight { timeline, plan, shared, news, .. } = self.sight;
        let Some(item) = timeline.items.get(first) else { return Vec::new() };
        let before = slot.checked_sub(1).and_then(|slot| timeline.items.get(plan.slots[slot].last));
        let mut rows = Vec::new();
        let day = plan::day(item, &shared.zone);
        if day.is_some() && day != before.and_then(|item| plan::day(item, &shared.zone)) {
            let words = item.at().map(|at| when::day(at, &shared.zone)).unwrap_or_default();
            rows.push(rule(shared, vec![(words, Role::Dim)], width));
        }
        if plan.parts.binary_search(&slot).is_ok()
            && let Some(id) = item.conversation()
        {
            rows.push(rule(shared, self.title(id, item), width));
        }
        if let Some((at, seen)) = news
            && (first..=last).contains(&at)
        {
            let words = format!("new since {}", self.sight.time(Some(seen)));
            rows.push(rule(shared, vec![(words, Role::Warning)], width));
        }
        rows
    }

    /// A conversation's name, state, mood and deadline.
    fn title(&self, id: &ConversationId, item: &Item) -> Vec<(String, Role)> {
        let current = self.sight.shared.current.as_ref().and_then(|current| current.details.value());
        let current = current.filter(|conversation| conversation.id == *id);
        let known = current.or_else(|| self.sight.timeline.threads.get(id).map(|thread| &thread.conversation));
        let Some(conversation) = known else {
            let subject = match item {
                Item::Message(message) => message.subject.as_ref(),
                Item::Draft(draft) => draft.subject.as_ref(),
                Item::Note(_) | Item::Kobject(_) | Item::Event(_) => None,
            };
            let words = subject.map_or_else(|| format!("conversation {id}"), |subject| subject.line().into_string());
            return vec![(words, Role::Heading)];
        };
        let name = Some(&conversation.name).filter(|name| !name.is_blank()).map(Text::line);
        let name = name.map_or_else(|| format!("conversation {id}"), text::Safe::into_string);
        let mut parts =
            vec![(name, Role::Heading), (text::line(conversation.status.as_str()).into_string(), Role::Dim)];
        parts.extend(entry::mood(conversation.sentiment));
        let state = conversation.sla.as_ref().map_or(SlaState::None, |sla| sla.state(self.sight.shared.moment.now));
        let due = || self.sight.time(conversation.breach_at());
        // A moment, not a countdown: the row stays true while it stands.
        parts.extend(match state {
            SlaState::None => None,
            SlaState::Met => Some(("SLA met".to_owned(), Role::SlaFine)),
            SlaState::Paused => Some(("SLA paused".to_owned(), Role::SlaPaused)),
            SlaState::Due(_) => Some((format!("SLA due {}", due()), Role::SlaSoon)),
            SlaState::Breached(_) => Some((format!("SLA breached {}", due()), Role::SlaBreached)),
        });
        parts
    }

    fn folded(&self, fold: &Fold, count: usize, width: usize) -> Row {
        let sign = if self.sight.shared.ascii { ">" } else { "▸" };
        let entries = if count == 1 { "entry" } else { "entries" };
        let of = match fold {
            Fold::Conversation(_) => "of this conversation",
            Fold::Day(_) => "of this day",
        };
        let words = format!(" {sign} {count} {entries} {of} · Enter unfolds");
        Row::of(cut::fit(&words, width), Role::Dim)
    }

    fn gaps(&self, width: usize) -> Vec<Row> {
        let sign = if self.sight.shared.ascii { "!" } else { "⚠" };
        let row =
            |gap: &String| Row::of(cut::fit(&format!("{sign} not shown: {}", text::line(gap)), width), Role::Warning);
        self.sight.timeline.gaps.iter().map(row).collect()
    }
}

/// A line across, with words in it.
fn rule(shared: &Shared, words: Vec<(String, Role)>, width: usize) -> Row {
    let line = if shared.ascii { "-" } else { "─" };
    let mut left = width.saturating_sub(6);
    let mut row = Row::of(line.repeat(2), Role::Faint);
    for (number, (words, role)) in words.into_iter().enumerate() {
        let gap = if number == 0 { " " } else { " · " };
        let words = cut::fit(&words, left.saturating_sub(cut::width(gap) - 1));
        if words.is_empty() {
            break;
        }
        left = left.saturating_sub(cut::width(&words) + cut::width(gap));
        row = row.and(gap, Role::Faint).and(words, role);
    }
    let rest = width.saturating_sub(cut::width(&row.words()) + 1);
    row.and(format!(" {}", line.repeat(rest)), Role::Faint)
}
