//! Owns the Timeline pane: one customer over all channels, oldest above, opened at what is new since the last look or at the
//! newest; the person's masked or unmasked details above it. Does not read or write the desk: unmasking is a wish that goes
//! before the approval desk, notes and replies are the composer's. Opening marks nothing as seen there.
//!
//! ```text
//! ┌ 3 Timeline ─────────────────────────────────────────┐
//! │ Nadia Okonjo · Quill Ltd                    USR-4471 │  card.rs
//! │ email ****@quill.example                             │
//! │─────────────────────────────────────────────────────│
//! │ find “refund”: 3 of 17 · 42 events left out          │  what is searched, left out, still being read
//! │ ── Double billing · open ────────────────────────── │  plan.rs: which entries; page.rs: the rows in view
//! │ ← customer                            email  09:41   │  entry.rs: the rows of one
//! │   I was charged twice …                              │
//! │ find: ▏                                              │  an input
//! └─────────────────────────────────────────────────────┘
//! ```
//!
//! Invariants: no key that moves and no frame goes through all entries; entries that come later do not move what is in view.

mod card;
mod draw;
mod edit;
mod entry;
mod find;
mod foldings;
mod jumps;
mod linear;
mod page;
mod pen;
mod plan;
mod viewer;

use std::cell::RefCell;

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::{Margin, Rect},
};
use serde_json::{Value, json};

use self::{
    find::Find,
    page::{Memo, Page, Sight, Spot},
    pen::Pen,
    plan::{Folds, Kind, Plan},
    viewer::Viewer,
};
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
        state::{OpenWindow, Shared},
        theme::Role,
        verbs::{
            self,
            keys::{For, VERBS},
        },
        widgets::{frame, picture::Picture, states},
    },
    domain::{Conversation, ConversationId, CustomerId, Item, Place, Rest, Timeline},
    kustomer::Receipt,
};

