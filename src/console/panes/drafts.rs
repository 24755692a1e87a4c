//! Owns the Drafts pane: replies that wait at the desk for the customers of the queue, the machine's and people's, and words
//! half typed in this console; a list and a preview. Editing is the composer's, sending and deleting are wishes that go before
//! the approval desk.
//!
//! ```text
//! ┌ 5 Drafts ─────────────────────────────────────────────────┐
//! │ 2 drafts · looked at 24 of 140 customers … · 1 half typed  │
//! │ email   machine  draft      Your second charge        3m   │
//! │ here    you      half typed to the assistant               │
//! ├ Your second charge ───────────────────────────────────────┤
//! │ email · to ****@quill.example · 212 of 10240 characters    │
//! │ Hi Nadia, …                                                │
//! └───────────────────────────────────────────────────────────┘
//! ```

mod entry;
mod linear;
mod walk;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::{Value, json};

use self::{entry::Entry, walk::Walk};
use crate::{
    approval::{Change, Operation},
    console::{
        actions::Action,
        compose::About,
        effect::{Effect, Fetch, Wish},
        keymap::Key,
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        theme::Role,
        widgets::{cut, frame, input::Input, list, list::Cursor, states},
    },
    domain::{CustomerId, Text},
    kustomer::{Receipt, changes},
    privacy::text,
};

/// From this width on the preview stands beside the list instead of below.
const BESIDE: u16 = 100;
/// The preview shows so many characters; `y` copies all.
const PREVIEW: usize = 20_000;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Drafts {
    walk: Walk,
    cursor: Cursor,
    scroll: usize,
    filter: Input,
    is_filtering: bool,
    /// What was chosen before a restart, until it is found.
    wanted: Option<String>,
}

const NOTHING: Cannot = Cannot("there is no draft here");

impl Pane for Drafts {
    const SPEC: Spec = Spec {
        title: "Drafts",
        about: "replies waiting unsent for the customers of the queue, and words half typed here",
        actions: &[Action::SendDraft, Action::EditDraft, Action::DeleteDraft],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.walk.catch_up(&cx.shared.urgent);
        self.go_on(cx);
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        let (Fetch::Drafts(customers), Fetched::Drafts(answer)) = (fetch, answer) else { return };
        let chosen = self.wanted.take().or_else(|| self.chosen(cx.shared).map(|entry| entry.id().to_owned()));
        self.walk.take(customers, answer, &cx.shared.urgent, cx.shared.moment.now);
        let place = chosen.as_ref().and_then(|id| self.entries(cx.shared).iter().position(|entry| entry.id() == id));
        match place {
            Some(place) => self.cursor.choose(place),
            None => self.wanted = chosen.filter(|_| self.walk.found().is_loading()),
        }
        self.go_on(cx);
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match action {
            Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp => {
                self.scroll = list::moved(action, self.scroll, self.longest(cx.shared)).unwrap_or(self.scroll);
                return Ok(());
            }
            Action::Reload => return self.reload(cx),
            Action::Filter => {
                self.is_filtering = true;
                return Ok(());
            }
            Action::Submit | Action::Leave => {
                self.is_filtering = false;
                return Ok(());
            }
            Action::Back if !self.filter.words().is_empty() => {
                self.filter.clear();
                return Ok(());
            }
            _ => {}
        }
        let len = self.entries(cx.shared).len();
        if self.cursor.act(action, len) {
            self.scroll = 0;
            return Ok(());
        }
        let entry = self.chosen(cx.shared).ok_or(NOTHING)?;
        match (action, entry) {
            (Action::Open, entry) | (Action::EditDraft, entry @ Entry::Here(..)) => self.open(entry, cx),
            (Action::Copy, entry) => {
                cx.effect(Effect::Copy(entry.words()));
                cx.say("the words are on the clipboard");
                Ok(())
            }
            (Action::EditDraft, Entry::Desk(draft)) => {
                cx.compose(About::Edit(Box::new(draft.clone())));
                Ok(())
            }
            (Action::SendDraft, Entry::Desk(draft)) => {
                match changes::send_draft(draft, None, cx.shared.moment.now) {
                    Ok(change) => cx.wish(Wish { change, reason: Text::new("sent from the list of drafts") }),
                    Err(error) => cx.say(format!("{error}; e edits it")),
                }
                Ok(())
            }
            (Action::DeleteDraft, Entry::Desk(draft)) => {
                let change = changes::delete_draft(draft, None);
                cx.wish(Wish { change, reason: Text::new("deleted from the list of drafts") });
                Ok(())
            }
            (Action::DeleteDraft, Entry::Here(key, _)) => {
                cx.keep(key, "");
                cx.say("the half-typed words are gone");
                Ok(())
            }
            (Action::SendDraft, Entry::Here(..)) => Err(Cannot("it is half typed: Enter goes on with it")),
            _ => Err(Cannot("nothing to do that to here")),
        }
    }

    fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
        if result.is_err() || matches!(self.walk.found(), Remote::NotAsked) {
            return;
        }
        let body = change.requests().first().and_then(|request| request.body.as_ref());
        let id = change.requests().first().and_then(|request| request.path.rsplit('/').next()).unwrap_or_default();
        match change.operation() {
            Operation::Listed { label: "DELETE /v1/drafts/{id}", .. } => self.walk.gone(id),
            Operation::Listed { label: "PUT /v1/drafts/{id}", .. } => {
                if body.is_some_and(|body| body["sendAt"].is_string()) {
                    self.walk.gone(id);
                } else {
                    self.look_again(change, cx);
                }
            }
            Operation::CreateDraft => self.look_again(change, cx),
            Operation::OpenWindow
            | Operation::Disclose
            | Operation::AddNote
            | Operation::UpdateCustomer
            | Operation::CreateKobjects
            | Operation::CallTool
            | Operation::Listed { .. }
            | Operation::Other => {}
        }
    }

    fn is_typing(&self) -> bool {
        self.is_filtering
    }

    fn type_key(&mut self, key: &Key, _cx: &mut UpdateCx<'_>) {
        self.filter.key(key);
    }

    fn paste(&mut self, text: &str, _cx: &mut UpdateCx<'_>) {
        self.filter.paste(text);
    }

    fn click(&mut self, area: Rect, column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        let len = self.entries(cx.shared).len();
        let inside = Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(2),
        };
        let (list, _) = self.places(inside, len);
        if list.contains((column, row).into()) {
            let first = self.cursor.rows(len, usize::from(list.height)).start;
            let place = first + usize::from(row - list.y);
            if place < len {
                self.cursor.choose(place);
                self.scroll = 0;
            }
        }
    }

    fn remember(&self) -> Value {
        let all = self.walk.found().value();
        let chosen = all.and_then(|all| all.get(self.cursor.chosen(all.len())?)).map(|draft| draft.id.to_string());
        // With a filter the cursor counts other lines.
        let chosen = self.wanted.clone().or(chosen.filter(|_| self.filter.words().is_empty()));
        json!({ "chosen": chosen, "filter": self.filter.words() })
    }

    fn recall(&mut self, remembered: &Value) {
        self.wanted = remembered["chosen"].as_str().map(str::to_owned);
        self.filter = Input::with(remembered["filter"].as_str().unwrap_or_default());
    }

    fn forget(&mut self, customer: &CustomerId) {
        self.walk.mask(customer);
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.walk.found().value().map(Vec::len).filter(|waiting| *waiting > 0).map(|waiting| waiting.to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 4 {
            return;
        }
        frame::row(&self.summary(cx), inside, 0, buf);
        self.view_filter(cx, inside, buf);
        let entries = self.entries(cx.shared);
        let (list, preview) = self.places(inside, entries.len());
        if entries.is_empty() {
            let room = Rect { height: inside.bottom() - list.y, width: inside.width, ..list };
            self.view_nothing(cx, room, buf);
            return;
        }
        self.view_list(cx, &entries, list, buf);
        if let Some(at) = self.cursor.chosen(entries.len()) {
            self.view_preview(cx, entries[at], preview, buf);
        }
    }
}

