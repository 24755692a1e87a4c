//! Owns attachments and media as records: announcing a file, tying it to the message, note, draft or forward that carries
//! it, redacting it (Kustomer API reference 16). The bytes are the store's (`files`, `uploads`).
//!
//! Invariant: the holder's hidden `attachments` is the list of ids it carries, and each of them points back at its holder.

use serde_json::{Value, json};

use super::{Act, Body};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    schema::{Purpose, attachments as schema, check},
};

/// The most files of one record. The reference names none; this is ours.
const MOST: usize = 100;

/// Announces a file and gives back the record's id.
pub fn announce(act: &mut Act, kind: Kind, body: Value) -> Result<String, Refusal> {
    let body = check(&[schema::NEW], Purpose::Create, body)?;
    if kind == Kind::Media {
        schema::check_media(body.get("name").and_then(Value::as_str).unwrap_or_default())?;
    }
    let mut doc = blank(act, kind, None);
    doc.attributes.extend(body);
    let id = doc.id.clone();
    act.world.put(doc);
    Ok(id)
}

/// Announces a file of a draft or a forward, which then carries it.
pub fn announce_for(act: &mut Act, holder: (Kind, &str), body: Value) -> Result<String, Refusal> {
    let (kind, id) = holder;
    let mut doc = act.world.live(kind, id).cloned().ok_or_else(|| Refusal::not_found("Draft or forward"))?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    let body = check(&[schema::NEW], Purpose::Create, body)?;
    if doc.text("channel") == Some("whatsapp") {
        schema::check_whatsapp(body.get("name").and_then(Value::as_str).unwrap_or_default())?;
    }
    if of(&doc).count() >= MOST {
        return Err(Refusal::bad_request(format!("A record carries at most {MOST} attachments.")));
    }
    let mut attachment = blank(act, Kind::Attachment, None);
    attachment.attributes.extend(body);
    let attachment_id = attachment.id.clone();
    act.world.put(attachment);
    let mut ids: Vec<String> = of(&doc).map(str::to_owned).collect();
    ids.push(attachment_id.clone());
    tie(act, &mut doc, ids);
    act.world.put(doc);
    Ok(attachment_id)
}

/// Changes what is said about a file, or makes the record with that id (an upsert, Kustomer API reference 16).
pub fn update(act: &mut Act, kind: Kind, id: &str, body: Value) -> Result<(), Refusal> {
    let known = act.world.live(kind, id).cloned();
    let (part, purpose) =
        if known.is_some() { (schema::CHANGE, Purpose::Update) } else { (schema::NEW, Purpose::Create) };
    let body = check(&[part], purpose, body)?;
    if !mint::is_id(id) {
        return Err(Refusal::not_found("Attachment"));
    }
    if kind == Kind::Media
        && let Some(name) = body.get("name").and_then(Value::as_str)
    {
        schema::check_media(name)?;
    }
    let mut doc = match known {
        Some(doc) => doc,
        None => blank(act, kind, Some(id)),
    };
    doc.attributes.extend(body);
    doc.attributes.insert("updatedAt".into(), act.now_text().into());
    act.world.put(doc);
    Ok(())
}

/// Takes a file away from the draft or forward that carries it.
pub fn remove(act: &mut Act, holder: (Kind, &str), id: &str) -> Result<(), Refusal> {
    let missing = || Refusal::not_found("Attachment");
    let mut doc = act.world.live(holder.0, holder.1).cloned().ok_or_else(missing)?;
    act.check_unlocked(doc.related_id("customer").unwrap_or_default())?;
    let ids: Vec<String> = of(&doc).filter(|known| *known != id).map(str::to_owned).collect();
    if ids.len() == of(&doc).count() {
        return Err(missing());
    }
    doc.hidden.insert("attachments".into(), ids.into());
    act.world.put(doc);
    act.world.remove(Kind::Attachment, id);
    Ok(())
}

/// Takes a file's name and content away for good. The caller makes the store forget the bytes.
pub fn redact(act: &mut Act, id: &str) {
    let now = act.now_text();
    act.world.rewrite(Kind::Attachment, id, |doc| {
        doc.hidden.remove("sample");
        doc.attributes.extend([
            ("name".to_owned(), "redacted".into()),
            ("contentLength".to_owned(), 0.into()),
            ("uploaded".to_owned(), false.into()),
            ("redacted".to_owned(), true.into()),
            ("updatedAt".to_owned(), now.into()),
        ]);
    });
}

/// The ids of the files a record carries.
pub fn of(doc: &Doc) -> impl Iterator<Item = &str> {
    doc.hidden.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Checks the files a body names, before anything changes: an id must be known, a whole item may be new.
pub(super) fn check_named(act: &Act, body: &Body) -> Result<(), Refusal> {
    let items = body.get("attachments").and_then(Value::as_array).into_iter().flatten();
    for (index, item) in items.enumerate() {
        if let Some(id) = item.as_str()
            && act.world.live(Kind::Attachment, id).is_none()
        {
            return Err(Refusal::invalid(format!("attachments/{index}"), "no such attachment"));
        }
    }
    Ok(())
}

/// Ties the files a checked body names to their holder and takes them out of the body.
pub(super) fn take_named(act: &mut Act, holder: &mut Doc, body: &mut Body) {
    let Some(Value::Array(items)) = body.remove("attachments") else { return };
    let mut ids = Vec::new();
    for item in items {
        let id = item.as_str().or_else(|| item.get("_id").or(item.get("id"))?.as_str()).map(str::to_owned);
        let Some(id) = id.filter(|id| !ids.contains(id)) else { continue };
        if act.world.get(Kind::Attachment, &id).is_none() {
            let mut doc = blank(act, Kind::Attachment, Some(&id));
            let described = item.as_object().into_iter().flatten();
            let described =
                described.filter(|(name, _)| ["name", "contentType", "contentLength"].contains(&name.as_str()));
            doc.attributes.extend(described.map(|(name, value)| (name.clone(), value.clone())));
            act.world.put(doc);
        }
        ids.push(id);
    }
    tie(act, holder, ids);
}

/// Ties files to a holder: it lists them, they point back at it and at whatever it belongs to.
pub(super) fn tie(act: &mut Act, holder: &mut Doc, ids: Vec<String>) {
    let own = (holder.kind.type_name().to_owned(), (holder.kind, holder.id.clone()));
    let belongs = holder.related.iter().filter(|(name, _)| ["customer", "conversation"].contains(&name.as_str()));
    let links: Vec<_> = belongs.map(|(name, to)| (name.clone(), to.clone())).chain([own]).collect();
    for id in &ids {
        act.world.edit(Kind::Attachment, id, |doc| {
            doc.related.retain(|name, _| ["createdBy", "modifiedBy"].contains(&name.as_str()));
            doc.related.extend(links.iter().cloned());
        });
    }
    holder.hidden.insert("attachments".into(), ids.into());
}

fn blank(act: &mut Act, kind: Kind, id: Option<&str>) -> Doc {
    let id = id.map_or_else(|| act.world.mint.id(act.now), str::to_owned);
    let mut doc = Doc::new(kind, id);
    let now = act.now_text();
    let defaults = json!({ "uploaded": false, "redacted": false, "createdAt": now, "updatedAt": now });
    doc.attributes = defaults.as_object().cloned().unwrap_or_default();
    if kind == Kind::Media {
        doc.attributes.insert("context".into(), "media".into());
    }
    doc.related.insert("createdBy".into(), (Kind::User, act.by.clone()));
    doc
}
