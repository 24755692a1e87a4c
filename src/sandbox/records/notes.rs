//! Owns what happens to notes: internal words on a conversation (Kustomer API reference 13).

use serde_json::{Value, json};

use super::{Act, Body, Mode, apply, attachments, conversations, names};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    sla::Moment,
    world::{Index, is_deleted},
};

/// Makes a note and gives back its id.
pub fn create(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::NOTE, bodies::NOTE_NEW], Purpose::Create, body)?;
    act.drop_admin_fields(&mut body);
    let conversation = conversations::text_of(&mut body, "conversation");
    let holder = act.world.live(Kind::Conversation, &conversation);
    let holder = holder.ok_or_else(|| Refusal::invalid("conversation", "no such conversation"))?;
    let customer = holder.related_id("customer").unwrap_or_default().to_owned();
    act.check_unlocked(&customer)?;
    act.spend_creation(Kind::Note, &customer, &body)?;
    check_references(act, &body, "")?;
    let mut doc = act.new_doc(Kind::Note, &mut body)?;
    doc.related.insert("conversation".into(), (Kind::Conversation, conversation.clone()));
    doc.related.insert("customer".into(), (Kind::Customer, customer));
    doc.attributes.insert("createdByTeams".into(), json!([]));
    doc.attributes.insert("deleted".into(), false.into());
    write(act, &mut doc, body, Mode::Merge);
    let id = doc.id.clone();
    act.world.put(doc);
    recount(act, &conversation);
    Ok(id)
}

/// Counts a conversation's notes anew.
fn recount(act: &mut Act, conversation: &str) {
    let count = act.world.found(Kind::Note, Index::Conversation, conversation).count();
    conversations::change(act, conversation, Moment::Changed, |doc| {
        doc.attributes.insert("noteCount".into(), count.into());
    });
}

/// Writes a changed note back; one that was deleted or restored by the change counts anew.
fn put(act: &mut Act, mut doc: Doc) {
    let was_deleted = act.world.get(Kind::Note, &doc.id).is_some_and(is_deleted);
    let is_deleted = is_deleted(&doc);
    if is_deleted && !was_deleted {
        doc.attributes.insert("deletedAt".into(), act.now_text().into());
        doc.related.insert("deletedBy".into(), (Kind::User, act.by.clone()));
    } else if was_deleted && !is_deleted {
        doc.attributes.remove("deletedAt");
        doc.related.remove("deletedBy");
    }
    act.touch(&mut doc);
    let conversation = doc.related_id("conversation").unwrap_or_default().to_owned();
    act.world.put(doc);
    if was_deleted != is_deleted {
        recount(act, &conversation);
    }
}

/// Changes a note.
pub fn update(act: &mut Act, id: &str, body: Value, mode: Mode) -> Result<(), Refusal> {
    let mut doc = act.writable(Kind::Note, id, &body).cloned().ok_or_else(|| Refusal::not_found("Note"))?;
    let mut body = check(&[bodies::NOTE, bodies::NOTE_CHANGE], Purpose::Update, body)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    act.spend_update(id)?;
    act.drop_admin_fields(&mut body);
    check_references(act, &body, id)?;
    write(act, &mut doc, body, mode);
    put(act, doc);
    Ok(())
}

/// Deletes softly.
pub fn delete(act: &mut Act, id: &str) -> Result<(), Refusal> {
    let mut doc = act.world.live(Kind::Note, id).cloned().ok_or_else(|| Refusal::not_found("Note"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    doc.attributes.insert("deleted".into(), true.into());
    put(act, doc);
    Ok(())
}

/// Everybody a note mentions must be there, and its external id its own.
fn check_references(act: &Act, body: &Body, own: &str) -> Result<(), Refusal> {
    if let Some(external) = body.get("externalId").and_then(Value::as_str) {
        act.check_unique(Kind::Note, Index::ExternalId, external, own, "externalId")?;
    }
    let mentions = body.get("userMentions").and_then(Value::as_array).into_iter().flatten();
    for (index, mention) in mentions.enumerate() {
        let is_known = [("user", Kind::User), ("team", Kind::Team)].into_iter().any(|(name, kind)| {
            mention.get(name).and_then(Value::as_str).is_some_and(|id| act.world.live(kind, id).is_some())
        });
        if !is_known {
            return Err(Refusal::invalid(format!("userMentions/{index}"), "no such user or team"));
        }
    }
    attachments::check_named(act, body)
}

/// Mentions are answered as a relationship, not as an attribute.
fn write(act: &mut Act, doc: &mut Doc, mut body: Body, mode: Mode) {
    attachments::take_named(act, doc, &mut body);
    if let Some(Value::Array(mentions)) = body.remove("userMentions") {
        let data = |mention: &Value| {
            let (kind, id) = mention.as_object()?.iter().next()?;
            Some(json!({ "type": kind, "id": id }))
        };
        doc.hidden.insert("userMentions".into(), mentions.iter().filter_map(data).collect());
    }
    for name in ["conversation", "createdBy", "modifiedBy"] {
        body.remove(name);
    }
    apply(doc, body, mode, &names(&[bodies::NOTE]));
}
