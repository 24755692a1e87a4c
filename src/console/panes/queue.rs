//! Owns the queue: open conversations, what breaches next on top, clocks ticking. Filters and chooses; does not change a
//! conversation.

mod row;

pub use row::ground;

use std::ops::Range;

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::Fetch,
        keymap::Key,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, input::Input, list::Cursor, states, when},
    },
    domain::{Conversation, ConversationId, CustomerId},
    kustomer::Page,
};

/// From this width on the chosen conversation is shown beside the list.
const WIDE: u16 = 120;

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    page: Remote<Page<Conversation>>,
    /// Since when the rows are as they are, while they come from the local cache.
    cached: Option<Timestamp>,
    cursor: Cursor,
    filter: Input,
    is_filtering: bool,
}

impl Queue {
    /// A conversation of the queue.
    pub fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.all().iter().find(|conversation| conversation.id == *id)
    }

    /// The customers of the queue, the most urgent first, each once.
    pub fn customers(&self) -> Vec<CustomerId> {
        let mut all = Vec::new();
        for customer in self.all().iter().filter_map(|conversation| conversation.customer.as_ref()) {
            if !all.contains(customer) {
                all.push(customer.clone());
            }
        }
        all
    }

    fn all(&self) -> &[Conversation] {
        self.page.value().map_or(&[], |page| &page.rows)
    }

    /// The rows the filter lets through.
    fn rows(&self, shared: &Shared) -> Vec<&Conversation> {
        let wanted = self.filter.words().trim().to_lowercase();
        let matches = |conversation: &&Conversation| wanted.is_empty() || row::matches(conversation, &wanted, shared);
        self.all().iter().filter(matches).collect()
    }

    fn chosen<'a>(&'a self, shared: &Shared) -> Option<&'a Conversation> {
        let rows = self.rows(shared);
        self.cursor.chosen(rows.len()).and_then(|place| rows.get(place).copied())
    }

    /// Takes a new page in and stays on the conversation that was chosen, wherever it stands now.
    fn take(&mut self, answer: Result<Page<Conversation>, crate::console::remote::Problem>, shared: &Shared) {
        let chosen = self.chosen(shared).map(|conversation| conversation.id.clone());
        let answer = answer.map(|mut page| {
            page.rows.sort_by_key(|row| (row.breach_at().is_none(), row.breach_at(), row.created));
            page
        });
        self.cached = self.cached.filter(|_| answer.is_err());
        self.page.answer(answer, shared.moment.now);
        let place = chosen.and_then(|id| self.rows(shared).iter().position(|row| row.id == id));
        if let Some(place) = place {
            self.cursor.choose(place);
        }
    }
}

