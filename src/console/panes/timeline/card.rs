//! Owns the card above a timeline: who the customer is, what is masked, and how long an open window lasts.

use super::{person, window};
use crate::{
    console::{
        remote::Remote,
        state::{OpenWindow, Shared},
        theme::Role,
        widgets::{cut, rich::Row, when},
    },
    domain::{AttributeKind, Customer, CustomerId, Field, FieldValue, Guarded},
    privacy::text,
};

/// The card's rows, at most so many: name and window, contacts, then sensitive and other custom values, and a rule.
pub fn rows(shared: &Shared, customer: Option<&CustomerId>, width: usize, most: usize) -> Vec<Row> {
    let (Some(id), Some(most)) = (customer, most.checked_sub(1)) else { return Vec::new() };
    let Some(person) = person(shared, id) else {
        let current = shared.current.as_ref().map(|current| &current.person);
        let words = match current.and_then(Remote::problem) {
            Some(problem) => format!("{}: {} {}", problem.what, problem.why, problem.next),
            None => format!("customer {id} …"),
        };
        let said = Row::of(cut::fit(&text::line(&words), width), Role::Dim);
        return if most == 0 { vec![said] } else { vec![said, rule(shared, width)] };
    };
    let mut rows = vec![headline(person, width)];
    rows.extend(window(shared, id).map(|window| countdown(shared, window, width)));
    rows.extend(flow(contacts(shared, person), width));
    rows.extend(flow(customs(shared, person), width).into_iter().take(2));
    rows.truncate(most.clamp(1, 6));
    rows.push(rule(shared, width));
    rows
}

fn rule(shared: &Shared, width: usize) -> Row {
    Row::of(if shared.ascii { "-" } else { "─" }.repeat(width), Role::Border)
}

fn headline(person: &Customer, width: usize) -> Row {
    let name = if person.name.is_blank() { "(no name)".to_owned() } else { person.name.line().into_string() };
    let company = person.company.as_ref().map(|company| format!(" · {}", company.line())).unwrap_or_default();
    let external = person.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default();
    let [all, open, ..] = person.counts;
    let right = cut::fit(&format!("{external}  {open} open of {all}"), width / 2);
    let left = width.saturating_sub(cut::width(&right) + 1);
    let name = cut::fit(&name, left);
    let company = cut::pad(&company, left.saturating_sub(cut::width(&name)));
    Row::of(name, Role::Customer).and(company, Role::Dim).and(format!(" {right}"), Role::Dim)
}

fn countdown(shared: &Shared, window: &OpenWindow, width: usize) -> Row {
    let left = when::countdown(window.closes, shared.moment.elapsed);
    Row::of(cut::fit(&format!("unmasked {left} · c closes"), width), Role::Revealed)
}

/// One fact about a person: its label, its value, and the look of the value.
type Fact = (String, String, Role);

fn contacts(shared: &Shared, person: &Customer) -> Vec<Fact> {
    let fact = |contact: &crate::domain::Contact| {
        let (value, role) = guarded(shared, &contact.value);
        (contact.kind.word().to_owned(), value, role)
    };
    person.contacts.iter().map(fact).collect()
}

/// Sensitive values first: they are what somebody unmasks for.
fn customs(shared: &Shared, person: &Customer) -> Vec<Fact> {
    let (sensitive, open): (Vec<_>, Vec<_>) = person.custom.iter().partition(|field| field.value.guarded().is_some());
    sensitive.into_iter().chain(open).filter_map(|field| custom(shared, field)).collect()
}

fn custom(shared: &Shared, field: &Field) -> Option<Fact> {
    let label = crate::domain::Attribute::undescribed(&text::line(&field.name)).label.line().into_string();
    match &field.value {
        FieldValue::Guarded(value) => {
            let (value, role) = guarded(shared, value);
            Some((label, value, role))
        }
        FieldValue::Open(value) if value.is_null() || value.as_str().is_some_and(str::is_empty) => None,
        FieldValue::Open(value) => {
            let shown = match (value.as_str(), AttributeKind::of(&field.name)) {
                (Some(raw), AttributeKind::At) => raw
                    .parse()
                    .map_or_else(|_| text::line(raw).into_string(), |at| when::at(at, shared.moment.now, &shared.zone)),
                (Some(raw), _) => text::line(raw).into_string(),
                (None, _) => text::line(&value.to_string()).into_string(),
            };
            Some((label, cut::fit(&shown, 32), Role::Text))
        }
    }
}

/// A sensitive value: as the desk masks it, or in the clear with a sign and a look of its own. No emoji: their width is
/// what terminals disagree about most.
fn guarded(shared: &Shared, value: &Guarded) -> (String, Role) {
    let (locked, unlocked) = if shared.ascii { ("", "[clear] ") } else { ("", "● ") };
    match value {
        Guarded::Masked(shown) => (format!("{locked}{}", cut::fit(&shown.line(), 40)), Role::Masked),
        Guarded::Revealed(value) => {
            (format!("{unlocked}{}", cut::fit(&text::line(value.expose()), 60)), Role::Revealed)
        }
    }
}

/// Facts side by side, as many a row as fit.
fn flow(facts: Vec<Fact>, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut used = width;
    for (label, value, role) in facts {
        let label = format!("{label} ");
        let value = cut::fit(&value, width.saturating_sub(cut::width(&label)));
        let wide = cut::width(&label) + cut::width(&value);
        let gap = if used == 0 { 0 } else { 3 };
        match rows.pop() {
            Some(row) if used + gap + wide <= width => {
                rows.push(row.and("   ", Role::Dim).and(label, Role::Dim).and(value, role));
                used += gap + wide;
            }
            row => {
                rows.extend(row);
                rows.push(Row::of(label, Role::Dim).and(value, role));
                used = wide;
            }
        }
    }
    rows
}
