//! Owns the Timeline pane: one customer over all channels, oldest above, opened at the newest; the person's masked or
//! unmasked details above it. Does not read or write the desk: unmasking is a wish that goes before the approval desk, notes
//! and replies are the composer's.
//!
//! ```text
//! ┌ 3 Timeline ─────────────────────────────────────────┐
//! │ Nadia Okonjo · Quill Ltd                    USR-4471 │  card.rs
//! │ email 🔒 ****@quill.example                          │
//! │─────────────────────────────────────────────────────│
//! │ ── Double billing ───────────────────── open ────── │  page.rs: rows laid out once a width
//! │ ← email  Nadia Okonjo  09:41                         │
//! │   I was charged twice …                              │
//! │ find: ▏                                              │  an input
//! └─────────────────────────────────────────────────────┘
//! ```

mod card;
mod page;

use std::cell::RefCell;

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use self::page::{Folds, Page, Sight};
use crate::{
    console::{
        actions::Action,
        compose::About,
        effect::{Effect, Fetch, Wish},
        keymap::Key,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::{OpenWindow, Shared},
        theme::Role,
        widgets::{cut, frame, input::Input, list::Cursor, states},
    },
    domain::{Conversation, ConversationId, CustomerId, Item, Text, Timeline},
    kustomer::changes,
};

/// What is being typed below the timeline.
#[derive(Debug)]
enum Pen {
    /// Why this customer is to be seen unmasked.
    Reason(Input),
    /// What to find in the timeline.
    Find(Input),
}

/// The pane's state.
#[derive(Debug, Default)]
pub struct TimelinePane {
    customer: Option<CustomerId>,
    timeline: Remote<Timeline>,
    cursor: Cursor,
    /// A conversation to stand at once the timeline is there.
    wanted: Option<ConversationId>,
    folds: Folds,
    needle: String,
    pen: Option<Pen>,
    /// Counts what was taken in, so that rows laid out for older data are not used.
    revision: u64,
    /// The rows as last laid out: a memo of a pure function of what is above and the width.
    page: RefCell<Option<Page>>,
}

