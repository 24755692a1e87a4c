//! Owns the small wishes: summary, note, records, search, overview, klasses, help. Does not own the longer plans.
//!
//! Invariant: each makes at most two calls and ends in plain sentences.

use serde_json::{Value, json};

use super::{
    facts::{self, Shown},
    locate,
    run::{Play, Run, Told, because, say},
};
use crate::sandbox::model::wording;

/// Summarises the conversation on screen.
pub(super) fn summarise(run: &mut Run<'_>) -> Play<String> {
    let Some(id) = run.context().text("conversation", "id") else {
        return say("No conversation is open here. Open one and ask again.");
    };
    let answer = run.need("conversation_get", &json!({ "conversation_id": id }), "the look at the conversation")?;
    let (conversation, messages) = (&answer["conversation"], facts::list(&answer, "messages"));
    let inbound = messages.iter().filter(|message| message["direction"] == "in").count();
    let quote = |message: &Value| facts::gist(message["text"].as_str().unwrap_or_default(), 220);
    let cite = |message: &Value| facts::cite("message", message);
    let mut lines = vec![
        format!("**{}**\n", facts::conversation(conversation)),
        format!("{} messages, {inbound} from the customer.", messages.len()),
    ];
    let first = messages.iter().find(|message| message["direction"] == "in");
    let reply = messages.iter().rev().find(|message| message["direction"] == "out");
    let waiting = messages.last().filter(|last| last["direction"] == "in" && messages.len() > 1);
    lines.extend(first.map(|first| format!("- It began with: “{}”{}", quote(first), cite(first))));
    lines.extend(reply.map(|reply| format!("- Our latest answer: “{}”{}", quote(reply), cite(reply))));
    lines.extend(waiting.map(|last| {
        let since = last["at"].as_str().map(|at| format!(" since {}", facts::day(at))).unwrap_or_default();
        format!("- The customer is waiting{since}: “{}”{}", quote(last), cite(last))
    }));
    Ok(lines.join("\n"))
}

/// Leaves a note with the person's words.
pub(super) fn note(run: &mut Run<'_>, text: &str) -> Play<String> {
    let Some(id) = run.context().text("conversation", "id") else {
        return say("No conversation is open, so I do not know where the note belongs. Open it and ask again.");
    };
    let text = if text.is_empty() { run.reply().unwrap_or_default() } else { text };
    if text.is_empty() {
        return say("What should the note say?");
    }
    match run.act("conversation_add_note", &json!({ "conversation_id": id, "body": text }))? {
        Told::Done(_) => Ok(format!("The private note is on the conversation: “{text}”")),
        Told::Refused(reason) => Ok(format!("You refused the note{}. Nothing was written.", because(&reason))),
        Told::Failed { message, .. } => say(format!("The note could not be written: {message}")),
    }
}

/// Records of a klass: one by its number, or those of the customer.
pub(super) fn records(run: &mut Run<'_>, klass: &str, number: Option<&str>) -> Play<String> {
    let klass = &wording::quoted_name(&run.said()).unwrap_or_else(|| klass.to_owned());
    let (arguments, described) = if let Some(number) = number {
        (json!({ "klass": klass, "external_id": number, "limit": 5 }), format!("{klass} {number}"))
    } else {
        let customer = locate::customer(run)?;
        let described = format!("{klass} of {}", facts::who(&customer.facts));
        (json!({ "klass": klass, "customer_id": customer.id, "limit": 10 }), described)
    };
    let answer = run.need("kobject_list", &arguments, &format!("the look at the '{klass}' records"))?;
    let records = facts::list(&answer, "kobjects");
    let lines: Vec<String> = records
        .iter()
        .map(|record| {
            let cite = facts::cite("kobject", record);
            format!("- **{}**: {}{cite}", facts::title(record), facts::attributes(record))
        })
        .collect();
    Ok(match lines.as_slice() {
        [] => format!("There is no {described} on this desk."),
        lines => lines.join("\n"),
    })
}

/// Looks customers up.
pub(super) fn find(run: &mut Run<'_>, query: &str) -> Play<String> {
    let exact =
        wording::email(query).is_some() || wording::external_id(query).is_some() || wording::phone(query).is_some();
    if exact {
        let found = locate::customer(run)?;
        return Ok(profile(&found.facts));
    }
    let arguments = match wording::domain(query) {
        Some(domain) => json!({ "email_domain": domain, "limit": 10 }),
        None => json!({ "query": query, "limit": 10 }),
    };
    let answer = run.need("customer_search", &arguments, "the search")?;
    let found = facts::list(&answer, "customers");
    Ok(match found {
        [] => format!("I found nobody for “{query}”."),
        [only] => profile(only),
        several => {
            let lines: Vec<String> =
                several.iter().zip(1..).map(|(one, number)| locate::candidate(number, one)).collect();
            let total = answer["total"].as_u64().map_or(several.len(), |total| total as usize);
            format!("{total} customers for “{query}”:\n\n{}", lines.join("\n"))
        }
    })
}

