//! Owns what the Search pane lets choose from lists: saved searches and their keys, and the order of rows.

use super::{Search, history, table};
use crate::{
    config::searches::SavedSearch,
    console::{
        effect::Effect,
        keymap::Key,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        searches::Saved,
    },
    privacy::text,
};

/// What its lists to choose from are for.
pub(super) const NAME: &str = "search.name";
pub(super) const KEY: &str = "search.key";
pub(super) const SAVED: &str = "search.saved";
pub(super) const ORDER: &str = "search.order";

impl Search {
    /// Asks for a name to save the query under.
    pub(super) fn save(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let words = self.query.words();
        if words.trim().is_empty() {
            return Err(Cannot("there is no query to save; `i` writes one"));
        }
        if history::is_personal(words) {
            return Err(Cannot("a saved search is a file people share: take the address or number out first"));
        }
        self.read(cx.shared).map_err(|_| Cannot("the query has a mistake; Enter shows where"))?;
        cx.pick(Picker::new("Save this search as", NAME, Vec::new()).or_text("a name; one that is taken is replaced"));
        Ok(())
    }

    /// Asks for a key that would run it.
    pub(super) fn pick_key(&mut self, name: &str, cx: &mut UpdateCx<'_>) {
        let none = Choice { id: "none".into(), label: "no key".into(), detail: "found under '".into() };
        let name = text::line(name).into_string();
        let is_free = |key: &String| {
            let bearer = Key::parse(key).ok().and_then(|key| cx.shared.searches.bound(key));
            bearer.is_none_or(|saved| saved.name == name)
        };
        let keys = (1..=9).map(|number| format!("alt-{number}")).filter(is_free);
        let keys = keys.map(|key| Choice { id: key.clone(), label: key, detail: "runs it from any pane".into() });
        let choices: Vec<Choice> = std::iter::once(none).chain(keys).collect();
        self.saving = Some(name);
        cx.pick(Picker::new("A key for it", KEY, choices).or_text("choose, or name another key: f5, ctrl-alt-x"));
    }

    pub(super) fn pick_saved(cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if cx.shared.searches.all.is_empty() {
            return Err(Cannot("no search is saved yet; `w` saves the one that stands here"));
        }
        let choice = |(place, saved): (usize, &Saved)| {
            let key = saved.key.map(|key| format!("  {key}")).unwrap_or_default();
            let detail = format!("{}: {}{key}", saved.context, saved.query);
            Choice { id: place.to_string(), label: saved.name.clone(), detail }
        };
        let choices = cx.shared.searches.all.iter().enumerate().map(choice).collect();
        cx.pick(Picker::new("Saved searches", SAVED, choices));
        Ok(())
    }

    pub(super) fn pick_order(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let shelf = self.shelf().filter(|shelf| shelf.len() > 0 && !self.is_filtered());
        let shelf = shelf.ok_or(Cannot("there are no results to sort"))?;
        let choice = |(place, head): (usize, &table::Head)| {
            let is_now = shelf.order.is_some_and(|order| order.column == place);
            let detail = if is_now { "again: the other way round" } else { "" };
            Choice { id: place.to_string(), label: head.title.to_owned(), detail: detail.to_owned() }
        };
        let choices = table::heads(&self.place).iter().enumerate().map(choice).collect();
        cx.pick(Picker::new("Sort by", ORDER, choices));
        Ok(())
    }

    pub(super) fn chosen_of(
        &mut self,
        purpose: &'static str,
        chosen: &str,
        cx: &mut UpdateCx<'_>,
    ) -> Result<(), Cannot> {
        match purpose {
            NAME => self.pick_key(chosen, cx),
            KEY => {
                let name = self.saving.take().ok_or(Cannot("there is no search to save"))?;
                let key = Some(chosen.to_owned()).filter(|key| key != "none");
                let (within, query) = (self.place.to_string(), self.query.words().to_owned());
                cx.say(format!("saved as {name}"));
                cx.effect(Effect::SaveSearch(SavedSearch { name, within, query, key }));
            }
            SAVED => {
                let saved = chosen.parse().ok().and_then(|place: usize| cx.shared.searches.all.get(place));
                let saved = saved.ok_or(Cannot("that search is no longer there"))?.clone();
                self.run_words(saved.context, &saved.query, cx);
            }
            ORDER => {
                if let (Ok(column), Some(shelf)) = (chosen.parse(), self.shelves.get_mut(&self.place)) {
                    shelf.order_by(column, cx.shared);
                }
            }
            _ => {
                self.target()?.chose(purpose, chosen, cx)?;
            }
        }
        Ok(())
    }
}
