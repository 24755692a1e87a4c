//! Owns the investigation of one customer: details, recent conversations, records of a klass, a private note with what was
//! found. Does not find the customer (`locate`).
//!
//! Invariant: a note with personal data is proposed only after the unmasking it needs was allowed; a conversation that only
//! stood in a list is read before it is summarised.

use serde_json::{Value, json};

use super::{
    facts::{self, Shown},
    locate::{self, Found},
    run::{Play, Run, Told, because, say},
};
use crate::sandbox::model::intent::{Detail, Wish};

/// Words that say a conversation was about a delivery, in the languages customers write in.
const DELIVERY: [&str; 27] = [
    "order",
    "parcel",
    "package",
    "deliver",
    "tracking",
    "arriv",
    "bestellung",
    "paket",
    "liefer",
    "commande",
    "colis",
    "pedido",
    "paquete",
    "ordine",
    "pacco",
    "bestelling",
    "pakket",
    "zamówieni",
    "paczk",
    "sipariş",
    "kargo",
    "الطلب",
    "ההזמנה",
    "注文",
    "荷物",
    "订单",
    "ऑर्डर",
];

/// Earlier conversations about the matter that are named.
const SHOWN: usize = 4;

/// What was found out.
struct Findings {
    customer: Found,
    profile: Option<Value>,
    conversations: Vec<Value>,
    records: Vec<Value>,
    active: Option<String>,
    /// Whether the conversations are rows of a list whose detail was not read.
    sparse: bool,
}

/// Finds out what the wish asks for, leaves the note if it asks for one, and tells the person.
pub(super) fn play(run: &mut Run<'_>, wish: &Wish) -> Play<String> {
    let customer = locate::customer(run)?;
    let profile = profile(run, wish, &customer)?;
    let (conversations, sparse) = conversations(run, wish, &customer)?;
    let records = records(run, wish, &customer)?;
    let active = active(run, &conversations);
    let mut found = Findings { customer, profile, conversations, records, active, sparse };
    found.read_through(run, wish)?;
    if wish.note {
        note(run, wish, &found)
    } else {
        let cite = facts::cite("customer", found.subject());
        Ok(format!("**{}**{cite}\n\n{}", facts::who(found.subject()), body(wish, &found)))
    }
}

impl Findings {
    /// The fullest view of the customer.
    fn subject(&self) -> &Value {
        self.profile.as_ref().unwrap_or(&self.customer.facts)
    }

    /// Reads what will be summarised and was only listed. What cannot be read stays as it was listed.
    fn read_through(&mut self, run: &mut Run<'_>, wish: &Wish) -> Play<()> {
        if !self.sparse || !run.offers("conversation_get") {
            return Ok(());
        }
        let ids: Vec<Value> = if wish.history {
            self.earlier().iter().take(SHOWN).map(|one| one["id"].clone()).collect()
        } else if wish.conversations.is_some() {
            self.conversations.iter().map(|one| one["id"].clone()).collect()
        } else {
            Vec::new()
        };
        let arguments: Vec<Value> = ids.iter().map(|id| json!({ "conversation_id": id })).collect();
        for told in run.each("conversation_get", &arguments)? {
            let Told::Done(answer) = told else { continue };
            let read = &answer["conversation"];
            if let Some(row) = self.conversations.iter_mut().find(|row| row["id"] == read["id"]) {
                *row = read.clone();
            }
        }
        Ok(())
    }

    fn past(&self) -> impl Iterator<Item = &Value> {
        self.conversations.iter().filter(|one| one["id"].as_str() != self.active.as_deref())
    }

    /// The record the matter is most likely about: one named in the active conversation, else one still under way, else the
    /// latest.
    fn record(&self) -> Option<&Value> {
        let active = self.conversations.iter().find(|one| one["id"].as_str() == self.active.as_deref());
        let words = active.map(facts::haystack).unwrap_or_default();
        let named = self
            .records
            .iter()
            .find(|record| record["external_id"].as_str().is_some_and(|id| id.len() > 2 && words.contains(id)));
        let settled = ["delivered", "returned", "cancelled", "refunded", "resolved"];
        let open = |record: &&Value| {
            !settled
                .iter()
                .any(|status| record["custom"].as_object().into_iter().flatten().any(|(_, value)| value == status))
        };
        named.or_else(|| facts::newest(self.records.iter().filter(open))).or_else(|| facts::newest(&self.records))
    }

