//! Owns the approval card as plain lines, for linear mode and for commands outside the console: what, on whom, why, and the
//! request whole, as JSON. Everything in it that came from outside is made safe.

use crate::{approval::Proposal, privacy::text};

/// The card, line by line; how it is answered is said by whoever asks.
pub fn lines(proposal: &Proposal) -> Vec<String> {
    let change = proposal.change();
    let mut lines = vec![
        format!("Approval: {}", change.effect().word()),
        format!("what      {}", text::line(change.summary())),
        format!("wanted by {}", text::line(&proposal.wanted_by())),
        format!("because   {}", proposal.reason().line()),
    ];
    let subject = change.subject();
    if let Some(customer) = &subject.customer {
        let name = subject.customer_name.as_ref().map(|name| name.line().into_string()).unwrap_or_default();
        lines.push(format!("customer  {name} ({customer})"));
    }
    if let Some(conversation) = &subject.conversation {
        lines.push(format!("on        conversation {conversation}"));
    }
    if let Some(channel) = &subject.channel {
        lines.push(format!("channel   {}", channel.as_str()));
    }
    lines.extend(terms(proposal).into_iter().map(|line| format!("policy    {line}")));
    lines.extend(change.before().iter().map(|(field, now)| format!("now       {}: {}", text::line(field), now.line())));
    lines.extend(change.warnings().iter().map(|warning| format!("note      {}", text::line(warning))));
    for request in change.requests() {
        lines.push(format!("request   {} {}", request.method, text::line(&request.path)));
        if let Some(body) = &request.body {
            lines.extend(format!("{body:#}").lines().map(|line| format!("          {}", text::line(line))));
        }
    }
    lines.push(format!("digest    {}", change.digest()));
    lines
}

/// What the policy asks besides the key, in words; nothing where it asks no more than the floor.
pub fn terms(proposal: &Proposal) -> Vec<String> {
    let confirm = proposal.confirm();
    let mut lines = Vec::new();
    if confirm.wants_reason() {
        let rules = text::line(&proposal.rules().join(", ")).into_string();
        let asks =
            if confirm.wants_second() { "two persons, each with a reason" } else { "a reason from whoever approves" };
        lines.push(if rules.is_empty() {
            format!("asks for {asks}")
        } else {
            format!("asks for {asks} (rule: {rules})")
        });
    }
    match proposal.first() {
        Some(first) => {
            lines.push(format!("{} said yes first (#{}); yours is the second", first.by.name.line(), first.seq))
        }
        None if confirm.wants_second() => {
            lines.push("yours is the first yes: nothing is sent until another user gives the second".to_owned());
        }
        None => {}
    }
    lines
}

/// How it is answered by a typed word.
pub fn answers(proposal: &Proposal) -> String {
    let yes = match proposal.confirm().count() {
        None => "Type approve to approve exactly this".to_owned(),
        Some(count) => format!("Type {count}, the number of records, to approve exactly this"),
    };
    let yes = if proposal.confirm().wants_reason() { format!("{yes}, then the reason when asked") } else { yes };
    let edit = if proposal.change().editable_text().is_some() { ", edit to change the text" } else { "" };
    format!("{yes}{edit}, refuse to refuse, later to decide later.")
}
