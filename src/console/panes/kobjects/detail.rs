//! Owns the detail of one KObject: every attribute it has, in words, whether or not its klass describes it; what is nested as a
//! tree that folds; and where each line leads.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};
use serde_json::Value;

use super::{columns, table, tree, value, value::Names};
use crate::{
    console::{
        state::Shared,
        theme::{Role, Theme},
        widgets::{cut, when},
    },
    domain::{Attribute, AttributeKind, CustomerId, FieldValue, Klass, KlassName, Kobject, KobjectId},
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
    /// What ids are called.
    pub names: &'a Names,
    /// The nested values that are not folded.
    pub open: &'a BTreeSet<String>,
}

/// What a line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To nothing.
    Nowhere,
    /// To a customer.
    Customer(CustomerId),
    /// To another record.
    Record(KlassName, KobjectId),
    /// It folds, or unfolds, what is nested there.
    Folds(String),
}

/// A line of the detail.
#[derive(Clone, Debug)]
pub struct Row {
    /// As drawn.
    pub line: Line<'static>,
    /// Which fact it is of: the cursor goes from fact to fact, however each is wrapped.
    pub stop: usize,
    /// Where it leads.
    pub leads: Leads,
    /// The attribute it is of.
    pub attribute: Option<String>,
}

impl Row {
    /// A line that leads nowhere.
    pub fn of(line: Line<'static>, stop: usize) -> Self {
        Self { line, stop, leads: Leads::Nowhere, attribute: None }
    }
}

/// Lays lines out, one label and its words after the other.
struct Sheet<'a> {
    theme: &'a Theme,
    width: usize,
    stops: usize,
    rows: Vec<Row>,
}

/// All lines of the detail, wrapped to `width`.
pub fn rows(subject: Subject<'_>, shared: &Shared, theme: &Theme, width: usize) -> Vec<Row> {
    let Subject { kobject, klass, .. } = subject;
    let mut sheet = Sheet { theme, width, stops: 0, rows: Vec::new() };
    sheet.plain(Line::styled(cut::fit(&table::name(kobject), width), theme.style(Role::Kobject)));
    for (label, words, leads) in record(kobject, klass, shared) {
        let role = if leads == Leads::Nowhere { Role::Text } else { Role::Link };
        sheet.pair((label, Role::Dim), (&words, role), &leads, None);
    }
    sheet.plain(Line::default());
    let mut unset = Vec::new();
    for attribute in columns::attributes(klass, &[kobject]) {
        match kobject.field(&attribute.name) {
            Some(field) => sheet.attribute(subject, &attribute, field, shared),
            None => unset.push(attribute.label.line().into_string()),
        }
    }
    for field in &kobject.more {
        let attribute = Attribute { kind: AttributeKind::Unknown, ..Attribute::undescribed(&field.name) };
        sheet.attribute(subject, &attribute, &field.value, shared);
    }
    if !unset.is_empty() {
        sheet.plain(Line::default());
        sheet.pair(("not set", Role::Dim), (&unset.join(", "), Role::Dim), &Leads::Nowhere, None);
    }
    sheet.rows
}

