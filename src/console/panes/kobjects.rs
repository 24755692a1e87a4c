//! Owns the KObjects pane: records of the klasses an org defined, columns as its metadata has them, for one customer or
//! the whole org. Knows no klass by name.

mod cell;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list::Cursor, rich::Row, states, when},
    },
    domain::{Attribute, CustomerId, Klass, Kobject},
    kustomer::Page,
};

/// The most cells a column takes; the detail shows values whole.
const WIDEST: usize = 28;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Kobjects {
    /// Whose records; `None` for the whole org.
    customer: Option<CustomerId>,
    /// Which klass, by its place among the klasses.
    klass: usize,
    records: Remote<Page<Kobject>>,
    cursor: Cursor,
    /// Whether the chosen record is shown with all its fields.
    open: bool,
}

impl Pane for Kobjects {
    const SPEC: Spec = Spec {
        title: "KObjects",
        about: "orders, returns, outages: records of the org's own klasses",
        actions: &[Action::NextPart, Action::PreviousPart, Action::Scope],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if matches!(cx.shared.klasses, Remote::NotAsked | Remote::Failed(..)) {
            cx.fetch(Fetch::Klasses);
        } else if matches!(self.records, Remote::NotAsked) {
            self.ask(cx);
        }
    }

    fn visit(&mut self, target: &Target, _cx: &mut UpdateCx<'_>) {
        if let Target::Kobjects { customer } = target
            && self.customer.as_ref() != Some(customer)
        {
            *self = Self { customer: Some(customer.clone()), klass: self.klass, ..Self::default() };
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        let (Fetch::Kobjects(name, customer), Fetched::Kobjects(answer)) = (fetch, answer) else { return };
        let is_shown = self.klass(cx.shared).is_some_and(|klass| klass.name == *name) && self.customer == *customer;
        if is_shown {
            self.records.answer(answer, cx.shared.moment.now);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.cursor.act(action, self.rows().len()) {
            return Ok(());
        }
        match action {
            // The klasses may have come since the pane was entered: the first key asks for what it shows.
            Action::Open if matches!(self.records, Remote::NotAsked) => self.ask(cx),
            Action::Open => {
                self.chosen().ok_or(Cannot("there is no record to open"))?;
                self.open = !self.open;
            }
            Action::Back if self.open => self.open = false,
            Action::Reload => {
                cx.fetch(Fetch::Klasses);
                self.ask(cx);
            }
            Action::NextPart | Action::PreviousPart => {
                let len = cx.shared.klasses.value().map_or(0, Vec::len);
                if len == 0 {
                    return Err(Cannot("the klasses are not read yet"));
                }
                let step = if action == Action::NextPart { 1 } else { len - 1 };
                self.klass = (self.klass + step) % len;
                self.start_over(cx);
            }
            Action::Scope => {
                let in_hand = cx.shared.current.as_ref().map(|current| current.customer.clone());
                self.customer = match self.customer.take() {
                    Some(_) => None,
                    None => Some(in_hand.ok_or(Cannot("open a customer first: this is the whole org"))?),
                };
                self.start_over(cx);
            }
            Action::Copy => {
                let record = self.chosen().ok_or(Cannot("choose a record first"))?;
                let id = record.external_id.as_ref().map(|id| id.line().into_string());
                let id = id.unwrap_or_else(|| record.id.to_string());
                cx.effect(Effect::Copy(id));
                cx.say("the record's id is on the clipboard");
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.records.value().map(|page| page.total.unwrap_or(page.rows.len() as u64).to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 3 || states::instead(cx.theme, &cx.shared.klasses, "klasses", inside, buf) {
            return;
        }
        let Some(klass) = self.klass(cx.shared) else {
            let lines = ["An admin defines klasses at the desk; their records then stand here."];
            states::message(cx.theme, ("This org has no klasses", Role::Dim), &lines, inside, buf);
            return;
        };
        self.view_klasses(cx, inside, buf);
        self.view_scope(cx, inside, buf);
        let body = Rect { y: inside.y + 2, height: inside.height - 2, ..inside };
        if matches!(self.records, Remote::NotAsked) {
            let lines = ["Enter reads them, ] and [ choose another klass."];
            states::message(cx.theme, ("Not read yet", Role::Dim), &lines, body, buf);
            return;
        }
        if states::instead(cx.theme, &self.records, "records", body, buf) {
            return;
        }
        if self.rows().is_empty() {
            let whose = if self.customer.is_some() { "this customer" } else { "the whole org" };
            let headline = format!("No {} for {whose}", klass.label.line());
            states::message(cx.theme, (&headline, Role::Dim), &["] and [ choose another klass"], body, buf);
            return;
        }
        let detail = if self.open { body.height * 3 / 5 } else { 0 };
        self.view_table(cx, klass, Rect { height: body.height - detail, ..body }, buf);
        self.view_detail(cx, klass, Rect { y: body.bottom() - detail, height: detail, ..body }, buf);
    }
}

impl Kobjects {
    fn klass<'a>(&self, shared: &'a Shared) -> Option<&'a Klass> {
        let klasses = shared.klasses.value()?;
        klasses.get(self.klass.min(klasses.len().checked_sub(1)?))
    }

    fn rows(&self) -> &[Kobject] {
        self.records.value().map_or(&[], |page| &page.rows)
    }

    fn chosen(&self) -> Option<&Kobject> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
    }

    fn start_over(&mut self, cx: &mut UpdateCx<'_>) {
        self.records = Remote::NotAsked;
        self.cursor = Cursor::default();
        self.open = false;
        self.ask(cx);
    }

    fn ask(&mut self, cx: &mut UpdateCx<'_>) {
        if let Some(klass) = self.klass(cx.shared) {
            self.records.ask();
            cx.fetch(Fetch::Kobjects(klass.name.clone(), self.customer.clone()));
        }
    }

    fn view_klasses(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let klasses = cx.shared.klasses.value().map_or(&[][..], Vec::as_slice);
        let shown = self.klass.min(klasses.len().saturating_sub(1));
        let mut spans = Vec::new();
        // The chosen one stays in view: those before it give way.
        for (index, klass) in klasses.iter().enumerate().skip(shown.saturating_sub(3)) {
            let role = if index == shown { Role::TabActive } else { Role::Tab };
            spans.push(Span::styled(format!(" {} ", cut::fit(&klass.label.line(), 20)), cx.theme.style(role)));
            spans.push(Span::raw(" "));
        }
        frame::row(&Line::from(spans), area, 0, buf);
    }

    fn view_scope(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let name = cx.shared.current.as_ref().filter(|current| Some(&current.customer) == self.customer.as_ref());
        let name = name.and_then(|current| current.person.value()).map(|person| person.name.line().into_string());
        let whose = match (&self.customer, name) {
            (None, _) => "of the whole org".to_owned(),
            (Some(_), Some(name)) => format!("of {name}"),
            (Some(id), None) => format!("of customer {id}"),
        };
        let (shown, page) = (self.rows().len(), self.records.value());
        let count = match page {
            None => String::new(),
            Some(Page { total: Some(total), .. }) => format!("{shown} of {total} "),
            Some(Page { more: true, .. }) => format!("the first {shown} "),
            Some(_) => format!("{shown} "),
        };
        let mut spans = vec![Span::styled(format!(" {count}{whose}"), cx.theme.style(Role::Dim))];
        if let Some((stale, role)) = states::staleness(&self.records) {
            spans.push(Span::styled(format!("  {stale}"), cx.theme.style(role)));
        }
        frame::row(&Line::from(spans), area, 1, buf);
    }

    fn view_table(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let records = self.rows();
        let shown = self.cursor.rows(records.len(), usize::from(area.height - 1));
        let attributes = attributes(klass, records);
        let rows: Vec<Vec<(String, Role)>> =
            records[shown.clone()].iter().map(|record| cells(record, &attributes, cx.shared)).collect();
        let heads: Vec<String> = ["TITLE".to_owned(), "ID".to_owned(), "UPDATED".to_owned()]
            .into_iter()
            .chain(attributes.iter().map(|attribute| attribute.label.line().to_uppercase()))
            .collect();
        let rights: Vec<bool> =
            [false; 3].into_iter().chain(attributes.iter().map(|attribute| cell::is_right(attribute.kind))).collect();
        let widths = widths(&heads, &rows, usize::from(area.width));
        let head = heads.into_iter().map(|head| (head, Role::TableHead)).collect::<Vec<_>>();
        frame::row(&line(cx, &head, &rights, &widths), area, 0, buf);
        let chosen = self.cursor.chosen(records.len());
        for ((y, index), row) in (1..).zip(shown).zip(&rows) {
            frame::row(&line(cx, row, &rights, &widths), area, y, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, y, buf);
            }
        }
    }

    fn view_detail(&self, cx: &ViewCx<'_>, klass: &Klass, area: Rect, buf: &mut Buffer) {
        let Some(record) = self.chosen().filter(|_| area.height > 2) else { return };
        let title = format!("{} {}", klass.label.line(), record.title.line());
        let inside = frame::titled(cx, &title, false, area, buf);
        let label = 24.min(usize::from(inside.width) / 3);
        let room = usize::from(inside.width).saturating_sub(label + 1).max(8);
        let mut facts = vec![("id".to_owned(), (record.id.to_string(), Role::Dim))];
        facts.extend(
            record.external_id.iter().map(|id| ("external id".to_owned(), (id.line().into_string(), Role::Text))),
        );
        facts.extend(record.customer.iter().map(|id| ("customer".to_owned(), (id.to_string(), Role::Dim))));
        for (name, at) in [("created", record.created), ("updated", record.updated)] {
            facts.extend(at.map(|at| (name.to_owned(), (when::full(at, &cx.shared.zone), Role::Dim))));
        }
        facts.extend(attributes(klass, std::slice::from_ref(record)).iter().map(|attribute| {
            let value = cell::of(record.field(&attribute.name), attribute, cx.shared);
            (attribute.label.line().into_string(), value)
        }));
        let mut rows = Vec::new();
        for (name, (value, role)) in facts {
            for (at, part) in cut::wrap(&value, room).into_iter().enumerate() {
                let name = if at == 0 { name.as_str() } else { "" };
                rows.push(Row::of(format!("{} ", cut::pad(name, label)), Role::Dim).and(part, role));
            }
        }
        let height = usize::from(inside.height);
        if rows.len() > height {
            let more = rows.len() - height + 1;
            rows.truncate(height - 1);
            rows.push(Row::of(format!("▸ {more} more lines: a taller window shows them"), Role::Dim));
        }
        for (y, row) in (0..).zip(&rows) {
            frame::row(&row.line(cx.theme, ""), inside, y, buf);
        }
    }
}

/// The klass's attributes in metadata order, then those that records carry though nobody described them.
fn attributes(klass: &Klass, records: &[Kobject]) -> Vec<Attribute> {
    let mut all = klass.attributes.clone();
    for field in records.iter().flat_map(|record| &record.custom) {
        if !all.iter().any(|attribute| attribute.name == field.name) {
            all.push(Attribute::undescribed(&field.name));
        }
    }
    all
}

fn cells(record: &Kobject, attributes: &[Attribute], shared: &Shared) -> Vec<(String, Role)> {
    let id = record.external_id.as_ref().map_or_else(|| record.id.to_string(), |id| id.line().into_string());
    let at = record.updated.or(record.created);
    let at = at.map_or_else(|| "–".to_owned(), |at| when::age(at, shared.moment.now));
    let fixed = [(record.title.line().into_string(), Role::Kobject), (id, Role::Dim), (at, Role::Dim)];
    let custom = attributes.iter().map(|attribute| cell::of(record.field(&attribute.name), attribute, shared));
    fixed.into_iter().chain(custom).collect()
}

/// Each column as wide as its widest cell in view, from the left as long as there is room.
fn widths(heads: &[String], rows: &[Vec<(String, Role)>], room: usize) -> Vec<usize> {
    let mut left = room;
    let wanted = heads.iter().enumerate().map(|(column, head)| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|(words, _)| cut::width(words));
        cells.chain([cut::width(head)]).max().unwrap_or(0).min(WIDEST)
    });
    wanted
        .map(|wide| {
            // A column of fewer than four cells says nothing: it is left out.
            let given = if left > 4 { wide.min(left - 1) } else { 0 };
            left = left.saturating_sub(given + 2);
            given
        })
        .collect()
}

fn line(cx: &ViewCx<'_>, cells: &[(String, Role)], rights: &[bool], widths: &[usize]) -> Line<'static> {
    let columns = cells.iter().zip(rights).zip(widths).filter(|(_, width)| **width > 0);
    let spans = columns.map(|(((words, role), right), width)| {
        let cell = if *right { cut::pad_left(words, *width) } else { cut::pad(words, *width) };
        Span::styled(format!("{cell}  "), cx.theme.style(*role))
    });
    Line::from(spans.collect::<Vec<_>>())
}