    /// Earlier conversations about the same record or about a delivery.
    fn earlier(&self) -> Vec<&Value> {
        let number = self.record().and_then(|record| record["external_id"].as_str());
        self.past()
            .filter(|one| {
                let words = facts::haystack(one);
                number.is_some_and(|number| words.contains(number)) || DELIVERY.iter().any(|word| words.contains(word))
            })
            .collect()
    }
}

/// The profile with the details wanted, in the clear as far as that was allowed; nothing when none is wanted, or when the
/// person, after refusing, agreed to go on without.
fn profile(run: &mut Run<'_>, wish: &Wish, customer: &Found) -> Play<Option<Value>> {
    if wish.details.is_empty() {
        return Ok(None);
    }
    if wish.details.contains(&Detail::Unmasked) {
        return unmasked(run, wish, customer);
    }
    let answer = read(run, customer)?;
    let hidden = shown(wish, facts::customer(&answer)).iter().any(|(_, shown)| shown.is_masked());
    if hidden && run.offers("customer_unmask") {
        unmasked(run, wish, customer)
    } else {
        Ok(Some(facts::customer(&answer).clone()))
    }
}

fn read(run: &mut Run<'_>, customer: &Found) -> Play<Value> {
    run.need("customer_get", &json!({ "customer_id": customer.id }), "the look at the profile")
}

fn unmasked(run: &mut Run<'_>, wish: &Wish, customer: &Found) -> Play<Option<Value>> {
    let details: Vec<&str> = wanted(wish).into_iter().map(|(label, _)| label).collect();
    let matter = wish.matter.unwrap_or("a request on the open conversation");
    let reason = format!("{} needed to handle {matter}", listed(&details));
    match run.act("customer_unmask", &json!({ "customer_id": customer.id, "reason": reason }))? {
        Told::Done(_) => read(run, customer).map(|answer| Some(facts::customer(&answer).clone())),
        Told::Refused(_) if run.agreed() => Ok(None),
        Told::Refused(why) => say(format!(
            "You refused to unmask {}{}. So I have not read {}, and I have written no note.\n\nWithout unmasking I can still summarize the recent conversations and leave a note that holds no personal data. Shall I?",
            facts::who(&customer.facts),
            because(&why),
            listed(&details).to_lowercase(),
        )),
        Told::Failed { message, .. } => {
            say(format!("The data could not be unmasked: {message} I have written no note."))
        }
    }
}

fn conversations(run: &mut Run<'_>, wish: &Wish, customer: &Found) -> Play<(Vec<Value>, bool)> {
    let on_screen = run.context().text("conversation", "id").is_some();
    let limit = match wish.conversations {
        Some(limit) if wish.history => limit.max(10),
        Some(limit) => limit,
        None if wish.history || (wish.note && !on_screen) => 10,
        None => return Ok((Vec::new(), false)),
    };
    let arguments = json!({ "customer_id": customer.id, "limit": limit });
    let answer = run.need("conversation_list", &arguments, "the look at the recent conversations")?;
    let rows = facts::list(&answer, "conversations").iter().take(limit).cloned().collect();
    Ok((rows, answer["sparse"] == true))
}

fn records(run: &mut Run<'_>, wish: &Wish, customer: &Found) -> Play<Vec<Value>> {
    let Some(klass) = &wish.klass else {
        return Ok(Vec::new());
    };
    let arguments = json!({ "klass": klass, "customer_id": customer.id, "limit": 10 });
    let answer = run.need("kobject_list", &arguments, &format!("the look at the '{klass}' records"))?;
    Ok(facts::list(&answer, "kobjects").to_vec())
}

/// The conversation a note goes to: the one on screen, unless the person speaks of the customer's active one and another
/// customer's is on screen; then their latest open one.
fn active(run: &Run<'_>, conversations: &[Value]) -> Option<String> {
    let shown = run.context().text("conversation", "id");
    let theirs = shown.filter(|id| conversations.iter().any(|one| one["id"] == *id));
    let open =
        || facts::newest(conversations.iter().filter(|one| one["status"] == "open")).and_then(|one| one["id"].as_str());
    let active = run.said().to_ascii_lowercase().contains("active");
    let chosen = if active || shown.is_none() { theirs.or_else(open) } else { shown };
    chosen.map(str::to_owned)
}

