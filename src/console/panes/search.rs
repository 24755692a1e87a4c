//! Owns the Search pane: a query in the search language, the customers it finds, masked, and the way to their timelines.
//! Does not know the language (`kustomer::search`) nor send anything.
//!
//! ```text
//! ┌ 2 Search ──────────────────────────────────────────────┐
//! │ ❯ email:~quill.example created>30d                      │
//! │ 3 customers                                             │
//! │ NAME          EMAIL              PHONE     EXTERNAL ID  │
//! │ Nadia Okonjo  ****@quill.example ****0108  USR-4471     │
//! └─────────────────────────────────────────────────────────┘
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::Key,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{
            cut, frame,
            input::{Input, Typed},
            list::Cursor,
            states,
        },
    },
    domain::{ContactKind, Customer, Directory, Guarded},
    kustomer::{
        Page,
        search::{Query, QueryError},
    },
    privacy::text,
};

/// Under which key the query is kept.
const SCRATCH: &str = "search";
/// Columns: heading, share of the width, smallest width.
const COLUMNS: [(&str, usize, usize); 5] =
    [("NAME", 28, 12), ("EMAIL", 28, 12), ("PHONE", 14, 8), ("EXTERNAL ID", 14, 10), ("OPEN/ALL", 10, 8)];

/// The pane's state.
#[derive(Debug, Default)]
pub struct Search {
    input: Input,
    typing: bool,
    restored: bool,
    error: Option<QueryError>,
    found: Remote<Page<Customer>>,
    cursor: Cursor,
}

impl Pane for Search {
    const SPEC: Spec = Spec {
        title: "Search",
        about: "customers, by name, address, number, tag or any attribute; works while masked",
        actions: &[Action::Kobjects],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.restored {
            self.restored = true;
            if let Some(words) = cx.shared.scratches.get(SCRATCH) {
                self.input = Input::with(words);
            }
        }
        self.typing = self.rows().is_empty();
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        if let Fetched::Search(answer) = answer {
            self.found.answer(answer, cx.shared.moment.now);
            self.cursor = Cursor::default();
            self.typing = self.typing && self.rows().is_empty();
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if !self.typing && self.cursor.act(action, self.rows().len()) {
            return Ok(());
        }
        match action {
            Action::Submit => {
                self.submit(cx);
                Ok(())
            }
            Action::Leave | Action::Back => {
                self.typing = false;
                Ok(())
            }
            Action::Filter | Action::Write => {
                self.typing = true;
                Ok(())
            }
            Action::Reload => {
                self.submit(cx);
                Ok(())
            }
            Action::Open => self.open(cx),
            Action::Kobjects => {
                let customer = self.chosen().ok_or(Cannot("choose a customer first"))?.id.clone();
                cx.open(Target::Kobjects { customer });
                Ok(())
            }
            Action::Copy => {
                let id = self.chosen().ok_or(Cannot("choose a customer first"))?.id.to_string();
                cx.effect(Effect::Copy(id));
                cx.say("the customer's id is on the clipboard");
                Ok(())
            }
            _ => Err(Cannot("nothing to do that to here")),
        }
    }

    fn is_typing(&self) -> bool {
        self.typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if self.input.key(key) == Typed::Changed {
            self.changed(cx);
        }
    }

    fn paste(&mut self, words: &str, cx: &mut UpdateCx<'_>) {
        self.input.paste(words);
        self.changed(cx);
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 2 {
            return;
        }
        let prompt = if cx.shared.ascii { "> " } else { "❯ " };
        buf.set_stringn(inside.x, inside.y, prompt, 2, cx.theme.style(Role::Accent));
        let field = Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside };
        let hint = "name, email:~acme.example, phone:, id:, tag:, created>30d, loyaltyTierStr:gold, -tag:vip";
        self.input.view(cx.theme, hint, cx.focused && self.typing, field, buf);
        let rest = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        match &self.error {
            Some(error) => Self::view_error(cx, error, rest, buf),
            None => self.view_found(cx, rest, buf),
        }
    }
}

impl Search {
    fn rows(&self) -> &[Customer] {
        self.found.value().map_or(&[], |page| &page.rows)
    }

