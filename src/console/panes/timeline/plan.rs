//! Owns which entries of a timeline stand on its page and which are folded away, and the lists that jumps go by. Made anew
//! when entries come or folds change, never for a key that moves or a frame. Lays nothing out.
//!
//! Invariant: slots stand in the order of the entries, each entry in at most one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};

use super::entry;
use crate::domain::{ConversationId, Direction, Item, Place, Timeline};

/// What sort of thing an entry is, as far as folding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Messages a person sent or received.
    Messages,
    /// Messages sent without anybody's hand.
    Automatic,
    /// Private notes.
    Notes,
    /// Drafts.
    Drafts,
    /// KObjects.
    Kobjects,
    /// Changes of conversations.
    Events,
}

impl Kind {
    /// Every kind with its word, which is also its name in a remembered session.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Messages, "messages"),
        (Self::Automatic, "automatic messages"),
        (Self::Notes, "notes"),
        (Self::Drafts, "drafts"),
        (Self::Kobjects, "KObjects"),
        (Self::Events, "events"),
    ];

    /// An entry's.
    pub fn of(item: &Item) -> Self {
        match item {
            Item::Message(message) if message.auto => Self::Automatic,
            Item::Message(_) => Self::Messages,
            Item::Note(_) => Self::Notes,
            Item::Draft(_) => Self::Drafts,
            Item::Kobject(_) => Self::Kobjects,
            Item::Event(_) => Self::Events,
        }
    }

    /// The kind of this word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, its)| *its == word).map(|(kind, _)| *kind)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// What the person folded, and what they unfolded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// Kinds that are left out.
    pub kinds: BTreeSet<Kind>,
    /// Conversations told in one line.
    pub conversations: BTreeSet<ConversationId>,
    /// Days told in one line.
    pub days: BTreeSet<Date>,
    /// Entries shown in full.
    pub full: BTreeSet<Place>,
}

impl Folds {
    /// Takes off whatever folds this entry away.
    pub fn reveal(&mut self, item: &Item, zone: &TimeZone) {
        self.kinds.remove(&Kind::of(item));
        if let Some(id) = item.conversation() {
            self.conversations.remove(id);
        }
        if let Some(day) = day(item, zone) {
            self.days.remove(&day);
        }
    }

    fn of(&self, item: &Item, zone: &TimeZone) -> Option<Fold> {
        if !self.days.is_empty()
            && let Some(day) = day(item, zone).filter(|day| self.days.contains(day))
        {
            return Some(Fold::Day(day));
        }
        let id = item.conversation().filter(|id| self.conversations.contains(*id))?;
        Some(Fold::Conversation(id.clone()))
    }
}

/// Why entries are told in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their conversation is folded.
    Conversation(ConversationId),
    /// Their day is folded.
    Day(Date),
}

/// A place on the page: an entry, or a run of entries told in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its first entry.
    pub first: usize,
    /// Its last entry; those between may be left out.
    pub last: usize,
    /// How many entries it stands for.
    pub count: usize,
    /// Why they are folded, if they are.
    pub fold: Option<Fold>,
}

/// What stands on a page.
#[derive(Debug, Default)]
pub struct Plan {
    /// The slots, oldest first.
    pub slots: Vec<Slot>,
    /// Slots that are messages of the customer.
    pub inbound: Vec<usize>,
    /// Slots with which another conversation begins.
    pub parts: Vec<usize>,
    /// How many entries of each kind there are, shown or not.
    pub counts: BTreeMap<Kind, usize>,
}

impl Plan {
    /// Goes through all entries once.
    pub fn of(timeline: &Timeline, folds: &Folds, zone: &TimeZone) -> Self {
        let mut plan = Self::default();
        let mut conversation = None;
        for (index, item) in timeline.items.iter().enumerate().filter(|(_, item)| entry::says_something(item)) {
            let kind = Kind::of(item);
            *plan.counts.entry(kind).or_default() += 1;
            if folds.kinds.contains(&kind) {
                continue;
            }
            let fold = folds.of(item, zone);
            if let (Some(slot), Some(_)) = (plan.slots.last_mut(), &fold)
                && slot.fold == fold
            {
                slot.last = index;
                slot.count += 1;
                continue;
            }
            let here = plan.slots.len();
            let its = item.conversation();
            if its.is_some() && its != conversation {
                conversation = its;
                plan.parts.push(here);
            }
            if matches!(item, Item::Message(message) if message.direction == Direction::In) && fold.is_none() {
                plan.inbound.push(here);
            }
            plan.slots.push(Slot { first: index, last: index, count: 1, fold });
        }
        plan
    }

    /// The slot that stands for an entry, or the nearest older one.
    pub fn slot_of(&self, item: usize) -> usize {
        self.slots.partition_point(|slot| slot.first <= item).saturating_sub(1)
    }

    /// How many entries are left out for their kind.
    pub fn left_out(&self, folds: &Folds) -> usize {
        folds.kinds.iter().filter_map(|kind| self.counts.get(kind)).sum()
    }
}

/// The next (or previous) of some ascending places, seen from `at`.
pub fn beside(places: &[usize], at: usize, forward: bool) -> Option<usize> {
    if forward {
        places.get(places.partition_point(|place| *place <= at)).copied()
    } else {
        places.partition_point(|place| *place < at).checked_sub(1).map(|before| places[before])
    }
}

/// An entry's local day.
pub fn day(item: &Item, zone: &TimeZone) -> Option<Date> {
    item.at().map(|at| zone.to_datetime(at).date())
}
