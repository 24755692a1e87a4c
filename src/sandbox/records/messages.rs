//! Owns what happens to messages, and what a message does to its conversation and customer (Kustomer API reference 12).
//! Making a message records it; it never delivers anything.

use serde_json::{Value, json};

use super::{
    Act, Body, Mode, apply, attachments, conversations, conversations::Step, customers, handling, names, spam,
};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    sla::Moment,
    times,
    world::Index,
};

/// Makes a message and gives back its id. Without a conversation, but with a customer, a conversation is made for it.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::MESSAGE, bodies::MESSAGE_NEW], Purpose::Create, body)?;
    act.drop_admin_fields(&mut body);
    act.check_custom("message", &body)?;
    check_references(act, &body, "")?;
    let (customer, conversation) = target(act, &body)?;
    act.spend_creation(Kind::Message, &customer, &body)?;
    act.check_new_id(Kind::Message, &body)?;
    let conversation = match conversation {
        Some(id) => id,
        None => conversations::create(act, for_message(&body, &customer))?,
    };
    record(act, &conversation, body)
}

/// Adds a checked message to a conversation.
pub(super) fn record(act: &mut Act, conversation: &str, mut body: Body) -> Result<String, Refusal> {
    let holder =
        act.world.live(Kind::Conversation, conversation).cloned().ok_or_else(|| Refusal::not_found("Conversation"))?;
    let mut doc = act.new_doc(Kind::Message, &mut body)?;
    let customer = holder.related_id("customer").unwrap_or_default().to_owned();
    doc.related.insert("conversation".into(), (Kind::Conversation, conversation.to_owned()));
    doc.related.insert("customer".into(), (Kind::Customer, customer.clone()));
    let direction = body.get("direction").and_then(Value::as_str).unwrap_or("out").to_owned();
    let now = act.now_text();
    let defaults = json!({
        "direction": direction, "directionType": direction_type(&holder, &direction), "size": 0, "auto": false,
        "status": if direction == "in" { "received" } else { "sent" }, "sentAt": now, "redacted": false, "sentiment": {},
        "assignedTeams": holder.attributes.get("assignedTeams"), "assignedUsers": holder.attributes.get("assignedUsers"),
        "meta": {}, "reactions": [], "shortcuts": [], "intentDetections": [],
    });
    doc.attributes.extend(defaults.as_object().cloned().unwrap_or_default());
    write(act, &mut doc, body, Mode::Merge);
    if spam::is_spam(act.world, &doc) {
        doc.attributes.insert("spam".into(), true.into());
    }
    if let Some(waited) = waited(&holder, &doc) {
        doc.attributes.insert("responseTime".into(), waited.into());
        doc.attributes.insert("responseBusinessTime".into(), waited.into());
    }
    let step = Step { now: act.now, by: doc.related_id("createdBy").unwrap_or(&act.by).to_owned() };
    let moment = if direction == "in" { Moment::Inbound } else { Moment::Outbound };
    conversations::change(act, conversation, moment, |conversation| tell(conversation, &doc, &step));
    if let Some(conversation) = act.world.get(Kind::Conversation, conversation).cloned() {
        customers::heard_from(act, &customer, &doc, &conversation);
    }
    handling::record(act, &holder, &doc);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a message; it cannot change its channel, app or direction.
pub fn update(act: &mut Act, id: &str, body: Value, mode: Mode) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Message, id).cloned().ok_or_else(|| Refusal::not_found("Message"))?;
    let mut body = check(&[bodies::MESSAGE, bodies::MESSAGE_CHANGE], Purpose::Update, body)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    act.spend_update(id)?;
    act.drop_admin_fields(&mut body);
    Act::check_rev(&doc, &mut body)?;
    act.check_custom("message", &body)?;
    check_references(act, &body, id)?;
    let from = doc.related_id("conversation").unwrap_or_default().to_owned();
    let to = body.get("conversation").and_then(Value::as_str).unwrap_or(&from).to_owned();
    if from != to {
        let holder = act.world.live(Kind::Conversation, &to);
        let holder = holder.ok_or_else(|| Refusal::invalid("conversation", "no such conversation"))?;
        let customer = holder.related_id("customer").unwrap_or_default().to_owned();
        act.check_unlocked(&customer)?;
        doc.related.insert("customer".into(), (Kind::Customer, customer));
    }
    write(act, &mut doc, body, mode);
    act.touch(&mut doc);
    act.world.put(doc);
    if from != to {
        recount(act, &from);
        recount(act, &to);
    }
    Ok(())
}

/// Counts a conversation's messages anew, after one was moved in or out.
fn recount(act: &mut Act, conversation: &str) {
    let messages: Vec<&Doc> = act.world.found(Kind::Message, Index::Conversation, conversation).collect();
    let inbound = messages.iter().filter(|doc| doc.text("direction") == Some("in")).count();
    let (all, outbound) = (messages.len(), messages.len() - inbound);
    conversations::change(act, conversation, Moment::Changed, |doc| {
        for (name, count) in
            [("messageCount", all), ("inboundMessageCount", inbound), ("outboundMessageCount", outbound)]
        {
            doc.attributes.insert(name.into(), count.into());
        }
    });
}

/// Whose message it is and, if the body says so, in which conversation.
fn target(act: &Act, body: &Body) -> Result<(String, Option<String>), Refusal> {
    let named = body.get("customer").and_then(Value::as_str);
    let Some(id) = body.get("conversation").and_then(Value::as_str) else {
        let customer = named.ok_or_else(|| Refusal::invalid("conversation", "is required"))?;
        act.check_customer(customer)?;
        return Ok((customer.to_owned(), None));
    };
    let conversation = act.world.live(Kind::Conversation, id);
    let conversation = conversation.ok_or_else(|| Refusal::invalid("conversation", "no such conversation"))?;
    let customer = conversation.related_id("customer").unwrap_or_default();
    if named.is_some_and(|named| named != customer) {
        return Err(Refusal::invalid("customer", "the conversation belongs to another customer"));
    }
    act.check_unlocked(customer)?;
    Ok((customer.to_owned(), Some(id.to_owned())))
}

