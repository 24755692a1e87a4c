//! Owns the operations on attachments and media (Kustomer API reference 16): announcing a file, reading where it is, and the
//! files of drafts, forwards, messages and conversations.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    doc::{Doc, Kind},
    errors::Refusal,
    files::{LIFETIME_MS, Way},
    paging::Totals,
    query::commas,
    records::attachments,
    table::{Op, op},
    uploads,
    world::Index,
};

const KB: &str =
    "admin.content.kb.read admin.kb.read user.content.kb.read user.kb.read user.media.read user.setting.read";

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/attachments", "message.create note.create", "user.message.write user.note.write", |call| {
        announce(call, Kind::Attachment)
    }),
    op("GET", "/v1/attachments/{id}", "attachment.read", "user.attachment.read", outbound),
    op("PUT", "/v1/attachments/{id}", "message.update", "admin.message.write", |call| update(call, Kind::Attachment)),
    op("GET", "/v1/messages/{message_id}/attachments/{id}", "attachment.read", "user.attachment.read", |call| {
        of_holder(call, Kind::Message)
    }),
    op("GET", "/v1/conversations/{id}/attachments", "attachment.read", "user.attachment.read", of_conversation),
    op("POST", "/v1/media", "", "", |call| announce(call, Kind::Media)),
    op("GET", "/v1/media/{id}", "kb.read", KB, media),
    op("PUT", "/v1/media/{id}", "kb.update", "user.media.write", |call| update(call, Kind::Media)),
    op("GET", "/v1/drafts/{id}/attachments", "attachment.read", "user.attachment.read", |call| list(call, Kind::Draft)),
    op("POST", "/v1/drafts/{id}/attachments", "", "", |call| announce_for(call, Kind::Draft)),
    op("GET", "/v1/drafts/{id}/attachments/{attachmentId}", "attachment.read", "user.attachment.read", |call| {
        of_holder(call, Kind::Draft)
    }),
    op("DELETE", "/v1/drafts/{id}/attachments/{attachmentId}", "", "", |call| remove(call, Kind::Draft)),
    op("GET", "/v1/forwards/{id}/attachments", "", "", |call| list(call, Kind::Forward)),
    op("POST", "/v1/forwards/{id}/attachments", "", "", |call| announce_for(call, Kind::Forward)),
    op("GET", "/v1/forwards/{id}/attachments/{attachmentId}", "", "", |call| of_holder(call, Kind::Forward)),
    op("DELETE", "/v1/forwards/{id}/attachments/{attachmentId}", "", "", |call| remove(call, Kind::Forward)),
];

/// `POST /v1/attachments` and `POST /v1/media`: where the form goes and what it must hold.
fn announce(call: &mut Call, kind: Kind) -> Answer {
    let body = call.take_body();
    let id = attachments::announce(&mut call.act(), kind, body)?;
    let doc = call.desk.world.live(kind, &id).ok_or_else(|| Refusal::not_found("Attachment"))?;
    let signer = call.desk.files.signer(&call.base);
    let fields = uploads::form_fields(signer, doc, call.now + LIFETIME_MS);
    let fields: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut meta = json!({ "upload": { "url": signer.address(&uploads::path_of(doc)), "fields": fields } });
    if kind == Kind::Media {
        meta["provider"] = "s3".into();
    }
    Ok(Reply::json(201, json!({ "data": call.view().resource(doc), "meta": meta })))
}

/// `PUT /v1/attachments/{id}` and `PUT /v1/media/{id}`
fn update(call: &mut Call, kind: Kind) -> Answer {
    let (id, body) = (call.captured(0), call.take_body());
    attachments::update(&mut call.act(), kind, &id, body)?;
    if call.desk.world.live(kind, &id).is_some_and(|doc| doc.attributes.get("redacted") == Some(&Value::Bool(true))) {
        attachments::redact(&mut call.act(), &id);
        call.desk.files.forget([id.as_str()]);
    }
    call.one(200, kind, &id, "Attachment")
}