/// Profile and latest conversations of the customer, asked for at once.
pub(super) fn overview(run: &mut Run<'_>) -> Play<String> {
    let customer = locate::customer(run)?;
    let about = json!({ "customer_id": customer.id });
    let talks = json!({ "customer_id": customer.id, "limit": 5 });
    let (about, talks) = run.both(("customer_get", &about), ("conversation_list", &talks))?;
    let about = match about {
        Told::Done(answer) => profile(facts::customer(&answer)),
        Told::Refused(_) => "The profile was refused.".to_owned(),
        Told::Failed { message, .. } => format!("The profile could not be read: {message}"),
    };
    let talks = match talks {
        Told::Done(answer) => {
            let lines: Vec<String> = facts::list(&answer, "conversations")
                .iter()
                .map(|one| format!("- {}", facts::conversation(one)))
                .collect();
            if lines.is_empty() {
                "No conversations yet.".to_owned()
            } else {
                format!("Latest conversations:\n{}", lines.join("\n"))
            }
        }
        Told::Refused(_) => "The conversations were refused.".to_owned(),
        Told::Failed { message, .. } => format!("The conversations could not be read: {message}"),
    };
    Ok(format!("{about}\n\n{talks}"))
}

fn profile(customer: &Value) -> String {
    let details = [("Email", "emails"), ("Phone", "phones"), ("Company", "company")].into_iter();
    let details = details.filter_map(|(label, field)| match Shown::of(&customer[field]) {
        Shown::Absent => None,
        Shown::Given(value) => Some(format!("- {label}: {}", facts::gist_keeping_placeholders(&value))),
        masked @ Shown::Masked(_) => Some(format!("- {label}: {}", masked.words())),
    });
    let open = customer["open_conversations"].as_u64().or(customer["conversation_counts"]["open"].as_u64());
    let custom = Some(facts::attributes(customer)).filter(|custom| !custom.is_empty());
    let mut lines = vec![format!("**{}**{}", facts::who(customer), facts::cite("customer", customer))];
    lines.extend(details);
    lines.extend(open.map(|open| format!("- Open conversations: {open}")));
    lines.extend(custom.map(|custom| format!("- {custom}")));
    lines.join("\n")
}

/// The klasses of the desk.
pub(super) fn klasses(run: &mut Run<'_>) -> Play<String> {
    let answer = run.need("klass_list", &json!({}), "the look at the klasses")?;
    let names: Vec<String> = facts::list(&answer, "klasses")
        .iter()
        .filter_map(|klass| klass.as_str().or(klass["klass"].as_str()).or(klass["name"].as_str()))
        .map(|name| format!("- {}", facts::gist(name, 60)))
        .collect();
    Ok(if names.is_empty() {
        "This desk has no klasses.".to_owned()
    } else {
        format!("Klasses of this desk:\n{}", names.join("\n"))
    })
}

/// What this model is and can do.
pub(super) fn help(run: &Run<'_>) -> String {
    let able = [
        ("customer_search", "find customers by name, address, mail domain, number or external ID"),
        ("conversation_get", "summarize the open conversation"),
        ("conversation_list", "look through a customer's recent conversations"),
        ("customer_unmask", "ask to unmask a customer's data"),
        ("kobject_list", "look up orders and other custom objects"),
        ("conversation_add_note", "propose a private note"),
        ("draft_email", "propose a draft on any channel"),
        ("customer_update", "compare and correct a phone number"),
        ("kobject_bulk_create", "create records for a list of external IDs and watch the bulk job"),
    ];
    let lines: Vec<String> =
        able.iter().filter(|(tool, _)| run.can_have(tool)).map(|(_, what)| format!("- {what}")).collect();
    let lines =
        if lines.is_empty() { "- nothing here: no tools were offered to me".to_owned() } else { lines.join("\n") };
    format!(
        "I am a scripted model, not an AI: I recognize a handful of tasks and follow a fixed plan for each. Here I can\n{lines}\n\nWhatever changes or reveals something waits for your yes."
    )
}

/// Says plainly that the wish was not understood.
pub(super) fn unclear(run: &Run<'_>) -> String {
    format!("I did not understand that. {}", help(run))
}
