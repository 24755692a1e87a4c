//! Owns what happens to customers: making, changing, deleting them, their unmasking window and the figures that follow from
//! their conversations (Kustomer API reference 8, 20).
//!
//! Unverified in the reference and decided here: deleting is soft, leaves the children, and the record then answers 404.

use serde_json::{Value, json};

use super::{Act, Body, Mode, apply, names, satisfaction};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    times,
    world::{self, Index},
};

/// How long an unmasking window stays open: the org's data-masking setting, 24 h by default.
const WINDOW_MS: i64 = 24 * 3_600_000;

const COLORS: [&str; 6] = ["teal", "amber", "violet", "green", "blue", "rose"];
const ICONS: [&str; 6] = ["kite", "leaf", "boat", "star", "drop", "sun"];

/// Makes a customer and gives back its id.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::CUSTOMER], Purpose::Create, body)?;
    body.remove("rev");
    act.check_custom("customer", &body)?;
    let mut doc = act.new_doc(Kind::Customer, &mut body)?;
    check_unique(act, &body, &doc.id)?;
    let company = company_of(act, &mut body)?;
    act.resolve_tags(&mut body);
    let figures = json!({
        "displayColor": COLORS[doc.id.bytes().map(usize::from).sum::<usize>() % COLORS.len()],
        "displayIcon": ICONS[doc.id.bytes().map(usize::from).sum::<usize>() % ICONS.len()],
        "externalIds": [], "sharedExternalIds": [], "emails": [], "sharedEmails": [], "phones": [], "sharedPhones": [],
        "whatsapps": [], "socials": [], "sharedSocials": [], "urls": [], "locations": [], "activeUsers": [], "watchers": [],
        "recentLocation": { "updatedAt": act.now_text() }, "lastActivityAt": act.now_text(), "deleted": false,
        "lastConversation": { "tags": [], "channels": [] }, "conversationCounts": { "all": 0, "snoozed": 0, "open": 0, "done": 0 },
        "preview": {}, "tags": [], "custom": {}, "progressiveStatus": null, "verified": false,
    });
    doc.attributes.extend(figures.as_object().cloned().unwrap_or_default());
    write(&mut doc, body, company, Mode::Merge);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Changes a customer. Leaving `company` out unlinks the customer from its company (Kustomer API reference 8.2).
pub fn update(act: &mut Act, id: &str, body: Value, mode: Mode) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Customer, id).cloned().ok_or_else(|| Refusal::not_found("Customer"))?;
    let mut body = check(&[bodies::CUSTOMER], Purpose::Update, body)?;
    act.check_unlocked(id)?;
    act.spend_update(id)?;
    Act::check_rev(&doc, &mut body)?;
    act.check_custom("customer", &body)?;
    check_unique(act, &body, id)?;
    let company = company_of(act, &mut body)?;
    act.resolve_tags(&mut body);
    write(&mut doc, body, company, mode);
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

/// Deletes softly.
pub fn delete(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Customer, id).cloned().ok_or_else(|| Refusal::not_found("Customer"))?;
    act.check_unlocked(id)?;
    doc.attributes.insert("deleted".into(), true.into());
    doc.attributes.insert("deletedAt".into(), act.now_text().into());
    act.touch(&mut doc);
    act.world.put(doc);
    Ok(())
}

fn check_unique(act: &Act, body: &Body, own: &str) -> Result<(), Refusal> {
    let texts = |list: &str, field: &'static str| {
        let items = body.get(list).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(move |item| item.get(field)?.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let external = body.get("externalId").and_then(Value::as_str).map(str::to_owned);
    for external_id in external.into_iter().chain(texts("externalIds", "externalId")) {
        act.check_unique(Kind::Customer, Index::ExternalId, &external_id, own, "externalId")?;
    }
    for email in texts("emails", "email") {
        act.check_unique(Kind::Customer, Index::Email, &email.to_lowercase(), own, "emails")?;
    }
    Ok(())
}

/// The company the body links to, with its name.
fn company_of(act: &Act, body: &mut Body) -> Result<Option<(String, Value)>, Refusal> {
    let Some(Value::String(id)) = body.remove("company") else { return Ok(None) };
    let company = act.world.live(Kind::Company, &id).ok_or_else(|| Refusal::invalid("company", "no such company"))?;
    let name = company.attributes.get("name").cloned().unwrap_or(Value::Null);
    Ok(Some((id, name)))
}

fn write(doc: &mut Doc, mut body: Body, company: Option<(String, Value)>, mode: Mode) {
    doc.related.remove("company");
    doc.attributes.remove("companyName");
    if let Some((id, name)) = company {
        doc.related.insert("company".into(), (Kind::Company, id));
        doc.attributes.insert("companyName".into(), name);
    }
    for list in ["emails", "sharedEmails", "phones", "sharedPhones", "whatsapps", "externalIds", "sharedExternalIds"] {
        let items = body.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            item.entry("verified").or_insert(Value::Bool(list.contains("xternalIds")));
        }
    }
    if let Some(Value::String(id)) = body.get("externalId").cloned() {
        body.entry("externalIds").or_insert_with(|| json!([{ "externalId": id, "verified": true }]));
    }
    apply(doc, body, mode, &names(&[bodies::CUSTOMER]));
    match doc.text("name").map(str::to_owned) {
        Some(name) => {
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            doc.attributes.insert("firstName".into(), first.into());
            doc.attributes.insert("lastName".into(), last.into());
            doc.attributes.insert("displayName".into(), name.clone().into());
        }
        None => doc.attributes.retain(|name, _| !["firstName", "lastName", "displayName"].contains(&name.as_str())),
    }
}

