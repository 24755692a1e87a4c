//! Owns the KObjects pane: the records of one klass, of one customer or of the whole org, as a table whose columns come from
//! the klass's metadata; every attribute of the chosen one, its past, and what describes the klass. Does not read the desk nor
//! change a record: changes are forms (`console::form`).
//!
//! ```text
//! ┌ 4 KObjects ─────────────────────────────────────────────┐
//! │ [ Order ]  Subscription  Invoice                         │
//! │ 2 of Nadia Okonjo                                        │
//! │ TITLE         STATUS    TOTAL  PAID  PLACED              │
//! │ shipped (1)                                              │
//! │ Order #88123  shipped   129.5  ✓     09:41 3h ago        │
//! └─────────────────────────────────────────────────────────┘
//! ```

mod asking;
mod columns;
mod detail;
mod filter;
mod history;
mod linear;
mod schema;
mod shape;
mod source;
mod table;
mod tree;
mod value;
mod view;

use std::collections::BTreeSet;

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

use self::{
    asking::QueryLine, detail::Leads, filter::Filter, schema::Memory, shape::Arranged, shape::Shapes, source::Asked,
    value::Names,
};
use crate::{
    approval::Change,
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::{Code, Key},
        linear::spoken::Spoken,
        msg::{Fetched, RecordHistory, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        widgets::list::Cursor,
    },
    domain::{CustomerId, KlassName, Kobject, KobjectId},
    kustomer::{Editing, Page, Receipt},
};

/// The pane's state.
#[derive(Debug, Default)]
pub struct Kobjects {
    /// Whose records, when not the org's.
    subject: Option<CustomerId>,
    /// Whether the whole org's are wanted although there is a subject.
    whole_org: bool,
    klass: Option<KlassName>,
    /// What `found` answers: another klass or customer never shows these rows as its own.
    asked: Option<Asked>,
    found: Remote<Page<Kobject>>,
    /// Pages of it that were read.
    page: u32,
    /// The record it was opened on, until that is here.
    wanted: Option<KobjectId>,
    filter: Filter,
    query: QueryLine,
    /// How each klass's table is arranged.
    shapes: Shapes,
    /// The rows in order.
    arranged: Arranged,
    cursor: Cursor,
    /// What is open of the chosen record.
    detail: Option<Detail>,
    /// What ids are called.
    names: Names,
    /// What happened to a record that was asked about.
    history: Option<(KobjectId, Remote<RecordHistory>)>,
    /// What klasses were when they were last looked at.
    memory: Memory,
    /// A change of one of these records is at the desk: they are read anew when the pane is in front.
    is_stale: bool,
}

/// What is open of the chosen record.
#[derive(Clone, Debug, Default)]
struct Detail {
    part: Part,
    /// The fact with the cursor.
    line: Cursor,
    /// Lines somebody paged on from there.
    paged: isize,
    /// Nested values that are not folded.
    open: BTreeSet<String>,
}

/// A part of the detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Every attribute.
    #[default]
    Fields,
    /// What happened to it.
    History,
    /// What describes its klass.
    Schema,
}

const NONE: Cannot = Cannot("choose a KObject first");

