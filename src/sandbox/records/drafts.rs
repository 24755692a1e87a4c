//! Owns what happens to drafts: making, changing, deleting, and sending those that are scheduled and due (Kustomer API
//! reference 14). A plain draft stays a draft.
//!
//! Unverified in the reference and decided here: there is no other way to send; a scheduled draft still shows `draft` as
//! its status; a time is a date-time, never an expression; a draft without a conversation opens one when it is sent; mail to
//! an address at [`BOUNCING`] cannot be delivered; a `WhatsApp` draft counts against its user's budget when it is made.

use serde_json::{Map, Value, json};

use super::{Act, Body, Mode, apply, attachments, conversations, messages};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{self, Purpose, check, drafts},
    world::Index,
};

/// A domain no mail arrives at, to have a delivery fail on demand.
pub const BOUNCING: &str = "bounce.example";

/// Makes a draft for a customer and gives back its id.
pub fn create(act: &mut Act, customer: &str, body: Value) -> Result<String, Refusal> {
    act.world.live(Kind::Customer, customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let mut body = check(&drafts::parts(&body, Purpose::Create)?, Purpose::Create, body)?;
    act.check_unlocked(customer)?;
    check_references(act, customer, &body, "")?;
    let is_whatsapp = body.get("channel").is_some_and(|channel| channel == "whatsapp");
    if is_whatsapp && ["body", "meta", "attachments"].iter().all(|name| !body.contains_key(*name)) {
        return Err(Refusal::invalid("body", "is required unless a file is sent"));
    }
    act.spend_creation(Kind::Draft, customer, &body)?;
    if is_whatsapp {
        act.spend_whatsapp()?;
    }
    let is_scheduled = body.get("scheduled") == Some(&Value::Bool(true));
    let is_later = body.get("sendAt").is_some_and(|at| at.as_str().is_some_and(|at| !at.is_empty()));
    if !(is_scheduled && is_later) {
        body.remove("sendAt");
        body.remove("scheduled");
    }
    let mut doc = act.new_doc(Kind::Draft, &mut body)?;
    doc.attributes.insert("status".into(), "draft".into());
    doc.related.insert("customer".into(), (Kind::Customer, customer.to_owned()));
    write(act, &mut doc, body);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a draft: a time schedules it, an empty or null one unschedules it, none leaves it.
pub fn update(act: &mut Act, id: &str, body: Value) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Draft, id).cloned().ok_or_else(|| Refusal::not_found("Draft"))?;
    let mut body = check(&drafts::parts(&body, Purpose::Update)?, Purpose::Update, body)?;
    if body.get("channel") != doc.attributes.get("channel") {
        return Err(Refusal::invalid("channel", "is not the channel of this draft"));
    }
    let customer = doc.related_id("customer").unwrap_or_default().to_owned();
    act.check_unlocked(&customer)?;
    check_references(act, &customer, &body, id)?;
    match body.remove("sendAt") {
        Some(Value::String(at)) if !at.is_empty() => {
            body.insert("sendAt".into(), at.into());
            body.insert("scheduled".into(), true.into());
        }
        Some(_) => {
            body.insert("sendAt".into(), Value::Null);
            body.insert("scheduled".into(), Value::Null);
        }
        None => {}
    }
    write(act, &mut doc, body);
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

/// Deletes for good, with the files it carries; gives back their ids, so that the store forgets their bytes too.
pub fn delete(act: &mut Act, id: &str) -> Result<Vec<String>, Refusal> {
    let doc = act.world.live(Kind::Draft, id).ok_or_else(|| Refusal::not_found("Draft"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    let files: Vec<String> = attachments::of(doc).map(str::to_owned).collect();
    act.world.remove(Kind::Draft, id);
    for file in &files {
        act.world.remove(Kind::Attachment, file);
    }
    Ok(files)
}

/// A scheduled draft is due: an `out` message of its author takes its place, or a note where it was one.
pub fn send(act: &mut Act, id: &str) {
    let Some(draft) = act.world.remove(Kind::Draft, id) else { return };
    if let Some(author) = draft.related_id("createdBy") {
        author.clone_into(&mut act.by);
    }
    let customer = draft.related_id("customer").unwrap_or_default().to_owned();
    let opened = match draft.related_id("conversation") {
        Some(conversation) => Ok(conversation.to_owned()),
        None => conversations::create(act, json!({ "customer": customer, "direction": "out" })),
    };
    let Ok(conversation) = opened else { return };
    if draft.text("channel") == Some("note") {
        let mut note = json!({ "conversation": conversation, "body": draft.text("body").unwrap_or_default() });
        if let Some(mentions) = draft.attributes.get("userMentions") {
            note["userMentions"] = mentions.clone();
        }
        // The note may only fail for a locked customer: then it is lost with the draft, as the reference says nothing else.
        let _ = super::notes::create(act, note);
        return;
    }
    let mut message = message_of(&draft);
    if bounces(&draft) {
        message.extend(failure(&act.now_text()));
    }
    let _ = messages::record(act, &conversation, message);
}

/// Whether one of the recipients cannot be reached.
pub(super) fn bounces(doc: &Doc) -> bool {
    let is_lost = |address: &Value| {
        let address = address.get("email").unwrap_or(address).as_str().unwrap_or_default();
        address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(BOUNCING))
    };
    match doc.attributes.get("to") {
        Some(Value::Array(addresses)) => addresses.iter().any(is_lost),
        Some(address) => is_lost(address),
        None => false,
    }
}

/// What an undelivered message says (Kustomer API reference 14.2): here `status` is a number, as captured (3).
fn failure(now: &str) -> Body {
    let error = json!({
        "status": 400, "code": "InactiveRecipient", "title": "Delivery failed",
        "meta": { "reason": "the recipient's address rejects mail" },
    });
    [("status", "error".into()), ("error", error), ("errorAt", now.into())]
        .into_iter()
        .map(|(name, value): (&str, Value)| (name.to_owned(), value))
        .collect()
}

fn message_of(draft: &Doc) -> Body {
    let of = |name: &str| draft.attributes.get(name).cloned();
    let address = |value: Value| match value {
        Value::Object(one) => json!([one]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    };
    let from = of("from").map(|from| from.get("email").cloned().unwrap_or(from));
    let meta: Map<String, Value> = [
        ("to", of("to").map(address)),
        ("cc", of("cc")),
        ("bcc", of("bcc")),
        ("from", from),
        ("subject", of("subject")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .chain(of("meta").and_then(|meta| meta.as_object().cloned()).unwrap_or_default())
    .collect();
    let fields = [
        ("channel", of("channel")),
        ("app", of("app").or_else(|| of("channel"))),
        ("direction", Some("out".into())),
        ("preview", of("body").or_else(|| interactive_text(draft))),
        ("subject", of("subject")),
        ("shortcuts", of("shortcuts")),
        ("auto", of("auto")),
        ("source", of("source")),
        ("lang", of("lang").filter(Value::is_string)),
        ("kbArticles", of("kbArticles")),
        ("attachments", draft.hidden.get("attachments").cloned()),
        ("meta", Some(meta.into())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// An interactive message has its words deeper down.
fn interactive_text(draft: &Doc) -> Option<Value> {
    draft.attributes.get("meta")?.pointer("/interactive/body/text").cloned()
}

/// What a draft points at must be there; on `WhatsApp` its files must be of a kind that goes out.
fn check_references(act: &Act, customer: &str, body: &Body, own: &str) -> Result<(), Refusal> {
    attachments::check_named(act, body)?;
    act.check_all(Kind::Shortcut, body, "shortcuts")?;
    if body.get("channel").is_some_and(|channel| channel == "whatsapp") {
        let files = body.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for doc in files.filter_map(|id| act.world.live(Kind::Attachment, id)) {
            schema::attachments::check_whatsapp(doc.text("name").unwrap_or_default())?;
        }
    }
    check_conversation(act, customer, body, own)
}

fn check_conversation(act: &Act, customer: &str, body: &Body, own: &str) -> Result<(), Refusal> {
    let Some(id) = body.get("conversation").and_then(Value::as_str) else { return Ok(()) };
    match act.world.live(Kind::Conversation, id) {
        None => Err(Refusal::invalid("conversation", "no such conversation")),
        Some(doc) if doc.related_id("customer") != Some(customer) => {
            Err(Refusal::invalid("conversation", "belongs to another customer"))
        }
        Some(_) if body.get("channel").and_then(Value::as_str) == Some("note") => {
            let mut others = act.world.found(Kind::Draft, Index::Conversation, id);
            if others.any(|doc| doc.id != own && doc.text("channel") == Some("note")) {
                return Err(Refusal::conflict("the conversation already has a note draft"));
            }
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

fn write(act: &mut Act, doc: &mut Doc, mut body: Body) {
    if let Some(Value::String(id)) = body.remove("conversation") {
        doc.related.insert("conversation".into(), (Kind::Conversation, id));
    }
    body.remove("customer");
    attachments::take_named(act, doc, &mut body);
    apply(doc, body, Mode::Merge, &[]);
}
