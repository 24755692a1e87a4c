//! Owns the search for customers: the query being typed, what is wrong with it, the table of what was found. The query
//! language is `kustomer::search`'s.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
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
        search::{Query, QueryError},
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
        let shared = cx.shared;
        match Query::parse(self.query.words(), shared.moment.now, &shared.zone) {
            Ok(query) if query.is_empty() => {}
            Ok(mut query) => {
                if let Some(directory) = shared.directory.value() {
                    query = query.with_tags_of(directory);
                }
                self.wrong = None;
                self.is_typing = false;
                self.cursor = Cursor::default();
                self.found = Remote::Loading(None);
                cx.fetch(Fetch::Search(query));
            }
            Err(wrong) => self.wrong = Some(wrong),
        }
    }

    fn changed(&mut self, cx: &mut UpdateCx<'_>) {
        self.wrong = None;
        cx.keep(KEPT, self.query.words());
    }
}

impl Pane for Search {
    const SPEC: Spec = Spec {
        title: "Search",
        about: "customers, by words, addresses, numbers, attributes",
        actions: &[Action::Kobjects],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.was_entered {
            self.was_entered = true;
            self.query = Input::with(cx.shared.scratches.get(KEPT).map_or("", String::as_str));
        }
        if matches!(self.found, Remote::NotAsked) {
            self.is_typing = true;
        }
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        if let Fetched::Search(answer) = answer {
            self.found.answer(answer, cx.shared.moment.now);
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

    /// What is wrong with the query, under the character it is about.
    fn wrong_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(wrong) = &self.wrong else { return };
        let before: String = self.query.words().chars().take(wrong.column.saturating_sub(1)).collect();
        let words = format!("^ {}", text::line(&wrong.message).as_ref());
        let room = usize::from(area.width);
        let indent = cut::width(&before).min(room.saturating_sub(cut::width(&words)));
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
