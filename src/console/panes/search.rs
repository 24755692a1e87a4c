//! Owns the search: where one looks, the query being typed and what could be typed next, what each place was asked and
//! answered, and the filter over what is here already. The query language is `kustomer::search`'s; how it looks is
//! `screen`'s.
//!
//! ```text
//! typing ─ Enter ─> Query::parse ─ wrong ─> a caret under the column
//!                        └ right ─> Shelf of this place ─ Fetch::Search(query, page) ─> rows ─> Local (the filter)
//! ```
//!
//! Invariants: every query, typed, saved or remembered, is parsed before it runs. Each place keeps its own rows; switching
//! runs the query there once. The filter asks the desk for nothing.

mod choices;
mod history;
mod linear;
mod local;
mod many;
mod places;
mod preview;
mod record;
mod screen;
mod shelf;
mod table;
#[cfg(test)]
mod tests;
mod triage;
mod typing;

use std::collections::{BTreeSet, HashMap};

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

use self::{history::History, local::Local, record::Record, screen::Spot, shelf::Shelf};
use crate::{
    approval::Change,
    console::{
        actions::Action,
        compose::About,
        effect::{Effect, Fetch},
        keymap::Key,
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        verbs::keys::VERBS,
        widgets::{input::Input, list::Cursor},
    },
    domain::{Conversation, ConversationId, CustomerId},
    kustomer::{
        Receipt,
        search::{Attributes, Completion, Context, Query, QueryError, Scope},
    },
};

/// Under which the half-typed query survives a restart.
const KEPT: &str = "search";
/// Under which what was searched for does.
const HISTORY: &str = "search.history";

/// Who has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// The rows.
    #[default]
    Rows,
    /// The query.
    Query,
    /// The filter.
    Filter,
}

/// The search.
#[derive(Debug)]
pub struct Search {
    mode: Mode,
    was_entered: bool,
    /// Where one looks.
    place: Context,
    query: Input,
    wrong: Option<QueryError>,
    /// The query stood wrong while metadata was on its way; it is read again when that comes.
    is_hasty: bool,
    /// What could be typed at the cursor; the right arrow takes the first.
    offered: Completion,
    /// Custom attributes by resource, as far as they came.
    attributes: Attributes,
    /// Resources whose attributes were asked for.
    described: BTreeSet<String>,
    shelves: HashMap<Context, Shelf>,
    history: History,
    local: Local,
    filter: Input,
    local_cursor: Cursor,
    /// The name of the search that is being saved.
    saving: Option<String>,
    /// What was chosen before a restart.
    remembered: Option<String>,
    /// Conversations with a change on its way, as they were before it.
    changing: HashMap<ConversationId, Conversation>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            mode: Mode::Rows,
            was_entered: false,
            place: Context::Customer,
            query: Input::default(),
            wrong: None,
            is_hasty: false,
            offered: Completion::default(),
            attributes: Attributes::new(),
            described: BTreeSet::new(),
            shelves: HashMap::new(),
            history: History::default(),
            local: Local::default(),
            filter: Input::default(),
            local_cursor: Cursor::default(),
            saving: None,
            remembered: None,
            changing: HashMap::new(),
        }
    }
}

impl Search {
    /// Conversations that came to another pane: the filter finds them too.
    pub fn know(&mut self, conversations: &[Conversation], shared: &Shared) {
        let records: Vec<Record> = conversations.iter().cloned().map(Record::Conversation).collect();
        self.local.know(&records, shared);
    }

    fn shelf(&self) -> Option<&Shelf> {
        self.shelves.get(&self.place)
    }

    fn shelf_mut(&mut self) -> Option<&mut Shelf> {
        self.shelves.get_mut(&self.place)
    }

    fn is_filtered(&self) -> bool {
        self.mode == Mode::Filter || !self.filter.words().is_empty()
    }

    /// Reads the query against what is known of the org.
    fn read(&self, shared: &Shared) -> Result<Query, QueryError> {
        Query::parse(self.query.words(), &self.scope(shared))
    }

    fn scope<'a>(&'a self, shared: &'a Shared) -> Scope<'a> {
        Scope {
            names: shared.directory.value(),
            me: shared.me.value().map(|me| &me.id),
            attributes: &self.attributes,
            ..Scope::bare(&self.place, shared.moment.now, &shared.zone)
        }
    }