/// Where the ids of an attribute lead.
pub fn relations(attribute: &Attribute, field: &FieldValue) -> Vec<Leads> {
    let target = attribute.target.as_deref().unwrap_or_default();
    let FieldValue::Open(open) = field else { return Vec::new() };
    if attribute.sensitive || attribute.kind != AttributeKind::Id {
        return Vec::new();
    }
    let ids: Vec<&str> = match open {
        Value::String(id) => vec![id],
        Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let to = |id: &&str| match (target.strip_prefix("kobject."), target) {
        _ if id.is_empty() => None,
        (Some(klass), _) => Some(Leads::Record(KlassName::new(klass), KobjectId::new(*id))),
        (None, "customer") => Some(Leads::Customer(CustomerId::new(*id))),
        (None, _) => None,
    };
    ids.iter().filter_map(to).collect()
}

/// What every KObject has, whatever its klass.
fn record(kobject: &Kobject, klass: &Klass, shared: &Shared) -> Vec<(&'static str, String, Leads)> {
    let plain = |label, words| (label, words, Leads::Nowhere);
    let mut facts =
        vec![plain("klass", format!("{} ({})", klass.label.line(), klass.name)), plain("id", kobject.id.to_string())];
    if let Some(id) = &kobject.external_id {
        facts.push(plain("external id", id.line().into_string()));
    }
    let leads = kobject.customer.clone().map_or(Leads::Nowhere, Leads::Customer);
    facts.push(("customer", super::customer_name(kobject.customer.as_ref(), shared), leads));
    for (label, at) in [("created", kobject.created), ("updated", kobject.updated)] {
        let now = shared.moment.now;
        let said = |at| format!("{}, {}", when::minute(at, &shared.zone), when::away(at, now));
        facts.extend(at.map(|at| plain(label, said(at))));
    }
    facts.extend(kobject.rev.map(|rev| plain("revision", rev.to_string())));
    facts
}

impl Sheet<'_> {
    fn plain(&mut self, line: Line<'static>) {
        // A blank line is no fact.
        self.stops += usize::from(line.width() > 0);
        let stop = self.stops.saturating_sub(1);
        self.rows.push(Row { line, stop, leads: Leads::Nowhere, attribute: None });
    }

    fn attribute(&mut self, subject: Subject<'_>, attribute: &Attribute, field: &FieldValue, shared: &Shared) {
        if let FieldValue::Open(open) = field
            && tree::is_nested(open)
            && !attribute.sensitive
        {
            self.tree(subject, attribute, open, shared);
            return;
        }
        let label = attribute.label.line();
        let shown = value::whole(attribute, field, shared);
        let leads = relations(attribute, field);
        let is_described = subject.klass.attributes.iter().any(|known| known.name == attribute.name);
        let is_own = subject.kobject.more.iter().any(|own| own.name == attribute.name);
        let mut words = shown.words;
        let named = |leads: &Leads| match leads {
            Leads::Record(_, id) => subject.names.get(id.as_str()),
            Leads::Customer(id) => subject.names.get(id.as_str()),
            Leads::Nowhere | Leads::Folds(_) => None,
        };
        if let Some(name) = leads.first().and_then(named) {
            words = format!("→ {name}  {words}");
        }
        if let Some(target) = &attribute.target {
            words = format!("{words}  ({})", text::line(target));
        }
        if !is_described && !is_own {
            words.push_str("  (not described by the klass)");
        }
        let role = if leads.is_empty() { shown.role } else { Role::Link };
        let leads = leads.into_iter().next().unwrap_or(Leads::Nowhere);
        self.pair((&label, Role::Text), (&words, role), &leads, Some(&attribute.name));
    }

    /// What is nested, member by member.
    fn tree(&mut self, subject: Subject<'_>, attribute: &Attribute, open: &Value, shared: &Shared) {
        let path = format!("{}:{}", subject.kobject.id, attribute.name);
        let label = attribute.label.line();
        for branch in tree::branches(&path, &label, open, subject.open) {
            let sign = match (&branch.folds, branch.is_folded, shared.ascii) {
                (None, ..) => "  ",
                (Some(_), true, true) => "+ ",
                (Some(_), false, true) => "- ",
                (Some(_), true, false) => "▸ ",
                (Some(_), false, false) => "▾ ",
            };
            let lead = format!("{}{sign}{}", "  ".repeat(branch.depth), branch.name);
            let role = if branch.folds.is_some() { Role::Dim } else { Role::Code };
            let leads = branch.folds.map_or(Leads::Nowhere, Leads::Folds);
            self.pair((&lead, Role::Text), (&branch.words, role), &leads, Some(&attribute.name));
        }
    }

    /// A label and its words, wrapped beside it.
    fn pair(&mut self, label: (&str, Role), words: (&str, Role), leads: &Leads, attribute: Option<&str>) {
        let beside = LABELS.min(self.width / 3);
        let room = self.width.saturating_sub(beside + 2);
        let mut lead = cut::pad(label.0, beside);
        let stop = self.stops;
        self.stops += 1;
        for line in cut::wrap(words.0, room) {
            let line = Line::from(vec![
                Span::styled(format!("{lead}  "), self.theme.style(label.1)),
                Span::styled(line, self.theme.style(words.1)),
            ]);
            self.rows.push(Row { line, stop, leads: leads.clone(), attribute: attribute.map(str::to_owned) });
            lead = " ".repeat(beside);
        }
    }
}
