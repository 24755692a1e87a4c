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
mod linear;
mod table;
mod value;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list, list::Cursor, states},
    },
    domain::{CustomerId, Klass, KlassName, Kobject},
    kustomer::Page,
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
    cursor: Cursor,
    /// How far the detail is scrolled, while it is open.
    detail: Option<usize>,
}

impl Pane for Kobjects {
    const SPEC: Spec = Spec {
        title: "KObjects",
        about: "orders, subscriptions and whatever else the org keeps; columns come from its own metadata",
        actions: &[Action::PreviousPart, Action::NextPart, Action::Scope],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.load(cx);
    }

    fn visit(&mut self, target: &Target, _cx: &mut UpdateCx<'_>) {
        match target {
            Target::Kobjects { customer } => {
                self.subject = Some(customer.clone());
                self.whole_org = false;
                self.detail = None;
            }
            Target::Timeline { .. } | Target::Assistant | Target::Bulk => {}
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        let Fetch::Kobjects(klass, customer) = fetch else { return };
        let is_ours = self.asked.as_ref().is_some_and(|(ours, whose)| ours == klass && whose == customer);
        if let (true, Fetched::Kobjects(answer)) = (is_ours, answer) {
            self.found.answer(answer, cx.shared.moment.now);
        }
    }

    fn forget(&mut self, customer: &CustomerId) {
        if self.whole_org || self.subject.as_ref() == Some(customer) {
            (self.found, self.asked) = (Remote::NotAsked, None);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        // Klasses are shared: their coming is no event of this pane, so whatever is done next goes on from them.
        self.load(cx);
        if self.scrolled(action) {
            return Ok(());
        }
        if self.cursor.act(action, self.rows().len()) {
            self.detail = self.detail.map(|_| 0);
            return Ok(());
        }
        match action {
            Action::NextPart => self.step(1, cx),
            Action::PreviousPart => self.step(-1, cx),
            Action::Scope => self.rescope(cx),
            Action::Open => self.open(cx),
            Action::Back => self.detail.take().map(|_| ()).ok_or(Cannot("there is nothing open to step back from")),
            Action::Reload => {
                self.reload(cx);
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

    fn chosen(&self) -> Option<&Kobject> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
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
            self.cursor = Cursor::default();
            self.ask(wanted, cx);
        }
    }

    fn ask(&mut self, wanted: (KlassName, Option<CustomerId>), cx: &mut UpdateCx<'_>) {
        self.found.ask();
        cx.fetch(Fetch::Kobjects(wanted.0.clone(), wanted.1.clone()));
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
        self.detail = None;
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
        let mut spans = vec![Span::styled(format!("{count}{whose}"), cx.theme.style(Role::Dim))];
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

    fn view_rows(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        let Some((kobject, scroll)) = self.chosen().zip(self.detail) else {
            table::view(cx, klass, self.rows(), self.cursor, area, buf);
            return;
        };
        let detail = if area.width >= BESIDE {
            let left = area.width * 2 / 5;
            table::view(cx, klass, self.rows(), self.cursor, Rect { width: left, ..area }, buf);
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
