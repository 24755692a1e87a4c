//! Owns going about on the page: rows, conversations, the customer's messages, matches; where a timeline opens, and how a
//! place is held while entries come.

use super::{Find, Page, Spot, TimelinePane, look_key, plan};
use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        pane::{Cannot, UpdateCx},
        state::Shared,
        widgets::when,
    },
    domain::{Item, Place},
};

/// A place on the page that survives other entries coming: the entry, and how far below its first own row.
pub struct Held {
    place: Place,
    below: isize,
}

impl TimelinePane {
    /// Moves by rows; `false` if the action is no such move.
    pub(super) fn travel(&mut self, action: Action, shared: &Shared) -> bool {
        let to = |page: Page<'_>| {
            let height = page.height() as isize;
            Some(match action {
                Action::Down => page.step(self.spot, 1),
                Action::Up => page.step(self.spot, -1),
                Action::HalfDown => page.step(self.spot, height / 2),
                Action::HalfUp => page.step(self.spot, -(height / 2)),
                Action::PageDown => page.step(self.spot, height - 1),
                Action::PageUp => page.step(self.spot, 1 - height),
                Action::Top => Spot::default(),
                Action::Bottom => page.end(),
                _ => return None,
            })
        };
        let moves = matches!(
            action,
            Action::Down
                | Action::Up
                | Action::HalfDown
                | Action::HalfUp
                | Action::PageDown
                | Action::PageUp
                | Action::Top
                | Action::Bottom
        );
        if let Some(spot) = self.with_page(shared, to).flatten() {
            self.spot = spot;
        }
        moves
    }

    /// Stands at the first entry that is new since the last look, else at the newest; of the wanted conversation if there is
    /// one. Without one, the newest conversation is taken in hand so that a note has a place to go.
    pub(super) fn arrive(&mut self, cx: &mut UpdateCx<'_>) {
        let Some(timeline) = self.timeline.value() else { return };
        let me = cx.shared.me.value().map(|me| &me.id);
        let is_news = |item: &&Item| !matches!(item, Item::Event(_)) && (me.is_none() || item.by() != me);
        let since = self.looked.map_or(timeline.items.len(), |at| timeline.first_after(at));
        let news: Vec<&Item> = timeline.items[since..].iter().filter(is_news).collect();
        let wanted = self.wanted.take();
        let is_wanted = |item: &&Item| wanted.is_none() || item.conversation() == wanted.as_ref();
        let first = news.iter().copied().find(|item| is_wanted(item));
        let last = timeline.items.iter().rev().find(|item| wanted.is_some() && is_wanted(item));
        let at = first.or(last).map(Item::place);
        let newest = timeline.items.iter().rev().find_map(Item::conversation).cloned();
        self.news = news.first().map(|item| item.place());
        if let (Some(looked), count @ 1..) = (self.looked, news.len()) {
            let looked = when::at(looked, cx.shared.moment.now, &cx.shared.zone);
            cx.say(format!("{count} new since {looked}"));
        }
        if let Some(customer) = &self.customer {
            cx.keep(look_key(customer), cx.shared.moment.now.to_string());
        }
        self.revision += 1;
        match at {
            Some(place) => self.stand_at(&place, cx.shared),
            None => self.spot = self.head(self.plan.slots.len().saturating_sub(1), cx.shared),
        }
        if let (None, Some(id)) = (wanted, newest)
            && cx.shared.current.as_ref().is_some_and(|current| current.details.value().is_none())
        {
            cx.fetch(Fetch::Conversation(id));
        }
    }

    /// Stands on an entry, by its place among all.
    pub(super) fn stand_on(&mut self, item: usize, shared: &Shared) {
        let slot = self.plan.slot_of(item);
        self.spot = self.head(slot, shared);
    }

    fn head(&self, slot: usize, shared: &Shared) -> Spot {
        self.with_page(shared, |page| page.head(slot)).unwrap_or_default()
    }

    fn stand_at(&mut self, place: &Place, shared: &Shared) {
        if let Some(timeline) = self.timeline.value() {
            self.spot = self.head(self.plan.slot_of(timeline.index_of(place)), shared);
        }
    }

    /// Where the person stands, to be found again after entries came.
    pub(super) fn hold(&self, shared: &Shared) -> Option<Held> {
        let slot = self.plan.slots.get(self.spot.slot)?;
        let place = self.timeline.value()?.items.get(slot.first)?.place();
        let head = self.head(self.spot.slot, shared).row as isize;
        Some(Held { place, below: self.spot.row as isize - head })
    }

    pub(super) fn restore(&mut self, held: Option<Held>, shared: &Shared) {
        let Some(Held { place, below }) = held else { return };
        self.stand_at(&place, shared);
        self.spot = self.with_page(shared, |page| page.step(self.spot, below)).unwrap_or_default();
    }

    pub(super) fn copy(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let item = self.chosen(self.spot.slot).ok_or(Cannot("choose an entry first"))?;
        let words = super::entry::words_of(item).ok_or(Cannot("this entry has no words to copy"))?;
        cx.effect(Effect::Copy(words));
        cx.say("the entry's words are on the clipboard");
        Ok(())
    }

    pub(super) fn step_conversation(&mut self, forward: bool, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let slot = plan::beside(&self.plan.parts, self.spot.slot, forward);
        let slot = slot.ok_or(Cannot("no other conversation that way"))?;
        self.spot = self.head(slot, cx.shared);
        let first = self.plan.slots.get(slot).map(|slot| slot.first);
        let item = first.and_then(|first| self.timeline.value()?.items.get(first));
        let in_hand = cx.shared.current.as_ref().and_then(|current| current.details.value());
        if let Some(id) = item.and_then(Item::conversation)
            && in_hand.is_none_or(|conversation| conversation.id != *id)
        {
            cx.fetch(Fetch::Conversation(id.clone()));
        }
        Ok(())
    }

    pub(super) fn step_inbound(&mut self, forward: bool, shared: &Shared) -> Result<(), Cannot> {
        let slot = plan::beside(&self.plan.inbound, self.spot.slot, forward);
        self.spot = self.head(slot.ok_or(Cannot("no other message of the customer that way"))?, shared);
        Ok(())
    }

    /// Begins a search and goes to the nearest match, at or above where the person stands.
    pub(super) fn search(&mut self, words: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let words = words.trim();
        let Some(timeline) = self.timeline.value().filter(|_| !words.is_empty()) else {
            self.find = None;
            return Ok(());
        };
        self.find = Some(Find::new(words, timeline, Some(false)));
        self.search_on(cx);
        let nothing = self.find.as_ref().is_some_and(|find| find.is_done() && find.is_empty());
        if nothing { Err(Cannot("no such words in this timeline")) } else { Ok(()) }
    }

    /// Searches again what is there now: entries came.
    pub(super) fn search_anew(&mut self, cx: &mut UpdateCx<'_>) {
        let (Some(find), Some(timeline)) = (&self.find, self.timeline.value()) else { return };
        self.find = Some(Find::new(find.needle(), timeline, find.pending));
        self.search_on(cx);
    }

    /// Looks at a slice, goes to the first match if one was wanted, and comes back for the next slice.
    pub(super) fn search_on(&mut self, cx: &mut UpdateCx<'_>) {
        let (Some(find), Some(timeline)) = (&mut self.find, self.timeline.value()) else { return };
        find.look(timeline);
        let here = self.plan.slots.get(self.spot.slot).map_or(0, |slot| slot.first);
        // At the entry itself counts: a person who searches looks at the page first.
        let hit = find.pending.and_then(|forward| find.beside(if forward { here } else { here + 1 }, forward));
        if let Some(hit) = hit {
            find.pending = None;
            self.show_match(hit, cx.shared);
        }
        if self.find.as_ref().is_some_and(|find| !find.is_done()) {
            cx.fetch(Fetch::Turn);
        }
    }

    pub(super) fn step_match(&mut self, forward: bool, shared: &Shared) -> Result<(), Cannot> {
        let find = self.find.as_mut().ok_or(Cannot("find something with / first"))?;
        let here = self.plan.slots.get(self.spot.slot).map_or(0, |slot| slot.first);
        match find.beside(here, forward) {
            Some(hit) => {
                self.show_match(hit, shared);
                Ok(())
            }
            None if find.is_done() => Err(Cannot("no such words in this timeline")),
            None => {
                find.pending = Some(forward);
                Err(Cannot("still searching; it goes there when it finds something"))
            }
        }
    }

    /// Stands at the first row that holds the words, taking off what folds it away.
    fn show_match(&mut self, hit: usize, shared: &Shared) {
        let Some(item) = self.timeline.value().and_then(|timeline| timeline.items.get(hit)).cloned() else { return };
        let slot = self.plan.slots.get(self.plan.slot_of(hit));
        if slot.is_none_or(|slot| slot.first != hit || slot.fold.is_some()) {
            self.folds.reveal(&item, &shared.zone);
            self.replan(&shared.zone);
        }
        let needle = self.find.as_ref().map(|find| find.needle().to_owned()).unwrap_or_default();
        let slot = self.plan.slot_of(hit);
        let row = |pane: &Self| pane.with_page(shared, |page| page.row_with(slot, &needle)).flatten();
        let found = row(self).or_else(|| {
            self.folds.full.insert(item.place());
            self.revision += 1;
            row(self)
        });
        self.spot = found.unwrap_or_else(|| self.head(slot, shared));
    }
}
