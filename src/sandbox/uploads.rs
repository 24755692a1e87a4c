//! Owns the way of bytes to and from the simulated object store: form uploads, raw uploads and downloads by signed URL
//! (Kustomer API reference 16). No API key is asked for; the signature is the key.
//!
//! | request | does |
//! | --- | --- |
//! | `POST /__uploads/{collection}/{id}` | a form with all fields of `meta.upload.fields`, the file last under `file`: 204 |
//! | `PUT` of a signed URL | the raw bytes: 200 |
//! | `GET` of a signed URL | the bytes |
//!
//! Unverified in the reference and decided here: a bad or expired signature is 403, bytes that are not as long or not of the
//! type announced are 400.

use serde_json::Value;

use super::{
    call::{Answer, Reply},
    desk::Desk,
    dispatch::Incoming,
    doc::{Doc, Kind},
    errors::Refusal,
    files::{self, Signer, Way},
    multipart,
    query::Query,
    times,
};

/// Where the store's paths begin.
pub const ROOT: &str = "/__uploads/";

/// Carries out a request to the store.
pub fn serve(desk: &mut Desk, incoming: &Incoming, now: i64) -> Answer {
    let file = incoming.path.strip_prefix(ROOT).unwrap_or_default();
    let missing = || Refusal::not_found("File");
    let (collection, id) = file.split_once('/').ok_or_else(missing)?;
    let kind = [Kind::Attachment, Kind::Media, Kind::Kobject].into_iter().find(|kind| folder(*kind) == collection);
    let doc = desk.world.live(kind.ok_or_else(missing)?, id).cloned().ok_or_else(missing)?;
    let query = Query::parse(incoming.query);
    let is_signed = |way: Way| {
        let expires = query.get("expires").and_then(|text| text.parse().ok()).unwrap_or(0);
        let signature = query.get("signature").unwrap_or_default();
        desk.files.signer("").accepts(way, file, expires, signature, now)
    };
    match incoming.method {
        "GET" if is_signed(Way::Down) => download(desk, &doc).ok_or_else(missing),
        "PUT" if is_signed(Way::Raw) && doc.kind != Kind::Kobject => {
            let content_type = incoming.content_type.unwrap_or_default();
            if !content_type.is_empty() && doc.text("contentType") != Some(content_type) {
                return Err(Refusal::bad_request("The content type is not the one announced."));
            }
            store(desk, &doc, incoming.body, now)?;
            Ok(Reply::empty(200))
        }
        "POST" if doc.kind != Kind::Kobject => {
            let bytes = form_bytes(desk.files.signer(""), &doc, incoming, now)?;
            store(desk, &doc, bytes, now)?;
            Ok(Reply::done())
        }
        _ => Err(unsigned()),
    }
}

/// The store's folder for the files of a kind of record.
pub fn folder(kind: Kind) -> &'static str {
    if kind == Kind::Kobject { "kobjects" } else { kind.collection().unwrap_or_default() }
}

/// A record's path in the store.
pub fn path_of(doc: &Doc) -> String {
    format!("{}/{}", folder(doc.kind), doc.id)
}

/// The fields a form must repeat as they are (`meta.upload.fields`); `expires` in milliseconds since the epoch.
pub fn form_fields(signer: Signer, doc: &Doc, expires: i64) -> Vec<(&'static str, String)> {
    let file = path_of(doc);
    let day: String = times::iso(expires - files::LIFETIME_MS).chars().filter(char::is_ascii_alphanumeric).collect();
    vec![
        ("acl", "private".into()),
        ("Content-Type", doc.text("contentType").unwrap_or_default().into()),
        ("X-Amz-Meta-Attachment-Id", doc.id.clone()),
        ("bucket", "sandbox-uploads".into()),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".into()),
        ("X-Amz-Credential", format!("SANDBOX/{}/local/s3/aws4_request", &day[..8])),
        ("X-Amz-Date", format!("{}Z", &day[..15])),
        // A client sends it back unread; here it is the moment the form expires.
        ("Policy", expires.to_string()),
        ("X-Amz-Signature", signer.signature(Way::Form, &file, expires)),
        ("key", file),
    ]
}

