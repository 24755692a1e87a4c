//! Attachments and media (Kustomer API reference 16).

use serde_json::{Value, json};

use super::{draft, id_of, message, pointer, write_in};
use crate::sandbox::{
    files::LIFETIME_MS,
    fixture::{Desk, PARCEL, Trial, raw},
};

const TEXT: &[u8] = b"hello\r\n--b\x00\xff";

fn announced(name: &str) -> Value {
    json!({ "name": name, "contentType": "text/plain", "contentLength": TEXT.len() })
}

fn form(upload: &Value, file: &[u8]) -> Vec<u8> {
    let field = |name: &str| format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    let mut body = Vec::new();
    for (name, value) in upload["fields"].as_object().expect("fields") {
        body.extend(format!("{}{}\r\n", field(name), value.as_str().expect("a text")).bytes());
    }
    body.extend(field("file").bytes());
    body.extend([file, b"\r\n--b1--\r\n"].concat());
    body
}

const FORM: Option<&str> = Some("multipart/form-data; boundary=b1");

#[test]
fn a_form_upload_brings_bytes_that_a_fresh_url_gives_back() {
    let mut trial = Trial::new();
    let (status, answer) = trial.ask("POST", "/v1/attachments", announced("a.txt"));
    assert_eq!((status, &answer["data"]["type"]), (201, &json!("attachment")));
    assert_eq!(answer["data"]["attributes"]["uploaded"], false);
    let upload = answer["meta"]["upload"].clone();
    let names: Vec<&String> = upload["fields"].as_object().expect("fields").keys().collect();
    for name in ["key", "acl", "Content-Type", "X-Amz-Meta-Attachment-Id", "bucket", "X-Amz-Algorithm", "Policy"] {
        assert!(names.iter().any(|known| *known == name), "{name}");
    }
    let url = upload["url"].as_str().expect("a URL").to_owned();
    assert!(url.starts_with("http://desk/__uploads/"), "{url}");
    let related = answer["data"]["links"]["related"].as_str().expect("a URL").to_owned();
    assert_eq!(trial.send("GET", &related, None, b"").status, 404, "nothing was uploaded yet");
    assert_eq!(trial.send("POST", &url, FORM, &form(&upload, TEXT)).status, 204);
    let id = id_of(&answer);
    let there = trial.get(&format!("/v1/attachments/{id}"));
    assert_eq!(there["attributes"]["uploaded"], true);
    let down = trial.send("GET", there["links"]["related"].as_str().expect("a URL"), None, b"");
    assert_eq!((down.status, down.file), (200, Some(("text/plain".to_owned(), TEXT.to_vec()))));
    let both = trial.get(&format!("/v1/attachments/{id},66a1f0c2b7d4e9001c3affff"));
    assert_eq!(both.as_array().map(Vec::len), Some(1), "a comma list answers what there is");
}

#[test]
fn an_upload_must_be_signed_whole_on_time_and_as_announced() {
    let mut trial = Trial::new();
    let (_, answer) = trial.ask("POST", "/v1/attachments", announced("a.txt"));
    let upload = answer["meta"]["upload"].clone();
    let url = upload["url"].as_str().expect("a URL").to_owned();
    let mut forged = upload.clone();
    forged["fields"]["Content-Type"] = "text/html".into();
    assert_eq!(trial.send("POST", &url, FORM, &form(&forged, TEXT)).status, 403, "another type");
    let mut short = upload.clone();
    short["fields"].as_object_mut().expect("fields").remove("acl");
    assert_eq!(trial.send("POST", &url, FORM, &form(&short, TEXT)).status, 403, "a field is missing");
    assert_eq!(trial.send("POST", &url, FORM, &form(&upload, b"x")).status, 400, "another length");
    assert_eq!(trial.send("POST", &url, None, &form(&upload, TEXT)).status, 400, "no form");
    assert_eq!(trial.send("GET", &url, None, b"").status, 403, "no signature");
    trial.now += LIFETIME_MS;
    assert_eq!(trial.send("POST", &url, FORM, &form(&upload, TEXT)).status, 403, "too late");
}

