//! Owns the approval card as plain lines, for linear mode and for commands outside the console: what, on whom, why, and the
//! request whole, as JSON. Everything in it that came from outside is made safe.

use jiff::tz::TimeZone;

use super::content::{as_of, open_window, plan_lines, recipients, spoken_fields, spoken_news, whose};
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
        format!("wanted by {}", text::line(&proposal.wanted_by())),
    ];
    let because = match proposal.author() {
        Author::Person => "because   ",
        Author::Assistant { .. } => "it says   ",
    };
    lines.push(format!("{because}{}", proposal.reason().line()));
    lines.extend(spoken_news(proposal));
    let subject = change.subject();
    lines.extend(whose(change).into_iter().map(|(label, words, _)| format!("{label:<10}{words}")));
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
    lines.extend(terms(proposal).into_iter().map(|line| format!("policy    {line}")));
    lines.extend(marks(proposal));
    lines.extend(spoken_fields(proposal));
    lines.extend(change.warnings().iter().map(|warning| format!("note      {}", text::line(warning))));
    if let Some(disclosure) = &subject.disclosure {
        lines.push(format!("model at  {}", text::line(&disclosure.endpoint)));
        let told = disclosure.values.iter();
        lines.extend(
            told.map(|(name, value)| format!("tells it  {}: {}", text::line(name), text::line(value.expose()))),
        );
    }
    let plan = change.manifest().map(plan_lines).unwrap_or_default();
    lines.extend(plan.into_iter().map(|(words, _)| format!("plan      {words}")));
    for request in change.requests() {
        lines.push(format!("request   {}", text::line(&change.line_of(request))));
        if let Some(body) = &request.body {
            lines.extend(format!("{body:#}").lines().map(|line| format!("          {}", text::line(line))));
        }
    }
    lines.push(format!("digest    {}", change.digest()));
    lines
}

/// What to look at twice.
fn marks(proposal: &Proposal) -> impl Iterator<Item = String> {
    proposal.standing().marks().iter().map(|mark| {
        let stops = if mark.blocks { "; it cannot be approved like this" } else { "" };
        format!("look      {}: {}{stops}", mark.risk.word(), text::line(&mark.says))
    })
}

/// The list of all that are alike, line by line, and what they have in common.
pub fn alike(batch: &[&Proposal], zone: &TimeZone) -> Vec<String> {
    let mut lines = vec![format!("The same {} times; each is recorded for itself:", batch.len())];
    for (n, proposal) in batch.iter().enumerate() {
        let change = proposal.change();
        lines.push(format!("{}. {}", n + 1, super::whom(change)));
        lines.extend(spoken_news(proposal).into_iter().map(|news| format!("   {news}")));
        lines.extend(recipients(proposal).into_iter().map(|(key, to)| format!("   {key} {to}")));
        lines.extend(terms(proposal).into_iter().map(|line| format!("   policy    {line}")));
        lines.extend(marks(proposal).map(|mark| format!("   {mark}")));
        lines.extend(
            proposal.standing().trouble().map(|why| format!("   the desk could not be read: {}", text::line(why))),
        );
        let requests = change.requests().iter();
        lines.extend(requests.map(|request| format!("   {}", text::line(&change.line_of(request)))));
        if Some(proposal.reason()) != batch.first().map(|first| first.reason()) {
            lines.push(format!("   because {}", proposal.reason().line()));
        }
        lines.extend(change.before().iter().map(|(f, now)| format!("   now {}: {}", text::line(f), now.line())));
    }
    lines.push("What they have in common, told for the first of them:".to_owned());
    lines.extend(batch.first().map(|first| self::lines(first, zone)).unwrap_or_default());
    lines
}

/// How all of them are answered by a typed word.
pub fn answers_alike(confirm: Confirm) -> String {
    let yes = match confirm.count() {
        None => "Type approve to approve all of them".to_owned(),
        Some(count) => format!("Type {count}, the number of records, to approve all of them"),
    };
    let yes = if confirm.wants_reason() { format!("{yes}, then the reason when asked") } else { yes };
    format!("{yes}, refuse to refuse all, later to go back to the one card.")
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
    match proposal.earlier() {
        Some(first) => {
            lines.push(format!("{} said yes first (#{}); yours is the second", first.by.name.line(), first.seq));
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
    format!(
        "{yes}{edit}, refuse to refuse, ask-changes to have it changed, defer to put it off, later to decide later."
    )
}
