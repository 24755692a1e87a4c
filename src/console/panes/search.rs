//! Owns the search for customers: the query being typed, what could be typed next, what is wrong with it, the table of what
//! was found. The query language is `kustomer::search`'s; `shiftdeck search --in` speaks it over every other context.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        compose::About,
        effect::{Effect, Fetch},
        keymap::{Code, Key},
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, input::Input, list::Cursor, states, when},
    },
    domain::{ContactKind, Customer, CustomerId, Guarded},
    kustomer::{
        Page,
        search::{Attributes, Completion, Context, Query, QueryError, Scope, complete},
    },
    privacy::text,
};

/// Under which the query survives a restart.
const KEPT: &str = "search";

/// The search.
#[derive(Debug, Default)]
pub struct Search {
    query: Input,
    is_typing: bool,
    was_entered: bool,
    wrong: Option<QueryError>,
    /// What could be typed at the cursor; the right arrow takes the first.
    offered: Completion,
    /// Custom attributes of customers, once they came.
    attributes: Attributes,
    found: Remote<Page<Customer>>,
    cursor: Cursor,
}

impl Search {
    fn rows(&self) -> &[Customer] {
        self.found.value().map_or(&[], |page| &page.rows)
    }

    fn chosen(&self) -> Option<&Customer> {
        self.cursor.chosen(self.rows().len()).and_then(|place| self.rows().get(place))
    }

    fn submit(&mut self, cx: &mut UpdateCx<'_>) {
        match Query::parse(self.query.words(), &self.scope(cx.shared)) {
            Ok(query) if query.is_empty() => {}
            Ok(query) => {
                self.wrong = None;
                self.is_typing = false;
                self.cursor = Cursor::default();
                self.found = Remote::Loading(None);
                cx.fetch(Fetch::Search(query));
            }
            Err(wrong) => self.wrong = Some(wrong),
        }
    }

    fn scope<'a>(&'a self, shared: &'a Shared) -> Scope<'a> {
        Scope {
            names: shared.directory.value(),
            me: shared.me.value().map(|me| &me.id),
            attributes: &self.attributes,
            ..Scope::bare(&Context::Customer, shared.moment.now, &shared.zone)
        }
    }

    fn changed(&mut self, cx: &mut UpdateCx<'_>) {
        self.wrong = None;
        self.offer(cx.shared);
        cx.keep(KEPT, self.query.words());
    }

    /// Works out what could be typed next; nothing for an empty query, whose place the hint takes.
    fn offer(&mut self, shared: &Shared) {
        let words = self.query.words();
        self.offered = if words.trim().is_empty() {
            Completion::default()
        } else {
            complete(words, self.query.cursor(), &self.scope(shared))
        };
    }