fn form_bytes<'b>(signer: Signer, doc: &Doc, incoming: &Incoming<'b>, now: i64) -> Result<&'b [u8], Refusal> {
    let parts = multipart::parts(incoming.content_type.unwrap_or_default(), incoming.body)
        .ok_or_else(|| Refusal::bad_request("The body must be a complete multipart/form-data form."))?;
    let place = parts.iter().position(|part| part.name == "file");
    let (file, fields) = place.and_then(|place| Some((parts.get(place)?, parts.get(..place)?))).ok_or_else(|| {
        Refusal::bad_request("The form must have the file under the name file, after all other fields.")
    })?;
    let sent =
        |name: &str| fields.iter().find(|part| part.name == name).and_then(|part| std::str::from_utf8(part.bytes).ok());
    let expires: i64 = sent("Policy").and_then(|text| text.parse().ok()).ok_or_else(unsigned)?;
    let signature = sent("X-Amz-Signature").unwrap_or_default();
    let is_whole = signer.accepts(Way::Form, &path_of(doc), expires, signature, now)
        && form_fields(signer, doc, expires).iter().all(|(name, value)| sent(name) == Some(value));
    if is_whole { Ok(file.bytes) } else { Err(unsigned()) }
}

fn unsigned() -> Refusal {
    Refusal::forbidden("a signature that has not expired, with every field as it was given")
}

fn store(desk: &mut Desk, doc: &Doc, bytes: &[u8], now: i64) -> Result<(), Refusal> {
    let announced = doc.attributes.get("contentLength").and_then(Value::as_u64);
    if announced != Some(bytes.len() as u64) {
        return Err(Refusal::bad_request("The file is not as long as announced."));
    }
    desk.files.keep(&doc.id, bytes)?;
    desk.world.edit(doc.kind, &doc.id, |doc| {
        doc.attributes.insert("uploaded".into(), true.into());
        doc.attributes.insert("updatedAt".into(), times::iso(now).into());
    });
    Ok(())
}

fn download(desk: &Desk, doc: &Doc) -> Option<Reply> {
    let file = if let Some(data) = doc.hidden.get("data") {
        ("application/json".to_owned(), data.to_string().into_bytes())
    } else {
        let seeded = || doc.hidden.get("sample").and_then(Value::as_str).and_then(files::sample);
        let bytes = desk.files.get(&doc.id).or_else(seeded)?;
        (doc.text("contentType").unwrap_or_default().to_owned(), bytes.to_vec())
    };
    Some(Reply { file: Some(file), ..Reply::empty(200) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::sandbox::fixture::Trial;

    proptest! {
        #[test]
        fn whatever_reaches_the_store_unsigned_changes_nothing(
            method in prop::sample::select(vec!["GET", "PUT", "POST", "DELETE"]),
            tail in prop_oneof![Just(String::new()), "[a-z/]{0,12}", "[?&=a-z0-9%]{0,20}"],
            content_type in prop::option::of(prop::sample::select(vec!["text/plain", "multipart/form-data; boundary=b1"])),
            fields in prop::collection::vec(("Policy|key|acl|X-Amz-Signature|file|[a-z]{0,4}", "\\PC{0,12}"), 0..5),
        ) {
            let mut trial = Trial::new();
            let (_, made) = trial.ask("POST", "/v1/attachments", json!({ "name": "a.txt", "contentType": "text/plain", "contentLength": 1 }));
            let id = made["data"]["id"].as_str().expect("an id").to_owned();
            let before = trial.desk.world.changes();
            let form: String = fields
                .iter()
                .map(|(name, value)| format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
                .collect();
            let reply = trial.send(method, &format!("/__uploads/attachments/{id}{tail}"), content_type, format!("{form}--b1--").as_bytes());
            prop_assert!([400, 403, 404].contains(&reply.status), "{}", reply.status);
            prop_assert_eq!(trial.desk.world.changes(), before);
            prop_assert_eq!(reply.file, None);
        }
    }
}
