//! Owns the KObjects pane: the records of one klass, of one customer or of the whole org, as a table whose columns come from
//! the klass's metadata, and every attribute of the chosen one. Does not read the desk nor change a record.
//!
//! ```text
//! ┌ 4 KObjects ─────────────────────────────────────────────┐
//! │ [ Order ]  Subscription  Invoice                         │
//! │ 2 of Nadia Okonjo                                        │
//! │ TITLE         STATUS    TOTAL  PAID  PLACED              │
//! │ Order #88123  shipped   129.5  ✓     2026-11-18 09:41    │
//! └─────────────────────────────────────────────────────────┘
//! ```

mod detail;
mod filter;
mod linear;
mod table;
mod value;

use std::collections::HashSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::{Value, json};

use self::filter::Filter;
use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::{Code, Key},
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list, list::Cursor, states},
    },
    domain::{CustomerId, Klass, KlassName, Kobject, KobjectId},
    kustomer::{Editing, LAST_PAGE, Page},
};

/// From this width on the detail stands beside the table instead of over it.
const BESIDE: u16 = 100;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Kobjects {
    /// Whose records, when not the org's.
    subject: Option<CustomerId>,
    /// Whether the whole org's are wanted although there is a subject.
    whole_org: bool,
    klass: Option<KlassName>,
    /// What `found` answers: another klass or customer never shows these rows as its own.
    asked: Option<(KlassName, Option<CustomerId>)>,
    found: Remote<Page<Kobject>>,
    /// Pages of it that were read.
    page: u32,
    /// The record it was opened on, until that is here.
    wanted: Option<KobjectId>,
    filter: Filter,
    cursor: Cursor,
    /// How far the detail is scrolled, while it is open.
    detail: Option<usize>,
}

impl Pane for Kobjects {
    const SPEC: Spec = Spec {
        title: "KObjects",
        about: "orders, subscriptions and whatever else the org keeps; columns come from its own metadata",
        actions: &[Action::PreviousPart, Action::NextPart, Action::Scope, Action::NewRecord, Action::EditRecord],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.load(cx);
        self.seek(cx);
    }