impl Pane for Kobjects {
    const SPEC: Spec = Spec {
        title: "KObjects",
        about: "orders, subscriptions and whatever else the org keeps; columns come from its own metadata",
        actions: &[
            Action::PreviousPart,
            Action::NextPart,
            Action::Scope,
            Action::EditRecord,
            Action::NewRecord,
            Action::Follow,
            Action::Write,
            Action::Columns,
            Action::Sort,
            Action::GroupBy,
            Action::History,
            Action::Schema,
            Action::ExternalId,
            Action::NextMatch,
            Action::PreviousMatch,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.load(cx);
        if std::mem::take(&mut self.is_stale) {
            self.reload(cx);
        }
        self.refilter(cx.shared);
        self.seek(cx);
    }

    fn visit(&mut self, target: &Target, _cx: &mut UpdateCx<'_>) {
        self.filter.clear();
        match target {
            Target::Kobject { klass, customer, id } => {
                self.query.clear();
                self.klass = Some(klass.clone());
                self.whole_org = customer.is_none();
                if customer.is_some() {
                    self.subject.clone_from(customer);
                }
                self.wanted = Some(id.clone());
                self.detail = Some(Detail::default());
            }
            Target::Kobjects { customer } => {
                self.query.clear();
                self.subject = Some(customer.clone());
                self.whole_org = false;
                self.detail = None;
            }
            Target::Timeline { .. }
            | Target::Search { .. }
            | Target::Assistant
            | Target::Bulk
            | Target::BulkOf { .. } => {}
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        self.answered(fetch, answer, cx);
    }

    fn forget(&mut self, customer: &CustomerId) {
        if self.whole_org || self.subject.as_ref() == Some(customer) {
            (self.found, self.asked) = (Remote::NotAsked, None);
            (self.filter, self.arranged) = (Filter::default(), Arranged::default());
        }
    }

    fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, _cx: &mut UpdateCx<'_>) {
        let is_ours = change.requests().iter().any(|request| request.path.contains("/klasses/"));
        self.is_stale |= is_ours && result.is_ok();
    }

    fn tick(&mut self, cx: &mut UpdateCx<'_>) {
        if std::mem::take(&mut self.is_stale) {
            self.reload(cx);
        }
    }

    fn ticks(&self) -> bool {
        self.is_stale
    }

    fn stands(&self) -> Option<Target> {
        let chosen = self.chosen()?;
        let (klass, id) = (chosen.klass.clone(), chosen.id.clone());
        Some(Target::Kobject { klass, customer: self.scope().cloned(), id })
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        // Klasses are shared: their coming is no event of this pane, so whatever is done next goes on from them.
        self.load(cx);
        if self.moved(action, cx) {
            return Ok(());
        }
        match action {
            Action::Filter => {
                self.filter.is_typing = true;
                self.detail = None;
            }
            Action::Submit if self.query.is_typing => self.submit_query(cx),
            Action::Leave if self.query.is_typing => self.query.is_typing = false,
            Action::Submit | Action::Leave => self.filter.is_typing = false,
            Action::NextPart => return self.step(1, cx),
            Action::PreviousPart => return self.step(-1, cx),
            Action::Scope => return self.rescope(cx),
            Action::Open => return self.open(cx),
            Action::Back => return self.back(cx),
            Action::Reload => self.reload(cx),
            Action::NewRecord => {
                let klass = self.klass(cx.shared).ok_or(Cannot("the klasses are not here yet"))?.name.clone();
                cx.fill(Editing::NewKobject { klass, customer: self.scope().cloned() }, None);
            }
            Action::EditRecord => {
                let chosen = self.chosen().ok_or(NONE)?;
                let editing = Editing::Kobject { klass: chosen.klass.clone(), id: chosen.id.clone() };
                cx.fill(editing, self.fact_here(cx.shared).and_then(|fact| fact.attribute));
            }
            Action::Write => self.write_query(),
            Action::Columns => return self.pick_columns("", cx),
            Action::Sort => return self.pick_order(cx),
            Action::GroupBy => return self.pick_group(cx),
            Action::Follow => return self.follow(cx),
            Action::ExternalId => return self.pick_external(cx),
            Action::History => {
                self.ask_history(cx)?;
                self.show(Part::History);
            }
            Action::Schema => {
                let klass = self.klass(cx.shared).ok_or(Cannot("the klasses are not here yet"))?;
                self.memory.look(klass);
                self.show(Part::Schema);
            }
            Action::Copy => {
                let chosen = self.chosen().ok_or(NONE)?;
                cx.effect(Effect::Copy(chosen.id.to_string()));
                cx.say("the KObject's id is on the clipboard");
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn picked(&mut self, purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.chose(purpose, chosen, cx)
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn choose(&mut self, place: usize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let is_there = place < self.arranged.order.len();
        self.cursor.choose(place);
        self.detail = self.detail.take().map(|detail| Detail { line: Cursor::default(), paged: 0, ..detail });
        self.look_around(cx);
        is_there.then_some(()).ok_or(NONE)
    }

    fn is_typing(&self) -> bool {
        self.filter.is_typing || self.query.is_typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if self.query.is_typing {
            return self.query_key(key);
        }
        let len = self.arranged.order.len();
        match key.code {
            Code::Down => _ = self.cursor.act(Action::Down, len),
            Code::Up => _ = self.cursor.act(Action::Up, len),
            _ => {
                self.filter.key(key);
                self.cursor = Cursor::default();
                self.rearrange(cx.shared);
            }
        }
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        if self.query.is_typing {
            self.query.input.paste(text);
            return;
        }
        self.filter.paste(text);
        self.cursor = Cursor::default();
        self.rearrange(cx.shared);
    }

    fn click(&mut self, area: Rect, _column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        // Frame, klasses, summary, filter or query, headings.
        let above = 4 + u16::from(self.filter.is_open()) + self.query_rows();
        let Some(line) = row.checked_sub(area.y + above) else { return };
        let height = usize::from(area.height.saturating_sub(above + 1));
        let at = self.klass(cx.shared).and_then(|klass| {
            let shape = self.shapes.of(klass.name.as_str());
            self.sheet(klass, &shape).row_at(self.cursor, usize::from(line), height)
        });
        let Some(place) = at else { return };
        let was_chosen = self.cursor.chosen(self.arranged.order.len()) == Some(place);
        self.cursor.choose(place);
        if was_chosen {
            let _ = self.open(cx);
        }
    }

    fn remember(&self) -> Value {
        let klass = self.klass.as_ref().map(ToString::to_string);
        json!({ "klass": klass, "shapes": self.shapes.remember(), "schemas": self.memory.remember() })
    }

    fn recall(&mut self, remembered: &Value) {
        self.klass = remembered.get("klass").and_then(Value::as_str).map(KlassName::new);
        self.shapes = Shapes::recall(remembered.get("shapes").unwrap_or(&Value::Null));
        self.memory = Memory::recall(remembered.get("schemas").unwrap_or(&Value::Null));
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        self.draw(cx, area, buf);
    }
}

impl Kobjects {
    /// Moves in the detail while that is open, else among the rows; at their end the next page is asked for.
    fn moved(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> bool {
        let len = self.arranged.order.len();
        if matches!(action, Action::NextMatch | Action::PreviousMatch) {
            let step = if action == Action::NextMatch { Action::Down } else { Action::Up };
            self.cursor.act(step, len);
            self.detail = self.detail.take().map(|detail| Detail { line: Cursor::default(), paged: 0, ..detail });
            self.look_around(cx);
            return true;
        }
        if let Some(mut detail) = self.detail.take() {
            self.detail = Some(detail.clone());
            let facts = self.facts(cx.shared).len();
            let page = match action {
                Action::HalfDown => 10,
                Action::HalfUp => -10,
                Action::PageDown => 20,
                Action::PageUp => -20,
                _ => 0,
            };
            // Pages go through what is wrapped, steps from fact to fact.
            let is_moved = page != 0 || detail.line.act(action, facts);
            let most = isize::try_from(facts * 2 + 100).unwrap_or(isize::MAX);
            detail.paged = if page == 0 && is_moved { 0 } else { (detail.paged + page).clamp(-most, most) };
            self.detail = Some(detail);
            return is_moved;
        }
        if !self.cursor.act(action, len) {
            return false;
        }
        let goes_down = matches!(action, Action::Down | Action::HalfDown | Action::PageDown | Action::Bottom);
        if goes_down && self.cursor.chosen(len) == len.checked_sub(1) {
            self.read_on(cx);
        }
        true
    }

    fn step(&mut self, by: isize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let klasses = cx.shared.klasses.value().ok_or(Cannot("the klasses are not here yet"))?;
        let now = self.klass(cx.shared).map(|klass| &klass.name);
        let at = klasses.iter().position(|klass| Some(&klass.name) == now).ok_or(Cannot("this org has no klasses"))?;
        let to = at.checked_add_signed(by).filter(|to| *to < klasses.len());
        let to = to.ok_or(Cannot("there is no klass beyond this one"))?;
        self.klass = Some(klasses[to].name.clone());
        (self.detail, self.wanted) = (None, None);
        self.query.clear();
        self.load(cx);
        Ok(())
    }

    /// From the customer to the org and back. Back leads to the customer in hand, if there is one.
    fn rescope(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.scope().is_some() {
            self.whole_org = true;
        } else {
            let in_hand = cx.shared.current.as_ref().map(|current| current.customer.clone());
            let subject = in_hand.or_else(|| self.subject.clone());
            self.subject = Some(subject.ok_or(Cannot("open a customer first"))?);
            self.whole_org = false;
            self.query.clear();
        }
        self.detail = None;
        self.load(cx);
        Ok(())
    }

    /// First the detail, then where the line with the cursor leads, else the customer it belongs to.
    fn open(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let chosen = self.chosen().ok_or(NONE)?;
        let Some(detail) = &self.detail else {
            self.detail = Some(Detail::default());
            self.look_around(cx);
            return Ok(());
        };
        if detail.part != Part::Fields {
            self.show(Part::Fields);
            return Ok(());
        }
        match self.fact_here(cx.shared).map(|fact| fact.leads) {
            Some(Leads::Folds(path)) => {
                if let Some(detail) = &mut self.detail
                    && !detail.open.remove(&path)
                {
                    detail.open.insert(path);
                }
            }
            Some(Leads::Nowhere) | None => {
                let customer = chosen.customer.clone().ok_or(Cannot("this KObject belongs to no customer"))?;
                cx.open(Target::Timeline { customer, conversation: None });
            }
            Some(leads) => asking::go(&leads, cx),
        }
        Ok(())
    }

    /// One step back: from a part to the attributes, from those to the rows, then out of filter and query.
    fn back(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.detail.take() {
            Some(detail) if detail.part == Part::History => {
                self.detail = Some(detail);
                self.show(Part::Fields);
                Ok(())
            }
            Some(_) => Ok(()),
            None if self.filter.clear() => {
                self.rearrange(cx.shared);
                Ok(())
            }
            None if self.query.clear() => {
                self.load(cx);
                Ok(())
            }
            None => Err(Cannot("there is nothing open to step back from")),
        }
    }

    fn show(&mut self, part: Part) {
        let detail = self.detail.get_or_insert_default();
        (detail.part, detail.line, detail.paged) = (part, Cursor::default(), 0);
    }
}

/// The customer's name where it is known from the conversation in hand, else the id.
fn customer_name(customer: Option<&CustomerId>, shared: &Shared) -> String {
    let Some(id) = customer else { return "no customer".to_owned() };
    let person = shared.current.as_ref().and_then(|current| current.person.value());
    match person.filter(|person| person.id == *id && !person.name.is_blank()) {
        Some(person) => person.name.line().into_string(),
        None => format!("customer {id}"),
    }
}

#[cfg(test)]
mod tests;