    fn chosen(&self) -> Option<&Customer> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
    }

    fn changed(&mut self, cx: &mut UpdateCx<'_>) {
        self.error = None;
        cx.keep(SCRATCH, self.input.words());
    }

    fn submit(&mut self, cx: &mut UpdateCx<'_>) {
        match parse(self.input.words(), cx.shared) {
            Ok(query) if query.is_empty() => cx.say("type what to look for"),
            Ok(query) => {
                self.found.ask();
                self.typing = true;
                cx.fetch(Fetch::Search(query));
            }
            Err(error) => self.error = Some(error),
        }
    }

    fn open(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.chosen() {
            Some(customer) => {
                cx.open(Target::Timeline { customer: customer.id.clone(), conversation: None });
                Ok(())
            }
            None => {
                self.typing = true;
                Ok(())
            }
        }
    }

    fn view_error(cx: &ViewCx<'_>, error: &QueryError, area: Rect, buf: &mut Buffer) {
        let indent = 1 + error.column.min(usize::from(area.width.saturating_sub(3)));
        let mark = format!("{}{}", " ".repeat(indent), if cx.shared.ascii { '^' } else { '▲' });
        frame::row(&Line::styled(mark, cx.theme.style(Role::Error)), area, 0, buf);
        let room = usize::from(area.width).saturating_sub(4).max(1);
        for (row, line) in (1..).zip(cut::wrap(&text::line(&error.message), room)) {
            frame::row(&Line::styled(format!("  {line}"), cx.theme.style(Role::Error)), area, row, buf);
        }
    }

    fn view_found(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if matches!(self.found, Remote::NotAsked) {
            let lines = [
                "Words find names and texts; key:value narrows.",
                "A known e-mail or phone finds its customer while masked.",
            ];
            states::message(cx.theme, ("Type a query, Enter searches", Role::Dim), &lines, area, buf);
            return;
        }
        if states::instead(cx.theme, &self.found, "customers", area, buf) {
            return;
        }
        let rows = self.rows();
        if rows.is_empty() {
            let lines =
                ["Whole words only: that is how the desk's index works. A new record may take a minute to be found."];
            states::message(cx.theme, ("Nobody found", Role::Dim), &lines, area, buf);
            return;
        }
        frame::row(&self.count(cx), area, 0, buf);
        let widths = widths(usize::from(area.width));
        let head: Vec<String> = COLUMNS.iter().zip(&widths).map(|((name, ..), width)| cut::pad(name, *width)).collect();
        frame::row(&Line::styled(head.join(" "), cx.theme.style(Role::TableHead)), area, 1, buf);
        let height = usize::from(area.height.saturating_sub(2));
        let chosen = self.cursor.chosen(rows.len());
        for (line, index) in (2..).zip(self.cursor.rows(rows.len(), height)) {
            frame::row(&row(cx, &rows[index], &widths), area, line, buf);
            if chosen == Some(index) {
                let role = if cx.focused && !self.typing { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, line, buf);
            }
        }
    }

    fn count(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let shown = self.rows().len();
        let total = self.found.value().and_then(|page| page.total);
        let words = match total {
            Some(total) if total > shown as u64 => format!("{shown} of {total} customers"),
            Some(_) | None if shown == 1 => "1 customer".to_owned(),
            Some(_) | None => format!("{shown} customers"),
        };
        let mut spans = vec![Span::styled(words, cx.theme.style(Role::Dim))];
        if let Some((stale, role)) = states::staleness(&self.found) {
            spans.push(Span::styled(format!("  {stale}"), cx.theme.style(role)));
        }
        Line::from(spans)
    }
}

fn parse(words: &str, shared: &Shared) -> Result<Query, QueryError> {
    let query = Query::parse(words, shared.moment.now, &shared.zone)?;
    let nobody = Directory::default();
    Ok(query.with_tags_of(shared.directory.value().unwrap_or(&nobody)))
}

/// Column widths that share the room, the name first in line for what is left.
fn widths(room: usize) -> Vec<usize> {
    let gaps = COLUMNS.len() - 1;
    let usable = room.saturating_sub(gaps);
    let mut widths: Vec<usize> = COLUMNS.iter().map(|(_, share, least)| (usable * share / 100).max(*least)).collect();
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
    // The last columns give way first: a name and an address say who it is.
    for width in widths.iter_mut().rev() {
        let given = over.min(*width);
        *width -= given;
        over -= given;
    }
    widths
}

fn row(cx: &ViewCx<'_>, customer: &Customer, widths: &[usize]) -> Line<'static> {
    let contact =
        |kind| customer.contacts_of(kind).next().map_or_else(|| "–".to_owned(), |contact| masked(&contact.value));
    let external = customer.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default();
    let name = if customer.name.is_blank() { "(no name)".to_owned() } else { customer.name.line().into_string() };
    let counts = format!("{}/{}", customer.counts[1], customer.counts[0]);
    let cells = [name, contact(ContactKind::Email), contact(ContactKind::Phone), external, counts];
    let roles = [Role::Customer, Role::Masked, Role::Masked, Role::Text, Role::Dim];
    let spans = cells.iter().zip(widths).zip(roles).map(|((cell, width), role)| {
        Span::styled(format!("{} ", cut::pad(&cut::fit(cell, *width), *width)), cx.theme.style(role))
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// A list never shows a value in the clear, whatever the key may read: that is what a timeline's window is for.
fn masked(value: &Guarded) -> String {
    match value {
        Guarded::Masked(shown) => shown.line().into_string(),
        Guarded::Revealed(_) => "********".to_owned(),
    }
}