impl Pane for Queue {
    const SPEC: Spec =
        Spec { title: "Queue", about: "open conversations, what breaches next on top", actions: &[Action::Kobjects] };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if matches!(self.page, Remote::NotAsked) {
            self.page.ask();
            cx.fetch(Fetch::Queue);
        }
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match answer {
            Fetched::Queue(answer) => self.take(answer, cx.shared),
            Fetched::CachedQueue(Some((page, at))) if self.page.value().is_none() => {
                self.take(Ok(page), cx.shared);
                self.page.ask();
                self.cached = Some(at);
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let len = self.rows(cx.shared).len();
        if self.cursor.act(action, len) {
            return Ok(());
        }
        match action {
            Action::Open => {
                let chosen = self.chosen(cx.shared).ok_or(Cannot("nothing is chosen"))?;
                let customer = chosen.customer.clone().ok_or(Cannot("the desk does not say whose this is"))?;
                cx.open(Target::Timeline { customer, conversation: Some(chosen.id.clone()) });
                Ok(())
            }
            Action::Kobjects => {
                let chosen = self.chosen(cx.shared).and_then(|chosen| chosen.customer.clone());
                cx.open(Target::Kobjects { customer: chosen.ok_or(Cannot("nothing is chosen"))? });
                Ok(())
            }
            Action::Reload => {
                self.page.ask();
                cx.fetch(Fetch::Queue);
                Ok(())
            }
            Action::Filter => {
                self.is_filtering = true;
                Ok(())
            }
            Action::Submit | Action::Leave => {
                self.is_filtering = false;
                Ok(())
            }
            Action::Back if !self.filter.words().is_empty() => {
                self.filter.clear();
                Ok(())
            }
            Action::Copy => {
                let chosen = self.chosen(cx.shared).ok_or(Cannot("nothing is chosen"))?;
                cx.effect(crate::console::effect::Effect::Copy(chosen.id.to_string()));
                cx.say("copied the conversation's id");
                Ok(())
            }
            _ => Err(Cannot("that does nothing in the queue")),
        }
    }

    fn is_typing(&self) -> bool {
        self.is_filtering
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        let moving = match key.code {
            crate::console::keymap::Code::Down => Some(Action::Down),
            crate::console::keymap::Code::Up => Some(Action::Up),
            _ => None,
        };
        match moving {
            Some(action) => {
                let len = self.rows(cx.shared).len();
                self.cursor.act(action, len);
            }
            None => {
                self.filter.key(key);
            }
        }
    }

    fn paste(&mut self, text: &str, _cx: &mut UpdateCx<'_>) {
        self.filter.paste(text);
    }

    fn ticks(&self) -> bool {
        self.page.value().is_some_and(|page| !page.rows.is_empty())
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let page = self.page.value()?;
        Some(page.total.unwrap_or(page.rows.len() as u64).to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (area, beside) = if area.width >= WIDE {
            let list = area.width * 62 / 100;
            (Rect { width: list, ..area }, Some(Rect { x: area.x + list, width: area.width - list, ..area }))
        } else {
            (area, None)
        };
        let rows = self.rows(cx.shared);
        let title = self.title(rows.len());
        let inside = frame::titled(cx, &title, cx.focused, area, buf);
        if let Some(beside) = beside {
            let room = frame::titled(cx, "Conversation", false, beside, buf);
            if let Some(chosen) = self.chosen(cx.shared) {
                row::preview(cx, chosen, room, buf);
            }
        }
        let inside = self.filter_view(cx, inside, buf);
        if states::instead(cx.theme, &self.page, "the queue", inside, buf) {
            return;
        }
        if rows.is_empty() {
            return self.empty_view(cx, inside, buf);
        }
        let inside = self.staleness_view(cx, inside, buf);
        row::head(cx, inside, buf);
        let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let shown: Range<usize> = self.cursor.rows(rows.len(), usize::from(list.height));
        let chosen = self.cursor.chosen(rows.len());
        for (line, place) in (0..list.height).zip(shown) {
            frame::row(&row::line(cx, rows[place], list.width), list, line, buf);
            if Some(place) == chosen {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(row::ground(cx.theme.style(role)), list, line, buf);
            }
        }
    }
}

impl Queue {
    fn title(&self, shown: usize) -> String {
        let Some(page) = self.page.value() else { return "Queue".to_owned() };
        let read = page.rows.len();
        let of = match page.total {
            Some(total) if total > read as u64 => format!("{read} most urgent of {total}"),
            _ if page.more => format!("{read} most urgent"),
            _ => format!("{read} open"),
        };
        if shown == read { format!("Queue · {of}") } else { format!("Queue · {shown} of {of}") }
    }

    fn filter_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        if !self.is_filtering && self.filter.words().is_empty() || area.height < 2 {
            return area;
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        self.filter.view(cx.theme, "subject, channel, queue, assignee, tag", self.is_filtering, room, buf);
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    fn empty_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if self.filter.words().is_empty() {
            let lines = ["No open conversation waits. `r` looks again."];
            states::message(cx.theme, ("The queue is empty.", Role::Good), &lines, area, buf);
        } else {
            states::message(cx.theme, ("Nothing matches the filter.", Role::Dim), &["Esc clears it."], area, buf);
        }
    }

    fn staleness_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        let Some((mut words, role)) = states::staleness(&self.page) else { return area };
        if let Some(at) = self.cached {
            let age = when::short(cx.shared.moment.now.duration_since(at));
            words = format!("as it was {age} ago · {words}");
        }
        let words = cut::fit(&words, usize::from(area.width));
        frame::row(&Line::from(Span::styled(words, cx.theme.style(role))), area, 0, buf);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }
}