/// Opens the unmasking window, or starts it anew.
pub fn unmask(act: &mut Act, id: &str) -> Result<(), Refusal> {
    act.world.live(Kind::Customer, id).ok_or_else(|| Refusal::not_found("Customer"))?;
    let (now, end, by) = (act.now_text(), times::iso(act.now + WINDOW_MS), act.by.clone());
    act.world.edit(Kind::Customer, id, |doc| {
        let created = doc.attributes.get("unmaskingWindow").and_then(|window| window.get("createdAt")).cloned();
        let window = json!({ "requestedBy": by, "startDate": now, "endDate": end, "createdAt": created.unwrap_or_else(|| now.clone().into()), "updatedAt": now });
        doc.attributes.insert("unmaskingWindow".into(), window);
        doc.attributes.insert("updatedAt".into(), now.into());
    });
    Ok(())
}

/// Closes the window; without one nothing changes. What stays are the two stamps, as seen in the wild.
pub fn mask(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let doc = act.world.live(Kind::Customer, id).ok_or_else(|| Refusal::not_found("Customer"))?;
    if !crate::sandbox::masking::window_is_open(doc, act.now) {
        return Ok(());
    }
    let now = act.now_text();
    act.world.edit(Kind::Customer, id, |doc| {
        let created = doc.attributes.get("unmaskingWindow").and_then(|window| window.get("createdAt")).cloned();
        doc.attributes.insert("unmaskingWindow".into(), json!({ "createdAt": created, "updatedAt": now }));
        doc.attributes.insert("updatedAt".into(), now.into());
    });
    Ok(())
}

/// Brings the figures about conversations up to date after one of them changed.
pub(super) fn recount(act: &mut Act, id: &str) {
    let count = |status: &str| {
        let conversations = act.world.found(Kind::Conversation, Index::Customer, id);
        conversations.filter(|doc| doc.text("status") == Some(status)).count()
    };
    let (open, snoozed, done) = (count("open"), count("snoozed"), count("done"));
    let status =
        [("open", open), ("snoozed", snoozed), ("done", done)].into_iter().find(|(_, n)| *n > 0).map(|(name, _)| name);
    let satisfaction = satisfaction::of(act.world.found(Kind::Conversation, Index::Customer, id));
    let now = act.now_text();
    act.world.edit(Kind::Customer, id, |doc| {
        if let Some(satisfaction) = satisfaction {
            doc.attributes.insert("satisfactionLevel".into(), satisfaction);
        }
        let counts = json!({ "all": open + snoozed + done, "open": open, "snoozed": snoozed, "done": done });
        doc.attributes.insert("conversationCounts".into(), counts);
        doc.attributes.insert("progressiveStatus".into(), status.into());
        doc.attributes.insert("updatedAt".into(), now.into());
    });
}

/// What a new message changes on the customer.
pub(super) fn heard_from(act: &mut Act, id: &str, message: &Doc, conversation: &Doc) {
    let now = act.now_text();
    let inbound = message.text("direction") == Some("in");
    let sent_at = message.attributes.get("sentAt").cloned().unwrap_or_else(|| now.clone().into());
    let of = |name: &str| message.attributes.get(name).cloned().unwrap_or(Value::Null);
    let kind = if inbound { "message_in" } else { "message_out" };
    let changes = json!({
        "preview": { "previewAt": sent_at, "type": kind, "text": of("preview"), "subject": of("subject"), "channel": of("channel") },
        "lastConversation": { "id": conversation.id, "tags": conversation.attributes.get("tags"), "channels": conversation.attributes.get("channels") },
        "lastMessageAt": sent_at, "lastActivityAt": now, "updatedAt": now,
    });
    act.world.edit(Kind::Customer, id, |doc| {
        doc.attributes.extend(changes.as_object().cloned().unwrap_or_default());
        if inbound {
            doc.attributes.insert("lastCustomerActivityAt".into(), now.into());
            doc.attributes.insert("lastMessageIn".into(), json!({ "sentAt": sent_at, "channel": of("channel") }));
            doc.attributes
                .insert("lastMessageUnrespondedTo".into(), json!({ "sentAt": sent_at, "channel": of("channel") }));
        } else {
            doc.attributes.insert("lastMessageOut".into(), json!({ "sentAt": sent_at }));
            doc.attributes.remove("lastMessageUnrespondedTo");
        }
    });
}

/// The customer that alone has this address.
pub fn by_email<'w>(world: &'w world::World, email: &str) -> Option<&'w Doc> {
    world.found(Kind::Customer, Index::Email, &email.to_lowercase()).next()
}