impl Pane for TimelinePane {
    const SPEC: Spec = Spec {
        title: "Timeline",
        about: "one customer over all channels: messages, notes, drafts, KObjects, events",
        actions: &[
            Action::Note,
            Action::Reply,
            Action::Kobjects,
            Action::Unmask,
            Action::CloseWindow,
            Action::NextPart,
            Action::PreviousPart,
            Action::NextMatch,
            Action::PreviousMatch,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        let current = cx.shared.current.as_ref().map(|current| current.customer.clone());
        if let Some(customer) = current
            && self.customer.as_ref() != Some(&customer)
        {
            self.show(customer, None, cx);
        }
    }

    fn visit(&mut self, target: &Target, cx: &mut UpdateCx<'_>) {
        if let Target::Timeline { customer, conversation } = target {
            self.show(customer.clone(), conversation.clone(), cx);
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        let (Fetch::Timeline(customer), Fetched::Timeline(answer)) = (fetch, answer) else { return };
        if self.customer.as_ref() != Some(customer) {
            return;
        }
        let first = self.timeline.value().is_none();
        self.timeline.answer(answer, cx.shared.moment.now);
        self.revision += 1;
        if first {
            self.arrive(cx);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let len = self.len(cx.shared);
        if self.pen.is_none() && self.cursor.act(action, len) {
            return Ok(());
        }
        match action {
            Action::Submit => return self.submit(cx),
            Action::Leave => self.pen = None,
            Action::Back if !self.needle.is_empty() => self.needle.clear(),
            Action::Filter => self.pen = Some(Pen::Find(Input::with(&self.needle))),
            Action::Reload => {
                let customer = self.customer.clone().ok_or(NOBODY)?;
                self.timeline.ask();
                cx.fetch(Fetch::Timeline(customer.clone()));
                cx.fetch(Fetch::Customer(customer));
            }
            Action::Open => self.unfold(cx.shared)?,
            Action::Copy => self.copy(cx)?,
            Action::Note => cx.compose(About::Note(Box::new(in_hand(cx.shared)?))),
            Action::Reply => cx.compose(About::Reply(Box::new(in_hand(cx.shared)?))),
            Action::Unmask => self.start_unmasking(cx.shared)?,
            Action::CloseWindow => {
                let customer = self.customer.clone().ok_or(NOBODY)?;
                window(cx.shared, &customer).ok_or(Cannot("this customer is masked already"))?;
                cx.effect(Effect::CloseWindow(customer, "the person was done"));
            }
            Action::Kobjects => {
                let customer = self.customer.clone().ok_or(NOBODY)?;
                cx.open(Target::Kobjects { customer });
            }
            Action::NextPart | Action::PreviousPart => self.step_conversation(action == Action::NextPart, cx)?,
            Action::NextMatch | Action::PreviousMatch => self.step_match(action == Action::NextMatch, cx.shared)?,
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn forget(&mut self, customer: &CustomerId) {
        if self.customer.as_ref() == Some(customer) {
            self.timeline = Remote::Loading(None);
            self.revision += 1;
            *self.page.borrow_mut() = None;
        }
    }

    fn is_typing(&self) -> bool {
        self.pen.is_some()
    }

    fn type_key(&mut self, key: &Key, _cx: &mut UpdateCx<'_>) {
        if let Some(Pen::Reason(input) | Pen::Find(input)) = &mut self.pen {
            input.key(key);
        }
    }

    fn paste(&mut self, text: &str, _cx: &mut UpdateCx<'_>) {
        if let Some(Pen::Reason(input) | Pen::Find(input)) = &mut self.pen {
            input.paste(text);
        }
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.timeline.value().map(|timeline| timeline.items.len().to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height == 0 || inside.width < 4 {
            return;
        }
        if self.customer.is_none() {
            let lines = ["Choose a conversation in the Queue or a customer in Search and press Enter."];
            states::message(cx.theme, ("Nobody is open here", Role::Dim), &lines, inside, buf);
            return;
        }
        let card = card::rows(cx.shared, self.customer.as_ref(), usize::from(inside.width));
        let room = inside.height.saturating_sub(4).min(if inside.height < 20 { 3 } else { 7 });
        let card_height = u16::try_from(card.len()).unwrap_or(room).min(room);
        for (y, row) in (0..card_height).zip(&card) {
            frame::row(&row.line(cx.theme, ""), inside, y, buf);
        }
        let pen_height = u16::from(self.pen.is_some());
        let body = Rect {
            y: inside.y + card_height,
            height: inside.height - card_height - pen_height.min(inside.height - card_height),
            ..inside
        };
        self.view_page(cx, body, buf);
        let pen = Rect { y: inside.bottom() - pen_height, height: pen_height, ..inside };
        self.view_pen(cx, pen, buf);
    }
}

const NOBODY: Cannot = Cannot("open a customer first");

impl TimelinePane {
    fn show(&mut self, customer: CustomerId, conversation: Option<ConversationId>, cx: &mut UpdateCx<'_>) {
        self.wanted = conversation;
        if self.customer.as_ref() == Some(&customer) && self.timeline.value().is_some() {
            self.arrive(cx);
        } else {
            *self = Self { wanted: self.wanted.take(), revision: self.revision + 1, ..Self::default() };
            self.customer = Some(customer.clone());
        }
        self.timeline.ask();
        cx.fetch(Fetch::Timeline(customer));
    }

    /// Stands at the newest entry, of the wanted conversation if there is one; without one, the newest conversation is
    /// taken in hand so that a note has a place to go.
    fn arrive(&mut self, cx: &mut UpdateCx<'_>) {
        self.cursor.choose(usize::MAX);
        if let Some(wanted) = self.wanted.take() {
            let row = self.with_page(cx.shared, |page, timeline| page.last_row_of(timeline, &wanted));
            self.cursor.choose(row.flatten().unwrap_or(usize::MAX));
            return;
        }
        let newest = self.timeline.value().and_then(|all| all.items.iter().rev().find_map(Item::conversation)).cloned();
        if let Some(id) = newest
            && cx.shared.current.as_ref().is_some_and(|current| current.details.value().is_none())
        {
            cx.fetch(Fetch::Conversation(id));
        }
    }

    /// What the rows depend on, besides the entries.
    fn sight<'a>(&'a self, shared: &'a Shared, width: usize) -> Sight<'a> {
        Sight { shared, folds: &self.folds, width, revision: self.revision }
    }

    /// Works on the rows as they are (to be) drawn: at the width of the last frame, or at a usual one before the first.
    fn with_page<T>(&self, shared: &Shared, work: impl FnOnce(&Page, &Timeline) -> T) -> Option<T> {
        let timeline = self.timeline.value()?;
        let mut memo = self.page.borrow_mut();
        let width = memo.as_ref().map_or(78, Page::width);
        let sight = self.sight(shared, width);
        let page = memo.take().filter(|page| page.fits(&sight)).unwrap_or_else(|| Page::of(timeline, &sight));
        Some(work(memo.insert(page), timeline))
    }

    fn len(&self, shared: &Shared) -> usize {
        self.with_page(shared, |page, _| page.len()).unwrap_or_default()
    }

    fn chosen_item(&self, shared: &Shared) -> Option<usize> {
        let len = self.len(shared);
        let row = self.cursor.chosen(len)?;
        self.with_page(shared, |page, _| page.item_at(row)).flatten()
    }

    fn unfold(&mut self, shared: &Shared) -> Result<(), Cannot> {
        let item = self.chosen_item(shared).ok_or(Cannot("nothing to unfold here"))?;
        if !self.folds.remove(&item) {
            self.folds.insert(item);
        }
        let row = self.with_page(shared, |page, _| page.first_row_of(item)).flatten();
        self.cursor.choose(row.unwrap_or_default());
        Ok(())
    }

    fn copy(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let item = self.chosen_item(cx.shared).ok_or(Cannot("choose an entry first"))?;
        let words = self.timeline.value().and_then(|all| all.items.get(item)).and_then(page::words_of);
        let words = words.ok_or(Cannot("this entry has no words to copy"))?;
        cx.effect(Effect::Copy(words));
        cx.say("the entry's words are on the clipboard");
        Ok(())
    }

    fn step_conversation(&mut self, forward: bool, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let len = self.len(cx.shared);
        let at = self.cursor.chosen(len).ok_or(Cannot("nothing is loaded yet"))?;
        let (row, id) = self
            .with_page(cx.shared, |page, _| page.conversation_beside(at, forward))
            .flatten()
            .ok_or(Cannot("no other conversation that way"))?;
        self.cursor.choose(row);
        let in_hand = cx.shared.current.as_ref().and_then(|current| current.details.value());
        if in_hand.is_none_or(|conversation| conversation.id != id) {
            cx.fetch(Fetch::Conversation(id));
        }
        Ok(())
    }

    fn step_match(&mut self, forward: bool, shared: &Shared) -> Result<(), Cannot> {
        if self.needle.is_empty() {
            return Err(Cannot("find something with / first"));
        }
        let len = self.len(shared);
        let at = self.cursor.chosen(len).ok_or(Cannot("nothing is loaded yet"))?;
        let row = self.with_page(shared, |page, _| page.match_beside(&self.needle, at, forward)).flatten();
        self.cursor.choose(row.ok_or(Cannot("no such words in this timeline"))?);
        Ok(())
    }

    fn start_unmasking(&mut self, shared: &Shared) -> Result<(), Cannot> {
        let customer = self.customer.as_ref().ok_or(NOBODY)?;
        if window(shared, customer).is_some() {
            return Err(Cannot("a window is open already; c closes it"));
        }
        person(shared, customer).ok_or(Cannot("the customer is not read yet"))?;
        self.pen = Some(Pen::Reason(Input::default()));
        Ok(())
    }

    fn submit(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.pen.take() {
            Some(Pen::Find(input)) => {
                input.words().clone_into(&mut self.needle);
                if self.needle.is_empty() { Ok(()) } else { self.step_match(false, cx.shared) }
            }
            Some(Pen::Reason(input)) if input.words().trim().is_empty() => {
                self.pen = Some(Pen::Reason(input));
                Err(Cannot("say why: the reason stands in the audit trail"))
            }
            Some(Pen::Reason(input)) => {
                let person = self.customer.as_ref().and_then(|customer| person(cx.shared, customer));
                let change = changes::open_window(person.ok_or(Cannot("the customer is not read yet"))?);
                cx.wish(Wish { change, reason: Text::new(input.words()) });
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn view_pen(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (label, input, hint) = match &self.pen {
            Some(Pen::Reason(input)) => ("unmask, because: ", input, "the reason stands in the audit trail"),
            Some(Pen::Find(input)) => ("find: ", input, "words in this timeline"),
            None => return,
        };
        let width = u16::try_from(cut::width(label)).unwrap_or_default().min(area.width);
        frame::row(&Line::styled(label, cx.theme.style(Role::Accent)), area, 0, buf);
        let field = Rect { x: area.x + width, width: area.width - width, ..area };
        input.view(cx.theme, hint, cx.focused, field, buf);
    }

    fn view_page(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 || states::instead(cx.theme, &self.timeline, "the timeline", area, buf) {
            return;
        }
        let Some(timeline) = self.timeline.value() else { return };
        let mut area = area;
        if let Some((stale, role)) = states::staleness(&self.timeline) {
            frame::row(&Line::styled(stale, cx.theme.style(role)), area, 0, buf);
            area = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        if timeline.items.is_empty() && timeline.gaps.is_empty() {
            let lines = ["No message, note, draft or KObject was found for this customer."];
            states::message(cx.theme, ("Nothing on this timeline yet", Role::Dim), &lines, area, buf);
            return;
        }
        let mut memo = self.page.borrow_mut();
        let sight = self.sight(cx.shared, usize::from(area.width));
        let page = memo.take().filter(|page| page.fits(&sight)).unwrap_or_else(|| Page::of(timeline, &sight));
        page.view(cx, self.cursor, &self.needle, area, buf);
        *memo = Some(page);
    }
}

/// The conversation in hand, to write in.
fn in_hand(shared: &Shared) -> Result<Conversation, Cannot> {
    let current = shared.current.as_ref().ok_or(NOBODY)?;
    current.details.value().cloned().ok_or(Cannot("the conversation is not read yet"))
}

/// The customer as last read, if it is this one.
fn person<'a>(shared: &'a Shared, customer: &CustomerId) -> Option<&'a crate::domain::Customer> {
    let current = shared.current.as_ref().filter(|current| current.customer == *customer)?;
    current.person.value()
}

/// The window opened from here on this customer.
fn window<'a>(shared: &'a Shared, customer: &CustomerId) -> Option<&'a OpenWindow> {
    shared.windows.iter().find(|window| window.customer == *customer)
}

#[cfg(test)]
mod tests;