    /// Takes up what was kept, once; before that the query is not this pane's to overwrite.
    fn wake(&mut self, shared: &Shared) {
        if !std::mem::replace(&mut self.was_entered, true) {
            let kept = |key: &str| shared.scratches.get(key).map_or("", String::as_str);
            self.query = Input::with(kept(KEPT));
            self.history = History::read(kept(HISTORY));
        }
    }

    /// Learns what is known of custom attributes, and asks for what is not.
    fn learn(&mut self, cx: &mut UpdateCx<'_>) {
        for klass in cx.shared.klasses.value().map_or(&[][..], Vec::as_slice) {
            let resource = format!("kobject.{}", klass.name);
            // Metadata may have been read anew since.
            self.attributes.insert(resource, klass.attributes.clone());
        }
        if matches!(cx.shared.klasses, Remote::NotAsked) && !cx.out.fetches.contains(&Fetch::Klasses) {
            cx.fetch(Fetch::Klasses);
        }
        let resource = self.place.resource().filter(|_| !matches!(self.place, Context::Kobject(_)));
        if let Some(resource) = resource.filter(|resource| self.described.insert(resource.clone())) {
            cx.fetch(Fetch::Attributes(resource));
        }
    }

    /// Runs the query where one looks; what is wrong with it is shown instead.
    fn submit(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.go_where_it_says(true, cx) {
            return;
        }
        self.learn(cx);
        match self.read(cx.shared) {
            Ok(query) => {
                self.mode = Mode::Rows;
                self.filter.clear();
                self.local.filter("");
                self.history.add(&self.place, self.query.words());
                cx.keep(HISTORY, self.history.kept());
                self.run(query, cx);
            }
            Err(wrong) => {
                self.wrong = Some(wrong);
                let is_known = |resource: &String| self.attributes.contains_key(resource);
                self.is_hasty = self.place.resource().is_some_and(|resource| !is_known(&resource));
            }
        }
    }

    fn run(&mut self, query: Query, cx: &mut UpdateCx<'_>) {
        (self.wrong, self.is_hasty) = (None, false);
        let words = self.query.words().to_owned();
        cx.fetch(Fetch::Search(query.clone(), 1));
        match self.shelves.get_mut(&self.place) {
            // The same question again: its rows stay until the new ones are here.
            Some(shelf) if shelf.words == words => {
                shelf.query = query;
                shelf.found.ask();
            }
            _ => {
                self.shelves.insert(self.place.clone(), Shelf::asked(&words, query));
            }
        }
    }

    /// Follows an `in:PLACE` at the query's beginning and takes it away; `false` when there is no such place.
    fn go_where_it_says(&mut self, is_whole: bool, cx: &mut UpdateCx<'_>) -> bool {
        match places::named(self.query.words(), cx.shared, is_whole) {
            None => true,
            Some(Ok((context, taken))) => {
                let rest = self.query.words().get(taken..).unwrap_or_default().to_owned();
                self.query = Input::with(&rest);
                self.place = context;
                self.learn(cx);
                true
            }
            Some(Err(wrong)) => {
                self.wrong = Some(wrong);
                false
            }
        }
    }

    /// Looks somewhere else. Away from the query the same words are asked there at once, if they were not before.
    fn look_in(&mut self, context: Context, cx: &mut UpdateCx<'_>) {
        self.place = context;
        (self.wrong, self.is_hasty) = (None, false);
        self.learn(cx);
        self.offer(cx.shared);
        let is_asked = self.shelf().is_some_and(|shelf| shelf.words == self.query.words());
        if self.mode == Mode::Query || is_asked || self.query.words().trim().is_empty() {
            return;
        }
        match self.read(cx.shared) {
            Ok(query) => self.run(query, cx),
            Err(wrong) => {
                self.shelves.remove(&self.place);
                self.wrong = Some(wrong);
            }
        }
    }

    fn step(&mut self, by: isize, cx: &mut UpdateCx<'_>) {
        let places = places::all(cx.shared);
        let here = places.iter().position(|place| place.context == self.place).unwrap_or(0);
        let to = (here as isize + by).rem_euclid(places.len().max(1) as isize).unsigned_abs();
        if let Some(place) = places.into_iter().nth(to) {
            self.look_in(place.context, cx);
        }
    }

