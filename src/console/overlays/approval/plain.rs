//! Owns the approval card as plain lines, for linear mode and for commands outside the console: what, on whom, why, and the
//! request whole, as JSON. Everything in it that came from outside is made safe.

use jiff::tz::TimeZone;

use super::content::{as_of, open_window, recipients, spoken_fields, spoken_news};
use crate::{
    approval::{Author, Confirm, Proposal},
    privacy::text,
};

/// The card, line by line; how it is answered is said by whoever asks.
pub fn lines(proposal: &Proposal, zone: &TimeZone) -> Vec<String> {
    let change = proposal.change();
    let mut lines = vec![
        format!("Approval: {}", change.effect().word()),
        format!("what      {}", text::line(change.summary())),
        format!("wanted by {}", text::line(&proposal.author().to_string())),
    ];
    let because = match proposal.author() {
        Author::Person => "because   ",
        Author::Assistant { .. } => "it says   ",
    };
    lines.push(format!("{because}{}", proposal.reason().line()));
    lines.extend(spoken_news(proposal));
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
    lines.extend(recipients(proposal).into_iter().map(|(key, whom)| format!("{key:<10}{whom}")));
    lines.extend(open_window(proposal, zone).map(|window| format!("window    {window}")));
    lines.push(format!("as of     {}", as_of(proposal, zone).0));
    for mark in proposal.standing().marks() {
        let stops = if mark.blocks { "; it cannot be approved like this" } else { "" };
        lines.push(format!("look      {}: {}{stops}", mark.risk.word(), text::line(&mark.says)));
    }
    lines.extend(spoken_fields(proposal));
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

/// How it is answered by a typed word.
pub fn answers(proposal: &Proposal) -> String {
    let yes = match proposal.confirm() {
        Confirm::Key => "Type approve to approve exactly this".to_owned(),
        Confirm::Count(count) => format!("Type {count}, the number of records, to approve exactly this"),
    };
    let edit = if proposal.change().editable_text().is_some() { ", edit to change the text" } else { "" };
    format!("{yes}{edit}, refuse to refuse, later to decide later.")
}
