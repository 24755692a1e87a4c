//! Owns the detail of one KObject: every attribute it has, in words, whether or not its klass describes it.

use ratatui::text::{Line, Span};

use super::{table, value};
use crate::{
    console::{
        state::Shared,
        theme::{Role, Theme},
        widgets::{cut, when},
    },
    domain::{Klass, Kobject},
    privacy::text,
};

/// The widest the column of labels gets.
const LABELS: usize = 22;

/// Where the detail's facts come from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The record.
    pub kobject: &'a Kobject,
    /// Its klass.
    pub klass: &'a Klass,
}

/// All lines of the detail, wrapped to `width`.
pub fn lines(subject: Subject<'_>, shared: &Shared, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Subject { kobject, klass } = subject;
    let mut lines = vec![Line::styled(cut::fit(&table::name(kobject), width), theme.style(Role::Kobject))];
    for (label, words) in record(kobject, klass, shared) {
        pair(theme, (label, Role::Dim), (&words, Role::Text), width, &mut lines);
    }
    lines.push(Line::default());
    let mut unset = Vec::new();
    let described: Vec<&str> = klass.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    for attribute in table::attributes(klass, &[kobject]) {
        let label = attribute.label.line();
        let Some(field) = kobject.field(&attribute.name) else {
            unset.push(label.into_string());
            continue;
        };
        let shown = value::whole(&attribute, field, shared);
        let mut words = shown.words;
        if let Some(target) = &attribute.target {
            words = format!("{words}  ({})", text::line(target));
        }
        if !described.contains(&attribute.name.as_str()) {
            words.push_str("  (not described by the klass)");
        }
        pair(theme, (&label, Role::Text), (&words, shown.role), width, &mut lines);
    }
    if !unset.is_empty() {
        lines.push(Line::default());
        pair(theme, ("not set", Role::Dim), (&unset.join(", "), Role::Dim), width, &mut lines);
    }
    lines
}

/// What every KObject has, whatever its klass.
fn record(kobject: &Kobject, klass: &Klass, shared: &Shared) -> Vec<(&'static str, String)> {
    let mut facts = vec![("klass", format!("{} ({})", klass.label.line(), klass.name)), ("id", kobject.id.to_string())];
    if let Some(id) = &kobject.external_id {
        facts.push(("external id", id.line().into_string()));
    }
    facts.push(("customer", super::customer_name(kobject.customer.as_ref(), shared)));
    for (label, at) in [("created", kobject.created), ("updated", kobject.updated)] {
        facts.extend(at.map(|at| (label, when::minute(at, &shared.zone))));
    }
    facts.extend(kobject.rev.map(|rev| ("revision", rev.to_string())));
    facts
}

/// A label and its words, wrapped beside it.
fn pair(theme: &Theme, label: (&str, Role), words: (&str, Role), width: usize, lines: &mut Vec<Line<'static>>) {
    let beside = LABELS.min(width / 3);
    let room = width.saturating_sub(beside + 2);
    let mut lead = cut::pad(label.0, beside);
    for line in cut::wrap(words.0, room) {
        lines.push(Line::from(vec![
            Span::styled(format!("{lead}  "), theme.style(label.1)),
            Span::styled(line, theme.style(words.1)),
        ]));
        lead = " ".repeat(beside);
    }
}