/// The pane's state.
#[derive(Debug, Default)]
pub struct TimelinePane {
    customer: Option<CustomerId>,
    timeline: Remote<Timeline>,
    /// Which entries stand on the page: follows from the timeline and the folds.
    plan: Plan,
    folds: Folds,
    /// Where the person stands.
    spot: Spot,
    /// A conversation to stand at once the timeline is there.
    wanted: Option<ConversationId>,
    /// When this person last looked at this customer, before now.
    looked: Option<Timestamp>,
    /// The first entry that is new since then.
    news: Option<Place>,
    /// What is being read of the older entries.
    walking: Option<Rest>,
    /// Whether the person asked for everything anew: older entries are read again too.
    anew: bool,
    find: Option<Find>,
    pen: Option<Pen>,
    viewer: Option<Viewer>,
    /// Rises with everything rows depend on, so that rows laid out for something else are not used.
    revision: u64,
    /// The rows near the view: a memo of a pure function of what is above and the room.
    memo: RefCell<Memo>,
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
            Action::Fold,
            Action::OpenFile,
            Action::NextPart,
            Action::PreviousPart,
            Action::NextInbound,
            Action::PreviousInbound,
            Action::NextMatch,
            Action::PreviousMatch,
            Action::AssignMe,
            Action::Done,
            Action::Snooze,
            Action::Move,
            Action::Grade,
            Action::Tags,
            Action::Raise,
            Action::Lower,
            Action::EditRecord,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        let current = cx.shared.current.as_ref().map(|current| current.customer.clone());
        match (current, &self.customer) {
            (Some(customer), mine) if mine.as_ref() != Some(&customer) => self.show(customer, None, cx),
            // Remembered from the last sitting: opened as if a person had done it now.
            (None, Some(customer)) if self.timeline == Remote::NotAsked => {
                cx.open(Target::Timeline { customer: customer.clone(), conversation: self.wanted.clone() });
            }
            _ => {}
        }
    }

    fn visit(&mut self, target: &Target, cx: &mut UpdateCx<'_>) {
        if let Target::Timeline { customer, conversation } = target {
            self.show(customer.clone(), conversation.clone(), cx);
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Timeline(customer), Fetched::Timeline(answer)) if self.customer.as_ref() == Some(customer) => {
                self.take(answer, cx);
            }
            (Fetch::Older(customer, rest), Fetched::Older(answer))
                if self.customer.as_ref() == Some(customer) && self.walking.as_ref() == Some(rest) =>
            {
                self.take_older(answer, cx);
            }
            (Fetch::Turn, Fetched::Turn) => self.search_on(cx),
            (Fetch::Picture(_, file), Fetched::Picture(answer)) => {
                if let Some(viewer) = self.viewer.as_mut().filter(|viewer| viewer.is_of(file)) {
                    viewer.answer(answer, cx.shared.moment.now);
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.viewer.take().is_some() && action == Action::Back {
            return Ok(());
        }
        if self.pen.is_none() && self.travel(action, cx.shared) {
            return Ok(());
        }
        match action {
            Action::Submit => return self.submit(cx),
            Action::Leave => self.pen = None,
            Action::Back if self.find.is_some() => self.find = None,
            Action::Filter => self.pen = Some(Pen::find(self.find.as_ref().map_or("", Find::needle))),
            Action::Reload => {
                let customer = self.customer.clone().ok_or(NOBODY)?;
                self.anew = true;
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
            Action::EditRecord => edit::ask(&self.customer.clone().ok_or(NOBODY)?, cx),
            Action::NextPart | Action::PreviousPart => self.step_conversation(action == Action::NextPart, cx)?,
            Action::NextInbound | Action::PreviousInbound => {
                self.step_inbound(action == Action::NextInbound, cx.shared)?;
            }
            Action::NextMatch | Action::PreviousMatch => self.step_match(action == Action::NextMatch, cx.shared)?,
            Action::Fold => self.pick_fold(cx)?,
            Action::OpenFile => self.open_file(cx)?,
            verb if VERBS.contains(&verb) => {
                in_hand_still(cx.shared)?.act(verb, cx)?;
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn picked(&mut self, purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match purpose {
            foldings::PURPOSE => self.fold(chosen, cx.shared),
            viewer::PURPOSE => return self.open_named(chosen, cx),
            edit::PURPOSE => return edit::chose(&self.customer.clone().ok_or(NOBODY)?, chosen, cx),
            _ => {
                in_hand_still(cx.shared)?.chose(purpose, chosen, cx)?;
            }
        }
        Ok(())
    }

    fn performing(&mut self, change: &Change, _shared: &Shared) {
        for (id, body) in verbs::moved(change) {
            if let Some(thread) = self.timeline.value_mut().and_then(|timeline| timeline.threads.get_mut(&id)) {
                thread.conversation = verbs::with(&thread.conversation, body);
            }
            self.revision += 1;
        }
    }

    fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
        let moved = verbs::moved(change);
        if moved.is_empty() {
            return;
        }
        // The conversation in hand is drawn from what is shared.
        self.revision += 1;
        let timeline = self.timeline.value();
        let is_here = timeline.is_some_and(|timeline| moved.iter().any(|(id, _)| timeline.threads.contains_key(id)));
        // What was done is read anew by whoever did it; what was not has to become what it was.
        if let (Some(customer), true, Err(_)) = (&self.customer, is_here, result) {
            cx.fetch(Fetch::Timeline(customer.clone()));
        }
    }

    fn click(&mut self, area: Rect, _column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        if self.viewer.take().is_some() || self.timeline.value().is_none() {
            return;
        }
        let body = self.areas(cx.shared, area.inner(Margin::new(1, 1))).body;
        let line = usize::from(row.saturating_sub(body.y));
        if row >= body.y
            && row < body.bottom()
            && let Some(spot) = self.with_page(cx.shared, |page| page.in_view(self.spot).get(line).copied()).flatten()
        {
            self.spot = spot;
        }
    }

    fn remember(&self) -> Value {
        let Some(customer) = &self.customer else { return Value::Null };
        let conversation = self.chosen(self.spot.slot).and_then(Item::conversation).or(self.wanted.as_ref());
        let kinds: Vec<&str> = self.folds.kinds.iter().map(|kind| kind.word()).collect();
        json!({ "customer": customer.as_str(), "conversation": conversation.map(ConversationId::as_str), "folded": kinds })
    }

    fn recall(&mut self, remembered: &Value) {
        let word = |key: &str| remembered.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
        self.customer = word("customer").map(CustomerId::new);
        self.wanted = word("conversation").map(ConversationId::new);
        let kinds = remembered.get("folded").and_then(Value::as_array).into_iter().flatten();
        self.folds.kinds = kinds.filter_map(|kind| Kind::by_word(kind.as_str()?)).collect();
    }

    fn forget(&mut self, customer: &CustomerId) {
        if self.customer.as_ref() == Some(customer) {
            self.timeline = Remote::Loading(None);
            self.walking = None;
            self.viewer = None;
            self.find = None;
            self.replan(&jiff::tz::TimeZone::UTC);
            *self.memo.borrow_mut() = Memo::default();
        }
    }

    fn is_typing(&self) -> bool {
        self.pen.is_some()
    }

    fn type_key(&mut self, key: &Key, _cx: &mut UpdateCx<'_>) {
        self.pen_key(key);
    }

    fn paste(&mut self, text: &str, _cx: &mut UpdateCx<'_>) {
        self.pen_paste(text);
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.timeline.value().map(|timeline| timeline.items.len().to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn choose(&mut self, place: usize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.choose_spoken(place, cx.shared);
        Ok(())
    }

    fn pictured(&self, shared: &Shared, area: Rect) -> Option<(Rect, &Picture)> {
        let body = self.areas(shared, frame::inside(area)).body;
        self.viewer.as_ref()?.pictured(body)
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
        let areas = self.areas(cx.shared, inside);
        for (y, row) in (0..areas.card.height).zip(&areas.person) {
            frame::row(&row.line(cx.theme, ""), areas.card, y, buf);
        }
        frame::row(&self.status(cx, usize::from(areas.status.width)), areas.status, 0, buf);
        self.view_body(cx, areas.body, buf);
        self.view_pen(cx, areas.pen, buf);
    }
}

const NOBODY: Cannot = Cannot("open a customer first");

impl TimelinePane {
    fn show(&mut self, customer: CustomerId, conversation: Option<ConversationId>, cx: &mut UpdateCx<'_>) {
        self.wanted = conversation;
        self.looked = cx.shared.scratches.get(&look_key(&customer)).and_then(|at| at.parse().ok());
        self.news = None;
        self.viewer = None;
        if self.customer.as_ref() == Some(&customer) && self.timeline.value().is_some() {
            self.arrive(cx);
        } else {
            let kinds = std::mem::take(&mut self.folds.kinds);
            *self = Self {
                wanted: self.wanted.take(),
                looked: self.looked,
                folds: Folds { kinds, ..Folds::default() },
                revision: self.revision + 1,
                ..Self::default()
            };
            self.customer = Some(customer.clone());
        }
        self.timeline.ask();
        cx.fetch(Fetch::Timeline(customer));
    }

    /// Takes the newest part in. Where there is more than it holds it joins what is here, and what was read of the older
    /// entries counts: one change of a long timeline is no reason to read a thousand pages again. Else it is all there is.
    fn take(&mut self, answer: Result<Timeline, Problem>, cx: &mut UpdateCx<'_>) {
        let now = cx.shared.moment.now;
        let held = self.hold(cx.shared);
        let old = self.timeline.value_mut().map(std::mem::take);
        let first = old.is_none();
        self.timeline = match (answer, old) {
            (Ok(part), Some(mut all)) if part.rest.is_some() => {
                let rest = if std::mem::take(&mut self.anew) {
                    (all.gaps, self.walking) = (Vec::new(), None);
                    part.rest.clone()
                } else {
                    all.rest.take()
                };
                all.absorb(part);
                all.rest = rest;
                Remote::Ready(all, now)
            }
            (Ok(all), _) => Remote::Ready(all, now),
            (Err(problem), old) => Remote::Failed(old, problem),
        };
        self.replan(&cx.shared.zone);
        if first && self.timeline.value().is_some() {
            self.arrive(cx);
        } else {
            self.restore(held, cx.shared);
        }
        self.walk(cx);
        self.search_anew(cx);
    }

    /// Takes an older part in; what is in view stays where it is.
    fn take_older(&mut self, answer: Result<Timeline, Problem>, cx: &mut UpdateCx<'_>) {
        self.walking = None;
        let held = self.hold(cx.shared);
        let Some(timeline) = self.timeline.value_mut() else { return };
        match answer {
            Ok(part) => timeline.absorb(part),
            Err(problem) => {
                timeline.rest = None;
                timeline.gaps.push(format!("older entries: {} · r reads again", problem.why));
            }
        }
        self.replan(&cx.shared.zone);
        self.restore(held, cx.shared);
        self.walk(cx);
        self.search_anew(cx);
    }

    /// Goes on reading what is older, where there is any and it is not on its way.
    fn walk(&mut self, cx: &mut UpdateCx<'_>) {
        let rest = self.timeline.value().and_then(|timeline| timeline.rest.clone());
        if rest == self.walking {
            return;
        }
        self.walking = rest;
        if let (Some(rest), Some(customer)) = (&self.walking, &self.customer) {
            cx.fetch(Fetch::Older(customer.clone(), rest.clone()));
        }
    }

    /// Goes through all entries: they, or what is folded, changed.
    fn replan(&mut self, zone: &jiff::tz::TimeZone) {
        self.plan = self.timeline.value().map(|timeline| Plan::of(timeline, &self.folds, zone)).unwrap_or_default();
        self.revision += 1;
    }

    fn sight<'a>(&'a self, shared: &'a Shared) -> Option<Sight<'a>> {
        let timeline = self.timeline.value()?;
        let news = self.news.as_ref().map(|place| timeline.index_of(place)).zip(self.looked);
        let (plan, full) = (&self.plan, &self.folds.full);
        Some(Sight { shared, timeline, plan, full, news, revision: self.revision })
    }

    /// Works on the page as it was last drawn, or at a usual size before the first frame.
    fn with_page<'a, T>(&'a self, shared: &'a Shared, work: impl FnOnce(Page<'a>) -> T) -> Option<T> {
        Some(work(Page::new(self.sight(shared)?, &self.memo)))
    }

    /// The chosen entry, by its place among all; none where entries are folded together.
    fn chosen_item(&self) -> Option<usize> {
        self.plan.slots.get(self.spot.slot).filter(|slot| slot.fold.is_none()).map(|slot| slot.first)
    }

    /// The entry at a slot; none where entries are folded together.
    fn chosen(&self, slot: usize) -> Option<&Item> {
        let slot = self.plan.slots.get(slot).filter(|slot| slot.fold.is_none())?;
        self.timeline.value()?.items.get(slot.first)
    }
}

/// Under which key the time of the last look at a customer is kept.
fn look_key(customer: &CustomerId) -> String {
    format!("look:{customer}")
}

/// The conversation in hand, to write in.
fn in_hand(shared: &Shared) -> Result<Conversation, Cannot> {
    let current = shared.current.as_ref().ok_or(NOBODY)?;
    current.details.value().cloned().ok_or(Cannot("the conversation is not read yet"))
}

/// The same, to be changed: not while a change of it is on its way.
fn in_hand_still(shared: &Shared) -> Result<For<'_>, Cannot> {
    let current = shared.current.as_ref().ok_or(NOBODY)?;
    let row = current.details.value().ok_or(Cannot("the conversation is not read yet"))?;
    if current.details.is_loading() {
        return Err(Cannot("its last change is still on its way"));
    }
    Ok(For { rows: vec![row], at_work: None })
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