impl Drafts {
    fn reload(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if cx.shared.urgent.is_empty() {
            return Err(Cannot("the queue tells whose drafts to look for: it has not been read yet"));
        }
        self.walk.again(&cx.shared.urgent);
        self.go_on(cx);
        Ok(())
    }

    fn go_on(&mut self, cx: &mut UpdateCx<'_>) {
        if let Some(batch) = self.walk.next() {
            cx.fetch(Fetch::Drafts(batch));
        }
    }

    fn look_again(&mut self, change: &Change, cx: &mut UpdateCx<'_>) {
        if let Some(customer) = &change.subject().customer {
            self.walk.first(customer);
            self.go_on(cx);
        }
    }

    /// Drafts in the order of their customers' urgency, then what was typed here; what the filter lets through.
    fn entries<'a>(&'a self, shared: &'a Shared) -> Vec<Entry<'a>> {
        let wanted = self.filter.words().trim().to_lowercase();
        let desk = self.walk.found().value().into_iter().flatten().map(Entry::Desk);
        let typed = shared.scratches.iter().filter_map(|(key, words)| Entry::here(key, words));
        desk.chain(typed).filter(|entry| wanted.is_empty() || entry.matches(&wanted, shared)).collect()
    }

    fn chosen<'a>(&'a self, shared: &'a Shared) -> Option<Entry<'a>> {
        let entries = self.entries(shared);
        self.cursor.chosen(entries.len()).map(|at| entries[at])
    }