    fn visit(&mut self, target: &Target, _cx: &mut UpdateCx<'_>) {
        self.filter.clear();
        match target {
            Target::Kobject { klass, customer, id } => {
                self.klass = Some(klass.clone());
                self.whole_org = customer.is_none();
                self.subject.clone_from(customer);
                self.wanted = Some(id.clone());
                self.detail = Some(0);
            }
            Target::Kobjects { customer } => {
                self.subject = Some(customer.clone());
                self.whole_org = false;
                self.detail = None;
            }
            Target::Timeline { .. } | Target::Search { .. } | Target::Assistant | Target::Bulk => {}
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Kobjects(klass, customer, page), Fetched::Kobjects(answer)) => {
                let is_ours = self.asked.as_ref().is_some_and(|(ours, whose)| ours == klass && whose == customer);
                if is_ours {
                    self.take(*page, answer, cx);
                    self.seek(cx);
                }
            }
            (Fetch::Kobject(klass, id), Fetched::Kobject(answer)) => {
                let is_ours = self.wanted.as_ref() == Some(id) && self.asked.as_ref().is_some_and(|(k, _)| k == klass);
                match answer {
                    Ok(kobject) if is_ours => {
                        self.found.value_mut().into_iter().for_each(|page| page.rows.insert(0, kobject.clone()));
                        self.refilter(cx.shared);
                        self.seek(cx);
                    }
                    Err(problem) if is_ours => {
                        self.wanted = None;
                        cx.say(format!("{}: {}", problem.what, problem.why));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, customer: &CustomerId) {
        if self.whole_org || self.subject.as_ref() == Some(customer) {
            (self.found, self.asked) = (Remote::NotAsked, None);
            self.filter = Filter::default();
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        // Klasses are shared: their coming is no event of this pane, so whatever is done next goes on from them.
        self.load(cx);
        if self.scrolled(action) {
            return Ok(());
        }
        let len = self.filter.left().len();
        if self.cursor.act(action, len) {
            self.detail = self.detail.map(|_| 0);
            let goes_down = matches!(action, Action::Down | Action::HalfDown | Action::PageDown | Action::Bottom);
            if goes_down && self.cursor.chosen(len) == len.checked_sub(1) {
                self.read_on(cx);
            }
            return Ok(());
        }
        match action {
            Action::Filter => {
                self.filter.is_typing = true;
                self.detail = None;
                Ok(())
            }
            Action::Submit | Action::Leave => {
                self.filter.is_typing = false;
                Ok(())
            }
            Action::Back if self.detail.is_none() && self.filter.clear() => Ok(()),
            Action::NextPart => self.step(1, cx),
            Action::PreviousPart => self.step(-1, cx),
            Action::Scope => self.rescope(cx),
            Action::Open => self.open(cx),
            Action::Back => self.detail.take().map(|_| ()).ok_or(Cannot("there is nothing open to step back from")),
            Action::Reload => {
                self.reload(cx);
                Ok(())
            }
            Action::NewRecord => {
                let klass = self.klass(cx.shared).ok_or(Cannot("the klasses are not here yet"))?.name.clone();
                cx.fill(Editing::NewKobject { klass, customer: self.scope().cloned() }, None);
                Ok(())
            }
            Action::EditRecord => {
                let chosen = self.chosen().ok_or(Cannot("choose a KObject first"))?;
                let editing = Editing::Kobject { klass: chosen.klass.clone(), id: chosen.id.clone() };
                cx.fill(editing, None);
                Ok(())
            }
            Action::Copy => {
                let chosen = self.chosen().ok_or(Cannot("choose a KObject first"))?;
                cx.effect(Effect::Copy(chosen.id.to_string()));
                cx.say("the KObject's id is on the clipboard");
                Ok(())
            }
            _ => Err(Cannot("nothing to do that to here")),
        }
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn is_typing(&self) -> bool {
        self.filter.is_typing
    }

    fn type_key(&mut self, key: &Key, _cx: &mut UpdateCx<'_>) {
        let len = self.filter.left().len();
        match key.code {
            Code::Down => _ = self.cursor.act(Action::Down, len),
            Code::Up => _ = self.cursor.act(Action::Up, len),
            _ => {
                self.filter.key(key);
                self.cursor = Cursor::default();
            }
        }
    }

    fn paste(&mut self, text: &str, _cx: &mut UpdateCx<'_>) {
        self.filter.paste(text);
        self.cursor = Cursor::default();
    }

    fn click(&mut self, area: Rect, _column: u16, row: u16, cx: &mut UpdateCx<'_>) {
        // Frame, klasses, summary, filter, headings.
        let above = 4 + u16::from(self.filter.is_open());
        let Some(line) = row.checked_sub(area.y + above) else { return };
        let len = self.filter.left().len();
        let height = usize::from(area.height.saturating_sub(above + 1));
        let Some(place) = self.cursor.rows(len, height).nth(usize::from(line)) else { return };
        let was_chosen = self.cursor.chosen(len) == Some(place);
        self.cursor.choose(place);
        if was_chosen {
            let _ = self.open(cx);
        }
    }

    fn remember(&self) -> Value {
        json!({ "klass": self.klass.as_ref().map(ToString::to_string) })
    }

    fn recall(&mut self, remembered: &Value) {
        self.klass = remembered.get("klass").and_then(Value::as_str).map(KlassName::new);
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 4 || states::instead(cx.theme, &cx.shared.klasses, "klasses", inside, buf) {
            return;
        }
        let Some(klass) = self.klass(cx.shared) else {
            let lines = ["An org defines klasses in its desk's settings; then their records are listed here."];
            states::message(cx.theme, ("This org has no klasses", Role::Dim), &lines, inside, buf);
            return;
        };
        frame::row(&chooser(cx, klass, usize::from(inside.width)), inside, 0, buf);
        frame::row(&self.summary(cx), inside, 1, buf);
        let rest = Rect { y: inside.y + 2, height: inside.height - 2, ..inside };
        if matches!(self.found, Remote::NotAsked) {
            states::message(cx.theme, ("Records not read yet", Role::Dim), &["Reload reads them."], rest, buf);
            return;
        }
        if states::instead(cx.theme, &self.found, "KObjects", rest, buf) {
            return;
        }
        let rest = self.view_filter(cx, rest, buf);
        if self.filter.left().is_empty() && self.filter.is_open() {
            let lines = ["Esc lets everything through again. Only what was read is filtered."];
            states::message(cx.theme, ("Nothing matches the filter.", Role::Dim), &lines, rest, buf);
            return;
        }
        if self.rows().is_empty() {
            let headline = format!("No {} records here", klass.label.line());
            let lines = match self.scope() {
                Some(_) => ["Choose another klass, or widen it to the whole org."],
                None => ["Choose another klass."],
            };
            states::message(cx.theme, (&headline, Role::Dim), &lines, rest, buf);
            return;
        }
        self.view_rows(cx, klass, rest, buf);
    }
}

impl Kobjects {
    fn rows(&self) -> &[Kobject] {
        self.found.value().map_or(&[], |page| &page.rows)
    }

    /// The records the filter leaves.
    fn shown(&self) -> Vec<&Kobject> {
        self.filter.left().iter().filter_map(|place| self.rows().get(*place)).collect()
    }

    fn chosen(&self) -> Option<&Kobject> {
        let left = self.filter.left();
        self.rows().get(*left.get(self.cursor.chosen(left.len())?)?)
    }

    /// Takes a page in: the first replaces what was here, a later one is added to it.
    fn take(&mut self, page: u32, answer: Result<Page<Kobject>, Problem>, cx: &mut UpdateCx<'_>) {
        let is_done = answer.is_ok();
        let answer = match (answer, self.found.value_mut()) {
            (Ok(new), Some(all)) if page > 1 => {
                let mut all = std::mem::take(all);
                let known: HashSet<KobjectId> = all.rows.iter().map(|row| row.id.clone()).collect();
                all.rows.extend(new.rows.into_iter().filter(|row| !known.contains(&row.id)));
                (all.more, all.skipped) = (new.more, all.skipped + new.skipped);
                Ok(all)
            }
            (answer, _) => answer,
        };
        self.page = if is_done { page } else { self.page };
        self.found.answer(answer, cx.shared.moment.now);
        self.refilter(cx.shared);
    }

    fn refilter(&mut self, shared: &Shared) {
        let rows = self.found.value().map_or(&[][..], |page| &page.rows);
        self.filter.take(self.klass(shared), rows, shared);
    }

    /// Asks for the page behind what was read: only the org's records come in pages.
    fn read_on(&mut self, cx: &mut UpdateCx<'_>) {
        let is_more = self.found.value().is_some_and(|page| page.more) && !self.found.is_loading();
        if let (Some((klass, None)), true) = (self.asked.clone(), is_more && self.page < LAST_PAGE) {
            self.found.ask();
            cx.fetch(Fetch::Kobjects(klass, None, self.page + 1));
        }
    }

    /// Chooses the record it was opened on. Where that is not among the first ones, it is read by itself.
    fn seek(&mut self, cx: &mut UpdateCx<'_>) {
        let (Some(id), Some((klass, _)), false) = (&self.wanted, &self.asked, self.found.is_loading()) else { return };
        match self.rows().iter().position(|row| row.id == *id) {
            Some(place) => {
                self.cursor.choose(place);
                self.wanted = None;
            }
            None if self.found.value().is_some() => cx.fetch(Fetch::Kobject(klass.clone(), id.clone())),
            None => {}
        }
    }

    fn scope(&self) -> Option<&CustomerId> {
        self.subject.as_ref().filter(|_| !self.whole_org)
    }

    /// The chosen klass, or the first one while none is chosen or the chosen one is gone.
    fn klass<'a>(&self, shared: &'a Shared) -> Option<&'a Klass> {
        let klasses = shared.klasses.value()?;
        let chosen = self.klass.as_ref().and_then(|name| klasses.iter().find(|klass| klass.name == *name));
        chosen.or_else(|| klasses.first())
    }

    /// Asks for what is missing: the klasses, then the records of the chosen one.
    fn load(&mut self, cx: &mut UpdateCx<'_>) {
        let unread = matches!(cx.shared.klasses, Remote::NotAsked | Remote::Failed(None, _));
        let asked_before = cx.out.fetches.contains(&Fetch::Klasses);
        let Some(klass) = self.klass(cx.shared) else {
            if unread && !asked_before {
                cx.fetch(Fetch::Klasses);
            }
            return;
        };
        let wanted = (klass.name.clone(), self.scope().cloned());
        if self.asked.as_ref() != Some(&wanted) {
            self.found = Remote::NotAsked;
            self.filter.clear();
            self.refilter(cx.shared);
            self.cursor = Cursor::default();
            self.ask(wanted, cx);
        }
    }

    fn ask(&mut self, wanted: (KlassName, Option<CustomerId>), cx: &mut UpdateCx<'_>) {
        self.found.ask();
        cx.fetch(Fetch::Kobjects(wanted.0.clone(), wanted.1.clone(), 1));
        self.asked = Some(wanted);
    }

    fn reload(&mut self, cx: &mut UpdateCx<'_>) {
        let already = |fetch: &Fetch| matches!(fetch, Fetch::Kobjects(..) | Fetch::Klasses);
        if cx.out.fetches.iter().any(already) {
            return;
        }
        match self.asked.clone() {
            Some(wanted) => self.ask(wanted, cx),
            None => cx.fetch(Fetch::Klasses),
        }
    }

    fn step(&mut self, by: isize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let klasses = cx.shared.klasses.value().ok_or(Cannot("the klasses are not here yet"))?;
        let now = self.klass(cx.shared).map(|klass| &klass.name);
        let at = klasses.iter().position(|klass| Some(&klass.name) == now).ok_or(Cannot("this org has no klasses"))?;
        let to = at.checked_add_signed(by).filter(|to| *to < klasses.len());
        let to = to.ok_or(Cannot("there is no klass beyond this one"))?;
        self.klass = Some(klasses[to].name.clone());
        (self.detail, self.wanted) = (None, None);
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
        }
        self.detail = None;
        self.load(cx);
        Ok(())
    }

    /// First the detail, then the customer it belongs to.
    fn open(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let chosen = self.chosen().ok_or(Cannot("choose a KObject first"))?;
        if self.detail.is_none() {
            self.detail = Some(0);
            return Ok(());
        }
        let customer = chosen.customer.clone().ok_or(Cannot("this KObject belongs to no customer"))?;
        cx.open(Target::Timeline { customer, conversation: None });
        Ok(())
    }

    /// While the detail is open pages scroll it; single steps still choose records.
    fn scrolled(&mut self, action: Action) -> bool {
        let is_page = matches!(action, Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp);
        let Some(at) = self.detail.filter(|_| is_page) else { return false };
        // An attribute takes about a line; the view keeps the last ones in sight whatever the number says.
        let last = self.chosen().map_or(0, |kobject| kobject.custom.len() + 8);
        self.detail = list::moved(action, at, last);
        true
    }

    fn summary(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let page = self.found.value();
        let count = match page {
            Some(Page { rows, total: Some(total), .. }) if *total > rows.len() as u64 => {
                format!("{} of {total}", rows.len())
            }
            Some(Page { rows, more: true, .. }) => format!("the first {}", rows.len()),
            Some(page) => page.rows.len().to_string(),
            None => "…".to_owned(),
        };
        let whose = match self.scope() {
            Some(customer) => format!(" of {}", customer_name(Some(customer), cx.shared)),
            None => " of the whole org".to_owned(),
        };
        let matching = self.filter.left().len();
        let left = if self.filter.is_open() { format!("{matching} match of ") } else { String::new() };
        let mut spans = vec![Span::styled(format!("{left}{count}{whose}"), cx.theme.style(Role::Dim))];
        if page.is_some_and(|page| page.more) {
            spans.push(Span::styled(" · below the last one more are read", cx.theme.style(Role::Faint)));
        }
        let skipped = page.map_or(0, |page| page.skipped);
        if skipped > 0 {
            let words = format!(" · {skipped} could not be read");
            spans.push(Span::styled(words, cx.theme.style(Role::Warning)));
        }
        if let Some((stale, role)) = states::staleness(&self.found) {
            spans.push(Span::styled(format!("  {stale}"), cx.theme.style(role)));
        }
        Line::from(spans)
    }

    /// The filter's line, while it is open; the room that is left.
    fn view_filter(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        if !self.filter.is_open() || area.height < 2 {
            return area;
        }
        frame::row(&Line::styled("/ ", cx.theme.style(Role::HintKey)), area, 0, buf);
        let room = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
        self.filter.input.view(cx.theme, "words of any attribute", self.filter.is_typing, room, buf);
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    fn view_rows(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        let rows = self.shown();
        let Some((kobject, scroll)) = self.chosen().zip(self.detail) else {
            table::view(cx, klass, &rows, self.cursor, area, buf);
            return;
        };
        let detail = if area.width >= BESIDE {
            let left = area.width * 2 / 5;
            table::view(cx, klass, &rows, self.cursor, Rect { width: left, ..area }, buf);
            Rect { x: area.x + left + 1, width: area.width - left - 1, ..area }
        } else {
            area
        };
        let inside = frame::titled(cx, "every attribute", cx.focused, detail, buf);
        let subject = detail::Subject { kobject, klass };
        let lines = detail::lines(subject, cx.shared, cx.theme, usize::from(inside.width));
        let height = usize::from(inside.height);
        let top = scroll.min(lines.len().saturating_sub(height));
        for (row, line) in (0..).zip(lines.iter().skip(top).take(height)) {
            frame::row(line, inside, row, buf);
        }
    }
}

/// The klasses in a row, the chosen one in brackets and always in sight.
fn chooser(cx: &ViewCx<'_>, chosen: &Klass, room: usize) -> Line<'static> {
    let klasses = cx.shared.klasses.value().map_or(&[][..], Vec::as_slice);
    let at = klasses.iter().position(|klass| klass.name == chosen.name).unwrap_or(0);
    let label = |klass: &Klass| cut::fit(&klass.label.line(), 24);
    let mut first = at;
    let mut used = cut::width(&label(chosen)) + 8;
    while let Some(before) = first.checked_sub(1) {
        used += cut::width(&label(&klasses[before])) + 4;
        if used > room {
            break;
        }
        first = before;
    }
    let mut spans = Vec::new();
    if first > 0 {
        spans.push(Span::styled("… ", cx.theme.style(Role::Dim)));
    }
    for (index, klass) in klasses.iter().enumerate().skip(first) {
        let words = label(klass);
        spans.push(if index == at {
            Span::styled(format!("[ {words} ]"), cx.theme.style(Role::TabActive))
        } else {
            Span::styled(format!("  {words}  "), cx.theme.style(Role::Tab))
        });
    }
    Line::from(spans)
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
