//! Owns the list of changes that are alike, as one card shows it: each of them by whom it is about and the line of its
//! request, then what they have in common, whole. Nothing about any of them is left out: what differs stands in its own lines.

use super::{
    content::{self, Setting, Words, one_line, recipients, spoken_news},
    plain,
};
use crate::{
    approval::{Change, Proposal},
    console::{theme::Role, widgets::cut},
    privacy::text,
};

/// The whole list at this width.
pub fn lines(batch: &[&Proposal], setting: Setting<'_>) -> Vec<Words> {
    let Some(first) = batch.first() else { return Vec::new() };
    let head = format!("The same {} times; each is recorded for itself:", batch.len());
    let mut lines = vec![vec![(head, Role::Strong)]];
    for (n, proposal) in batch.iter().enumerate() {
        let reason = (proposal.reason() != first.reason()).then(|| proposal.reason().line().into_string());
        one(n + 1, proposal, reason.as_deref(), setting.width, &mut lines);
    }
    lines.push(Vec::new());
    lines.push(vec![("What they have in common, shown for the first of them:".to_owned(), Role::Dim)]);
    lines.extend(content::lines(first, setting));
    lines
}

fn one(n: usize, proposal: &Proposal, reason: Option<&str>, width: usize, lines: &mut Vec<Words>) {
    let (change, standing) = (proposal.change(), proposal.standing());
    let label = format!("{n:>4}  ");
    let room = width.saturating_sub(cut::width(&label)).max(8);
    let mut first = Some(label);
    let mut push = |words: &str, role: Role| {
        for line in cut::wrap(words, room) {
            let front = first.take().unwrap_or_else(|| " ".repeat(6));
            lines.push(vec![(front, Role::Dim), (line, role)]);
        }
    };
    push(&whom(change), Role::Customer);
    for news in spoken_news(proposal) {
        push(&format!("▲ {news}"), Role::Warning);
    }
    for (key, to) in recipients(proposal) {
        push(&format!("{key} {to}"), Role::Text);
    }
    for asks in plain::terms(proposal) {
        push(&format!("policy {asks}"), Role::Warning);
    }
    for mark in standing.marks() {
        let stops = if mark.blocks { "; it cannot be approved like this" } else { "" };
        push(&format!("{} {}: {}{stops}", mark.risk.sign(), mark.risk.word(), one_line(&mark.says)), Role::Warning);
    }
    if let Some(why) = standing.trouble() {
        push(&format!("the desk could not be read: {}", one_line(why)), Role::Warning);
    }
    for request in change.requests() {
        push(&text::line(&change.line_of(request)), Role::Text);
    }
    for (field, now) in change.before() {
        push(&format!("now {}: {}", text::line(field).as_ref(), now.line().as_ref()), Role::DiffOld);
    }
    if let Some(reason) = reason {
        push(&format!("because, in the author's words: {reason}"), Role::Untrusted);
    }
}

/// Whom a change is about, in words.
pub fn whom(change: &Change) -> String {
    let subject = change.subject();
    let name =
        subject.customer_name.as_ref().map(|name| name.line().into_string()).filter(|name| !name.trim().is_empty());
    let customer = subject.customer.as_ref().map(|id| match &name {
        Some(name) => format!("{name} ({id})"),
        None => format!("customer {id}"),
    });
    let conversation = subject.conversation.as_ref().map(|id| format!("conversation {id}"));
    let words: Vec<String> = customer.into_iter().chain(conversation).collect();
    if words.is_empty() { "no customer is named".to_owned() } else { words.join(", ") }
}