    /// Puts the first of what is offered in place of what was begun; `false` when nothing is.
    fn take_offer(&mut self, cx: &mut UpdateCx<'_>) -> bool {
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
}

impl Pane for Search {
    const SPEC: Spec = Spec {
        title: "Search",
        about: "customers, by words, addresses, numbers, attributes",
        actions: &[Action::Reply, Action::Kobjects],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.was_entered {
            self.was_entered = true;
            self.query = Input::with(cx.shared.scratches.get(KEPT).map_or("", String::as_str));
        }
        if matches!(self.found, Remote::NotAsked) {
            self.is_typing = true;
        }
        if self.attributes.is_empty() {
            cx.fetch(Fetch::Attributes);
        }
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match answer {
            Fetched::Search(answer) => self.found.answer(answer, cx.shared.moment.now),
            // Without them, custom attributes are written by their full names.
            Fetched::Attributes(answer) => {
                self.attributes = answer.ok().map(|known| ("customer".to_owned(), known)).into_iter().collect();
                self.offer(cx.shared);
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let len = self.rows().len();
        if self.cursor.act(action, len) {
            return Ok(());
        }
        match action {
            Action::Open => {
                let customer = self.chosen().ok_or(Cannot("nothing is chosen; `/` goes to the query"))?.id.clone();
                cx.open(Target::Timeline { customer, conversation: None });
            }
            Action::Kobjects => {
                let customer = self.chosen().ok_or(Cannot("nothing is chosen"))?.id.clone();
                cx.open(Target::Kobjects { customer });
            }
            Action::Reply => {
                let customer = self.chosen().ok_or(Cannot("nothing is chosen"))?.id.clone();
                cx.compose(About::New(customer));
            }
            Action::Filter | Action::Write => self.is_typing = true,
            Action::Submit | Action::Reload => self.submit(cx),
            Action::Leave => self.is_typing = false,
            Action::Copy => {
                let id = self.chosen().ok_or(Cannot("nothing is chosen"))?.id.to_string();
                cx.effect(Effect::Copy(id));
                cx.say("copied the customer's id");
            }
            _ => return Err(Cannot("that does nothing in the search")),
        }
        Ok(())
    }

    fn forget(&mut self, customer: &CustomerId) {
        let rows = self.found.value_mut().map(|page| &mut page.rows).into_iter().flatten();
        rows.filter(|row| row.id == *customer).for_each(Customer::mask);
    }

    fn is_typing(&self) -> bool {
        self.is_typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        // No query begins with a slash: the key that leads here does no harm when it is pressed once too often.
        if self.query.words().is_empty() && key.typed() == Some('/') {
            return;
        }
        if key.code == Code::Down && !self.rows().is_empty() {
            self.is_typing = false;
            return;
        }
        let at_the_end = self.query.cursor() == self.query.words().len();
        if key.code == Code::Right && !key.ctrl && at_the_end && self.take_offer(cx) {
            return;
        }
        self.query.key(key);
        self.changed(cx);
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.query.paste(text);
        self.changed(cx);
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.found.value().map(|page| page.rows.len().to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::titled(cx, &self.title(), cx.focused, area, buf);
        let room = Rect { x: inside.x + 1.min(inside.width), width: inside.width.saturating_sub(2), ..inside };
        let hint = "words, email:x, email:~domain, phone:x, name:x, id:x, tag:x, created>30d, conversations>3";
        self.query.view(cx.theme, hint, self.is_typing, room, buf);
        self.wrong_view(cx, room, buf);
        self.offer_view(cx, room, buf);
        let below = Rect { y: room.y + 2, height: room.height.saturating_sub(2), ..room };
        if matches!(self.found, Remote::NotAsked) {
            let lines = [
                "Enter searches. Masked customers are found by their real address or number too, and stay masked.",
                "email:~acme.example   phone:+4915550001122   id:T-1042   loyaltyTierStr:gold   -tag:vip   sort:-updated",
            ];
            return states::message(cx.theme, ("Look for a customer.", Role::Strong), &lines, below, buf);
        }
        if states::instead(cx.theme, &self.found, "customers", below, buf) {
            return;
        }
        if self.rows().is_empty() {
            let lines = ["Fewer words find more; `email:~domain` looks for everybody of a domain."];
            return states::message(cx.theme, ("No customer matches.", Role::Dim), &lines, below, buf);
        }
        self.table(cx, below, buf);
    }
}

impl Search {
    fn title(&self) -> String {
        match self.found.value() {
            None => "Search".to_owned(),
            Some(page) => {
                let shown = page.rows.len();
                match page.total {
                    Some(total) if total > shown as u64 => format!("Search · {shown} of {total} customers"),
                    _ => format!("Search · {shown} customer{}", if shown == 1 { "" } else { "s" }),
                }
            }
        }
    }

    /// What could be typed next: the first in full view, as the right arrow would put it.
    fn offer_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if !self.is_typing || self.wrong.is_some() || self.offered.candidates.is_empty() {
            return;
        }
        let style = |role| cx.theme.style(role);
        let arrow = if cx.shared.ascii { "->" } else { "→" };
        let mut spans = vec![Span::styled(format!("{arrow} "), style(Role::Dim))];
        for (place, candidate) in self.offered.candidates.iter().enumerate() {
            let role = if place == 0 { Role::Strong } else { Role::Dim };
            spans.push(Span::styled(format!("{}  ", text::line(&candidate.text).as_ref()), style(role)));
        }
        frame::row(&Line::from(spans), area, 1, buf);
    }

    /// What is wrong with the query, under the character it is about.
    fn wrong_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(wrong) = &self.wrong else { return };
        let words = format!("^ {}", text::line(&wrong.message).as_ref());
        let room = usize::from(area.width);
        let indent = wrong.indent(self.query.words()).min(room.saturating_sub(cut::width(&words)));
        let line = Line::styled(cut::fit(&format!("{}{words}", " ".repeat(indent)), room), cx.theme.style(Role::Error));
        frame::row(&line, area, 1, buf);
    }

    fn table(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let wide = usize::from(area.width);
        let (id, seen) = if wide >= 90 { (14, 6) } else { (0, 0) };
        let open = 8;
        let left = wide.saturating_sub(id + seen + open);
        let name = left * 36 / 100;
        let (email, phone) = (left * 38 / 100, left.saturating_sub(left * 36 / 100 + left * 38 / 100));
        let cell = |words: &str, cells: usize| {
            cells.checked_sub(1).map_or_else(String::new, |room| format!("{} ", cut::pad(words, room)))
        };
        let head = [("Name", name), ("Email", email), ("Phone", phone), ("Id", id), ("Open", open), ("Seen", seen)];
        let head: String = head.iter().map(|(word, cells)| cell(word, *cells)).collect();
        frame::row(&Line::styled(head, cx.theme.style(Role::TableHead)), area, 0, buf);
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let rows = self.rows();
        let chosen = self.cursor.chosen(rows.len());
        for (line, place) in (0..list.height).zip(self.cursor.rows(rows.len(), usize::from(list.height))) {
            let customer = &rows[place];
            let contact = |kind| {
                let first = customer.contacts_of(kind).next().map(|contact| guarded(&contact.value));
                first.unwrap_or((String::new(), Role::Dim))
            };
            let (email_shown, email_role) = contact(ContactKind::Email);
            let (number_shown, number_role) = contact(ContactKind::Phone);
            let external = customer.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default();
            let last = customer.last_activity.map(|at| when::age(at, cx.shared.moment.now)).unwrap_or_default();
            let counts = format!("{}/{}", customer.counts[1], customer.counts[0]);
            let style = |role| cx.theme.style(role);
            let spans = Line::from(vec![
                Span::styled(cell(&customer.name.line(), name), style(Role::Customer)),
                Span::styled(cell(&email_shown, email), style(email_role)),
                Span::styled(cell(&number_shown, phone), style(number_role)),
                Span::styled(cell(&external, id), style(Role::Dim)),
                Span::styled(cell(&counts, open), style(Role::Text)),
                Span::styled(cell(&last, seen), style(Role::Dim)),
            ]);
            frame::row(&spans, list, line, buf);
            if Some(place) == chosen && !self.is_typing {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(super::queue::ground(cx.theme.style(role)), list, line, buf);
            }
        }
    }
}

/// A guarded value as it may be shown now.
fn guarded(value: &Guarded) -> (String, Role) {
    match value {
        Guarded::Masked(shown) => (shown.line().into_string(), Role::Masked),
        Guarded::Revealed(real) => (text::line(real.expose()).into_string(), Role::Revealed),
    }
}