    /// To where the words belong, or on with writing them.
    fn open(&self, entry: Entry<'_>, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match entry {
            Entry::Desk(draft) => cx.open(Target::Timeline {
                customer: draft.customer.clone().ok_or(Cannot("the desk does not tell whose draft this is"))?,
                conversation: draft.conversation.clone(),
            }),
            Entry::Here(key, _) => match (key.split_once(':'), entry.draft_among(self.walk.found())) {
                (None, _) => cx.open(Target::Assistant),
                (Some(("draft", _)), Some(draft)) => cx.compose(About::Edit(Box::new(draft.clone()))),
                (Some(("draft", _)), None) => return Err(Cannot("that draft is not at the desk any more; y copies")),
                (Some(_), _) => cx.take_up(key),
            },
        }
        Ok(())
    }

    /// Where list and preview stand inside the frame.
    fn places(&self, inside: Rect, len: usize) -> (Rect, Rect) {
        let above = 1 + u16::from(self.has_filter());
        let rest = Rect { y: inside.y + above, height: inside.height.saturating_sub(above), ..inside };
        if rest.width >= BESIDE {
            let left = rest.width / 2;
            (Rect { width: left, ..rest }, Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest })
        } else {
            let rows = u16::try_from(len).unwrap_or(u16::MAX).max(1).min((rest.height / 2).max(1)).min(rest.height);
            (Rect { height: rows, ..rest }, Rect { y: rest.y + rows, height: rest.height - rows, ..rest })
        }
    }

    fn has_filter(&self) -> bool {
        self.is_filtering || !self.filter.words().is_empty()
    }

    /// How far the preview may be scrolled: about its lines when narrow. The view keeps the last ones in sight.
    fn longest(&self, shared: &Shared) -> usize {
        self.chosen(shared).map_or(0, |entry| cut::wrap(&entry.words(), 40).len())
    }

    /// What the list covers, said plainly: it is not every draft of the org.
    fn summary(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let found = self.walk.found();
        let waiting = match (found, found.value()) {
            (Remote::Failed(None, problem), _) => format!("drafts at the desk not read: {}", text::line(&problem.why)),
            (Remote::NotAsked, _) => "drafts at the desk not read yet".to_owned(),
            (remote, drafts) => {
                let count = drafts.map_or(0, Vec::len);
                let s = if count == 1 { "" } else { "s" };
                let (looked, of) = self.walk.progress();
                if remote.is_loading() {
                    format!("{count} draft{s} · looked at {looked} of {of} customers …")
                } else {
                    format!("{count} draft{s} of the queue's {looked} customers")
                }
            }
        };
        let typed = cx.shared.scratches.iter().filter(|(key, words)| Entry::here(key, words).is_some()).count();
        let role = if matches!(found, Remote::Failed(None, _)) { Role::Warning } else { Role::Dim };
        let mut spans = vec![
            Span::styled(waiting, cx.theme.style(role)),
            Span::styled(format!(" · {typed} half typed here"), cx.theme.style(Role::Dim)),
        ];
        if let Remote::Failed(Some(_), problem) = found {
            let words = format!("  stopped: {}", text::line(&problem.why));
            spans.push(Span::styled(words, cx.theme.style(Role::Warning)));
        }
        Line::from(spans)
    }

    fn view_filter(&self, cx: &ViewCx<'_>, inside: Rect, buf: &mut Buffer) {
        if self.has_filter() {
            frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), inside, 1, buf);
            let room = Rect { x: inside.x + 2, y: inside.y + 1, width: inside.width.saturating_sub(2), height: 1 };
            self.filter.view(cx.theme, "words, subject, channel, author", self.is_filtering, room, buf);
        }
    }

    fn view_nothing(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if self.has_filter() {
            states::message(cx.theme, ("Nothing matches the filter", Role::Dim), &["Esc clears it."], area, buf);
        } else if matches!(self.walk.found(), Remote::NotAsked) {
            let lines = ["The queue tells whose drafts to look for: go there first, then reload."];
            states::message(cx.theme, ("Drafts not read yet", Role::Dim), &lines, area, buf);
        } else if self.walk.found().is_loading() || !states::instead(cx.theme, self.walk.found(), "drafts", area, buf) {
            let head = if self.walk.found().is_loading() { "Looking for drafts …" } else { "No drafts waiting" };
            let lines = [
                "Only the customers of the queue are looked at, not the whole org.",
                "Words left half typed in this console are kept and listed here too.",
            ];
            states::message(cx.theme, (head, Role::Dim), &lines, area, buf);
        }
    }

    fn view_list(&self, cx: &ViewCx<'_>, entries: &[Entry<'_>], area: Rect, buf: &mut Buffer) {
        let chosen = self.cursor.chosen(entries.len());
        for (line, index) in (0..).zip(self.cursor.rows(entries.len(), usize::from(area.height))) {
            frame::row(&entries[index].row(cx, usize::from(area.width)), area, line, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, line, buf);
            }
        }
    }

    fn view_preview(&self, cx: &ViewCx<'_>, entry: Entry<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::titled(cx, &entry.name(), false, area, buf);
        let width = usize::from(inside.width);
        let mut lines: Vec<(String, Role)> = Vec::new();
        for (fact, role) in entry.facts(cx.shared) {
            lines.extend(cut::wrap(&fact, width).into_iter().map(|line| (line, role)));
        }
        lines.push((String::new(), Role::Text));
        let words = entry.words();
        let shown: String = words.chars().take(PREVIEW).collect();
        lines.extend(cut::wrap(&shown, width).into_iter().map(|line| (line, Role::MessageDraft)));
        if shown.len() < words.len() {
            lines.push(("… cut here; y copies all".to_owned(), Role::Warning));
        }
        let height = usize::from(inside.height);
        let top = self.scroll.min(lines.len().saturating_sub(height));
        for (row, (line, role)) in (0..).zip(lines.iter().skip(top).take(height)) {
            frame::row(&Line::styled(line.as_str(), cx.theme.style(*role)), inside, row, buf);
        }
    }
}

#[cfg(test)]
mod tests;