    /// Moves among the rows; at their end the next page is asked for.
    fn moved(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> bool {
        if self.is_filtered() {
            return self.local_cursor.act(action, self.local.matches().len());
        }
        let Some(shelf) = self.shelf_mut() else { return Cursor::default().act(action, 0) };
        let Some(wants_more) = shelf.act(action) else { return false };
        if let Some(page) = shelf.next_page().filter(|_| wants_more) {
            shelf.further = shelf::Further::Asked;
            let query = shelf.query.clone();
            cx.fetch(Fetch::Search(query, page));
        }
        true
    }

    /// Where the chosen row opens.
    fn opens(&self) -> Result<Target, Cannot> {
        if self.is_filtered() {
            let chosen = self.local_cursor.chosen(self.local.matches().len());
            return chosen.and_then(|place| self.local.get(place)).ok_or(Cannot("nothing matches"))?.opens();
        }
        self.chosen().ok_or(Cannot("nothing is chosen; `i` writes a query"))?.opens()
    }

    fn open(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let target = self.opens()?;
        cx.open(target);
        Ok(())
    }

    fn chosen(&self) -> Option<&Record> {
        self.shelf().and_then(Shelf::chosen)
    }

    /// Puts a query from elsewhere in the line and runs it.
    fn run_words(&mut self, context: Context, words: &str, cx: &mut UpdateCx<'_>) {
        self.place = context;
        self.query = Input::with(words);
        self.mode = Mode::Rows;
        self.typed(cx);
        self.submit(cx);
    }

    /// Starts afresh: the query, the results and what was searched for before are gone.
    fn clear(&mut self, cx: &mut UpdateCx<'_>) {
        self.query.clear();
        self.filter.clear();
        self.local.filter("");
        self.shelves.clear();
        self.history = History::default();
        cx.keep(HISTORY, "");
        self.changed(cx);
        cx.say("query, results and the history of searches are cleared");
    }

    fn copy(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let place = self.local_cursor.chosen(self.local.matches().len());
        let known = place.filter(|_| self.is_filtered()).and_then(|place| self.local.get(place));
        let (word, id) = match (known, self.chosen()) {
            (Some(known), _) => (known.word, known.id.clone()),
            (None, Some(chosen)) => (chosen.word(), chosen.id().to_owned()),
            (None, None) => return Err(Cannot("nothing is chosen")),
        };
        cx.effect(Effect::Copy(id));
        cx.say(format!("copied the {word}'s id"));
        Ok(())
    }

    /// Steps back from the filter; without one, the console's own step back comes next.
    fn back(&mut self) -> Result<(), Cannot> {
        if self.filter.words().is_empty() {
            return Err(Cannot("there is nothing here to step back from"));
        }
        self.filter.clear();
        self.local.filter("");
        Ok(())
    }

    fn filtered(&mut self) {
        self.local.filter(self.filter.words());
        self.local_cursor = Cursor::default();
    }
}

impl Pane for Search {
    const SPEC: Spec = Spec {
        title: "Search",
        about: "customers, conversations, messages, notes, companies, KObjects; `/` filters what is here already",
        actions: &[
            Action::Write,
            Action::NextPart,
            Action::PreviousPart,
            Action::Sort,
            Action::Searches,
            Action::SaveSearch,
            Action::Reply,
            Action::Kobjects,
            Action::ChangeAll,
            Action::Clear,
            Action::AssignMe,
            Action::Done,
            Action::Snooze,
            Action::Move,
            Action::Grade,
            Action::Tags,
            Action::Raise,
            Action::Lower,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.wake(cx.shared);
        self.learn(cx);
        if self.shelf().is_none() && self.wrong.is_none() && !self.is_filtered() {
            self.mode = Mode::Query;
        }
        if self.is_hasty {
            self.submit(cx);
        }
    }

    fn visit(&mut self, target: &Target, cx: &mut UpdateCx<'_>) {
        if let Target::Search { context, query } = target {
            self.wake(cx.shared);
            self.run_words(context.clone(), query, cx);
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Search(query, page), Fetched::Search(answer)) => {
                let Some(shelf) = self.shelves.get_mut(query.context()) else { return };
                let before = shelf.rows().len();
                shelf.take(*page, answer, cx.shared);
                if let Some(id) = self.remembered.take_if(|_| *query.context() == self.place) {
                    shelf.choose(&id);
                }
                let new = shelf.rows().iter().skip(if *page <= 1 { 0 } else { before });
                self.local.know(new, cx.shared);
            }
            // Without them, custom attributes are written by their full names.
            (Fetch::Attributes(resource), Fetched::Attributes(answer)) => {
                self.attributes.insert(resource.clone(), answer.unwrap_or_default());
                self.offer(cx.shared);
                if self.is_hasty {
                    self.submit(cx);
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.moved(action, cx) {
            return Ok(());
        }
        match action {
            Action::Open => return self.open(cx),
            Action::Kobjects => {
                let customer = self.chosen().and_then(Record::customer).cloned();
                cx.open(Target::Kobjects { customer: customer.ok_or(Cannot("the desk does not say whose this is"))? });
            }
            Action::Reply => {
                let customer = self.chosen().and_then(Record::customer).cloned();
                cx.compose(About::New(customer.ok_or(Cannot("the desk does not say whose this is"))?));
            }
            Action::Filter => self.mode = Mode::Filter,
            Action::Write => {
                self.filter.clear();
                self.filtered();
                self.mode = Mode::Query;
            }
            Action::Submit if self.mode == Mode::Filter => self.mode = Mode::Rows,
            Action::Submit | Action::Reload => self.submit(cx),
            Action::Leave => self.mode = Mode::Rows,
            Action::Back => return self.back(),
            Action::NextPart => self.step(1, cx),
            Action::PreviousPart => self.step(-1, cx),
            Action::Sort => return self.pick_order(cx),
            Action::SaveSearch => return self.save(cx),
            Action::Searches => return Self::pick_saved(cx),
            Action::Clear => self.clear(cx),
            Action::ChangeAll => return self.change_all(cx),
            Action::Copy => return self.copy(cx),
            verb if VERBS.contains(&verb) => {
                self.target()?.act(verb, cx)?;
            }
            _ => return Err(Cannot("that does nothing in the search")),
        }
        Ok(())
    }

    fn picked(&mut self, purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.chosen_of(purpose, chosen, cx)
    }

    fn performing(&mut self, change: &Change, shared: &Shared) {
        self.begin(change, shared);
    }

    fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
        self.settle(change, result, cx.shared);
    }

    fn forget(&mut self, customer: &CustomerId) {
        self.shelves.values_mut().for_each(|shelf| shelf.forget(customer));
    }

    fn is_typing(&self) -> bool {
        self.mode != Mode::Rows
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        self.typed_key(key, cx);
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.pasted(text, cx);
    }

    fn click(&mut self, area: Rect, column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        match self.spot(cx.shared, area, column, row) {
            Some(Spot::Place(context)) => self.look_in(context, cx),
            Some(Spot::Line) if self.is_filtered() => self.mode = Mode::Filter,
            Some(Spot::Line) => self.mode = Mode::Query,
            Some(Spot::Head(place)) => {
                if let Some(shelf) = self.shelves.get_mut(&self.place) {
                    shelf.order_by(place, cx.shared);
                }
            }
            Some(Spot::Row(place)) => {
                let len = self.len();
                let cursor = if self.is_filtered() {
                    &mut self.local_cursor
                } else {
                    match self.shelves.get_mut(&self.place) {
                        Some(shelf) => &mut shelf.cursor,
                        None => return,
                    }
                };
                let was_chosen = cursor.chosen(len) == Some(place);
                cursor.choose(place);
                // The second click opens, as Enter does.
                if was_chosen && std::mem::take(&mut self.mode) == Mode::Rows {
                    let _ = self.open(cx);
                }
            }
            None => {}
        }
    }

    fn remember(&self) -> Value {
        json!({ "in": self.place.to_string(), "chosen": self.chosen().map(Record::id) })
    }

    fn recall(&mut self, remembered: &Value) {
        let word = |key: &str| remembered.get(key).and_then(Value::as_str);
        if let Some(context) = word("in").and_then(|word| word.parse().ok()) {
            self.place = context;
        }
        self.remembered = word("chosen").map(str::to_owned);
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.shelf().and_then(|shelf| shelf.found.value()).map(|page| page.rows.len().to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        self.draw(cx, area, buf);
    }
}