#[test]
fn files_of_a_draft_are_put_raw_and_go_out_with_it() {
    let mut trial = Trial::new();
    let at = crate::sandbox::times::iso(trial.now + 60_000);
    let (_, made) = draft(
        &mut trial,
        json!({ "channel": "email", "conversation": PARCEL, "to": { "email": "a@b.example" }, "body": "x", "sendAt": at, "scheduled": true }),
    );
    let files = format!("/v1/drafts/{}/attachments", id_of(&made));
    let (status, answer) = trial.ask("POST", &files, announced("a.txt"));
    assert_eq!(status, 200, "making one answers 200");
    let url = answer["data"]["links"]["related"].as_str().expect("a URL").to_owned();
    assert_eq!(trial.send("PUT", &url, Some("image/png"), TEXT).status, 400, "another type");
    assert_eq!(trial.send("PUT", &url, Some("text/plain"), TEXT).status, 200);
    assert_eq!(trial.get(&files).as_array().map(Vec::len), Some(1));
    let (_, second) = trial.ask("POST", &files, announced("b.txt"));
    assert_eq!(trial.ask("DELETE", &format!("{files}/{}", id_of(&second)), Value::Null).0, 204);
    assert_eq!(trial.ask("GET", &format!("{files}/{}", id_of(&second)), Value::Null).0, 404);
    trial.now += 60_000;
    let list = format!("/v1/conversations/{PARCEL}/messages?include=attachments");
    let (_, listed) = trial.ask("GET", &list, Value::Null);
    assert_eq!(listed["data"][0]["relationships"]["attachments"]["data"][0]["id"], id_of(&answer));
    assert_eq!(listed["included"][0]["attributes"]["name"], "a.txt");
    let one =
        format!("/v1/messages/{}/attachments/{}", listed["data"][0]["id"].as_str().expect("an id"), id_of(&answer));
    let down = trial.get(&one)["links"]["related"].as_str().expect("a URL").to_owned();
    assert_eq!(trial.send("GET", &down, None, b"").file.map(|(_, bytes)| bytes), Some(TEXT.to_vec()));
    assert_eq!(trial.ask("GET", &files, Value::Null).0, 404, "the draft is gone");
}

#[test]
fn the_plain_path_knows_outbound_files_and_the_conversation_knows_all() {
    let mut trial = Trial::new();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (_, answer) = trial.ask("POST", "/v1/attachments", announced("a.txt"));
        ids.push(id_of(&answer));
    }
    let inbound = write_in(&mut trial, &json!({ "attachments": [ids[0]] }));
    let named = json!({ "_id": ids[1], "name": "a.txt", "contentType": "text/plain", "contentLength": 3 });
    message(&mut trial, "out", &json!({ "attachments": [named] }));
    assert_eq!(trial.ask("GET", &format!("/v1/attachments/{}", ids[0]), Value::Null).0, 404);
    assert_eq!(trial.ask("GET", &format!("/v1/attachments/{}", ids[1]), Value::Null).0, 200);
    assert_eq!(trial.ask("GET", &format!("/v1/messages/{inbound}/attachments/{}", ids[0]), Value::Null).0, 200);
    let (_, all) = trial.ask("GET", &format!("/v1/conversations/{PARCEL}/attachments"), Value::Null);
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2));
    assert_eq!((all.get("meta"), all.get("links")), (None, None));
    let unknown =
        json!({ "channel": "email", "app": "t", "direction": "in", "attachments": ["66a1f0c2b7d4e9001c3affff"] });
    let (status, answer) = trial.ask("POST", &format!("/v1/conversations/{PARCEL}/messages"), unknown);
    assert_eq!((status, pointer(&answer)), (400, "attachments/0"));
}