/// `GET /v1/attachments/{id}`, or a comma list of ids: outbound ones only, and those nothing carries yet.
fn outbound(call: &mut Call) -> Answer {
    let ids = call.captured(0);
    let is_outbound = |doc: &&Doc| {
        let message = call.desk.world.related(doc, "message");
        message.is_none_or(|message| message.text("direction") == Some("out"))
    };
    let found = |id: &str| call.desk.world.live(Kind::Attachment, id).filter(is_outbound);
    some(call, &ids, found)
}

/// `GET /v1/media/{id}`, or a comma list of ids
fn media(call: &mut Call) -> Answer {
    some(call, &call.captured(0), |id| call.desk.world.live(Kind::Media, id))
}

fn some<'d>(call: &Call, ids: &str, found: impl Fn(&str) -> Option<&'d Doc>) -> Answer {
    if !ids.contains(',') {
        return found(ids).map(|doc| call.answer(200, doc)).ok_or_else(|| Refusal::not_found("Attachment"));
    }
    let view = call.view();
    let ids = commas(ids);
    let docs = ids.iter().filter_map(|id| found(id)).map(|doc| view.resource(doc));
    Ok(Reply::json(200, json!({ "data": docs.collect::<Vec<_>>() })))
}

/// `GET /v1/conversations/{id}/attachments`: all of them, in and out, without paging.
fn of_conversation(call: &mut Call) -> Answer {
    let id = call.captured(0);
    call.desk.world.live(Kind::Conversation, &id).ok_or_else(|| Refusal::not_found("Conversation"))?;
    let view = call.view();
    let of_message = |doc: &&Doc| doc.related.contains_key("message");
    let docs = call.desk.world.found(Kind::Attachment, Index::Conversation, &id).filter(of_message);
    Ok(Reply::json(200, json!({ "data": docs.map(|doc| view.resource(doc)).collect::<Vec<_>>() })))
}

/// The holder of the path, or 404.
fn holder<'d>(call: &'d Call, kind: Kind) -> Result<&'d Doc, Refusal> {
    let what = match kind {
        Kind::Message => "Message",
        Kind::Forward => "Forward",
        _ => "Draft",
    };
    call.desk.world.live(kind, &call.captured(0)).ok_or_else(|| Refusal::not_found(what))
}

fn list(call: &mut Call, kind: Kind) -> Answer {
    let docs: Vec<&Doc> =
        attachments::of(holder(call, kind)?).filter_map(|id| call.desk.world.live(Kind::Attachment, id)).collect();
    call.list(docs.into_iter(), MOST_ROWS, Totals::Untold)
}

/// One file with a fresh signed download URL in `links.related`.
fn of_holder(call: &mut Call, kind: Kind) -> Answer {
    let id = call.captured(1);
    if !attachments::of(holder(call, kind)?).any(|known| known == id) {
        return Err(Refusal::not_found("Attachment"));
    }
    call.one(200, Kind::Attachment, &id, "Attachment")
}

/// 200, and `links.related` is where the raw bytes are to be put.
fn announce_for(call: &mut Call, kind: Kind) -> Answer {
    holder(call, kind)?;
    let (holder, body) = (call.captured(0), call.take_body());
    let id = attachments::announce_for(&mut call.act(), (kind, &holder), body)?;
    let doc = call.desk.world.live(Kind::Attachment, &id).ok_or_else(|| Refusal::not_found("Attachment"))?;
    let mut resource = call.view().resource(doc);
    resource["links"]["related"] =
        call.desk.files.signer(&call.base).url(Way::Raw, &uploads::path_of(doc), call.now).into();
    Ok(Reply::json(200, json!({ "data": resource })))
}

fn remove(call: &mut Call, kind: Kind) -> Answer {
    let (holder, id) = (call.captured(0), call.captured(1));
    attachments::remove(&mut call.act(), (kind, &holder), &id)?;
    call.desk.files.forget([id.as_str()]);
    Ok(Reply::done())
}