fn note(run: &mut Run<'_>, wish: &Wish, found: &Findings) -> Play<String> {
    let name = facts::who(found.subject());
    let summary = body(wish, found);
    let Some(conversation) = &found.active else {
        return Ok(format!("{name} has no open conversation, so I have not left a note. What I found:\n\n{summary}"));
    };
    let heading = wish.matter.map_or_else(|| "Findings".to_owned(), |matter| format!("About {matter}"));
    let text = format!("{heading}\nCustomer: {name}\n\n{summary}\n\nCollected by the assistant.");
    match run.act("conversation_add_note", &json!({ "conversation_id": conversation, "body": text }))? {
        Told::Done(_) => Ok(format!("Done. The private note is on the conversation of **{name}**.\n\n{summary}")),
        Told::Refused(reason) => Ok(format!(
            "You refused the note{}, so the conversation is unchanged. For your eyes, what it would have held:\n\n{summary}\n\nTo have another one, say “add a note: …” with your words.",
            because(&reason)
        )),
        Told::Failed { message, .. } => {
            Ok(format!("The note could not be written: {message} What it would have held:\n\n{summary}"))
        }
    }
}

/// What was found, as lines of a note.
fn body(wish: &Wish, found: &Findings) -> String {
    let mut parts = Vec::new();
    if found.profile.is_some() {
        parts.push(
            shown(wish, found.subject())
                .iter()
                .map(|(label, shown)| format!("{label}: {}", shown.words()))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    if let Some(klass) = &wish.klass {
        parts.push(record_lines(klass, found));
    }
    if wish.history {
        parts.push(history_lines(found));
    } else if wish.conversations.is_some() {
        let lines: Vec<String> = found
            .conversations
            .iter()
            .zip(1..)
            .map(|(one, number)| format!("{number}. {}", facts::conversation(one)))
            .collect();
        parts.push(match lines.as_slice() {
            [] => "They have no conversations yet.".to_owned(),
            lines => format!("Last {} conversation{}:\n{}", lines.len(), plural(lines.len()), lines.join("\n")),
        });
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn record_lines(klass: &str, found: &Findings) -> String {
    let klass = klass.replace('_', " ");
    let Some(record) = found.record() else {
        return format!("No {klass} is on file for them.");
    };
    let others: Vec<String> = found.records.iter().filter(|other| *other != record).map(facts::title).collect();
    let others = if others.is_empty() { String::new() } else { format!("\nAlso on file: {}", others.join(", ")) };
    let cite = facts::cite("kobject", record);
    format!("{}: {}{cite}{others}", facts::title(record), facts::attributes(record))
}

fn history_lines(found: &Findings) -> String {
    let earlier = found.earlier();
    let lines: Vec<String> = earlier.iter().take(SHOWN).map(|one| format!("- {}", facts::conversation(one))).collect();
    match lines.len() {
        0 => format!(
            "Asked before: no, nothing about it in their {} other recent conversation{}.",
            found.past().count(),
            plural(found.past().count())
        ),
        _ => format!(
            "Asked before: yes, in {} earlier conversation{}.\n{}",
            earlier.len(),
            plural(earlier.len()),
            lines.join("\n")
        ),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// How a detail is read out of a customer.
type Reader = fn(&Value) -> Shown;

/// The details wanted, with how to read each; phone, email and billing id when only "unmask" was said.
fn wanted(wish: &Wish) -> Vec<(&'static str, Reader)> {
    let all: [(Detail, &'static str, Reader); 3] = [
        (Detail::Phone, "Phone", |customer| Shown::of(&customer["phones"])),
        (Detail::Email, "Email", |customer| Shown::of(&customer["emails"])),
        (Detail::BillingId, "External billing ID", facts::billing_id),
    ];
    let any = all.iter().any(|(detail, ..)| wish.details.contains(detail));
    all.into_iter()
        .filter(|(detail, ..)| !any || wish.details.contains(detail))
        .map(|(_, label, read)| (label, read))
        .collect()
}

fn shown(wish: &Wish, customer: &Value) -> Vec<(&'static str, Shown)> {
    wanted(wish).into_iter().map(|(label, read)| (label, read(customer))).collect()
}

/// "A", "A and B", "A, B and C".
fn listed(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