#[test]
fn media_refuse_what_could_run_and_whatsapp_what_it_does_not_carry() {
    let mut trial = Trial::new();
    assert_eq!(trial.ask("POST", "/v1/media", announced("setup.exe")).0, 400);
    let (status, answer) = trial.ask("POST", "/v1/media", announced("logo.txt"));
    assert_eq!((status, &answer["meta"]["provider"]), (201, &json!("s3")));
    assert!(answer["data"]["attributes"]["context"].is_string());
    assert_eq!(trial.ask("GET", &format!("/v1/media/{}", id_of(&answer)), Value::Null).0, 200);
    assert_eq!(trial.ask("PUT", &format!("/v1/media/{}", id_of(&answer)), json!({ "name": "a.bat" })).0, 400);
    let (_, made) = draft(&mut trial, json!({ "channel": "whatsapp", "app": "whatsapp", "body": "x" }));
    let files = format!("/v1/drafts/{}/attachments", id_of(&made));
    assert_eq!(trial.ask("POST", &files, announced("a.svg")).0, 400);
    assert_eq!(trial.ask("POST", &files, announced("a.txt")).0, 200);
}

#[test]
fn a_put_changes_or_makes_an_attachment_and_redacting_one_takes_the_bytes() {
    let mut trial = Trial::new();
    let path = "/v1/attachments/66a1f0c2b7d4e9001c3a9f01";
    assert_eq!(trial.ask("PUT", path, json!({ "name": "a.txt" })).0, 400, "a new one needs everything");
    assert_eq!(trial.ask("PUT", path, announced("a.txt")).0, 200);
    let (_, renamed) = trial.ask("PUT", path, json!({ "name": "b.txt" }));
    assert_eq!(renamed["data"]["attributes"]["name"], "b.txt");
    let (_, gone) = trial.ask("PUT", path, json!({ "redacted": true }));
    assert_eq!(gone["data"]["attributes"]["redacted"], true);
    assert_eq!(gone["data"]["attributes"]["name"], "redacted");
}

#[test]
fn seeded_messages_carry_files_with_real_bytes() {
    let plan = crate::sandbox::seed::Plan { seed: 1, customers: 40, now_ms: crate::sandbox::fixture::START_MS };
    let docs = crate::sandbox::seed::generate(&plan);
    let holders = docs.iter().filter(|doc| doc.hidden.contains_key("attachments"));
    let ids: Vec<String> = holders.map(|doc| doc.id.clone()).collect();
    assert!(ids.len() > 5, "{}", ids.len());
    let mut trial = Trial::with(docs);
    let message = trial.get(&format!("/v1/messages/{}", ids[0]));
    let file = message["relationships"]["attachments"]["data"][0]["id"].as_str().expect("an id").to_owned();
    let there = trial.get(&format!("/v1/messages/{}/attachments/{file}", ids[0]));
    let down = trial.send("GET", there["links"]["related"].as_str().expect("a URL"), None, b"");
    let length = down.file.map(|(_, bytes)| bytes.len() as u64).expect("bytes");
    assert_eq!(there["attributes"]["contentLength"].as_u64(), Some(length));
}

#[tokio::test]
async fn bytes_go_up_and_come_down_over_the_desks_own_port() {
    let desk = Desk::start().await;
    let answer = desk
        .call("POST", "/v1/attachments", json!({ "name": "a.txt", "contentType": "text/plain", "contentLength": 5 }))
        .await
        .json();
    let upload = answer["meta"]["upload"].clone();
    // The fixture's client calls the desk `desk`, and so does every URL it is given.
    let path =
        |url: &Value| url.as_str().and_then(|url| url.strip_prefix("http://desk")).expect("an absolute URL").to_owned();
    let body = String::from_utf8(form(&upload, b"12345")).expect("a text");
    let head = format!("host: desk\r\nconnection: close\r\ncontent-type: {}\r\n", FORM.expect("a type"));
    let target = path(&upload["url"]);
    let request = format!("POST {target} HTTP/1.1\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
    let sent = raw(desk.running.addr, &request).await;
    assert!(sent.starts_with("HTTP/1.1 204"), "{sent}");
    let target = path(&answer["data"]["links"]["related"]);
    let got =
        raw(desk.running.addr, &format!("GET {target} HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n\r\n")).await;
    assert!(got.starts_with("HTTP/1.1 200") && got.to_lowercase().contains("content-type: text/plain\r\n"), "{got}");
    assert!(got.ends_with("\r\n\r\n12345"), "{got}");
    let log = desk.get("/__sandbox/log").await.text;
    assert_eq!(log.matches("/__uploads/attachments/").count(), 2, "the store's requests are evidence too: {log}");
}
