//! Owns typing in the Search pane: the query with what is offered for it, the filter, and earlier queries. Runs nothing.

use super::{KEPT, Mode, Search, history, places};
use crate::{
    console::{
        actions::Action,
        keymap::{Code, Key},
        pane::UpdateCx,
        state::Shared,
        widgets::input::Input,
    },
    kustomer::search::{Completion, complete},
};

impl Search {
    pub(super) fn changed(&mut self, cx: &mut UpdateCx<'_>) {
        (self.wrong, self.is_hasty) = (None, false);
        self.history.leave();
        self.go_where_it_says(false, cx);
        self.typed(cx);
    }

    /// The query stands as it is now: what could come next is worked out, and it is kept, unless it names a person.
    pub(super) fn typed(&mut self, cx: &mut UpdateCx<'_>) {
        self.offer(cx.shared);
        let words = self.query.words();
        cx.keep(KEPT, if history::is_personal(words) { "" } else { words });
    }

    /// Works out what could be typed next; nothing for an empty query, whose place the hint takes.
    pub(super) fn offer(&mut self, shared: &Shared) {
        let words = self.query.words();
        self.offered = if words.trim().is_empty() {
            Completion::default()
        } else if let Some(places) = places::complete(words, shared) {
            places
        } else {
            complete(words, self.query.cursor(), &self.scope(shared))
        };
    }

    /// Puts the first of what is offered in place of what was begun; `false` when nothing is.
    pub(super) fn take_offer(&mut self, cx: &mut UpdateCx<'_>) -> bool {
        let Some(first) = self.offered.candidates.first() else { return false };
        let kept = self.query.words().get(..self.offered.from).unwrap_or_default();
        let words = format!("{kept}{}", first.text);
        if words == self.query.words() {
            return false;
        }
        self.query = Input::with(&words);
        self.changed(cx);
        true
    }

    /// Goes through what was searched for before.
    pub(super) fn recalled(&mut self, is_older: bool, cx: &mut UpdateCx<'_>) -> bool {
        let typed = self.query.words().to_owned();
        let found = if is_older {
            self.history.older(&typed).map(|(context, words)| (Some(context), words))
        } else {
            self.history.newer()
        };
        let Some((context, words)) = found else { return false };
        self.query = Input::with(&words);
        if let Some(context) = context {
            self.place = context;
            self.learn(cx);
        }
        (self.wrong, self.is_hasty) = (None, false);
        self.typed(cx);
        true
    }

    pub(super) fn typed_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if self.mode == Mode::Filter {
            let moving = match key.code {
                Code::Down => Some(Action::Down),
                Code::Up => Some(Action::Up),
                _ => None,
            };
            if let Some(action) = moving {
                self.moved(action, cx);
            } else {
                self.filter.key(key);
                self.filtered();
            }
            return;
        }
        // No query begins with a slash: who meant the filter gets it.
        if self.query.words().is_empty() && key.typed() == Some('/') {
            self.mode = Mode::Filter;
            return;
        }
        let at_the_end = self.query.cursor() == self.query.words().len();
        match key.code {
            Code::Up => {
                self.recalled(true, cx);
            }
            Code::Down if self.recalled(false, cx) => {}
            Code::Down if self.shelf().is_some_and(|shelf| shelf.len() > 0) => self.mode = Mode::Rows,
            Code::PageDown => self.step(1, cx),
            Code::PageUp => self.step(-1, cx),
            Code::Right if !key.ctrl && at_the_end && self.take_offer(cx) => {}
            _ => {
                self.query.key(key);
                self.changed(cx);
            }
        }
    }

    pub(super) fn pasted(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        if self.mode == Mode::Filter {
            self.filter.paste(text);
            return self.filtered();
        }
        self.query.paste(text);
        self.changed(cx);
    }
}
