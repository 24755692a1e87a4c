//! Owns folding: by kind, conversation and day from a list, one entry by itself. What is folded away is always told.

use super::{
    NOBODY, TimelinePane,
    plan::{self, Fold, Kind},
};
use crate::{
    console::{
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        state::Shared,
    },
    domain::{ConversationId, Item},
};

/// What the list of folds is for.
pub const PURPOSE: &str = "timeline.fold";

impl TimelinePane {
    /// Offers what can be folded, and what is.
    pub(super) fn pick_fold(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.timeline.value().ok_or(NOBODY)?;
        let choice = |id: &str, label: String, detail: String| Choice { id: id.to_owned(), label, detail };
        let kinds = self.plan.counts.iter().map(|(kind, count)| {
            let verb = if self.folds.kinds.contains(kind) { "bring back" } else { "leave out" };
            choice(&format!("kind:{}", kind.word()), format!("{verb} {}", kind.word()), count.to_string())
        });
        let mut choices: Vec<Choice> = kinds.collect();
        let here = self.item_here();
        if here.and_then(Item::conversation).is_some() {
            choices.push(choice("conversation", "fold this conversation".to_owned(), String::new()));
            choices.push(choice("others", "fold all other conversations".to_owned(), String::new()));
        }
        if let Some(day) = here.and_then(|item| plan::day(item, &cx.shared.zone)) {
            choices.push(choice("day", "fold this day".to_owned(), day.to_string()));
        }
        choices.push(choice("nothing", "unfold everything".to_owned(), String::new()));
        cx.pick(Picker::new("Fold", PURPOSE, choices));
        Ok(())
    }

    /// Folds as chosen; choosing what is folded unfolds it.
    pub(super) fn fold(&mut self, chosen: &str, shared: &Shared) {
        let item = self.item_here().cloned();
        let conversation = item.as_ref().and_then(Item::conversation).cloned();
        match (chosen, chosen.strip_prefix("kind:").and_then(Kind::by_word)) {
            (_, Some(kind)) => {
                if !self.folds.kinds.remove(&kind) {
                    self.folds.kinds.insert(kind);
                }
            }
            ("conversation", _) => self.folds.conversations.extend(conversation),
            ("others", _) => {
                let all = self.timeline.value().into_iter().flat_map(|timeline| &timeline.items);
                let ids = all.filter_map(Item::conversation).filter(|id| conversation.as_ref() != Some(id));
                let others: std::collections::BTreeSet<ConversationId> = ids.cloned().collect();
                self.folds.conversations.extend(others);
            }
            ("day", _) => self.folds.days.extend(item.as_ref().and_then(|item| plan::day(item, &shared.zone))),
            _ => {
                self.folds = plan::Folds::default();
            }
        }
        self.refold(shared);
    }

    /// Unfolds what is in hand: a run of entries, or one entry's words (and folds them again).
    pub(super) fn unfold(&mut self, shared: &Shared) -> Result<(), Cannot> {
        let slot = self.plan.slots.get(self.spot.slot).ok_or(Cannot("nothing to unfold here"))?;
        match slot.fold.clone() {
            Some(Fold::Conversation(id)) => {
                self.folds.conversations.remove(&id);
            }
            Some(Fold::Day(day)) => {
                self.folds.days.remove(&day);
            }
            None => {
                let place = self.chosen(self.spot.slot).ok_or(Cannot("nothing to unfold here"))?.place();
                if !self.folds.full.remove(&place) {
                    self.folds.full.insert(place);
                }
                self.revision += 1;
                self.spot = self.with_page(shared, |page| page.head(self.spot.slot)).unwrap_or_default();
                return Ok(());
            }
        }
        self.refold(shared);
        Ok(())
    }

    /// The entry in hand, or the first of those folded together.
    fn item_here(&self) -> Option<&Item> {
        self.timeline.value()?.items.get(self.plan.slots.get(self.spot.slot)?.first)
    }

    fn refold(&mut self, shared: &Shared) {
        let held = self.hold(shared);
        self.replan(&shared.zone);
        self.restore(held, shared);
    }
}
