//! Drafts and forwards (Kustomer API reference 14, 15).

use serde_json::{Value, json};

use super::{draft, id_of, pointer};
use crate::sandbox::{
    fixture::{AGENT, MARA, PARCEL, Trial},
    times,
};

fn later(trial: &Trial, ms: i64) -> String {
    times::iso(trial.now + ms)
}

fn messages(trial: &mut Trial) -> Vec<Value> {
    trial.get(&format!("/v1/conversations/{PARCEL}/messages")).as_array().cloned().expect("a list")
}

#[test]
fn making_one_needs_both_a_time_and_the_flag_to_schedule_it() {
    let mut trial = Trial::new();
    let at = later(&trial, 60_000);
    let base = json!({ "channel": "sms", "conversation": PARCEL, "to": "+4915550001122", "body": "x", "sendAt": at });
    let (status, plain) = draft(&mut trial, base.clone());
    assert_eq!((status, plain["data"].get("links")), (200, None));
    let mut flagged = base;
    flagged["scheduled"] = true.into();
    let (_, scheduled) = draft(&mut trial, flagged);
    trial.now += 60_000;
    assert_eq!(messages(&mut trial).len(), 1, "only the flagged one went out");
    assert_eq!(trial.ask("DELETE", &format!("/v1/drafts/{}", id_of(&scheduled)), Value::Null).0, 404);
    assert_eq!(trial.ask("DELETE", &format!("/v1/drafts/{}", id_of(&plain)), Value::Null).0, 204);
}

#[test]
fn a_change_schedules_with_a_time_and_takes_it_back_with_none() {
    let mut trial = Trial::new();
    let (_, made) = draft(&mut trial, json!({ "channel": "sms", "conversation": PARCEL, "body": "x" }));
    let path = format!("/v1/drafts/{}", id_of(&made));
    let put = |trial: &mut Trial, more: Value| {
        let mut body = json!({ "channel": "sms" });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        trial.ask("PUT", &path, body).0
    };
    let at = later(&trial, 60_000);
    assert_eq!(put(&mut trial, json!({ "sendAt": at })), 200);
    assert_eq!(put(&mut trial, json!({ "sendAt": null })), 200);
    trial.now += 60_000;
    assert_eq!(messages(&mut trial).len(), 0);
    let at = later(&trial, 60_000);
    assert_eq!(put(&mut trial, json!({ "sendAt": at })), 200);
    assert_eq!(put(&mut trial, json!({ "body": "y" })), 200);
    trial.now += 60_000;
    assert_eq!(messages(&mut trial)[0]["attributes"]["preview"], "y");
    let (status, answer) = trial.ask("PUT", &path, json!({ "body": "x" }));
    assert_eq!((status, pointer(&answer)), (404, ""));
}

#[test]
fn mail_to_an_unreachable_address_ends_as_an_errored_message() {
    let mut trial = Trial::new();
    let at = later(&trial, 1_000);
    let to = json!([{ "email": "a@b.example" }, { "email": "lost@Bounce.example" }]);
    draft(
        &mut trial,
        json!({ "channel": "email", "conversation": PARCEL, "to": to, "body": "x", "sendAt": at, "scheduled": true }),
    );
    trial.now += 1_000;
    let message = messages(&mut trial).remove(0)["attributes"].take();
    assert_eq!((&message["status"], &message["direction"]), (&json!("error"), &json!("out")));
    assert_eq!(message["errorAt"], times::iso(trial.now));
    for name in ["status", "code", "title", "meta"] {
        assert!(!message["error"][name].is_null(), "{name}");
    }
}

#[test]
fn a_conversation_has_one_note_draft_which_can_be_changed() {
    let mut trial = Trial::new();
    let note = json!({ "channel": "note", "conversation": PARCEL, "body": "x", "userMentions": [{ "user": AGENT }] });
    let (_, first) = draft(&mut trial, note.clone());
    assert_eq!(draft(&mut trial, note.clone()).0, 409);
    assert_eq!(trial.ask("PUT", &format!("/v1/drafts/{}", id_of(&first)), note).0, 200);
}

#[test]
fn whatsapp_needs_a_text_unless_a_file_says_it_and_counts_400_a_minute() {
    let mut trial = Trial::new();
    let (status, answer) = draft(&mut trial, json!({ "channel": "whatsapp", "app": "whatsapp" }));
    assert_eq!((status, pointer(&answer)), (400, "body"));
    let made: Vec<u16> = (0..4)
        .flat_map(|customer| (0..101).map(move |_| customer))
        .map(|customer| {
            if customer > 0 {
                // Three more customers, so that the limit of one customer is not what is met.
                let id = format!("66a1f0c2b7d4e9001c3a60{customer:02x}");
                let doc = crate::sandbox::doc::Doc::new(crate::sandbox::doc::Kind::Customer, id.clone());
                trial.desk.world.put(doc);
                trial
                    .ask(
                        "POST",
                        &format!("/v1/customers/{id}/drafts"),
                        json!({ "channel": "whatsapp", "app": "whatsapp", "body": "x" }),
                    )
                    .0
            } else {
                draft(&mut trial, json!({ "channel": "whatsapp", "app": "whatsapp", "body": "x" })).0
            }
        })
        .collect();
    assert_eq!((made[399], made[400]), (200, 429));
}

#[test]
fn a_forward_is_scheduled_by_its_time_and_ends_as_sent_or_failed() {
    let mut trial = Trial::new();
    let forwards = format!("/v1/conversations/{PARCEL}/forwards");
    let to = |address: &str| json!({ "channel": "email", "to": [{ "email": address }], "body": "see below" });
    let (status, made) = trial.ask("POST", &forwards, to("partner@b.example"));
    assert_eq!(
        (status, &made["data"]["attributes"]["status"], made["data"].get("links")),
        (200, &json!("draft"), None)
    );
    let path = format!("/v1/forwards/{}", id_of(&made));
    let at = later(&trial, 1_000);
    let (_, scheduled) = trial.ask("PUT", &path, json!({ "sendAt": at, "lang": "en_us" }));
    assert_eq!(scheduled["data"]["attributes"]["status"], "scheduled");
    assert_eq!(trial.ask("PUT", &path, json!({ "channel": "email" })).0, 400, "the channel is set at creation only");
    let mut lost = to("lost@bounce.example");
    lost["sendAt"] = at.into();
    let (_, lost) = trial.ask("POST", &forwards, lost);
    trial.now += 1_000;
    assert_eq!(trial.get(&path)["attributes"]["status"], "sent");
    assert_eq!(trial.get(&format!("/v1/forwards/{}", id_of(&lost)))["attributes"]["status"], "failed");
    assert_eq!(trial.get(&forwards).as_array().map(Vec::len), Some(2));
    assert_eq!(trial.ask("PUT", &path, json!({ "body": "x" })).0, 409);
    assert_eq!(trial.get(&format!("/v1/customers/{MARA}/messages")), json!([]), "no message stands for a forward");
}