/// How long the customer waited for this answer, in milliseconds; none when it answers nothing or nobody wrote it.
fn waited(conversation: &Doc, message: &Doc) -> Option<i64> {
    let is_answer =
        message.text("direction") == Some("out") && message.attributes.get("auto") != Some(&Value::Bool(true));
    let since = conversation.attributes.get("lastMessageUnrespondedTo").filter(|_| is_answer)?.get("sentAt")?;
    Some((message.text("sentAt").and_then(times::parse)? - times::parse(since.as_str()?)?).max(0))
}

fn for_message(body: &Body, customer: &str) -> Value {
    let mut conversation =
        json!({ "customer": customer, "direction": body.get("direction").cloned().unwrap_or_else(|| "out".into()) });
    if let Some(subject) = body.get("subject") {
        conversation["name"] = subject.clone();
    }
    if let Some(imported) = body.get("importedAt") {
        conversation["importedAt"] = imported.clone();
    }
    conversation
}

fn direction_type(conversation: &Doc, direction: &str) -> String {
    let kind = match conversation.text("lastMessageDirection") {
        None => "initial",
        Some(last) if last == direction => "followup",
        Some(_) => "response",
    };
    format!("{kind}-{direction}")
}

/// What a message points at must be there, and its external id its own.
fn check_references(act: &Act, body: &Body, own: &str) -> Result<(), Refusal> {
    if let Some(external) = body.get("externalId").and_then(Value::as_str) {
        act.check_unique(Kind::Message, Index::ExternalId, external, own, "externalId")?;
    }
    attachments::check_named(act, body)?;
    act.check_all(Kind::Shortcut, body, "shortcuts")?;
    let answered = body.get("reference").and_then(|reference| reference.get("message")).and_then(Value::as_str);
    if answered.is_some_and(|id| act.world.live(Kind::Message, id).is_none()) {
        return Err(Refusal::invalid("reference/message", "no such message"));
    }
    Ok(())
}

fn write(act: &mut Act, doc: &mut Doc, mut body: Body, mode: Mode) {
    if let Some(Value::String(id)) = body.remove("conversation") {
        doc.related.insert("conversation".into(), (Kind::Conversation, id));
    }
    body.remove("customer");
    attachments::take_named(act, doc, &mut body);
    for name in ["createdBy", "modifiedBy"] {
        if let Some(Value::String(id)) = body.remove(name) {
            doc.related.insert(name.into(), (Kind::User, id));
        }
    }
    apply(doc, body, mode, &names(&[bodies::MESSAGE]));
}

/// What a new message changes on its conversation (Kustomer API reference 10.4, 12.3).
fn tell(conversation: &mut Doc, message: &Doc, step: &Step) {
    let now = times::iso(step.now);
    let inbound = message.text("direction") == Some("in");
    let of = |name: &str| message.attributes.get(name).cloned().unwrap_or(Value::Null);
    for name in ["messageCount", if inbound { "inboundMessageCount" } else { "outboundMessageCount" }] {
        let count = conversation.attributes.get(name).and_then(Value::as_i64).unwrap_or(0);
        conversation.attributes.insert(name.into(), (count + 1).into());
    }
    let mut channels = conversation.attributes.get("channels").and_then(Value::as_array).cloned().unwrap_or_default();
    if !channels.contains(&of("channel")) {
        channels.push(of("channel"));
    }
    let mark = json!({ "id": message.id, "sentAt": of("sentAt"), "createdAt": of("createdAt"), "directionType": of("directionType"), "channel": of("channel") });
    let side = if inbound { "In" } else { "Out" };
    let answers = !inbound && conversation.attributes.contains_key("lastMessageUnrespondedTo");
    let figures = &mut conversation.attributes;
    figures.insert("channels".into(), channels.into());
    if of("spam") == Value::Bool(true) && !figures.contains_key("firstMessageIn") {
        figures.insert("spam".into(), true.into());
    }
    figures.entry(format!("firstMessage{side}")).or_insert_with(|| mark.clone());
    figures.insert(format!("lastMessage{side}"), mark.clone());
    figures.insert("lastMessageAt".into(), of("sentAt"));
    figures.insert("lastMessageDirection".into(), of("direction"));
    figures.insert("lastActivityAt".into(), now.clone().into());
    figures.insert("preview".into(), of("preview"));
    if inbound {
        figures.insert("lastReceivedAt".into(), now.into());
        figures
            .entry("lastMessageUnrespondedTo")
            .or_insert_with(|| json!({ "id": message.id, "sentAt": of("sentAt"), "createdAt": of("createdAt") }));
    } else {
        figures.remove("lastMessageUnrespondedTo");
    }
    if answers {
        let response = json!({ "id": message.id, "createdAt": of("createdAt"), "sentAt": of("sentAt"), "createdBy": step.by, "createdByTeams": [],
            "time": of("responseTime"), "businessTime": of("responseBusinessTime"), "responseTime": of("responseTime") });
        figures.entry("firstResponse").or_insert_with(|| response.clone());
        figures.insert("lastResponse".into(), response);
    }
    let before = conversation.text("status").unwrap_or_default().to_owned();
    if inbound && before != "open" {
        conversation.attributes.insert("status".into(), "open".into());
        conversations::follow_status(conversation, &before, step);
    }
}
